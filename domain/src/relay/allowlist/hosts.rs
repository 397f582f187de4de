//! Hosts that lead to a person or off the platform, and how people write them.

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

/// Labels that end a domain also with a space at the dot, see [`super::links`]. Folded; look-alikes count.
const SPACED_ENDS: &[&str] =
    &["com", "me", "ru", "gg", "net", "org", "su", "info", "dog", "tv", "ee", "рф", "ком", "ру", "ми", "мэ", "гг", "орг"];

/// Whether `word` is `label`, in look-alikes or spelled.
pub(super) fn is_label(word: impl Iterator<Item = char> + Clone, label: &str) -> bool {
    let mut looks = label.chars();
    (word.clone().all(|c| lookalike(c).is_some_and(|l| looks.next() == Some(l))) && looks.next().is_none())
        || SPELLED.iter().any(|(spelled, l)| *l == label && spelled.chars().eq(word.clone()))
}

/// Whether `word` is a whole host.
pub(super) fn is_joined(word: impl Iterator<Item = char> + Clone) -> bool {
    JOINED.iter().any(|j| j.chars().eq(word.clone()))
}

/// Whether `word` may end a domain after a dot and a space.
pub(super) fn is_spaced_end(word: impl Iterator<Item = char> + Clone) -> bool {
    SPACED_ENDS.iter().any(|end| {
        let mut chars = end.chars();
        word.clone().all(|c| {
            let expected = chars.next();
            expected == Some(c) || expected.is_some() && expected == lookalike(c)
        }) && chars.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(HOSTS.is_sorted_by_key(|h| h.name) && SPELLED.is_sorted());
    }

    #[test]
    fn labels_in_disguise() {
        for (word, label) in [("vk", "vk"), ("vк", "vk"), ("вк", "vk"), ("соm", "com"), ("ме", "me"), ("ми", "me")] {
            assert!(is_label(word.chars(), label), "{word}");
        }
        for (word, label) in [("вкус", "vk"), ("v", "vk"), ("", "vk"), ("com", "co")] {
            assert!(!is_label(word.chars(), label), "{word}");
        }
        assert!(is_spaced_end("ме".chars()) && is_spaced_end("cоm".chars()) && !is_spaced_end("how".chars()));
    }
}
