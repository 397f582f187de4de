//! What an order of cards brings about.

use super::Table;

/// Whoever expects fewer matches than this is starved.
const STARVED: f64 = 0.05;

/// What came about, in expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Matches in all.
    pub matches: f64,
    /// How unevenly they fall on the people of a group, in the group where it is worse: 0 is
    /// evenly, 1 is all on one.
    pub gini: f64,
    /// The same over both groups as one. If these differ in size it cannot be 0: at 700 and 300 it
    /// is 0.2 where everybody in a group has the same.
    pub gini_of_all: f64,
    /// Share of people who expect next to none, 0 to 1.
    pub starved: f64,
    /// Expected matches of each person, the fewest first.
    pub each: Vec<f64>,
}

impl Outcome {
    /// The mean of several; the people of all, thinned out to as many as one has.
    pub(super) fn mean(outcomes: &[Outcome]) -> Outcome {
        let n = outcomes.len() as f64;
        let mean = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / n;
        let mut each: Vec<f64> = outcomes.iter().flat_map(|outcome| outcome.each.iter().copied()).collect();
        each.sort_by(f64::total_cmp);
        let each = each.into_iter().skip(outcomes.len() / 2).step_by(outcomes.len()).collect();
        Outcome {
            matches: mean(|o| o.matches),
            gini: mean(|o| o.gini),
            gini_of_all: mean(|o| o.gini_of_all),
            starved: mean(|o| o.starved),
            each,
        }
    }
}

/// Expected matches, when `firsts` has the place of each column among the cards of a row's person,
/// and `seconds` the place of each row among those of a column's. Places count from 1.
pub(super) fn expected(p: &Table, q: &Table, firsts: &Table, seconds: &Table) -> Outcome {
    let (mut rows, mut columns) = (vec![0.0; p.rows], vec![0.0; p.columns]);
    for (a, row) in rows.iter_mut().enumerate() {
        for (b, column) in columns.iter_mut().enumerate() {
            let both = f64::from(p.at(a, b)) * f64::from(q.at(a, b));
            let here = both / f64::from(firsts.at(a, b)) / f64::from(seconds.at(a, b));
            *row += here;
            *column += here;
        }
    }
    let matches = rows.iter().sum();
    rows.sort_by(f64::total_cmp);
    columns.sort_by(f64::total_cmp);
    let worse = gini(&rows).max(gini(&columns));
    let mut each = rows;
    each.append(&mut columns);
    each.sort_by(f64::total_cmp);
    let starved = each.iter().filter(|m| **m < STARVED).count() as f64 / each.len() as f64;
    Outcome { matches, gini: worse, gini_of_all: gini(&each), starved, each }
}

/// The Gini coefficient of amounts, which are sorted, the least first; 0 if there is nothing.
pub fn gini(sorted: &[f64]) -> f64 {
    let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    if sum <= 0.0 {
        return 0.0;
    }
    let weighted: f64 = sorted.iter().enumerate().map(|(i, amount)| (i + 1) as f64 * amount).sum();
    2.0 * weighted / (n * sum) - (n + 1.0) / n
}

#[cfg(test)]
mod tests {
    use super::gini;

    #[test]
    fn gini_by_example() {
        assert_eq!(gini(&[]), 0.0);
        assert_eq!(gini(&[0.0, 0.0]), 0.0);
        assert!(gini(&[1.0; 10]).abs() < 1e-12);
        assert!((gini(&[0.0, 0.0, 0.0, 1.0]) - 0.75).abs() < 1e-12);
        assert!((gini(&[1.0, 3.0]) - 0.25).abs() < 1e-12);
    }
}
