//! What a simulated person does with money, as a typed handle.

use std::sync::Arc;

use crate::actions::{ActionError, Scene};
use crate::client::SimUser;
use crate::payments::{Bill, PayError};
use crate::state::world::World;

impl SimUser {
    fn paying<T>(
        &self,
        f: impl FnOnce(&Arc<World>, &Scene<'_>) -> Result<T, PayError>,
    ) -> Result<T, PayError> {
        let peer = self.world.peer(self.id).ok_or(ActionError::NoSuchUser)?;
        let bot = self.bot()?;
        f(&self.world, &Scene { bot: &bot, chat: &peer, author: &peer })
    }

    /// Presses Pay and waits for the bot's answer, ten seconds at most: then money has moved, and
    /// the bot is told. The charge's id.
    pub async fn pay(&self, bill: Bill<'_>) -> Result<String, PayError> {
        let checkout = self.begin_payment(bill)?;
        self.world.checked_out(&checkout).await?;
        self.paying(|world, scene| world.charge(scene, &checkout))
    }

    /// Presses Pay: the bot is asked. The query's id, for [`SimUser::checked_out`].
    pub fn begin_payment(&self, bill: Bill<'_>) -> Result<String, PayError> {
        self.paying(|world, scene| world.begin_payment(scene, bill))
    }

    /// Waits for the bot's answer to a checkout, ten seconds at most. No money moves.
    pub async fn checked_out(&self, checkout: &str) -> Result<(), PayError> {
        self.world.checked_out(checkout).await
    }

    /// Money moves for a checkout, whatever the bot says of it: as after a yes of long ago. The
    /// charge's id.
    pub fn charge(&self, checkout: &str) -> Result<String, PayError> {
        self.paying(|world, scene| world.charge(scene, checkout))
    }

    /// Telegram tells of a one-off payment once more, in an update of its own.
    pub fn tell_again(&self, charge: &str) -> Result<(), PayError> {
        self.paying(|world, scene| world.tell_again(scene, charge))
    }

    /// Telegram renews the person's subscription. The new charge's id.
    pub fn renew(&self) -> Result<String, PayError> {
        self.paying(|world, scene| world.renew(scene))
    }

    /// Telegram cannot renew the person's subscription: it says so.
    pub fn fail_renewal(&self) -> Result<(), PayError> {
        self.paying(|world, scene| world.subscription_becomes(scene, "failed"))
    }

    /// The person cancels their subscription in Telegram.
    pub fn cancel_subscription(&self) -> Result<(), PayError> {
        self.paying(|world, scene| world.subscription_becomes(scene, "canceled"))
    }

    /// The person has it renew again, unless the bot bars that.
    pub fn resume_subscription(&self) -> Result<(), PayError> {
        self.paying(|world, scene| world.subscription_becomes(scene, "active"))
    }

    /// A payment goes back without the bot's doing, as Telegram's support does it.
    pub fn refund_from_outside(&self, charge: &str) -> Result<(), &'static str> {
        let bot = self.bot().map_err(|_| "BOT_INVALID")?;
        self.world.refund(&bot, self.id, charge)
    }
}
