//! Letters as they are told: by a job for each, in the order in which they were written.
//!
//! A job takes all that wait from one person to another, as many words as one message holds or ten
//! files, and marks them with the letter that it is named by. So a job that begins anew after a
//! crash tells the same ones, and one whose letters another has taken tells nothing.

use super::tell::Said;
use super::{enclosed, matches, pairs, people, prefs};
use crate::store::aggregates::codes::{self, LANGS};
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::bot::{Matched, Token};
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::notices::Kind;
use nameless_domain::capabilities::dating::pair::PairKey;
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_domain::time::{DAY_MS, Millis};

/// A letter is told so long after it was taken, milliseconds: what is written in one breath comes
/// together and in order.
pub(super) const GATHER_MS: i64 = 500;
/// UTF-16 units of all letters that a job tells: of one message Telegram takes 4,096, with the line
/// above them (<https://core.telegram.org/bots/api#sendmessage>). Files have a weight
/// ([`enclosed::weight`]).
const OF_MESSAGE: i64 = 3_600;

/// Letters that are told together.
pub(crate) struct Bundle {
    /// From whom, as their receiver knows them.
    pub of: Matched,
    /// Who that is.
    pub sender: UserId,
    /// What the match is called to them.
    pub theirs: Token,
    /// Their names and what they hold, the oldest first.
    pub letters: Vec<(Token, Letter)>,
    /// The language of who is told.
    pub lang: Lang,
    /// They want no notice of letters: they come without a sound.
    pub is_silent: bool,
}

/// The name of the job that tells a letter.
pub(super) fn job_of(letter: Token) -> String {
    format!("dating:letter:{letter}")
}

const LETTER: &str = "SELECT sender, number FROM dating_letters WHERE receiver = $1 AND name = $2";

/// Letters of a day that jobs have taken which are not done; names are hexadecimal, as in
/// [`job_of`].
const UNDER_WAY: &str = "\
    SELECT 1 FROM (SELECT DISTINCT told_by FROM dating_letters
        WHERE receiver = $1 AND sender = $2 AND at > $4 AND told_by IS NOT NULL AND told_by <> $3) AS e
    JOIN jobs j ON j.key = 'dating:letter:' || lpad(to_hex(e.told_by), 16, '0')
        AND j.state IN ('pending', 'processing')
    LIMIT 1";

/// What waits, as much as one message holds, is this job's now.
const TAKE: &str = "\
    UPDATE dating_letters l SET told_by = $4 FROM (
        SELECT bot, message, sum(units) OVER (ORDER BY bot, message) AS total
        FROM dating_letters WHERE sender = $2 AND receiver = $1 AND number = $3 AND told_by IS NULL) AS w
    WHERE l.sender = $2 AND l.bot = w.bot AND l.message = w.message AND w.total <= $5";

const TAKEN: &str = "\
    SELECT bot, message, name, sealed FROM dating_letters WHERE receiver = $1 AND sender = $2 AND told_by = $3
    ORDER BY bot, message";

const READER: &str = "SELECT lang, blocked_bot FROM accounts WHERE user_id = $1";

/// What the job of a letter tells, at this moment.
pub(super) async fn said(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    letter: Token,
    now: Millis,
) -> Result<Said, Fault> {
    let rows = conn.query(LETTER, &[&user.0, &letter.0.cast_signed()]).await?;
    let Some(row) = rows.first() else { return Ok(Said::Nothing) };
    let (sender, number) = (UserId(row.try_get("sender")?), row.try_get::<_, i32>("number")?);
    let reader = conn.query(READER, &[&user.0]).await?;
    let Some(reader) = reader.first() else { return Ok(Said::Nothing) };
    // Telegram takes nothing for whoever has blocked the bot: until they are back it would be lost.
    if reader.try_get("blocked_bot")? || prefs::quiet_ms(conn, user, now).await? > 0 {
        return Ok(Said::Later);
    }
    let Some((key, side)) = PairKey::of(user, sender) else { return Ok(Said::Nothing) };
    // In the order in which an erasure takes them; of two jobs of the same two one waits here.
    if !people::are_known(conn, &[user.0, sender.0]).await? {
        return Ok(Said::Nothing);
    }
    let kept = pairs::lock(conn, key, now).await?;
    let lives = kept.pair.matched_at().is_some() && i64::from(kept.pair.matches()) == i64::from(number);
    let (true, [Some(token), Some(to_them)]) =
        (lives, [side, side.other()].map(|side| kept.tokens[side as usize]))
    else {
        return Ok(Said::Nothing);
    };
    let Some(theirs) = people::load(conn, sender).await? else { return Ok(Said::Nothing) };
    // A ban, a hiding or a block in a chat may have come since it was taken.
    if !matches::is_here(&theirs) || pairs::avoid_each_other(conn, user, sender).await? {
        return Ok(Said::Nothing);
    }
    let own = letter.0.cast_signed();
    let mut rows = conn.query(TAKEN, &[&user.0, &sender.0, &own]).await?;
    if rows.is_empty() {
        let lately = now.plus(-DAY_MS).0;
        if !conn.query(UNDER_WAY, &[&user.0, &sender.0, &own, &lately]).await?.is_empty() {
            return Ok(Said::Soon);
        }
        conn.execute(TAKE, &[&user.0, &sender.0, &number, &own, &OF_MESSAGE]).await?;
        rows = conn.query(TAKEN, &[&user.0, &sender.0, &own]).await?;
    }
    if rows.is_empty() {
        return Ok(Said::Nothing);
    }
    let ring = user_key::get(conn, keys, &[sender.0]).await?;
    let (Some(key), Some(card)) =
        (ring.get(&sender), people::open_words(keys, &ring, sender, &theirs.sealed)?)
    else {
        return Ok(Said::Nothing);
    };
    let mut letters = Vec::with_capacity(rows.len());
    for row in &rows {
        let name = Token(row.try_get::<_, i64>("name")?.cast_unsigned());
        letters.extend(enclosed::open(keys, key, sender, row)?.map(|letter| (name, letter)));
    }
    if letters.is_empty() {
        return Ok(Said::Nothing);
    }
    Ok(Said::Letters(Bundle {
        of: Matched { token, name: card.name, age: theirs.person.birth.age(now) },
        sender,
        theirs: to_them,
        letters,
        lang: codes::value(LANGS, reader.try_get("lang")?)?,
        is_silent: prefs::wait_ms(conn, user, Kind::Message, now).await?.is_none(),
    }))
}
