//! The queue of somebody's cards as it is read: which of those that wait may be shown now, whatever
//! has changed since they were dealt.
//!
//! Reading is one way to the database and back, and no transaction. What follows from it is noted
//! afterwards, and only where there is something: who looks at the same cards again writes nothing.

use super::album;
use super::columns;
use super::people::{self, Profile};
use super::row::{Card, OF_LIKERS, QUEUE, Seen, seen};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, Inner, wall_clock};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::capabilities::dating::person::Standing;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// With so many cards left, or fewer, more are dealt.
pub(super) const FEW: i64 = 3;
/// Cards that are looked at beyond those that are wanted: some may not be shown any more. Each
/// costs a look at whoever is on it, so first these few, and more where that is not enough.
const SPARE: [i64; 2] = [3, 19];
/// That somebody is here is noted again after this time, milliseconds.
const HERE_MS: i64 = 600_000;

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
pub(crate) struct Read {
    pub(super) laid: Laid,
    /// To be kept before anybody is told of the cards.
    pub(super) note: Note,
    /// After that few are left.
    pub(super) low: bool,
}

/// What follows from what was read.
#[derive(Default)]
pub(crate) struct Note {
    /// Cards that lie open from now on.
    opened: Vec<i64>,
    /// Cards that may not be shown any more.
    stale: Vec<i64>,
    /// The viewer was not here for a while.
    is_back: bool,
}

/// The viewer, and how many cards wait that they have not seen, as far as `$2`.
pub(super) const OWN: &str = concat!(
    "SELECT ",
    columns::read!(),
    ", (SELECT count(*) FROM (SELECT FROM dating_cards c
            WHERE c.viewer = $1 AND c.answered IS NULL AND c.served IS NULL LIMIT $2) AS w) AS waiting
    FROM dating_profiles p WHERE p.user_id = $1"
);

const SERVED: &str = "\
    UPDATE dating_cards SET served = $3 WHERE viewer = $1 AND token = ANY($2) AND served IS NULL";

/// What lay open is kept by its name, as if it were answered before all else: whoever has it on
/// their screen still may report it.
const LAY_BY: &str = "\
    UPDATE dating_cards c SET answered = 0
    WHERE c.viewer = $1 AND c.token = ANY($2) AND c.answered IS NULL AND c.served IS NOT NULL
        AND EXISTS (SELECT FROM dating_profiles p WHERE p.user_id = c.other)";

/// But what was answered since it was read: that can be taken back.
const DROP: &str = "DELETE FROM dating_cards WHERE viewer = $1 AND token = ANY($2) AND answered IS NULL";

const LEFT: &str =
    "SELECT count(*) FROM dating_cards WHERE viewer = $1 AND answered IS NULL AND served IS NULL";

const ACTIVE: &str =
    "UPDATE dating_profiles SET active = $2 WHERE user_id = $1 AND active < $2::bigint - $3::bigint";

/// One look into somebody's queue: which cards, and how far.
pub(super) struct Look {
    user: i64,
    which: Which,
    most: usize,
    named: Option<i64>,
    /// Cards that are looked at.
    looked_at: i64,
    /// All that may be seen or dropped now, and one more than are few.
    enough: i64,
}

impl Look {
    /// The first one for so many cards: few beyond them.
    pub fn first(user: UserId, of: (Which, usize)) -> Look {
        Look::beyond(user.0, of, SPARE[0])
    }

    /// The same again, for who has more of them than that may not be shown.
    fn further(&self) -> Look {
        Look::beyond(self.user, (self.which, self.most), SPARE[1])
    }

    fn beyond(user: i64, (which, most): (Which, usize), spare: i64) -> Look {
        let named = match which {
            Which::Named(token) => Some(token.0.cast_signed()),
            Which::Next | Which::Likers => None,
        };
        let looked_at = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(spare);
        Look { user, which, most, named, looked_at, enough: looked_at.saturating_add(FEW + 1) }
    }

    /// What [`OWN`] is asked.
    pub fn of_own(&self) -> [&(dyn ToSql + Sync); 2] {
        [&self.user, &self.enough]
    }

    /// The statement that reads the cards.
    pub fn statement(&self) -> &'static str {
        match self.which {
            Which::Next | Which::Named(_) => QUEUE,
            Which::Likers => OF_LIKERS,
        }
    }

    /// What it is asked.
    pub fn of_cards(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.user, &self.looked_at, &self.named]
    }

    /// The viewer's row and those of the cards.
    async fn rows(&self, conn: &mut Conn) -> Result<[Vec<Row>; 2], Fault> {
        let (own, cards) = (self.of_own(), self.of_cards());
        conn.query_all([(OWN, &own[..]), (self.statement(), &cards[..])]).await
    }
}

/// At most `most` cards that may be shown, and what is to be noted before they are.
pub(super) async fn read(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    of: (Which, usize),
    windows: &Windows,
    now: Millis,
) -> Result<Read, Fault> {
    let look = Look::first(user, of);
    let rows = look.rows(conn).await?;
    read_rows(conn, keys, (&look, rows), windows, now).await
}

/// The same by what a first look has found; where that is not enough it is looked further.
pub(super) async fn read_rows(
    conn: &mut Conn,
    keys: &Keys,
    (look, rows): (&Look, [Vec<Row>; 2]),
    windows: &Windows,
    now: Millis,
) -> Result<Read, Fault> {
    let (read, is_enough) = judge(conn, keys, (look, rows), windows, now).await?;
    if is_enough {
        return Ok(read);
    }
    let look = look.further();
    let rows = look.rows(conn).await?;
    Ok(judge(conn, keys, (&look, rows), windows, now).await?.0)
}

/// What a look has found, and whether that is enough: there are as many cards as are wanted, or no
/// more in the queue.
async fn judge(
    conn: &mut Conn,
    keys: &Keys,
    (look, [own, rows]): (&Look, [Vec<Row>; 2]),
    windows: &Windows,
    now: Millis,
) -> Result<(Read, bool), Fault> {
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
        if cards.len() == look.most {
            break;
        }
        let (token, unseen): (i64, bool) = (row.try_get("token")?, row.try_get("unseen")?);
        let card = match seen(row, keys, &own.person, windows, now)? {
            Card::Shown(card) => Some(card),
            Card::Faceless(mut card) => {
                if let Some((file, checked)) = album::stand_in(conn, keys, card.other.person.user).await? {
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
    let is_all = i64::try_from(rows.len()).is_ok_and(|found| found < look.looked_at);
    let is_enough = cards.len() == look.most || is_all;
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
            conn.execute(LAY_BY, &[&user.0, &self.stale]).await?;
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

/// The same by itself, and whether few are left. A transaction is begun only to write. What was
/// read already, if it was, is not read again.
pub(super) async fn look(
    inner: &Inner,
    user: UserId,
    which: (Which, usize),
    windows: &Windows,
    mut first: Option<Read>,
) -> Result<(Laid, bool), Fault> {
    let mut is_last = false;
    loop {
        let now = wall_clock();
        let Read { laid, note, low } = match first.take() {
            Some(read) => read,
            None => read(&mut *inner.check_out().await?, &inner.keys, user, which, windows, now).await?,
        };
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
