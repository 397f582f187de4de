//! Laundered copies of files: which handle stands for a file that must not be sent by its own, or
//! for a picture of the store's.

use super::future::PortFuture;
use super::store::StoreError;
use nameless_domain::outgoing::KeptPicture;

/// Remembers laundered copies beyond this process, for some time. A handle is good for one bot
/// only. Nobody can tell from what is kept whose file it was, and nobody can open it without the
/// original's `file_unique_id`, which is not kept with it: so an erasure need not look for it
/// (I14).
pub trait CopyStore: Send + Sync {
    /// The handle of the copy of the file whose `file_unique_id` is `original`, if there is one.
    fn copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<Option<String>, StoreError>>;
    /// Keeps one, in place of an earlier one.
    fn keep_copy(&self, bot: i64, original: String, copy: String) -> PortFuture<'_, Result<(), StoreError>>;
    /// Telegram has lost it.
    fn forget_copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<(), StoreError>>;
    /// The bytes of a picture that the store has; none where it is gone, is another one by now, or
    /// is not to be shown any more. Its handle is remembered as that of a copy, under its name.
    fn picture(&self, kept: KeptPicture) -> PortFuture<'_, Result<Option<Vec<u8>>, StoreError>>;
}
