//! Answers as lines of the alerts chat.

use super::broadcasts;
use super::lines::{
    appeal_line, audit_line, cohort_line, day_line, detection_line, evidence, payment_line, report_line,
    request_line, shown,
};
use crate::capabilities::{Answer, Denied, Dossier, RefundState, ReportPage, RequestLine};
use crate::ports::Texts;
use nameless_domain::capabilities::admin::order::commands;
use nameless_domain::capabilities::admin::{Act, BanKind, Flaw, Refusal, Role, Term};
use nameless_domain::ids::UserId;
use nameless_domain::text::{Lang, Msg};
use nameless_domain::time::Millis;

/// Units of a message, below Telegram's 4,096 with some room for what its own count may differ in.
const UNITS: usize = 4_000;
/// Lines as they leave.
pub(super) enum Written {
    /// In a message.
    Message(String),
    /// In a file: they are too long for one.
    File(Vec<u8>),
}

/// Puts lines on a page.
pub(super) fn page(texts: &dyn Texts, lang: Lang, lines: &[Msg]) -> Written {
    let html: Vec<String> = lines.iter().map(|line| texts.html(lang, line)).collect();
    let html = html.join("\n");
    // Mark-up counts here and not with Telegram: a page is at most shorter than it might be.
    if html.encode_utf16().count() <= UNITS {
        return Written::Message(html);
    }
    let plain: Vec<String> = lines.iter().map(|line| texts.plain(lang, line)).collect();
    Written::File(plain.join("\n").into_bytes())
}

/// The commands that a role may give.
pub(super) fn help(role: Role) -> Vec<Msg> {
    let usage = |(_, usage): &(&str, &str)| Msg::new("admin-help-line").words("usage", (*usage).to_owned());
    let title = Msg::new("admin-help").words("role", role.name().to_owned());
    std::iter::once(title).chain(commands().map(usage)).collect()
}

pub(super) fn flaw(flaw: Flaw) -> Msg {
    Msg::new(match flaw {
        Flaw::User => "admin-flaw-user",
        Flaw::Days => "admin-flaw-days",
        Flaw::Reason => "admin-flaw-reason",
        Flaw::Payer => "admin-flaw-payer",
        Flaw::Part => "admin-flaw-part",
        Flaw::Text => "admin-flaw-text",
        Flaw::Link => "admin-flaw-link",
        Flaw::When => "admin-flaw-when",
        Flaw::Limit | Flaw::Name => "admin-flaw-other",
    })
}

pub(super) fn denied(denied: &Denied) -> Msg {
    match denied {
        Denied::Refused(Refusal::Forbidden(permission)) => Msg::new("admin-forbidden")
            .words("permission", permission.name().to_owned())
            .words("role", permission.least_role().name().to_owned()),
        Denied::Refused(Refusal::Flawed(which)) => flaw(*which),
        Denied::Taken { by } => Msg::new("admin-taken").words("by", shown(by)),
        Denied::Changed => Msg::new("admin-changed"),
        Denied::Own => Msg::new("admin-own-request"),
        Denied::Busy => Msg::new("admin-busy"),
        Denied::NotNow => Msg::new("admin-not-now"),
        Denied::KeyReused | Denied::NameTaken => Msg::new("admin-flaw-other"),
        Denied::Store(_) => Msg::new("admin-store-away"),
    }
}

/// What an act brings with it, before it is carried out.
pub(super) fn consequences(act: &Act) -> Vec<Msg> {
    match act {
        Act::Ban { user, kind, term, reason } => {
            let head = match term {
                Term::Days(days) => Msg::new("admin-confirm-ban").number("days", i64::from(*days)),
                Term::Forever => Msg::new("admin-confirm-ban-forever"),
            };
            let what = match kind {
                BanKind::Ban => "admin-consequences-ban",
                BanKind::Shadow => "admin-consequences-shadow",
            };
            vec![
                head.number("user", user.0).words("kind", kind.name().to_owned()),
                Msg::new("admin-reason").words("reason", shown(reason)),
                Msg::new(what),
            ]
        }
        Act::Revoke { user } => vec![Msg::new("admin-confirm-revoke").number("user", user.0)],
        Act::Refund { payment, .. } => vec![
            Msg::new("admin-confirm-refund").number("payment", *payment),
            Msg::new("admin-reason").words("reason", shown(act.reason())),
        ],
        Act::Warn { user, .. } => confirm("admin-confirm-warn", *user, act.reason()),
        Act::Delete { user, .. } => confirm("admin-confirm-delete", *user, act.reason()),
        Act::Erase { user, .. } => confirm("admin-confirm-erase", *user, act.reason()),
        Act::Approve { request } => vec![Msg::new("admin-confirm-approve").number("request", *request)],
        Act::AnswerAppeal { user, accepted: true, .. } => {
            confirm("admin-confirm-accept", *user, act.reason())
        }
        Act::AnswerAppeal { user, .. } => confirm("admin-confirm-decline", *user, act.reason()),
        Act::SteerBroadcast { broadcast, steer } => broadcasts::confirm(*broadcast, *steer),
        Act::Desk(deed) => deed.facts().follows,
        _ => vec![Msg::new("admin-confirm")],
    }
}

fn confirm(key: &'static str, user: UserId, reason: &str) -> Vec<Msg> {
    vec![Msg::new(key).number("user", user.0), Msg::new("admin-reason").words("reason", shown(reason))]
}

/// An answer as a file: a transcript to be read, or JSON.
pub(super) fn file(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Dialogs(dialogs) => super::transcript::text(dialogs).into_bytes(),
        other => serde_json::to_vec_pretty(other).unwrap_or_default(),
    }
}

/// An answer.
pub(super) fn answer(answer: &Answer) -> Vec<Msg> {
    match answer {
        Answer::Missing => vec![Msg::new("admin-missing")],
        Answer::Stats(s) => vec![
            Msg::new("admin-stats")
                .number("accounts", s.accounts)
                .number("searching", s.searching)
                .number("chats", s.chats)
                .number("day", s.chats_of_a_day)
                .number("reports", s.reports)
                .number("bans", s.bans)
                .number("dead", s.dead_letters),
        ],
        Answer::Health(h) => {
            let count = |name: &str| i64::try_from(h.counters.get(name).copied().unwrap_or(0)).unwrap_or(0);
            vec![
                Msg::new("admin-health")
                    .words("state", h.state.to_owned())
                    .number("sessions", count("sessions"))
                    .number("outbox", count("outbox_depth"))
                    .number("store", count("persistence_depth"))
                    .number("deaths", count("actor_deaths"))
                    .words("actors", h.actors.iter().map(|a| a.name).collect::<Vec<_>>().join(", ")),
            ]
        }
        Answer::Person(dossier) => person(dossier),
        Answer::Standing(now) => vec![
            match &now.ban {
                Some(ban) => standing(ban.kind, ban.until),
                None => Msg::new("admin-free"),
            }
            .number("user", now.user.0),
        ],
        Answer::Premium(now) => vec![
            match now.until {
                Some(until) => Msg::new("admin-premium-until").moment("until", until),
                None => Msg::new("admin-premium-none"),
            }
            .number("user", now.user.0),
        ],
        Answer::Reports(page) => list("admin-reports-none", page.items.iter().map(report_line)),
        Answer::Report(page) => report(page),
        Answer::Decided(decided) => vec![
            Msg::new("admin-decided")
                .number("report", decided.report)
                .words("verdict", decided.verdict.clone()),
        ],
        Answer::Audit(page) => list("admin-audit-none", page.items.iter().map(audit_line)),
        Answer::DeadLetters(page) => list(
            "admin-dead-none",
            page.items.iter().map(|d| {
                Msg::new("admin-dead-line")
                    .words("seq", d.seq.0.to_string())
                    .number("user", d.user.0)
                    .moment("at", d.at)
                    .words("error", shown(&d.error))
            }),
        ),
        Answer::Replayed(replayed) => {
            vec![Msg::new("admin-replayed").words("seq", replayed.seq.0.to_string())]
        }
        Answer::Tokens(page) => list(
            "admin-tokens-none",
            page.items.iter().map(|t| {
                Msg::new("admin-token-line")
                    .words("name", t.name.clone())
                    .words("role", t.role.name().to_owned())
                    .moment("expires", t.expires)
            }),
        ),
        Answer::Warned(w) => {
            vec![Msg::new("admin-warned").number("user", w.user.0).number("count", w.warnings)]
        }
        Answer::Noted(n) => vec![Msg::new("admin-noted").number("user", n.user.0).number("count", n.notes)],
        Answer::Deleted(d) => vec![
            Msg::new("admin-deleted")
                .number("user", d.user.0)
                .number("messages", d.messages)
                .number("chats", d.chats),
        ],
        Answer::Appeals(page) => list("admin-appeals-none", page.items.iter().map(appeal_line)),
        Answer::Detections(page) => list("admin-detections-none", page.items.iter().map(detection_line)),
        Answer::Activity(page) => list("admin-activity-none", page.items.iter().map(day_line)),
        Answer::Retention(page) => list("admin-activity-none", page.items.iter().map(cohort_line)),
        Answer::Payments(page) => list("admin-payments-none", page.items.iter().map(payment_line)),
        Answer::Refunding(now) => vec![
            Msg::new(match now.state {
                RefundState::Soon => "admin-refund-soon",
                RefundState::UnderWay => "admin-refund-underway",
                RefundState::Before => "admin-refund-before",
            })
            .number("payment", now.payment),
        ],
        Answer::Broadcasts(page) => {
            list("admin-broadcasts-none", page.items.iter().flat_map(broadcasts::line))
        }
        Answer::Broadcast(line) => broadcasts::line(line),
        Answer::Erasing(e) => vec![Msg::new("admin-erasing").number("user", e.user.0)],
        Answer::Waits(line) => vec![Msg::new("admin-request-waits"), request_line(line)],
        Answer::Requests(page) => list("admin-requests-none", page.items.iter().map(request_line)),
        Answer::RequestRefused(r) => vec![Msg::new("admin-request-refused").number("request", r.request)],
        Answer::Desk(told) => told.lines(),
        // Not to be had in this chat, or in a file alone.
        Answer::Dialogs(_)
        | Answer::Pairs(_)
        | Answer::History(_)
        | Answer::People(_)
        | Answer::Payment(_)
        | Answer::Photos(_)
        | Answer::Photo(_)
        | Answer::Picture(_)
        | Answer::PhotoRuled(_)
        | Answer::Settings(_)
        | Answer::Token(_)
        | Answer::Revoked(_)
        | Answer::Preview(_)
        | Answer::Many(_)
        | Answer::Before(_) => vec![Msg::new("admin-done")],
    }
}

/// Lines, or that there are none.
fn list(none: &'static str, lines: impl Iterator<Item = Msg>) -> Vec<Msg> {
    let lines: Vec<Msg> = lines.collect();
    if lines.is_empty() { vec![Msg::new(none)] } else { lines }
}

fn standing(kind: BanKind, until: Millis) -> Msg {
    match (kind, until) {
        (BanKind::Ban, Millis::NEVER) => Msg::new("admin-banned-forever"),
        (BanKind::Ban, until) => Msg::new("admin-banned-until").moment("until", until),
        (BanKind::Shadow, Millis::NEVER) => Msg::new("admin-shadowed-forever"),
        (BanKind::Shadow, until) => Msg::new("admin-shadowed-until").moment("until", until),
    }
}

fn person(d: &Dossier) -> Vec<Msg> {
    let mut lines = vec![
        match d.created {
            Some(created) => Msg::new("admin-person")
                .moment("created", created)
                .words("lang", d.lang.clone().unwrap_or_default())
                .words("phase", d.phase.clone().unwrap_or_default()),
            None => Msg::new("admin-person-gone"),
        }
        .number("user", d.user.0),
    ];
    lines.push(
        Msg::new("admin-person-figures")
            .number("chats", d.chats)
            .number("up", d.rated_up)
            .number("down", d.rated_down)
            .number("open", d.reports_open)
            .number("strikes", d.strikes)
            .number("false", d.false_reports),
    );
    if d.warnings > 0 {
        lines.push(Msg::new("admin-person-warnings").number("count", d.warnings));
    }
    if let Some(a) = &d.activity {
        lines.push(
            Msg::new("admin-person-activity")
                .moment("seen", a.last_seen)
                .number("sessions", a.sessions)
                .number("messages", a.messages)
                .number("photos", a.photos)
                .number("days", a.days),
        );
    }
    if d.blocked_bot {
        lines.push(Msg::new("admin-person-blocked-bot"));
    }
    if let Some(until) = d.premium_until {
        lines.push(Msg::new("admin-premium-until").number("user", d.user.0).moment("until", until));
    }
    if let Some(ban) = &d.ban {
        lines.push(standing(ban.kind, ban.until).number("user", d.user.0));
        lines.push(Msg::new("admin-reason").words("reason", shown(&ban.reason)));
    }
    lines.extend(d.notes.iter().map(|note| {
        Msg::new("admin-note-line")
            .moment("at", note.at)
            .words("by", shown(&note.by))
            .words("words", shown(&note.words))
    }));
    lines.extend(d.detections.iter().map(detection_line));
    lines.extend(d.decisions.iter().map(audit_line));
    lines.extend(
        d.appeals.iter().map(|appeal| {
            Msg::new("admin-appeal").moment("at", appeal.at).words("words", shown(&appeal.words))
        }),
    );
    lines
}

/// What the chat is told of what was asked for elsewhere.
pub(super) fn asked(r: &RequestLine) -> Vec<Msg> {
    vec![
        Msg::new("admin-request-asked"),
        request_line(r),
        Msg::new("admin-request-how").number("request", r.request),
    ]
}

fn report(page: &ReportPage) -> Vec<Msg> {
    let mut lines = vec![report_line(&page.line)];
    if let Some(verdict) = &page.verdict {
        let (report, verdict) = (page.line.report, verdict.clone());
        lines.push(Msg::new("admin-decided").number("report", report).words("verdict", verdict));
    }
    lines.extend(page.evidence.iter().map(evidence));
    if page.unreadable > 0 {
        lines.push(Msg::new("admin-unreadable").number("count", i64::from(page.unreadable)));
    }
    lines
}
