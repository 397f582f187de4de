DROP TABLE again_asks;
