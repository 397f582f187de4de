//! A call of a maker of pictures, under way on the companions' own runtime.

use super::desk::Desk;
use nameless_backends::port::{Failure as Failed, ImageMaker, Picture, PictureRequest, Why};
use std::sync::Arc;

/// A call under way. Dropped before it is done, it ends.
pub(super) struct Under {
    task: Option<tokio::task::JoinHandle<Result<Picture, Failed>>>,
}

impl Under {
    /// Begins one at a maker, by its number.
    pub(super) fn way(desk: &Arc<Desk>, at: usize, request: PictureRequest) -> Under {
        let inside = desk.clone();
        let task = desk.handle().map(|home| {
            home.spawn(async move { inside.back_ends.images[at].client.picture(&request).await })
        });
        Under { task }
    }

    /// Waits for it.
    pub(super) async fn done(&mut self) -> Result<Picture, Failed> {
        // A task that ended otherwise may have sent it.
        let lost = |unknown_attempts| Failed { unknown_attempts, ..Failed::unsent(Why::Unsendable) };
        let Some(task) = &mut self.task else { return Err(lost(0)) };
        let done = task.await.unwrap_or_else(|_| Err(lost(1)));
        self.task = None;
        done
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        // A maker with a queue goes on, and the next attempt finds the job there.
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}
