//! What somebody does in the Mini App: each is one transaction, with the key under which it is done
//! once.

use super::edit::{self, Change, Edited};
use super::goods::{self, May};
use super::matches::{self, Written};
use super::once::{self, Done, Once, Was};
use super::photos::{self, NewPhoto};
use super::tell::{self, Telling};
use super::undo::{self, Taken, Undone};
use super::verdicts::{self, Decided};
use super::{contacts, dialogue, draft, ends, people, prefs};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Known, Token};
use nameless_domain::capabilities::dating::notices::Notices;
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::capabilities::dating::photo::Spot;
use nameless_domain::capabilities::dating::profile::Objection;
use nameless_domain::ids::UserId;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Says what they think of the person on a card; at most so many likes a day.
    Say { card: Token, verdict: Verdict, likes: u32, may: May },
    /// Takes back what they said last.
    Undo(May),
    /// Opens the list of who likes them, for a day.
    OpenLikers,
    /// Never wants to see the person on a card again; with a reason, reports them.
    TurnAway { card: Token, reason: Option<ReportReason> },
    /// The same of a match.
    TurnAwayMatch { matched: Token, reason: Option<ReportReason> },
    /// Ends a match for good.
    Part { matched: Token },
    /// Opens the chat with a match.
    Write { matched: Token },
    /// Agrees that both learn who the other is, or takes that back.
    Share { matched: Token, on: bool },
    /// Changes the profile.
    Change { change: Box<Change>, known: Known },
    /// Adds a photo behind the others.
    AddPhoto(NewPhoto),
    /// Puts the photos in this order.
    OrderPhotos(Vec<Token>),
    /// Removes a photo.
    RemovePhoto(Token),
    /// Takes a break, or comes back.
    Pause(bool),
    /// Asks, in the chat, whether the profile is to go.
    Delete,
    /// Settings.
    Notices(Notices),
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Came {
    /// It is done, now or under this key before.
    Done(Done),
    /// The chat is open: what each of the two is told.
    Opened { own: Event, other: (UserId, Event) },
    /// It is over between the two: a chat with them ends.
    Parted { done: Done, other: UserId, blocked: bool },
    /// Done, and somebody is to be told by a job.
    Told(Done),
    /// The key was used for something else.
    KeyReused,
    /// There is no such card, or match, of theirs.
    Unknown,
    /// The card, or match, is no more.
    Gone,
    /// No likes are left today.
    Spent,
    /// It takes something that they do not have.
    Unpaid,
    /// There is no profile.
    Nobody,
    /// It cannot be done any more: it is final.
    Final,
    /// What is wrong with a field of the profile.
    Objection { field: &'static str, reason: Objection },
    /// They are not 18.
    TooYoung,
}

async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (deed, once): (Deed, &Once),
    now: Millis,
) -> Result<Came, Fault> {
    let done = Done::default();
    if let Deed::Say { card, .. } | Deed::TurnAway { card, .. } = &deed
        && !verdicts::is_known(conn, user, *card).await?
    {
        return Ok(Came::Unknown);
    }
    Ok(match deed {
        Deed::Say { card, verdict, likes, may } => {
            match verdicts::say(conn, keys, user, (card, verdict), (likes, may), now).await? {
                Decided::Kept => Came::Done(done),
                Decided::Matched => Came::Told(Done { matched: true, ..done }),
                Decided::Spent => Came::Spent,
                Decided::Unpaid(_) => Came::Unpaid,
                Decided::Gone => Came::Gone,
            }
        }
        Deed::OpenLikers => match goods::open_likers(conn, keys, user, now).await? {
            Some(true) => Came::Done(done),
            Some(false) => Came::Unpaid,
            None => Came::Nobody,
        },
        Deed::Undo(may) => match undo::undo(conn, keys, (user, may), now).await? {
            Taken::Back(Undone { card, parted }) => {
                let done = Done { card: Some(card), ..done };
                match parted {
                    Some(other) => over(conn, user, other, done).await?,
                    None => Came::Done(done),
                }
            }
            Taken::Nothing => Came::Gone,
            Taken::Unpaid => Came::Unpaid,
        },
        Deed::TurnAway { card, reason } => {
            match verdicts::turn_away(conn, keys, user, (card, reason), now).await? {
                Some(other) => Came::Parted { done, other, blocked: true },
                None => Came::Gone,
            }
        }
        Deed::TurnAwayMatch { matched, reason } => {
            let other = match matches::find(conn, user, matched, now).await? {
                Some((.., other)) => Some(other),
                None => ends::chat(conn, user).await?,
            };
            let Some(other) = other else { return Ok(Came::Unknown) };
            verdicts::avoid(conn, keys, user, (other, reason), now).await?;
            Came::Parted { done, other, blocked: true }
        }
        Deed::Part { matched } => match matches::end(conn, keys, user, matched, now).await? {
            Some(other) => over(conn, user, other, done).await?,
            // Ended before, by whoever was cut off, and the chat goes on.
            None => match ends::chat(conn, user).await? {
                Some(other) => Came::Parted { done, other, blocked: false },
                None => Came::Unknown,
            },
        },
        Deed::Write { matched } => write(conn, keys, user, matched, now).await?,
        Deed::Share { matched, on } => contacts::share(conn, keys, user, (matched, on), now).await?,
        Deed::Change { change, known } => match edit::change(conn, keys, user, *change, known, now).await? {
            Edited::Yes => Came::Done(done),
            Edited::No { field, reason } => Came::Objection { field, reason },
            Edited::TooYoung => Came::TooYoung,
        },
        Deed::AddPhoto(_) | Deed::OrderPhotos(_) | Deed::RemovePhoto(_) => {
            pictures(conn, keys, user, deed, now).await?
        }
        Deed::Pause(on) => match dialogue::pause(conn, user, on, now).await? {
            true => Came::Done(done),
            false => Came::Nobody,
        },
        Deed::Delete => {
            if !edit::is_there(conn, user).await? {
                return Ok(Came::Nobody);
            }
            // Once for this request, however often it comes.
            let name = format!("dating:leaving:{}:{}", user.0, once.key);
            tell::add(conn, keys, user, name, &Telling::Leaving).await?;
            Came::Told(done)
        }
        Deed::Notices(notices) => match prefs::keep(conn, user, &notices).await? {
            true => Came::Done(done),
            false => Came::Nobody,
        },
    })
}

/// What is done about photos.
async fn pictures(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    deed: Deed,
    now: Millis,
) -> Result<Came, Fault> {
    if draft::lock(conn, user).await?.is_none() {
        return Ok(Came::Nobody);
    }
    let done = match deed {
        Deed::AddPhoto(new) => photos::add(conn, keys, user, (&new, Spot::Last), now)
            .await?
            .map(drop)
            .map_err(|no| ("photo", no)),
        Deed::OrderPhotos(wanted) => {
            photos::order(conn, user, &wanted, now).await?.map_err(|no| ("order", no))
        }
        Deed::RemovePhoto(photo) => match photos::remove(conn, user, photo, now).await? {
            true => Ok(()),
            false => return Ok(Came::Unknown),
        },
        _ => Ok(()),
    };
    Ok(match done {
        Ok(()) => Came::Done(Done::default()),
        Err((field, reason)) => Came::Objection { field, reason },
    })
}

/// A match is over, and with it the chat that was opened for it. One that began by chance goes on:
/// its end would tell who is in it.
async fn over(conn: &mut Conn, user: UserId, other: UserId, done: Done) -> Result<Came, Fault> {
    Ok(match matches::together(conn, user, other).await? {
        Some(_) => Came::Parted { done, other, blocked: false },
        None => Came::Done(done),
    })
}

async fn write(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    matched: Token,
    now: Millis,
) -> Result<Came, Fault> {
    if matches::talks_to_another(conn, user, matched).await? {
        return Ok(Came::Done(Done::default()));
    }
    Ok(match matches::write(conn, keys, user, (matched, true), now).await? {
        Written::Opened { own, other } => Came::Opened { own, other },
        Written::Busy => Came::Told(Done::default()),
        Written::Gone => Came::Unknown,
    })
}

/// What was done under this key before. Of a chat that was opened both are told again, and so is a
/// session of what has ended: whoever asks again may have been cut off before that, and one that
/// knows of it ignores it.
async fn before(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (deed, done): (&Deed, Done),
    now: Millis,
) -> Result<Came, Fault> {
    if let Deed::Write { matched } = deed
        && done.opened
        && let Some(Written::Opened { own, other }) = matches::again(conn, keys, user, *matched, now).await?
    {
        return Ok(Came::Opened { own, other });
    }
    Ok(match ends::again(conn, user, deed).await? {
        Some((other, blocked)) => Came::Parted { done, other, blocked },
        None => Came::Done(done),
    })
}

impl PgStore {
    /// Whether something was done under this key already; none: it was something else.
    pub(crate) fn dating_was_done(
        &self,
        user: UserId,
        once: Once,
    ) -> PortFuture<'_, Result<Option<bool>, StoreError>> {
        self.run(
            move |inner| async move { once::was_done(&mut *inner.check_out().await?, user, &once).await },
        )
    }

    /// Carries out what somebody does in the app, once for each key.
    pub(crate) fn dating_do(
        &self,
        user: UserId,
        once: Once,
        deed: Deed,
    ) -> PortFuture<'_, Result<Came, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let (keys, now) = (&inner.keys, wall_clock());
                // The account's lock first: an erasure beside this waits, or there is nobody.
                if !people::are_known(conn, &[user.0]).await? {
                    return Ok(Came::Nobody);
                }
                match once::begin(conn, user, &once, now).await? {
                    Was::New => {}
                    Was::Before(done) => return before(conn, keys, user, (&deed, done), now).await,
                    Was::Other => return Ok(Came::KeyReused),
                }
                let came = carry_out(conn, keys, user, (deed, &once), now).await?;
                let done = match &came {
                    Came::Done(done) | Came::Told(done) | Came::Parted { done, .. } => Some(*done),
                    Came::Opened { .. } => Some(Done { opened: true, ..Done::default() }),
                    _ => None,
                };
                once::end(conn, user, &once, done).await?;
                Ok::<_, Fault>(came)
            };
            inner.transaction(work).await
        })
    }
}
