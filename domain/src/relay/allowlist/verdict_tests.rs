//! Verdicts are explained: which rule masks, and for which reason something suspicious stays.

use super::fold::LOOKS;
use super::scan::judge;
use super::verdict::{Reason, Rule, Ruling};
use super::*;
use crate::relay::content::Rich;

/// The rules that mask something in `text`, each once, in the order of the text.
fn rules(text: &str) -> Vec<Rule> {
    let mut verdicts = judge(text);
    verdicts.sort_by_key(|v| v.start);
    let masked = verdicts.into_iter().filter_map(|v| match v.ruling {
        Ruling::Masked(rule) => Some(rule),
        Ruling::Passed(_) => None,
    });
    let mut rules: Vec<Rule> = masked.collect();
    rules.dedup();
    rules
}

/// The reasons for which something suspicious in `text` stays.
fn reasons(text: &str) -> Vec<Reason> {
    let passed = judge(text).into_iter().filter_map(|v| match v.ruling {
        Ruling::Passed(reason) => Some(reason),
        Ruling::Masked(_) => None,
    });
    passed.collect()
}

#[test]
fn what_stays_says_why() {
    use Reason::*;
    for (text, reason) in [
        ("25/180/75/18", NotGrouped),
        ("100 000 - 200 000", NotGrouped),
        ("2500, 3000, 4500", NotGrouped),
        ("2019, 2020, 2022", Dates),
        ("9.00-13.00, 14.00-18.00", Dates),
        ("6:4 3:6 7:6 6:2", Scores),
        ("3.14159265", Decimal),
        ("1920 1080 144", NotGrouped),
        ("5 4 5 3 5 4 5 5 4 5", NotGrouped),
        ("192.168.100.200", IpAddress),
        ("да.lol", MixedScripts),
        ("изи.gg", MixedScripts),
        ("ок.my friend", MixedScripts),
        ("main.rs:10", FileName),
        ("ASP.NET", KnownName),
        ("5@home", Rate),
        ("hello.is it you", FileName),
        ("done.to be honest", NoSpace),
        ("Привет.Ru", Capital),
        ("working @home", AtPlace),
        ("2026-11-21 12:30", Dates),
        ("с 01.02.2026 по 05.02.2026", Dates),
        ("1 000 000 000 рублей", Sum),
        ("1000000000 ₽", Sum),
        ("1 2 3 4 5 6 7 8 9 10", Counting),
        ("16 32 64 128 256", Counting),
        ("заказ 4512345678 едет", Reference),
        ("array.at(-1)", Code),
    ] {
        assert_eq!((rules(text), reasons(text).first()), (vec![], Some(&reason)), "{text}");
    }
}

#[test]
fn what_is_masked_says_by_which_rule() {
    use Rule::*;
    for (text, rule) in [
        ("https://vk.com/id1", Scheme),
        ("tg:resolve?domain=durov", Scheme),
        ("www.durov.whatever", Www),
        ("durov.ru", Domain),
        ("durov.life/x", DomainWithSigns),
        ("заходи на durov.life", DomainAnnounced),
        ("durov точка ру", DomainSpelled),
        ("t. me/name", KnownHostDisguised),
        ("t .me/name", KnownHostDisguised),
        ("t•me/name", KnownHostDisguised),
        ("vk. com/name", KnownHostDisguised),
        ("t точка me слэш name", KnownHostDisguised),
        ("v k . c o m / n a m e", SpacedOut),
        ("@name", AtName),
        ("@ name", AtNameDisguised),
        ("(@)name", AtNameDisguised),
        ("ivan@mail.ru", Email),
        ("ivan собака mail точка ru", EmailDisguised),
        ("мой ник в дискорде durov", Handle),
        ("инста: durov", Handle),
        ("durov#1234", Tag),
        ("+44 20 7946 0958", International),
        ("8 916 123-45-67", National),
        ("8;916;123;45;67", NationalDisguised),
        ("8•916•123•45•67", NationalDisguised),
        ("8916\n123\n4567", NationalDisguised),
        ("8😀916😀123😀45😀67", NationalDisguised),
        ("восемь девятьсот шестнадцать 123 45 67", Spelled),
        ("тел 123-45-67", Announced),
        ("4276 1234 5678 9012", Card),
        ("инн 771234567890", LongNumber),
        ("стим айди 76561198012345678", AccountNumber),
    ] {
        assert!(rules(text).contains(&rule), "{text}: {:?}", judge(text));
    }
}

#[test]
fn phones_in_many_writings() {
    for text in [
        "89161234567",
        "+7 (916) 123-45-67",
        "8-916-123-45-67",
        "8.916.123.45.67",
        "8 9 1 6 1 2 3 4 5 6 7",
        "8,916,123,45,67",
        "8:916:123:45:67",
        "912 345 678",
        "８９１６１２３４５６７",
        "٠٩١٦١٢٣٤٥٦٧",
        "𝟖𝟗𝟏𝟔𝟏𝟐𝟑𝟒𝟓𝟔𝟕",
        "8️⃣9️⃣1️⃣6️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
        "⑧⑨①⑥①②③④⑤⑥⑦",
        "8916\u{200b}123\u{ad}4567",
        "8—916—123—45—67",
        "+2026-11-21-123",
    ] {
        let mut findings = Findings::NONE;
        assert_eq!(mask::rebuild(Rich::plain(text), &mut findings).text, "•••", "{text}");
    }
}

#[test]
fn two_numbers_in_a_row_are_both_masked() {
    for text in [
        "+79161234567 , 8 (916) 123-45-67 , ٧٩١٦١٢٣٤٥٦٧",
        "+7 916 123 45 67 8 926 123 45 67",
        "8 916 123 45 67, 8 926 123 45 67",
        "89161234567 89261234567",
        "+7 916 123-45-67\n+7 926 123-45-67",
        "+380 67 123 45 67, +375 29 123 45 67",
    ] {
        let mut findings = Findings::NONE;
        let masked = mask::rebuild(Rich::plain(text), &mut findings).text;
        assert!(!masked.chars().any(char::is_numeric), "{text} -> {masked}");
    }
}

/// Looks at characters that judging `text` takes, until nothing more is found in it.
fn looks(text: String) -> usize {
    LOOKS.set(0);
    let mut findings = Findings::NONE;
    mask::rebuild(Rich::plain(text), &mut findings);
    LOOKS.get()
}

#[test]
fn the_cost_of_hostile_texts_is_linear() {
    for unit in [
        "a.",
        "@ ",
        "a@",
        "8 ",
        "9-",
        "t.me/",
        "://a",
        "tg ",
        "tg.",
        "один ",
        "at dot ",
        "@a.b8 9:tg ",
        "(((@",
        "a.lol      ",
        "8((((",
        "www.",
        "a_b.",
        "a b @ c ",
        "8 и ",
        "t ",
        "t.me slash ",
        "+8",
        "a.a.gmail ",
        "собака ",
        "89161234567 ",
        "id1234567",
        "a#1234 ",
        "8_9_",
        "durov at gmail dot com ",
        "\n@",
        "тел 8-9-",
    ] {
        let of = |units: usize| looks(unit.chars().cycle().take(units).collect());
        let (small, large) = (of(1024), of(4096));
        assert!(large <= 6 * small + 4096, "{unit:?}: {small} looks at 1,024 characters, {large} at 4,096");
        assert!(large <= 1_500 * 4096, "{unit:?}: {large}");
    }
}
