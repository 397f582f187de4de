//! Which bots share their people (`BOT_POOLS`).

use super::{BOT_POOLS, BOT_TOKEN, BOT_TOKENS, MAIN};
use crate::config::Problem;
use crate::config::sources::Layers;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::BotId;
use std::collections::BTreeSet;

/// Which bots share their people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BotPools {
    /// All of them.
    #[default]
    Shared,
    /// None: each has its own.
    Apart,
    /// Those of one list, by their labels.
    Named(Vec<Vec<String>>),
}

impl BotPools {
    /// As the operator wrote it; none for an empty pool, or a name that no label has.
    pub(super) fn parse(text: &str) -> Option<BotPools> {
        match text.trim() {
            "shared" => return Some(BotPools::Shared),
            "apart" => return Some(BotPools::Apart),
            _ => {}
        }
        let label = |label: &str| super::is_label(label).then(|| label.to_owned());
        let pool = |pool: &str| pool.split('+').map(|one| label(one.trim())).collect::<Option<Vec<_>>>();
        text.split(',').map(pool).collect::<Option<_>>().map(BotPools::Named)
    }

    /// The crowds of these bots, each with its label and its place.
    pub fn crowds<'a>(&self, bots: impl Iterator<Item = (&'a str, BotId)> + Clone) -> Crowds {
        match self {
            BotPools::Shared => Crowds::default(),
            BotPools::Apart => Crowds::apart(&bots.map(|(_, place)| vec![place]).collect::<Vec<_>>()),
            BotPools::Named(pools) => {
                let places = |pool: &Vec<String>| {
                    let of_pool = bots.clone().filter(|(label, _)| pool.iter().any(|one| one == label));
                    of_pool.map(|(_, place)| place).collect()
                };
                Crowds::apart(&pools.iter().map(places).collect::<Vec<_>>())
            }
        }
    }
}

/// What is wrong with the pools beside the bots that there are: a bot that is none, one in two
/// pools, one in none.
pub(super) fn problem(layers: &Layers) -> Option<Problem> {
    let Some(BotPools::Named(pools)) = layers.value(&BOT_POOLS) else { return None };
    // What is wrong with the tokens is told of them.
    let (main, others) = (layers.value(&BOT_TOKEN), layers.value(&BOT_TOKENS));
    if main.is_some() != layers.has(&BOT_TOKEN) || others.is_some() != layers.has(&BOT_TOKENS) {
        return None;
    }
    let others = others.unwrap_or_default();
    let bots: BTreeSet<&str> =
        main.iter().map(|_| MAIN).chain(others.iter().map(|bot| bot.label.as_str())).collect();
    if bots.is_empty() {
        return None;
    }
    let mut named = BTreeSet::new();
    for label in pools.iter().flatten() {
        if !bots.contains(label.as_str()) {
            let all = bots.iter().copied().collect::<Vec<_>>().join(", ");
            let mend = format!("No bot is called {label}; there are: {all}.");
            return Some(wrong("the labels of BOT_TOKENS, and main for the bot of BOT_TOKEN", mend));
        }
        if !named.insert(label.as_str()) {
            return Some(wrong("each bot in one pool", format!("{label} stands there twice: name it once.")));
        }
    }
    let left: Vec<&str> = bots.difference(&named).copied().collect();
    let mend = format!("Say with whom {} is, or put it there by itself.", left.join(" and "));
    (!left.is_empty()).then(|| wrong("every bot in a pool", mend))
}

fn wrong(expected: &str, mend: String) -> Problem {
    let variable = BOT_POOLS.variable.name.to_owned();
    Problem { variable, found: None, expected: expected.to_owned(), mend }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::CrowdId;

    #[test]
    fn pools_are_lists_of_labels() {
        let pools = |text| BotPools::parse(text);
        assert_eq!((pools("shared"), pools(" apart ")), (Some(BotPools::Shared), Some(BotPools::Apart)));
        let named = |all: &[&[&str]]| {
            let pool = |pool: &&[&str]| pool.iter().map(|label| (*label).to_owned()).collect();
            Some(BotPools::Named(all.iter().map(pool).collect()))
        };
        assert_eq!(pools("main + moscow, night"), named(&[&["main", "moscow"], &["night"]]));
        assert_eq!(pools("main"), named(&[&["main"]]));
        for text in ["", ",", "main,", "main+", "main,,night", "a b", "main;night", "main+,night"] {
            assert_eq!(pools(text), None, "{text:?}");
        }
    }

    #[test]
    fn labels_become_crowds() {
        let bots = [("main", BotId(2)), ("moscow", BotId(0)), ("night", BotId(5))];
        let crowds = |text: &str| {
            let crowds = BotPools::parse(text).expect("pools").crowds(bots.iter().copied());
            [2, 0, 5].map(|bot| crowds.of(BotId(bot)))
        };
        assert_eq!(crowds("shared"), [CrowdId::FIRST; 3]);
        assert_eq!(crowds("main+night+moscow"), [CrowdId::FIRST; 3]);
        assert_eq!(crowds("apart"), [CrowdId(2), CrowdId(0), CrowdId(5)]);
        assert_eq!(crowds("night+main,moscow"), [CrowdId(2), CrowdId(0), CrowdId(2)]);
    }
}
