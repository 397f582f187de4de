//! A call of a maker of pictures, under way on the companions' own runtime.

use super::desk::Desk;
use nameless_backends::port::{Failure as Failed, ImageMaker, Picture, PictureRequest, Why};
use std::sync::Arc;
use std::time::Duration;

/// How long a maker is told for that it may stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// A call under way. Dropped before it is done, it ends, and its maker is told.
pub(super) struct Under {
    desk: Arc<Desk>,
    at: usize,
    job: String,
    task: Option<tokio::task::JoinHandle<Result<Picture, Failed>>>,
}

impl Under {
    /// Begins one at a maker, by its number.
    pub(super) fn way(desk: Arc<Desk>, at: usize, request: PictureRequest) -> Under {
        let (job, inside) = (request.job.clone(), desk.clone());
        let task = desk.handle().map(|home| {
            home.spawn(async move { inside.back_ends.images[at].client.picture(&request).await })
        });
        Under { desk, at, job, task }
    }

    /// Waits for it.
    pub(super) async fn done(&mut self) -> Result<Picture, Failed> {
        let why = Why::Unsendable;
        let (status, retry_after, attempts, shown) = (None, None, 0, false);
        // A task that ended otherwise may have sent it.
        let lost = |unknown_attempts| Failed { why, status, retry_after, attempts, unknown_attempts, shown };
        let Some(task) = &mut self.task else { return Err(lost(0)) };
        let done = task.await.unwrap_or_else(|_| Err(lost(1)));
        self.task = None;
        done
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        task.abort();
        let (desk, at, job) = (self.desk.clone(), self.at, std::mem::take(&mut self.job));
        if let Some(home) = self.desk.handle() {
            home.spawn(async move {
                let stop = desk.back_ends.images[at].client.cancel(&job);
                let _ = tokio::time::timeout(STOP_WITHIN, stop).await;
            });
        }
    }
}
