//! Letters between two of a match: taken once, told once ([`super::post`]), bounded, and there for
//! whoever is reported by one.

use super::deal::draw;
use super::enclosed;
use super::people::{self, Words, words_aad};
use super::post::{GATHER_MS, job_of};
use super::tell::Telling;
use super::{matches, pairs, prefs, verdicts};
use crate::capabilities::reminders;
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::rfc3339;
use nameless_actors::capabilities::DATING_TELL;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Matched, Token};
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::letters::{TO_ALL, TO_ONE, Unsent, WAITING};
use nameless_domain::capabilities::dating::pair::Side;
use nameless_domain::ids::{BotId, MessageId, UserId};
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::{DAY_MS, Millis};
use serde_json::{Value, json};
use std::time::Duration;

/// Letters that a report of a match carries, the newest.
const EVIDENCE: i64 = 10;

/// A letter on its way into the store: which message it is, and what it holds.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// The bot to which it was written.
    pub bot: BotId,
    /// The message in the chat with it.
    pub message: MessageId,
    /// As it may leave.
    pub letter: Letter,
    /// The message of the same chat that it answers: if that was a letter, it is for the same
    /// match.
    pub answers: Option<MessageId>,
    /// It comes again, and may have been for another match, or for none: if it was not taken before
    /// it goes to nobody.
    pub is_late: bool,
}

/// What there is already, of the same message and of others.
const BEFORE: &str = "\
    SELECT EXISTS (SELECT FROM dating_letters WHERE sender = $1 AND bot = $3 AND message = $4) AS was_taken,
        count(*) AS to_all, count(*) FILTER (WHERE receiver = $2) AS to_one,
        (SELECT count(*) FROM dating_letters
         WHERE sender = $1 AND receiver = $2 AND number = $6 AND told_by IS NULL) AS waiting
    FROM dating_letters WHERE sender = $1 AND at > $5";

const INSERT: &str = "\
    INSERT INTO dating_letters (sender, receiver, bot, message, name, number, units, sealed, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

/// Whoever has written to each other has talked.
const TALKED: &str = "\
    UPDATE dating_pairs SET talked = true WHERE lo = least($1::bigint, $2) AND hi = greatest($1, $2) AND NOT talked
        AND EXISTS (SELECT FROM dating_letters WHERE sender = $2 AND receiver = $1 AND number = $3)";

fn held(matched: Token, why: Unsent) -> Event {
    Event::LetterHeld { matched, why }
}

/// Whether two of a match may write to each other now.
async fn may_write(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool, Fault> {
    let (own, theirs) = (people::load(conn, user).await?, people::load(conn, other).await?);
    let are_here = own.is_some_and(|own| matches::is_here(&own))
        && theirs.is_some_and(|theirs| matches::is_here(&theirs));
    Ok(are_here && !pairs::avoid_each_other(conn, user, other).await?)
}

/// To whom somebody's words go from now on.
pub(super) async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    matched: Token,
    now: Millis,
) -> Result<Event, Fault> {
    let gone = held(matched, Unsent::Gone);
    let Some(kept) = pairs::named(conn, user, matched).await? else { return Ok(gone) };
    let low = kept.key.user(Side::Low);
    let other = if low == user { kept.key.user(Side::High) } else { low };
    if !may_write(conn, user, other).await? {
        return Ok(gone);
    }
    let Some(theirs) = people::load(conn, other).await? else { return Ok(gone) };
    let words = people::words(conn, keys, other, &theirs.sealed).await?;
    Ok(words.map_or(gone, |Words { name, .. }| {
        Event::Writes(Matched { token: matched, name, age: theirs.person.birth.age(now) })
    }))
}

/// The match that got a letter, by its name to who wrote it; one of no match where that has ended
/// since.
const WENT: &str = "\
    SELECT COALESCE(CASE WHEN d.lo = $1 THEN d.lo_token ELSE d.hi_token END, l.name)
    FROM dating_letters l LEFT JOIN dating_pairs d ON d.lo = least(l.sender, l.receiver)
        AND d.hi = greatest(l.sender, l.receiver) AND d.matched_at IS NOT NULL AND d.matches = l.number
    WHERE l.sender = $1 AND l.bot = $2 AND l.message = $3";

/// To which match a letter goes: one that answers an own letter, where that went.
async fn whither(conn: &mut Conn, user: UserId, (to, new): (Token, &NewLetter)) -> Result<Token, Fault> {
    let Some(answers) = new.answers else { return Ok(to) };
    let rows = conn.query(WENT, &[&user.0, &i16::from(new.bot.0), &answers.0]).await?;
    let Some(row) = rows.first() else { return Ok(to) };
    Ok(Token(row.try_get::<_, i64>(0)?.cast_unsigned()))
}

/// What became of a letter that comes again, when it came first.
async fn became(conn: &mut Conn, user: UserId, (to, new): (Token, &NewLetter)) -> Result<Event, Fault> {
    let NewLetter { bot, message, .. } = *new;
    let rows = conn.query(WENT, &[&user.0, &i16::from(bot.0), &message.0]).await?;
    let Some(row) = rows.first() else { return Ok(held(to, Unsent::Again)) };
    let matched = Token(row.try_get::<_, i64>(0)?.cast_unsigned());
    Ok(Event::LetterTaken { matched, bot, message })
}

/// Takes a letter, with the job that tells it.
async fn take(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (to, new): (Token, &NewLetter),
    now: Millis,
) -> Result<Event, Fault> {
    if new.is_late {
        return became(conn, user, (to, new)).await;
    }
    let matched = whither(conn, user, (to, new)).await?;
    let Some((kept, side, other)) = matches::find(conn, user, matched, now).await? else {
        return Ok(held(matched, Unsent::Gone));
    };
    if !may_write(conn, user, other).await? {
        return Ok(held(matched, Unsent::Gone));
    }
    let NewLetter { bot: at, message, letter, .. } = new;
    let (bot, number) = (i16::from(at.0), i32::try_from(kept.pair.matches()).unwrap_or(i32::MAX));
    let day = now.plus(-DAY_MS).0;
    let rows = conn.query(BEFORE, &[&user.0, &other.0, &bot, &message.0, &day, &number]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("a count of nothing".into()))?;
    let count = |name: &str| row.try_get::<_, i64>(name).map_err(Fault::from);
    let taken = Event::LetterTaken { matched, bot: *at, message: *message };
    if row.try_get("was_taken")? {
        return Ok(taken);
    }
    for (count, most, why) in [
        (count("to_one")?, TO_ONE, Unsent::Enough),
        (count("to_all")?, TO_ALL, Unsent::EnoughForAll),
        (count("waiting")?, WAITING, Unsent::Waiting),
    ] {
        if count >= most {
            return Ok(held(matched, why));
        }
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = enclosed::seal(user_key::of(&ring, user)?, user, (*at, *message), letter)?;
    let units = enclosed::weight(letter);
    let name = draw()?;
    let named = name.0.cast_signed();
    conn.execute(INSERT, &[&user.0, &other.0, &bot, &message.0, &named, &number, &units, &sealed, &now.0])
        .await?;
    conn.execute(TALKED, &[&user.0, &other.0, &number]).await?;
    let telling = serde_json::to_vec(&Telling::Letter { name })
        .map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
    // In quiet hours it waits.
    let delay = prefs::quiet_ms(conn, other, now).await?.max(GATHER_MS).unsigned_abs();
    let job = NewJob {
        delay: Duration::from_millis(delay),
        ..NewJob::new(DATING_TELL, job_of(name), telling).of(other)
    };
    jobs::add(conn, keys, &[job]).await?;
    if let Some(to_them) = kept.tokens[side.other() as usize] {
        reminders::wrote(conn, keys, other, to_them, now).await?;
    }
    Ok(taken)
}

const SENDER: &str =
    "SELECT sender FROM dating_letters WHERE receiver = $1 AND name = $2 AND told_by IS NOT NULL";

/// Whoever wrote a letter is never met again; with a reason they are reported. Also where the match
/// has ended since: so nobody gets away by that. Who it is; none if there is no such letter.
async fn turn_away(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (letter, reason): (Token, Option<ReportReason>),
    now: Millis,
) -> Result<Option<UserId>, Fault> {
    let rows = conn.query(SENDER, &[&user.0, &letter.0.cast_signed()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let sender = UserId(row.try_get(0)?);
    let decided = verdicts::avoid(conn, keys, user, (sender, reason), now).await?;
    Ok((decided == verdicts::Decided::Kept).then_some(sender))
}

const TOLD: &str = "\
    SELECT bot, message, sealed FROM dating_letters WHERE sender = $1 AND receiver = $2 AND told_by IS NOT NULL
    ORDER BY at DESC, message DESC LIMIT $3";

/// What a report shows: the sealed words of the reported's card, and with them the letters that
/// whoever reports has from them.
pub(super) async fn evidence(
    conn: &mut Conn,
    keys: &Keys,
    (reported, by): (UserId, UserId),
    sealed: Vec<u8>,
) -> Result<Vec<u8>, Fault> {
    let rows = conn.query(TOLD, &[&reported.0, &by.0, &EVIDENCE]).await?;
    if rows.is_empty() {
        return Ok(sealed);
    }
    let ring = user_key::get(conn, keys, &[reported.0]).await?;
    let Some(key) = ring.get(&reported) else { return Ok(sealed) };
    let Some(words) = people::open_words(keys, &ring, reported, &sealed)? else { return Ok(sealed) };
    let mut letters = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        letters.extend(enclosed::open(keys, key, reported, row)?.map(|letter| letter.line()));
    }
    let all = serde_json::to_vec(&Words { letters, ..words })
        .map_err(|_| Fault::Corrupt("evidence that cannot be written".into()))?;
    Ok(key.seal(&all, &words_aad(reported))?)
}

const WRITTEN: &str =
    "SELECT bot, message, sealed, at FROM dating_letters WHERE sender = $1 ORDER BY at, message";

/// What somebody wrote, for the export; not to whom, and not what others wrote to them: that is
/// theirs.
pub(super) async fn written(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(json!([])) };
    let mut all = Vec::new();
    for row in conn.query(WRITTEN, &[&user.0]).await? {
        let letter = enclosed::open(keys, key, user, &row)?;
        let mut one = json!({
            "at": rfc3339(row.try_get("at")?),
            "words": letter.as_ref().map(|letter| &letter.words.text),
        });
        if let Some(Letter { file: Some(file), .. }) = &letter {
            one["file"] = json!({ "kind": file.kind, "file_id": file.file_id });
        }
        all.push(one);
    }
    Ok(json!(all))
}

impl PgStore {
    /// Somebody wants to write to a match: who that is.
    pub fn dating_pen(&self, user: UserId, matched: Token) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            begin(&mut *inner.check_out().await?, &inner.keys, user, matched, wall_clock()).await
        })
    }

    /// Takes a letter to a match; the same message again is none.
    pub fn dating_letter(
        &self,
        user: UserId,
        matched: Token,
        letter: NewLetter,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work =
                async |conn: &mut Conn| take(conn, &inner.keys, user, (matched, &letter), wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// Never meets whoever wrote a letter again; with a reason they are reported. Who it is, for
    /// the session of who reports; none if there is no such letter, or they are gone.
    pub fn dating_letter_away(
        &self,
        user: UserId,
        letter: Token,
        reason: Option<ReportReason>,
    ) -> PortFuture<'_, Result<Option<UserId>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                turn_away(conn, &inner.keys, user, (letter, reason), wall_clock()).await
            };
            inner.transaction(work).await
        })
    }
}
