//! Letters whose job failed for good, and those that their job tells to nobody. They were taken and
//! marked so, and whoever wrote them is told by a job of their own that they do not arrive: once,
//! whatever ends the process meanwhile.

use super::tell::{self, Said, Telling};
use super::{pairs, people};
use crate::store::PgStore;
use crate::store::aggregates::bots::place;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Token, Withheld};
use nameless_domain::capabilities::dating::pair::PairKey;
use nameless_domain::ids::{BotId, MessageId, UserId};
use nameless_domain::time::Millis;

const SENDER: &str = "SELECT sender FROM dating_letters WHERE receiver = $1 AND name = $2";

/// It is its own job's from now on, so that no other tells what its writer was told is lost.
const GIVE_UP: &str =
    "UPDATE dating_letters SET told_by = name WHERE receiver = $1 AND name = $2 AND told_by IS NULL";

const BOTS: &str =
    "SELECT DISTINCT bot FROM dating_letters WHERE receiver = $1 AND sender = $2 AND told_by = $3";

const MESSAGES: &str =
    "SELECT message FROM dating_letters WHERE sender = $1 AND bot = $2 AND told_by = $3 ORDER BY message";

/// The job that tells a letter, and those that it took along, has failed for good.
async fn give_up(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    letter: Token,
    now: Millis,
) -> Result<(), Fault> {
    let own = letter.0.cast_signed();
    let rows = conn.query(SENDER, &[&user.0, &own]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let sender = UserId(row.try_get(0)?);
    let Some((key, _)) = PairKey::of(user, sender) else { return Ok(()) };
    // In the order in which an erasure takes them; another job of the same two waits here.
    if !people::are_known(conn, &[user.0, sender.0]).await? {
        return Ok(());
    }
    pairs::lock(conn, key, now).await?;
    conn.execute(GIVE_UP, &[&user.0, &own]).await?;
    // Each bot numbers its messages.
    let bots = conn.query(BOTS, &[&user.0, &sender.0, &own]).await?;
    for row in &bots {
        let bot = place(row.try_get(0)?)?;
        let name = format!("dating:lost:{letter}:{}", bot.0);
        tell::add(conn, keys, sender, name, &Telling::Lost { letter, bot }).await?;
    }
    Ok(())
}

/// What whoever wrote them is told.
pub(super) async fn said(
    conn: &mut Conn,
    user: UserId,
    (letter, bot): (Token, BotId),
) -> Result<Said, Fault> {
    let rows = conn.query(MESSAGES, &[&user.0, &i16::from(bot.0), &letter.0.cast_signed()]).await?;
    let message = |row: &tokio_postgres::Row| Ok::<_, Fault>(MessageId(row.try_get(0)?));
    let messages = rows.iter().map(message).collect::<Result<Vec<_>, Fault>>()?;
    Ok(match messages.is_empty() {
        true => Said::Nothing,
        false => Said::Event(Event::LettersLost { bot, messages, why: None }),
    })
}

const MESSAGE: &str = "SELECT bot, message FROM dating_letters WHERE sender = $1 AND name = $2";

/// What whoever wrote a letter is told that is told to nobody.
pub(super) async fn withheld(
    conn: &mut Conn,
    user: UserId,
    letter: Token,
    why: (Token, Withheld),
) -> Result<Said, Fault> {
    let rows = conn.query(MESSAGE, &[&user.0, &letter.0.cast_signed()]).await?;
    let Some(row) = rows.first() else { return Ok(Said::Nothing) };
    let (bot, message) = (place(row.try_get("bot")?)?, MessageId(row.try_get("message")?));
    Ok(Said::Event(Event::LettersLost { bot, messages: vec![message], why: Some(why) }))
}

impl PgStore {
    /// Has whoever wrote letters, which are told to nobody, told so, of each why: once, however
    /// often it is asked for. `matched` is what the match is called to them.
    pub fn dating_letters_held(
        &self,
        sender: UserId,
        (matched, all): (Token, Vec<(Token, Withheld)>),
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                for &(letter, why) in &all {
                    let telling = Telling::Held { letter, matched, why };
                    tell::add(conn, &inner.keys, sender, format!("dating:held:{letter}"), &telling).await?;
                }
                Ok::<_, Fault>(())
            };
            inner.transaction(work).await
        })
    }

    /// Has whoever wrote a letter, which its job did not tell this receiver, told that it is lost.
    pub fn dating_letter_failed(
        &self,
        user: UserId,
        letter: Token,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| give_up(conn, &inner.keys, user, letter, wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// What the job says that tells of lost letters; none if there are none. For tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_letters_lost(
        &self,
        user: UserId,
        (letter, bot): (Token, BotId),
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        self.dating_tells(user, Telling::Lost { letter, bot })
    }

    /// What the job says that tells of a letter which is told to nobody; none if there is none. For
    /// tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_letter_withheld(
        &self,
        user: UserId,
        letter: Token,
        (matched, why): (Token, Withheld),
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        self.dating_tells(user, Telling::Held { letter, matched, why })
    }

    fn dating_tells(
        &self,
        user: UserId,
        telling: Telling,
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        let said = self.dating_said(user, telling);
        Box::pin(async move {
            Ok(match said.await? {
                Said::Event(event) => Some(event),
                _ => None,
            })
        })
    }
}
