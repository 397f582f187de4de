//! Premium at the edges: its texts.

use super::Capability;
use crate::locale::texts;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("premium"));
