//! How much an update matters where not everything can be taken.

use crate::relay::content::Body;
use crate::session::command::{Given, command_of};
use crate::update::{Act, Update};

/// What an update is, for whoever has to turn some away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Something said to the partner, or about it.
    Said,
    /// A command or a button.
    Asked,
    /// The user wants out: of a chat, a search, the bot, what it says unasked; or reports somebody.
    /// It counts however many came before.
    Leaving,
}

impl Urgency {
    /// That of an update.
    pub fn of(update: &Update) -> Urgency {
        match &update.act {
            Act::Message(message) => match &message.body {
                Body::Text(rich) => match command_of(&rich.text) {
                    Some(Given::Known(_, command)) if matches!(command.name, "stop" | "next" | "report") => {
                        Urgency::Leaving
                    }
                    Some(Given::Known(..)) => Urgency::Asked,
                    _ => Urgency::Said,
                },
                _ => Urgency::Said,
            },
            Act::Pressed { data, .. } => {
                let leaves = ["end:", "s:stop", "fb:report:", "fb:r:", "fb:block:", "rm:off", "news:off"];
                if leaves.iter().any(|start| data.starts_with(start)) {
                    Urgency::Leaving
                } else {
                    Urgency::Asked
                }
            }
            Act::BlockedBot | Act::UnblockedBot => Urgency::Leaving,
            Act::Capability(_) => Urgency::Asked,
            Act::Edited(_) | Act::Reacted { .. } | Act::Unreadable => Urgency::Said,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{MessageId, UserId};
    use crate::relay::content::{Inbound, Rich};

    #[test]
    fn ways_out_come_before_commands_and_commands_before_words() {
        let of = |act| Urgency::of(&Update { update_id: 1, user: UserId(1), lang_hint: None, act });
        let text = |words: &str| {
            let body = Body::Text(Rich::plain(words));
            let id = MessageId(1);
            of(Act::Message(Inbound {
                id,
                reply_to: None,
                answers: None,
                album: None,
                body,
                envelope: Vec::new(),
                manner: None,
            }))
        };
        let press =
            |data: &str| of(Act::Pressed { callback_id: "1".into(), data: data.into(), message: None });
        for words in ["/stop", " /next@bot", "/report"] {
            assert_eq!(text(words), Urgency::Leaving, "{words}");
        }
        for words in ["/search", "/help", "/settings"] {
            assert_eq!(text(words), Urgency::Asked, "{words}");
        }
        for words in ["stop", "delete", "/nothing of ours", "hello"] {
            assert_eq!(text(words), Urgency::Said, "{words}");
        }
        assert_eq!(press("end:stop:7"), Urgency::Leaving);
        assert_eq!(press("fb:block:7"), Urgency::Leaving);
        assert_eq!((press("rm:off"), press("news:off")), (Urgency::Leaving, Urgency::Leaving));
        assert_eq!((press("rm:on"), press("fb:up:7")), (Urgency::Asked, Urgency::Asked));
        assert_eq!(of(Act::BlockedBot), Urgency::Leaving);
        assert!(Urgency::Leaving > Urgency::Asked && Urgency::Asked > Urgency::Said);
    }
}
