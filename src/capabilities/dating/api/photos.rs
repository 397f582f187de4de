//! Pictures by way of the bot: what the viewer's cards and matches show, and nothing that names a
//! file.

use super::lists::{hex, is_known};
use super::problem::Problem;
use super::{Ask, Endpoint, FRESH, PICTURE, Reply, Said, Spec, Verb};
use crate::capabilities::dating::store::Sight;
use crate::telegram::Client;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use nameless_actors::capabilities::PictureKind;
use nameless_actors::kernel::lock;
use nameless_actors::ports::SendError;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::UserId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of one picture.
const MAX_PICTURE: usize = 3_000_000;
/// Bytes of pictures that are kept in memory.
const KEPT: usize = 24_000_000;
/// Pictures that are fetched at once.
const AT_ONCE: usize = 6;
/// Pictures on their way here at once; of each there are 3 MB in memory at most.
const COMING: usize = 24;
/// Of one person: who has many accounts needs many to hold all places.
const OF_ONE: usize = 2;
/// How long one waits for its turn, and how long its bytes may take.
const TURN: Duration = Duration::from_secs(5);
const FETCH: Duration = Duration::from_secs(8);

/// A picture.
#[derive(Clone)]
pub(super) struct Picture {
    pub kind: PictureKind,
    pub bytes: Bytes,
}

/// Those looked at last, by a hash of their handle.
#[derive(Default)]
struct Memory {
    pictures: HashMap<[u8; 32], Picture>,
    /// The oldest in front.
    order: VecDeque<[u8; 32]>,
    bytes: usize,
}

impl Memory {
    fn keep(&mut self, name: [u8; 32], picture: Picture) {
        if self.pictures.contains_key(&name) {
            return;
        }
        self.bytes += picture.bytes.len();
        self.pictures.insert(name, picture);
        self.order.push_back(name);
        while self.bytes > KEPT {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.pictures.remove(&oldest).map_or(0, |picture| picture.bytes.len());
        }
    }
}

/// Pictures on their way.
pub(super) struct Photos {
    turns: Semaphore,
    memory: Mutex<Memory>,
    coming: Arc<Semaphore>,
    under_way: Arc<Mutex<UnderWay>>,
}

/// The keys of uploads that are under way, by whose they are.
type UnderWay = HashMap<UserId, Vec<String>>;

/// The place of a picture that is on its way here, held until nothing of it is in memory.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    under_way: Arc<Mutex<UnderWay>>,
    user: UserId,
    key: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = lock(&self.under_way);
        let is_last = all.get_mut(&self.user).is_some_and(|keys| {
            keys.retain(|key| *key != self.key);
            keys.is_empty()
        });
        if is_last {
            all.remove(&self.user);
        }
    }
}

impl Default for Photos {
    fn default() -> Photos {
        let coming = Arc::new(Semaphore::new(COMING));
        let (turns, memory) = (Semaphore::new(AT_ONCE), Mutex::default());
        Photos { turns, memory, coming, under_way: Arc::default() }
    }
}

impl Photos {
    /// A place for a picture that is on its way here; none if there are as many as may be, of all
    /// or of this person, or if the same one is under way: what is asked twice is sent once.
    pub fn place(&self, user: UserId, key: String) -> Option<Place> {
        let permit = self.coming.clone().try_acquire_owned().ok()?;
        let mut all = lock(&self.under_way);
        let keys = all.entry(user).or_default();
        if keys.len() >= OF_ONE || keys.contains(&key) {
            return None;
        }
        keys.push(key.clone());
        Some(Place { _permit: permit, under_way: self.under_way.clone(), user, key })
    }

    async fn fetch(&self, client: &Client, name: [u8; 32], file: &str) -> Result<Picture, Problem> {
        if let Some(picture) = lock(&self.memory).pictures.get(&name) {
            return Ok(picture.clone());
        }
        let turn = tokio::time::timeout(TURN, self.turns.acquire()).await;
        let (Ok(Ok(_turn)), None) = (turn, lock(&self.memory).pictures.get(&name).cloned()) else {
            // Somebody else has fetched it meanwhile, or it is too much.
            return lock(&self.memory).pictures.get(&name).cloned().ok_or_else(Problem::busy);
        };
        let bytes = client.read_file(file, FETCH, MAX_PICTURE).await.map_err(|cause| match cause {
            SendError::Refused(_) | SendError::TooLarge => Problem::unknown(),
            // Its text may name the file.
            _ => Problem::away(),
        })?;
        // What a browser is told is by the first bytes; nothing that is no picture is sent.
        let kind = PictureKind::of(&bytes).ok_or_else(Problem::unknown)?;
        let picture = Picture { kind, bytes: bytes.into() };
        lock(&self.memory).keep(name, picture.clone());
        Ok(picture)
    }
}

/// How long a browser may keep a picture of somebody else: what lies behind its name never changes,
/// and whoever is not to see it any more has it for as long as a page lies open.
const KEEPING: &str = "private, max-age=300, immutable";

/// A picture.
pub(super) struct Look;

impl Endpoint for Look {
    const SPEC: Spec = Spec {
        summary: "A picture of a card that lies open, or of a match, by its name to who looks",
        ..Spec::new(Verb::Get, "/app/api/v1/photos/{token}/{photo}", "Photo", PICTURE)
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let user = ask.viewer()?.user;
        if !ask.api.limits.admits_picture(user, ask.now()) {
            return Err(Problem::too_many(2));
        }
        let name = ask.request.match_info().get("photo").and_then(Token::of_word);
        let name = name.ok_or_else(Problem::unknown)?;
        let sight = ask.api.store().dating_sight(user, (ask.named()?, name)).await?;
        let shown = show(&ask, sight.ok_or_else(Problem::unknown)?).await?;
        Ok(Reply { keeping: KEEPING, ..shown })
    }
}

/// Answers with a picture that the asker may look at.
pub(super) async fn show(ask: &Ask<'_>, Sight { file, is_checked }: Sight) -> Result<Reply, Problem> {
    let (user, keys) = (ask.viewer()?.user, ask.api.store().keys());
    let name = keys.photo_name(&format!("app:{file}"));
    // Another one for each viewer: two of them cannot tell by it that they see the same person.
    let etag = hex(&keys.photo_name(&format!("app:{}:{file}", user.0))[..12]);
    if is_known(ask, &etag) {
        return Ok(Reply { is_checked: Some(is_checked), ..Reply::unchanged(etag) });
    }
    let picture = ask.api.photos.fetch(&ask.api.client, name, &file).await?;
    let (status, body) = (StatusCode::OK, Said::Picture(picture));
    Ok(Reply { status, body, etag: Some(etag), is_checked: Some(is_checked), keeping: FRESH })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pictures_of_one_person_are_under_way_and_none_of_them_twice() {
        let photos = Photos::default();
        let place = |user, key: &str| photos.place(UserId(user), key.to_owned());
        let one = place(1, "a").expect("a place");
        assert!(place(1, "a").is_none(), "the same one");
        let two = place(1, "b").expect("a place");
        assert!(place(1, "c").is_none() && place(2, "a").is_some());
        drop(one);
        let again = place(1, "a").expect("a place");
        drop((two, again));
        assert!(lock(&photos.under_way).is_empty());
        assert_eq!(photos.coming.available_permits(), COMING);
        let all: Vec<_> = (0..=COMING as i64).filter_map(|user| place(user, "a")).collect();
        assert_eq!(all.len(), COMING);
    }

    #[test]
    fn memory_of_pictures_is_bounded_and_the_oldest_goes() {
        let mut memory = Memory::default();
        let picture = Picture { kind: PictureKind::Jpeg, bytes: vec![0; MAX_PICTURE].into() };
        for n in 0..20 {
            memory.keep([n; 32], picture.clone());
            memory.keep([n; 32], picture.clone());
            assert!(memory.bytes <= KEPT && memory.order.len() == memory.pictures.len());
        }
        assert_eq!(memory.pictures.len(), KEPT / MAX_PICTURE);
        assert!(memory.pictures.contains_key(&[19; 32]) && !memory.pictures.contains_key(&[0; 32]));
    }
}
