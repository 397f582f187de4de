//! Configuration by table.

use super::*;
use crate::config::check::{Count, Hidden};
use crate::config::setting::{Kind, Variable, plain, secret};
use std::collections::HashMap;
use std::path::Path;

mod bad_values;
mod bots;

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn load(pairs: Pairs<'_>, files: &Files, purpose: Purpose) -> Result<Config, ConfigErrors> {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Config::load(&|name| map.get(name).cloned(), files, purpose)
}

fn tool(pairs: Pairs<'_>) -> Result<Config, ConfigErrors> {
    load(pairs, &Files::none(), Purpose::Tool)
}

fn variables() -> Vec<&'static Variable> {
    Settings::known().iter().map(|s| s.variable()).collect()
}

#[test]
fn defaults_are_valid_and_agree_with_the_domain() {
    let config = tool(&[]).unwrap();
    assert_eq!(config.rules, Rules::default());
    assert_eq!(config.telegram.api_url, "https://api.telegram.org");
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.metrics_addr.to_string(), "127.0.0.1:9464");
    assert_eq!(config.store.journal_max_bytes, 256 << 20);
    assert!(config.runtime.shards >= 1);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_token_is_needed_to_serve_only() {
    let errors = load(&[], &Files::none(), Purpose::Serve).unwrap_err();
    assert_eq!(errors.0.len(), 1);
    assert_eq!(errors.0[0].variable, "BOT_TOKEN");
    assert!(tool(&[]).is_ok());
    let config = load(&[("BOT_TOKEN", "1:x")], &Files::none(), Purpose::Serve).unwrap();
    let token = config.telegram.token.unwrap();
    assert_eq!((token.expose(), token.bot_id()), ("1:x", 1));
}

#[test]
fn several_bots_have_labels_and_each_is_named_once() {
    let serve = |variables: &[(&str, &str)]| load(variables, &Files::none(), Purpose::Serve);
    let of = |config: Config| {
        let bots = config.telegram.bots().into_iter();
        bots.map(|bot| (bot.label, bot.token.expose().to_owned())).collect::<Vec<_>>()
    };
    let named = |bots: &[(&str, &str)]| -> Vec<(String, String)> {
        bots.iter().map(|(label, token)| ((*label).to_owned(), (*token).to_owned())).collect()
    };
    let config = serve(&[("BOT_TOKEN", "1:x"), ("BOT_TOKENS", "two=2:y, three=3:z")]).unwrap();
    assert_eq!(of(config), named(&[("main", "1:x"), ("two", "2:y"), ("three", "3:z")]));
    // Without a main one the first is it.
    let config = serve(&[("BOT_TOKENS", "two=2:y\nthree=3:z\n")]).unwrap();
    assert_eq!(config.telegram.token.as_ref().map(BotToken::bot_id), Some(2));
    assert_eq!(of(config), named(&[("two", "2:y"), ("three", "3:z")]));
    assert_eq!(of(serve(&[("BOT_TOKEN", "1:x")]).unwrap()), named(&[("main", "1:x")]));
    for others in ["two=1:y", "main=2:y"] {
        let errors = serve(&[("BOT_TOKEN", "1:x"), ("BOT_TOKENS", others)]).unwrap_err();
        let text = errors.to_string();
        assert!(text.contains("BOT_TOKENS") && text.contains("Name each bot once"), "{text}");
    }
}

#[test]
fn each_bot_is_in_one_pool_of_bots_that_there_are() {
    let bots = [("BOT_TOKEN", "1:x"), ("BOT_TOKENS", "two=2:y,three=3:z")];
    let serve = |pools: &str| {
        let variables: Vec<(&str, &str)> = bots.into_iter().chain([("BOT_POOLS", pools)]).collect();
        load(&variables, &Files::none(), Purpose::Serve)
    };
    for pools in ["shared", "apart", "main+three,two", "main+two+three"] {
        assert!(serve(pools).is_ok(), "{pools}");
    }
    for (pools, words) in [
        ("main+two,four", "No bot is called four; there are: main, three, two."),
        ("main+two,two+three", "two stands there twice"),
        ("main+main,two,three", "main stands there twice"),
        ("main,two", "Say with whom three is"),
        ("main", "Say with whom three and two is"),
        ("main,,two", "none of them empty"),
    ] {
        let errors = serve(pools).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{pools}: {errors}");
        assert!(errors.to_string().contains(words), "{pools}: {errors}");
    }
    // Without a main one the labels alone are there.
    let others = [("BOT_TOKENS", "two=2:y,three=3:z"), ("BOT_POOLS", "main,two+three")];
    assert!(load(&others, &Files::none(), Purpose::Serve).unwrap_err().to_string().contains("called main"));
    // What is wrong with a token is all that is told of it.
    let broken = [("BOT_TOKEN", "1"), ("BOT_TOKENS", "two=2:y"), ("BOT_POOLS", "main,two")];
    let errors = load(&broken, &Files::none(), Purpose::Serve).unwrap_err();
    assert_eq!(errors.0.iter().map(|problem| problem.variable.as_str()).collect::<Vec<_>>(), ["BOT_TOKEN"]);
    let alone =
        load(&[("BOT_TOKEN", "1:x"), ("BOT_POOLS", "apart")], &Files::none(), Purpose::Serve).unwrap();
    assert!(alone.warnings.iter().any(|warning| warning.contains("nobody is apart")), "{:?}", alone.warnings);
}

#[test]
fn a_webhook_needs_tls_but_on_this_machine() {
    for url in [
        "https://example.org/webhook/telegram",
        "https://example.org:8443/bots/one/webhook/telegram",
        "http://127.0.0.1:8080/webhook/telegram",
        "http://[::1]:8080/webhook/telegram",
        "http://localhost/webhook/telegram",
    ] {
        let config = tool(&[("WEBHOOK_URL", url), ("WEBHOOK_SECRET", "sixteen-letters_")])
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.telegram.webhook.map(|w| w.url).as_deref(), Some(url));
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
}

#[test]
fn problems_are_collected_into_one_list() {
    let errors = load(
        &[
            ("HTTP_ADDR", "nowhere"),
            ("CHAT_RATE", "0"),
            ("WEBHOOK_URL", "https://example.org/webhook/telegram"),
        ],
        &Files::none(),
        Purpose::Serve,
    )
    .unwrap_err();
    let names: Vec<&str> = errors.0.iter().map(|p| p.variable.as_str()).collect();
    assert_eq!(names, ["BOT_TOKEN", "WEBHOOK_SECRET", "HTTP_ADDR", "CHAT_RATE"]);
    let text = errors.to_string();
    assert!(text.starts_with("the configuration has 4 problems:\n  - BOT_TOKEN: expected"), "{text}");
    assert_eq!(text.lines().count(), 5);
}

#[test]
fn secrets_are_never_printed() {
    let secrets = [
        ("BOT_TOKEN", "77777:not-to-be-seen"),
        ("BOT_TOKENS", "two=77778:not-to-be-seen"),
        ("DATABASE_URL", "postgres://user:not-to-be-seen@localhost:5432/db"),
        ("REDIS_URL", "redis://:not-to-be-seen@localhost:6379"),
        ("WEBHOOK_URL", "https://example.org/webhook/telegram"),
        ("WEBHOOK_SECRET", "not-to-be-seen-by-you"),
        ("ADMIN_TOKEN", "not-to-be-seen-either"),
        ("SENTRY_DSN", "https://not-to-be-seen@example.org/1"),
        ("HISTORY_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
    ];
    let config = tool(&secrets).unwrap();
    let printed = format!("{config:?}\n{config:#?}\n{}", config.summary());
    for hidden in ["not-to-be-seen", "77777", "00112233", "17, 34"] {
        assert!(!printed.contains(hidden), "{hidden} is in {printed}");
    }
    for broken in secrets.map(|(name, value)| (name, format!("%%{value}%%"))) {
        let text =
            tool(&[(broken.0, &broken.1)]).map(|_| String::new()).unwrap_or_else(|e| format!("{e}{e:?}"));
        assert!(!text.contains("not-to-be-seen") && !text.contains("00112233"), "{text}");
    }
}

#[test]
fn keys_are_read_as_hex_and_base64() {
    let hex = "ff".repeat(32);
    for value in [
        hex.as_str(),
        "//////////////////////////////////////////8=",
        "__________________________________________8",
    ] {
        assert_eq!(HistoryKey::parse(value).unwrap().expose(), &[0xff; 32], "{value}");
    }
    assert!(HistoryKey::parse(&"ff".repeat(31)).is_none());
}

#[test]
fn what_this_version_lacks_is_said() {
    let config = tool(&[("ADMIN_TOKEN", "a-token-of-long-ago")]).unwrap();
    assert_eq!(config.warnings, ["ADMIN_TOKEN is set, but tokens come of `nameless token create`"]);
    assert!(tool(&[("REDIS_URL", "redis://localhost:6379")]).unwrap().warnings.is_empty());
}

fn folder(files: Pairs<'_>) -> (tempfile::TempDir, Files) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let files = Files { config_dir: Some(dir.path().into()), dotenv: Some(dir.path().join(".env")) };
    (dir, files)
}

#[test]
fn stronger_layers_win() {
    let (_dir, files) = folder(&[
        ("base.toml", "[pacing]\nchat_rate = 2\nchat_burst = 2\nbulk_rate = 2.5\nuser_rate = 2\n"),
        ("night.toml", "[pacing]\nchat_burst = 3\nbulk_rate = 3\nuser_rate = 3\n"),
        (
            ".env",
            "NAMELESS_ENV=night\nBULK_RATE=4 # a comment\nUSER_RATE=\"4\"\nCHAT_RATE=\nPATH_OF_OTHERS=1\n",
        ),
    ]);
    let config = load(&[("USER_RATE", "5")], &files, Purpose::Tool).unwrap();
    let p = config.pacing;
    assert_eq!((p.chat_rate, p.chat_burst, p.bulk_rate, p.user_rate), (2.0, 3, 4.0, 5.0));
    let source = |name| config.effective.iter().find(|e| e.name == name).unwrap().source.clone();
    assert_eq!(source("USER_RATE"), "the environment");
    assert!(source("CHAT_BURST").ends_with("night.toml"));
    assert_eq!(source("POLL_TIMEOUT"), "built in");
}

#[test]
fn slips_in_files_are_problems_and_in_the_environment_are_not() {
    let (_dir, files) = folder(&[
        (
            "base.toml",
            "chat_rate = 1\n[pacing]\nchat_rat = 1\nshards = 2\n[telegram]\nbot_token = \"1:x\"\n[no]\nsuch = 1\n",
        ),
        (".env", "BOT_TOKN=1:x\nUNRELATED=1\n"),
    ]);
    let errors = load(&[("BOT_TOKEM", "1:x")], &files, Purpose::Tool).unwrap_err();
    let mut told: Vec<String> = errors.0.iter().map(|p| format!("{} {}", p.variable, p.mend)).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "BOT_TOKN Did you mean BOT_TOKEN?",
            "chat_rate Did you mean chat_rate under [pacing]?",
            "no.such Remove it; config/base.toml lists every key.",
            "pacing.chat_rat Did you mean chat_rate under [pacing]?",
            "pacing.shards Did you mean shards under [runtime]?",
            "telegram.bot_token Secrets do not belong in files that are committed: set BOT_TOKEN in the environment or .env.",
        ]
    );
}

#[test]
fn files_that_cannot_be_read_are_named_without_their_content() {
    let (_dir, files) = folder(&[("base.toml", "[pacing\nsecret"), (".env", "BOT_TOKEN 'secret")]);
    let text = load(&[], &files, Purpose::Tool).unwrap_err().to_string();
    assert!(text.contains("base.toml: expected valid TOML. Line 1:"), "{text}");
    assert!(text.contains(".env: expected lines of the form NAME=value"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_layer_that_is_not_there_is_a_problem() {
    let (_dir, files) = folder(&[("base.toml", "")]);
    for name in ["prodd", "../x"] {
        let errors = load(&[("NAMELESS_ENV", name)], &files, Purpose::Tool).unwrap_err();
        assert_eq!(errors.0[0].variable, "NAMELESS_ENV", "{errors}");
    }
}

#[cfg(unix)]
#[test]
fn a_dotenv_that_others_can_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let warned = |text: &str, mode: u32| {
        let (dir, files) = folder(&[(".env", text)]);
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(dir.path().join(".env"), mode).unwrap();
        load(&[], &files, Purpose::Tool).unwrap().warnings
    };
    for mode in [0o644, 0o640, 0o604, 0o660] {
        let warnings = warned("BOT_TOKEN=1:not-to-be-seen\n", mode);
        assert!(
            warnings.len() == 1 && warnings[0].contains("chmod 600 ") && warnings[0].contains(".env"),
            "{mode:o}: {warnings:?}"
        );
        assert!(!warnings[0].contains("not-to-be-seen"), "{warnings:?}");
    }
    assert!(warned("BOT_TOKEN=1:x\n", 0o600).is_empty());
    assert!(warned("CHAT_RATE=2\nBOT_TOKEN=\n", 0o644).is_empty(), "nothing secret is in it");
}

#[test]
fn a_secret_may_be_a_files_content() {
    let (dir, files) = folder(&[("token", "1:from-a-file\n"), ("empty", "\n")]);
    let path = |name: &str| dir.path().join(name).display().to_string();
    let config = load(&[("BOT_TOKEN_FILE", &path("token"))], &files, Purpose::Serve).unwrap();
    assert_eq!(config.telegram.token.unwrap().expose(), "1:from-a-file");
    for (pairs, part) in [
        (vec![("BOT_TOKEN_FILE", path("token")), ("BOT_TOKEN", "1:x".to_owned())], "not both"),
        (vec![("BOT_TOKEN_FILE", path("empty"))], "not empty"),
        (vec![("BOT_TOKEN_FILE", path("none"))], "a readable file"),
    ] {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let errors = load(&pairs, &files, Purpose::Tool).unwrap_err().to_string();
        assert!(errors.contains("BOT_TOKEN_FILE") && errors.contains(part), "{errors}");
        assert!(!errors.contains("from-a-file"), "{errors}");
    }
    // Only secrets: a rate in a file would be found by nobody.
    let config = load(&[("CHAT_RATE_FILE", &path("token"))], &files, Purpose::Tool).unwrap();
    assert_eq!(config.pacing.chat_rate, 1.0);
}

#[test]
fn metrics_for_the_network_are_told_of() {
    let warnings = tool(&[("METRICS_ADDR", "0.0.0.0:9464")]).unwrap().warnings;
    assert!(warnings.len() == 1 && warnings[0].starts_with("METRICS_ADDR "), "{warnings:?}");
}

fn repository_file(path: &str) -> String {
    std::fs::read_to_string(
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is")).join(path),
    )
    .unwrap()
}

#[test]
fn base_toml_states_every_setting_as_it_is_built_in() {
    let text = repository_file("config/base.toml");
    let table: toml::Table = text.parse().unwrap();
    for v in variables().into_iter().filter(|v| v.form.kind == Kind::Plain) {
        let stated = table.get(v.section).and_then(|s| s.get(v.key())).map(|value| match value {
            toml::Value::String(s) => s.clone(),
            toml::Value::Integer(n) => n.to_string(),
            toml::Value::Float(n) => n.to_string(),
            other => panic!("{} is a {}", v.name, other.type_str()),
        });
        if v.form.default.is_empty() {
            assert!(text.contains(&format!("\n# {} = ", v.key())), "{} is not in base.toml", v.key());
            assert_eq!(stated, None, "{} has no built-in value", v.key());
        } else {
            assert_eq!(stated.as_deref(), Some(v.form.default), "{}", v.key());
        }
    }
    // Each key, set or not, has a comment right above it.
    let lines: Vec<&str> = text.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        if line.contains(" = ") && !line.starts_with("# (") {
            assert!(i > 0 && lines[i - 1].starts_with("# "), "no comment above {line}");
        }
    }
    let dir = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"))
        .join("config");
    load(&[], &Files { config_dir: Some(dir), dotenv: None }, Purpose::Tool).unwrap();
}

#[test]
fn the_example_environment_and_the_documentation_list_every_setting() {
    let example = repository_file(".env.example");
    for v in variables() {
        assert!(
            example.lines().any(|l| l.trim_start_matches("# ").starts_with(&format!("{}=", v.name))),
            "{} is not in .env.example",
            v.name
        );
    }
    let text = repository_file("docs/configuration.md");
    for v in variables() {
        let row = text.lines().find(|l| l.starts_with(&format!("| `{}` |", v.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/configuration.md", v.name));
        let default = v.form.default;
        assert!(default.is_empty() || row.contains(&format!("`{default}`")), "{row}");
    }
}

#[test]
fn the_example_environment_is_valid_as_it_is() {
    let (dir, files) = folder(&[(".env", &repository_file(".env.example"))]);
    load(&[], &Files { config_dir: None, ..files }, Purpose::Tool).unwrap();
    drop(dir);
}

mod tea {
    use super::*;

    crate::settings! {
        "tea", "Tea";
        /// Cups an hour.
        TEA_CUPS: u32 = plain("3"), Count(1..=9);
        /// What opens the tin.
        TEA_TIN: SecretString = secret(), Hidden("a word", |s| s.len() < 20);
    }
}

/// What a capability states is read, checked, shown and told like the core's own.
#[test]
fn a_capability_brings_settings_of_its_own() {
    let settings = || Settings::of(sections::CORE.into_iter().chain([&tea::SECTION]));
    let (_dir, files) = folder(&[("base.toml", "[tea]\ntea_cups = 4\n")]);
    let load = |pairs: Pairs<'_>| {
        let map: HashMap<String, String> =
            pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Config::load_by(&settings(), &|name| map.get(name).cloned(), &files, Purpose::Tool)
    };
    let config = load(&[("TEA_TIN", "not-to-be-seen")]).unwrap();
    assert_eq!(config.own(&tea::TEA_CUPS), Some(4));
    assert_eq!(config.own(&tea::TEA_TIN).unwrap().expose_secret(), "not-to-be-seen");
    let printed = format!("{config:?}\n{}", config.summary());
    assert!(printed.contains("TEA_CUPS") && !printed.contains("not-to-be-seen"), "{printed}");
    let errors = load(&[("TEA_CUPS", "10"), ("TEA_TIN", "not-to-be-seen-as-well")]).unwrap_err();
    let told: Vec<&str> = errors.0.iter().map(|p| p.variable.as_str()).collect();
    assert_eq!(told, ["TEA_CUPS", "TEA_TIN"]);
    assert!(!errors.to_string().contains("not-to-be-seen"), "{errors}");
    // The program without it knows nothing of it, and says so.
    let errors = super::tests::load(&[], &files, Purpose::Tool).unwrap_err();
    assert_eq!(errors.0[0].variable, "tea.tea_cups");
}
