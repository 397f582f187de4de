//! Cards: dealt in the background into a queue of a person's own, and looked at again when one is
//! shown.

use super::deal::deal;
use super::goods::May;
use super::people::{self, Profile, Words};
use super::queue::{self, FEW, Hand, Laid, Read, Which};
use super::row::Seen;
use super::verdicts::{self, Decided};
use super::{album, shown};
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault, Inner, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Verdict, Windows};
use nameless_domain::capabilities::dating::person::Standing;
use nameless_domain::ids::UserId;

/// A card that may be shown.
pub(crate) struct Card {
    pub token: Token,
    pub own: Profile,
    pub other: Profile,
    pub words: Words,
    pub photo: Option<String>,
    /// As many photos others see.
    pub photos: usize,
    /// They gave the viewer a super-like.
    pub superlike: bool,
    /// Outside of what the viewer wishes for, by a step.
    pub widened: bool,
}

/// What there is to show.
pub(crate) enum Dealt {
    Card(Box<Card>),
    /// Nobody is left.
    Dry,
    /// The viewer's own profile is not shown: they see nobody.
    Unseen(Standing),
    /// There is no profile.
    Nobody,
}

/// What became of a verdict, and the next card; whether the queue runs low is told with it.
pub(crate) type SaidNext = (Decided, Option<(Dealt, bool)>);

/// The one card of a hand of one.
fn one(laid: Laid) -> Dealt {
    let Hand { own, mut cards } = match laid {
        Laid::Hand(hand) => *hand,
        Laid::Unseen(standing) => return Dealt::Unseen(standing),
        Laid::Nobody => return Dealt::Nobody,
    };
    let Some(Seen { token, other, words, photos, file, widened, superlike }) = cards.pop() else {
        return Dealt::Dry;
    };
    let (photo, photos) = (file, photos.len());
    Dealt::Card(Box::new(Card { token, own, other, words, photo, photos, superlike, widened }))
}

/// Deals cards in a transaction of its own, which has locked nothing yet. It does not wait for the
/// disk: before anybody is told of a card it lies open, by a commit that does, and one that is lost
/// with the server is dealt again.
async fn dealt(inner: &Inner, user: UserId, windows: Windows) -> Result<usize, Fault> {
    let work = async |conn: &mut Conn| deal(conn, &inner.crowds, user, &windows, wall_clock()).await;
    inner.unflushed(work).await
}

/// The next card, and whether the queue runs low.
async fn next(inner: &Inner, user: UserId, windows: Windows) -> Result<(Dealt, bool), Fault> {
    let (laid, low) = queue::look(inner, user, (Which::Next, 1), &windows, None).await?;
    Ok((one(laid), low))
}

impl PgStore {
    /// The next card, and whether the queue runs low.
    pub(crate) fn dating_next(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<(Dealt, bool), StoreError>> {
        self.run(move |inner| async move {
            let first = next(&inner, user, windows).await?;
            if !matches!(first.0, Dealt::Dry) {
                return Ok(first);
            }
            // The first time there is no queue yet. Where nothing is dealt either, it may be as the
            // background has just done so.
            dealt(&inner, user, windows).await?;
            next(&inner, user, windows).await
        })
    }

    /// Keeps what somebody thinks of the person on a card, and lays the next one open, in one
    /// transaction; none where it takes something that they do not have. Whether the queue runs
    /// low is told with the card.
    pub(crate) fn dating_say_next(
        &self,
        user: UserId,
        said: (Token, Verdict),
        by: (u32, May),
        windows: Windows,
    ) -> PortFuture<'_, Result<SaidNext, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                let decided = verdicts::say(conn, &inner.keys, user, said, by, now).await?;
                if matches!(decided, Decided::Spent | Decided::Unpaid(_)) {
                    return Ok((decided, None));
                }
                let which = (Which::Next, 1);
                let read = queue::read(conn, &inner.keys, user, which, &windows, now).await;
                let Read { laid, note, low } = match read {
                    // What is wrong with somebody else's row takes back nothing that was said.
                    Err(Fault::Corrupt(_) | Fault::Crypto(_)) => return Ok((decided, None)),
                    read => read?,
                };
                note.keep(conn, user, now).await?;
                Ok::<_, Fault>((decided, Some((one(laid), low))))
            };
            inner.transaction(work).await
        })
    }

    /// The next card of somebody who likes them.
    pub(crate) fn dating_next_liker(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<Dealt, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                super::deal::likers(conn, user, now).await?;
                let which = (Which::Likers, 1);
                Ok::<_, Fault>(one(queue::lay(conn, &inner.keys, user, which, &windows, now).await?))
            };
            inner.transaction(work).await
        })
    }

    /// Deals cards to the end of somebody's queue, if it runs low. How many.
    pub fn dating_deal(&self, user: UserId, windows: Windows) -> PortFuture<'_, Result<usize, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| match queue::left(conn, user).await? <= FEW {
                true => deal(conn, &inner.crowds, user, &windows, wall_clock()).await,
                false => Ok(0),
            };
            inner.unflushed(work).await
        })
    }

    /// The next card without its looks: its name, and who is on it. For measurements and tests.
    pub fn dating_draw_card(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<Option<(Token, UserId)>, StoreError>> {
        Box::pin(async move {
            Ok(match self.dating_next(user, windows).await?.0 {
                Dealt::Card(card) => Some((card.token, card.other.person.user)),
                Dealt::Dry | Dealt::Unseen(_) | Dealt::Nobody => None,
            })
        })
    }

    /// At most `most` cards that lie open, the same until something is said of them, and whether
    /// the queue runs low. `first` is what was read of them with the viewer's session, if it was.
    pub(crate) fn dating_hand(
        &self,
        user: UserId,
        most: usize,
        windows: Windows,
        first: Option<Read>,
    ) -> PortFuture<'_, Result<(Laid, bool), StoreError>> {
        self.run(move |inner| async move {
            let which = (Which::Next, most);
            let (laid, low) = queue::look(&inner, user, which, &windows, first).await?;
            let is_empty = match &laid {
                Laid::Hand(hand) if hand.cards.len() < most => hand.cards.is_empty(),
                _ => return Ok((laid, low)),
            };
            match dealt(&inner, user, windows).await? {
                // Nobody else is there: what was just looked for need not be looked for again.
                0 if !is_empty => Ok((laid, false)),
                // Or the background has just dealt them.
                0 => Ok((queue::look(&inner, user, which, &windows, None).await?.0, false)),
                _ => queue::look(&inner, user, which, &windows, None).await,
            }
        })
    }

    /// The card of this name as it lies before its viewer; none if it may not be shown any more.
    pub(crate) fn dating_card(
        &self,
        user: UserId,
        card: Token,
        windows: Windows,
    ) -> PortFuture<'_, Result<Option<Box<Hand>>, StoreError>> {
        self.run(move |inner| async move {
            Ok(match queue::look(&inner, user, (Which::Named(card), 1), &windows, None).await?.0 {
                Laid::Hand(hand) if !hand.cards.is_empty() => Some(hand),
                _ => None,
            })
        })
    }

    /// The own card, as others see it.
    pub(crate) fn dating_own(&self, user: UserId) -> PortFuture<'_, Result<Option<Box<Card>>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let conn: &mut Conn = &mut lease;
            let (Some(own), Some(mut other)) =
                (people::load(conn, user).await?, people::load(conn, user).await?)
            else {
                return Ok(None);
            };
            let Some(words) = people::words(conn, &inner.keys, user, &other.sealed).await? else {
                return Ok(None);
            };
            let sealed = other.photo.as_deref();
            let mut photo = people::open_photo(conn, &inner.keys, user, sealed).await?;
            if photo.is_none() && sealed.is_some() {
                let stands_in = album::stand_in(conn, &inner.keys, user).await?;
                photo = stands_in.map(|(file, checked)| {
                    other.photo_checked = checked;
                    file
                });
            }
            let photos = other.shown_photos(&mut shown::shown(conn, &[user.0]).await?).len();
            Ok(Some(Box::new(Card {
                token: Token(0),
                own,
                other,
                words,
                photo,
                photos,
                superlike: false,
                widened: false,
            })))
        })
    }
}
