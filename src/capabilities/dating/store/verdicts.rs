//! Likes and passes. One row of two people decides; what follows is in the same transaction. They
//! are taken back in `undo`.

use super::deal::draw;
use super::goods::{self, May};
use super::people::{self, Profile, day};
use super::tell::{self, Telling};
use super::undo::like_back;
use super::{desk, ends, letters, pairs, photos, supers, suspicion};
use crate::capabilities::faceguard::held;
use crate::store::PgStore;
use crate::store::aggregates::codes::{REASONS, word};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::chance::Weights;
use nameless_domain::capabilities::dating::history::History;
use nameless_domain::capabilities::dating::pair::{Act, Gate, PairKey, Refusal, Side, Verdict, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is kept.
    Kept,
    /// It made a match: both are told by jobs.
    Matched,
    /// No likes are left today.
    Spent,
    /// It takes something that they do not have.
    Unpaid(Good),
    /// There is no such card, or the person is gone.
    Gone,
}

const CARD: &str = "\
    SELECT other, undone FROM dating_cards WHERE viewer = $1 AND token = $2 AND served IS NOT NULL";

const ANSWERED: &str = "UPDATE dating_cards SET answered = $3 WHERE viewer = $1 AND token = $2";

const DECIDED: &str = "\
    UPDATE dating_profiles SET decided = $2, liked = $3, wants = $4, offers = $5 WHERE user_id = $1";

const SPENT: &str = "\
    UPDATE dating_profiles SET spent = $2, moves = CASE WHEN day = $3 THEN moves ELSE 0 END, day = $3
    WHERE user_id = $1";

/// What stood there at midnight is kept for the day: only that is told.
const SEEN: &str = "\
    UPDATE dating_profiles SET cards = $2, likes = $3, wants = $4, offers = $5,
        told_cards = CASE WHEN told_day = $6 THEN told_cards ELSE cards END,
        told_likes = CASE WHEN told_day = $6 THEN told_likes ELSE likes END, told_day = $6
    WHERE user_id = $1";

const REPORT: &str = "\
    INSERT INTO dating_reports (reporter, reported, at, sealed, reason) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

/// In a chat they are not to meet again, either.
const BLOCK: &str = "INSERT INTO blocks (user_id, blocked, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// Of a like somebody hears so long after it, milliseconds, at the earliest.
const SOON_MS: i64 = 3_600_000;
/// And within this time after that.
const SPREAD_MS: u64 = 5 * 3_600_000;

/// A card that was shown.
struct Shown {
    other: UserId,
    undone: bool,
}

/// A card that was shown to this person, by its name.
async fn card(conn: &mut Conn, user: UserId, token: Token) -> Result<Option<Shown>, Fault> {
    let rows = conn.query(CARD, &[&user.0, &token.0.cast_signed()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let other = UserId(row.try_get("other")?);
    Ok(Some(Shown { other, undone: row.try_get("undone")? }))
}

/// Whether a card of this name was ever shown to this person, as far as that is kept.
pub(super) async fn is_known(conn: &mut Conn, user: UserId, token: Token) -> Result<bool, Fault> {
    Ok(card(conn, user, token).await?.is_some())
}

/// Says what `user` thinks of the person on a card.
pub(super) async fn say(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (token, verdict): (Token, Verdict),
    (limit, may): (u32, May),
    now: Millis,
) -> Result<Decided, Fault> {
    let Some(Shown { other, undone }) = card(conn, user, token).await? else {
        return Ok(Decided::Gone);
    };
    let Some((key, side)) = PairKey::of(user, other) else { return Ok(Decided::Gone) };
    // In the order in which an erasure takes them: accounts, the row of both, their profiles.
    if !people::are_known(conn, &[user.0, other.0]).await? {
        return Ok(Decided::Gone);
    }
    let mut kept = pairs::lock(conn, key, now).await?;
    let Some((mut own, mut theirs)) = people::locked(conn, user, other).await? else {
        return Ok(Decided::Gone);
    };
    let safe =
        own.person.may_meet(&theirs.person, now) && !pairs::avoid_each_other(conn, user, other).await?;
    // Wishes are asked when a card is shown: what has changed since refuses no like, and one over
    // them costs what any does. Whom they do not look for any more they do not hear of, which
    // nobody sees from here.
    let is_heard = theirs.person.wants(&own.person, now);
    let gate = Gate { is_safe: safe };
    let before = kept.pair.said(side);
    if verdict == Verdict::SuperLike && kept.pair.matched_at().is_some() {
        // A button of a card from before the match: nothing is used up for it.
        return Ok(Decided::Kept);
    }
    let is_unheard = supers::is_unheard(&kept.pair, side.other(), &may.windows, now);
    let was_super = before.is_some_and(|said| said.verdict == Verdict::SuperLike);
    let outcome = match kept.pair.act(side, Act::Say(verdict), gate, &Windows::default(), now) {
        Ok(outcome) => outcome,
        // A pass over a match: an unmatch is the way out.
        Err(Refusal::Matched) => return Ok(Decided::Kept),
        Err(_) => return Ok(Decided::Gone),
    };
    // A like that became another kind of like is not paid for twice. With premium a super-like is
    // one of the day's likes: so many people are told at once, and no more.
    let is_super = outcome.spent == Some(Verdict::SuperLike);
    let is_like = outcome.spent == Some(Verdict::Like) && outcome.returned.is_none();
    // One of another day is none of this day's: taken back it would give this day one more.
    let was_like = outcome.returned.is_some_and(|said| day(said.at) == day(now));
    let has_room = own.spent(now) < limit;
    let is_given = is_super && may.premium && (has_room || was_like);
    let is_bought = is_super && !is_given;
    if is_bought && !goods::use_one(conn, keys, (user, Good::DatingSuper), token, now).await? {
        return Ok(Decided::Unpaid(Good::DatingSuper));
    }
    let is_beyond = is_like && !has_room;
    if is_beyond && !goods::use_one(conn, keys, (user, Good::DatingLikes), token, now).await? {
        return Ok(Decided::Spent);
    }
    if is_bought && let Some(said) = outcome.returned.filter(|said| said.verdict == Verdict::Like) {
        like_back(conn, user, (token, said.at), now).await?;
    }
    if was_super && !kept.pair.likes(side) {
        supers::not_first(conn, other, user).await?;
    }
    if outcome.matched.is_some() {
        kept.tokens = [Some(draw()?), Some(draw()?)];
    }
    pairs::keep(conn, &kept, now).await?;
    conn.execute(ANSWERED, &[&user.0, &token.0.cast_signed(), &now.0]).await?;
    if (is_like && !is_beyond) || (is_given && !was_like) {
        let spent = i32::try_from(own.spent(now) + 1).unwrap_or(i32::MAX);
        conn.execute(SPENT, &[&user.0, &spent, &day(now)]).await?;
    }
    let is_first = before.is_none_or(|said| said.verdict == Verdict::Later);
    if is_first && !undone && verdict != Verdict::Later {
        learn(conn, (&mut own, &mut theirs), verdict, now).await?;
        let History { decided, liked, .. } = own.person.history;
        suspicion::look_at_likes(conn, user, (decided, liked), now).await?;
    }
    let Some(number) = outcome.matched else {
        if is_super && is_heard && !is_unheard {
            supers::given(conn, keys, (user, other), token, now).await?;
        } else if is_like && is_heard && !suspicion::is_open(conn, user, now).await? {
            liked(conn, keys, other, now).await?;
        }
        if is_bought {
            supers::look_later(conn, keys, (user, other), token, now).await?;
        }
        return Ok(Decided::Kept);
    };
    // By its number alone it would be the first one of a profile that went, whose job is kept a
    // day.
    for one in [Side::Low, Side::High] {
        let (whose, of) = (key.user(one), key.user(one.other()));
        let name = format!(
            "dating:match:{}:{}:{number}:{}:{}",
            key.user(Side::Low).0,
            key.user(Side::High).0,
            one as u8,
            now.0
        );
        let telling = Telling::Matched { of, number, since: Some(now) };
        tell::add(conn, keys, whose, name, &telling).await?;
    }
    Ok(Decided::Matched)
}

/// Somebody is told that they are liked: once a day at most, and some hours later, so that the time
/// does not tell by whom.
async fn liked(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    let after = SOON_MS + Random::new(draw()?.0).below(SPREAD_MS).cast_signed();
    let name = format!("dating:liked:{}:{}", user.0, day(now));
    tell::add_after(conn, keys, user, (name, &Telling::Liked), after).await
}

/// What the two profiles learn of a first verdict.
async fn learn(
    conn: &mut Conn,
    (own, theirs): (&mut Profile, &mut Profile),
    verdict: Verdict,
    now: Millis,
) -> Result<(), Fault> {
    let mut random = Random::new(draw()?.0);
    let expected = Weights::default().chance(&own.person, &theirs.person, now, &mut random);
    own.person.history.decide(&mut theirs.person.history, verdict.is_like(), expected);
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let (mine, other) = (&own.person.history, &theirs.person.history);
    let [wants, offers] = mine.tastes();
    let (decided, liked) = (count(mine.decided), count(mine.liked));
    let user = own.person.user.0;
    conn.execute(DECIDED, &[&user, &decided, &liked, &wants, &offers]).await?;
    let [wants, offers] = other.tastes();
    let (cards, likes) = (count(other.cards), count(other.likes));
    let user = theirs.person.user.0;
    conn.execute(SEEN, &[&user, &cards, &likes, &wants, &offers, &day(now)]).await.map(drop)
}

/// Never shows the person on a card again; with a reason they are reported, too. Who it is; none if
/// there is no such card, or they are gone.
pub(super) async fn turn_away(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (token, reason): (Token, Option<ReportReason>),
    now: Millis,
) -> Result<Option<UserId>, Fault> {
    let Some(Shown { other, .. }) = card(conn, user, token).await? else { return Ok(None) };
    if avoid(conn, keys, user, (other, reason), now).await? != Decided::Kept {
        return Ok(None);
    }
    conn.execute(ANSWERED, &[&user.0, &token.0.cast_signed(), &now.0]).await?;
    Ok(Some(other))
}

/// Two people are not to meet again, in a chat either; with a reason the other one is to be looked
/// at.
pub(super) async fn avoid(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (other, reason): (UserId, Option<ReportReason>),
    now: Millis,
) -> Result<Decided, Fault> {
    let Some((key, side)) = PairKey::of(user, other) else { return Ok(Decided::Gone) };
    if !people::are_known(conn, &[user.0, other.0]).await? {
        return Ok(Decided::Gone);
    }
    let mut kept = pairs::lock(conn, key, now).await?;
    let gate = Gate { is_safe: false };
    if kept.pair.act(side, Act::Block, gate, &Windows::default(), now).is_err() {
        return Ok(Decided::Gone);
    }
    kept.tokens = [None, None];
    pairs::keep(conn, &kept, now).await?;
    conn.execute(BLOCK, &[&user.0, &other.0, &now.0]).await?;
    ends::tell_later(conn, keys, user, (other, true)).await?;
    let Some(reason) = reason else { return Ok(Decided::Kept) };
    let Some((_, theirs)) = people::locked(conn, user, other).await? else { return Ok(Decided::Kept) };
    let why = word(REASONS, reason);
    let sealed = letters::evidence(conn, keys, (other, user), theirs.sealed).await?;
    conn.execute(REPORT, &[&user.0, &other.0, &now.0, &sealed, &why]).await?;
    for file in photos::files(conn, keys, other).await? {
        held::hold_reported(conn, keys, other, &file, now).await?;
    }
    desk::hide_reported(conn, keys, other, now).await?;
    Ok(Decided::Kept)
}

impl PgStore {
    /// Keeps what somebody thinks of the person on a card; at most `limit` likes a day.
    pub fn dating_say(
        &self,
        user: UserId,
        card: Token,
        verdict: Verdict,
        limit: u32,
    ) -> PortFuture<'_, Result<Decided, StoreError>> {
        self.dating_say_as(user, (card, verdict), (limit, May::default()))
    }

    /// The same for who may do more than everybody.
    pub fn dating_say_as(
        &self,
        user: UserId,
        said: (Token, Verdict),
        by: (u32, May),
    ) -> PortFuture<'_, Result<Decided, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| say(conn, &inner.keys, user, said, by, wall_clock()).await).await
        })
    }

    /// Never shows the person on a card again; with a reason they are reported. Who it is, for the
    /// session of who reports; none if there is no such card, or they are gone.
    pub fn dating_turn_away(
        &self,
        user: UserId,
        card: Token,
        reason: Option<ReportReason>,
    ) -> PortFuture<'_, Result<Option<UserId>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                turn_away(conn, &inner.keys, user, (card, reason), wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    /// Reports the person on a card.
    pub fn dating_report(
        &self,
        user: UserId,
        card: Token,
        reason: ReportReason,
    ) -> PortFuture<'_, Result<Option<UserId>, StoreError>> {
        self.dating_turn_away(user, card, Some(reason))
    }
}
