//! Cards: dealt in the background into a queue of a person's own, and looked at again when one is
//! shown.

use super::deal::deal;
use super::pairs::{self, avoided};
use super::people::{self, Profile, Words};
use super::shown::{self, Named};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, Inner, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{PairKey, Verdict, Windows};
use nameless_domain::capabilities::dating::person::{Person, Standing};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// With so many cards left, or fewer, more are dealt.
const FEW: usize = 3;
/// Cards that are looked at beyond those that are wanted: some may not be shown any more.
const SPARE: i64 = 19;

/// A card that may be shown.
pub(crate) struct Card {
    pub token: Token,
    pub own: Profile,
    pub other: Profile,
    pub words: Words,
    pub photo: Option<String>,
    /// As many photos others see.
    pub photos: usize,
    /// They gave the viewer a super-like.
    pub superlike: bool,
    /// Outside of what the viewer wishes for, by a step.
    pub widened: bool,
}

/// A person on a card, as the viewer of a hand sees them.
pub(crate) struct Seen {
    pub token: Token,
    pub other: Profile,
    pub words: Words,
    /// The photos, in their order.
    pub photos: Vec<Named>,
    pub widened: bool,
    /// They gave the viewer a super-like.
    pub superlike: bool,
}

/// Cards that lie open before somebody.
pub(crate) struct Hand {
    pub own: Profile,
    pub cards: Vec<Seen>,
}

/// Cards, or why there are none.
pub(crate) enum Laid {
    Hand(Box<Hand>),
    /// The viewer's own profile is not shown: they see nobody.
    Unseen(Standing),
    /// There is no profile.
    Nobody,
}

/// Which cards of the queue.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// Those that lie open, and the first of the rest.
    Next,
    /// This one.
    Named(Token),
    /// Those of people who like the viewer.
    Likers,
}

/// What there is to show.
pub(crate) enum Dealt {
    Card(Box<Card>),
    /// Nobody is left.
    Dry,
    /// The viewer's own profile is not shown: they see nobody.
    Unseen(Standing),
    /// There is no profile.
    Nobody,
}

const QUEUE: &str = concat!(
    "SELECT c.token, c.widened, ",
    people::columns!(),
    ", ",
    pairs::columns!(),
    ", ",
    avoided!("c.viewer", "c.other"),
    " AS avoided
    FROM dating_cards c JOIN dating_profiles p ON p.user_id = c.other
    LEFT JOIN dating_pairs d ON d.lo = least(c.viewer, c.other) AND d.hi = greatest(c.viewer, c.other)
    WHERE c.viewer = $1 AND c.answered IS NULL AND ($3::bigint IS NULL OR c.token = $3)
        AND (NOT $4 OR CASE WHEN c.viewer < c.other THEN d.hi_said ELSE d.lo_said END IN ('like', 'super_like'))
    ORDER BY c.place < 0 DESC, c.served NULLS LAST, c.place LIMIT $2"
);

const SERVED: &str = "\
    UPDATE dating_cards SET served = $3 WHERE viewer = $1 AND token = ANY($2) AND served IS NULL";

const DROP: &str = "DELETE FROM dating_cards WHERE viewer = $1 AND token = ANY($2)";

const LEFT: &str =
    "SELECT count(*) FROM dating_cards WHERE viewer = $1 AND answered IS NULL AND served IS NULL";

const ACTIVE: &str =
    "UPDATE dating_profiles SET active = $2 WHERE user_id = $1 AND active < $2::bigint - 600000";

/// Whether a card that waits may be shown now: whatever has changed since it was dealt.
fn may_show(own: &Person, row: &Row, other: &Person, windows: &Windows, now: Millis) -> Result<bool, Fault> {
    if row.try_get("avoided")? {
        return Ok(false);
    }
    let Some((_, side)) = PairKey::of(own.user, other.user) else { return Ok(false) };
    let mut liked = false;
    if let Some(kept) = pairs::read(row)? {
        if kept.pair.hides_from(side, windows, now) {
            return Ok(false);
        }
        liked = kept.pair.likes(side.other());
    }
    if row.try_get("widened")? {
        // Said on the card. Genders and safety stay, and what the other wishes for.
        let wanted = own.wishes.genders & (1 << other.gender as u8) != 0;
        let admitted = wanted && own.wishes.filters.admit(own, other, now);
        return Ok(admitted && own.may_meet(other, now) && (liked || other.wants(own, now)));
    }
    Ok(own.may_see(other, liked, now))
}

/// Whether the other gave the viewer a super-like, which the card may say: it was meant to be seen.
fn superlikes(row: &Row, viewer: UserId, other: UserId) -> Result<bool, Fault> {
    let Some((_, side)) = PairKey::of(viewer, other) else { return Ok(false) };
    let said = pairs::read(row)?.and_then(|kept| kept.pair.said(side.other()));
    Ok(said.is_some_and(|said| said.verdict == Verdict::SuperLike))
}

/// At most `most` cards that may be shown; from now on they lie open.
pub(super) async fn lay(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (which, most): (Which, usize),
    windows: &Windows,
    now: Millis,
) -> Result<Laid, Fault> {
    let Some(mut own) = people::load(conn, user).await? else { return Ok(Laid::Nobody) };
    // Whoever looks is here, whatever the row says yet.
    own.person.active = Some(now);
    if own.person.standing != Standing::Shown || !own.person.birth.is_adult(now) {
        return Ok(Laid::Unseen(own.person.standing));
    }
    conn.execute(ACTIVE, &[&user.0, &now.0]).await?;
    let (named, likers) = match which {
        Which::Next => (None, false),
        Which::Named(token) => (Some(token.0.cast_signed()), false),
        Which::Likers => (None, true),
    };
    let looked_at = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(SPARE);
    let rows = conn.query(QUEUE, &[&user.0, &looked_at, &named, &likers]).await?;
    let mut stale: Vec<i64> = Vec::new();
    let mut fit = Vec::new();
    for row in &rows {
        if fit.len() == most {
            break;
        }
        let token: i64 = row.try_get("token")?;
        match people::read(row)? {
            Some(other) if may_show(&own.person, row, &other.person, windows, now)? => {
                let superlike = superlikes(row, own.person.user, other.person.user)?;
                fit.push((token, other, row.try_get("widened")?, superlike));
            }
            _ => stale.push(token),
        }
    }
    let others: Vec<i64> = fit.iter().map(|(_, other, ..)| other.person.user.0).collect();
    let ring = user_key::get(conn, keys, &others).await?;
    let mut visible = shown::shown(conn, &others).await?;
    let (mut cards, mut tokens) = (Vec::new(), Vec::new());
    for (token, other, widened, superlike) in fit {
        match people::open_words(&ring, other.person.user, &other.sealed)? {
            Some(words) => {
                tokens.push(token);
                let token = Token(token.cast_unsigned());
                let photos = shown::named(keys, user, token, &other.shown_photos(&mut visible));
                cards.push(Seen { token, other, words, photos, widened, superlike });
            }
            // Erased at this moment.
            None => stale.push(token),
        }
    }
    if !stale.is_empty() {
        conn.execute(DROP, &[&user.0, &stale]).await?;
    }
    if !tokens.is_empty() {
        conn.execute(SERVED, &[&user.0, &tokens, &now.0]).await?;
    }
    Ok(Laid::Hand(Box::new(Hand { own, cards })))
}

/// The next card: the one that lies open, or the first of the queue that may be shown.
async fn serve(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (which, windows): (Which, &Windows),
    now: Millis,
) -> Result<Dealt, Fault> {
    let Hand { own, mut cards } = match lay(conn, keys, user, (which, 1), windows, now).await? {
        Laid::Hand(hand) => *hand,
        Laid::Unseen(standing) => return Ok(Dealt::Unseen(standing)),
        Laid::Nobody => return Ok(Dealt::Nobody),
    };
    let Some(Seen { token, other, words, photos, widened, superlike }) = cards.pop() else {
        return Ok(Dealt::Dry);
    };
    let (photo, photos) = (people::photo(conn, keys, &other).await?, photos.len());
    Ok(Dealt::Card(Box::new(Card { token, own, other, words, photo, photos, superlike, widened })))
}

async fn left(conn: &mut Conn, user: UserId) -> Result<usize, Fault> {
    let rows = conn.query(LEFT, &[&user.0]).await?;
    let left: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(usize::try_from(left).unwrap_or_default())
}

/// Deals cards in a transaction of its own, which has locked nothing yet.
async fn dealt(inner: &Inner, user: UserId, windows: Windows) -> Result<usize, Fault> {
    inner.transaction(async |conn| deal(conn, user, &windows, wall_clock()).await).await
}

/// The next card, and whether the queue runs low.
async fn next(inner: &Inner, user: UserId, windows: Windows) -> Result<(Dealt, bool), Fault> {
    let work = async |conn: &mut Conn| {
        let dealt = serve(conn, &inner.keys, user, (Which::Next, &windows), wall_clock()).await?;
        let low = matches!(dealt, Dealt::Card(_)) && left(conn, user).await? <= FEW;
        Ok::<_, Fault>((dealt, low))
    };
    inner.transaction(work).await
}

/// At most `most` cards, and whether the queue runs low.
async fn hand(inner: &Inner, user: UserId, most: usize, windows: Windows) -> Result<(Laid, bool), Fault> {
    let work = async |conn: &mut Conn| {
        let which = (Which::Next, most);
        let laid = lay(conn, &inner.keys, user, which, &windows, wall_clock()).await?;
        let low = matches!(laid, Laid::Hand(_)) && left(conn, user).await? <= FEW;
        Ok::<_, Fault>((laid, low))
    };
    inner.transaction(work).await
}

impl PgStore {
    /// The next card, and whether the queue runs low.
    pub(crate) fn dating_next(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<(Dealt, bool), StoreError>> {
        self.run(move |inner| async move {
            let first = next(&inner, user, windows).await?;
            // The first time there is no queue yet.
            match matches!(first.0, Dealt::Dry) && dealt(&inner, user, windows).await? > 0 {
                true => next(&inner, user, windows).await,
                false => Ok(first),
            }
        })
    }

    /// The next card of somebody who likes them.
    pub(crate) fn dating_next_liker(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<Dealt, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                super::deal::likers(conn, user, now).await?;
                serve(conn, &inner.keys, user, (Which::Likers, &windows), now).await
            };
            inner.transaction(work).await
        })
    }

    /// Deals cards to the end of somebody's queue, if it runs low. How many.
    pub fn dating_deal(&self, user: UserId, windows: Windows) -> PortFuture<'_, Result<usize, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| match left(conn, user).await? <= FEW {
                true => deal(conn, user, &windows, wall_clock()).await,
                false => Ok(0),
            };
            inner.transaction(work).await
        })
    }

    /// The next card without its looks: its name, and who is on it. For measurements and tests.
    pub fn dating_draw_card(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<Option<(Token, UserId)>, StoreError>> {
        Box::pin(async move {
            Ok(match self.dating_next(user, windows).await?.0 {
                Dealt::Card(card) => Some((card.token, card.other.person.user)),
                Dealt::Dry | Dealt::Unseen(_) | Dealt::Nobody => None,
            })
        })
    }

    /// At most `most` cards that lie open, the same until something is said of them, and whether
    /// the queue runs low.
    pub(crate) fn dating_hand(
        &self,
        user: UserId,
        most: usize,
        windows: Windows,
    ) -> PortFuture<'_, Result<(Laid, bool), StoreError>> {
        self.run(move |inner| async move {
            let first = hand(&inner, user, most, windows).await?;
            let is_short = matches!(&first.0, Laid::Hand(hand) if hand.cards.len() < most);
            match is_short && dealt(&inner, user, windows).await? > 0 {
                true => hand(&inner, user, most, windows).await,
                false => Ok(first),
            }
        })
    }

    /// The card of this name as it lies before its viewer; none if it may not be shown any more.
    pub(crate) fn dating_card(
        &self,
        user: UserId,
        card: Token,
        windows: Windows,
    ) -> PortFuture<'_, Result<Option<Box<Hand>>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let which = (Which::Named(card), 1);
                Ok::<_, Fault>(match lay(conn, &inner.keys, user, which, &windows, wall_clock()).await? {
                    Laid::Hand(hand) if !hand.cards.is_empty() => Some(hand),
                    _ => None,
                })
            };
            inner.transaction(work).await
        })
    }

    /// The own card, as others see it.
    pub(crate) fn dating_own(&self, user: UserId) -> PortFuture<'_, Result<Option<Box<Card>>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let conn: &mut Conn = &mut lease;
            let (Some(own), Some(other)) = (people::load(conn, user).await?, people::load(conn, user).await?)
            else {
                return Ok(None);
            };
            let Some(words) = people::words(conn, &inner.keys, user, &other.sealed).await? else {
                return Ok(None);
            };
            let photo = people::photo(conn, &inner.keys, &other).await?;
            let photos = other.shown_photos(&mut shown::shown(conn, &[user.0]).await?).len();
            Ok(Some(Box::new(Card {
                token: Token(0),
                own,
                other,
                words,
                photo,
                photos,
                superlike: false,
                widened: false,
            })))
        })
    }
}
