//! Capabilities at the edges of the program: what they bring to the lists that others read.

use crate::config::setting::Section;
use crate::http::routes::Route;

/// Every capability.
static ALL: [&Capability; 0] = [];

/// What a capability brings to the edges.
pub struct Capability {
    settings: Option<&'static Section>,
    routes: &'static [Route],
}

impl Capability {
    /// One that brings nothing yet.
    pub const BARE: Capability = Capability { settings: None, routes: &[] };

    /// Brings settings, a section of the configuration.
    pub const fn settings(self, section: &'static Section) -> Capability {
        Capability { settings: Some(section), ..self }
    }

    /// Brings routes of the HTTP servers.
    pub const fn routes(self, routes: &'static [Route]) -> Capability {
        Capability { routes, ..self }
    }
}

/// The settings of all of them.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    ALL.into_iter().filter_map(|capability| capability.settings)
}

/// The routes of all of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ALL.into_iter().flat_map(|capability| capability.routes)
}
