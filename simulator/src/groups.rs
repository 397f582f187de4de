//! What a simulated person does in groups, as a typed handle.

use crate::actions::ActionError;
use crate::client::SimUser;
use crate::message::ChatMessage;
use crate::outgoing::Outgoing;
use crate::state::world::World;

impl SimUser {
    /// Makes a group with this person and the bot in it; [`SimUser::at_group`] speaks there.
    pub fn try_add_to_group(&self) -> Result<i64, ActionError> {
        self.act(|world, scene| world.person_makes_group(scene.bot, scene.author))
    }

    /// Like [`Self::try_add_to_group`].
    #[track_caller]
    pub fn add_to_group(&self) -> i64 {
        self.expect(self.try_add_to_group())
    }

    /// The same person in a group: what they do and see is there. Nobody is asked whether they are
    /// in it.
    pub fn at_group(&self, group_id: i64) -> Result<Self, ActionError> {
        let group = self.world.peer(group_id).filter(|p| p.is_group()).ok_or(ActionError::NoSuchGroup)?;
        let mut there = self.clone();
        there.group = Some(group.id);
        Ok(there)
    }

    /// Makes a supergroup of a group; its id. What the bot sends to the former one is refused with
    /// that id.
    pub fn group_becomes_supergroup(&self, group_id: i64) -> Result<i64, ActionError> {
        self.at_group(group_id)?.act(World::group_becomes_supergroup)
    }

    /// Sends a message in a group.
    pub fn in_group(&self, group_id: i64, out: Outgoing) -> Result<i32, ActionError> {
        self.at_group(group_id)?.try_send(out)
    }

    /// Presses a button of a message in a group, as [`Self::try_press`]. Returns the callback
    /// query's id.
    pub fn press_in_group(&self, group_id: i64, message_id: i32, data: &str) -> Result<String, ActionError> {
        self.at_group(group_id)?.try_press(message_id, data)
    }

    /// All messages of a group with the bot, oldest first.
    pub fn group_chat(&self, group_id: i64) -> Vec<ChatMessage> {
        self.at_group(group_id).map(|there| there.chat()).unwrap_or_default()
    }
}
