//! What whoever comes to the menu reads, for all sessions of the process.

use crate::kernel::{read_lock, write_lock};
use nameless_domain::capabilities::news::Texts;
use nameless_domain::text::Lang;
use std::sync::RwLock;

/// The announcement that is up, if one is.
#[derive(Debug, Default)]
pub struct Board(RwLock<Option<Texts>>);

impl Board {
    /// Puts one up, in place of what is; none takes that down.
    pub fn put(&self, text: Option<Texts>) {
        *write_lock(&self.0) = text;
    }

    /// What somebody of this language reads.
    pub fn says(&self, lang: Lang) -> Option<String> {
        read_lock(&self.0).as_ref().and_then(|text| text.of(lang).map(str::to_owned))
    }
}
