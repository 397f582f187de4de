//! Hosts that lead to a person or off the platform, and how people write them.

use super::fold::{self, is_word};
use super::tld::lookalike;

/// A host of two labels.
pub(super) struct Host {
    /// The first label.
    pub name: &'static str,
    /// The second label.
    pub end: &'static str,
    /// Both, or one of them, are everyday words: with a space at the dot there must be a path.
    pub soft: bool,
}

const fn host(name: &'static str, end: &'static str, soft: bool) -> Host {
    Host { name, end, soft }
}

/// The hosts. Sorted by name.
pub(super) const HOSTS: &[Host] = &[
    host("bit", "ly", true),
    host("boosty", "to", true),
    host("clck", "ru", false),
    host("discord", "com", false),
    host("discord", "gg", true),
    host("facebook", "com", false),
    host("fb", "com", false),
    host("fb", "me", true),
    host("forms", "gle", true),
    host("goo", "gl", true),
    host("instagr", "am", true),
    host("instagram", "com", false),
    host("linktr", "ee", false),
    host("m", "me", true),
    host("ok", "ru", true),
    host("onlyfans", "com", false),
    host("pinterest", "com", false),
    host("reddit", "com", false),
    host("signal", "group", true),
    host("signal", "me", true),
    host("snapchat", "com", false),
    host("steamcommunity", "com", false),
    host("t", "me", true),
    host("taplink", "cc", false),
    host("telega", "me", true),
    host("telegram", "dog", true),
    host("telegram", "me", true),
    host("telegram", "org", false),
    host("telesco", "pe", false),
    host("threads", "net", false),
    host("tiktok", "com", false),
    host("twitch", "tv", false),
    host("twitter", "com", false),
    host("viber", "click", true),
    host("viber", "com", false),
    host("vk", "cc", false),
    host("vk", "com", false),
    host("vk", "me", true),
    host("vk", "ru", false),
    host("vkontakte", "ru", false),
    host("wa", "me", true),
    host("whatsapp", "com", false),
    host("x", "com", true),
    host("youtu", "be", true),
    host("youtube", "com", false),
];

/// Whole hosts as one word, which need a path.
const JOINED: &[&str] = &["tme", "t_me", "тме", "т_ме", "vkcom", "wame"];

/// How Russians spell labels; look-alikes go without saying.
const SPELLED: &[(&str, &str)] = &[
    ("бусти", "boosty"),
    ("ва", "wa"),
    ("вк", "vk"),
    ("вконтакте", "vkontakte"),
    ("гг", "gg"),
    ("дискорд", "discord"),
    ("инстаграм", "instagram"),
    ("инстаграмм", "instagram"),
    ("ком", "com"),
    ("ми", "me"),
    ("мэ", "me"),
    ("ок", "ok"),
    ("орг", "org"),
    ("ру", "ru"),
    ("тг", "t"),
    ("телеграм", "telegram"),
    ("телеграмм", "telegram"),
    ("тикток", "tiktok"),
    ("ютуб", "youtube"),
];

/// Letters of the longest of these.
const MAX_SPACED_END: usize = 3;

/// Labels that end a domain also with a space at the dot, see [`super::links`]. Folded; look-alikes
/// count.
const SPACED_ENDS: &[&str] =
    &["com", "gg", "me", "net", "org", "ru", "гг", "ком", "ми", "мэ", "орг", "ру", "рф"];

/// Every label of a host, and those that end a domain also where they are spelled. Sorted.
static LABELS: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| {
    let mut all: Vec<&str> = HOSTS.iter().flat_map(|h| [h.name, h.end]).chain(["net", "org"]).collect();
    all.sort_unstable();
    all.dedup();
    all
});

/// Letters of the longest label.
const LONGEST: usize = 14;

/// The label that `word` is, in look-alikes or spelled.
pub(super) fn label(word: impl Iterator<Item = char> + Clone) -> Option<&'static str> {
    let (mut plain, mut len, mut same) = ([0u8; LONGEST], 0, true);
    for c in word.clone() {
        if len == LONGEST {
            return None;
        }
        let look = lookalike(c).unwrap_or('?');
        same &= look == c;
        plain[len] = look as u8;
        len += 1;
    }
    if !same && let Ok(at) = SPELLED.binary_search_by(|(spelled, _)| spelled.chars().cmp(word.clone())) {
        return Some(SPELLED[at].1);
    }
    let plain = std::str::from_utf8(&plain[..len]).ok()?;
    LABELS.binary_search(&plain).ok().map(|at| LABELS[at])
}

/// The host of two labels.
pub(super) fn find(name: &str, end: &str) -> Option<&'static Host> {
    HOSTS.binary_search_by(|h| (h.name, h.end).cmp(&(name, end))).ok().map(|at| &HOSTS[at])
}

/// Whether `word` is a whole host.
pub(super) fn is_joined(word: impl Iterator<Item = char> + Clone) -> bool {
    JOINED.iter().any(|j| j.chars().eq(word.clone()))
}

/// Whether `word` may end a domain after a dot and a space.
pub(super) fn is_spaced_end(word: impl Iterator<Item = char> + Clone) -> bool {
    if word.clone().nth(MAX_SPACED_END).is_some() {
        return false;
    }
    let listed = |end: &&&str| end.chars().zip(word.clone()).all(|(e, c)| e == c || lookalike(c) == Some(e));
    let len = word.clone().count();
    SPACED_ENDS.iter().filter(|e| e.chars().count() == len).find(listed).is_some()
}

/// Whether the end of a domain behind a dot and a space may begin with these bytes.
#[inline]
pub(super) fn may_begin_end(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [first, ..] if first.is_ascii() => {
            !first.is_ascii_alphanumeric() || b"cgmnor".contains(&first.to_ascii_lowercase())
        }
        // Г К М Н О П Р С, г к м н о п, р с: what these ends begin with, or look like.
        [0xD0, 0x93 | 0x9A | 0x9C..=0xA1 | 0xB3 | 0xBA | 0xBC..=0xBF, ..] | [0xD1, 0x80 | 0x81, ..] => true,
        [0xD0 | 0xD1, ..] => false,
        _ => true,
    }
}

/// Whether the end of a domain follows `rest`'s spaces.
pub(super) fn is_end_ahead(rest: &str) -> bool {
    // The next sentence mostly begins with another letter or a longer word.
    let bytes = rest.trim_ascii_start().as_bytes();
    if !may_begin_end(bytes) {
        return false;
    }
    if bytes.len() > 2 * MAX_SPACED_END
        && bytes[..2 * MAX_SPACED_END].iter().all(|&b| matches!(b, 0xD0 | 0xD1 | 0x80..=0xBF))
    {
        if matches!(bytes[2 * MAX_SPACED_END], 0xD0 | 0xD1) {
            return false;
        }
    } else if bytes.len() > MAX_SPACED_END && bytes[..=MAX_SPACED_END].iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let mut word = ['\0'; MAX_SPACED_END];
    let mut len = 0;
    for c in rest.chars().filter_map(fold::fold).skip_while(|c| c.is_whitespace()).take_while(|&c| is_word(c))
    {
        if len == MAX_SPACED_END {
            return false;
        }
        word[len] = c;
        len += 1;
    }
    is_spaced_end(word[..len].iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(HOSTS.is_sorted_by_key(|h| (h.name, h.end)) && SPELLED.is_sorted());
    }

    #[test]
    fn labels_in_disguise() {
        for (word, label) in
            [("vk", "vk"), ("vк", "vk"), ("вк", "vk"), ("соm", "com"), ("ме", "me"), ("ми", "me")]
        {
            assert_eq!(super::label(word.chars()), Some(label), "{word}");
        }
        for word in ["вкус", "v", "", "co", "averyverylongword"] {
            assert_eq!(super::label(word.chars()), None, "{word}");
        }
        assert!(is_spaced_end("ме".chars()) && is_spaced_end("cоm".chars()) && !is_spaced_end("how".chars()));
    }
}
