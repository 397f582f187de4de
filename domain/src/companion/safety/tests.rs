//! What the detector sees, measured, and compared with the table of docs/safety.md.

use super::corpus::{LEXICON, NOT_SELF_HARM, SELF_HARM, TRICKS, Trick, ordinary, stems};
use super::*;
use crate::random::Random;

const TABLE: &str = include_str!("../../../../docs/safety.md");

fn invented() -> Detector {
    Detector::new(Lexicon::read(LEXICON).unwrap())
}

/// What ships, with the invented stems beside it.
fn shipped() -> Detector {
    Detector::new(Lexicon::read(&format!("{DEFAULT}\n{LEXICON}")).unwrap())
}

fn window(turns: &[(Side, &str)]) -> Window {
    let mut window = Window::default();
    turns.iter().for_each(|(side, text)| window.push(*side, text));
    window
}

fn said(detector: &Detector, messages: &[String]) -> Judgement {
    let turns: Vec<(Side, &str)> = messages.iter().map(|m| (Side::Person, m.as_str())).collect();
    detector.judge(&window(&turns))
}

/// Seen and all of a trick, over every stem.
fn recall(detector: &Detector, trick: &Trick) -> (usize, usize, Vec<String>) {
    let (russian, english) = stems();
    let mut random = Random::new(1);
    let (mut seen, mut all, mut missed) = (0, 0, Vec::new());
    for word in russian.iter().chain(&english) {
        let Some(messages) = (trick.disguise)(word, &mut random) else { continue };
        all += 1;
        if said(detector, &messages).sexual {
            seen += 1;
        } else {
            missed.push(messages.join(" | "));
        }
    }
    (seen, all, missed)
}

#[test]
fn recall_is_as_published() {
    let detector = shipped();
    let mut wrong = Vec::new();
    for trick in TRICKS {
        let (seen, all, missed) = recall(&detector, trick);
        let row = format!("| {} | {seen} of {all} |", trick.name);
        if !TABLE.contains(&row) {
            wrong.push(format!("{row} missed: {missed:?}"));
        }
        if trick.claimed && seen * 100 < all * 90 {
            wrong.push(format!("{}: claimed, but {seen} of {all}", trick.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn precision_is_as_published() {
    let lines = ordinary(5_000);
    let detector = shipped();
    let touched: Vec<&String> =
        lines.iter().filter(|line| detector.judge_text(line).ruling(false) != Ruling::Passes).collect();
    // In a dialog, where lines stand beside each other and may be read together.
    let mut talk = Window::default();
    let mut in_talk = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        talk.push(if i % 2 == 0 { Side::Person } else { Side::Character }, line);
        if i % 4 == 3 && detector.judge(&talk).ruling(false) != Ruling::Passes {
            in_talk.push(line);
        }
    }
    let rows = [
        format!("| ordinary lines refused, alone | {} of 5000 |", touched.len()),
        format!("| windows of a dialog of ordinary lines refused | {} of 1250 |", in_talk.len()),
    ];
    let published = rows.iter().all(|row| TABLE.contains(row));
    assert!(published, "{rows:?}: {touched:?} {in_talk:?}");
}

#[test]
fn self_harm_is_as_published() {
    let detector = shipped();
    let seen = |lines: &[&'static str]| -> Vec<&'static str> {
        lines.iter().filter(|line| detector.judge_text(line).self_harm).copied().collect()
    };
    let (found, wrong) = (seen(SELF_HARM), seen(NOT_SELF_HARM));
    let rows = [
        format!("| self-harm, said | {} of {} |", found.len(), SELF_HARM.len()),
        format!("| self-harm, only sounding so | {} of {} |", wrong.len(), NOT_SELF_HARM.len()),
    ];
    let missed: Vec<_> = SELF_HARM.iter().filter(|l| !found.contains(l)).collect();
    assert!(rows.iter().all(|row| TABLE.contains(row)), "{rows:?} missed {missed:?}, wrong {wrong:?}");
}

/// Ways to say that somebody is under 18, and an adult's ages and other numbers.
const YOUNG: [&str; 24] = [
    "мне 15 лет",
    "ей всего 14",
    "15-летняя",
    "пятнадцатилетняя",
    "мне пятнадцать",
    "учусь в 9 классе",
    "в восьмом классе",
    "мне ещё нет 18",
    "она школьница",
    "шк0льница",
    "ш к о л ь н и ц а",
    "shkolnitsa",
    "пoдpocток",
    "несовершеннолетняя",
    "i'm 15",
    "she is only 16",
    "a 15 yo",
    "fifteen years old",
    "she just turned 17",
    "in 9th grade",
    "an underage one",
    "a schoolgirl",
    "under 18",
    "tinkleting",
];
const GROWN: [&str; 16] = [
    "мне 25 лет",
    "ей двадцать пять",
    "35-летняя",
    "приеду через 15 минут",
    "в 17:30",
    "5 лет назад",
    "мы вместе 10 лет",
    "мне 18",
    "скидка 15%",
    "i'm 25",
    "she is thirty five",
    "10 years ago",
    "married for 12 years",
    "room 12",
    "i'm 10 minutes away",
    "a minor issue",
];

#[test]
fn minors_are_refused_whoever_says_what_and_in_which_order() {
    let detector = shipped();
    let (mut wrong, mut seen, mut clean) = (Vec::new(), 0, 0);
    for (list, refused) in [(&YOUNG[..], true), (&GROWN[..], false)] {
        for age in list {
            for (word, level) in [("blorfin", false), ("глумпаны", false), ("fullglorp", true)] {
                let both = format!("{age}, {word}");
                let talks: [&[(Side, &str)]; 4] = [
                    &[(Side::Person, &both)],
                    &[(Side::Person, age), (Side::Character, "hm"), (Side::Person, word)],
                    &[(Side::Person, word), (Side::Character, age)],
                    &[(Side::Character, word), (Side::Person, "да"), (Side::Person, age)],
                ];
                for talk in talks {
                    let judged = detector.judge(&window(talk));
                    // No mode lets it pass.
                    let ruling = judged.ruling(true);
                    let right = (ruling == Ruling::Refused) == refused;
                    if right && refused {
                        seen += 1
                    } else if right {
                        clean += 1
                    } else {
                        wrong.push(format!("{talk:?} {level}"))
                    }
                }
            }
        }
    }
    let rows = [
        format!("| a minor beside something sexual | {seen} of {} |", YOUNG.len() * 12),
        format!("| an adult's age, or another number, beside it: passed | {clean} of {} |", GROWN.len() * 12),
    ];
    assert!(rows.iter().all(|row| TABLE.contains(row)), "{rows:?}\n{}", wrong.join("\n"));
}

#[test]
fn a_child_alone_is_no_reason() {
    let detector = shipped();
    for line in ["у меня двое детей", "my kid is 7 years old", "мне 15 лет", "she is a schoolgirl"]
    {
        let judged = detector.judge_text(line);
        assert_eq!(judged, Judgement { minor: true, ..Judgement::default() }, "{line}");
        assert_eq!(judged.ruling(false), Ruling::Passes, "{line}");
    }
}

#[test]
fn the_level_is_the_highest_named() {
    let detector = invented();
    for (text, level) in [
        ("a quiet evening by the sea", Level::None),
        ("she deplumfers slowly", Level::Undressing),
        ("semiglorp, then deplumfer", Level::Partial),
        ("блямкнутая у окна, полублямка", Level::Full),
    ] {
        let judged = detector.judge_text(text);
        assert_eq!(judged.level, level, "{text}");
        let passes = judged.ruling(false) == Ruling::Passes;
        assert_eq!(passes, level == Level::None, "{text}");
        assert_eq!(judged.ruling(true), Ruling::Passes, "{text}");
    }
}

#[test]
fn what_leaves_the_window_is_forgotten_and_the_new_turn_is_judged_whole() {
    let detector = invented();
    let mut talk = window(&[(Side::Person, "blorfin")]);
    for _ in 0..crate::companion::constants::WINDOW_TURNS {
        talk.push(Side::Character, "a long walk through the quiet old town");
    }
    talk.push(Side::Person, "мне 15 лет");
    assert!(!detector.judge(&talk).minors);
    let late = "слово ".repeat(20_000) + "blorfin 15 лет";
    assert!(detector.judge_text(&late).minors);
}

#[test]
fn personas_are_adults() {
    let detector = shipped();
    assert_eq!(detector.judge_persona(None, "a sailor"), Err(BadPersona::NoAge));
    assert_eq!(detector.judge_persona(Some(17), "a sailor"), Err(BadPersona::Minor));
    assert_eq!(detector.judge_persona(Some(30), "a teacher who loves the kids of her class"), Ok(()));
    assert_eq!(
        detector.judge_persona(Some(300), "she looks 15, i mean she is 15, blorfin"),
        Err(BadPersona::Minor)
    );
}

#[test]
fn lexicons_are_checked() {
    let lexicon = Lexicon::read(DEFAULT).unwrap();
    for kind in [Kind::Minor, Kind::Sexual, Kind::Undressing, Kind::Partial, Kind::Full, Kind::SelfHarm] {
        assert!(lexicon.count(kind) >= 5, "{kind:?}");
    }
    for (text, line) in
        [("word", 1), ("[none]", 1), ("[minor]\n\nab*", 3), ("[minor]\na-b", 2), ("[minor]\n*x", 2)]
    {
        assert_eq!(Lexicon::read(text).unwrap_err().line, line, "{text}");
    }
}

proptest::proptest! {
    /// Nothing that anybody can type makes the detector fail.
    #[test]
    fn any_text_is_judged(texts in proptest::collection::vec("\\PC{0,80}|[a-zа-я0-9 .@$!-]{0,60}", 0..6)) {
        let detector = invented();
        said(&detector, &texts);
    }

    /// Words around a term do not hide it.
    #[test]
    fn neighbours_hide_nothing(before in "[а-я ]{0,40}", after in "[a-z ,.]{0,40}") {
        let text = format!("{before} глумпан {after}");
        proptest::prop_assert!(invented().judge_text(&text).sexual);
    }
}
