//! By example and by property: what passes, what is masked, and that nothing hostile breaks it.

use super::gate::is_suspicious;
use super::mask;
use super::scan::scan;
use super::*;
use crate::relay::content::{Entity, EntityKind};
use proptest::prelude::*;

fn text_of(text: &str, entities: Vec<Entity>) -> (Rich, Findings) {
    let mut findings = Findings::NONE;
    let rich = mask::rebuild(Rich { text: text.into(), entities }, &mut findings);
    (rich, findings)
}

fn masked(text: &str) -> (String, Vec<Finding>) {
    let (rich, findings) = text_of(text, vec![]);
    (rich.text, findings.iter().collect())
}

fn entity(kind: EntityKind, offset: u32, length: u32) -> Entity {
    Entity { kind, offset, length }
}

fn media(kind: MediaKind) -> Media {
    Media {
        kind,
        file_id: "f".into(),
        unique_id: "u".into(),
        label: None,
        mime: None,
        size: None,
        preview: None,
        veiled: false,
    }
}

#[test]
fn leaks_are_masked() {
    use Finding::*;
    for (text, expected, why) in [
        // Links.
        ("смотри https://vk.com/id1 там", "смотри ••• там", Link),
        ("HTTP://EXAMPLE.museum", "•••", Link),
        ("ftp://10.0.0.1/x", "•••", Link),
        ("tg://resolve?domain=durov", "•••", Link),
        ("tg:resolve?domain=durov", "•••", Link),
        ("пиши t.me/durov.", "пиши •••.", Link),
        ("t.me/+AbCdEf", "•••", Link),
        ("t.me /durov", "•••", Link),
        ("t.me/ @durov", "•••", Link),
        ("durov.t.me", "•••", Link),
        ("telegram.me/durov", "•••", Link),
        ("(telegram.dog/durov)", "(•••)", Link),
        ("vk.com", "•••", Link),
        ("я на vk.com, ищи", "я на •••, ищи", Link),
        ("заходи наvk.comсегодня", "заходи •••", Link),
        ("vk.com:443/durov?x=1#y", "•••", Link),
        ("www.durov.whatever", "•••", Link),
        ("сайт.рф", "•••", Link),
        ("мойсайт.ру", "•••", Link),
        ("вк.ком/durov", "•••", Link),
        ("xn--80aswg.xn--p1ai", "•••", Link),
        ("durov.life/x", "•••", Link),
        ("ｔ．ｍｅ／ｄｕｒｏｖ", "•••", Link),
        ("t\u{200b}.\u{200d}m\u{ad}e/durov", "•••", Link),
        ("т.ме/дуров", "•••", Link),
        ("t.mе/durov", "•••", Link),
        ("vk。com", "•••", Link),
        ("vk․com", "•••", Link),
        ("𝐭.𝐦𝐞/𝐝𝐮𝐫𝐨𝐯", "•••", Link),
        // Usernames.
        ("я @durov", "я •••", Username),
        ("@durov!", "•••!", Username),
        ("пиши:@дуров", "пиши:•••", Username),
        ("＠ｄｕｒｏｖ", "•••", Username),
        ("@\u{200b}du\u{301}rov", "•••", Username),
        ("﹫durov", "•••", Username),
        ("лс@durov", "лс•••", Username),
        // E-mail.
        ("ivan.petrov+x@gmail.com ок", "••• ок", Email),
        ("иван@почта.рф", "•••", Email),
        ("ivan.petrov@gmail", "•••", Email),
        ("IVAN＠gmail．com", "•••", Email),
        // Numbers.
        ("мой 8 (916) 123-45-67, звони", "мой •••, звони", Phone),
        ("+7 916 1234567", "•••", Phone),
        ("８９１６１２３４５６７", "•••", Phone),
        ("8️⃣9️⃣1️⃣6️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣", "•••", Phone),
    ] {
        let (out, found) = masked(text);
        assert_eq!((out.as_str(), found.as_slice()), (expected, [why].as_slice()), "{text}");
    }
}

#[test]
fn prose_passes_untouched() {
    for text in [
        "",
        "Привет! Как дела?",
        "и т.д. и т.п., т.е. всё",
        "да.нет. Ну.и ладно...",
        "Так.со мной всё ок.Ну ладно",
        "хм..ру? а...com",
        "v2.0 и 3.5.2, ещё 1.000",
        "3.14 is pi; at 10 a.m. or 5 p.m., e.g. today, i.e. now",
        "ok.so what. yes.it is",
        "Hi.To be or not",
        "U.S.A. and Mr.Smith",
        "main.rs README.md node.js",
        "встретимся 2026-11-21 12:30, это 1000000 рублей",
        "с 21.11.2026 18:00 до 23:15",
        "мне 25, ей 22, рост 180, вес 70",
        "5 @ home; a@b; @all",
        "50% / 50%, и/или, он/она",
        "кв.м/год, руб./кг",
        "Смайл :) и :/ и =) 😀.😀",
        "Россия.🇷🇺",
        "время: 12:30, счёт 3:2",
        "1 2 3 4 5 6 7 8 9 10 я иду искать",
        "C++: std::vec, a::b",
        "12345678",
        "«Кавычки» — тире… № 5",
    ] {
        assert_eq!(masked(text), (text.to_owned(), vec![]), "{text}");
    }
}

#[test]
fn a_plain_text_is_moved_not_copied() {
    let text = String::from("Просто сообщение, каких большинство. Ничего особенного!");
    let at = text.as_ptr();
    let mut findings = Findings::NONE;
    assert_eq!(mask::rebuild(Rich::plain(text), &mut findings).text.as_ptr(), at);
}

#[test]
fn formatting_follows_its_words() {
    // "жирный @durov 😀 курсив": the name has six units, its mask three.
    let (rich, found) = text_of(
        "жирный @durov 😀 курсив",
        vec![
            entity(EntityKind::Bold, 0, 6),
            entity(EntityKind::Underline, 0, 23),
            entity(EntityKind::Identifying(Finding::Username), 7, 6),
            entity(EntityKind::Code, 7, 6),
            entity(EntityKind::Spoiler, 9, 7),
            entity(EntityKind::Italic, 17, 6),
        ],
    );
    assert_eq!(rich.text, "жирный ••• 😀 курсив");
    assert_eq!(
        rich.entities,
        [
            entity(EntityKind::Underline, 0, 20),
            entity(EntityKind::Bold, 0, 6),
            entity(EntityKind::Spoiler, 10, 3),
            entity(EntityKind::Italic, 14, 6),
        ]
    );
    assert_eq!(found.iter().collect::<Vec<_>>(), [Finding::Username]);
}

#[test]
fn marks_that_tell_are_dropped_and_the_words_stay() {
    let (rich, found) = text_of(
        "#тег тут Паша 😀",
        vec![
            entity(EntityKind::Plain, 0, 4),
            entity(EntityKind::HiddenLink, 5, 3),
            entity(EntityKind::HiddenLink, 9, 4),
            entity(EntityKind::CustomEmoji, 14, 2),
        ],
    );
    assert_eq!(rich, Rich::plain("#тег тут Паша 😀"));
    assert_eq!(found.iter().collect::<Vec<_>>(), [Finding::Link, Finding::CustomEmoji]);
}

#[test]
fn a_language_is_a_plain_word() {
    for (language, passes) in [
        ("rust", true),
        ("c++", true),
        ("objective-c", true),
        ("@durov", false),
        ("t.me/durov", false),
        ("89161234567", false),
        ("", false),
        ("averyveryverylonglanguage", false),
    ] {
        let pre = EntityKind::Pre { language: Some(language.into()) };
        let (rich, _) = text_of("let x", vec![entity(pre, 0, 5)]);
        let expected = EntityKind::Pre { language: passes.then(|| language.to_owned()) };
        assert_eq!(rich.entities, [entity(expected, 0, 5)], "{language}");
    }
}

#[test]
fn short_words_get_short_masks() {
    let (rich, _) = text_of("a 😀", vec![entity(EntityKind::Identifying(Finding::Link), 0, 1)]);
    assert_eq!(rich.text, "• 😀");
    // The second unit of a pair: the whole character goes.
    let (rich, _) = text_of("a 😀", vec![entity(EntityKind::Identifying(Finding::Link), 3, u32::MAX)]);
    assert_eq!(rich.text, "a ••");
}

#[test]
fn media_are_rebuilt() {
    let rules = Rules { launder_max_bytes: 100, ..Rules::default() };
    let pass = |body| match rebuild(body, &[Finding::ForwardOrigin], &rules) {
        Rebuilt::Pass { payload: Payload::Media(media), findings } => (media, findings),
        other => panic!("{other:?}"),
    };
    let (out, found) =
        pass(Body::Media { media: media(MediaKind::Photo), caption: Rich::plain("моё фото @durov") });
    assert!(out.spoiler && out.launder.is_none());
    assert_eq!(out.caption, Rich::plain("моё фото •••"));
    assert_eq!(found.iter().collect::<Vec<_>>(), [Finding::Username, Finding::ForwardOrigin]);

    let label = |kind, label: &str, size| Media { label: Some(label.into()), size, ..media(kind) };
    let cv = label(MediaKind::Document, "Ivan Petrov.pdf", Some(100));
    let (out, found) = pass(Body::Media { media: cv, caption: Rich::default() });
    assert_eq!((out.launder.as_deref(), out.spoiler), (Some("file.pdf"), false));
    assert!(found.contains(Finding::FileName));

    let pack = label(MediaKind::Sticker, "durov_pack", None);
    let (out, found) = pass(Body::Media { media: pack, caption: Rich::plain("x") });
    assert_eq!((out.launder.as_deref(), out.caption), (Some("sticker.webp"), Rich::default()));
    assert!(found.contains(Finding::StickerSet));

    let refused = |media| rebuild(Body::Media { media, caption: Rich::default() }, &[], &rules);
    let big = label(MediaKind::Document, "Ivan Petrov.pdf", Some(101));
    assert_eq!(refused(big), Rebuilt::Refused(Refused::TooLarge));
    assert!(matches!(refused(label(MediaKind::Document, "file.pdf", Some(101))), Rebuilt::Pass { .. }));
    // A film under a camera's name is looked into, or does not leave.
    let film = label(MediaKind::Video, "IMG_1.mp4", Some(100));
    let (out, found) = pass(Body::Media { media: film, caption: Rich::default() });
    assert_eq!((out.launder.as_deref(), found.contains(Finding::FileName)), (Some("IMG_1.mp4"), false));
    for kind in [MediaKind::Video, MediaKind::Animation] {
        assert_eq!(refused(label(kind, "IMG_1.mp4", Some(101))), Rebuilt::Refused(Refused::TooLarge));
        assert!(matches!(refused(label(kind, "video.mp4", Some(101))), Rebuilt::Pass { .. }));
    }
    let image = label(MediaKind::Document, "IMG_1.HEIC", None);
    assert_eq!(refused(image), Rebuilt::Refused(Refused::ImageAsFile));
}

#[test]
fn the_other_kinds() {
    let rules = Rules::default();
    let dice = |emoji: &str| rebuild(Body::Dice { emoji: emoji.into(), value: 3 }, &[], &rules);
    let die = |emoji: &str| Rebuilt::Pass {
        payload: Payload::Dice { emoji: emoji.into() },
        findings: Findings::NONE,
    };
    assert_eq!(dice("🎲"), die("🎲"));
    assert_eq!(dice("⚽\u{fe0f}"), die("⚽"));
    assert_eq!(dice("t.me/durov"), Rebuilt::Refused(Refused::Unknown));
    assert_eq!(rebuild(Body::Service, &[Finding::ViaBot], &rules), Rebuilt::Nothing);
    let contact = Body::Refused(Refused::Contact);
    assert_eq!(rebuild(contact, &[], &rules), Rebuilt::Refused(Refused::Contact));
}

fn arb_kind() -> impl Strategy<Value = EntityKind> {
    prop_oneof![
        Just(EntityKind::Bold),
        Just(EntityKind::Spoiler),
        Just(EntityKind::Pre { language: Some("@durov".into()) }),
        Just(EntityKind::Identifying(Finding::Phone)),
        Just(EntityKind::Identifying(Finding::Link)),
        Just(EntityKind::Plain),
        Just(EntityKind::CustomEmoji),
        Just(EntityKind::HiddenLink),
    ]
}

fn arb_entities() -> impl Strategy<Value = Vec<Entity>> {
    let offset = prop_oneof![9 => 0u32..40, 1 => any::<u32>()];
    let length = prop_oneof![9 => 0u32..40, 1 => any::<u32>()];
    let one = (arb_kind(), offset, length).prop_map(|(k, o, l)| entity(k, o, l)).boxed();
    let few = prop::collection::vec(one.clone(), 0..8);
    prop_oneof![50 => few, 1 => prop::collection::vec(one, 200..2000)]
}

/// Text made to be found: pieces of names, numbers and disguises between arbitrary characters.
fn arb_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zа-я]{1,6}",
        "[0-9]{1,12}",
        "[.@:/ +()•-]{1,3}",
        Just("t.me".to_owned()),
        Just("@durov".to_owned()),
        Just("vk.com".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("е\u{301}".to_owned()),
        Just("😀".to_owned()),
        Just("．".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|p| p.concat())
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn output_is_clean_bounded_and_well_formed(text in arb_text(), entities in arb_entities()) {
        let (rich, _) = text_of(&text, entities);
        prop_assert!(units(&rich.text) <= units(&text));
        // Looking again finds nothing, and rebuilding again changes nothing.
        let mut spans = Vec::new();
        scan(&rich.text, &mut spans);
        prop_assert!(spans.is_empty(), "{:?} left {:?} in {:?}", text, spans, rich.text);
        let (again, found) = text_of(&rich.text, rich.entities.clone());
        prop_assert_eq!(&again, &rich);
        prop_assert!(found.is_empty());
        // Entities lie within the text, on character boundaries, in order, and are of kinds that
        // may pass.
        let all: Vec<u16> = rich.text.encode_utf16().collect();
        let boundary = |at: usize| at == all.len() || at < all.len() && !(0xDC00..0xE000).contains(&all[at]);
        for e in &rich.entities {
            prop_assert!(e.length > 0);
            prop_assert!(boundary(e.offset as usize) && boundary((e.offset + e.length) as usize));
            prop_assert!(serde_json::to_string(e).is_ok() && !serde_json::to_string(e).unwrap().contains("durov"));
        }
        prop_assert!(rich.entities.is_sorted_by_key(|e| e.offset));
    }

    #[test]
    fn what_is_not_suspicious_holds_nothing(text in arb_text()) {
        if !is_suspicious(&text) {
            let mut spans = Vec::new();
            scan(&text, &mut spans);
            prop_assert!(spans.is_empty(), "{:?}: {:?}", text, spans);
        }
    }

    #[test]
    fn secrets_never_come_through(
        before in "[а-яa-z ]{0,12}",
        after in "( [а-яa-z ]{0,12})?",
        secret in prop_oneof![
            "@[a-z]{4}qzqz[a-z]{0,8}",
            "t\\.me/qzqz[a-z]{1,8}",
            "https?://[a-z.]{0,8}qzqz[a-z]{1,8}/[a-z]{0,5}",
            "qzqz[a-z]{1,6}@[a-z]{1,6}\\.com",
            "qzqz[a-z]{1,6}\\.(ru|com|рф)",
        ],
        hidden in prop::sample::select(vec!["", "\u{200b}", "\u{ad}", "\u{301}", "\u{2060}"]),
        wide in any::<bool>(),
    ) {
        let spread: String = secret
            .chars()
            .map(|c| if wide && ('!'..='~').contains(&c) { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c })
            .flat_map(|c| [c.to_string(), hidden.to_owned()])
            .collect();
        let (out, found) = masked(&format!("{before} {spread}{after}"));
        let visible: String = out.chars().filter_map(super::fold::fold).collect();
        prop_assert!(!visible.contains("qzqz"), "{:?}", out);
        prop_assert!(!found.is_empty());
    }

    #[test]
    fn phones_never_come_through(
        digits in prop::collection::vec(prop::sample::select(vec!['0', '３', '٥', '𝟕', '⑨']), 11),
        gap in prop::sample::select(vec!["", " ", "-", ".", ") ", " - ", "\u{200b}", "\u{20e3}"]),
    ) {
        let number: Vec<String> = digits.iter().map(char::to_string).collect();
        // All digits alike could be a round sum or steps of nought.
        let (out, found) = masked(&format!("тел +{}", number.join(gap)));
        prop_assert_eq!(out.as_str(), "тел •••");
        prop_assert_eq!(found, vec![Finding::Phone]);
    }
}
