//! What the supervisor is told.

use actix::Message;

/// Sent by an actor that caught a panic of its own and rebuilt its core.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Restarted {
    /// Which service.
    pub service: &'static str,
}

/// Sent by the watch on a service whose actor is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct ServiceExited {
    /// Index in the tree.
    pub child: usize,
}
