//! Capabilities at the edges of the program: their texts, settings, routes and commands.
//!
//! A capability has a folder here and a line in each of the two lists below. What it decides is in
//! `domain`, who carries it out in `actors`; docs/architecture.md has the whole recipe.

pub mod premium;

use crate::config::Config;
use crate::config::setting::Section;
use crate::http::routes::Route;
use crate::locale::Source;
use clap::Subcommand;

/// Every capability.
static ALL: [&Capability; 1] = [&premium::EDGES];

commands! {
    Premium(premium::cli::Premium),
}

/// What a capability brings to the edges.
pub struct Capability {
    texts: Option<Source>,
    settings: Option<&'static Section>,
    routes: &'static [Route],
}

impl Capability {
    /// One that brings nothing yet.
    pub const BARE: Capability = Capability { texts: None, settings: None, routes: &[] };

    /// Brings texts: `texts: locale::texts!("name")` reads `config/locales/LANG/name.ftl`.
    pub const fn texts(self, texts: Source) -> Capability {
        Capability { texts: Some(texts), ..self }
    }

    /// Brings settings, a section of the configuration.
    pub const fn settings(self, section: &'static Section) -> Capability {
        Capability { settings: Some(section), ..self }
    }

    /// Brings routes of the HTTP servers.
    pub const fn routes(self, routes: &'static [Route]) -> Capability {
        Capability { routes, ..self }
    }
}

/// The texts of all of them.
pub fn texts() -> impl Iterator<Item = Source> {
    ALL.into_iter().filter_map(|capability| capability.texts)
}

/// The settings of all of them.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    ALL.into_iter().filter_map(|capability| capability.settings)
}

/// The routes of all of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ALL.into_iter().flat_map(|capability| capability.routes)
}

/// Makes `nameless <capability> ...` of a list: an arm for each, named as on the command line. Its
/// type derives `Subcommand`, whose documentation is the help, and has
/// `async fn run(self, &Config)`, which gives what to print.
macro_rules! commands {
    ($($name:ident($what:ty)),* $(,)?) => {
        // No documentation here: flattened into the command line, it would replace the program's
        // own.
        #[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Command {
            $(#[command(subcommand)] $name($what),)*
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
