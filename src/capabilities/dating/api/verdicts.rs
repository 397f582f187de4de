//! What somebody says of the people on cards.

use super::cards::card;
use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Spec, Verb, me};
use crate::capabilities::dating::port::Port;
use crate::capabilities::dating::store::{Came, Deed, Done, May};
use crate::store::pg::wall_clock;
use actix_web::http::StatusCode;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::ids::UserId;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::DAY_MS;
use serde::Deserialize;
use serde_json::{Value, json};

/// A verdict.
pub(super) struct Say;
/// Takes the last one back.
pub(super) struct Undo;
/// Reports the person on a card.
pub(super) struct Report;
/// Never wants to see them again.
pub(super) struct Block;

/// Does it, once for its key, and has others told whom it concerns.
pub(super) async fn carry_out(ask: &Ask<'_>, deed: Deed) -> Result<Done, Problem> {
    let (port, user, once) = (ask.api.port.clone(), ask.viewer()?.user, ask.once()?);
    // By itself: the request ends with the phone's connection, and what was kept has to be told.
    let task = actix_web::rt::spawn(async move {
        let came = port.store.dating_do(user, once, deed).await?;
        tell(&port, user, came)
    });
    task.await.map_err(|_| Problem::away())?
}

/// Has those told whom it concerns; what is answered.
pub(super) fn tell(port: &Port, user: UserId, came: Came) -> Result<Done, Problem> {
    match came {
        Came::Done(done) => Ok(done),
        Came::Told(done) => {
            port.wake();
            Ok(done)
        }
        Came::Opened { own, other: (other, theirs) } => {
            if let Some(engine) = port.engine() {
                engine.tell(user, own);
                engine.tell(other, theirs);
            }
            Ok(Done { opened: true, ..Done::default() })
        }
        Came::Parted { done, other: partner, blocked } => {
            if let Some(engine) = port.engine() {
                engine.tell(user, Event::Ended { partner, blocked });
            }
            Ok(done)
        }
        Came::KeyReused => Err(Problem::key_reused()),
        Came::Final => {
            Err(Problem::new(StatusCode::CONFLICT, "conflict", "both have agreed: that cannot be taken back"))
        }
        Came::Unknown => Err(Problem::unknown()),
        Came::Gone => Err(Problem::gone()),
        Came::Spent => {
            let now = wall_clock().0;
            Err(Problem::spent((DAY_MS - now.rem_euclid(DAY_MS)) / 1_000 + 1))
        }
        Came::Unpaid => Err(Problem::not_entitled()),
        Came::Nobody => Err(Problem::no_profile()),
        Came::Objection { field, reason } => Err(Problem::objection(field, reason)),
        Came::TooYoung => Err(Problem::too_young()),
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Like,
    Pass,
    Later,
    Super,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    verdict: Word,
}

impl Endpoint for Say {
    const SPEC: Spec = Spec {
        summary: "Says what they think of the person on a card",
        body: Some("Said"),
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/cards/{token}/verdict", "Say", "Verdict")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let (Said { verdict }, token) = (ask.body()?, ask.named()?);
        let viewer = ask.viewer()?;
        let verdict = match verdict {
            // Nobody hears of a shadow's like, and the shadow does not learn that.
            Word::Like | Word::Super if viewer.is_shadow => Verdict::Pass,
            Word::Like => Verdict::Like,
            Word::Super => Verdict::SuperLike,
            Word::Pass => Verdict::Pass,
            Word::Later => Verdict::Later,
        };
        let may = match verdict {
            Verdict::SuperLike => ask.api.port.may(viewer.user).await?,
            _ => May::default(),
        };
        let deed = Deed::Say { card: token, verdict, likes: ask.api.port.likes, may };
        let Done { matched, .. } = carry_out(&ask, deed).await?;
        let store = ask.api.store();
        let of = match matched {
            true => store.dating_matched_by(viewer.user, token).await?,
            false => None,
        };
        let (name, of) = of.map(|(of, name)| (name, of.to_string())).unzip();
        let spent = store.dating_mine(viewer.user).await?.map(|own| own.spent).unwrap_or_default();
        let left = me::likes_left(&ask, spent);
        Ok(Reply::json(json!({ "matched": matched, "name": name, "match": of, "likes_left": left })))
    }
}

impl Endpoint for Undo {
    const SPEC: Spec = Spec {
        summary: "Takes back what they said last, within ten minutes, once a card",
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/undo", "Undo", "Undone")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let may = ask.api.port.may(ask.viewer()?.user).await?;
        let done = carry_out(&ask, Deed::Undo(may)).await?;
        let (port, user) = (&ask.api.port, ask.viewer()?.user);
        let hand = match done.card {
            Some(token) => ask.api.store().dating_card(user, token, port.windows).await?,
            None => None,
        };
        let card = hand.and_then(|hand| hand.cards.first().map(|seen| card(&hand.own, seen, port.scale)));
        Ok(Reply::json(json!({ "card": card.unwrap_or(Value::Null) })))
    }
}

/// Why somebody is reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    pub reason: ReportReason,
}

impl Endpoint for Report {
    const SPEC: Spec = Spec {
        summary: "Reports the person on a card, who is never shown again",
        body: Some("Why"),
        ..Spec::new(Verb::Post, "/app/api/v1/cards/{token}/report", "ReportCard", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let Why { reason } = ask.body()?;
        carry_out(&ask, Deed::TurnAway { card: ask.named()?, reason: Some(reason) }).await?;
        Ok(Reply::nothing())
    }
}

impl Endpoint for Block {
    const SPEC: Spec = Spec {
        summary: "Never shows the person on a card again",
        ..Spec::new(Verb::Post, "/app/api/v1/cards/{token}/block", "BlockCard", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        carry_out(&ask, Deed::TurnAway { card: ask.named()?, reason: None }).await?;
        Ok(Reply::nothing())
    }
}
