//! A pacer for each bot: Telegram's limits are a token's, so one bot's 429 holds up nobody else's
//! people.

use nameless_domain::ids::{BotId, ChatId, PairId};
use nameless_domain::outbox::{Pacer, PacerConfig};
use nameless_domain::time::Millis;
use std::collections::BTreeMap;

/// The pacers of all bots; each is made when something is to leave by it. Bounded by the number of
/// bots that there can be.
pub(super) struct Pacers<T> {
    config: PacerConfig,
    /// The only one nearly everywhere.
    first: Pacer<T>,
    others: BTreeMap<BotId, Pacer<T>>,
}

impl<T> Pacers<T> {
    /// Nothing waits.
    pub fn new(config: PacerConfig) -> Pacers<T> {
        Pacers { first: Pacer::new(config.clone()), others: BTreeMap::new(), config }
    }

    /// The pacer of a chat's bot.
    pub fn of(&mut self, chat: ChatId) -> &mut Pacer<T> {
        match chat.bot() {
            BotId::FIRST => &mut self.first,
            bot => self.others.entry(bot).or_insert_with(|| Pacer::new(self.config.clone())),
        }
    }

    fn all(&mut self) -> impl Iterator<Item = (BotId, &mut Pacer<T>)> {
        std::iter::once((BotId::FIRST, &mut self.first))
            .chain(self.others.iter_mut().map(|(bot, pacer)| (*bot, pacer)))
    }

    /// The next call that may be made now, see [`Pacer::next`].
    pub fn next_call(&mut self, now: Millis) -> Option<(ChatId, T)> {
        self.all().find_map(|(_, pacer)| pacer.next(now))
    }

    /// When there may be one, see [`Pacer::wake_at`].
    pub fn wake_at(&mut self, now: Millis) -> Option<Millis> {
        self.all().filter_map(|(_, pacer)| pacer.wake_at(now)).min()
    }

    /// Items that wait.
    pub fn waiting(&self) -> usize {
        self.first.waiting() + self.others.values().map(Pacer::waiting).sum::<usize>()
    }

    /// Calls under way.
    pub fn in_flight(&self) -> usize {
        self.first.in_flight() + self.others.values().map(Pacer::in_flight).sum::<usize>()
    }

    /// Removes what waits of a pair for the person behind a chat, at whichever bot.
    pub fn purge(&mut self, chat: ChatId, pair: PairId) -> Vec<T> {
        let person = chat.telegrams();
        self.all().flat_map(|(bot, pacer)| pacer.purge(ChatId::of(bot, person), pair)).collect()
    }

    /// The chat of that person to which a call of the pair is under way.
    pub fn under_way(&mut self, chat: ChatId, pair: PairId) -> Option<ChatId> {
        let person = chat.telegrams();
        self.all().find_map(|(bot, pacer)| {
            let chat = ChatId::of(bot, person);
            pacer.is_under_way(chat, pair).then_some(chat)
        })
    }

    /// Moves everything into new structures, see [`Pacer::rebuilt`].
    pub fn rebuilt(self, now: Millis) -> Pacers<T> {
        let others = self.others.into_iter().map(|(bot, pacer)| (bot, pacer.rebuilt(now))).collect();
        Pacers { config: self.config, first: self.first.rebuilt(now), others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::UserId;
    use nameless_domain::outbox::{Lane, Terms};

    const NOW: Millis = Millis(1_000);

    fn put(pacers: &mut Pacers<u32>, chat: ChatId, tag: Option<PairId>, item: u32) {
        let terms = Terms { tag, ..Terms::default() };
        pacers.of(chat).enqueue_on(NOW, chat, Lane::Interactive, terms, item);
    }

    #[test]
    fn one_bots_429_holds_up_nobody_elses_people() {
        let mut pacers = Pacers::new(PacerConfig::default());
        let chats = [BotId(0), BotId(1), BotId(7)].map(|bot| UserId(5).at(bot));
        (0..3).for_each(|n| put(&mut pacers, chats[n], None, n as u32));
        assert_eq!(pacers.next_call(NOW), Some((chats[0], 0)));
        assert!(pacers.of(chats[0]).on_retry(NOW, chats[0], 0, 60_000).is_none());
        assert_eq!(pacers.next_call(NOW), Some((chats[1], 1)));
        assert_eq!(pacers.next_call(NOW), Some((chats[2], 2)));
        assert_eq!((pacers.next_call(NOW), pacers.waiting(), pacers.in_flight()), (None, 1, 2));
        assert_eq!(pacers.wake_at(NOW), Some(NOW.plus(60_000)));
    }

    #[test]
    fn what_waits_of_a_pair_is_taken_back_at_every_bot_and_survives_a_new_one() {
        let mut pacers = Pacers::new(PacerConfig::default());
        let (here, there, pair) = (UserId(5).chat(), UserId(5).at(BotId(2)), PairId(9));
        put(&mut pacers, there, Some(pair), 1);
        put(&mut pacers, there, Some(pair), 2);
        put(&mut pacers, here, None, 3);
        let mut pacers = pacers.rebuilt(NOW);
        assert_eq!(pacers.next_call(NOW), Some((here, 3)));
        assert_eq!(pacers.next_call(NOW), Some((there, 1)));
        assert_eq!(pacers.under_way(here, pair), Some(there));
        assert_eq!(pacers.purge(here, pair), [2]);
        assert_eq!(pacers.under_way(UserId(6).chat(), pair), None);
    }
}
