//! A setting, stated once: its name, section, kind, default, description, and check.
//!
//! The [`settings!`](crate::settings) macro makes a list of them, a section. The core has a file
//! per section in `sections/`; a capability states its own in
//! `src/capabilities/<name>/settings.rs`. Everything else derives from the lists: what is read and
//! refused, what `check-config` prints, `config/base.toml`, `.env.example`, and the table in
//! `docs/configuration.md`.

use super::check::Check;

/// How a setting's value is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May stand in a configuration file and be shown.
    Plain,
    /// Never shown, and refused in configuration files: those are committed and copied around.
    Secret,
    /// Says which files are read, hence cannot stand in one of them.
    Bootstrap,
}

/// What is known of a setting beside its type.
///
/// In the environment it goes by [`name`](Variable::name); in a configuration file by the same name
/// in lower case under `[section]`.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// Section of the configuration files; empty for [`Kind::Bootstrap`].
    pub section: &'static str,
    /// What it does, in one or two sentences of Markdown.
    pub about: &'static str,
    /// Kind, default, and what else there is to say.
    pub form: Form,
}

/// The part of a statement that differs by kind.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Whether its value may be shown, and where it may come from.
    pub kind: Kind,
    /// The built-in value; empty when there is none.
    pub default: &'static str,
    /// A value to show in the files where there is no built-in one.
    pub example: &'static str,
    /// Why this version does not act on it; none if it does.
    pub later: Option<&'static str>,
    /// Whether `nameless serve` needs it, so that `.env.example` leaves a place to fill in.
    pub needed: bool,
}

/// May stand in a configuration file and be shown; an empty default is none.
pub const fn plain(default: &'static str) -> Form {
    Form { kind: Kind::Plain, default, example: "", later: None, needed: false }
}

/// Is never shown, and refused in configuration files.
pub const fn secret() -> Form {
    Form { kind: Kind::Secret, ..plain("") }
}

/// Says which configuration files are read.
pub const fn bootstrap(default: &'static str) -> Form {
    Form { kind: Kind::Bootstrap, ..plain(default) }
}

impl Form {
    /// Gives a value to show where there is no default.
    pub const fn like(self, example: &'static str) -> Form {
        Form { example, ..self }
    }

    /// This version does not act on it: why.
    pub const fn later(self, why: &'static str) -> Form {
        Form { later: Some(why), ..self }
    }

    /// `nameless serve` cannot do without it.
    pub const fn needed(self) -> Form {
        Form { needed: true, ..self }
    }
}

impl Variable {
    /// Its key in a configuration file.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// A setting whose value is a `T`.
pub struct Setting<T: 'static> {
    /// What is known of it.
    pub variable: Variable,
    /// Reads its value, or refuses it.
    pub check: &'static dyn Check<T>,
}

/// A setting of whatever type, as lists hold it.
pub trait Stated: Sync {
    /// What is known of it.
    fn variable(&self) -> &Variable;
    /// What a value must be, to go on after “expected”.
    fn expected(&self) -> String;
    /// Whether it may have this value.
    fn accepts(&self, value: &str) -> bool;
}

impl<T> Stated for Setting<T> {
    fn variable(&self) -> &Variable {
        &self.variable
    }

    fn expected(&self) -> String {
        self.check.expected()
    }

    fn accepts(&self, value: &str) -> bool {
        self.check.read(value).is_some()
    }
}

/// The settings of one section of the configuration files.
pub struct Section {
    /// Its name in the files; empty where nothing of it can stand in one.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What belongs to it.
    pub settings: &'static [&'static dyn Stated],
}

/// States the settings of a section, each once: description, name, type, form, check.
///
/// ```
/// use nameless::config::{check::Within, setting::plain};
/// use std::time::Duration;
///
/// nameless::settings! {
///     "tea", "Tea";
///     /// How long it draws.
///     TEA_TIME: Duration = plain("3m"), Within(Duration::ZERO..=Duration::from_secs(600));
/// }
/// assert_eq!(SECTION.settings[0].variable().about.trim(), "How long it draws.");
/// ```
#[macro_export]
macro_rules! settings {
    ($section:literal, $title:literal;
     $($(#[doc = $about:literal])+ $name:ident: $type:ty = $form:expr, $check:expr;)+) => {
        $(
            $(#[doc = $about])+
            pub static $name: $crate::config::setting::Setting<$type> = $crate::config::setting::Setting {
                variable: $crate::config::setting::Variable {
                    name: stringify!($name),
                    section: $section,
                    about: concat!($($about),+),
                    form: $form,
                },
                check: &const { $check },
            };
        )+

        /// Every setting of this section.
        pub static SECTION: $crate::config::setting::Section = $crate::config::setting::Section {
            name: $section,
            title: $title,
            settings: &[$(&$name),+],
        };
    };
}
