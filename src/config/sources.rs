//! Where settings come from, and which of two wins.
//!
//! From weakest to strongest: built-in defaults, `config/base.toml`, `config/<NAMELESS_ENV>.toml`,
//! `.env`, the environment. An empty value counts as none, so that `KEY=` in a copied
//! `.env.example` changes nothing.

use super::problem::Problem;
use super::sections::files::{NAMELESS_CONFIG_DIR, NAMELESS_ENV};
use super::setting::{Kind, Setting, Variable};
use super::variables::Settings;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The files that are read.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Folder of `base.toml` and the per-environment layers; none reads none.
    pub config_dir: Option<PathBuf>,
    /// The `.env` file; none, or one that does not exist, reads none.
    pub dotenv: Option<PathBuf>,
}

impl Files {
    /// No files: built-in defaults and the environment.
    pub fn none() -> Files {
        Files::default()
    }

    /// `.env` in the working folder and the configuration folder that the environment names.
    pub fn of_working_folder() -> Files {
        Files { config_dir: Some(PathBuf::from("config")), dotenv: Some(PathBuf::from(".env")) }
    }
}

/// A value and where it stood.
#[derive(Clone, Debug)]
pub struct Raw {
    /// As written, without surrounding blanks.
    pub value: String,
    /// `the environment`, `.env`, a file's path, or `built in`.
    pub source: String,
}

/// The strongest value of each setting that has one.
#[derive(Default)]
pub struct Layers {
    values: HashMap<&'static str, Raw>,
    /// Files with a secret in them that others than their owner can read.
    pub exposed: Vec<PathBuf>,
}

impl Layers {
    /// Reads every source for these settings. Problems of the files themselves are added to
    /// `problems`.
    pub fn read(
        settings: &Settings,
        env: &dyn Fn(&str) -> Option<String>,
        files: &Files,
        problems: &mut Vec<Problem>,
    ) -> Layers {
        let mut layers = Layers::default();
        for v in settings.iter().map(|s| s.variable()) {
            layers.put(v, v.form.default, "built in");
        }
        let mut strong = Layers::default();
        if let Some(path) = &files.dotenv {
            read_dotenv(settings, path, &mut strong, problems);
        }
        for v in settings.iter().map(|s| s.variable()) {
            if let Some(value) = env(v.name) {
                strong.put(v, &value, "the environment");
            }
            if v.form.kind == Kind::Secret {
                secret_of_file(v, env, &mut strong, problems);
            }
        }
        if let Some(dir) = &files.config_dir {
            let dir = strong.value(&NAMELESS_CONFIG_DIR).map_or(dir.clone(), PathBuf::from);
            let env = strong.get(NAMELESS_ENV.variable.name);
            Tomls { settings, layers: &mut layers, problems }.read(&dir, env);
        }
        layers.values.extend(strong.values);
        layers.exposed = strong.exposed;
        layers
    }

    /// The strongest value of a setting.
    pub fn get(&self, name: &str) -> Option<&Raw> {
        self.values.get(name)
    }

    /// Whether a setting has a value, fit or not.
    pub fn has<T>(&self, setting: &Setting<T>) -> bool {
        self.get(setting.variable.name).is_some()
    }

    /// A setting's value; none if it has none, or one that its check refuses.
    pub fn value<T>(&self, setting: &Setting<T>) -> Option<T> {
        self.get(setting.variable.name).and_then(|raw| setting.check.read(&raw.value))
    }

    /// The value of a setting that has a default.
    pub fn need<T>(&self, setting: &Setting<T>) -> Result<T, Problem> {
        match self.get(setting.variable.name) {
            Some(raw) => setting.check.read(&raw.value).ok_or_else(|| Problem::refused(setting, raw)),
            None => Err(Problem {
                variable: setting.variable.name.to_owned(),
                found: None,
                expected: setting.check.expected(),
                mend: "Set it.".to_owned(),
            }),
        }
    }

    /// What the capabilities' own settings are.
    pub fn own(self, is_own: impl Fn(&str) -> bool) -> Own {
        Own(self.values.into_iter().filter(|(name, _)| is_own(name)).collect())
    }

    fn put(&mut self, v: &Variable, value: &str, source: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.values.insert(v.name, Raw { value: value.to_owned(), source: source.to_owned() });
        }
    }
}

/// Values of settings that capabilities brought, each checked. `Debug` shows none.
#[derive(Clone, Default)]
pub struct Own(HashMap<&'static str, Raw>);

impl Own {
    /// A setting's value; none if it is not set, or is no capability's.
    pub fn value<T>(&self, setting: &Setting<T>) -> Option<T> {
        self.0.get(setting.variable.name).and_then(|raw| setting.check.read(&raw.value))
    }
}

impl Own {
    /// A value that takes the place of the one that was configured.
    pub fn put(&mut self, name: &'static str, value: &str) {
        self.0.insert(name, Raw { value: value.to_owned(), source: "the program".to_owned() });
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own(hidden)")
    }
}

/// A secret may be a file's content, as Docker, Kubernetes and systemd give them: `BOT_TOKEN_FILE`
/// names the file of `BOT_TOKEN`.
fn secret_of_file(
    v: &Variable,
    env: &dyn Fn(&str) -> Option<String>,
    layers: &mut Layers,
    problems: &mut Vec<Problem>,
) {
    let name = format!("{}_FILE", v.name);
    let Some(path) = env(&name).filter(|path| !path.trim().is_empty()).map(PathBuf::from) else { return };
    let mut refuse = |expected: &str, mend: String| {
        let found = Some(path.display().to_string());
        problems.push(Problem { variable: name.clone(), found, expected: expected.to_owned(), mend });
    };
    if env(v.name).is_some_and(|value| !value.trim().is_empty()) {
        return refuse("the only place of this secret", format!("Set {} or {name}, not both.", v.name));
    }
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().is_empty() => refuse("a file that is not empty", "Fill it.".to_owned()),
        Ok(text) => layers.put(v, &text, &path.display().to_string()),
        Err(_) => refuse("a readable file", "Mend the path or its permissions.".to_owned()),
    }
}

fn read_dotenv(settings: &Settings, path: &Path, layers: &mut Layers, problems: &mut Vec<Problem>) {
    let entries = match dotenvy::from_path_iter(path) {
        Ok(entries) => entries,
        Err(e) if e.not_found() => return,
        // The error may quote the line, and the line may hold a secret.
        Err(_) => {
            return problems.push(unreadable(path, "a readable file", "Mend its permissions, or remove it."));
        }
    };
    let mut has_secret = false;
    for entry in entries {
        let Ok((name, value)) = entry else {
            let mend = "Write one NAME=value a line; put a value with blanks or # in quotes.";
            return problems.push(unreadable(path, "lines of the form NAME=value", mend));
        };
        match (settings.find(&name), settings.resembling(&name)) {
            (Some(found), _) => {
                let v = found.variable();
                has_secret |= v.form.kind == Kind::Secret && !value.trim().is_empty();
                layers.put(v, &value, &path.display().to_string());
            }
            (None, Some(v)) => problems.push(Problem {
                variable: name,
                found: Some(format!("in {}", path.display())),
                expected: "the name of a setting".to_owned(),
                mend: format!("Did you mean {}?", v.name),
            }),
            // A .env is often shared with other programs.
            (None, None) => {}
        }
    }
    if has_secret && is_exposed(path) {
        layers.exposed.push(path.to_owned());
    }
}

/// Whether others than its owner can read a file.
#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

/// Reads configuration files into a layer.
struct Tomls<'a> {
    settings: &'a Settings,
    layers: &'a mut Layers,
    problems: &'a mut Vec<Problem>,
}

impl Tomls<'_> {
    fn read(&mut self, dir: &Path, env: Option<&Raw>) {
        let base = dir.join("base.toml");
        if base.exists() {
            self.read_file(&base);
        }
        let Some(env) = env else { return };
        let name = &env.value;
        let refused = |expected: String, mend: &str| Problem {
            variable: NAMELESS_ENV.variable.name.to_owned(),
            found: Some(format!("`{name}` in {}", env.source)),
            expected,
            mend: mend.to_owned(),
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            let mend = "Name a file of the configuration folder, without .toml.";
            return self.problems.push(refused("letters, digits, - and _".to_owned(), mend));
        }
        let layer = dir.join(format!("{name}.toml"));
        if layer.exists() {
            self.read_file(&layer);
        } else {
            let expected = format!("the name of a layer: {} does not exist", layer.display());
            self.problems
                .push(refused(expected, "Create the file, even an empty one, or remove the variable."));
        }
    }

    fn read_file(&mut self, path: &Path) {
        let Ok(text) = std::fs::read_to_string(path) else {
            let mend = "Mend its permissions, or remove it.";
            return self.problems.push(unreadable(path, "a readable text file", mend));
        };
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(e) => {
                let line = e.span().map_or(0, |s| text[..s.start.min(text.len())].lines().count().max(1));
                let mend = format!("Line {line}: {}.", e.message());
                return self.problems.push(unreadable(path, "valid TOML", &mend));
            }
        };
        for (section, keys) in &table {
            let Some(keys) = keys.as_table() else {
                self.problems.push(self.misplaced(path, section, section));
                continue;
            };
            for (key, value) in keys {
                let v = self.settings.find(&key.to_ascii_uppercase()).map(|s| s.variable());
                match v {
                    Some(v) if v.form.kind == Kind::Plain && v.section == section && *key == v.key() => {
                        self.put(path, v, value);
                    }
                    _ => self.problems.push(self.misplaced(path, &format!("{section}.{key}"), key)),
                }
            }
        }
    }

    fn put(&mut self, path: &Path, v: &Variable, value: &toml::Value) {
        let scalar = |value: &toml::Value| match value {
            toml::Value::String(s) => Some(s.clone()),
            toml::Value::Integer(n) => Some(n.to_string()),
            toml::Value::Float(n) => Some(n.to_string()),
            toml::Value::Boolean(b) => Some(b.to_string()),
            _ => None,
        };
        let text = match value {
            toml::Value::Array(items) => {
                items.iter().map(scalar).collect::<Option<Vec<_>>>().map(|i| i.join(","))
            }
            other => scalar(other),
        };
        match text {
            Some(text) => self.layers.put(v, &text, &path.display().to_string()),
            None => self.problems.push(Problem {
                variable: v.name.to_owned(),
                found: Some(format!("a {} in {}", value.type_str(), path.display())),
                expected: "a text, a number or a list of them".to_owned(),
                mend: format!("See {} in config/base.toml.", v.key()),
            }),
        }
    }

    /// A key that is not one of ours, is one of ours in the wrong place, or is a secret.
    fn misplaced(&self, path: &Path, shown: &str, key: &str) -> Problem {
        let name = key.to_ascii_uppercase();
        let known = self.settings.find(&name).map(|s| s.variable());
        let mend = match known.or_else(|| self.settings.resembling(&name)) {
            Some(v) if v.form.kind == Kind::Secret && v.name == name => {
                format!(
                    "Secrets do not belong in files that are committed: set {} in the environment or .env.",
                    v.name
                )
            }
            Some(v) if v.form.kind != Kind::Plain => {
                format!("Did you mean {}? It can be set in the environment or .env only.", v.name)
            }
            Some(v) => format!("Did you mean {} under [{}]?", v.key(), v.section),
            None => "Remove it; config/base.toml lists every key.".to_owned(),
        };
        Problem {
            variable: shown.to_owned(),
            found: Some(format!("in {}", path.display())),
            expected: "a known key in its section".to_owned(),
            mend,
        }
    }
}

fn unreadable(path: &Path, expected: &str, mend: &str) -> Problem {
    Problem {
        variable: path.display().to_string(),
        found: None,
        expected: expected.to_owned(),
        mend: mend.to_owned(),
    }
}
