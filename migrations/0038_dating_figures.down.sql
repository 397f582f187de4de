DROP TABLE dating_figures;
