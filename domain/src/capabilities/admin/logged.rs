//! What the audit log has of an act.

use super::acts::Act;
use super::ban::BanKind;
use super::particulars::{Mending, Term};
use crate::capabilities::news::Steer;
use crate::ids::UserId;

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
            Act::Photos { .. } => "photos",
            Act::Photo { .. } => "photo",
            Act::Picture { .. } => "picture",
            Act::RulePhoto { .. } => "rule_photo",
            Act::Audit { .. } => "audit",
            Act::DeadLetters { .. } => "dead_letters",
            Act::Replay { .. } => "replay",
            Act::Settings => "settings",
            Act::Tokens => "tokens",
            Act::CreateToken { .. } => "create_token",
            Act::RevokeToken { .. } => "revoke_token",
            Act::Mend { what: Mending::Read, .. } => "read_dead_letter",
            Act::Mend { what: Mending::Replay, .. } => "replay",
            Act::Mend { what: Mending::Drop, .. } => "drop_dead_letter",
            Act::Attempt { .. } => "attempt",
            Act::Warn { .. } => "warn",
            Act::Note { .. } => "note",
            Act::Appeals { .. } => "appeals",
            Act::AnswerAppeal { .. } => "answer_appeal",
            Act::Delete { .. } => "delete",
            Act::Hide { .. } => "hide",
            Act::Detections { .. } => "detections",
            Act::Dialogs { .. } => "dialogs",
            Act::Activity { .. } => "activity",
            Act::Retention { .. } => "retention",
            Act::Payments { .. } => "payments",
            Act::Payment { .. } => "payment",
            Act::Refund { .. } => "refund",
            Act::Pairs { .. } => "pairs",
            Act::History { .. } => "history",
            Act::Broadcasts { .. } => "broadcasts",
            Act::Broadcast { .. } => "broadcast",
            Act::DraftBroadcast { .. } => "draft_broadcast",
            Act::PreviewBroadcast { .. } => "preview_broadcast",
            Act::SteerBroadcast { steer, .. } => match steer {
                Steer::Start => "start_broadcast",
                Steer::Pause => "pause_broadcast",
                Steer::Resume => "resume_broadcast",
                Steer::Cancel => "cancel_broadcast",
            },
            Act::Erase { .. } => "erase",
            Act::Preview { .. } => "preview",
            Act::Desk(deed) => deed.facts().name,
            Act::IfSeen { what, .. } => what.name(),
            Act::Many { .. } => "many",
            Act::Requests { .. } => "requests",
            Act::Approve { .. } => "approve",
            Act::Refuse { .. } => "refuse",
        }
    }

    /// Whether it is kept in the audit log also when it is carried out: all but looks at figures
    /// and queues, which tell nothing of anybody's words. What is refused is kept whatever it is.
    pub fn is_logged(&self) -> bool {
        if let Act::Desk(deed) = self.bare() {
            return deed.facts().logged;
        }
        !matches!(
            self.bare(),
            Act::Stats
                | Act::Health
                | Act::Reports { .. }
                | Act::Photos { .. }
                | Act::Picture { .. }
                | Act::DeadLetters { .. }
                | Act::Settings
                | Act::Activity { .. }
                | Act::Retention { .. }
                | Act::Broadcasts { .. }
                | Act::Broadcast { .. }
                | Act::Requests { .. }
                | Act::Preview { .. }
        )
    }

    /// Whom it is about.
    pub fn whom(&self) -> Option<UserId> {
        match self.bare() {
            Act::Person { user }
            | Act::Ban { user, .. }
            | Act::Unban { user, .. }
            | Act::Grant { user, .. }
            | Act::Revoke { user }
            | Act::Warn { user, .. }
            | Act::Note { user, .. }
            | Act::AnswerAppeal { user, .. }
            | Act::Delete { user, .. }
            | Act::Hide { user, .. }
            | Act::History { user }
            | Act::Erase { user, .. }
            | Act::Dialogs { user, .. } => Some(*user),
            Act::Attempt { user, .. } | Act::Mend { user, .. } => *user,
            Act::Desk(deed) => deed.facts().whom,
            Act::Audit { of, .. } => of.whom,
            Act::Payments { of, .. } => *of,
            Act::Refund { payer, .. } => *payer,
            _ => None,
        }
    }

    /// The reason given for it.
    pub fn reason(&self) -> &str {
        match self.bare() {
            Act::Ban { reason, .. }
            | Act::Unban { reason, .. }
            | Act::Decide { reason, .. }
            | Act::Warn { reason, .. }
            | Act::AnswerAppeal { reason, .. }
            | Act::Delete { reason, .. }
            | Act::Photo { reason, .. }
            | Act::Refund { reason, .. }
            | Act::RulePhoto { reason, .. }
            | Act::Erase { reason, .. }
            | Act::Refuse { reason, .. }
            | Act::Many { reason, .. }
            | Act::Dialogs { reason, .. } => reason,
            Act::Desk(deed) => deed.facts().reason,
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
            Act::Photo { photo, .. } | Act::Picture { photo } => format!("photo={photo}"),
            Act::RulePhoto { photo, ruling, .. } => format!("photo={photo} ruling={}", ruling.name()),
            Act::Refund { payment, part: Some(part), .. } => format!("payment={payment} part={part}"),
            Act::Payment { payment } | Act::Refund { payment, .. } => format!("payment={payment}"),
            Act::Replay { seq } => format!("seq={}", seq.0),
            Act::CreateToken { name, role, days } => {
                format!("token={name} role={} days={days}", role.name())
            }
            Act::RevokeToken { name } => format!("token={name}"),
            Act::Attempt { route, .. } => format!("route={route}"),
            Act::Mend { seq: Some(seq), .. } => format!("seq={}", seq.0),
            Act::Mend { seq: None, .. } => "all".to_owned(),
            Act::People { limit, .. }
            | Act::Reports { limit }
            | Act::Photos { limit }
            | Act::Audit { limit, .. }
            | Act::Appeals { limit }
            | Act::Detections { limit }
            | Act::Payments { limit, .. }
            | Act::Broadcasts { limit, .. }
            | Act::Pairs { limit, .. }
            | Act::Requests { limit }
            | Act::DeadLetters { limit } => format!("limit={limit}"),
            Act::Desk(deed) => deed.facts().detail,
            Act::IfSeen { what, .. } => what.detail(),
            Act::Preview { of } => format!("what={}", of.name()),
            Act::Many { of, expects, .. } => format!("what={} expects={expects}", of.name()),
            Act::Approve { request } | Act::Refuse { request, .. } => format!("request={request}"),
            Act::AnswerAppeal { accepted, .. } => format!("accepted={accepted}"),
            Act::Hide { why, .. } => format!("why={}", why.name()),
            Act::Broadcast { broadcast }
            | Act::PreviewBroadcast { broadcast }
            | Act::SteerBroadcast { broadcast, .. } => format!("broadcast={broadcast}"),
            // What it says is kept with it, under its number.
            Act::DraftBroadcast { .. } => String::new(),
            Act::Activity { days } | Act::Retention { days } => format!("days={days}"),
            // What a note says is for operators' eyes as long as the person has an account; the log
            // is for ever.
            Act::Note { .. }
            | Act::Warn { .. }
            | Act::Delete { .. }
            | Act::Erase { .. }
            | Act::Dialogs { .. } => String::new(),
            Act::Stats
            | Act::Health
            | Act::Person { .. }
            | Act::History { .. }
            | Act::Unban { .. }
            | Act::Revoke { .. }
            | Act::Settings
            | Act::Tokens => String::new(),
        }
    }
}
