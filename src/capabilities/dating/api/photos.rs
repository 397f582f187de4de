//! Pictures by way of the bot: what the viewer's cards and matches show, and nothing that names a
//! file.

use super::lists::{hex, is_known};
use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Said, Spec, Verb};
use crate::telegram::Client;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use nameless_actors::capabilities::PictureKind;
use nameless_actors::kernel::lock;
use nameless_actors::ports::SendError;
use nameless_domain::capabilities::dating::bot::Token;
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bytes of one picture.
const MAX_PICTURE: usize = 3_000_000;
/// Bytes of pictures that are kept in memory.
const KEPT: usize = 24_000_000;
/// Pictures that are fetched at once.
const AT_ONCE: usize = 6;
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
}

impl Default for Photos {
    fn default() -> Photos {
        Photos { turns: Semaphore::new(AT_ONCE), memory: Mutex::default() }
    }
}

impl Photos {
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

/// A picture.
pub(super) struct Look;

impl Endpoint for Look {
    const SPEC: Spec = Spec {
        summary: "The picture of a card that lies open, of a match, or (own) of one's own profile",
        ..Spec::new(Verb::Get, "/app/api/v1/photos/{token}/{n}", "Photo", "Picture")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let user = ask.viewer()?.user;
        if !ask.api.limits.admits_picture(user, ask.now()) {
            return Err(Problem::too_many(2));
        }
        let part = |name: &str| ask.request.match_info().get(name).unwrap_or_default();
        let of = match part("token") {
            "own" => None,
            word => Some(Token::of_word(word).ok_or_else(Problem::unknown)?),
        };
        if part("n") != "0" {
            return Err(Problem::unknown());
        }
        let sight = ask.api.store().dating_sight(user, of).await?.ok_or_else(Problem::unknown)?;
        let keys = ask.api.store().keys();
        let name = keys.photo_name(&format!("app:{}", sight.file));
        // Another one for each viewer: two of them cannot tell by it that they see the same person.
        let etag = hex(&keys.photo_name(&format!("app:{}:{}", user.0, sight.file))[..12]);
        if is_known(&ask, &etag) {
            return Ok(Reply::unchanged(etag));
        }
        let picture = ask.api.photos.fetch(&ask.api.client, name, &sight.file).await?;
        Ok(Reply { status: StatusCode::OK, body: Said::Picture(picture), etag: Some(etag) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
