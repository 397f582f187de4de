//! Figures in rows and columns.

use std::fmt::Write;

/// One figure or word.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell(pub String);

impl Cell {
    /// A number with so many decimals.
    pub fn number(value: f64, decimals: usize) -> Cell {
        if value.is_finite() { Cell(format!("{value:.decimals$}")) } else { Cell::none() }
    }

    /// The same, or nothing.
    pub fn maybe(value: Option<f64>, decimals: usize) -> Cell {
        value.map_or_else(Cell::none, |value| Cell::number(value, decimals))
    }

    /// A share of one.
    pub fn percent(share: f64) -> Cell {
        Cell(format!("{:.0}%", share * 100.0))
    }

    /// Words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell(text.into())
    }

    /// What was not measured.
    pub fn none() -> Cell {
        Cell("-".to_owned())
    }
}

/// A table with a title.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, and whether they do not count.
    pub rows: Vec<(Vec<Cell>, bool)>,
}

impl Table {
    /// Without rows.
    pub fn new(title: &str, columns: &[&str]) -> Table {
        Table {
            title: title.to_owned(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; `void` says that it does not count.
    pub fn row(&mut self, cells: Vec<Cell>, void: bool) {
        self.rows.push((cells, void));
    }

    /// For the terminal: right-aligned columns.
    pub fn text(&self) -> String {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| c.chars().count()).collect();
        for (row, _) in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.0.chars().count());
            }
        }
        let mut text = format!("{}\n", self.title);
        let line = |cells: &mut dyn Iterator<Item = &str>, widths: &[usize]| {
            let cells: Vec<String> = cells.zip(widths).map(|(c, w)| format!("{c:>w$}", w = *w)).collect();
            cells.join("  ")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line(&mut self.columns.iter().map(String::as_str), &widths));
        for (row, void) in &self.rows {
            let cells = line(&mut row.iter().map(|c| c.0.as_str()), &widths);
            let _ = writeln!(text, "{cells}{}", if *void { "  VOID" } else { "" });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let mut table = Table::new("T", &["a", "long"]);
        table.row(vec![Cell::number(1234.5, 1), Cell::percent(0.25)], false);
        table.row(vec![Cell::number(f64::NAN, 1), Cell::none()], true);
        assert_eq!(table.text(), "T\n     a  long\n1234.5   25%\n     -     -  VOID\n");
    }
}
