//! Capabilities at the edges of the program: what they bring to the lists that others read.

use crate::config::setting::Section;

/// Every capability.
static ALL: [&Capability; 0] = [];

/// What a capability brings to the edges.
pub struct Capability {
    settings: Option<&'static Section>,
}

impl Capability {
    /// One that brings nothing yet.
    pub const BARE: Capability = Capability { settings: None };

    /// Brings settings, a section of the configuration.
    pub const fn settings(self, section: &'static Section) -> Capability {
        Capability { settings: Some(section) }
    }
}

/// The settings of all of them.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    ALL.into_iter().filter_map(|capability| capability.settings)
}
