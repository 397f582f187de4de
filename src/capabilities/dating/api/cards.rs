//! Cards as the app gets them.

use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Spec, Verb, lists, me};
use crate::capabilities::dating::store::{Card, Laid, Named, Profile, Seen};
use crate::store::pg::wall_clock;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::person::Standing;
use nameless_domain::capabilities::dating::place::Band;
use nameless_domain::capabilities::dating::score::{Fit, Scale, Why};
use nameless_domain::time::Millis;
use serde::Deserialize;
use serde_json::{Value, json};

/// Who was here so long ago is here, milliseconds.
const ONLINE_MS: i64 = 15 * 60_000;
/// Cards at once, unless said otherwise, and at most.
const CARDS: (usize, usize) = (5, 10);

/// The next cards.
pub(super) struct Cards;

fn band(band: Band) -> &'static str {
    match band {
        Band::Near => "near",
        Band::To25 => "25",
        Band::To50 => "50",
        Band::To100 => "100",
        Band::Beyond => "beyond",
    }
}

/// What is said of how well two people go together; of little, nothing.
fn fit(fit: Fit) -> Option<&'static str> {
    match fit {
        Fit::Different => None,
        Fit::Some => Some("some"),
        Fit::Good => Some("good"),
        Fit::Great => Some("great"),
    }
}

/// Pictures by the name of whose they are, and their own.
pub(super) fn photos_of(of: Token, photos: &[Named]) -> Vec<Value> {
    let photo = |Named { name, is_checked }: &Named| json!({ "url": format!("/app/api/v1/photos/{of}/{name}"), "is_checked": is_checked });
    photos.iter().map(photo).collect()
}

/// A card. Nothing in it is made of wishes, likes or prices.
fn drawn(
    own: &Profile,
    other: &Profile,
    words: (&str, &str),
    (name, photos): (&str, Vec<Value>),
    (widened, superlike): (bool, bool),
    (scale, now): (Scale, Millis),
) -> Value {
    let (mine, theirs) = (&own.person, &other.person);
    let is_own = mine.user == theirs.user;
    let why = Why::of(mine, theirs);
    json!({
        "token": name, "name": words.0, "age": theirs.birth.age(now), "band": band(why.band),
        "goal": theirs.goal, "same_goal": why.is_same_goal, "shared": lists::topics(why.interests),
        "fit": fit(scale.fit(mine, theirs, now)).filter(|_| !is_own), "bio": words.1,
        "photos": photos, "is_widened": widened, "is_super": superlike,
        "is_online": other.active.map(|active| now.since(active) < ONLINE_MS),
    })
}

/// The card of somebody that lies before a viewer.
pub(super) fn card(own: &Profile, seen: &Seen, scale: Scale) -> Value {
    let words = (&*seen.words.name, &*seen.words.bio);
    let name = seen.token.to_string();
    let photos = photos_of(seen.token, &seen.photos);
    drawn(own, &seen.other, words, (&name, photos), (seen.widened, seen.superlike), (scale, wall_clock()))
}

/// The own card as others see it. It has no name: nobody can say anything of it.
pub(super) fn card_of_own(card: &Card, photos: Vec<Value>) -> Value {
    let words = (&*card.words.name, &*card.words.bio);
    // Of how somebody goes together with themselves nothing is said.
    let by = (Scale::default(), wall_clock());
    drawn(&card.own, &card.other, words, (&Token(0).to_string(), photos), (false, false), by)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    limit: Option<usize>,
}

/// How many are asked for.
pub(super) fn most(ask: &Ask<'_>) -> Result<usize, Problem> {
    let Wanted { limit } = ask.query()?;
    let most = limit.unwrap_or(CARDS.0);
    match (1..=CARDS.1).contains(&most) {
        true => Ok(most),
        false => Err(Problem::malformed("limit is 1 to 10")),
    }
}

impl Endpoint for Cards {
    const SPEC: Spec = Spec {
        summary: "The next cards; the same until something is said of them",
        query: &[("limit", r#"{"type": "integer", "minimum": 1, "maximum": 10}"#)],
        is_gated: true,
        reads_hand: true,
        ..Spec::new(Verb::Get, "/app/api/v1/cards", "Cards", "Cards")
    };

    async fn answer(mut ask: Ask<'_>) -> Result<Reply, Problem> {
        let (most, read) = (most(&ask)?, ask.hand.take());
        let (port, user) = (&ask.api.port, ask.viewer()?.user);
        let (laid, low) = ask.api.store().dating_hand(user, most, port.windows, read).await?;
        port.refill(user, low);
        Ok(Reply::json(match laid {
            Laid::Nobody => return Err(Problem::no_profile()),
            Laid::Unseen(Standing::Paused) => json!({ "cards": [], "state": "paused" }),
            Laid::Unseen(Standing::Hidden) => json!({ "cards": [], "state": "hidden" }),
            // A shadow is not told.
            Laid::Unseen(_) => json!({ "cards": [], "state": "dry" }),
            Laid::Hand(hand) => {
                let cards: Vec<Value> =
                    hand.cards.iter().map(|seen| card(&hand.own, seen, port.scale)).collect();
                let left = me::likes_left(&ask, hand.own.spent(wall_clock()));
                let bought = if left == 0 { ask.api.store().dating_left(user).await?.likes } else { 0 };
                let state = match (cards.is_empty(), i64::from(left) + bought) {
                    (true, _) => "dry",
                    (_, 0) => "spent",
                    _ => "ok",
                };
                json!({ "cards": cards, "state": state })
            }
        }))
    }
}
