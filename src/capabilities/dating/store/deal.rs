//! Cards are dealt: who may be on somebody's next ones, by an index, and in which order.

use super::pairs::{self, avoided};
use super::people;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::chance::Weights;
use nameless_domain::capabilities::dating::deck::{self, Candidate};
use nameless_domain::capabilities::dating::pair::{PairKey, Windows};
use nameless_domain::capabilities::dating::person::{Person, Standing};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use nameless_domain::time::Millis;
use std::collections::BTreeMap;

/// People of one cell and gender who are looked at, the ones who were here last.
const OF_A_CELL: i64 = 30;
/// People who are ranked for a hand, at most.
const CANDIDATES: i64 = 300;
/// Cells that are looked into, the nearest first.
const CELLS: usize = 1_200;
/// How far is looked at first by who wants to meet people anywhere.
const NEARBY: Band = Band::To50;

/// People of one cell and gender, of an age that is asked for, that are looked at before any other
/// filter, and of one gender wherever they are before all: whoever asks for what few have does not
/// have a city, or everybody, looked through each time. Literals, so that a plan for all values
/// knows how few they are.
macro_rules! looked_at {
    (cell) => {
        "1000"
    };
    (anywhere) => {
        "4000"
    };
}

/// That a verdict of `$1`, or what has become of the two, counts still.
macro_rules! said {
    ($what:literal, $at:literal) => {
        concat!(
            "q.closed OR q.lo_blocked OR q.hi_blocked OR q.matched_at IS NOT NULL
                OR ",
            $what,
            " IN ('like', 'super_like')
                OR ",
            $at,
            " > CASE ",
            $what,
            " WHEN 'pass' THEN $8::bigint ELSE $9::bigint END"
        )
    };
}

/// The row of `$1` and whoever `p` is, as `o`. Of two people the one with the lower number stands
/// first, so that there are two ways to it: each goes by the rows of `$1`, which lie beside each
/// other in an index. Asked for by an equal sign it would be looked for by whoever `p` is, which is
/// another page each time.
macro_rules! pair {
    () => {
        concat!(
            " LEFT JOIN LATERAL (
                SELECT ",
            pairs::columns_of!("q"),
            ", ",
            said!("q.lo_said", "q.lo_at"),
            " AS said FROM dating_pairs q
                    WHERE $1 < p.user_id AND q.lo = $1 AND q.hi BETWEEN p.user_id AND p.user_id
                UNION ALL
                SELECT ",
            pairs::columns_of!("q"),
            ", ",
            said!("q.hi_said", "q.hi_at"),
            " AS said FROM dating_pairs q
                    WHERE $1 > p.user_id AND q.hi = $1 AND q.lo BETWEEN p.user_id AND p.user_id
            ) AS o ON true "
        )
    };
}

/// Of whom `$1` has said nothing that still counts, and who is not `$1`: asked before the bound
/// above, so that those who were decided on do not stand before those who were not. A column, of
/// which the planner expects nothing: by the words themselves it would expect almost nobody, and
/// sort everybody.
macro_rules! unsaid {
    () => {
        "p.user_id <> $1 AND o.said IS NOT TRUE"
    };
}

/// Who is of an age that `$1` asks for. Of a cell before the bound: its index has the date of
/// birth, and whoever is too old or too young is passed by in it.
macro_rules! of_age {
    () => {
        "p.birth <= current_date - make_interval(years => $4::integer)
            AND p.birth > current_date - make_interval(years => $5::integer + 1)"
    };
}

/// Who may be on a card of `$1`, of gender `$3`, beside where and of what age: filters of both
/// sides, blocks, bans, cards that wait already.
macro_rules! fit {
    () => {
        concat!(
            "p.genders & (1 << $6::integer) <> 0 AND $7::integer BETWEEN p.from_age AND p.to_age
            AND (p.interests & $12::bigint <> 0 OR NOT ($13::boolean OR p.wish_shared))
            AND $14::integer & (1 << p.goal) <> 0 AND p.wish_goals & (1 << $15::integer) <> 0
            AND (p.photo IS NOT NULL OR NOT $16::boolean) AND ($17::boolean OR NOT p.wish_photo)
            AND (p.active >= $18::bigint OR NOT p.show_online)
            AND NOT EXISTS (SELECT FROM dating_cards c
                WHERE c.viewer = $1 AND c.other = p.user_id AND c.answered IS NULL)
            AND NOT EXISTS (SELECT FROM bans n
                WHERE n.user_id = p.user_id AND n.until > (extract(epoch FROM now()) * 1000)::bigint)
            AND NOT (",
            avoided!("$1", "p.user_id"),
            ")"
        )
    };
}

/// The nearest cells first, and of each those who were here last: an index has them in this order.
/// The rows that were found are what is answered: none is looked up a second time.
const NEAR: &str = concat!(
    "SELECT ",
    people::columns!(),
    ", ",
    pairs::columns!(),
    " FROM (SELECT f.* FROM unnest($2::integer[]) WITH ORDINALITY AS e (cell, n)
        CROSS JOIN unnest($3::smallint[]) AS g (gender)
        CROSS JOIN LATERAL (SELECT p.* FROM (
                SELECT p.*, ",
    pairs::columns_of!("o"),
    " FROM dating_profiles p",
    pair!(),
    "WHERE p.cell = e.cell AND p.gender = g.gender AND p.standing = 'shown' AND ",
    of_age!(),
    " AND ",
    unsaid!(),
    " ORDER BY p.active DESC LIMIT ",
    looked_at!(cell),
    ") AS p WHERE ",
    fit!(),
    " ORDER BY p.active DESC LIMIT $10) AS f
        LIMIT $11) AS p
    CROSS JOIN LATERAL (SELECT ",
    pairs::columns_of!("p"),
    ") AS d"
);

/// The same wherever they are. Who is of what age is asked after the bound: there is no end to
/// those who are not.
const ANYWHERE: &str = concat!(
    "SELECT ",
    people::columns!(),
    ", ",
    pairs::columns!(),
    " FROM (SELECT f.* FROM unnest($3::smallint[]) AS g (gender)
        CROSS JOIN LATERAL (SELECT p.* FROM (
                SELECT p.*, ",
    pairs::columns_of!("o"),
    " FROM dating_profiles p",
    pair!(),
    "WHERE p.gender = g.gender AND p.standing = 'shown' AND ",
    unsaid!(),
    " ORDER BY p.active DESC LIMIT ",
    looked_at!(anywhere),
    ") AS p WHERE $2::integer[] IS NOT NULL AND ",
    of_age!(),
    " AND ",
    fit!(),
    " ORDER BY p.active DESC LIMIT $10) AS f
        LIMIT $11) AS p
    CROSS JOIN LATERAL (SELECT ",
    pairs::columns_of!("p"),
    ") AS d"
);

/// Who likes somebody and waits for their word; their own wishes may have changed since.
const LIKERS: &str = concat!(
    "SELECT ",
    people::columns!(),
    ", ",
    pairs::columns!(),
    " FROM (
        SELECT hi AS other FROM dating_pairs
            WHERE lo = $1 AND hi_said IN ('like', 'super_like') AND lo_said IS NULL
        UNION ALL
        SELECT lo FROM dating_pairs
            WHERE hi = $1 AND lo_said IN ('like', 'super_like') AND hi_said IS NULL
        LIMIT $2) AS likes
    JOIN dating_profiles p ON p.user_id = likes.other
    JOIN dating_pairs d ON d.lo = least($1, p.user_id) AND d.hi = greatest($1, p.user_id)
    WHERE NOT EXISTS (SELECT FROM dating_cards c
            WHERE c.viewer = $1 AND c.other = p.user_id AND c.answered IS NULL)
        AND NOT (",
    avoided!("$1", "p.user_id"),
    ")"
);

const DEAL: &str = "\
    INSERT INTO dating_cards (viewer, token, other, place, made, widened)
    SELECT $1::bigint, n.token, n.other, n.n + coalesce((SELECT max(place) FROM dating_cards
            WHERE viewer = $1 AND answered IS NULL), 0),
        $4::bigint, $5::boolean
    FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS n (token, other, n)
    ON CONFLICT (viewer, other) DO UPDATE SET token = excluded.token, place = excluded.place, made = excluded.made,
        widened = excluded.widened, served = NULL, answered = NULL, undone = false
    WHERE dating_cards.answered IS NOT NULL";

/// A name that nobody can guess.
pub(crate) fn draw() -> Result<Token, Fault> {
    let bytes = Keys::random()?;
    Ok(Token(bytes.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))))
}

/// The cells of a reach, the nearest first.
fn cells(of: Cell, reach: Band) -> Vec<i32> {
    let mut cells: Vec<Cell> =
        of.within(reach.end_km()).into_iter().flatten().filter_map(Cell::new).collect();
    cells.sort_by(|a, b| of.distance_km(*a).total_cmp(&of.distance_km(*b)));
    cells.truncate(CELLS);
    cells.into_iter().filter_map(|cell| i32::try_from(cell.number()).ok()).collect()
}

/// People who may be on the viewer's cards, with when they liked the viewer.
async fn candidates(
    conn: &mut Conn,
    viewer: &Person,
    windows: &Windows,
    now: Millis,
) -> Result<BTreeMap<UserId, (Person, Option<Millis>)>, Fault> {
    let mut found = BTreeMap::new();
    let mut rows = conn.query(LIKERS, &[&viewer.user.0, &CANDIDATES]).await?;
    let anywhere = viewer.wishes.within == Band::Beyond;
    let cells = cells(viewer.cell, if anywhere { NEARBY } else { viewer.wishes.within });
    let genders: Vec<i16> = (0..3i16).filter(|g| viewer.wishes.genders & (1 << g) != 0).collect();
    let (from, to) = (i32::from(viewer.wishes.from_age), i32::from(viewer.wishes.to_age));
    let (gender, age) = (viewer.gender as i32, i32::from(viewer.birth.age(now)));
    let filters = viewer.wishes.filters;
    let (interests, since) = (viewer.interests.0.cast_signed(), filters.lately.since(now).0);
    let (goals, goal) = (i32::from(filters.goals), viewer.goal as i32);
    let (passed, later) = (now.plus(-windows.pass_ms).0, now.plus(-windows.later_ms).0);
    for (sql, each) in [(NEAR, OF_A_CELL), (ANYWHERE, CANDIDATES)] {
        if sql == ANYWHERE && !anywhere {
            continue;
        }
        rows.extend(
            conn.query(
                sql,
                &[
                    &viewer.user.0,
                    &cells,
                    &genders,
                    &from,
                    &to,
                    &gender,
                    &age,
                    &passed,
                    &later,
                    &each,
                    &CANDIDATES,
                    &interests,
                    &filters.shared,
                    &goals,
                    &goal,
                    &filters.photo,
                    &viewer.has_photo,
                    &since,
                ],
            )
            .await?,
        );
    }
    for row in rows {
        let Some(other) = people::read(&row)? else { continue };
        let other = other.person;
        let Some((_, side)) = PairKey::of(viewer.user, other.user) else { continue };
        let mut liked = None;
        if let Some(kept) = pairs::read(&row)? {
            if kept.pair.hides_from(side, windows, now) {
                continue;
            }
            let said = kept.pair.said(side.other());
            liked = said.filter(|said| said.verdict.is_like()).map(|said| said.at);
        }
        found.insert(other.user, (other, liked));
    }
    Ok(found)
}

/// Puts cards of these people at the end of a queue. Of whoever erases themselves beside this none
/// is made: their account is locked first, or is gone. How many were made.
async fn put(
    conn: &mut Conn,
    user: UserId,
    others: Vec<i64>,
    widened: bool,
    now: Millis,
) -> Result<usize, Fault> {
    let known = people::known(conn, &others).await?;
    let others: Vec<i64> = others.into_iter().filter(|other| known.contains(other)).collect();
    let tokens: Vec<i64> =
        others.iter().map(|_| Ok(draw()?.0.cast_signed())).collect::<Result<_, Fault>>()?;
    if !others.is_empty() {
        conn.execute(DEAL, &[&user.0, &tokens, &others, &now.0, &widened]).await?;
    }
    Ok(others.len())
}

/// Deals a card of each who likes somebody and is on none. Wishes are looked at when it is shown.
/// Nothing else may be locked yet.
pub(super) async fn likers(conn: &mut Conn, user: UserId, now: Millis) -> Result<(), Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(());
    }
    let rows = conn.query(LIKERS, &[&user.0, &CANDIDATES]).await?;
    let others: Vec<i64> = rows.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    put(conn, user, others, false, now).await.map(drop)
}

/// Deals a hand to the end of somebody's queue. How many cards. Nothing else may be locked yet: an
/// erasure locks an account before all that is about it.
pub(super) async fn deal(
    conn: &mut Conn,
    user: UserId,
    windows: &Windows,
    now: Millis,
) -> Result<usize, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(0);
    }
    let Some(own) = people::load(conn, user).await? else { return Ok(0) };
    let mut viewer = own.person;
    // Whoever has cards dealt is here.
    viewer.active = Some(now);
    if viewer.standing != Standing::Shown {
        return Ok(0);
    }
    let mut random = Random::new(draw()?.0);
    let (mut ages, mut widened) = (false, false);
    loop {
        let found = candidates(conn, &viewer, windows, now).await?;
        let all: Vec<Candidate<'_>> =
            found.values().map(|(person, liked_at)| Candidate { person, liked_at: *liked_at }).collect();
        let hand = deck::deal(&viewer, &all, &Weights::default(), now, &mut random);
        if !hand.is_empty() {
            let others: Vec<i64> = hand.iter().map(|other| other.0).collect();
            return put(conn, user, others, widened, now).await;
        }
        let Some((wider, fallback)) = deck::widened(&viewer, ages) else { return Ok(0) };
        ages |= fallback == deck::Fallback::Ages;
        (viewer, widened) = (wider, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_cells_come_first() {
        let here = Cell::of(55.75, 37.62).expect("a cell");
        let all = cells(here, Band::To100);
        assert_eq!(all[0], i32::try_from(here.number()).expect("a number"));
        assert!(all.len() > 300 && all.len() <= CELLS, "{}", all.len());
    }
}
