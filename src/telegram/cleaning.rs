//! Where files are cleaned (`inside`): a document of 20 MB takes tens of milliseconds, which the
//! thread that all calls share does not have.

use super::inside;
use nameless_actors::ports::SendError;
use nameless_domain::relay::content::MediaKind;
use tokio::sync::Semaphore;

/// Files cleaned at a time. The work is the processor's: more would only take it from the texts.
const AT_ONCE: usize = 2;
/// Smaller files are cleaned where they are, in less time than another thread takes to wake.
const SMALL: usize = 64 << 10;

/// Cleans files, a few at a time, on threads for work that blocks. Who waits for a place is bounded
/// by the outbox's places for uploads.
pub(super) struct Cleaning(Semaphore);

impl Cleaning {
    pub(super) fn new() -> Cleaning {
        Cleaning(Semaphore::new(AT_ONCE))
    }

    /// The file without what tells of its owner.
    ///
    /// # Errors
    /// Why it cannot be passed on.
    pub(super) async fn clean(&self, kind: MediaKind, file: Vec<u8>) -> Result<Vec<u8>, SendError> {
        if file.len() <= SMALL {
            return inside::clean(kind, file).map_err(SendError::NotPassed);
        }
        // It is never closed.
        let _place = self.0.acquire().await;
        let cleaned = tokio::task::spawn_blocking(move || inside::clean(kind, file)).await;
        match cleaned {
            Ok(cleaned) => cleaned.map_err(SendError::NotPassed),
            Err(_) => Err(SendError::Refused("a file could not be cleaned".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use nameless_domain::relay::content::Refused;
    use std::pin::pin;

    fn film(bytes: usize) -> Vec<u8> {
        let mut film = b"\x1a\x45\xdf\xa3".to_vec();
        film.resize(bytes, 0);
        film
    }

    /// Guard: another thread. Inline it would be done at the first look.
    #[test]
    fn a_large_file_leaves_the_thread_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            // The only other thread is busy.
            let (release, busy) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || busy.recv());
            let cleaning = Cleaning::new();
            let mut one = pin!(cleaning.clean(MediaKind::Document, film(SMALL + 1)));
            assert!(poll!(&mut one).is_pending());
            release.send(()).unwrap();
            assert_eq!(one.await, Err(SendError::NotPassed(Refused::VideoAsFile)));
            let text = vec![b'x'; SMALL + 1];
            assert_eq!(cleaning.clean(MediaKind::Document, text.clone()).await, Ok(text));
            assert_eq!(busy.await.unwrap(), Ok(()));
        });
    }

    #[tokio::test]
    async fn so_many_are_cleaned_at_a_time() {
        let cleaning = Cleaning::new();
        let all = cleaning.0.acquire_many(AT_ONCE as u32).await.unwrap();
        let mut third = pin!(cleaning.clean(MediaKind::Document, vec![b'x'; SMALL + 1]));
        assert!(poll!(&mut third).is_pending());
        // A small one needs no place.
        assert!(cleaning.clean(MediaKind::Document, vec![b'x'; SMALL]).await.is_ok());
        for _ in 0..100 {
            tokio::task::yield_now().await;
            assert!(poll!(&mut third).is_pending());
        }
        drop(all);
        assert!(third.await.is_ok());
    }
}
