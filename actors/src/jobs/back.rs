//! A turn's way back to the actor.

use super::Jobs;
use super::messages::TurnDone;
use super::turn::Done;
use actix::Addr;

/// Brings what a turn came to, however it ended.
pub(super) struct Back {
    pub(super) to: Addr<Jobs>,
    pub(super) done: Option<Done>,
}

impl Drop for Back {
    fn drop(&mut self) {
        crate::kernel::tell(&self.to, TurnDone(self.done.take()));
    }
}
