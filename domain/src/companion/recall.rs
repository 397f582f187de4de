//! What older turns are found again by: the stems of their words, in Russian and in English.
//!
//! A light stemmer: one ending goes, the longest that leaves three letters. Two forms of a word
//! should come to the same; what that is need not be a word.

use super::constants::STEMS;
use rustc_hash::FxHashSet;

/// Letters that a stem has at least.
const LEAST: usize = 3;

/// Words that say nothing of what is talked about.
const COMMON: &str = " the and you are was were for that this with have has had not but what your about from they \
    them she her his him how why when where who did does will would can could there here just like very all any one \
    its our out now then than too been being some как что это для меня тебя мне тебе она они оно мой моя твой твоя \
    наш ваш был была было были так уже еще или если есть когда где кто чем его все всё там тут нет очень чтобы \
    только тоже даже вот под над при без про мной тобой нас вас ним ней них себя свой какой какая почему потом \
    теперь здесь можно надо будет буду ";

/// Endings of Russian words, in groups of the same length.
const RUSSIAN: [&[&str]; 4] = [
    &["иями", "ывать", "ивать", "ейший"],
    &[
        "ями", "ами", "иях", "ием", "ией", "иям", "ого", "его", "ому", "ему", "ыми", "ими", "ешь", "ишь",
        "ете", "ите", "ала", "яла", "ила", "ыла", "ела", "али", "яли", "или", "ыли", "ели", "ало", "ило",
        "ело", "ать", "ять", "ить", "еть", "уть", "ует", "уют", "ают", "яют", "ает", "яет", "ешь", "ыва",
        "ива",
    ],
    &[
        "ях", "ах", "ям", "ам", "ов", "ев", "ей", "ой", "ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ую",
        "юю", "ом", "ем", "ым", "им", "ых", "их", "ия", "ья", "ию", "ью", "ии", "ет", "ит", "ут", "ют", "ат",
        "ят", "ал", "ил", "ел", "ыл", "ял", "аю", "яю", "ла", "ло", "ли", "ть",
    ],
    &["а", "я", "о", "е", "ы", "и", "у", "ю", "ь", "й", "л"],
];

/// The different stems of a text's words, in their order; no more than are kept of a turn.
pub fn stems(texts: &[&str]) -> Vec<String> {
    let (mut seen, mut stems) = (FxHashSet::default(), Vec::new());
    for word in texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())) {
        let word: String = word.to_lowercase().chars().map(|c| if c == 'ё' { 'е' } else { c }).collect();
        let is_common = COMMON.split(' ').any(|common| common == word);
        if word.chars().count() < LEAST || is_common {
            continue;
        }
        let stem = stem(&word);
        if seen.insert(stem.clone()) {
            stems.push(stem);
        }
        if stems.len() == STEMS {
            break;
        }
    }
    stems
}

fn stem(word: &str) -> String {
    let is_russian = word.chars().any(|c| ('а'..='я').contains(&c));
    if is_russian { russian(word) } else { english(word) }
}

fn shortened<'w>(word: &'w str, ending: &str) -> Option<&'w str> {
    word.strip_suffix(ending).filter(|rest| rest.chars().count() >= LEAST)
}

fn russian(word: &str) -> String {
    let word = ["ся", "сь"].iter().find_map(|ending| shortened(word, ending)).unwrap_or(word);
    let ending = |group: &&[&str]| group.iter().find_map(|ending| shortened(word, ending));
    RUSSIAN.iter().find_map(ending).unwrap_or(word).to_owned()
}

fn english(word: &str) -> String {
    if let Some(rest) = shortened(word, "ies") {
        return format!("{rest}i");
    }
    let word = match word.ends_with("ss") || word.ends_with("us") {
        true => word,
        false => shortened(word, "s").unwrap_or(word),
    };
    let cut = ["ing", "ed"].iter().find_map(|ending| shortened(word, ending));
    let cut = cut.filter(|rest| rest.contains(['a', 'e', 'i', 'o', 'u', 'y']));
    let mut stem = cut.unwrap_or(word).to_owned();
    let twice = stem.chars().rev().take(2).collect::<Vec<_>>();
    // "running": but not "falling".
    if cut.is_some() && matches!(twice[..], [a, b] if a == b && !"lsz".contains(a)) {
        stem.pop();
    }
    if let Some(rest) = shortened(&stem, "y") {
        return format!("{rest}i");
    }
    shortened(&stem, "e").map(str::to_owned).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_come_to_the_same() {
        for forms in [
            &["собака", "собаки", "собаку", "собакой", "Собаками"][..],
            &["работал", "работаю", "работать", "работает"],
            &["маяк", "маяки", "маяком", "маяках"],
            &["ёлка", "елки", "ёлку"],
            &["бабушка", "бабушке", "бабушкой"],
            &["sail", "sails", "sailed", "sailing"],
            &["story", "stories"],
            &["lighthouse", "lighthouses"],
            &["running", "run", "runs"],
            &["bake", "baked", "baking", "bakes"],
        ] {
            let of = |form: &&str| stems(&[form]);
            let first = of(&forms[0]);
            assert_eq!(first.len(), 1, "{forms:?}");
            assert!(
                forms.iter().all(|form| of(form) == first),
                "{:?}",
                forms.iter().map(of).collect::<Vec<_>>()
            );
        }
        for different in [["кот", "код"], ["море", "мороз"], ["cat", "car"], ["boat", "boot"]]
        {
            assert_ne!(stems(&different[..1]), stems(&different[1..]), "{different:?}");
        }
    }

    #[test]
    fn what_everybody_says_is_left_out_and_a_turn_is_bounded() {
        assert_eq!(stems(&["What is this, and where? Как это было?"]), Vec::<String>::new());
        assert_eq!(stems(&["The cat, the CAT; cats!", "and a cat"]), ["cat"]);
        let many: String = (0..500).map(|n| format!("word{n}x ")).collect();
        assert_eq!(stems(&[&many]).len(), STEMS);
    }
}
