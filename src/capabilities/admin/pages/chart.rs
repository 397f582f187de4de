//! Charts as shapes of SVG, drawn here: there is no script, and a table below says the same.
//!
//! The drawing is stretched to the width that there is, so it holds shapes alone; what is to be
//! read stands beside it.

/// Units of the drawing.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 160.0;
/// A round number for the top of a scale: one of these times a power of ten.
const STEPS: [i64; 4] = [1, 2, 5, 10];

/// A bar.
pub(super) struct Bar {
    pub class: &'static str,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// A line, broken where there is no figure.
pub(super) struct Line {
    pub class: &'static str,
    pub d: String,
}

/// A chart.
pub(super) struct Chart {
    pub bars: Vec<Bar>,
    pub lines: Vec<Line>,
    /// What its top stands for.
    pub top: i64,
}

fn short(n: f64) -> String {
    format!("{n:.1}")
}

/// The least round number that is not below.
pub(super) fn top(most: i64) -> i64 {
    let mut power = 1i64;
    while power.saturating_mul(10) < most {
        power = power.saturating_mul(10);
    }
    STEPS.into_iter().map(|step| step.saturating_mul(power)).find(|top| *top >= most).unwrap_or(i64::MAX)
}

/// Bars, the parts of each upon each other: for each place the parts' figures, lowest first.
pub(super) fn bars<const N: usize>(classes: [&'static str; N], places: &[[i64; N]]) -> Chart {
    let top = top(places.iter().map(|parts| parts.iter().sum()).max().unwrap_or(0).max(1));
    let step = WIDTH / places.len().max(1) as f64;
    let mut bars = Vec::new();
    for (at, parts) in places.iter().enumerate() {
        let mut below = 0i64;
        for (class, part) in classes.iter().zip(parts).filter(|(_, part)| **part > 0) {
            let height = *part as f64 / top as f64 * HEIGHT;
            let y = HEIGHT - (below + part) as f64 / top as f64 * HEIGHT;
            let (x, width) = (at as f64 * step + step * 0.15, step * 0.7);
            let [x, y, width, height] = [x, y, width, height].map(short);
            bars.push(Bar { class, x, y, width, height });
            below += part;
        }
    }
    Chart { bars, lines: Vec::new(), top }
}

/// Lines over the same places, of a hundred. A figure that is not to be shown is a gap, and one
/// between two gaps is a dash.
pub(super) fn lines(of: &[(&'static str, Vec<Option<f64>>)]) -> Chart {
    let places = of.iter().map(|(_, figures)| figures.len()).max().unwrap_or(0).max(1);
    let step = WIDTH / places as f64;
    let lines = of.iter().map(|(class, figures)| {
        let (mut d, mut is_down) = (String::new(), false);
        for (at, figure) in figures.iter().enumerate() {
            let Some(figure) = figure else {
                is_down = false;
                continue;
            };
            let (x, y) = ((at as f64 + 0.5) * step, HEIGHT - figure.clamp(0.0, 100.0) / 100.0 * HEIGHT);
            let alone = !is_down && figures.get(at + 1).is_none_or(Option::is_none);
            match (is_down, alone) {
                (true, _) => d.push_str(&format!("L{} {}", short(x), short(y))),
                (false, false) => d.push_str(&format!("M{} {}", short(x), short(y))),
                (false, true) => {
                    let (from, to) = (x - step * 0.3, x + step * 0.3);
                    d.push_str(&format!("M{} {}H{}", short(from), short(y), short(to)));
                }
            }
            is_down = true;
        }
        Line { class, d }
    });
    Chart { bars: Vec::new(), lines: lines.collect(), top: 100 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round() {
        for (most, round) in
            [(0, 1), (1, 1), (2, 2), (3, 5), (7, 10), (10, 10), (11, 20), (101, 200), (999, 1_000)]
        {
            assert_eq!(top(most), round, "{most}");
        }
        assert!(top(i64::MAX) >= i64::MAX / 10);
    }

    #[test]
    fn bars_stand_upon_each_other() {
        let chart = bars(["a", "b"], &[[5, 5], [0, 0], [10, 0]]);
        assert_eq!((chart.top, chart.bars.len()), (10, 3));
        assert_eq!((&*chart.bars[0].y, &*chart.bars[1].y, &*chart.bars[2].y), ("80.0", "0.0", "0.0"));
        assert!(bars(["a"], &[]).bars.is_empty());
    }

    /// Guard: what is not shown is no point of a line.
    #[test]
    fn a_figure_that_is_not_shown_is_a_gap() {
        let chart = lines(&[("a", vec![Some(100.0), Some(50.0), None, Some(0.0), None])]);
        assert_eq!(chart.lines[0].d, "M60.0 0.0L180.0 80.0M384.0 160.0H456.0");
        assert_eq!(lines(&[("a", vec![None, None])]).lines[0].d, "");
    }
}
