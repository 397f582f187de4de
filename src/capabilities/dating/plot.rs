//! The plot: how many matches each person may expect, the fewest first, a curve for each order.

use nameless_domain::capabilities::dating::sim::{Method, Outcome};
use std::fmt::Write;

/// The drawing without its margins, pixels.
const WIDTH: f64 = 640.0;
/// Likewise.
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 40.0;
/// Points of a curve at most: a mean of neighbours each.
const POINTS: usize = 120;

/// Colours that differ in lightness too, and the curve's dashes.
fn stroke(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::OneSided => ("#b3261e", "2 3"),
        Method::Product => ("#c77700", "none"),
        Method::Harmonic => ("#8a6d00", "6 4"),
        Method::Tu => ("#4a7fd6", "6 4"),
        Method::SampledTu => ("#0b3d91", "none"),
        Method::Exploring => ("#1b7f5c", "none"),
    }
}

/// Draws it, as SVG on white ground.
pub fn draw(title: &str, outcomes: &[(Method, Outcome)]) -> String {
    let most = outcomes.iter().flat_map(|(_, outcome)| outcome.each.last()).copied().fold(0.5, f64::max);
    // Above this the curve of the most popular leaves the drawing; the rest could not be read else.
    let top = most.min(2.0);
    let (right, bottom) = (LEFT + WIDTH, TOP + HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\" role=\"img\">\n\
         <title>Expected matches a person: {title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">Expected matches a person: {title}</text>\n",
        w = right + 24.0,
        h = bottom + 52.0,
        title = escaped(title),
    );
    // Writing to a String cannot fail.
    for step in 0..=4 {
        let part = f64::from(step) / 4.0;
        let (x, y) = (LEFT + part * WIDTH, bottom - part * HEIGHT);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y}H{right}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.2}</text>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{:.0} %</text>",
            LEFT - 8.0,
            y + 4.0,
            part * top,
            bottom + 20.0,
            100.0 * part,
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">people, those with the fewest matches first</text>",
        LEFT + WIDTH / 2.0,
        bottom + 42.0
    );
    for (i, (method, outcome)) in outcomes.iter().enumerate() {
        let (colour, dashes) = stroke(*method);
        let size = outcome.each.len().div_ceil(POINTS).max(1);
        let parts = outcome.each.chunks(size);
        let last = parts.len().saturating_sub(1).max(1) as f64;
        let points: Vec<String> = parts
            .enumerate()
            .map(|(at, part)| {
                let mean = part.iter().sum::<f64>() / part.len() as f64;
                let (x, y) = (LEFT + at as f64 / last * WIDTH, bottom - (mean / top).min(1.0) * HEIGHT);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let y = TOP + 20.0 + 20.0 * i as f64;
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>\
             <path d=\"M{} {}h28\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\
             <text x=\"{}\" y=\"{y}\">{}: {:.0} matches</text>",
            points.join(" "),
            LEFT + 16.0,
            y - 4.0,
            LEFT + 52.0,
            method.name(),
            outcome.matches,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
