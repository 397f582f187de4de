//! Cards are dealt: who may be on somebody's next ones, by an index, and in which order.

use super::pairs;
use super::people::{self, Profile};
use super::who::{ANYWHERE, ANYWHERE_APART, LIKERS, NEAR, NEAR_APART};
use crate::store::aggregates::bots::CrowdList;
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
use tokio_postgres::types::ToSql;

/// People of one cell and gender who are looked at, the ones who were here last.
const OF_A_CELL: i64 = 30;
/// People who are ranked for a hand, at most.
const CANDIDATES: i64 = 300;
/// Cells that are looked into, the nearest first.
const CELLS: usize = 1_200;
/// How far is looked at first by who wants to meet people anywhere.
const NEARBY: Band = Band::To50;

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

/// People who may be on the viewer's cards, with when they liked the viewer. `bots` are those of
/// the viewer's crowd, where others are apart.
async fn candidates(
    conn: &mut Conn,
    viewer: &Person,
    bots: Option<&Vec<i16>>,
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
    for (sql, apart, each) in [(NEAR, NEAR_APART, OF_A_CELL), (ANYWHERE, ANYWHERE_APART, CANDIDATES)] {
        if sql == ANYWHERE && !anywhere {
            continue;
        }
        let asked: [&(dyn ToSql + Sync); 18] = [
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
        ];
        rows.extend(match bots {
            None => conn.query(sql, &asked).await?,
            Some(bots) => {
                let mut asked = asked.to_vec();
                asked.push(bots);
                conn.query(apart, &asked).await?
            }
        });
    }
    for row in rows {
        // One that cannot be read is on nobody's card; it is counted where its price is learnt.
        let other = match people::read(&row) {
            Err(Fault::Corrupt(_)) => continue,
            read => read?,
        };
        let Some(Profile { person: other, .. }) = other else { continue };
        let Some((_, side)) = PairKey::of(viewer.user, other.user) else { continue };
        let mut liked = None;
        if let Some(kept) = pairs::read(&row)? {
            if kept.pair.hides_from(side, windows, now) {
                continue;
            }
            liked = kept.pair.liked_at(side.other());
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
    crowds: &CrowdList,
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
    let bots = crowds.bots(conn, viewer.crowd).await?;
    let mut random = Random::new(draw()?.0);
    let (mut ages, mut widened) = (false, false);
    loop {
        let found = candidates(conn, &viewer, bots.as_ref(), windows, now).await?;
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
