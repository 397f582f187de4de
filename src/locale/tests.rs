//! The texts and the code agree, and so do the languages.

use super::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

const CONSTANTS: Constants = Constants { history_days: 30 };

/// Literals that look like keys of a known group and are none.
const NOT_KEYS: [&str; 0] = [];

fn locales() -> Locales {
    Locales::load(None, CONSTANTS).unwrap_or_else(|e| panic!("{e}"))
}

fn catalog(lang: Lang) -> Catalog {
    let mut problems = Vec::new();
    let files = parse_all(built_in(lang), &mut problems);
    assert_eq!(problems, Vec::<String>::new());
    Catalog::of(&[&files])
}

/// Loads made-up texts over nothing.
fn of(ru: &str, en: &str, changed_en: Option<&str>) -> Result<Locales, LocaleErrors> {
    let chosen = "button-chosen = ✅ { $label }\n";
    let files = |name: &str, text: String| vec![(name.to_owned(), text)];
    let changed = changed_en.map(|text| files("changed en.ftl", text.to_owned()));
    let sources = vec![
        (Lang::Ru, files("ru.ftl", format!("{chosen}{ru}")), Vec::new()),
        (Lang::En, files("en.ftl", format!("{chosen}{en}")), changed.unwrap_or_default()),
    ];
    Locales::of(sources, CONSTANTS, Vec::new())
}

#[test]
fn the_languages_have_the_same_keys_and_arguments() {
    // `load` compares them as well; here it is spelled out, so that a gap names its key.
    let [ru, en] = [catalog(Lang::Ru), catalog(Lang::En)];
    assert_eq!(ru.messages, en.messages);
    assert_eq!((ru.problems, en.problems), (Vec::<String>::new(), Vec::<String>::new()));
    locales();
}

#[test]
fn texts_without_arguments_are_rendered_ahead() {
    let locales = locales();
    for lang in Lang::ALL {
        let language = locales.language(lang);
        assert!(language.ready.contains_key("search-started") && language.ready.contains_key("privacy-text"));
        assert!(!language.ready.contains_key("chat-not-passed"));
        for (key, ready) in &language.ready {
            assert!(
                !ready.html.contains("{$") && !ready.html.contains(['\u{2068}', '\u{2069}']),
                "{key}: {}",
                ready.html
            );
            assert_eq!(markup::check(&ready.html), None, "{key}");
            assert!(!ready.html.contains("!!"), "{key} shouts");
            assert!(ready.html.encode_utf16().count() <= 4096, "{key} is longer than a message may be");
        }
    }
}

#[test]
fn plurals_follow_the_language() {
    let table =
        [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (11, "11 дней"), (21, "21 день"), (30, "30 дней")];
    for (history_days, expected) in table {
        let locales = Locales::load(None, Constants { history_days }).unwrap();
        let text = locales.html(Lang::Ru, &Msg::new("privacy-text"));
        assert!(text.contains(&format!("зашифрованными {expected} —")), "{text}");
        let text = locales.html(Lang::En, &Msg::new("privacy-text"));
        assert_eq!(text.contains(" 1 day in"), history_days == 1, "{text}");
    }
}

#[test]
fn arguments_are_escaped_and_keys_translated() {
    let locales = of(
        "said = <b>{ $who }</b>: { $what }, { $n }\nfirst = первое\nsecond = второе",
        "said = <b>{ $who }</b>: { $what }, { $n }\nfirst = first &amp; foremost\nsecond = second",
        None,
    )
    .unwrap();
    let mut msg = Msg::new("said").keys("what", vec!["first", "second"]).number("n", 1_234_567);
    msg.args.push(("who", Arg::Text("<i>&".into())));
    assert_eq!(locales.html(Lang::Ru, &msg), "<b>&lt;i&gt;&amp;</b>: первое, второе, 1234567");
    assert_eq!(locales.html(Lang::En, &msg), "<b>&lt;i&gt;&amp;</b>: first &amp; foremost, second, 1234567");
    assert_eq!(locales.plain(Lang::En, &msg), "<i>&: first & foremost, second, 1234567");
}

#[test]
fn labels_are_plain_and_ticked_when_chosen() {
    let locales = of("a = <b>А</b> &amp; Я\nb = { $n } шт.", "a = A\nb = { $n } pcs.", None).unwrap();
    let button = Button::new("a", "x");
    assert_eq!(locales.label(Lang::Ru, &button), "А & Я");
    assert_eq!(locales.label(Lang::Ru, &button.chosen(true)), "✅ А & Я");
    let counted = Button { label: Msg::new("b").number("n", 3), chosen: true, ..Button::new("b", "") };
    assert_eq!(locales.label(Lang::En, &counted), "✅ 3 pcs.");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let errors = of(
        "only-ru = x\nboth = { $a }\nbold = <b>x\nincludes = { nothing }\ntwice = 1\ntwice = 2\n",
        "both = { $b }\nbold = <b>x</b>\nincludes = y\ntwice = 1\n= broken\n",
        Some("unknown = x\nboth = { $c }"),
    )
    .err()
    .unwrap();
    let mut told = errors.0.clone();
    told.sort();
    let starts = [
        "changed en.ftl: both is never given $c",
        "changed en.ftl: unknown is not a text of the bot",
        "en.ftl, line 5: ",
        "en.ftl: both does not use $a",
        "en.ftl: only-ru is missing",
        "ru.ftl: bold: <b> is not closed",
        "ru.ftl: both does not use $b",
        "ru.ftl: includes includes nothing, which is not there",
        "ru.ftl: twice is there twice",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (problem, start) in told.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem} is not {start}");
    }
}

#[test]
fn a_folder_changes_single_texts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("en.ftl"), "lang-en = English (ours)\n").unwrap();
    let locales = Locales::load(Some(folder.path()), CONSTANTS).unwrap();
    assert_eq!(locales.plain(Lang::En, &Msg::new("lang-en")), "English (ours)");
    assert_eq!(locales.plain(Lang::En, &Msg::new("lang-ru")), "Русский");
    assert_eq!(locales.plain(Lang::Ru, &Msg::new("lang-en")), "English");
}

/// An operator may follow our files or keep all changes in one.
#[test]
fn a_folder_changes_texts_of_capabilities() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("en")).unwrap();
    write("en.ftl", "command-help = Help (ours)\n");
    write("en/premium.ftl", "command-premium = Premium (ours)\n");
    write("en/notes.txt", "no texts\n");
    let locales = Locales::load(Some(folder.path()), CONSTANTS).unwrap();
    assert_eq!(locales.plain(Lang::En, &Msg::new("command-help")), "Help (ours)");
    assert_eq!(locales.plain(Lang::En, &Msg::new("command-premium")), "Premium (ours)");
    // In both files is once too often, and what is wrong is told by its file.
    write("en.ftl", "command-premium = Premium\n");
    write("en/premium.ftl", "command-premium = Premium\nsuch-no = x\n");
    let errors = Locales::load(Some(folder.path()), CONSTANTS).err().unwrap();
    let told = [
        "changed en/premium.ftl: such-no is not a text of the bot",
        "changed en/premium.ftl: command-premium is there twice",
    ];
    assert_eq!(errors.0, told);
}

/// A key in two files would hide one of them, and a file that no list names would never be read.
#[test]
fn each_file_is_read_and_each_key_stands_once() {
    for lang in Lang::ALL {
        let files = built_in(lang);
        let folder =
            PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"))
                .join("config/locales");
        let there = std::fs::read_dir(folder.join(lang.code())).unwrap();
        let there: BTreeSet<String> = there
            .map(|entry| format!("{}/{}", lang.code(), entry.unwrap().file_name().to_string_lossy()))
            .chain([format!("{}.ftl", lang.code())])
            .collect();
        assert_eq!(files.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), there);
        for (name, text) in files {
            assert_eq!(text, std::fs::read_to_string(folder.join(&name)).unwrap(), "{name}");
        }
    }
    let two = vec![("ru.ftl".to_owned(), "a = 1".to_owned()), ("ru/x.ftl".to_owned(), "a = 2".to_owned())];
    let files = parse_all(two, &mut Vec::new());
    assert_eq!(Catalog::of(&[&files]).problems, ["ru/x.ftl: a is there twice"]);
}

#[test]
fn many_threads_may_use_them() {
    fn shared<T: Send + Sync>() {}
    shared::<Locales>();
}

// ---------------------------------------------------------------- code and texts

/// Templates of pages, which name keys as well.
fn templates() -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"));
    let files = std::fs::read_dir(root.join("templates/admin")).unwrap();
    let found: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    assert!(found.len() > 10, "the templates were not found");
    found
}

/// Source files that may name keys, without test modules.
fn sources() -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["domain/src", "actors/src", "src"].iter().map(|f| root.join(f)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                // Examples in comments are no code.
                let code =
                    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                found.push((path, code));
            }
        }
    }
    assert!(found.len() > 10, "the sources were not found");
    found
}

/// Contents of the string literals that stand right after `before`.
fn literals_after<'a>(code: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(before).filter_map(move |(at, _)| {
        let rest = code[at + before.len()..].trim_start().strip_prefix('"')?;
        rest.split('"').next()
    })
}

fn has_key_form(literal: &str) -> bool {
    literal.contains('-')
        && literal
            .split('-')
            .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

#[test]
fn every_key_that_the_code_names_is_there() {
    let known = catalog(Lang::En).messages;
    let groups: BTreeSet<&str> = known.keys().filter_map(|k| k.split('-').next()).collect();
    let mut missing = BTreeSet::new();
    for (path, code) in sources() {
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for call in ["Msg::new(", "Screen::text(", "Button::new(", "Arg::Key("] {
            named.extend(literals_after(&code, call));
        }
        // Tables and functions that give keys: whatever looks like a key of a group that the files
        // have.
        named.extend(
            code.split('"')
                .filter(|l| has_key_form(l) && groups.contains(l.split('-').next().unwrap_or_default())),
        );
        missing.extend(
            named
                .into_iter()
                .filter(|key| !known.contains_key(*key) && !NOT_KEYS.contains(key))
                .map(|key| format!("{key} ({})", path.display())),
        );
    }
    for (path, html) in templates() {
        let named = ["f.say(", "f.counted("].map(|call| literals_after(&html, call)).into_iter().flatten();
        let unknown = named.filter(|key| !known.contains_key(*key));
        missing.extend(unknown.map(|key| format!("{key} ({})", path.display())));
    }
    assert!(missing.is_empty(), "named in the code and not in config/locales: {missing:#?}");
}

#[test]
fn every_key_is_used() {
    let catalog = catalog(Lang::En);
    let mut sources = sources();
    sources.extend(templates());
    // What is sold is named there.
    let products = include_str!("../../config/products.toml").to_owned();
    sources.push((PathBuf::from("config/products.toml"), products));
    let unused: Vec<&String> = catalog
        .messages
        .keys()
        .filter(|key| !sources.iter().any(|(_, code)| code.contains(&format!("\"{key}\""))))
        .filter(|key| !catalog.included.contains(*key))
        .collect();
    assert!(unused.is_empty(), "in config/locales and not named in the code: {unused:#?}");
}

/// The limits of docs/limits.md for texts of ours (<https://core.telegram.org/bots/api#botcommand>,
/// `answerCallbackQuery`).
#[test]
fn toasts_and_descriptions_fit() {
    let locales = locales();
    let toasts = [
        "block-done",
        "error-old-button",
        "privacy-export-wait",
        "rate-already",
        "rate-thanks",
        "rate-too-late",
        "report-already",
        "report-too-late",
        "search-goes-on",
        "wish-keep-one",
    ];
    for lang in Lang::ALL {
        for key in locales.language(lang).ready.keys() {
            let units =
                locales.plain(lang, &Msg { key: leaked(key), args: Vec::new() }).encode_utf16().count();
            assert!(!key.starts_with("command-") || (1..=256).contains(&units), "{key}: {units}");
            assert!(!toasts.contains(&key.as_str()) || units <= 200, "{key}: {units}");
        }
    }
}

/// Guard: whoever reads that something did not work reads what to do about it.
#[test]
fn what_did_not_work_says_what_to_do() {
    let locales = locales();
    let keys = [
        "billing-no-partner",
        "billing-not-now",
        "busy-search",
        "busy-session",
        "chat-delete-failed",
        "chat-edit-not-passed",
        "chat-files-busy",
        "chat-no-video-notes",
        "chat-no-voice",
        "chat-older",
        "chat-send-failed",
        "chat-send-refused",
        "chat-send-unsure",
        "companion-not-now",
        "dating-away",
        "error-old-button",
        "error-unexpected",
        "error-unknown-command",
        "error-unreadable",
        "feedback-not-kept",
        "news-unknown",
        "premium-unknown",
        "privacy-export-failed",
        "privacy-export-lately",
        "refused-audio-as-file",
        "refused-image-as-file",
        "refused-poll",
        "refused-story",
        "refused-too-large",
        "refused-unknown",
        "refused-video-as-file",
        "reminders-unknown",
        "report-none",
        "report-too-late",
        "said-unsure",
    ];
    // A slash is a command.
    let ways = |lang| match lang {
        Lang::En => ["send", "try", "/", "you can write", "ask your", "come back"],
        Lang::Ru => ["отправь", "попробуй", "/", "можно написать", "спроси", "загляни"],
    };
    for lang in Lang::ALL {
        for key in keys {
            let text = locales.html(lang, &Msg::new(key)).to_lowercase();
            assert!(ways(lang).iter().any(|way| text.contains(way)), "{key}: {text}");
        }
    }
}

/// Guard: the words that help, or an answer, quotes stand on a button, or on a card.
#[test]
fn help_quotes_what_is_there() {
    let locales = locales();
    for lang in Lang::ALL {
        for (topic, quoted) in [
            ("help-about-characters", "companion-forget-all"),
            ("help-about-dating", "dating-band-25"),
            ("help-about-dating", "dating-button-share"),
            ("again-busy", "again-yes"),
        ] {
            let quoted = locales.plain(lang, &Msg::new(quoted));
            // Without the picture before it.
            let words = quoted.trim_start_matches(|c: char| !c.is_alphanumeric());
            let topic = locales.plain(lang, &Msg::new(topic));
            assert!(topic.contains(words), "{words} is not in: {topic}");
        }
    }
}

/// Keys of the code are static; those of a catalog are not.
fn leaked(key: &str) -> &'static str {
    Box::leak(key.to_owned().into_boxed_str())
}
