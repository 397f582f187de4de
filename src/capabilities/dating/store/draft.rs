//! A profile while its owner answers questions, and how it goes.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::profile::Question;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// What is known of somebody who answers.
pub(super) struct Draft {
    pub standing: String,
    pub has_birth: bool,
    pub has_words: bool,
    pub cell: Option<i32>,
    pub has_goal: bool,
    pub asks: Option<Question>,
    pub asked: Millis,
    pub heard: i64,
    pub sealed: Option<Vec<u8>>,
    pub day: i32,
    pub moves: i32,
}

const DRAFT: &str = "\
    SELECT standing, birth IS NOT NULL AS has_birth, sealed, cell, goal IS NOT NULL AS has_goal, asks, asked, heard,
        day, moves
    FROM dating_profiles WHERE user_id = $1 FOR UPDATE";

/// Cards that were dealt by other wishes, and have not been seen. A super-like keeps its place.
pub(super) const STALE: &str = "DELETE FROM dating_cards WHERE viewer = $1 AND served IS NULL AND place >= 0";

/// What is known of this person, locked until the transaction ends.
pub(super) async fn lock(conn: &mut Conn, user: UserId) -> Result<Option<Draft>, Fault> {
    let rows = conn.query(DRAFT, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
    Ok(Some(Draft {
        standing: row.try_get("standing")?,
        has_birth: row.try_get("has_birth")?,
        has_words: sealed.is_some(),
        cell: row.try_get("cell")?,
        has_goal: row.try_get("has_goal")?,
        asks: row.try_get::<_, Option<&str>>("asks")?.and_then(Question::of_word),
        asked: Millis(row.try_get("asked")?),
        heard: row.try_get("heard")?,
        sealed,
        day: row.try_get("day")?,
        moves: row.try_get("moves")?,
    }))
}

impl Draft {
    pub fn is_draft(&self) -> bool {
        self.standing == "draft"
    }

    /// The first question that is not answered.
    pub fn missing(&self) -> Question {
        match self {
            Draft { has_birth: false, .. } => Question::Birth,
            Draft { has_words: false, .. } => Question::Name,
            Draft { cell: None, .. } => Question::City,
            Draft { has_goal: false, .. } => Question::Goal,
            _ => Question::Bio,
        }
    }
}

/// No other photo is asked for any more.
pub(super) async fn close_more(conn: &mut Conn, user: UserId, draft: &Draft) -> Result<(), Fault> {
    match draft.asks {
        Some(Question::More) => {
            let sql = "UPDATE dating_profiles SET asks = NULL WHERE user_id = $1";
            conn.execute(sql, &[&user.0]).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Who said that they are not 18. Another hash than that of who was turned away at the door.
pub(super) fn minor_hash(keys: &Keys, user: UserId) -> Vec<u8> {
    keys.turned_away_hash(UserId(!user.0))
}

/// Whose profile an operator hid. Another hash than that of bans and of the audit log.
pub(super) fn hidden_hash(keys: &Keys, user: UserId) -> Vec<u8> {
    keys.subject_hash(UserId(!user.0))
}
