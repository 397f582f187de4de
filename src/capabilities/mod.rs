//! Capabilities at the edges of the program: their ports, texts, settings, routes, commands, and
//! what they read of Telegram's updates.
//!
//! A capability has a folder here and a line in each of the two lists below. What it decides is in
//! `domain`, who carries it out in `actors`; docs/architecture.md has the whole recipe.

mod points;
mod updates;

pub use updates::{Kind, read_update};

use crate::cluster::cache::Cache;
use crate::config::Config;
use crate::config::setting::Section;
use crate::http::routes::Route;
use crate::locale::Source;
use crate::store::PgStore;
use crate::telegram::Client;
use clap::Subcommand;
use nameless_actors::capabilities::Capabilities;
use nameless_actors::jobs::FinishedJob;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::billing::Shop;
use std::path::PathBuf;
use std::sync::Arc;

list!(premium, feedback, faceguard, admin, billing, news, companion, dating, again, gate, reminders);

/// What the end of a job means for its user's session.
pub fn event_of(finished: &FinishedJob) -> Option<nameless_domain::capabilities::Event> {
    billing::event_of(finished)
        .or_else(|| companion::event_of(finished))
        .or_else(|| dating::event_of(finished))
        .or_else(|| again::event_of(finished))
}

commands! {
    #[command(subcommand)]
    Premium(premium::cli::Premium),
    #[command(subcommand)]
    Billing(billing::cli::Billing),
    #[command(subcommand)]
    Feedback(feedback::cli::Feedback),
    #[command(subcommand)]
    Photos(faceguard::cli::Photos),
    FaceEval(faceguard::eval::FaceEval),
    #[command(subcommand)]
    Audit(admin::cli::Audit),
    #[command(subcommand)]
    Token(admin::cli::Token),
    #[command(subcommand)]
    Broadcast(news::cli::Broadcast),
    DatingSim(dating::cli::DatingSim),
    Personas(companion::cli::Personas),
    #[command(subcommand)]
    Reminders(reminders::cli::Reminders),
}

/// What the capabilities' ports stand on.
pub struct Backends<'a> {
    /// The database.
    pub store: &'a PgStore,
    /// The cache that several nodes share; none on one.
    pub cache: Option<&'a Cache>,
    /// The configuration, for their own settings.
    pub config: &'a Config,
    /// Telegram.
    pub client: &'a Arc<Client>,
    /// Localised texts, for what is shown otherwise than by the bot's own messages.
    pub texts: &'a Arc<dyn Texts>,
    /// What is sold.
    pub shop: &'a Arc<Shop>,
    /// What is counted of that.
    pub sold: &'a Arc<billing::Figures>,
    /// Characters and their back ends, where the operator has configured some.
    pub desk: &'a Option<Arc<companion::Desk>>,
    /// The program that workers are started from, if it is not this one: tests are another.
    pub face_worker: Option<PathBuf>,
}

/// What a capability brings to the edges.
pub struct Capability {
    texts: [Option<Source>; 2],
    settings: Option<&'static Section>,
    routes: [&'static [Route]; 2],
    updates: &'static [Kind],
    check: Option<fn(&Config) -> String>,
}

impl Capability {
    /// One that brings nothing yet.
    pub const BARE: Capability =
        Capability { texts: [None; 2], settings: None, routes: [&[]; 2], updates: &[], check: None };

    /// Brings texts: `texts: locale::texts!("name")` reads `config/locales/LANG/name.ftl`.
    pub const fn texts(self, texts: Source) -> Capability {
        Capability { texts: [Some(texts), self.texts[1]], ..self }
    }

    /// Brings texts of a second file.
    pub const fn and_texts(self, texts: Source) -> Capability {
        Capability { texts: [self.texts[0], Some(texts)], ..self }
    }

    /// Brings settings, a section of the configuration.
    pub const fn settings(self, section: &'static Section) -> Capability {
        Capability { settings: Some(section), ..self }
    }

    /// Brings routes of the HTTP servers.
    pub const fn routes(self, routes: &'static [Route]) -> Capability {
        Capability { routes: [routes, self.routes[1]], ..self }
    }

    /// Brings routes of a second list.
    pub const fn and_routes(self, routes: &'static [Route]) -> Capability {
        Capability { routes: [self.routes[0], routes], ..self }
    }

    /// Brings kinds of updates that the core does not know.
    pub const fn updates(self, updates: &'static [Kind]) -> Capability {
        Capability { updates, ..self }
    }

    /// Brings what `nameless check-config` says of it, in lines of its own.
    pub const fn check(self, check: fn(&Config) -> String) -> Capability {
        Capability { check: Some(check), ..self }
    }
}

/// What `nameless check-config` says of all of them.
pub fn check(config: &Config) -> String {
    ALL.into_iter().filter_map(|capability| capability.check).map(|check| check(config)).collect()
}

/// The texts of all of them.
pub fn texts() -> impl Iterator<Item = Source> {
    ALL.into_iter().flat_map(|capability| capability.texts).flatten()
}

/// The settings of all of them.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    ALL.into_iter().filter_map(|capability| capability.settings)
}

/// The routes of all of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ALL.into_iter().flat_map(|capability| capability.routes).flatten()
}

/// The kinds of updates of all of them. Telegram is asked for these as well.
pub fn updates() -> impl Iterator<Item = &'static Kind> {
    ALL.into_iter().flat_map(|capability| capability.updates)
}

/// Declares the folders, and makes of them the list of all capabilities and of their ports.
macro_rules! list {
    ($($module:ident),* $(,)?) => {
        $(pub mod $module;)*

        /// Every capability.
        static ALL: [&Capability; [$(stringify!($module)),*].len()] = [$(&$module::EDGES),*];

        /// A port for each.
        pub fn ports(backends: &Backends<'_>) -> Capabilities {
            Capabilities { $($module: $module::port(backends)),* }
        }
    };
}
use list;

/// Makes `nameless <capability> ...` of a list: an arm for each, named as on the command line. Its
/// type derives `Subcommand` (and the line says `#[command(subcommand)]`) or `Args`; its
/// documentation is the help, and `async fn run(self, &Config)` gives what to print.
macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($what:ty)),* $(,)?) => {
        // No documentation here: flattened into the command line, it would replace the program's
        // own.
        #[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Command {
            $($(#[$attribute])* $name($what),)*
        }

        impl Command {
            /// Carries the command out: what to print.
            pub async fn run(self, config: &Config) -> anyhow::Result<String> {
                match self {
                    $(Command::$name(what) => what.run(config).await,)*
                }
            }
        }
    };
}
use commands;
