//! The queue of somebody's cards as it is read: which of those that wait may be shown now, whatever
//! has changed since they were dealt.
//!
//! Reading is one way to the database and back, and no transaction. What follows from it is noted
//! afterwards, and only where there is something: who looks at the same cards again writes nothing.

use super::pairs::{self, avoided};
use super::people::{self, Profile, Words};
use super::photos as pictures;
use super::shown::{self, Named, Shown};
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, Inner, wall_clock};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{PairKey, Verdict, Windows};
use nameless_domain::capabilities::dating::person::{Person, Standing};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// With so many cards left, or fewer, more are dealt.
pub(super) const FEW: i64 = 3;
/// Cards that are looked at beyond those that are wanted: some may not be shown any more. Each
/// costs a look at whoever is on it, so first these few, and more where that is not enough.
const SPARE: [i64; 2] = [3, 19];
/// That somebody is here is noted again after this time, milliseconds.
const HERE_MS: i64 = 600_000;

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

/// What was read of a queue.
pub(super) struct Read {
    pub laid: Laid,
    /// To be kept before anybody is told of the cards.
    pub note: Note,
    /// After that few are left.
    pub low: bool,
}

/// What follows from what was read.
#[derive(Default)]
pub(super) struct Note {
    /// Cards that lie open from now on.
    opened: Vec<i64>,
    /// Cards that may not be shown any more.
    stale: Vec<i64>,
    /// The viewer was not here for a while.
    is_back: bool,
}

/// The viewer, and how many cards wait that they have not seen, as far as `$2`.
const OWN: &str = concat!(
    "SELECT ",
    people::columns!(),
    ", (SELECT count(*) FROM (SELECT FROM dating_cards c
            WHERE c.viewer = $1 AND c.answered IS NULL AND c.served IS NULL LIMIT $2) AS w) AS waiting
    FROM dating_profiles p WHERE p.user_id = $1"
);

/// Cards with all that is shown of the people on them. Super-likes come first, then what lies open.
const QUEUE: &str = concat!(
    "SELECT c.token, c.widened, c.served IS NULL AS unseen, ",
    people::columns!(),
    ", ",
    pairs::columns!(),
    ", ",
    avoided!("c.viewer", "c.other"),
    " AS avoided, k.wrapped,
        ARRAY(SELECT f.photo FROM dating_photos f WHERE f.user_id = c.other
            ORDER BY f.place, f.photo) AS photos,
        ARRAY(SELECT f.seen <> 'waiting' FROM dating_photos f WHERE f.user_id = c.other
            ORDER BY f.place, f.photo) AS looked_at
    FROM dating_cards c JOIN dating_profiles p ON p.user_id = c.other
    LEFT JOIN user_keys k ON k.user_id = c.other
    LEFT JOIN dating_pairs d ON d.lo = least(c.viewer, c.other) AND d.hi = greatest(c.viewer, c.other)
    WHERE c.viewer = $1 AND c.answered IS NULL AND ($3::bigint IS NULL OR c.token = $3)
        AND (NOT $4 OR CASE WHEN c.viewer < c.other THEN d.hi_said ELSE d.lo_said END IN ('like', 'super_like'))
    ORDER BY c.place < 0 DESC, c.served NULLS LAST, c.place LIMIT $2"
);

const SERVED: &str = "\
    UPDATE dating_cards SET served = $3 WHERE viewer = $1 AND token = ANY($2) AND served IS NULL";

/// But what was answered since it was read: that can be taken back.
const DROP: &str = "DELETE FROM dating_cards WHERE viewer = $1 AND token = ANY($2) AND answered IS NULL";

const LEFT: &str =
    "SELECT count(*) FROM dating_cards WHERE viewer = $1 AND answered IS NULL AND served IS NULL";

const ACTIVE: &str =
    "UPDATE dating_profiles SET active = $2 WHERE user_id = $1 AND active < $2::bigint - $3::bigint";

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

/// The photos that others see of the person on a row.
fn photos(row: &Row, other: &Profile) -> Result<Vec<Shown>, Fault> {
    if !other.person.has_photo {
        return Ok(Vec::new());
    }
    let (names, looked_at): (Vec<i64>, Vec<bool>) = (row.try_get("photos")?, row.try_get("looked_at")?);
    let shown = |(name, is_checked): (i64, bool)| Shown { photo: Token(name.cast_unsigned()), is_checked };
    Ok(names.into_iter().zip(looked_at).map(shown).collect())
}

/// What a row of the queue is.
enum Card {
    /// It is shown.
    Shown(Box<Seen>),
    /// The same; the handle of its first photo cannot be read.
    Faceless(Box<Seen>),
    /// It may not be shown any more, or who is on it erases themselves at this moment.
    Stale,
    /// It cannot be read, or its words cannot: it lies where it is, and nobody sees it.
    Unreadable,
}

/// The card of a row as it is shown to somebody.
fn seen(row: &Row, keys: &Keys, own: &Person, windows: &Windows, now: Millis) -> Result<Card, Fault> {
    let other = match people::readable(keys, people::read(row))? {
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
        photos: shown::named(keys, own.user, token, &photos(row, &other)?),
        file,
        widened: row.try_get("widened")?,
        superlike: superlikes(row, own.user, whose)?,
        other,
    });
    Ok(if is_faceless { Card::Faceless(card) } else { Card::Shown(card) })
}

/// At most `most` cards that may be shown, and what is to be noted before they are.
pub(super) async fn read(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (which, most): (Which, usize),
    windows: &Windows,
    now: Millis,
) -> Result<Read, Fault> {
    let [few, many] = SPARE;
    let (read, is_enough) = read_some(conn, keys, user, (which, most, few), windows, now).await?;
    if is_enough {
        return Ok(read);
    }
    Ok(read_some(conn, keys, user, (which, most, many), windows, now).await?.0)
}

/// The same of so many beyond, and whether that is enough: there are as many cards as are wanted,
/// or no more in the queue.
async fn read_some(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (which, most, spare): (Which, usize, i64),
    windows: &Windows,
    now: Millis,
) -> Result<(Read, bool), Fault> {
    let (named, likers) = match which {
        Which::Next => (None, false),
        Which::Named(token) => (Some(token.0.cast_signed()), false),
        Which::Likers => (None, true),
    };
    let looked_at = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(spare);
    // All that may be seen or dropped now, and one more than are few.
    let enough = looked_at.saturating_add(FEW + 1);
    let [own, rows] =
        conn.query_both((OWN, &[&user.0, &enough]), (QUEUE, &[&user.0, &looked_at, &named, &likers])).await?;
    let none = |laid| Ok((Read { laid, note: Note::default(), low: false }, true));
    let Some(row) = own.first() else { return none(Laid::Nobody) };
    let (active, waiting): (i64, i64) = (row.try_get("active")?, row.try_get("waiting")?);
    let Some(mut own) = people::read(row)? else { return none(Laid::Nobody) };
    // Whoever looks is here, whatever the row says yet.
    own.person.active = Some(now);
    if own.person.standing != Standing::Shown || !own.person.birth.is_adult(now) {
        return none(Laid::Unseen(own.person.standing));
    }
    let mut note = Note { is_back: active < now.0 - HERE_MS, ..Note::default() };
    let (mut cards, mut left) = (Vec::new(), waiting);
    for row in &rows {
        if cards.len() == most {
            break;
        }
        let (token, unseen): (i64, bool) = (row.try_get("token")?, row.try_get("unseen")?);
        let card = match seen(row, keys, &own.person, windows, now)? {
            Card::Shown(card) => Some(card),
            Card::Faceless(mut card) => {
                if let Some((file, checked)) = pictures::stand_in(conn, keys, card.other.person.user).await? {
                    // Behind the spoiler or not by its own look (I12).
                    (card.file, card.other.photo_checked) = (Some(file), checked);
                }
                Some(card)
            }
            Card::Stale => {
                note.stale.push(token);
                None
            }
            Card::Unreadable => None,
        };
        if let Some(card) = card {
            cards.push(*card);
            note.opened.extend(unseen.then_some(token));
        }
        left -= i64::from(unseen);
    }
    let is_all = i64::try_from(rows.len()).is_ok_and(|looked| looked < looked_at);
    let is_enough = cards.len() == most || is_all;
    let low = !cards.is_empty() && left <= FEW;
    Ok((Read { laid: Laid::Hand(Box::new(Hand { own, cards })), note, low }, is_enough))
}

impl Note {
    fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.stale.is_empty() && !self.is_back
    }

    /// Keeps it: the profile first, as all do who lock more than one row of somebody. False if a
    /// card that was to lie open has been opened, or taken away, since it was read.
    pub(super) async fn keep(&self, conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
        if self.is_back {
            conn.execute(ACTIVE, &[&user.0, &now.0, &HERE_MS]).await?;
        }
        if !self.stale.is_empty() {
            conn.execute(DROP, &[&user.0, &self.stale]).await?;
        }
        if self.opened.is_empty() {
            return Ok(true);
        }
        let opened = conn.execute(SERVED, &[&user.0, &self.opened, &now.0]).await?;
        Ok(opened == self.opened.len() as u64)
    }
}

/// The same in the transaction of whoever asks: from now on the cards lie open.
pub(super) async fn lay(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    which: (Which, usize),
    windows: &Windows,
    now: Millis,
) -> Result<Laid, Fault> {
    let Read { laid, note, .. } = read(conn, keys, user, which, windows, now).await?;
    note.keep(conn, user, now).await?;
    Ok(laid)
}

/// The same by itself, and whether few are left. A transaction is begun only to write.
pub(super) async fn look(
    inner: &Inner,
    user: UserId,
    which: (Which, usize),
    windows: &Windows,
) -> Result<(Laid, bool), Fault> {
    let mut is_last = false;
    loop {
        let now = wall_clock();
        let Read { laid, note, low } =
            read(&mut *inner.check_out().await?, &inner.keys, user, which, windows, now).await?;
        let is_kept =
            note.is_empty() || inner.transaction(async |conn| note.keep(conn, user, now).await).await?;
        // Changed by themselves at this moment, in another window: what is there now is looked at.
        if is_kept || is_last {
            return Ok((laid, low));
        }
        is_last = true;
    }
}

/// How many cards somebody has not seen yet.
pub(super) async fn left(conn: &mut Conn, user: UserId) -> Result<i64, Fault> {
    let rows = conn.query(LEFT, &[&user.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
}
