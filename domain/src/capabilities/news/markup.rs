//! The formatting of a broadcast: a few of HTML's tags, read kindly.
//!
//! What is no tag of these, or has no end, stands as it was written, so there is no text that
//! Telegram would refuse for its formatting. Telegram is told where the formatting is by numbers,
//! and never reads the tags itself.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Formatting of a part of a text, as Telegram's `MessageEntity` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// First UTF-16 unit.
    pub offset: usize,
    /// UTF-16 units.
    pub length: usize,
    /// Where a link leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A text and its formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The words.
    pub text: String,
    /// Formatting, ordered by where it begins.
    pub marks: Vec<Mark>,
}

/// Tags, and what Telegram calls them.
const TAGS: [(&str, &str); 8] = [
    ("b", "bold"),
    ("i", "italic"),
    ("u", "underline"),
    ("s", "strikethrough"),
    ("code", "code"),
    ("spoiler", "spoiler"),
    ("blockquote", "blockquote"),
    ("a", "text_link"),
];

/// A piece of the text as it was written.
enum Piece<'a> {
    Words(&'a str),
    Opens { tag: usize, url: Option<&'a str>, raw: &'a str },
    Closes { tag: usize, raw: &'a str },
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find('<') {
        let found = tag(&rest[at..]);
        let end = found.as_ref().map_or(at + 1, |(_, length)| at + length);
        match found {
            Some((piece, _)) => {
                pieces.push(Piece::Words(&rest[..at]));
                pieces.push(piece);
            }
            None => pieces.push(Piece::Words(&rest[..end])),
        }
        rest = &rest[end..];
    }
    pieces.push(Piece::Words(rest));
    pieces
}

/// The tag that a text begins with, and its length.
fn tag(text: &str) -> Option<(Piece<'_>, usize)> {
    let end = text.find('>')?;
    let (raw, inside) = (&text[..=end], &text[1..end]);
    if let Some(name) = inside.strip_prefix('/') {
        let tag = TAGS.iter().position(|(known, _)| *known == name)?;
        return Some((Piece::Closes { tag, raw }, end + 1));
    }
    let url = inside.strip_prefix("a href=\"").and_then(|rest| rest.strip_suffix('"'));
    let url = url.filter(|url| url.starts_with("https://") && !url.contains(['"', ' ', '<', '\n']));
    let name = if url.is_some() { "a" } else { inside };
    let tag = TAGS.iter().position(|(known, _)| *known == name)?;
    // A link that leads nowhere is none.
    (name != "a" || url.is_some()).then_some((Piece::Opens { tag, url, raw }, end + 1))
}

/// Reads a text as it was written.
pub fn read(text: &str) -> Marked {
    let pieces = pieces(text);
    // Which piece ends which: whatever is not closed in order stands as it was written.
    let mut partner = vec![None; pieces.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Words(_) => {}
            Piece::Opens { tag, .. } => open.push((*tag, at)),
            Piece::Closes { tag, .. } => {
                if let Some(place) = open.iter().rposition(|(opened, _)| opened == tag) {
                    let (_, from) = open[place];
                    open.truncate(place);
                    partner[from] = Some(at);
                    partner[at] = Some(from);
                }
            }
        }
    }
    let (mut out, mut units) = (Marked::default(), 0);
    let mut begun = vec![None; pieces.len()];
    let mut say = |out: &mut Marked, words: &str| {
        out.text.push_str(words);
        units += words.encode_utf16().count();
        units
    };
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Words(words) => _ = say(&mut out, words),
            Piece::Opens { raw, .. } | Piece::Closes { raw, .. } if partner[at].is_none() => {
                say(&mut out, raw);
            }
            Piece::Opens { tag, url, .. } => {
                begun[at] = Some(out.marks.len());
                let (offset, url) = (say(&mut out, ""), url.map(str::to_owned));
                out.marks.push(Mark { kind: TAGS[*tag].1.into(), offset, length: 0, url });
            }
            Piece::Closes { .. } => {
                let end = say(&mut out, "");
                if let Some(mark) = partner[at].and_then(|from| begun[from]) {
                    let mark = &mut out.marks[mark];
                    mark.length = end - mark.offset;
                }
            }
        }
    }
    out.marks.retain(|mark| mark.length > 0);
    match out.text.trim().is_empty() {
        // Nothing but tags: so these are what is said.
        true => Marked { text: text.to_owned(), marks: Vec::new() },
        false => out,
    }
}

/// Writes a text with formatting the other way round, so that [`read`] makes the same of it.
/// Formatting that crosses other formatting, or that there is no tag for, is left out.
pub fn write(text: &str, marks: &[Mark]) -> String {
    let known = |mark: &&Mark| mark.length > 0 && TAGS.iter().any(|(_, kind)| *kind == mark.kind);
    let mut marks: Vec<&Mark> = marks.iter().filter(known).collect();
    marks.sort_by_key(|mark| (mark.offset, std::cmp::Reverse(mark.length)));
    let (mut out, mut open, mut at) = (String::new(), Vec::<(usize, &str)>::new(), 0);
    let mut next = marks.into_iter().peekable();
    let close = |out: &mut String, open: &mut Vec<(usize, &str)>, at: usize| {
        while let Some((_, tag)) = open.pop_if(|(end, _)| *end <= at) {
            out.push_str(&format!("</{tag}>"));
        }
    };
    for c in text.chars() {
        close(&mut out, &mut open, at);
        while let Some(mark) = next.next_if(|mark| mark.offset <= at) {
            let end = mark.offset + mark.length;
            if mark.offset < at || open.last().is_some_and(|(outer, _)| *outer < end) {
                continue;
            }
            let Some((tag, _)) = TAGS.iter().find(|(_, kind)| *kind == mark.kind) else { continue };
            match (&mark.url, *tag) {
                (Some(url), "a") => out.push_str(&format!("<a href=\"{url}\">")),
                (None, "a") => continue,
                _ => out.push_str(&format!("<{tag}>")),
            }
            open.push((end, tag));
        }
        out.push(c);
        at += c.len_utf16();
    }
    close(&mut out, &mut open, usize::MAX);
    out
}
