//! What may end a bare domain: top-level domains (a selection of IANA's root zone database, every
//! country code of at least some use included) and their Cyrillic spellings.

/// How surely a label ends a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tld {
    /// A link wherever it ends a dotted word.
    Strong,
    /// A link only with further signs of one: a word or a file name ends like that too.
    Weak,
}

/// End of a link wherever it ends a dotted word. Sorted.
const STRONG: &[&str] = &[
    "ac", "ae", "aero", "af", "ao", "aq", "arpa", "asia", "au", "aw", "az", "ba", "bd", "berlin", "bg", "bh",
    "bi", "biz", "bj", "bm", "bn", "bo", "br", "bs", "bt", "bv", "bw", "bz", "cf", "cfd", "cg", "ch", "ci",
    "ck", "cl", "cm", "cn", "com", "coop", "cr", "cw", "cx", "cy", "cyou", "cz", "de", "dk", "dz", "ec",
    "edu", "eg", "eu", "fi", "fj", "fk", "fo", "fr", "ga", "gd", "ge", "gh", "gi", "gov", "gp", "gq", "gr",
    "gt", "gu", "gw", "gy", "hk", "hr", "hu", "i2p", "icu", "il", "info", "iq", "ir", "je", "jm", "jp", "ke",
    "kg", "kh", "kim", "kn", "kp", "kr", "kw", "ky", "kz", "lb", "lk", "lr", "ls", "lt", "lu", "lv", "mc",
    "mh", "mil", "mn", "mobi", "moscow", "mp", "mq", "mt", "museum", "mv", "mw", "mx", "mz", "nc", "net",
    "nf", "ng", "ngo", "nl", "nr", "nyc", "nz", "ong", "onion", "org", "pf", "pg", "ph", "pk", "pn", "pr",
    "qa", "ro", "ru", "rw", "sbs", "sd", "se", "sg", "sk", "sl", "sm", "sn", "su", "sv", "sx", "sy", "sz",
    "tatar", "tc", "td", "th", "tj", "tk", "tl", "tm", "tn", "tokyo", "tr", "tw", "tz", "ua", "ug", "uk",
    "uy", "uz", "vn", "vu", "wf", "xyz", "yt", "zm", "zw",
];

/// The same, longer than eight letters. Sorted.
const LONG: &[&str] = &["accountant", "amsterdam", "education", "solutions", "university"];

/// End of a link with a path, `www.`, disguised letters, or where it is announced: everyday words,
/// slang and the ends of file names, so that people who leave out the space after a full stop
/// ("ok.so what") are not masked. Sorted.
const WEAK: &[&str] = &[
    "academy", "ad", "adult", "ag", "agency", "ai", "al", "am", "app", "ar", "art", "as", "at", "autos",
    "ax", "baby", "bank", "bar", "bb", "be", "beauty", "best", "bet", "bf", "bid", "bike", "bio", "black",
    "blog", "blue", "boats", "bond", "boo", "business", "buzz", "by", "ca", "cafe", "cam", "care", "careers",
    "cash", "cat", "cc", "cd", "center", "channel", "chat", "city", "click", "clinic", "cloud", "club", "co",
    "company", "cool", "cricket", "cu", "cv", "dad", "dance", "date", "dating", "day", "dental", "design",
    "dev", "digital", "dj", "dm", "do", "doctor", "dog", "download", "earth", "eat", "eco", "ee", "email",
    "energy", "er", "es", "esq", "et", "expert", "faith", "family", "fans", "finance", "fit", "fm", "foo",
    "football", "fun", "game", "games", "garden", "gay", "gf", "gg", "gift", "gifts", "gl", "gle", "gm",
    "gn", "goo", "google", "green", "group", "gs", "guru", "hair", "health", "hm", "hn", "homes", "host",
    "house", "how", "ht", "id", "ie", "im", "in", "ing", "ink", "int", "io", "is", "it", "jo", "jobs", "ki",
    "kitchen", "km", "la", "land", "lat", "law", "lc", "legal", "li", "life", "link", "live", "loan", "lol",
    "london", "love", "ly", "ma", "makeup", "market", "md", "me", "media", "meme", "men", "mg", "mk", "ml",
    "mm", "mo", "mom", "money", "monster", "mov", "mr", "ms", "mu", "my", "na", "name", "ne", "network",
    "new", "news", "nexus", "ni", "ninja", "no", "np", "nu", "om", "one", "online", "pa", "page", "paris",
    "parts", "party", "pe", "pet", "phd", "photo", "photos", "pink", "pizza", "pl", "plus", "pm", "porn",
    "post", "press", "pro", "prof", "ps", "pt", "pub", "pw", "py", "quest", "racing", "re", "red", "ren",
    "rest", "review", "rocks", "rs", "rsvp", "run", "sa", "sb", "sc", "school", "science", "services", "sex",
    "sh", "shop", "si", "site", "skin", "so", "social", "soy", "space", "sr", "st", "store", "stream",
    "studio", "sucks", "support", "systems", "team", "tech", "tel", "telegram", "tf", "tg", "tips", "to",
    "today", "ton", "tools", "top", "trade", "travel", "tt", "tv", "us", "va", "vc", "ve", "vg", "vi",
    "video", "vip", "wang", "webcam", "website", "wiki", "win", "work", "world", "ws", "wtf", "xxx",
    "yachts", "ye", "yoga", "youtube", "za", "zip", "zone",
];

/// Ends of file names and of code. Sorted.
const FILES: &[&str] = &[
    "ai", "cc", "do", "gs", "id", "in", "is", "md", "mk", "ml", "mo", "mov", "name", "pl", "ps", "py", "rs",
    "sc", "sh", "so", "tf", "zip",
];

/// Ends that are used behind Cyrillic names. Sorted.
const CLASSIC: &[&str] = &["com", "info", "net", "org", "ru", "su"];

/// What people talk about and what leads to nobody: technologies named like domains, shops,
/// encyclopaedias.
const NAMES: &[&str] = &[
    "ado.net",
    "aliexpress.com",
    "amazon.com",
    "asp.net",
    "auto.ru",
    "avito.ru",
    "booking.com",
    "drom.ru",
    "google.com",
    "gosuslugi.ru",
    "hh.ru",
    "kinopoisk.ru",
    "mail.ru",
    "ml.net",
    "netflix.com",
    "ozon.ru",
    "paint.net",
    "socket.io",
    "vb.net",
    "wikipedia.org",
    "yandex.ru",
];

/// Weak ends under which people have sites of their own: enough where nothing else is in the line.
/// Sorted.
const SITES: &[&str] = &[
    "agency", "app", "blog", "cc", "club", "co", "dev", "io", "online", "page", "pro", "shop", "site",
    "space", "store", "studio", "tv", "website",
];

/// Whether a folded weak end is one that sites have.
pub(super) fn is_site(label: impl Iterator<Item = char> + Clone) -> bool {
    SITES.iter().any(|s| s.chars().eq(label.clone()))
}

/// Whether a folded label ends file names or code.
pub(super) fn is_file(label: impl Iterator<Item = char> + Clone) -> bool {
    FILES.iter().any(|f| f.chars().eq(label.clone()))
}

/// Whether a folded label ends domains with Cyrillic names.
pub(super) fn is_classic(label: impl Iterator<Item = char> + Clone) -> bool {
    CLASSIC.iter().any(|s| s.chars().eq(label.clone()))
}

/// Whether two folded labels are a name that leads to nobody.
pub(super) fn is_name(
    before: impl Iterator<Item = char> + Clone,
    label: impl Iterator<Item = char> + Clone,
) -> bool {
    NAMES.iter().any(|t| t.chars().eq(before.clone().chain(['.']).chain(label.clone())))
}

/// Cyrillic top-level domains and the Latin ones as Russians spell them out. Left out: those that
/// are everyday words ("да.нет", "люблю.дети").
const CYRILLIC: &[&str] =
    &["бг", "бел", "ком", "мкд", "мон", "орг", "ру", "рус", "рф", "срб", "су", "укр", "ею", "қаз"];

/// The same for words that need further signs.
const CYRILLIC_WEAK: &[&str] =
    &["дети", "москва", "нет", "онлайн", "сайт", "инфо", "ме", "католик", "ай", "ио"];

/// Whether `label`, folded, ends a domain when `before` is the label before it.
///
/// Letters of other scripts that look like Latin ones count as Latin where the label, or the one
/// before it, holds a real Latin letter: "vk.соm" is a disguise, "так.со мной" is a sentence.
pub(super) fn tld(
    before: impl Iterator<Item = char>,
    label: impl Iterator<Item = char> + Clone,
) -> Option<Tld> {
    let mut buf = [0u8; 24];
    let mut len = 0;
    let (mut latin, mut cyrillic, mut prefix) = (false, false, 0);
    for c in label.clone() {
        latin |= c.is_ascii_alphabetic();
        cyrillic |= !c.is_ascii();
        let plain = lookalike(c).unwrap_or('?');
        if len == buf.len() {
            break;
        }
        if c.is_ascii_alphabetic() && prefix == len {
            prefix = len + 1;
        }
        buf[len] = plain as u8;
        len += 1;
    }
    let text = std::str::from_utf8(&buf[..len]).unwrap_or_default();
    if text.starts_with("xn--") && len > 4 {
        return Some(Tld::Strong);
    }
    if latin {
        // "vk.comпривет": a Latin end glued to another script's word ends the domain as well.
        return listed(text).or_else(|| (cyrillic && prefix >= 2).then(|| listed(&text[..prefix])).flatten());
    }
    if CYRILLIC.iter().any(|t| t.chars().eq(label.clone())) {
        return Some(Tld::Strong);
    }
    let mut before_latin = false;
    let mut before_is_t = true;
    let mut before_len = 0;
    for c in before {
        before_len += 1;
        before_latin |= c.is_ascii_alphabetic();
        before_is_t &= matches!(c, 't' | 'т');
    }
    // "т.ме" is t.me in look-alikes throughout.
    if before_is_t && before_len == 1 && text == "me" {
        return Some(Tld::Strong);
    }
    if before_latin && cyrillic && listed(text) == Some(Tld::Strong) {
        return Some(Tld::Strong);
    }
    CYRILLIC_WEAK.iter().any(|t| t.chars().eq(label.clone())).then_some(Tld::Weak)
}

fn listed(label: &str) -> Option<Tld> {
    if STRONG.binary_search(&label).is_ok() || LONG.binary_search(&label).is_ok() {
        Some(Tld::Strong)
    } else if WEAK.binary_search(&label).is_ok() {
        Some(Tld::Weak)
    } else {
        None
    }
}

/// The Latin letter that a lower-case Cyrillic or Greek one is taken for.
pub(super) fn lookalike(c: char) -> Option<char> {
    Some(match c {
        c if c.is_ascii() => c,
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'є' | 'ε' => 'e',
        'ԍ' => 'g',
        'н' | 'һ' => 'h',
        'і' | 'ї' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'п' | 'η' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ζ' => 'z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(before: &str, label: &str) -> Option<Tld> {
        tld(before.chars(), label.chars())
    }

    #[test]
    fn lists_are_sorted_and_apart() {
        assert!(STRONG.is_sorted() && LONG.is_sorted() && WEAK.is_sorted());
        assert!(STRONG.iter().all(|t| WEAK.binary_search(t).is_err()));
        assert!(STRONG.iter().chain(WEAK).all(|t| t.bytes().all(|b| b.is_ascii_alphanumeric())));
    }

    #[test]
    fn disguises_and_words() {
        for (before, label) in [
            ("vk", "com"),
            ("vk", "соm"),
            ("т", "ме"),
            ("сайт", "рф"),
            ("x", "xn--p1ai"),
            ("vk", "comпривет"),
        ] {
            assert_eq!(of(before, label), Some(Tld::Strong), "{before}.{label}");
        }
        for (before, label) in [("ok", "so"), ("да", "нет"), ("main", "rs")] {
            assert_eq!(of(before, label), Some(Tld::Weak), "{before}.{label}");
        }
        for (before, label) in [("так", "со"), ("т", "д"), ("v2", "0"), ("привет", "как"), ("a", "m")]
        {
            assert_eq!(of(before, label), None, "{before}.{label}");
        }
    }
}
