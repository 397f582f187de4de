//! Broadcasts as lines of the alerts chat.

use crate::capabilities::BroadcastLine;
use nameless_domain::capabilities::news::{State, Steer};
use nameless_domain::text::Msg;

/// A broadcast: whom it is for, where it stands, what it came to.
pub(super) fn line(line: &BroadcastLine) -> Vec<Msg> {
    let state = match (line.state, &line.why) {
        (State::Draft, _) => "admin-broadcast-draft",
        (State::Running, _) => "admin-broadcast-running",
        (State::Paused, Some(_)) => "admin-broadcast-halted",
        (State::Paused, None) => "admin-broadcast-paused",
        (State::Done, _) => "admin-broadcast-done",
        (State::Cancelled, _) => "admin-broadcast-cancelled",
    };
    let mut lines = vec![Msg::new(state).number("broadcast", line.broadcast).number("people", line.people)];
    lines.extend(audience(line));
    if line.state != State::Draft {
        let figures = Msg::new("admin-broadcast-figures")
            .number("sent", line.sent)
            .number("gone", line.gone)
            .number("failed", line.failed)
            .number("left", line.left_out)
            .number("waiting", line.waiting);
        lines.push(figures);
    }
    lines
}

/// Whom it is for, where that is not everybody, and when, where that is not at once.
fn audience(line: &BroadcastLine) -> Vec<Msg> {
    let to = &line.to;
    let lang = to.lang.map(|lang| Msg::new("admin-broadcast-lang").words("lang", lang.code().to_owned()));
    let active = to.active_days.map(|days| Msg::new("admin-broadcast-active").number("days", days.into()));
    let premium = to.premium.map(|has| match has {
        true => Msg::new("admin-broadcast-premium"),
        false => Msg::new("admin-broadcast-free"),
    });
    let at = line.at.map(|at| Msg::new("admin-broadcast-at").moment("at", at));
    let silent = line.silent.then(|| Msg::new("admin-broadcast-silent"));
    [lang, active, premium, at, silent].into_iter().flatten().collect()
}

/// What a word about a broadcast brings with it.
pub(super) fn confirm(broadcast: i64, steer: Steer) -> Vec<Msg> {
    let key = match steer {
        Steer::Start => "admin-confirm-broadcast",
        _ => "admin-confirm-broadcast-cancel",
    };
    vec![Msg::new(key).number("broadcast", broadcast)]
}
