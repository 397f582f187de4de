//! What operators do, as values: what each act needs, and whether it has to be confirmed.

use super::ban::{BanKind, REASON_MAX};
use super::roles::{Permission, Role};
use crate::ids::{Seq, UserId};
use serde::{Deserialize, Serialize};

/// Days that a ban or a grant may have, at most.
pub const DAYS_MAX: u32 = 3_650;
/// Rows of a page at most.
pub const PAGE_MAX: u32 = 200;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// By name, as the audit log has it: `telegram:111`, `token:backup`, `cli`.
    pub name: String,
    /// What they are trusted with.
    pub role: Role,
}

/// Where an act comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The alerts chat.
    Chat,
    /// The HTTP API.
    Http,
    /// The command line.
    Cli,
}

impl Source {
    /// As the audit log has it.
    pub fn name(self) -> &'static str {
        match self {
            Source::Chat => "chat",
            Source::Http => "http",
            Source::Cli => "cli",
        }
    }
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Term {
    /// So many days, at least one.
    Days(u32),
    /// Until it is lifted.
    Forever,
}

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is wrong with who was reported: the reporter's word weighs less from now on.
    Dismissed,
    /// It was right, and acted upon.
    Upheld,
}

impl Verdict {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Dismissed => "dismissed",
            Verdict::Upheld => "upheld",
        }
    }
}

/// Something that an operator does or looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// Looks at figures.
    Stats,
    /// Looks at the actors and what they have to do.
    Health,
    /// Looks at who uses the bot, by id.
    People {
        /// Behind this id.
        after: i64,
        /// So many.
        limit: u32,
    },
    /// Looks at a person.
    Person {
        /// Whom.
        user: UserId,
    },
    /// Bans a person, in place of a ban that they have.
    Ban {
        /// Whom.
        user: UserId,
        /// How it is felt.
        kind: BanKind,
        /// For how long.
        term: Term,
        /// Why.
        reason: String,
    },
    /// Lifts a ban of either kind.
    Unban {
        /// Whose.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Grants premium, or adds to it.
    Grant {
        /// Whom.
        user: UserId,
        /// For how many days.
        days: u32,
    },
    /// Ends premium.
    Revoke {
        /// Whose.
        user: UserId,
    },
    /// Looks at the queue of open reports.
    Reports {
        /// So many.
        limit: u32,
    },
    /// Takes a report, so that nobody else works on it, and reads its evidence.
    Report {
        /// Which.
        report: i64,
    },
    /// Decides about a report.
    Decide {
        /// Which.
        report: i64,
        /// What is made of it.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Reads the audit log, the newest first.
    Audit {
        /// Before this entry.
        before: i64,
        /// So many.
        limit: u32,
    },
    /// Looks at updates that failed.
    DeadLetters {
        /// So many.
        limit: u32,
    },
    /// Has one of them handled again.
    Replay {
        /// Which.
        seq: Seq,
    },
    /// Looks at the configuration.
    Settings,
    /// Looks at the tokens of the API.
    Tokens,
    /// Makes one.
    CreateToken {
        /// Its name, of which there is no other.
        name: String,
        /// What its bearer may do.
        role: Role,
        /// For how many days it is good.
        days: u32,
    },
    /// Makes one of no use.
    RevokeToken {
        /// Its name.
        name: String,
    },
    /// Asked for something that their role may not, so that nobody read what it was in full. It is
    /// always refused, and written down.
    Attempt {
        /// The route.
        route: String,
        /// Whom it was about.
        user: Option<UserId>,
        /// What it takes.
        needs: Permission,
    },
}

/// Why an act is none that can be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No user has this id.
    User,
    /// It is not a number of days from 1 to [`DAYS_MAX`].
    Days,
    /// A reason is missing, has more than [`REASON_MAX`] characters, or characters that steer a
    /// terminal.
    Reason,
    /// A page has 1 to [`PAGE_MAX`] rows.
    Limit,
    /// A token's name has 1 to 40 letters, digits, dots and hyphens, a letter or digit first.
    Name,
}

impl Flaw {
    /// As it is told.
    pub fn name(self) -> &'static str {
        match self {
            Flaw::User => "user",
            Flaw::Days => "days",
            Flaw::Reason => "reason",
            Flaw::Limit => "limit",
            Flaw::Name => "name",
        }
    }
}

impl Act {
    /// As the audit log has it.
    pub fn name(&self) -> &'static str {
        match self {
            Act::Stats => "stats",
            Act::Health => "health",
            Act::People { .. } => "people",
            Act::Person { .. } => "person",
            Act::Ban { kind: BanKind::Ban, .. } => "ban",
            Act::Ban { kind: BanKind::Shadow, .. } => "shadow",
            Act::Unban { .. } => "unban",
            Act::Grant { .. } => "grant",
            Act::Revoke { .. } => "revoke",
            Act::Reports { .. } => "reports",
            Act::Report { .. } => "report",
            Act::Decide { .. } => "decide",
            Act::Audit { .. } => "audit",
            Act::DeadLetters { .. } => "dead_letters",
            Act::Replay { .. } => "replay",
            Act::Settings => "settings",
            Act::Tokens => "tokens",
            Act::CreateToken { .. } => "create_token",
            Act::RevokeToken { .. } => "revoke_token",
            Act::Attempt { .. } => "attempt",
        }
    }

    /// What it takes.
    pub fn needs(&self) -> Permission {
        match self {
            Act::Stats | Act::Health => Permission::SeeFigures,
            Act::People { .. } | Act::Person { .. } => Permission::SeePeople,
            Act::Ban { .. } | Act::Unban { .. } | Act::Decide { .. } => Permission::Moderate,
            Act::Grant { .. } | Act::Revoke { .. } => Permission::Grant,
            Act::Reports { .. } => Permission::SeeQueue,
            Act::Report { .. } => Permission::SeeEvidence,
            Act::Audit { .. } => Permission::SeeAudit,
            Act::DeadLetters { .. } | Act::Replay { .. } => Permission::Repair,
            Act::Settings => Permission::SeeSettings,
            Act::Tokens | Act::CreateToken { .. } | Act::RevokeToken { .. } => Permission::HandOutTokens,
            Act::Attempt { needs, .. } => *needs,
        }
    }

    /// Whether it is kept in the audit log also when it is carried out: all but looks at figures
    /// and queues, which tell nothing of anybody's words. What is refused is kept whatever it is.
    pub fn is_logged(&self) -> bool {
        !matches!(
            self,
            Act::Stats | Act::Health | Act::Reports { .. } | Act::DeadLetters { .. } | Act::Settings
        )
    }

    /// Whether it changes something, so that an idempotency key makes sense for it.
    pub fn changes(&self) -> bool {
        matches!(
            self,
            Act::Ban { .. }
                | Act::Unban { .. }
                | Act::Grant { .. }
                | Act::Revoke { .. }
                | Act::Decide { .. }
                | Act::Replay { .. }
                | Act::CreateToken { .. }
                | Act::RevokeToken { .. }
        )
    }

    /// Whether a second tap has to confirm it in a chat: what takes something from somebody.
    pub fn is_destructive(&self) -> bool {
        matches!(self, Act::Ban { .. } | Act::Revoke { .. } | Act::RevokeToken { .. })
    }

    /// Whom it is about.
    pub fn whom(&self) -> Option<UserId> {
        match self {
            Act::Person { user }
            | Act::Ban { user, .. }
            | Act::Unban { user, .. }
            | Act::Grant { user, .. }
            | Act::Revoke { user } => Some(*user),
            Act::Attempt { user, .. } => *user,
            _ => None,
        }
    }

    /// The reason given for it.
    pub fn reason(&self) -> &str {
        match self {
            Act::Ban { reason, .. } | Act::Unban { reason, .. } | Act::Decide { reason, .. } => reason,
            _ => "",
        }
    }

    /// Its further particulars for the audit log: numbers and names of operators' own, nobody's id.
    pub fn detail(&self) -> String {
        match self {
            Act::Ban { term: Term::Days(days), .. } => format!("days={days}"),
            Act::Ban { term: Term::Forever, .. } => "forever".to_owned(),
            Act::Grant { days, .. } => format!("days={days}"),
            Act::Report { report } => format!("report={report}"),
            Act::Decide { report, verdict, .. } => format!("report={report} verdict={}", verdict.name()),
            Act::Replay { seq } => format!("seq={}", seq.0),
            Act::CreateToken { name, role, days } => {
                format!("token={name} role={} days={days}", role.name())
            }
            Act::RevokeToken { name } => format!("token={name}"),
            Act::Attempt { route, .. } => format!("route={route}"),
            Act::People { limit, .. }
            | Act::Reports { limit }
            | Act::Audit { limit, .. }
            | Act::DeadLetters { limit } => format!("limit={limit}"),
            Act::Stats
            | Act::Health
            | Act::Person { .. }
            | Act::Unban { .. }
            | Act::Revoke { .. }
            | Act::Settings
            | Act::Tokens => String::new(),
        }
    }

    /// What is wrong with it, whoever asks.
    pub fn flaw(&self) -> Option<Flaw> {
        if self.whom().is_some_and(|user| !(1..1 << 52).contains(&user.0)) {
            return Some(Flaw::User);
        }
        match self {
            Act::Ban { term: Term::Days(days), .. } | Act::Grant { days, .. }
                if !(1..=DAYS_MAX).contains(days) =>
            {
                Some(Flaw::Days)
            }
            Act::CreateToken { days, .. } if !(1..=DAYS_MAX).contains(days) => Some(Flaw::Days),
            Act::Ban { reason, .. } | Act::Unban { reason, .. } | Act::Decide { reason, .. }
                if is_no_reason(reason) =>
            {
                Some(Flaw::Reason)
            }
            Act::People { limit, .. }
            | Act::Reports { limit }
            | Act::Audit { limit, .. }
            | Act::DeadLetters { limit }
                if !(1..=PAGE_MAX).contains(limit) =>
            {
                Some(Flaw::Limit)
            }
            Act::CreateToken { name, .. } | Act::RevokeToken { name } if !is_name(name) => Some(Flaw::Name),
            _ => None,
        }
    }
}

/// Whether this says nothing, or says it in characters that no keyboard has.
fn is_no_reason(reason: &str) -> bool {
    reason.chars().all(|c| matches!(c, ' ' | '\n'))
        || reason.chars().any(|c| c.is_ascii_control() && c != '\n')
        || reason.chars().take(REASON_MAX + 1).count() > REASON_MAX
}

/// Whether a token may be called so.
fn is_name(name: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    (1..=40).contains(&name.len()) && name.bytes().all(letter) && name.as_bytes()[0].is_ascii_alphanumeric()
}

/// Why an act is refused before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It takes a permission that the actor's role does not have.
    Forbidden(Permission),
    /// It cannot be carried out as it is.
    Flawed(Flaw),
}

/// Whether this actor may do this.
pub fn judge(actor: &Actor, act: &Act) -> Result<(), Refusal> {
    let needed = act.needs();
    if !actor.role.may(needed) {
        return Err(Refusal::Forbidden(needed));
    }
    act.flaw().map_or(Ok(()), |flaw| Err(Refusal::Flawed(flaw)))
}
