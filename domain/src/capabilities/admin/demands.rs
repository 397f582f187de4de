//! What an act takes: a permission, a second tap, a second owner; and what it is tied to.

use super::acts::Act;
use super::particulars::Many;
use super::roles::Permission;
use crate::capabilities::news::Steer;

impl Act {
    /// What it takes.
    pub fn needs(&self) -> Permission {
        match self {
            Act::Stats | Act::Health | Act::Activity { .. } | Act::Retention { .. } => Permission::SeeFigures,
            Act::People { .. }
            | Act::Person { .. }
            | Act::Detections { .. }
            | Act::Pairs { .. }
            | Act::History { .. } => Permission::SeePeople,
            Act::Ban { .. }
            | Act::Unban { .. }
            | Act::Decide { .. }
            | Act::Warn { .. }
            | Act::Note { .. }
            | Act::AnswerAppeal { .. }
            | Act::Delete { .. }
            | Act::RulePhoto { .. }
            | Act::Hide { .. } => Permission::Moderate,
            Act::Grant { .. } | Act::Revoke { .. } => Permission::Grant,
            Act::Reports { .. } | Act::Photos { .. } => Permission::SeeQueue,
            Act::Report { .. } | Act::Photo { .. } | Act::Picture { .. } | Act::Appeals { .. } => {
                Permission::SeeEvidence
            }
            Act::Dialogs { .. } => Permission::ReadDialogs,
            Act::Broadcasts { .. }
            | Act::Broadcast { .. }
            | Act::DraftBroadcast { .. }
            | Act::PreviewBroadcast { .. }
            | Act::SteerBroadcast { .. } => Permission::Broadcast,
            Act::Audit { .. } => Permission::SeeAudit,
            Act::DeadLetters { .. } | Act::Replay { .. } | Act::Mend { .. } => Permission::Repair,
            Act::Payments { .. } | Act::Payment { .. } => Permission::SeePayments,
            Act::Refund { .. } => Permission::Refund,
            Act::Settings => Permission::SeeSettings,
            Act::Preview { of: Many::Replay { .. } | Many::Drop { .. } }
            | Act::Many { of: Many::Replay { .. } | Many::Drop { .. }, .. } => Permission::Repair,
            Act::Preview { .. } | Act::Many { .. } => Permission::Moderate,
            Act::Erase { .. } | Act::Requests { .. } | Act::Approve { .. } | Act::Refuse { .. } => {
                Permission::Erase
            }
            Act::Tokens | Act::CreateToken { .. } | Act::RevokeToken { .. } => Permission::HandOutTokens,
            Act::Desk(deed) => deed.facts().needs,
            Act::IfSeen { what, .. } => what.needs(),
            Act::Attempt { needs, .. } => *needs,
        }
    }

    /// Whether it changes something, so that an idempotency key makes sense for it.
    pub fn changes(&self) -> bool {
        if let Act::Desk(deed) = self.bare() {
            return deed.facts().changes;
        }
        matches!(
            self.bare(),
            Act::Ban { .. }
                | Act::Unban { .. }
                | Act::Grant { .. }
                | Act::Revoke { .. }
                | Act::Refund { .. }
                | Act::Decide { .. }
                | Act::RulePhoto { .. }
                | Act::Warn { .. }
                | Act::Note { .. }
                | Act::AnswerAppeal { .. }
                | Act::Delete { .. }
                | Act::Hide { .. }
                | Act::Replay { .. }
                | Act::Erase { .. }
                | Act::Many { .. }
                | Act::Approve { .. }
                | Act::Refuse { .. }
                | Act::CreateToken { .. }
                | Act::RevokeToken { .. }
                | Act::DraftBroadcast { .. }
                | Act::SteerBroadcast { .. }
        )
    }

    /// Whether a second tap has to confirm it in a chat: what takes something from somebody, and
    /// what cannot be taken back.
    pub fn is_destructive(&self) -> bool {
        if let Act::Desk(deed) = self.bare() {
            return !deed.facts().follows.is_empty();
        }
        matches!(
            self.bare(),
            Act::Ban { .. }
                | Act::Revoke { .. }
                | Act::Refund { .. }
                | Act::RevokeToken { .. }
                | Act::Warn { .. }
                | Act::AnswerAppeal { .. }
                | Act::Delete { .. }
                | Act::SteerBroadcast { steer: Steer::Start | Steer::Cancel, .. }
                | Act::Erase { .. }
                | Act::Many { .. }
                | Act::Approve { .. }
        )
    }

    /// Whether a second owner has to agree, where that is asked for: what nobody can bring back.
    pub fn takes_two(&self) -> bool {
        match self.bare() {
            Act::Desk(deed) => deed.facts().takes_two,
            act => matches!(act, Act::Erase { .. } | Act::Refund { .. }),
        }
    }

    /// The act itself, without what it is tied to.
    pub fn bare(&self) -> &Act {
        match self {
            Act::IfSeen { what, .. } => what.bare(),
            act => act,
        }
    }

    /// The act itself, and what has to be as it was for it.
    pub fn untied(self) -> (Act, Option<String>) {
        match self {
            Act::IfSeen { seen, what } => (what.untied().0, Some(seen)),
            act => (act, None),
        }
    }
}
