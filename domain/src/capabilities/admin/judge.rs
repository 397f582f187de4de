//! Whether an act can be carried out at all, and whether this actor may.

use super::acts::{Act, Actor, DAYS_MAX, PAGE_MAX};
use super::ban::REASON_MAX;
use super::particulars::{MANY_MAX, Many, Persons, Term};
use super::roles::Permission;
use crate::capabilities::news::draft;

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
    /// It is not said who paid, and they have erased themselves; or it was somebody else.
    Payer,
    /// So much of a payment cannot go back: only of one by card, and no more than is left.
    Part,
    /// A token's name has 1 to 40 letters, digits, dots and hyphens, a letter or digit first.
    Name,
    /// A broadcast's text.
    Text,
    /// A broadcast's button.
    Link,
    /// The moment at which a broadcast is to leave.
    When,
}

impl Flaw {
    /// As it is told.
    pub fn name(self) -> &'static str {
        match self {
            Flaw::User => "user",
            Flaw::Days => "days",
            Flaw::Reason => "reason",
            Flaw::Limit => "limit",
            Flaw::Payer => "payer",
            Flaw::Part => "part",
            Flaw::Name => "name",
            Flaw::Text => "text",
            Flaw::Link => "link",
            Flaw::When => "at",
        }
    }
}

impl Act {
    /// What is wrong with it, whoever asks.
    pub fn flaw(&self) -> Option<Flaw> {
        if self.whom().is_some_and(|user| !(1..1 << 52).contains(&user.0)) {
            return Some(Flaw::User);
        }
        if let Act::IfSeen { what, .. } = self {
            return what.flaw();
        }
        if let Act::Desk(deed) = self {
            return deed.facts().flaw;
        }
        if let Act::Preview { of } | Act::Many { of, .. } = self
            && let Some(flaw) = flaw_of(of)
        {
            return Some(flaw);
        }
        match self {
            Act::Ban { term: Term::Days(days), .. } | Act::Grant { days, .. }
                if !(1..=DAYS_MAX).contains(days) =>
            {
                Some(Flaw::Days)
            }
            Act::DraftBroadcast { draft } => draft.flaw().map(|flaw| match flaw {
                draft::Flaw::Text => Flaw::Text,
                draft::Flaw::Link => Flaw::Link,
                draft::Flaw::When => Flaw::When,
                draft::Flaw::Days => Flaw::Days,
            }),
            Act::CreateToken { days, .. } if !(1..=DAYS_MAX).contains(days) => Some(Flaw::Days),
            Act::People { of: Persons { active: Some(days), .. }, .. } if !(1..=DAYS_MAX).contains(days) => {
                Some(Flaw::Days)
            }
            Act::Activity { days } | Act::Retention { days } if !(1..=60).contains(days) => Some(Flaw::Limit),
            Act::Ban { reason, .. }
            | Act::Unban { reason, .. }
            | Act::Decide { reason, .. }
            | Act::Warn { reason, .. }
            | Act::AnswerAppeal { reason, .. }
            | Act::Delete { reason, .. }
            | Act::Dialogs { reason, .. }
            | Act::Photo { reason, .. }
            | Act::Refund { reason, .. }
            | Act::RulePhoto { reason, .. }
            | Act::Erase { reason, .. }
            | Act::Refuse { reason, .. }
            | Act::Many { reason, .. }
            | Act::Note { words: reason, .. }
                if is_no_reason(reason) =>
            {
                Some(Flaw::Reason)
            }
            Act::People { limit, .. }
            | Act::Reports { limit }
            | Act::Audit { limit, .. }
            | Act::Appeals { limit }
            | Act::Detections { limit }
            | Act::Photos { limit }
            | Act::Payments { limit, .. }
            | Act::Broadcasts { limit, .. }
            | Act::Pairs { limit, .. }
            | Act::Requests { limit }
            | Act::DeadLetters { limit }
                if !(1..=PAGE_MAX).contains(limit) =>
            {
                Some(Flaw::Limit)
            }
            Act::Many { expects, .. } if *expects > MANY_MAX => Some(Flaw::Limit),
            Act::CreateToken { name, .. } | Act::RevokeToken { name } if !is_name(name) => Some(Flaw::Name),
            _ => None,
        }
    }
}

/// Characters of an error by which updates that failed are chosen.
const ERROR_MAX: usize = 1_000;

fn flaw_of(many: &Many) -> Option<Flaw> {
    match many {
        Many::Ban { users, .. } if !(1..=MANY_MAX as usize).contains(&users.len()) => Some(Flaw::Limit),
        Many::Ban { users, .. } if users.iter().any(|user| !(1..1 << 52).contains(&user.0)) => {
            Some(Flaw::User)
        }
        Many::Ban { term: Term::Days(days), .. } if !(1..=DAYS_MAX).contains(days) => Some(Flaw::Days),
        // No error has it, and PostgreSQL takes none; nor is any so long.
        Many::Replay { error } | Many::Drop { error }
            if error.contains('\0') || error.chars().take(ERROR_MAX + 1).count() > ERROR_MAX =>
        {
            Some(Flaw::Reason)
        }
        _ => None,
    }
}

/// Whether this says nothing, or says it in characters that no keyboard has.
pub(super) fn is_no_reason(reason: &str) -> bool {
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
