//! News at the edges: its tables, its texts, what operators do with broadcasts.

mod acts;
pub mod cli;
mod course;
mod tables;

pub(crate) use acts::{draft, line, list, steer};
pub(crate) use tables::TABLES;

use super::{Backends, Capability};
use crate::locale::texts;
use nameless_actors::capabilities::NewsStore;
use std::sync::Arc;

/// What it brings.
pub static EDGES: Capability = Capability::BARE.texts(texts!("news"));

/// Keeps it in the database.
pub(super) fn port(backends: &Backends<'_>) -> Arc<dyn NewsStore> {
    Arc::new(backends.store.clone())
}

/// Who may be told anything, of `accounts a`: they have said that they are 18, have not blocked the
/// bot, want to hear it, and are not banned. `$1` is the time. A shadow is told what all are told.
macro_rules! fit {
    () => {
        "a.adult_at IS NOT NULL AND NOT a.blocked_bot
        AND NOT EXISTS (SELECT FROM news_off n WHERE n.user_id = a.user_id)
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = a.user_id AND b.kind = 'ban' AND b.until > $1)"
    };
}

/// Whom a broadcast is for, among them: `$2` is the language, `$3` since when they were here, `$4`
/// whether they have premium; each may be null.
macro_rules! wanted {
    () => {
        "($2::text IS NULL OR a.lang = $2)
        AND ($3::bigint IS NULL OR EXISTS (
            SELECT FROM activity v WHERE v.user_id = a.user_id AND v.last_seen >= $3))
        AND ($4::boolean IS NULL OR $4 = EXISTS (
            SELECT FROM entitlements e WHERE e.user_id = a.user_id AND e.kind = 'premium' AND e.until > $1))"
    };
}

use fit;
use wanted;
