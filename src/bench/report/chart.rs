//! Lines over numbers, as SVG inside the page.

use super::html::escape;
use std::fmt::Write;

const WIDTH: f64 = 620.0;
const HEIGHT: f64 = 320.0;
/// Room for labels: left, right, top, bottom.
const ROOM: (f64, f64, f64, f64) = (64.0, 16.0, 12.0, 46.0);
/// Lines that have a colour of their own in the style sheet.
const COLOURS: usize = 6;

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    x: String,
    y: String,
    logarithmic: bool,
    logarithmic_x: bool,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// From values to places on the page.
struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, logarithmic: bool, from: f64, to: f64) -> Axis {
        let positive = values.clone().filter(|v| !logarithmic || *v > 0.0);
        let high = positive.clone().fold(f64::MIN, f64::max);
        let low = positive.fold(f64::MAX, f64::min);
        let (low, high) = match (logarithmic, low <= high) {
            (_, false) => (0.1, 1.0),
            (true, true) => (10f64.powf(low.log10().floor()), 10f64.powf(high.log10().ceil())),
            (false, true) => (0.0, nice(high.max(1e-9))),
        };
        let high = if high <= low { low * 10.0 + 1.0 } else { high };
        Axis { low, high, logarithmic, from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let share = match self.logarithmic {
            true => (value.max(self.low) / self.low).log10() / (self.high / self.low).log10(),
            false => (value - self.low) / (self.high - self.low),
        };
        self.from + share * (self.to - self.from)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let decades = (self.high / self.low).log10().round() as i32;
            return (0..=decades).map(|n| self.low * 10f64.powi(n)).collect();
        }
        (0..=5).map(|n| self.low + (self.high - self.low) * f64::from(n) / 5.0).collect()
    }
}

/// The next number of the form 1, 2, 2.5, 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|f| f * power >= value * 0.999).unwrap_or(10.0);
    factor * power
}

/// A number as short as it can be read.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if size >= 1e6 {
        format!("{}M", trimmed(value / 1e6))
    } else if size >= 1e4 {
        format!("{}k", trimmed(value / 1e3))
    } else {
        trimmed(value)
    }
}

fn trimmed(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

impl Chart {
    /// A chart without lines. `x` and `y` say what the axes show, with units.
    pub fn new(title: &str, x: &str, y: &str) -> Chart {
        let own = str::to_owned;
        Chart {
            title: own(title),
            x: own(x),
            y: own(y),
            logarithmic: false,
            logarithmic_x: false,
            lines: Vec::new(),
        }
    }

    /// With a logarithmic upright axis.
    pub fn logarithmic(mut self) -> Chart {
        self.logarithmic = true;
        self
    }

    /// With a logarithmic level axis.
    pub fn logarithmic_x(mut self) -> Chart {
        self.logarithmic_x = true;
        self
    }

    /// Adds a line through points; one without points is left out.
    pub fn line(mut self, name: &str, mut points: Vec<(f64, f64)>) -> Chart {
        points.retain(|(x, y)| x.is_finite() && y.is_finite());
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !points.is_empty() {
            self.lines.push((name.to_owned(), points));
        }
        self
    }

    /// As a figure of the page; empty without lines.
    pub(super) fn html(&self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let points = self.lines.iter().flat_map(|(_, points)| points);
        let (left, right, top, bottom) = ROOM;
        let x = Axis::new(points.clone().map(|p| p.0), self.logarithmic_x, left, WIDTH - right);
        let y = Axis::new(points.map(|p| p.1), self.logarithmic, HEIGHT - bottom, top);
        let mut svg = String::new();
        // Writing to a String cannot fail.
        let _ = write!(svg, "<figure><figcaption>{}</figcaption>", escape(&self.title));
        let _ = write!(
            svg,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title)
        );
        for tick in y.ticks() {
            let at = y.place(tick);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{left}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - right,
                left - 8.0,
                at + 4.0,
                short(tick),
            );
        }
        for tick in x.ticks() {
            let at = x.place(tick);
            let low = HEIGHT - bottom;
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{low}\" x2=\"{at:.1}\" y2=\"{}\"/>\
                 <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                low + 5.0,
                low + 18.0,
                short(tick),
            );
        }
        let (middle_x, middle_y) = ((left + WIDTH - right) / 2.0, (top + HEIGHT - bottom) / 2.0);
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{middle_x}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
             <text class=\"axis\" transform=\"translate(14 {middle_y}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            HEIGHT - 6.0,
            escape(&self.x),
            escape(&self.y),
        );
        for (n, (name, points)) in self.lines.iter().enumerate() {
            let places: Vec<String> =
                points.iter().map(|(px, py)| format!("{:.1},{:.1}", x.place(*px), y.place(*py))).collect();
            let _ = write!(svg, "<g class=\"c{}\"><polyline points=\"{}\"/>", n % COLOURS, places.join(" "));
            for (px, py) in points {
                let _ = write!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"><title>{}: {} at {}</title></circle>",
                    x.place(*px),
                    y.place(*py),
                    escape(name),
                    short(*py),
                    short(*px),
                );
            }
            svg.push_str("</g>");
        }
        svg.push_str("</svg><p class=\"legend\">");
        for (n, (name, _)) in self.lines.iter().enumerate() {
            let _ = write!(svg, "<span class=\"c{}\"><i></i>{}</span>", n % COLOURS, escape(name));
        }
        svg.push_str("</p></figure>");
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(0.0, "0"), (0.25, "0.25"), (1234.0, "1234"), (12_500.0, "12.5k"), (2e6, "2M")]
        {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn axes_hold_their_values() {
        for logarithmic in [false, true] {
            let values = [0.3, 7.0, 93.0];
            let axis = Axis::new(values.into_iter(), logarithmic, 0.0, 100.0);
            for value in values {
                assert!((-0.1..=100.1).contains(&axis.place(value)), "{value}");
            }
            assert!(axis.ticks().len() >= 3);
        }
        assert_eq!(nice(93.0), 100.0);
        assert_eq!(nice(0.21), 0.25);
    }

    #[test]
    fn a_chart_of_one_point_or_none_is_drawn() {
        assert_eq!(Chart::new("T", "x", "y").line("a", vec![]).html(), "");
        let html = Chart::new("T <1>", "x", "y").logarithmic().line("a", vec![(1.0, 0.0)]).html();
        assert!(html.contains("T &lt;1&gt;") && !html.contains("NaN") && !html.contains("inf"), "{html}");
    }
}
