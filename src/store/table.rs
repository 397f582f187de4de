//! What is declared of each table, in the file of its aggregate: whose ids and words it holds, how
//! long its rows live, and how they are exported, erased and expired. Export, erasure and expiry
//! walk the declarations (see [`schema`](super::schema)); nothing else names all tables.
//!
//! `tests/stores/store/declared.rs` compares the declarations with the columns that PostgreSQL has,
//! and with what an erasure really leaves.

use super::keys::Keys;
use super::pg::{Conn, Fault};
use nameless_actors::ports::PortFuture;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::Value;

/// A table's declaration. Every column whose type could hold an id or words stands in one of `ids`,
/// `words` and `other`.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How long its rows live, for people: docs/architecture.md says it in the same words.
    pub life: &'static str,
    /// Columns that name users: ids, hashes of ids, lists and JSON with ids in them.
    pub ids: &'static [&'static str],
    /// Columns with what people wrote or chose, sealed or not, and with keys that open it.
    pub words: &'static [&'static str],
    /// The rest: times, numbers, words of the program's own.
    pub other: &'static [&'static str],
    /// Columns among `ids` and `words` in which something of a user's outlives their erasure, and
    /// why that may be.
    pub stays: &'static [(&'static str, &'static str)],
    /// How its rows come into a user's copy of their data.
    pub(crate) export: Export,
    /// How a user's rows go when they erase themselves.
    pub(crate) erasure: Erasure,
    /// How rows go that are past their time.
    pub(crate) expiry: Expiry,
}

impl Table {
    /// Why its rows are in no export; none if they are in it.
    pub fn why_not_exported(&self) -> Option<&'static str> {
        match self.export {
            Export::Section(..) | Export::Messages => None,
            Export::No(why) => Some(why),
        }
    }

    /// Why an erasure does nothing here; none if it does.
    pub fn why_not_erased(&self) -> Option<&'static str> {
        match self.erasure {
            Erasure::Steps(_) => None,
            Erasure::No(why) => Some(why),
        }
    }

    /// What ends its rows, if it is not the hourly expiry.
    pub fn why_not_expired(&self) -> Option<&'static str> {
        match self.expiry {
            Expiry::Rows { .. } => None,
            Expiry::No(why) => Some(why),
        }
    }
}

/// Reads what an export says of a user.
pub(crate) type Read = for<'a> fn(&'a mut Conn, &'a Keys, UserId) -> PortFuture<'a, Result<Value, Fault>>;

/// How rows are exported.
pub(crate) enum Export {
    /// As a section of the first file, under a name of its own. In the user's own terms, with
    /// nothing of others.
    Section(&'static str, Read),
    /// As the messages, which fill the files.
    Messages,
    /// Not, or by another table's section; says why.
    No(&'static str),
}

/// How a user's rows are erased.
pub(crate) enum Erasure {
    /// By these, each in its stage.
    Steps(&'static [Step]),
    /// They are not, or go along with others; says why.
    No(&'static str),
}

/// When a step of an erasure is taken. Within a stage the order is that of
/// [`schema`](super::schema).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// First of all the key: from here on what was sealed under it is unreadable wherever copies of
    /// it are.
    Keys,
    /// What has to be noted of rows while they are there.
    Notes,
    /// Rows.
    Rows,
    /// The account. Who writes for a user from beside their session locks it (`FOR KEY SHARE`).
    Account,
    /// Rows that are written under that lock: now either the writer has finished, or it finds
    /// nobody.
    Locked,
    /// Names in rows through which the stages before found theirs.
    Names,
    /// That it happened.
    Log,
}

impl Stage {
    /// All, in their order.
    pub(crate) const ALL: [Stage; 7] =
        [Stage::Keys, Stage::Notes, Stage::Rows, Stage::Account, Stage::Locked, Stage::Names, Stage::Log];
}

/// A step of an erasure.
pub(crate) struct Step {
    pub(crate) stage: Stage,
    pub(crate) action: Action,
}

/// What a step does.
pub(crate) enum Action {
    /// A statement; `$1` is the user.
    Sql(&'static str),
    /// What takes more than the user's id.
    Routine(Routine),
}

/// A step that is not one statement.
pub(crate) type Routine = for<'a> fn(&'a mut Conn, Erasing<'a>) -> PortFuture<'a, Result<(), Fault>>;

/// Whose erasure is under way.
#[derive(Clone, Copy)]
pub(crate) struct Erasing<'a> {
    pub(crate) user: UserId,
    pub(crate) keys: &'a Keys,
    pub(crate) now: Millis,
}

impl Step {
    /// Removes rows; `$1` is the user.
    pub(crate) const fn rows(sql: &'static str) -> Step {
        Step::at(Stage::Rows, sql)
    }

    /// Runs a statement in some stage; `$1` is the user.
    pub(crate) const fn at(stage: Stage, sql: &'static str) -> Step {
        Step { stage, action: Action::Sql(sql) }
    }

    /// Does in some stage what takes more than the user's id.
    pub(crate) const fn routine(stage: Stage, routine: Routine) -> Step {
        Step { stage, action: Action::Routine(routine) }
    }
}

/// How rows expire.
pub(crate) enum Expiry {
    /// A chunk at a time by `sql`, which touches at most `$2` rows of before `$1`.
    Rows {
        /// What lies before this moment is past its time.
        before: fn(Lives) -> Millis,
        /// The statement. It finds its rows along an index.
        sql: &'static str,
    },
    /// By something else than the hourly expiry, or never; says what ends them.
    No(&'static str),
}

/// What lives are counted from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lives {
    pub(crate) now: Millis,
    pub(crate) history_days: u32,
}

impl Lives {
    /// So many hours ago.
    pub(crate) fn hours(self, hours: i64) -> Millis {
        self.now.plus(-3_600_000 * hours)
    }

    /// So many days ago.
    pub(crate) fn days(self, days: i64) -> Millis {
        self.hours(24 * days)
    }

    /// `HISTORY_DAYS` ago.
    pub(crate) fn history(self) -> Millis {
        self.days(i64::from(self.history_days))
    }
}
