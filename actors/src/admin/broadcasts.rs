//! Broadcasts as lines of the alerts chat.

use crate::capabilities::BroadcastLine;
use nameless_domain::capabilities::news::{State, Steer};
use nameless_domain::text::Msg;

/// A broadcast: whom it is for, where it stands, what it came to.
pub(super) fn line(line: &BroadcastLine) -> Vec<Msg> {
    let state = match (line.state, &line.why) {
        (State::Draft, _) => "admin-broadcast-draft",
        (State::Running, Some(_)) => "admin-broadcast-stuck",
        (State::Running, None) => "admin-broadcast-running",
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

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::capabilities::news::{Audience, Texts};
    use nameless_domain::time::Millis;

    /// Guard: `why` of one under way in `line`.
    #[test]
    fn one_that_does_not_go_on_says_what_to_do() {
        let said = |state, why: Option<&str>| {
            let broadcast = BroadcastLine {
                broadcast: 7,
                by: "telegram:111".to_owned(),
                state,
                why: why.map(str::to_owned),
                created: Millis(1),
                started: Some(Millis(2)),
                ended: None,
                people: 3,
                sent: 1,
                gone: 0,
                failed: 0,
                left_out: 0,
                waiting: 0,
                text: Texts::default(),
                link: None,
                silent: false,
                at: None,
                to: Audience::default(),
            };
            line(&broadcast).first().map(|msg| msg.key)
        };
        assert_eq!(said(State::Running, Some("failed")), Some("admin-broadcast-stuck"));
        assert_eq!(said(State::Running, None), Some("admin-broadcast-running"));
        assert_eq!(said(State::Paused, Some("refused")), Some("admin-broadcast-halted"));
    }
}
