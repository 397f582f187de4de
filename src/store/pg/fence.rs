//! What stands before every write of a node: a look at whether it still is one.

/// Locks the node's row until the transaction ends: whoever wants to remove it waits, and after it
/// is removed nothing is found. It leaves with the transaction's first statement: what that does is
/// undone where the node is none any more.
pub(super) const FENCE: &str = "SELECT 1 FROM nodes WHERE node = $1 FOR KEY SHARE";

/// The fence of one node.
pub(super) struct Fence {
    /// Which.
    pub(super) node: i64,
    /// Called when the node has been removed.
    lost: Box<dyn Fn() + Send + Sync>,
}

impl Fence {
    pub(super) fn new(node: i64, lost: impl Fn() + Send + Sync + 'static) -> Fence {
        Fence { node, lost: Box::new(lost) }
    }

    /// Tells that the node has been removed.
    pub(super) fn is_lost(&self) {
        (self.lost)();
    }
}
