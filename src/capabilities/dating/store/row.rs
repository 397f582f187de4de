//! A row of somebody's queue, and the card that is shown of it, if it may be.

use super::columns;
use super::pairs::{self, avoided};
use super::people::{self, Profile, Words};
use super::shown::{self, Named, Shown};
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::Fault;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{PairKey, Verdict, Windows};
use nameless_domain::capabilities::dating::person::Person;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// Cards that wait before `$1`, `$2` at most, with all that is shown of the people on them; of this
/// name (`$3`), if there is one. Super-likes come first, then what lies open. The cards are chosen
/// before anything of theirs is looked up, and of a person without photos none are looked for.
macro_rules! queue {
    ($pair:literal, $liked:literal) => {
        concat!(
            "SELECT c.token, c.widened, c.served IS NULL AS unseen, ",
            columns::shown!(),
            ", ",
            pairs::columns!(),
            ", ",
            avoided!("c.viewer", "c.other"),
            " AS avoided, k.wrapped, f.photos, f.looked_at
    FROM (SELECT c.* FROM dating_cards c ",
            $pair,
            "WHERE c.viewer = $1 AND c.answered IS NULL AND ($3::bigint IS NULL OR c.token = $3)",
            $liked,
            " ORDER BY c.place < 0 DESC, c.served NULLS LAST, c.place LIMIT $2) AS c
    LEFT JOIN dating_profiles p ON p.user_id = c.other
    LEFT JOIN user_keys k ON k.user_id = c.other
    LEFT JOIN dating_pairs d ON d.lo = least(c.viewer, c.other) AND d.hi = greatest(c.viewer, c.other)
    LEFT JOIN LATERAL (SELECT array_agg(o.photo ORDER BY o.place, o.photo) AS photos,
            array_agg(o.seen <> 'waiting' ORDER BY o.place, o.photo) AS looked_at
        FROM dating_photos o WHERE p.photo IS NOT NULL AND o.user_id = c.other) AS f ON true
    ORDER BY c.place < 0 DESC, c.served NULLS LAST, c.place"
        )
    };
}

/// All cards.
pub(super) const QUEUE: &str = queue!("", "");

/// Those of people who like the viewer.
pub(super) const OF_LIKERS: &str = queue!(
    "JOIN dating_pairs d ON d.lo = least(c.viewer, c.other) AND d.hi = greatest(c.viewer, c.other) ",
    " AND CASE WHEN c.viewer < c.other THEN d.hi_said ELSE d.lo_said END IN ('like', 'super_like')"
);

/// A person on a card, as the viewer of a hand sees them.
pub(crate) struct Seen {
    pub token: Token,
    pub other: Profile,
    pub words: Words,
    /// The photos, in their order.
    pub photos: Vec<Named>,
    /// Telegram's handle of the first one, for the bot alone.
    pub file: Option<String>,
    pub widened: bool,
    /// They gave the viewer a super-like.
    pub superlike: bool,
}

/// What a row of the queue is.
pub(super) enum Card {
    /// It is shown.
    Shown(Box<Seen>),
    /// The same; the handle of its first photo cannot be read.
    Faceless(Box<Seen>),
    /// It may not be shown any more, or who is on it is gone, or erases themselves at this moment.
    Stale,
    /// It cannot be read, or its words cannot: it lies where it is, and nobody sees it.
    Unreadable,
}

/// Whether a card that waits may be shown now: whatever has changed since it was dealt.
fn may_show(own: &Person, row: &Row, other: &Person, windows: &Windows, now: Millis) -> Result<bool, Fault> {
    if row.try_get("avoided")? {
        return Ok(false);
    }
    let Some((_, side)) = PairKey::of(own.user, other.user) else { return Ok(false) };
    let mut liked_at = None;
    if let Some(kept) = pairs::read(row)? {
        if kept.pair.hides_from(side, windows, now) {
            return Ok(false);
        }
        liked_at = kept.pair.liked_at(side.other());
    }
    if row.try_get("widened")? {
        // Said on the card. Genders and safety stay, and what the other wishes for.
        let wanted = own.wishes.genders & (1 << other.gender as u8) != 0;
        let admitted = wanted && own.wishes.filters.admit(own, other, now);
        return Ok(admitted && own.may_meet(other, now) && own.is_let_in(other, liked_at, now));
    }
    Ok(own.may_see(other, liked_at, now))
}

/// Whether the other gave the viewer a super-like, which the card may say: it was meant to be seen.
fn superlikes(row: &Row, viewer: UserId, other: UserId) -> Result<bool, Fault> {
    let Some((_, side)) = PairKey::of(viewer, other) else { return Ok(false) };
    let said = pairs::read(row)?.and_then(|kept| kept.pair.said(side.other()));
    Ok(said.is_some_and(|said| said.verdict == Verdict::SuperLike))
}

/// The photos that others see of the person on a row.
fn photos(row: &Row) -> Result<Vec<Shown>, Fault> {
    let names: Option<Vec<i64>> = row.try_get("photos")?;
    let looked_at: Option<Vec<bool>> = row.try_get("looked_at")?;
    let shown = |(name, is_checked): (i64, bool)| Shown { photo: Token(name.cast_unsigned()), is_checked };
    Ok(names.unwrap_or_default().into_iter().zip(looked_at.unwrap_or_default()).map(shown).collect())
}

/// The card of a row as it is shown to somebody.
pub(super) fn seen(
    row: &Row,
    keys: &Keys,
    own: &Person,
    windows: &Windows,
    now: Millis,
) -> Result<Card, Fault> {
    if row.try_get::<_, Option<&str>>("standing")?.is_none() {
        // Their profile went while the card was dealt.
        return Ok(Card::Stale);
    }
    let other = match people::readable(keys, people::shown(row))? {
        Some(Some(other)) => other,
        Some(None) => return Ok(Card::Stale),
        None => return Ok(Card::Unreadable),
    };
    let whose = other.person.user;
    if !may_show(own, row, &other.person, windows, now)? {
        return Ok(Card::Stale);
    }
    let key = match people::readable(keys, user_key::read(keys, whose, row))? {
        Some(Some(key)) => key,
        Some(None) => return Ok(Card::Stale),
        None => return Ok(Card::Unreadable),
    };
    let Some(words) = people::readable(keys, people::words_by(&key, whose, &other.sealed))? else {
        return Ok(Card::Unreadable);
    };
    let file = match other.photo.as_deref() {
        Some(sealed) => people::readable(keys, people::photo_by(&key, whose, sealed))?,
        None => None,
    };
    let is_faceless = other.photo.is_some() && file.is_none();
    let token = Token(row.try_get::<_, i64>("token")?.cast_unsigned());
    let card = Box::new(Seen {
        token,
        words,
        photos: shown::named(keys, own.user, token, &photos(row)?),
        file,
        widened: row.try_get("widened")?,
        superlike: superlikes(row, own.user, whose)?,
        other,
    });
    Ok(if is_faceless { Card::Faceless(card) } else { Card::Shown(card) })
}
