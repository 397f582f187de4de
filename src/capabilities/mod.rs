//! Capabilities at the edges of the program: what they bring to the lists that others read.

pub mod premium;

use crate::config::setting::Section;
use crate::http::routes::Route;
use crate::locale::Source;

/// Every capability.
static ALL: [&Capability; 1] = [&premium::EDGES];

/// What a capability brings to the edges.
pub struct Capability {
    texts: Option<Source>,
    settings: Option<&'static Section>,
    routes: &'static [Route],
}

impl Capability {
    /// One that brings nothing yet.
    pub const BARE: Capability = Capability { texts: None, settings: None, routes: &[] };

    /// Brings texts: `texts!("name")` reads `config/locales/LANG/name.ftl`.
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
