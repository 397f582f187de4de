//! What people are told of a match, by a job each: in the transaction that made it, so exactly
//! once. A job waits where its user wants to hear of it later.

use super::post::{self, Bundle};
use super::{contacts, ends, likers, lost, matches, pairs, people, prefs, supers};
use crate::store::PgStore;
use crate::store::aggregates::bots::apart;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::DATING_TELL;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Matched, Token, Withheld};
use nameless_domain::capabilities::dating::notices::Kind;
use nameless_domain::capabilities::dating::pair::{Contacts, PairKey};
use nameless_domain::capabilities::dating::profile::Objection;
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a job of [`DATING_TELL`] says. Names are read when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Telling {
    /// A match has begun: this one of the two, at this moment. Where one of them makes a profile
    /// anew their matches are counted anew; jobs from before say no moment.
    Matched {
        of: UserId,
        number: u32,
        #[serde(default)]
        since: Option<Millis>,
    },
    /// A match wants to talk.
    Wanted { by: UserId },
    /// Somebody likes them; who is not said.
    Liked,
    /// Both of a match agreed that each learns who the other is.
    Contact {
        of: UserId,
        number: u32,
        #[serde(default)]
        since: Option<Millis>,
    },
    /// They asked, in the app, for their profile to go: that takes a tap in the chat.
    Leaving,
    /// A photo of theirs that nobody could look at before could not stay where it was.
    Photo { objection: Objection },
    /// Somebody gave them a super-like; who is not said here.
    Super,
    /// A match wrote: this letter, and those that wait with it.
    Letter { name: Token },
    /// A letter of theirs, with those that went along, does not arrive.
    Lost { letter: Token, bot: BotId },
    /// They ended what was between them and somebody: their session hears it, if it has not.
    Ended { partner: UserId, blocked: bool },
    /// A letter of theirs, to what they know this match as, is told to nobody.
    Held { letter: Token, matched: Token, why: Withheld },
    /// Nothing is told: a super-like that they bought goes back if it was not seen since.
    Unseen { to: UserId, card: Token, at: Millis },
}

impl Telling {
    /// As which kind of notice it may be unwanted; none: it answers what they did themselves, or it
    /// is what somebody wrote to them, which comes in any case.
    fn kind(self) -> Option<Kind> {
        match self {
            Telling::Matched { .. } => Some(Kind::Match),
            Telling::Wanted { .. } => Some(Kind::Message),
            Telling::Liked | Telling::Super => Some(Kind::Like),
            Telling::Contact { .. }
            | Telling::Leaving
            | Telling::Photo { .. }
            | Telling::Letter { .. }
            | Telling::Lost { .. }
            | Telling::Ended { .. }
            | Telling::Held { .. }
            | Telling::Unseen { .. } => None,
        }
    }
}

/// What there is to tell.
pub(crate) enum Said {
    /// It is over by now.
    Nothing,
    /// This.
    Event(Event),
    /// Who a match is: the name on their card, and under which Telegram is asked for the other one.
    Contact { other: UserId, name: String },
    /// They do not want to be disturbed now, or cannot be reached.
    Later,
    /// What a match wrote.
    Letters(Bundle),
    /// What the same match wrote before is on its way.
    Soon,
}

/// Has a person told, once for this name of the cause; not of what they do not want to hear of.
pub(crate) async fn add(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    name: String,
    telling: &Telling,
) -> Result<(), Fault> {
    add_after(conn, keys, user, (name, telling), 0).await
}

/// The same not before `after_ms` have passed.
pub(super) async fn add_after(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (name, telling): (String, &Telling),
    after_ms: i64,
) -> Result<(), Fault> {
    let at = wall_clock().plus(after_ms);
    let wait = match telling.kind() {
        Some(kind) => prefs::wait_ms(conn, user, kind, at).await?,
        None => Some(0),
    };
    let Some(wait) = wait else { return Ok(()) };
    let words =
        serde_json::to_vec(telling).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
    let delay = Duration::from_millis((after_ms + wait).max(0).unsigned_abs());
    let job = NewJob { delay, ..NewJob::new(DATING_TELL, name, words).of(user) };
    jobs::add(conn, keys, &[job]).await.map(drop)
}

const PAIR: &str = concat!(
    "SELECT ",
    pairs::columns!(),
    " FROM dating_pairs d WHERE d.lo = least($1::bigint, $2) AND d.hi = greatest($1, $2)"
);

/// A super-like that lies before somebody: not taken back, and of somebody who may be met.
const SUPER: &str = concat!(
    "SELECT 1 FROM dating_cards c JOIN dating_profiles p ON p.user_id = c.other AND p.standing = 'shown'
    WHERE c.viewer = $1 AND c.place < 0 AND c.answered IS NULL AND NOT (",
    pairs::avoided!("c.viewer", "c.other"),
    " OR ",
    apart!("c.viewer", "p.bot"),
    ") LIMIT 1"
);

/// What there is to tell, at this moment.
async fn said(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    telling: Telling,
    now: Millis,
) -> Result<Said, Fault> {
    if telling.kind().is_some() && prefs::quiet_ms(conn, user, now).await? > 0 {
        return Ok(Said::Later);
    }
    let (other, number, since) = match telling {
        Telling::Matched { of, number, since } | Telling::Contact { of, number, since } => {
            (of, Some(number), since)
        }
        Telling::Wanted { by } => (by, None, None),
        Telling::Liked => {
            return Ok(match likers::waiting(conn, user, now).await? {
                0 => Said::Nothing,
                count => Said::Event(Event::Liked { count }),
            });
        }
        Telling::Super => {
            return Ok(match conn.query(SUPER, &[&user.0]).await?.is_empty() {
                true => Said::Nothing,
                false => Said::Event(Event::SuperLiked),
            });
        }
        Telling::Leaving => return Ok(Said::Event(Event::Leaving)),
        Telling::Photo { objection } => return Ok(Said::Event(Event::PhotoGone { objection })),
        Telling::Letter { name } => return post::said(conn, keys, user, name, now).await,
        Telling::Lost { letter, bot } => return lost::said(conn, user, (letter, bot)).await,
        Telling::Ended { partner, blocked } => return ends::said(conn, user, (partner, blocked)).await,
        Telling::Held { letter, matched, why } => {
            return lost::withheld(conn, user, letter, (matched, why)).await;
        }
        Telling::Unseen { to, card, at } => {
            supers::unless_seen(conn, (user, to), (card, at), now).await?;
            return Ok(Said::Nothing);
        }
    };
    let rows = conn.query(PAIR, &[&user.0, &other.0]).await?;
    let Some(kept) = rows.first().map(pairs::read).transpose()?.flatten() else { return Ok(Said::Nothing) };
    let Some((_, side)) = PairKey::of(user, other) else { return Ok(Said::Nothing) };
    let begun = kept.pair.matched_at();
    let is_it = number.is_none_or(|n| n == kept.pair.matches()) && (since.is_none() || since == begun);
    let lives = begun.is_some() && is_it;
    let (true, Some(token)) = (lives, kept.tokens[side as usize]) else { return Ok(Said::Nothing) };
    let Some(theirs) = people::load(conn, other).await? else { return Ok(Said::Nothing) };
    // A ban, a hiding or a block in a chat may have come since the job was added.
    if !matches::is_here(&theirs) || pairs::avoid_each_other(conn, user, other).await? {
        return Ok(Said::Nothing);
    }
    let Some(words) = people::words(conn, keys, other, &theirs.sealed).await? else {
        return Ok(Said::Nothing);
    };
    let one = Matched { token, name: words.name, age: theirs.person.birth.age(now) };
    Ok(match telling {
        Telling::Matched { .. } => Said::Event(Event::Matched(one)),
        Telling::Contact { .. } => match kept.pair.contacts(side) {
            Contacts::Open if contacts::are_here(conn, user, other).await? => {
                Said::Contact { other, name: one.name }
            }
            _ => Said::Nothing,
        },
        _ => Said::Event(Event::Wanted(one)),
    })
}

impl PgStore {
    /// What a job tells its user.
    pub(crate) fn dating_said(
        &self,
        user: UserId,
        telling: Telling,
    ) -> PortFuture<'_, Result<Said, StoreError>> {
        self.run(move |inner| async move {
            let now = wall_clock();
            match telling {
                // Those that change something.
                Telling::Unseen { .. } | Telling::Letter { .. } => {
                    inner.transaction(async |conn| said(conn, &inner.keys, user, telling, now).await).await
                }
                _ => said(&mut *inner.check_out().await?, &inner.keys, user, telling, now).await,
            }
        })
    }

    /// What the job of a letter tells, a line each; none where that is nothing, or comes later. For
    /// tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_letter_told(
        &self,
        user: UserId,
        letter: Token,
    ) -> PortFuture<'_, Result<Vec<String>, StoreError>> {
        let said = self.dating_said(user, Telling::Letter { name: letter });
        Box::pin(async move {
            Ok(match said.await? {
                Said::Letters(bundle) => bundle.letters.iter().map(|(_, letter)| letter.line()).collect(),
                _ => Vec::new(),
            })
        })
    }

    /// Whether the job of a match tells its user of it; `of`: with whom, which one of the two, and
    /// since when. For tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_match_told(
        &self,
        user: UserId,
        (of, number, since): (UserId, u32, Option<Millis>),
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        let said = self.dating_said(user, Telling::Matched { of, number, since });
        Box::pin(async move { Ok(matches!(said.await?, Said::Event(Event::Matched(_)))) })
    }

    /// What is done when the days of a bought super-like are over. For tests: jobs do so.
    #[doc(hidden)]
    pub fn dating_super_is_over(
        &self,
        (user, to): (UserId, UserId),
        (card, at): (Token, Millis),
    ) -> PortFuture<'_, Result<(), StoreError>> {
        let said = self.dating_said(user, Telling::Unseen { to, card, at });
        Box::pin(async move { said.await.map(drop) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn jobs_from_before_say_no_moment() {
        let read = |words| serde_json::from_value::<Telling>(words).expect("a job's words");
        let (of, number, since) = (UserId(7), 2, None);
        assert_eq!(
            read(json!({ "matched": { "of": 7, "number": 2 } })),
            Telling::Matched { of, number, since }
        );
        let at = Some(Millis(5));
        let said = Telling::Contact { of, number, since: at };
        assert_eq!(read(serde_json::to_value(said).expect("JSON")), said);
    }
}
