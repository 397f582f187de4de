//! `broadcast` in the alerts chat: words to a draft.
//!
//! Options come first, then the text, or the message that is replied to. A line of `[ru]` or `[en]`
//! alone begins the text in that language.

use super::draft::{Audience, Draft, Link, Texts, minute};
use crate::text::Lang;

/// Reads it; none if there is no text. `replied` is the message that it answers.
pub fn read(words: &str, replied: Option<&str>) -> Option<Draft> {
    let (mut draft, mut rest) = (Draft::default(), words.trim_start());
    loop {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if end == 0 || !option(&rest[..end], &mut draft) {
            break;
        }
        rest = rest[end..].trim_start();
    }
    let text = if rest.trim().is_empty() { replied.unwrap_or_default() } else { rest };
    draft.text = texts(text);
    (draft.text != Texts::default()).then_some(draft)
}

fn option(word: &str, draft: &mut Draft) -> bool {
    let Audience { lang, active_days, premium } = &mut draft.to;
    match word.split_once('=') {
        None if word == "silent" => draft.silent = true,
        Some(("lang", code)) => match Lang::ALL.into_iter().find(|known| known.code() == code) {
            Some(known) => *lang = Some(known),
            None => return false,
        },
        Some(("active", days)) => match days.parse() {
            Ok(days) => *active_days = Some(days),
            Err(_) => return false,
        },
        Some(("premium", yes @ ("yes" | "no"))) => *premium = Some(yes == "yes"),
        Some(("at", words)) => match minute(words) {
            Some(at) => draft.at = Some(at),
            None => return false,
        },
        Some(("link", url)) => {
            draft.link = Some(Link { url: url.to_owned(), label: Texts::default() });
        }
        _ => return false,
    }
    true
}

/// The text in each language; without headings it is for everybody.
pub(in crate::capabilities) fn texts(text: &str) -> Texts {
    let heading = |line: &str| Lang::ALL.into_iter().find(|lang| line.trim() == format!("[{}]", lang.code()));
    let mut parts: [Option<String>; 2] = [None, None];
    let mut into: Option<Lang> = None;
    for line in text.lines() {
        if let Some(lang) = heading(line) {
            into = Some(lang);
            continue;
        }
        // What stands before the first heading is for nobody in particular: for all, if there is
        // none.
        let part = parts[into.unwrap_or(Lang::En) as usize].get_or_insert_default();
        if !part.is_empty() {
            part.push('\n');
        }
        part.push_str(line);
    }
    let mut said =
        parts.into_iter().map(|part| part.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
    Texts { ru: said.next().flatten(), en: said.next().flatten() }
}
