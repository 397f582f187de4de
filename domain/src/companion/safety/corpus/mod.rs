//! The corpora of the detector's tests: ordinary lines made from parts, invented stems, and the
//! tricks that disguise them. Nothing explicit is written here: the stems mean nothing.

mod lines;

pub use lines::{NOT_SELF_HARM, SELF_HARM, ordinary};

use crate::random::Random;

/// Invented stems as a lexicon.
pub const LEXICON: &str = "
[sexual]
бзыркл*
глумпан*
шныгол*
хрюмзик*
фуфырк*
зёмбрик*
дрыйкан*
пчихун*
мырчаг*
жлябун*
щурбал*
кудряпс*
тыльгоч*
вячинд*
гюрзак*
нюхтопл*
чвякот*
цырбул*
эклымаг*
лопчихан*
blorfin*
snergal*
quampot*
zibblet*
frondick*
glimmot*
tharnip*
wuzzgar*
plonket*
drabsin*
skerfol*
morblat*
vintrag*
chumfrel*
yorbist*
krandel*
jelfron*
hobsnat*
gruzpel*
stornik*
[minor]
пупсявк*
кнопсик*
tinklet*
smolkin*
[undressing]
сплюхивал*
deplumfer*
[partial]
полублямк*
semiglorp*
[full]
блямкнут*
fullglorp*
";

/// The invented stems of a lexicon's sexual section: Russian, then English.
pub fn stems() -> (Vec<&'static str>, Vec<&'static str>) {
    let section = LEXICON.split("[minor]").next().unwrap_or_default();
    let stems = section.lines().filter_map(|line| line.strip_suffix('*'));
    stems.partition(|stem| !stem.is_ascii())
}

/// A way to disguise a word: messages that a person would send, one after another.
pub struct Trick {
    /// Name, as in docs/safety.md.
    pub name: &'static str,
    /// Whether the detector claims to see it at all.
    pub claimed: bool,
    /// The disguise; none where it does not apply to the word.
    pub disguise: fn(&str, &mut Random) -> Option<Vec<String>>,
}

fn each(word: &str, change: impl Fn(char) -> String) -> String {
    word.chars().map(change).collect()
}

fn joined(word: &str, with: &str) -> Option<Vec<String>> {
    let letters: Vec<String> = word.chars().map(String::from).collect();
    Some(vec![format!("ну {} да", letters.join(with))])
}

fn one(text: String) -> Option<Vec<String>> {
    Some(vec![format!("ok {text}, yes")])
}

/// A change that must alter the word to count.
fn changed(word: &str, new: String) -> Option<Vec<String>> {
    (new != word).then(|| one(new)).flatten()
}

fn halves(word: &str) -> (String, String) {
    let letters: Vec<char> = word.chars().collect();
    let (a, b) = letters.split_at(letters.len() / 2);
    (a.iter().collect(), b.iter().collect())
}

fn swap(word: &str, pairs: &[(char, &str)]) -> String {
    each(word, |c| {
        pairs.iter().find(|(from, _)| *from == c).map_or(c.to_string(), |(_, to)| (*to).to_owned())
    })
}

const LEET_EN: &[(char, &str)] =
    &[('o', "0"), ('i', "1"), ('e', "3"), ('a', "4"), ('s', "$"), ('t', "7"), ('g', "9")];
const LEET_RU: &[(char, &str)] = &[('о', "0"), ('з', "3"), ('ч', "4"), ('б', "6"), ('а', "@"), ('и', "1")];
const ALIKE_RU: &[(char, &str)] = &[
    ('а', "a"),
    ('с', "c"),
    ('е', "e"),
    ('о', "o"),
    ('р', "p"),
    ('х', "x"),
    ('у', "y"),
    ('к', "k"),
    ('м', "m"),
    ('т', "t"),
];
const ALIKE_EN: &[(char, &str)] =
    &[('a', "а"), ('c', "с"), ('e', "е"), ('o', "о"), ('p', "р"), ('x', "х"), ('y', "у")];
const SCIENTIFIC: &[(char, &str)] = &[
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "yo"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "y"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "kh"),
    ('ц', "ts"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "shch"),
    ('ъ', ""),
    ('ь', ""),
    ('ы', "y"),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
];

/// Every trick, in the table's order.
pub const TRICKS: &[Trick] = &[
    Trick { name: "plain", claimed: true, disguise: |w, _| one(w.to_owned()) },
    Trick {
        name: "an ending added",
        claimed: true,
        disguise: |w, _| one(format!("{w}{}", if w.is_ascii() { "ing" } else { "ами" })),
    },
    Trick { name: "capitals", claimed: true, disguise: |w, _| one(w.to_uppercase()) },
    Trick {
        name: "full-width and circled letters",
        claimed: true,
        disguise: |w, random| {
            let base = if random.chance(50) { 0xFF41 } else { 0x24D0 };
            let wide = |c: char| char::from_u32(base + c as u32 - 'a' as u32).unwrap_or(c).to_string();
            if w.is_ascii() { one(each(w, wide)) } else { None }
        },
    },
    Trick {
        name: "invisible characters",
        claimed: true,
        disguise: |w, _| one(each(w, |c| format!("{c}\u{200b}\u{ad}"))),
    },
    Trick { name: "accents", claimed: true, disguise: |w, _| one(each(w, |c| format!("{c}\u{301}"))) },
    Trick { name: "ё and е", claimed: true, disguise: |w, _| changed(w, w.replace('ё', "е")) },
    Trick { name: "letters spaced", claimed: true, disguise: |w, _| joined(w, " ") },
    Trick { name: "letters dotted", claimed: true, disguise: |w, _| joined(w, ".") },
    Trick {
        name: "a sign inside",
        claimed: true,
        disguise: |w, random| {
            let (a, b) = halves(w);
            one(format!("{a}{}{b}", ["-", "*", "_", "."][random.below(4) as usize]))
        },
    },
    Trick {
        name: "letters drawn out",
        claimed: true,
        disguise: |w, random| {
            let at = random.below(w.chars().count() as u64) as usize;
            one(w
                .chars()
                .enumerate()
                .map(|(i, c)| c.to_string().repeat(if i == at { 5 } else { 1 }))
                .collect())
        },
    },
    Trick {
        name: "digits and signs for letters",
        claimed: true,
        disguise: |w, _| changed(w, swap(&swap(w, LEET_EN), LEET_RU)),
    },
    Trick {
        name: "look-alikes of the other alphabet",
        claimed: true,
        disguise: |w, _| changed(w, if w.is_ascii() { swap(w, ALIKE_EN) } else { swap(w, ALIKE_RU) }),
    },
    Trick {
        name: "Russian in Latin letters",
        claimed: true,
        disguise: |w, _| changed(w, swap(w, SCIENTIFIC)),
    },
    Trick {
        name: "letters spaced, with dashes and look-alikes",
        claimed: true,
        disguise: |w, _| joined(&swap(w, if w.is_ascii() { ALIKE_EN } else { ALIKE_RU }), "  -  "),
    },
    Trick {
        name: "split over two messages",
        claimed: true,
        disguise: |w, _| {
            let (a, b) = halves(w);
            Some(vec![a, b])
        },
    },
    Trick {
        name: "a letter a message",
        claimed: true,
        disguise: |w, _| Some(w.chars().take(8).map(String::from).collect()),
    },
    Trick {
        name: "split by a space",
        claimed: false,
        disguise: |w, _| {
            let (a, b) = halves(w);
            one(format!("{a} {b}"))
        },
    },
    Trick { name: "written backwards", claimed: false, disguise: |w, _| one(w.chars().rev().collect()) },
    Trick {
        name: "two letters swapped",
        claimed: false,
        disguise: |w, _| {
            let mut letters: Vec<char> = w.chars().collect();
            letters.swap(2, 3);
            changed(w, letters.into_iter().collect())
        },
    },
    Trick {
        name: "a letter left out",
        claimed: false,
        disguise: |w, _| one(w.chars().enumerate().filter(|(i, _)| *i != 2).map(|(_, c)| c).collect()),
    },
    Trick {
        name: "a letter starred",
        claimed: false,
        disguise: |w, _| one(w.chars().enumerate().map(|(i, c)| if i == 2 { '*' } else { c }).collect()),
    },
];
