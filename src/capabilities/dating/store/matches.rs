//! Matches: the list, the way into a chat, the end.

use super::columns;
use super::ends;
use super::pairs::{self, Kept, avoided};
use super::people::{self, Profile, Words};
use super::shown::{self, Named};
use super::tell::{self, Telling};
use crate::capabilities::reminders;
use crate::store::PgStore;
use crate::store::aggregates::bots::apart;
use crate::store::aggregates::pair as chat;
use crate::store::aggregates::user_key::{self, KeyRing};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{Opened, PortFuture, Proposal, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Matched, Token};
use nameless_domain::capabilities::dating::pair::{Act, Contacts, Gate, PairKey, Side, Windows};
use nameless_domain::capabilities::dating::person::Standing;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;

/// Matches that lists are made of, the newest.
const LOOKED_THROUGH: i64 = 500;
/// Somebody is told at most once in this time that a match wants to talk, milliseconds.
const WANTED_MS: i64 = 3_600_000;

const MATCHES: &str = concat!(
    "SELECT ",
    columns::shown!(),
    ", ",
    pairs::columns!(),
    " FROM dating_pairs d
    JOIN dating_profiles p ON p.user_id = CASE WHEN d.lo = $1 THEN d.hi ELSE d.lo END
    WHERE d.matched_at IS NOT NULL AND (d.lo = $1 OR d.hi = $1) AND NOT (",
    avoided!("$1", "p.user_id"),
    " OR ",
    apart!("$1", "p.bot"),
    ") ORDER BY d.matched_at DESC, d.lo, d.hi LIMIT $2"
);

/// The chat that was opened for these two, while both are in it. One that began by chance is none:
/// who is in it is not told by a match.
const TOGETHER: &str = "\
    SELECT d.chat FROM dating_pairs d
    JOIN active_pair_member m ON m.user_id = d.lo AND m.pair_id = d.chat
    JOIN active_pair_member n ON n.user_id = d.hi AND n.pair_id = d.chat
    WHERE d.lo = least($1::bigint, $2::bigint) AND d.hi = greatest($1::bigint, $2::bigint)";

/// Somebody talks to no character, and has answered the first questions. Whether they are in a chat
/// is asked of the chats, when one is opened: of one that ended just now the account may not know.
const IS_FREE: &str = "\
    SELECT 1 FROM accounts WHERE user_id = $1 AND phase ->> 'at' IN ('idle', 'searching', 'chatting')";

/// They have talked as a match, last in this chat.
const TALKED: &str = "UPDATE dating_pairs SET talked = true, chat = $3 WHERE lo = $1 AND hi = $2";

/// One of somebody's matches, before it is shown anywhere.
pub(super) struct Listed {
    pub matched: Matched,
    /// Since when.
    pub since: Millis,
    pub contacts: Contacts,
    theirs: Profile,
}

/// The keys of all of them; where one of them cannot be read, of the others.
async fn ring(conn: &mut Conn, keys: &Keys, others: &[i64]) -> Result<KeyRing, Fault> {
    match user_key::get(conn, keys, others).await {
        Err(Fault::Corrupt(_) | Fault::Crypto(_)) => {}
        ring => return ring,
    }
    let mut ring = KeyRing::default();
    for other in others {
        let one = user_key::get(conn, keys, &[*other]).await;
        ring.extend(people::readable(keys, one)?.unwrap_or_default());
    }
    Ok(ring)
}

/// Somebody's matches, the newest first.
pub(super) async fn listed(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Vec<Listed>, Fault> {
    let rows = conn.query(MATCHES, &[&user.0, &LOOKED_THROUGH]).await?;
    let others: Vec<i64> = rows.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    let ring = ring(conn, keys, &others).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let theirs = people::readable(keys, people::shown(&row))?.flatten();
        let (Some(theirs), Some(kept)) = (theirs, pairs::read(&row)?) else { continue };
        let other = theirs.person.user;
        let Some((_, side)) = PairKey::of(user, other) else { continue };
        let (Some(token), Some(since), true) =
            (kept.tokens[side as usize], kept.pair.matched_at(), is_here(&theirs))
        else {
            continue;
        };
        let Some(Words { name, .. }) = people::open_words(keys, &ring, other, &theirs.sealed)? else {
            continue;
        };
        let matched = Matched { token, name, age: theirs.person.birth.age(now) };
        all.push(Listed { matched, since, contacts: kept.pair.contacts(side), theirs });
    }
    Ok(all)
}

/// A match as the app lists it.
pub(crate) struct Line {
    pub token: Token,
    pub name: String,
    pub age: u8,
    /// The photos, in their order.
    pub photos: Vec<Named>,
    /// Since when.
    pub since: Millis,
    pub contacts: Contacts,
    /// Who it is. Told to nobody unless contacts are open.
    pub other: UserId,
}

/// Somebody's matches with their photos, the newest first.
async fn lines(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<Vec<Line>, Fault> {
    let listed = listed(conn, keys, user, now).await?;
    let others: Vec<i64> = listed.iter().map(|one| one.theirs.person.user.0).collect();
    let mut visible = shown::shown(conn, &others).await?;
    let line = |Listed { matched: Matched { token, name, age }, since, contacts, theirs }: Listed| {
        let photos = shown::named(keys, user, token, &theirs.shown_photos(&mut visible));
        Line { token, name, age, photos, since, contacts, other: theirs.person.user }
    };
    Ok(listed.into_iter().map(line).collect())
}

/// Whether somebody may be talked to: also who takes a break.
pub(super) fn is_here(profile: &Profile) -> bool {
    matches!(profile.person.standing, Standing::Shown | Standing::Paused)
}

/// A match by its name to this person, with its record locked, and the person's side.
pub(super) async fn find(
    conn: &mut Conn,
    user: UserId,
    token: Token,
    now: Millis,
) -> Result<Option<(Kept, Side, UserId)>, Fault> {
    let Some(Kept { key, .. }) = pairs::named(conn, user, token).await? else { return Ok(None) };
    let side = if key.user(Side::Low) == user { Side::Low } else { Side::High };
    let other = key.user(side.other());
    if !people::are_known(conn, &[user.0, other.0]).await? {
        return Ok(None);
    }
    let kept = pairs::lock(conn, key, now).await?;
    // It may have ended since.
    let lives = kept.pair.matched_at().is_some() && kept.tokens[side as usize] == Some(token);
    Ok(lives.then_some((kept, side, other)))
}

/// What becomes of the wish to talk to a match.
pub(crate) enum Written {
    /// The chat is open: what each of the two is told.
    Opened { own: Event, other: (UserId, Event) },
    /// One of them is not free.
    Busy,
    /// There is no such match (any more).
    Gone,
}

/// Somebody is in a chat already, and not in the one that was opened for them and this match.
const ELSEWHERE: &str = "\
    SELECT 1 FROM active_pair_member m JOIN pairs p ON p.pair_id = m.pair_id
    WHERE m.user_id = $1 AND NOT EXISTS (SELECT FROM dating_pairs d
        WHERE d.lo = least(p.a, p.b) AND d.hi = greatest(p.a, p.b) AND d.chat = m.pair_id
            AND $2 = CASE WHEN d.lo = $1 THEN d.lo_token ELSE d.hi_token END)";

/// Whether somebody talks to another than this match right now: nobody is told of their wish then.
pub(super) async fn talks_to_another(conn: &mut Conn, user: UserId, matched: Token) -> Result<bool, Fault> {
    Ok(!conn.query(ELSEWHERE, &[&user.0, &matched.0.cast_signed()]).await?.is_empty())
}

/// What two of a match are called, the asker first; none if they may not talk.
async fn names(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    other: UserId,
) -> Result<Option<[String; 2]>, Fault> {
    let (Some(own), Some(theirs)) = (people::load(conn, user).await?, people::load(conn, other).await?)
    else {
        return Ok(None);
    };
    if !is_here(&own) || !is_here(&theirs) || pairs::avoid_each_other(conn, user, other).await? {
        return Ok(None);
    }
    let mine = people::words(conn, keys, user, &own.sealed).await?;
    let their = people::words(conn, keys, other, &theirs.sealed).await?;
    Ok(mine.zip(their).map(|(mine, their)| [mine.name, their.name]))
}

/// The chat that was opened for these two, if both are in it.
pub(super) async fn together(conn: &mut Conn, user: UserId, other: UserId) -> Result<Option<PairId>, Fault> {
    let rows = conn.query(TOGETHER, &[&user.0, &other.0]).await?;
    Ok(rows.first().map(|row| row.try_get::<_, i64>(0)).transpose()?.map(PairId))
}

async fn is_free(conn: &mut Conn, user: UserId) -> Result<bool, Fault> {
    Ok(!conn.query(IS_FREE, &[&user.0]).await?.is_empty())
}

/// What the two are told of their chat.
fn opened(
    pair: PairId,
    (user, other): (UserId, UserId),
    [mine, their]: [String; 2],
    (tokens, side): ([Option<Token>; 2], Side),
) -> Written {
    let (own, theirs) = (tokens[side as usize], tokens[side.other() as usize]);
    Written::Opened {
        own: Event::ChatOpened { pair, partner: other, name: their, matched: own },
        other: (other, Event::ChatOpened { pair, partner: user, name: mine, matched: theirs }),
    }
}

/// The chat with a match as it was opened before; none if it is over.
pub(super) async fn again(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    token: Token,
    now: Millis,
) -> Result<Option<Written>, Fault> {
    let Some((kept, side, other)) = find(conn, user, token, now).await? else { return Ok(None) };
    let Some(pair) = together(conn, user, other).await? else { return Ok(None) };
    let names = names(conn, keys, user, other).await?;
    Ok(names.map(|names| opened(pair, (user, other), names, (kept.tokens, side))))
}

/// Opens the chat with a match where both are free. Where only the other one is not, `calls` has
/// them told of the wish; else what is written to them tells them.
pub(super) async fn write(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (token, calls): (Token, bool),
    now: Millis,
) -> Result<Written, Fault> {
    let Some((kept, side, other)) = find(conn, user, token, now).await? else { return Ok(Written::Gone) };
    let to_them = kept.tokens[side.other() as usize];
    let Some(names) = names(conn, keys, user, other).await? else { return Ok(Written::Gone) };
    // The same press again, after a crash.
    let pair = match together(conn, user, other).await? {
        Some(pair) => pair,
        None => {
            if !is_free(conn, user).await? {
                return Ok(Written::Busy);
            }
            let members = [kept.key.user(Side::Low), kept.key.user(Side::High)];
            let opened = match is_free(conn, other).await? {
                true => chat::open(conn, &[Proposal { members, at: now }]).await?.pop(),
                false => None,
            };
            match opened {
                Some(Opened::Pair(pair)) => pair,
                // Found somebody at this moment.
                Some(Opened::Conflict(busy)) if busy.contains(&user) => return Ok(Written::Busy),
                _ if !calls => return Ok(Written::Busy),
                _ => {
                    let name = format!("dating:wanted:{}:{}:{}", user.0, other.0, now.0 / WANTED_MS);
                    tell::add(conn, keys, other, name, &Telling::Wanted { by: user }).await?;
                    if let Some(to_them) = to_them {
                        reminders::wrote(conn, keys, other, to_them, now).await?;
                    }
                    return Ok(Written::Busy);
                }
            }
        }
    };
    let (low, high) = (kept.key.user(Side::Low), kept.key.user(Side::High));
    conn.execute(TALKED, &[&low.0, &high.0, &pair.0]).await?;
    if let Some(to_them) = to_them {
        reminders::wrote(conn, keys, other, to_them, now).await?;
    }
    Ok(opened(pair, (user, other), names, (kept.tokens, side)))
}

/// Somebody has written to this one since then, in whichever chat of the two or by letter.
const ANSWERED: &str = "\
    SELECT 1 FROM pairs p JOIN history h ON h.pair_id = p.pair_id AND h.opened = p.opened AND h.side = 0
    WHERE p.a = $1 AND p.b = $2 AND h.at >= $3
    UNION ALL
    SELECT 1 FROM pairs p JOIN history h ON h.pair_id = p.pair_id AND h.opened = p.opened AND h.side = 1
    WHERE p.b = $1 AND p.a = $2 AND h.at >= $3
    UNION ALL
    SELECT 1 FROM dating_letters l WHERE l.sender = $1 AND l.receiver = $2 AND l.at >= $3
    LIMIT 1";

/// Whether somebody's match of this name, who wrote or wanted to, is still one, and was not
/// answered since.
pub(crate) async fn waits_for_answer(
    conn: &mut Conn,
    user: UserId,
    token: Token,
    since: Millis,
) -> Result<bool, Fault> {
    let Some(Kept { key, pair, .. }) = pairs::named(conn, user, token).await? else { return Ok(false) };
    let by = if key.user(Side::Low) == user { key.user(Side::High) } else { key.user(Side::Low) };
    if pair.matched_at().is_none() || pairs::avoid_each_other(conn, user, by).await? {
        return Ok(false);
    }
    let (own, theirs) = (people::load(conn, user).await?, people::load(conn, by).await?);
    let are_here = own.is_some_and(|own| is_here(&own)) && theirs.is_some_and(|theirs| is_here(&theirs));
    Ok(are_here && conn.query(ANSWERED, &[&user.0, &by.0, &since.0]).await?.is_empty())
}

/// Ends a match for good; with whom it was, if there was one.
pub(super) async fn end(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    token: Token,
    now: Millis,
) -> Result<Option<UserId>, Fault> {
    let Some((mut kept, side, other)) = find(conn, user, token, now).await? else { return Ok(None) };
    let gate = Gate { is_safe: false };
    if kept.pair.act(side, Act::Unmatch, gate, &Windows::default(), now).is_err() {
        return Ok(None);
    }
    kept.tokens = [None, None];
    pairs::keep(conn, &kept, now).await?;
    if together(conn, user, other).await?.is_some() {
        ends::tell_later(conn, keys, user, (other, false)).await?;
    }
    Ok(Some(other))
}

impl PgStore {
    /// Somebody's matches, the newest first.
    pub fn dating_matches(&self, user: UserId) -> PortFuture<'_, Result<Vec<Matched>, StoreError>> {
        self.run(move |inner| async move {
            let all = listed(&mut *inner.check_out().await?, &inner.keys, user, wall_clock()).await?;
            Ok(all.into_iter().map(|one| one.matched).collect())
        })
    }

    /// Somebody's matches as the app lists them, the newest first.
    pub(crate) fn dating_lines(&self, user: UserId) -> PortFuture<'_, Result<Vec<Line>, StoreError>> {
        self.run(move |inner| async move {
            lines(&mut *inner.check_out().await?, &inner.keys, user, wall_clock()).await
        })
    }

    /// Opens the chat with a match, if neither talks to somebody else: letters go there then.
    pub(crate) fn dating_write(
        &self,
        user: UserId,
        token: Token,
    ) -> PortFuture<'_, Result<Written, StoreError>> {
        self.run(move |inner| async move {
            let work =
                async |conn: &mut Conn| write(conn, &inner.keys, user, (token, false), wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// Ends a match for good. With whom the chat that was opened for it is to end, if they are in
    /// it: also where the same press has ended the match before, and was cut off.
    pub fn dating_part(
        &self,
        user: UserId,
        token: Token,
    ) -> PortFuture<'_, Result<(Event, Option<UserId>), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let ended = end(conn, &inner.keys, user, token, wall_clock()).await?;
                let chat = ends::chat(conn, user).await?;
                let event = if ended.or(chat).is_some() { Event::Parted } else { Event::Gone };
                Ok::<_, Fault>((event, chat))
            };
            inner.transaction(work).await
        })
    }
}
