//! The core's settings, a file per section: the statements, and the typed values that they become.

pub mod files;
pub mod http;
pub mod logging;
pub mod pacing;
pub mod rules;
pub mod runtime;
pub mod store;
pub mod telegram;

use super::setting::Section;

/// Every section of the core, in the order in which they are shown.
pub static CORE: [&Section; 8] = [
    &files::SECTION,
    &telegram::SECTION,
    &store::SECTION,
    &http::SECTION,
    &pacing::SECTION,
    &rules::SECTION,
    &runtime::SECTION,
    &logging::SECTION,
];
