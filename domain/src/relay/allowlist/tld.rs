//! What may end a bare domain: top-level domains (a selection of IANA's root zone database, every country code
//! of at least some use included) and their Cyrillic spellings.

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
    "ac", "academy", "adult", "ae", "aero", "af", "agency", "ai", "ao", "app", "aq", "arpa", "asia", "au",
    "autos", "aw", "az", "ba", "bb", "bd", "beauty", "berlin", "bet", "bf", "bg", "bh", "bi", "bio", "biz",
    "bj", "blog", "bm", "bn", "bo", "boats", "br", "bs", "bt", "business", "bv", "bw", "bz", "ca", "careers",
    "cc", "cd", "cf", "cfd", "cg", "ch", "ci", "ck", "cl", "click", "clinic", "cloud", "club", "cm", "cn",
    "co", "com", "company", "coop", "cr", "cu", "cv", "cw", "cx", "cy", "cyou", "cz", "dating", "de",
    "dental", "dev", "digital", "dj", "dk", "dm", "dz", "ec", "eco", "edu", "ee", "eg", "email", "energy",
    "er", "es", "esq", "eu", "expert", "fans", "fi", "finance", "fj", "fk", "fm", "fo", "foo", "football",
    "fr", "ga", "games", "gay", "gd", "ge", "gf", "gg", "gh", "gi", "gl", "gle", "gm", "gn", "google", "gov",
    "gp", "gq", "gr", "gs", "gt", "gu", "gw", "gy", "hk", "host", "hr", "hu", "i2p", "icu", "ie", "il",
    "info", "ink", "io", "iq", "ir", "je", "jm", "jobs", "jp", "ke", "kg", "kh", "kim", "kn", "kp", "kr",
    "kw", "ky", "kz", "lb", "lc", "legal", "link", "lk", "lol", "london", "lr", "ls", "lt", "lu", "lv", "ly",
    "mc", "me", "mh", "mil", "mk", "mn", "mo", "mobi", "monster", "moscow", "mp", "mq", "mt", "museum", "mv",
    "mw", "mx", "mz", "nc", "net", "network", "nexus", "nf", "ng", "ngo", "ninja", "nl", "np", "nr", "nyc",
    "nz", "ong", "onion", "online", "org", "page", "paris", "pe", "pf", "pg", "ph", "phd", "photos", "pk",
    "pl", "pn", "porn", "pr", "pro", "prof", "pt", "pw", "qa", "ren", "ro", "rsvp", "ru", "rw", "sb", "sbs",
    "sc", "sd", "se", "services", "sg", "shop", "site", "sk", "sl", "sm", "sn", "social", "soy", "space",
    "sr", "store", "stream", "studio", "su", "sv", "sx", "sy", "systems", "sz", "tatar", "tc", "td", "tech",
    "tel", "telegram", "tf", "tg", "th", "tj", "tk", "tl", "tm", "tn", "tokyo", "ton", "top", "tr", "travel",
    "tt", "tv", "tw", "tz", "ua", "ug", "uk", "uy", "uz", "vc", "vg", "vip", "vn", "vu", "wang", "webcam",
    "website", "wf", "wiki", "ws", "xxx", "xyz", "yachts", "ye", "youtube", "yt", "zm", "zw",
];

/// The same, longer than eight letters. Sorted.
const LONG: &[&str] = &["accountant", "amsterdam", "education", "solutions", "university"];

/// End of a link with a path, a port, `www.` or disguised letters; otherwise people who leave out the space
/// after a full stop ("ok.so what") and file names would be masked. Telegram itself marks the clean ones as
/// links (an entity, masked as such). Sorted.
const WEAK: &[&str] = &[
    "ad", "ag", "al", "am", "ar", "art", "as", "at", "ax", "baby", "bank", "bar", "be", "best", "bid",
    "bike", "black", "blue", "bond", "boo", "buzz", "by", "cafe", "cam", "care", "cash", "cat", "center",
    "channel", "chat", "city", "cool", "cricket", "dad", "dance", "date", "day", "design", "do", "doctor",
    "dog", "download", "earth", "eat", "et", "faith", "family", "fit", "fun", "game", "garden", "gift",
    "gifts", "goo", "green", "group", "guru", "hair", "health", "hm", "hn", "homes", "house", "how", "ht",
    "id", "im", "in", "ing", "int", "is", "it", "jo", "ki", "kitchen", "km", "la", "land", "lat", "law",
    "li", "life", "live", "loan", "love", "ma", "makeup", "market", "md", "media", "meme", "men", "mg", "ml",
    "mm", "mom", "money", "mov", "mr", "ms", "mu", "my", "na", "name", "ne", "new", "news", "ni", "no", "nu",
    "om", "one", "pa", "parts", "party", "pet", "photo", "pink", "pizza", "plus", "pm", "post", "press",
    "ps", "pub", "py", "quest", "racing", "re", "red", "rest", "review", "rocks", "rs", "run", "sa",
    "school", "science", "sex", "sh", "si", "skin", "so", "st", "sucks", "support", "team", "tips", "to",
    "today", "tools", "trade", "us", "va", "ve", "vi", "video", "win", "work", "world", "wtf", "yoga", "za",
    "zip", "zone",
];

/// Cyrillic top-level domains and the Latin ones as Russians spell them out. Left out: those that are everyday
/// words ("да.нет", "люблю.дети").
const CYRILLIC: &[&str] =
    &["бг", "бел", "ком", "мкд", "мон", "орг", "ру", "рус", "рф", "срб", "су", "укр", "ею", "қаз"];

/// The same for words that need further signs.
const CYRILLIC_WEAK: &[&str] =
    &["дети", "москва", "нет", "онлайн", "сайт", "инфо", "ме", "католик", "ай", "ио"];

/// Whether `label`, folded, ends a domain when `before` is the label before it.
///
/// Letters of other scripts that look like Latin ones count as Latin where the label, or the one before it,
/// holds a real Latin letter: "vk.соm" is a disguise, "так.со мной" is a sentence.
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
