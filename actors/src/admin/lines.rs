//! Lines of lists in the alerts chat: a message each.

pub(super) use super::words::shown;
use crate::capabilities::{
    AppealLine, AuditLine, CohortLine, DayLine, DetectionLine, EvidenceLine, PaymentLine, ReportLine,
    RequestLine,
};
use nameless_domain::capabilities::admin::Pattern;
use nameless_domain::capabilities::billing::Renewal;
use nameless_domain::text::Msg;
use serde_json::Value;

/// The words of a message, or what kind it is.
pub(super) fn words_of(payload: &Value) -> String {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) => match fields.get("text") {
                Some(Value::String(text)) => Some(text),
                _ => fields.values().find_map(find),
            },
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    find(payload).filter(|text| !text.is_empty()).map_or_else(|| payload.to_string(), str::to_owned)
}

/// What waits for a second owner.
pub(super) fn request_line(r: &RequestLine) -> Msg {
    Msg::new("admin-request-line")
        .number("request", r.request)
        .words("who", shown(&r.who))
        .words("what", r.what.to_owned())
        .words("user", r.user.map_or_else(|| "-".to_owned(), |user| user.0.to_string()))
        .words("reason", shown(&r.reason))
        .moment("until", r.until)
}

pub(super) fn appeal_line(a: &AppealLine) -> Msg {
    Msg::new("admin-appeal-line")
        .words("user", a.user.map_or_else(|| "-".to_owned(), |user| user.0.to_string()))
        .moment("at", a.at)
        .words("words", shown(&a.words))
        .words("reason", shown(a.reason.as_deref().unwrap_or("-")))
}

pub(super) fn detection_line(d: &DetectionLine) -> Msg {
    let key = match d.pattern {
        Pattern::Rhythm => "admin-pattern-rhythm",
        Pattern::SameWords => "admin-pattern-same-words",
        Pattern::Links => "admin-pattern-links",
    };
    Msg::new("admin-detection-line")
        .words("user", d.user.map_or_else(|| "-".to_owned(), |user| user.0.to_string()))
        .moment("at", d.at)
        .key("pattern", key)
}

pub(super) fn day_line(d: &DayLine) -> Msg {
    Msg::new("admin-activity-line")
        .words("day", d.day.clone())
        .number("active", d.active)
        .number("fresh", d.fresh)
        .number("messages", d.messages)
        .number("photos", d.photos)
        .number("dialogs", d.dialogs)
}

pub(super) fn cohort_line(c: &CohortLine) -> Msg {
    let figure = |figure: Option<i64>| figure.map_or_else(|| "-".to_owned(), |figure| figure.to_string());
    Msg::new("admin-retention-line")
        .words("day", c.day.clone())
        .words("people", figure(c.people))
        .words("d1", figure(c.d1))
        .words("d4", figure(c.d4))
        .words("d7", figure(c.d7))
        .words("d30", figure(c.d30))
}

pub(super) fn payment_line(p: &PaymentLine) -> Msg {
    let key = match (p.refunded, p.renewal) {
        (Some(_), _) => "admin-payment-line-back",
        (None, Some(Renewal::Active)) => "admin-payment-line-renews",
        (None, _) => "admin-payment-line",
    };
    Msg::new(key)
        .number("payment", p.payment)
        .moment("at", p.at)
        .words("product", shown(p.product.as_deref().unwrap_or("-")))
        .number("amount", p.amount)
        .words("currency", p.currency.clone())
}

pub(super) fn report_line(r: &ReportLine) -> Msg {
    Msg::new("admin-report-line")
        .number("report", r.report)
        .number("reported", r.reported.0)
        .key("reason", r.reason.key())
        .number("reporters", i64::from(r.reporters))
        .number("trust", i64::from(r.trust))
        .words("taken", r.taken_by.as_deref().map_or_else(|| "-".to_owned(), shown))
}

pub(super) fn evidence(line: &EvidenceLine) -> Msg {
    let key = match line.from {
        "reporter" => "admin-evidence-reporter",
        _ => "admin-evidence-reported",
    };
    Msg::new(key).words("words", shown(&words_of(&line.payload)))
}

pub(super) fn audit_line(line: &AuditLine) -> Msg {
    let whom = line.whom.map_or_else(|| "-".to_owned(), |whom| whom.0.to_string());
    Msg::new("admin-audit-line")
        .number("seq", line.seq)
        .moment("at", line.at)
        .words("who", shown(&line.who))
        .words("what", shown(&line.what))
        .words("whom", whom)
        .words("detail", shown(&line.detail))
        .words("reason", shown(&line.reason))
        .words("outcome", line.outcome.clone())
}
