//! The bot's texts: Fluent files, checked at the start and rendered ahead where that is possible.
//!
//! Most texts take no argument. They are rendered once, when the files are loaded, and are a
//! look-up from then on; only the rest goes through Fluent when it is said. Nothing is kept per
//! user.

mod catalog;
pub mod markup;

#[cfg(test)]
mod tests;

use crate::capabilities;
use catalog::{Catalog, File};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use nameless_actors::ports::Texts;
use nameless_domain::text::{Arg, Button, Lang, Msg};
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use unic_langid::LanguageIdentifier;

/// The label of a ticked button, around `$label`.
const CHOSEN: &str = "button-chosen";
/// A date and time: `$day`, `$month` (1 to 12), `$year`, `$time`.
const MOMENT: &str = "date-and-time";
/// Joins the parts of a list.
const SEPARATOR: &str = ", ";

/// Texts that are built in: a file for each language.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Whose they are, as the files are named; empty for the core's.
    pub name: &'static str,
    /// In the order of [`Lang::ALL`].
    pub languages: [&'static str; Lang::ALL.len()],
}

/// The [`Source`] of a capability: `config/locales/ru/NAME.ftl` and `config/locales/en/NAME.ftl`.
macro_rules! texts {
    ($name:literal) => {
        $crate::locale::Source {
            name: $name,
            languages: [
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/locales/ru/", $name, ".ftl")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/locales/en/", $name, ".ftl")),
            ],
        }
    };
}
pub(crate) use texts;

/// The core's texts.
const CORE: Source = Source {
    name: "",
    languages: [include_str!("../config/locales/ru.ftl"), include_str!("../config/locales/en.ftl")],
};

/// What operators are told by the bot itself.
const ALARMS: Source = texts!("alarms");

/// Name and text of a file.
type Named = (String, String);

/// Each file of a language, as they are built in.
fn built_in(lang: Lang) -> Vec<Named> {
    let file = |name: &str| match name {
        "" => format!("{}.ftl", lang.code()),
        name => format!("{}/{name}.ftl", lang.code()),
    };
    [CORE, ALARMS]
        .into_iter()
        .chain(capabilities::texts())
        .map(|source| (file(source.name), source.languages[lang as usize].to_owned()))
        .collect()
}

/// Each file of a language in an operator's folder: `LANG.ftl` and `LANG/*.ftl`.
fn changed(folder: &Path, lang: Lang, problems: &mut Vec<String>) -> Vec<Named> {
    let file = folder.join(format!("{}.ftl", lang.code()));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder.join(lang.code()))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "ftl"))
        .collect();
    paths.sort();
    let mut texts = Vec::new();
    for path in Some(file).filter(|f| f.exists()).into_iter().chain(paths) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => texts.push((format!("changed {name}"), text)),
            Err(e) => problems.push(format!("{}: {e}", path.display())),
        }
    }
    texts
}

/// Everything that is wrong with the locale files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the texts cannot be used:{}", .0.iter().map(|p| format!("\n  - {p}")).collect::<String>())]
pub struct LocaleErrors(pub Vec<String>);

/// Values that are the same for everybody, for texts that name a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constants {
    /// `$history_days`: how long relayed messages are kept.
    pub history_days: u32,
}

impl Constants {
    const NAMES: [&'static str; 1] = ["history_days"];

    fn args(self) -> FluentArgs<'static> {
        let mut args = FluentArgs::with_capacity(4);
        args.set("history_days", self.history_days);
        args
    }
}

/// The texts of every language.
pub struct Locales {
    constants: Constants,
    /// In the order of [`Lang::ALL`], which is that of the discriminants.
    languages: Vec<Language>,
}

struct Language {
    bundle: FluentBundle<FluentResource>,
    ready: FxHashMap<String, Ready>,
}

/// A text without arguments in each of its forms.
struct Ready {
    html: String,
    plain: String,
    chosen: String,
}

impl Locales {
    /// Whether there is a text of this key in every language.
    pub fn has(&self, key: &str) -> bool {
        self.languages.iter().all(|l| l.ready.contains_key(key) || l.bundle.has_message(key))
    }

    /// Loads the built-in texts and, over them, those of `folder`, which may hold only some keys:
    /// `ru.ftl`, `en.ftl`, and any `ru/*.ftl` and `en/*.ftl`.
    pub fn load(folder: Option<&Path>, constants: Constants) -> Result<Locales, LocaleErrors> {
        let mut problems = Vec::new();
        let mut sources = Vec::new();
        for lang in Lang::ALL {
            let changed = folder.map(|folder| changed(folder, lang, &mut problems));
            sources.push((lang, built_in(lang), changed.unwrap_or_default()));
        }
        Locales::of(sources, constants, problems)
    }

    fn of(
        sources: Vec<(Lang, Vec<Named>, Vec<Named>)>,
        constants: Constants,
        mut problems: Vec<String>,
    ) -> Result<Locales, LocaleErrors> {
        let mut parsed = Vec::new();
        let mut catalogs = Vec::new();
        for (lang, base, changed) in sources {
            let base = parse_all(base, &mut problems);
            let changed = parse_all(changed, &mut problems);
            let reference = Catalog::of(&[&base]);
            problems.extend(compare_changes(&reference, &Catalog::of(&[&changed])));
            let catalog = Catalog::of(&[&base, &changed]);
            problems.extend(catalog.problems.iter().cloned());
            catalogs.push((lang, reference));
            let resources = base.into_iter().chain(changed).map(|(_, resource)| resource).collect();
            parsed.push((lang, resources, catalog));
        }
        problems.extend(compare_languages(&catalogs));
        if !catalogs.iter().all(|(_, c)| c.messages.contains_key(CHOSEN)) {
            problems.push(format!("{CHOSEN} is missing"));
        }
        if !problems.is_empty() {
            return Err(LocaleErrors(problems));
        }
        let languages = parsed
            .into_iter()
            .map(|(lang, resources, catalog)| Language::render_ahead(lang, resources, &catalog, constants))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Locales { constants, languages })
    }

    fn language(&self, lang: Lang) -> &Language {
        &self.languages[lang as usize]
    }

    /// Renders a text that takes arguments.
    fn render(&self, lang: Lang, msg: &Msg) -> String {
        let mut args = self.constants.args();
        for (name, arg) in &msg.args {
            let value = match arg {
                Arg::Number(n) => FluentValue::from(*n),
                Arg::Moment(at) => FluentValue::from(self.moment(lang, *at)),
                Arg::Text(text) => FluentValue::from(markup::escape(text)),
                Arg::Key(key) => FluentValue::from(self.html(lang, &Msg::new(key))),
                Arg::Commands(commands) => {
                    let line = |(name, key): &(&str, &'static str)| {
                        format!("/{name} {}", self.html(lang, &Msg::new(key)))
                    };
                    FluentValue::from(commands.iter().map(line).collect::<Vec<_>>().join("\n"))
                }
                Arg::Keys(keys) => {
                    let texts: Vec<String> = keys.iter().map(|key| self.html(lang, &Msg::new(key))).collect();
                    FluentValue::from(texts.join(SEPARATOR))
                }
            };
            args.set(*name, value);
        }
        self.language(lang).format(msg.key, &args)
    }

    fn moment(&self, lang: Lang, at: Millis) -> String {
        let ((year, month, day), minutes) = (at.date(), at.time_of_day() / 60_000);
        let mut args = FluentArgs::with_capacity(4);
        args.set("year", year);
        args.set("month", month);
        args.set("day", day);
        args.set("time", format!("{:02}:{:02}", minutes / 60, minutes % 60));
        self.language(lang).format(MOMENT, &args)
    }
}

impl Texts for Locales {
    fn html(&self, lang: Lang, msg: &Msg) -> String {
        match self.language(lang).ready.get(msg.key) {
            Some(ready) => ready.html.clone(),
            None => self.render(lang, msg),
        }
    }

    fn label(&self, lang: Lang, button: &Button) -> String {
        match self.language(lang).ready.get(button.label.key) {
            Some(ready) if button.chosen => ready.chosen.clone(),
            Some(ready) => ready.plain.clone(),
            None if button.chosen => {
                self.language(lang).chosen(&markup::strip(&self.render(lang, &button.label)))
            }
            None => markup::strip(&self.render(lang, &button.label)),
        }
    }

    fn plain(&self, lang: Lang, msg: &Msg) -> String {
        match self.language(lang).ready.get(msg.key) {
            Some(ready) => ready.plain.clone(),
            None => markup::strip(&self.render(lang, msg)),
        }
    }
}

impl Language {
    fn render_ahead(
        lang: Lang,
        resources: Vec<FluentResource>,
        catalog: &Catalog,
        constants: Constants,
    ) -> Result<Language, LocaleErrors> {
        let id: LanguageIdentifier =
            lang.code().parse().map_err(|e| LocaleErrors(vec![format!("{}: {e}", lang.code())]))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Marks around arguments would show as boxes in some clients, and both languages run left
        // to right.
        bundle.set_use_isolating(false);
        for resource in resources {
            bundle.add_resource_overriding(resource);
        }
        let mut language = Language { bundle, ready: FxHashMap::default() };
        let fixed = catalog
            .messages
            .iter()
            .filter(|(_, arguments)| arguments.iter().all(|a| Constants::NAMES.contains(&a.as_str())));
        for (key, _) in fixed {
            let html = language.format(key, &constants.args());
            let plain = markup::strip(&html);
            let chosen = language.chosen(&plain);
            language.ready.insert(key.clone(), Ready { html, plain, chosen });
        }
        Ok(language)
    }

    fn chosen(&self, label: &str) -> String {
        let mut args = FluentArgs::with_capacity(1);
        args.set("label", label);
        self.format(CHOSEN, &args)
    }

    /// Runs Fluent. A key that is not there is said as such: the tests that compare code and files
    /// let none through, and a bot that goes on with one odd text is better than one that does not
    /// answer.
    fn format(&self, key: &str, args: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            tracing::error!(key, "no such text");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if !errors.is_empty() {
            // What Fluent reports are names of arguments and functions, never their values.
            tracing::error!(key, ?errors, "a text was rendered incompletely");
        }
        text
    }
}

fn parse_all(files: Vec<Named>, problems: &mut Vec<String>) -> Vec<File> {
    let parse = |(name, text): Named| (name.clone(), parse(&name, text, problems));
    files.into_iter().map(parse).collect()
}

fn parse(name: &str, source: String, problems: &mut Vec<String>) -> FluentResource {
    FluentResource::try_new(source).unwrap_or_else(|(resource, errors)| {
        for error in errors {
            let line = resource.source()[..error.pos.start.min(resource.source().len())].lines().count();
            problems.push(format!("{name}, line {line}: {}", error.kind));
        }
        resource
    })
}

/// Keys and arguments that one language has and another lacks.
fn compare_languages(catalogs: &[(Lang, Catalog)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (lang, catalog) in catalogs {
        for (other_lang, other) in catalogs.iter().filter(|(l, _)| l != lang) {
            for (key, arguments) in &catalog.messages {
                let file = catalog.files[key].replacen(lang.code(), other_lang.code(), 1);
                match other.messages.get(key) {
                    None => problems.push(format!("{file}: {key} is missing")),
                    Some(others) => problems.extend(
                        arguments.difference(others).map(|a| format!("{file}: {key} does not use ${a}")),
                    ),
                }
            }
        }
    }
    problems
}

/// What changed texts may not do: bring keys that the code does not know, or ask for arguments it
/// does not give.
fn compare_changes(base: &Catalog, changed: &Catalog) -> Vec<String> {
    let mut problems = Vec::new();
    for (key, arguments) in &changed.messages {
        let file = &changed.files[key];
        match base.messages.get(key) {
            None => problems.push(format!("{file}: {key} is not a text of the bot")),
            Some(known) => problems.extend(
                arguments
                    .iter()
                    .filter(|a| !known.contains(*a) && !Constants::NAMES.contains(&a.as_str()))
                    .map(|a| format!("{file}: {key} is never given ${a}")),
            ),
        }
    }
    problems
}
