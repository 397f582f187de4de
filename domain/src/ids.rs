//! Identifiers. Newtypes, so that a chat is never taken for a user nor one side's message for the
//! other's.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id! {
    /// A Telegram user; in a private chat it is the chat's id as well.
    UserId(i64)
}
id! {
    /// Which of the operator's bots: its place in the store's list of them, for ever. 0 is the
    /// first, and the only one of nearly every installation.
    BotId(u8)
}
id! {
    /// People who can meet each other: those of one bot, or of several that share theirs
    /// ([`crate::crowds::Crowds`]). It goes by the lowest [`BotId`] among them, for ever.
    CrowdId(u8)
}
id! {
    /// A chat of one of the bots: a user's private chat, or a group or channel. Of the first bot it
    /// is the number that Telegram gives it (positive, or negative for groups and channels), of the
    /// others that number moved by [`BotId`], so that one chat never has the key of another one's.
    ChatId(i64)
}
id! {
    /// A message inside one chat. Ids of two chats have nothing to do with each other.
    MessageId(i32)
}
id! {
    /// One pairing of two users, for ever; the store issues it.
    PairId(i64)
}
id! {
    /// A dialog with a character; the store issues it.
    DialogId(i64)
}
id! {
    /// Position of an accepted update in the journal: grows by at least one per update, over
    /// restarts too.
    Seq(u64)
}

/// Ids of messages that belong together: one, but for albums.
pub type MessageIds = SmallVec<[MessageId; 4]>;

/// Bits of an update's number that are Telegram's. Its ids have 31; above them stands the bot.
const UPDATE_BITS: u32 = 40;
/// Bits of a chat's number that are Telegram's: 52 and a sign
/// (<https://core.telegram.org/bots/api#chat>).
const CHAT_BITS: u32 = 53;

impl BotId {
    /// The first bot, which is the only one unless there are several.
    pub const FIRST: BotId = BotId(0);
    /// Bots that one installation may have had, now and before.
    pub const MOST: u8 = 100;

    /// The number under which an update of this bot is known, given Telegram's id of it: those of
    /// two bots may be equal. Of the first bot it is Telegram's own. None for what is no id.
    pub fn update(self, id: i64) -> Option<i64> {
        if self == BotId::FIRST {
            return Some(id);
        }
        (1..1 << UPDATE_BITS).contains(&id).then(|| (i64::from(self.0) << UPDATE_BITS) + id)
    }

    /// Whose update a number is. What nodes tell each other, and operators' wishes, have negative
    /// ones.
    pub fn of_update(update_id: i64) -> BotId {
        BotId(u8::try_from(update_id >> UPDATE_BITS).unwrap_or(0))
    }

    /// The name of a message in a chat with this bot among all that its user sent to any of them,
    /// for telling what comes again. Of the first bot it is its id.
    pub fn message(self, id: MessageId) -> MessageId {
        // In the upper bits: ids are counted from 1.
        MessageId(id.0 ^ (i32::from(self.0) << 24))
    }

    /// Telegram's id of an update of this bot.
    pub fn telegrams(self, update_id: i64) -> i64 {
        update_id.wrapping_sub(i64::from(self.0) << UPDATE_BITS)
    }
}

impl CrowdId {
    /// That of the first bot: everybody, where nobody is apart.
    pub const FIRST: CrowdId = CrowdId(0);
}

impl UserId {
    /// The user's private chat with the first bot.
    pub fn chat(self) -> ChatId {
        ChatId(self.0)
    }

    /// The user's private chat with one of the bots.
    pub fn at(self, bot: BotId) -> ChatId {
        ChatId::of(bot, self.0)
    }
}

impl ChatId {
    /// A chat of `bot`, by Telegram's number of it.
    pub fn of(bot: BotId, chat: i64) -> ChatId {
        ChatId(chat.wrapping_add(i64::from(bot.0) << CHAT_BITS))
    }

    /// Whose chat it is.
    pub fn bot(self) -> BotId {
        let above = self.0.wrapping_add(1 << (CHAT_BITS - 1)) >> CHAT_BITS;
        // Nothing that Telegram gives is that far away: of a broken update it is the first bot's.
        BotId(u8::try_from(above).unwrap_or(0))
    }

    /// Telegram's number of it.
    pub fn telegrams(self) -> i64 {
        self.0.wrapping_sub(i64::from(self.bot().0) << CHAT_BITS)
    }

    /// Whether it is a group that may become a supergroup, and is called otherwise from then on.
    /// Numbers of supergroups and channels begin at -10^12
    /// (<https://core.telegram.org/api/bots/ids>).
    pub fn is_basic_group(self) -> bool {
        (-999_999_999_999..0).contains(&self.telegrams())
    }

    /// The user behind a private chat, none for groups and channels.
    pub fn user(self) -> Option<UserId> {
        let chat = self.telegrams();
        (chat > 0).then_some(UserId(chat))
    }
}

/// Spreads ids that may be sequential evenly over all numbers, always in the same way (the 64-bit
/// finaliser of MurmurHash3). Every bit of the result depends on every bit of the id.
pub fn spread(id: i64) -> u64 {
    let mut x = id as u64;
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATS: [i64; 6] = [1, 5_000_000_000, (1 << 52) - 1, -1, -1_002_000_000_000, -(1 << 52) + 1];

    #[test]
    fn the_first_bots_numbers_are_telegrams() {
        for chat in CHATS {
            assert_eq!(ChatId::of(BotId::FIRST, chat), ChatId(chat));
            assert_eq!((ChatId(chat).bot(), ChatId(chat).telegrams()), (BotId::FIRST, chat));
        }
        assert_eq!(UserId(7).at(BotId::FIRST), UserId(7).chat());
        for id in [1, i64::from(i32::MAX), i64::MAX, -5] {
            assert_eq!(BotId::FIRST.update(id), Some(id));
        }
    }

    #[test]
    fn no_two_bots_share_a_number() {
        let mut chats = std::collections::BTreeSet::new();
        let mut messages = std::collections::BTreeSet::new();
        for bot in (0..BotId::MOST).map(BotId) {
            for chat in CHATS {
                let id = ChatId::of(bot, chat);
                assert!(chats.insert(id), "{bot:?} {chat}");
                assert_eq!((id.bot(), id.telegrams()), (bot, chat));
                assert_eq!(id.user(), (chat > 0).then_some(UserId(chat)));
            }
            for id in [1, 700_000_000, i64::from(i32::MAX)] {
                let update = bot.update(id).expect("an id");
                assert_eq!((BotId::of_update(update), bot.telegrams(update)), (bot, id));
                // JavaScript and JSON readers elsewhere keep it whole.
                assert!(update < 1 << 53);
            }
            for id in [1, 55, 16_000_000] {
                let name = bot.message(MessageId(id));
                assert!(messages.insert(name) && name.0 > 0, "{bot:?} {id}");
            }
        }
    }

    #[test]
    fn groups_are_told_from_supergroups_by_their_numbers() {
        for bot in [BotId::FIRST, BotId(7)] {
            let is = |chat| ChatId::of(bot, chat).is_basic_group();
            assert!(is(-1) && is(-4_000_000_001) && is(-999_999_999_999));
            assert!(!is(1) && !is(-1_000_000_000_001) && !is(-1_002_345_678_901));
        }
    }

    #[test]
    fn what_is_no_id_of_telegrams_is_nobodys_update() {
        for id in [0, -1, 1 << UPDATE_BITS, i64::MAX, i64::MIN] {
            assert_eq!(BotId(3).update(id), None, "{id}");
        }
        assert_eq!(BotId::of_update(-1), BotId::FIRST);
        assert_eq!(BotId::of_update(i64::MAX), BotId::FIRST);
    }
}
