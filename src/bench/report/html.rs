//! One page that needs nothing from elsewhere: no script, no font, no image.

use super::Report;
use super::table::Table;
use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// Text inside HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The page of a report.
pub(super) fn page(report: &Report) -> String {
    let title = format!("nameless bench {}", report.bench);
    let mut body = format!("<h1>{}</h1>", escape(&title));
    // Writing to a String cannot fail.
    if report.is_void() {
        body.push_str("<section class=\"void\"><h2>Void</h2><ul>");
        for (what, reason) in &report.void {
            let _ = write!(body, "<li><b>{}</b> {}</li>", escape(what), escape(&reason.to_string()));
        }
        body.push_str("</ul></section>");
    }
    for note in &report.notes {
        let _ = write!(body, "<p class=\"note\">{}</p>", escape(note));
    }
    report.tables.iter().for_each(|t| body.push_str(&table(t)));
    body.push_str("<div class=\"charts\">");
    report.charts.iter().for_each(|chart| body.push_str(&chart.html()));
    body.push_str("</div>");
    let settings = Value::Object(report.settings.clone());
    for (name, value) in [("Settings", &settings), ("Machine", &report.machine)] {
        let _ = write!(body, "<h2>{name}</h2><dl>{}</dl>", entries(value, ""));
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>\n",
        escape(&title)
    )
}

fn table(table: &Table) -> String {
    let mut html = format!("<h2>{}</h2><div class=\"wide\"><table><thead><tr>", escape(&table.title));
    for column in &table.columns {
        let _ = write!(html, "<th>{}</th>", escape(column));
    }
    html.push_str("</tr></thead><tbody>");
    for (row, void) in &table.rows {
        html.push_str(if *void { "<tr class=\"is-void\">" } else { "<tr>" });
        for cell in row {
            let _ = write!(html, "<td>{}</td>", escape(&cell.0));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

/// Nested settings as lines of name and value.
fn entries(value: &Value, name: &str) -> String {
    match value {
        Value::Object(map) => {
            let join = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name} {key}") };
            map.iter().map(|(key, value)| entries(value, &join(key))).collect()
        }
        Value::Null => String::new(),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(Value::to_string).collect();
            format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(&list.join(", ")))
        }
        Value::String(text) => format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(text)),
        other => format!("<dt>{}</dt><dd>{other}</dd>", escape(name)),
    }
}
