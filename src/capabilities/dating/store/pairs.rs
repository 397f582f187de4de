//! The one row of two people.

use crate::store::aggregates::bots::apart;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Pair, PairKey, Said, Side, Verdict};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// The columns of a pair `d` that [`read`] reads; all may be null behind an outer join.
macro_rules! columns {
    () => {
        "d.lo, d.hi, d.lo_said, d.lo_at, d.hi_said, d.hi_at, d.lo_blocked, d.hi_blocked, d.closed,
        d.matched_at, d.matches, d.lo_token, d.hi_token, d.lo_shares, d.hi_shares"
    };
}

pub(crate) use columns;

/// The same of another table or row.
macro_rules! columns_of {
    ($t:literal) => {
        concat!(
            $t,
            ".lo, ",
            $t,
            ".hi, ",
            $t,
            ".lo_said, ",
            $t,
            ".lo_at, ",
            $t,
            ".hi_said, ",
            $t,
            ".hi_at, ",
            $t,
            ".lo_blocked, ",
            $t,
            ".hi_blocked, ",
            $t,
            ".closed, ",
            $t,
            ".matched_at, ",
            $t,
            ".matches, ",
            $t,
            ".lo_token, ",
            $t,
            ".hi_token, ",
            $t,
            ".lo_shares, ",
            $t,
            ".hi_shares"
        )
    };
}

pub(super) use columns_of;

/// That one of two people does not want to meet the other, ever, said in a chat.
macro_rules! avoided {
    ($one:literal, $other:literal) => {
        concat!(
            "EXISTS (SELECT FROM blocks x WHERE x.user_id = ",
            $one,
            " AND x.blocked = ",
            $other,
            ") OR EXISTS (SELECT FROM blocks x WHERE x.user_id = ",
            $other,
            " AND x.blocked = ",
            $one,
            ")"
        )
    };
}

pub(crate) use avoided;

/// The row, locked until the transaction ends, made if it was not there. Whoever comes second waits
/// for the first, and finds what that one has said.
const MAKE: &str = "INSERT INTO dating_pairs (lo, hi, changed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

const LOCK: &str =
    concat!("SELECT ", columns!(), " FROM dating_pairs d WHERE d.lo = $1 AND d.hi = $2 FOR UPDATE");

const NAMED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM dating_pairs d
    WHERE d.matched_at IS NOT NULL AND ((d.lo = $1 AND d.lo_token = $2) OR (d.hi = $1 AND d.hi_token = $2))"
);

const KEEP: &str = "\
    UPDATE dating_pairs SET lo_said = $3, lo_at = $4, hi_said = $5, hi_at = $6, lo_blocked = $7,
        hi_blocked = $8, closed = $9, matched_at = $10, matches = $11, lo_token = $12, hi_token = $13,
        changed = $14, lo_shares = $15, hi_shares = $16
    WHERE lo = $1 AND hi = $2";

const AVOIDED: &str = concat!(
    "SELECT ",
    avoided!("$1", "$2"),
    " OR ",
    apart!("$1", "(SELECT o.bot FROM accounts o WHERE o.user_id = $2)")
);

/// A record with its names to the two.
pub(crate) struct Kept {
    pub key: PairKey,
    pub pair: Pair,
    pub tokens: [Option<Token>; 2],
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Like => "like",
        Verdict::SuperLike => "super_like",
        Verdict::Pass => "pass",
        Verdict::Later => "later",
    }
}

fn said(row: &Row, what: &str, at: &str) -> Result<Option<Said>, Fault> {
    let (what, at): (Option<&str>, Option<i64>) = (row.try_get(what)?, row.try_get(at)?);
    let verdict = match what {
        None => return Ok(None),
        Some("like") => Verdict::Like,
        Some("super_like") => Verdict::SuperLike,
        Some("pass") => Verdict::Pass,
        Some("later") => Verdict::Later,
        Some(_) => return Err(Fault::Corrupt("a verdict that is none".into())),
    };
    Ok(Some(Said { verdict, at: Millis(at.unwrap_or_default()) }))
}

/// A row as a record; none behind an outer join that found nothing.
pub(crate) fn read(row: &Row) -> Result<Option<Kept>, Fault> {
    let (Some(lo), Some(hi)) = (row.try_get::<_, Option<i64>>("lo")?, row.try_get::<_, Option<i64>>("hi")?)
    else {
        return Ok(None);
    };
    let (key, _) =
        PairKey::of(UserId(lo), UserId(hi)).ok_or_else(|| Fault::Corrupt("somebody who is a pair".into()))?;
    let pair = Pair::restore(
        [said(row, "lo_said", "lo_at")?, said(row, "hi_said", "hi_at")?],
        [row.try_get("lo_blocked")?, row.try_get("hi_blocked")?],
        row.try_get("closed")?,
        row.try_get::<_, Option<i64>>("matched_at")?.map(Millis),
        u32::try_from(row.try_get::<_, i32>("matches")?).unwrap_or_default(),
    )
    .sharing([row.try_get("lo_shares")?, row.try_get("hi_shares")?]);
    let token = |name: &str| {
        Ok::<_, Fault>(row.try_get::<_, Option<i64>>(name)?.map(|token| Token(token.cast_unsigned())))
    };
    Ok(Some(Kept { key, pair, tokens: [token("lo_token")?, token("hi_token")?] }))
}

/// Two people's record, locked.
pub(crate) async fn lock(conn: &mut Conn, key: PairKey, now: Millis) -> Result<Kept, Fault> {
    let (lo, hi) = (key.user(Side::Low).0, key.user(Side::High).0);
    conn.execute(MAKE, &[&lo, &hi, &now.0]).await?;
    let rows = conn.query(LOCK, &[&lo, &hi]).await?;
    let row = rows.first().ok_or_else(|| Fault::Unavailable("a pair went away meanwhile".into()))?;
    read(row)?.ok_or_else(|| Fault::Corrupt("a pair of nobody".into()))
}

/// The match that bears this name to this person, not locked.
pub(crate) async fn named(conn: &mut Conn, user: UserId, token: Token) -> Result<Option<Kept>, Fault> {
    match conn.query(NAMED, &[&user.0, &token.0.cast_signed()]).await?.first() {
        Some(row) => read(row),
        None => Ok(None),
    }
}

/// Keeps a record that was locked.
pub(crate) async fn keep(conn: &mut Conn, kept: &Kept, now: Millis) -> Result<(), Fault> {
    let Kept { key, pair, tokens } = kept;
    let said = [Side::Low, Side::High].map(|side| pair.said(side));
    let words = said.map(|said| said.map(|said| word(said.verdict)));
    let at = said.map(|said| said.map(|said| said.at.0));
    let tokens = tokens.map(|token| token.map(|token| token.0.cast_signed()));
    conn.execute(
        KEEP,
        &[
            &key.user(Side::Low).0,
            &key.user(Side::High).0,
            &words[0],
            &at[0],
            &words[1],
            &at[1],
            &pair.blocks(Side::Low),
            &pair.blocks(Side::High),
            &pair.is_closed(),
            &pair.matched_at().map(|at| at.0),
            &i32::try_from(pair.matches()).unwrap_or(i32::MAX),
            &tokens[0],
            &tokens[1],
            &now.0,
            &pair.shares(Side::Low),
            &pair.shares(Side::High),
        ],
    )
    .await
    .map(drop)
}

/// Whether two people are not to meet: one of them does not want to, as was said in a chat, or they
/// are of two crowds.
pub(crate) async fn avoid_each_other(conn: &mut Conn, one: UserId, other: UserId) -> Result<bool, Fault> {
    let rows = conn.query(AVOIDED, &[&one.0, &other.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(true))
}
