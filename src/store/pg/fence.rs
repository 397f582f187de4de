//! What stands before every write of a node: a look at whether it still is one.

use super::{Conn, Fault};

/// Locks the node's row until the transaction ends: whoever wants to remove it waits, and after it
/// is removed nothing is found.
const FENCE: &str = "SELECT 1 FROM nodes WHERE node = $1 FOR KEY SHARE";

/// The fence of one node.
pub(super) struct Fence {
    node: i64,
    /// Called when the node has been removed.
    lost: Box<dyn Fn() + Send + Sync>,
}

impl Fence {
    pub(super) fn new(node: i64, lost: impl Fn() + Send + Sync + 'static) -> Fence {
        Fence { node, lost: Box::new(lost) }
    }

    /// Makes sure, inside a transaction, that the node still lives and goes on living until its
    /// end.
    pub(super) async fn check(&self, conn: &mut Conn) -> Result<(), Fault> {
        if conn.query(FENCE, &[&self.node]).await?.is_empty() {
            (self.lost)();
            return Err(Fault::Fenced);
        }
        Ok(())
    }
}
