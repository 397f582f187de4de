//! Pictures of people's own characters: out of a card, sent as a photo, or drawn in a dialog. What
//! does not show is taken out of the file, which is looked at like a photo that goes to somebody
//! else, before anything of it is kept.

use super::desk::Desk;
use super::port::{Port, READING};
use nameless_actors::ports::StoreError;
use nameless_backends::clean_picture;
use nameless_domain::capabilities::companion::{BadOwn, Event};
use nameless_domain::capabilities::faceguard::{Decision, Hash, Policy, Purpose, Reason};
use nameless_domain::ids::{DialogId, UserId};

/// Bytes of a character's picture at most, as of the operators' characters.
pub(super) const PICTURE: usize = 1024 * 1024;

/// The picture of a file, if it may stand on a card: small enough, nothing in it but what shows,
/// and nothing that FaceGuard would not let through to somebody else.
pub(super) async fn fit(desk: &Desk, file: Vec<u8>) -> Result<Vec<u8>, BadOwn> {
    // Off this thread, which actors share.
    let cleaned = tokio::task::spawn_blocking(move || clean_picture(&file)).await;
    let picture = cleaned.ok().flatten().filter(|picture| picture.len() <= PICTURE);
    let picture = picture.ok_or(BadOwn::NoPicture)?;
    looked_at(desk, &picture).await?;
    Ok(picture)
}

async fn looked_at(desk: &Desk, picture: &[u8]) -> Result<(), BadOwn> {
    // The engine is gone.
    let photos = desk.photos().ok_or(BadOwn::Unseen)?;
    if photos.policy() == Policy::Off {
        return Ok(());
    }
    let looked = photos.look_at(Purpose::Chat, picture.to_vec()).await.map_err(|_| BadOwn::Unseen)?;
    let banned = photos.banned().await.map_err(|_| BadOwn::Unseen)?;
    let is_banned = |hash: Hash| banned.iter().any(|other| other.is_like(&hash));
    if looked.seen.hash.is_some_and(is_banned) {
        return Err(BadOwn::BadPicture);
    }
    let verdict = looked.seen.verdict;
    let unseen = [Reason::NotLookedAt, Reason::Failed, Reason::NoWorker];
    match verdict.decision() {
        Decision::Approved => Ok(()),
        _ if verdict.reasons().any(|reason| unseen.contains(&reason)) => Err(BadOwn::Unseen),
        _ => Err(BadOwn::BadPicture),
    }
}

impl Port {
    /// What comes of a photo: the picture of a character that is being made, or of one whose owner
    /// has wished for it, and nothing elsewhere.
    pub(super) async fn photo(
        &self,
        desk: &Desk,
        (user, dialog): (UserId, DialogId),
        file: &str,
        size: Option<u64>,
    ) -> Result<Event, StoreError> {
        let Some(whose) = self.store.wants_picture(user, dialog).await? else { return Ok(Event::NoMedia) };
        if size.is_some_and(|size| size > PICTURE as u64) {
            return Ok(Event::OwnRefused(BadOwn::NoPicture));
        }
        match self.read_picture(desk, file).await {
            Ok(picture) => self.store.keep_own_picture(user, whose, picture).await,
            Err(why) => Ok(Event::OwnRefused(why)),
        }
    }

    /// What comes of wanting what was drawn in a dialog on the card of its character.
    pub(super) async fn drawn(&self, desk: &Desk, user: UserId, picture: i64) -> Result<Event, StoreError> {
        let Some((file, whose)) = self.store.drawn_of_own(user, picture).await? else {
            return Ok(Event::OwnRefused(BadOwn::NoPicture));
        };
        match self.read_picture(desk, &file).await {
            Ok(picture) => self.store.keep_own_picture(user, whose, picture).await,
            Err(why) => Ok(Event::OwnRefused(why)),
        }
    }

    async fn read_picture(&self, desk: &Desk, file: &str) -> Result<Vec<u8>, BadOwn> {
        let file = self.client.read_file(file, READING, PICTURE).await.map_err(|_| BadOwn::NoPicture)?;
        fit(desk, file).await
    }
}
