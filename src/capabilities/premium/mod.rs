//! Premium at the edges: its texts, and `nameless premium`.

pub mod cli;

use super::Capability;
use crate::locale::texts;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("premium"));
