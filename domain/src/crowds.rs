//! Which bots share their people.
//!
//! Usually all do. Where an operator keeps some apart, a person belongs to the crowd of the bot
//! that they are at (`session::bots`), and meets nobody of another one. Who goes to a bot of
//! another crowd meets that one's people from the next search on; a chat that is open goes on.

use crate::ids::{BotId, CrowdId};
use std::collections::BTreeMap;

/// Which bots share their people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowds {
    /// By bot. Empty: everybody meets everybody.
    apart: BTreeMap<BotId, CrowdId>,
}

impl Crowds {
    /// Only the bots of one group share theirs. A bot that is in no group, as one that is not run
    /// any more, has its people to itself. Fewer than two groups keep nobody apart.
    pub fn apart(groups: &[Vec<BotId>]) -> Crowds {
        let groups = groups.iter().filter_map(|group| Some((group, CrowdId(group.iter().min()?.0))));
        let apart: BTreeMap<BotId, CrowdId> =
            groups.flat_map(|(group, crowd)| group.iter().map(move |bot| (*bot, crowd))).collect();
        let one = apart.values().min() == apart.values().max();
        Crowds { apart: if one { BTreeMap::new() } else { apart } }
    }

    /// The crowd of a bot's people.
    pub fn of(&self, bot: BotId) -> CrowdId {
        match self.apart.is_empty() {
            true => CrowdId::FIRST,
            false => self.apart.get(&bot).copied().unwrap_or(CrowdId(bot.0)),
        }
    }

    /// Whether nobody is apart.
    pub fn is_one(&self) -> bool {
        self.apart.is_empty()
    }

    /// Those that there are now.
    pub fn all(&self) -> Vec<CrowdId> {
        let firsts = self.apart.iter().filter(|(bot, crowd)| bot.0 == crowd.0);
        let all: Vec<CrowdId> = firsts.map(|(_, crowd)| *crowd).collect();
        if all.is_empty() { vec![CrowdId::FIRST] } else { all }
    }

    /// Who shares with whom, as a name: `0+2.1`. None where nobody is apart.
    pub fn name(&self) -> Option<String> {
        let group = |crowd: &CrowdId| {
            let bots = self.apart.iter().filter(|(_, of)| *of == crowd);
            bots.map(|(bot, _)| bot.0.to_string()).collect::<Vec<_>>().join("+")
        };
        (!self.is_one()).then(|| self.all().iter().map(group).collect::<Vec<_>>().join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(groups: &[&[u8]]) -> Crowds {
        let groups: Vec<Vec<BotId>> =
            groups.iter().map(|group| group.iter().map(|bot| BotId(*bot)).collect()).collect();
        Crowds::apart(&groups)
    }

    #[test]
    fn everybody_is_one_crowd_unless_there_are_two_groups() {
        for crowds in [Crowds::default(), apart(&[]), apart(&[&[3, 0, 1]]), apart(&[&[5]])] {
            assert!(crowds.is_one() && crowds.name().is_none(), "{crowds:?}");
            assert_eq!(crowds.all(), [CrowdId::FIRST]);
            assert!((0..BotId::MOST).all(|bot| crowds.of(BotId(bot)) == CrowdId::FIRST));
        }
    }

    #[test]
    fn a_crowd_goes_by_its_first_bot_whatever_the_order() {
        for crowds in [apart(&[&[4, 1], &[0, 2]]), apart(&[&[2, 0], &[1, 4]])] {
            assert_eq!([0, 1, 2, 4].map(|bot| crowds.of(BotId(bot)).0), [0, 1, 0, 1]);
            assert_eq!(crowds.name().as_deref(), Some("0+2.1+4"));
            assert_eq!(crowds.all(), [CrowdId(0), CrowdId(1)]);
            // One that is not run any more is nobody else's.
            assert_eq!(crowds.of(BotId(3)), CrowdId(3));
        }
        // Without the first bot, too.
        assert_eq!(apart(&[&[7], &[9, 8]]).all(), [CrowdId(7), CrowdId(8)]);
    }
}
