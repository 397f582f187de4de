//! What derives from the lists of settings: `config/base.toml`, `.env.example`, and the tables of
//! `docs/configuration.md`. The test compares; with `NAMELESS_BLESS=1` (`make settings`) it writes.

use super::setting::{Kind, Variable};
use super::variables::Settings;
use std::path::PathBuf;

/// Columns of the generated files.
const WIDTH: usize = 100;

const BASE_TOML: &str = "\
Nameless: every setting that is not a secret, with its built-in value. Change a value here, in a \
layer of your own (config/NAME.toml, chosen with NAMELESS_ENV=NAME), in .env, or in the environment, \
where a setting goes by its name in capitals. The later of these wins. `nameless check-config` shows \
what applies and where it was set.

Durations: 500ms, 30s, 10m, 24h, 7d, 1h30m, or plain seconds. Rates are per second. Secrets are \
refused in these files: set them in .env or in the environment, see .env.example.

`make settings` writes this file.";

const ENV_EXAMPLE: &str = "\
Copy to .env and fill in what you need; never commit a real .env. Every setting is here. What is \
commented out shows its built-in value or an example. The environment wins over this file, this file \
wins over config/*.toml.

`make settings` writes this file.";

/// Where the tables stand in the documentation; around them a person writes.
const MARKS: (&str, &str) = ("<!-- settings: begin -->\n", "<!-- settings: end -->\n");

/// A text as comment lines.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    for paragraph in text.split("\n\n") {
        if !lines.is_empty() {
            lines.push_str("#\n");
        }
        let mut line = "#".to_owned();
        for word in paragraph.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push_str(&line);
                lines.push('\n');
                line = "#".to_owned();
            }
            line.push(' ');
            line.push_str(word);
        }
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// A description on one line.
fn about(v: &Variable) -> String {
    v.about.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a file without footnotes, with what else there is to say.
fn noted(v: &Variable) -> String {
    let mut text = about(v);
    if v.form.kind == Kind::Secret {
        text.push_str(" Secret.");
    }
    if v.form.later.is_some() {
        text.push_str(" Not in this version.");
    }
    text
}

/// The value that a file shows: the built-in one, or an example.
fn shown(v: &Variable) -> &'static str {
    if v.form.default.is_empty() { v.form.example } else { v.form.default }
}

fn base_toml(settings: &Settings) -> String {
    let mut text = comment(BASE_TOML);
    for section in settings.sections() {
        let keys: Vec<_> =
            section.settings.iter().map(|s| s.variable()).filter(|v| v.form.kind == Kind::Plain).collect();
        if keys.is_empty() {
            continue;
        }
        text += &format!("\n[{}]\n", section.name);
        for v in keys {
            let value = shown(v);
            let value = if value.parse::<f64>().is_ok() { value.to_owned() } else { format!("{value:?}") };
            let mark = if v.form.default.is_empty() { "# " } else { "" };
            text += &format!("{}{mark}{} = {value}\n", comment(&noted(v)), v.key());
        }
    }
    text
}

fn env_example(settings: &Settings) -> String {
    let mut text = comment(ENV_EXAMPLE);
    // What says which files are read comes last: few need it.
    let mut sections = settings.sections().to_vec();
    sections.sort_by_key(|section| section.name.is_empty());
    for section in sections {
        text += &format!("\n# --- {} ---\n", section.title);
        for v in section.settings.iter().map(|s| s.variable()) {
            let mark = if v.form.needed { "" } else { "# " };
            text += &format!("{}{mark}{}={}\n", comment(&noted(v)), v.name, shown(v));
        }
    }
    text
}

fn tables(settings: &Settings) -> String {
    let mut text = String::new();
    for section in settings.sections() {
        text += &match section.name {
            "" => format!("\n### {}\n", section.title),
            name => format!("\n### {}: `[{name}]`\n", section.title),
        };
        text += "| Variable | Default | What it does |\n| --- | --- | --- |\n";
        for v in section.settings.iter().map(|s| s.variable()) {
            let default = match v.form.default {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let secret = if v.form.kind == Kind::Secret { " (secret)" } else { "" };
            let later = if v.form.later.is_some() { " ¹" } else { "" };
            text += &format!("| `{}` | {default} | {}{secret}{later} |\n", v.name, about(v));
        }
    }
    text + "\n"
}

/// Puts the tables between their marks.
fn documentation(now: &str, settings: &Settings) -> String {
    let (before, rest) = now.split_once(MARKS.0).expect("a mark where the tables begin");
    let (_, after) = rest.split_once(MARKS.1).expect("a mark where they end");
    [before, MARKS.0, &tables(settings), MARKS.1, after].concat()
}

fn path(name: &str) -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    PathBuf::from(package).join(name)
}

#[test]
fn the_files_say_what_the_lists_of_settings_say() {
    let settings = Settings::known();
    let docs = std::fs::read_to_string(path("docs/configuration.md")).expect("a file of the repository");
    let derived = [
        ("config/base.toml", base_toml(&settings)),
        (".env.example", env_example(&settings)),
        ("docs/configuration.md", documentation(&docs, &settings)),
    ];
    for (name, text) in derived {
        if std::env::var_os("NAMELESS_BLESS").is_some_and(|v| v == "1") {
            std::fs::write(path(name), text).expect("it can be written");
        } else {
            let there = std::fs::read_to_string(path(name)).expect("a file of the repository");
            assert!(there == text, "{name} is not what the settings say: run `make settings`");
        }
    }
}

/// Each is one or two short sentences: three files show them side by side.
#[test]
fn descriptions_are_short_sentences() {
    for v in Settings::known().iter().map(|s| s.variable()) {
        let text = about(v);
        assert!(text.ends_with('.') && text.len() <= 220, "{}: {text}", v.name);
        assert!(!text.contains('|'), "{}: it would break the table", v.name);
    }
}
