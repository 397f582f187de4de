//! The little HTML that Telegram reads.

use std::borrow::Cow;

/// Tags that Telegram knows and the locale files may use.
const TAGS: [&str; 9] = ["b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler", "a"];

/// Makes a text safe to stand inside HTML.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// The words of an HTML text, for buttons and toasts, where Telegram takes no mark-up.
pub fn strip(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        // `check` and `escape` leave no `<` that does not begin a tag.
        rest = rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
    }
    plain.push_str(rest);
    if !plain.contains('&') {
        return plain;
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What Telegram would refuse in this HTML; none if it would take it.
pub fn check(html: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'&' {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            if !known.iter().any(|entity| after.starts_with(entity)) {
                return Some("a bare & (write &amp;)".to_owned());
            }
            rest = after;
            continue;
        }
        let Some(end) = after.find('>') else { return Some("a bare < (write &lt;)".to_owned()) };
        let tag = &after[..end];
        rest = &after[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes nothing"));
            }
        } else {
            let name = tag.split(' ').next().unwrap_or_default();
            if !TAGS.contains(&name) {
                return Some(format!("<{name}> is not a tag that Telegram knows"));
            }
            open.push(name);
        }
    }
    open.pop().map(|name| format!("<{name}> is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_and_stripping_are_opposites() {
        let text = "1 < 2 & \"3\" > 2 &lt; <b>";
        assert_eq!(escape(text), "1 &lt; 2 &amp; \"3\" &gt; 2 &amp;lt; &lt;b&gt;");
        assert_eq!(strip(&escape(text)), text);
        assert_eq!(strip("<b>Bold</b> and <a href=\"x\">more</a>"), "Bold and more");
    }

    #[test]
    fn what_telegram_refuses_is_found() {
        let table = [
            ("plain", None),
            ("<b>x</b> <tg-spoiler>y</tg-spoiler> &amp;", None),
            ("<a href=\"https://example.org\">x</a>", None),
            ("<b>x", Some("<b> is not closed")),
            ("x</b>", Some("</b> closes nothing")),
            ("<b><i>x</b></i>", Some("</b> closes nothing")),
            ("<p>x</p>", Some("<p> is not a tag that Telegram knows")),
            ("1 < 2", Some("a bare < (write &lt;)")),
            ("Q&A", Some("a bare & (write &amp;)")),
        ];
        for (html, problem) in table {
            assert_eq!(check(html).as_deref(), problem, "{html}");
        }
    }
}
