//! What programs do and people do not: the same words to one stranger after the other, links first
//! of all, answers to the beat of a clock.
//!
//! A few numbers for each session, looked at with each message that is passed on. What is found is
//! a suspicion: it is listed for the operators, and what follows of it by itself is small
//! ([`limit`]) and ends by itself.

use crate::ids::PairId;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Intervals in a row that are as long as the first of them.
const BEATS: u8 = 12;
/// Shorter ones say nothing: what was typed while the bot was away comes at once.
const SHORTEST_BEAT_MS: i64 = 2_000;
/// Chats in a row that begin with the same words.
const SAME: u8 = 5;
/// Characters that such words have at least: many people begin with a greeting.
const LONG: usize = 24;
/// Chats in a row that begin with a link, a name or an address.
const LINKED: u8 = 4;

/// Something that looks like a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Messages to the beat of a clock.
    Rhythm,
    /// One text to many people.
    SameWords,
    /// A link or an address as the first word to many people.
    Links,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Pattern; 3] = [Pattern::Rhythm, Pattern::SameWords, Pattern::Links];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::Rhythm => "rhythm",
            Pattern::SameWords => "same_words",
            Pattern::Links => "links",
        }
    }
}

/// Chats and matches that were written to lately and begin anew with nothing. A chat goes on while
/// letters are written beside it, now to one match and now to another.
const KNOWN: usize = 4;

/// What is remembered of a person's messages, as long as their session is in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// Whom they wrote to, the last one first.
    known: [i64; KNOWN],
    at: i64,
    interval: i64,
    opener: u64,
    beats: u8,
    same: u8,
    linked: u8,
}

impl Habits {
    /// Takes note of a message that is passed on: `words` of a text, `linked` if something in it
    /// led out of the chat and was masked. Letters and chats count together, so that nobody may say
    /// the same to as many strangers twice. Who goes back and forth between a few says nothing to a
    /// further one: that neither counts nor lets what was counted be forgotten.
    pub fn note(&mut self, pair: PairId, at: Millis, words: Option<&str>, linked: bool) -> Option<Pattern> {
        let opens = self.opens(pair.0);
        let found = self.beat(at.0).then_some(Pattern::Rhythm);
        if !opens {
            return found;
        }
        found.or(self.opens_with_link(linked)).or(self.opens_with(words))
    }

    /// Whether this is somebody whom they have not written to lately.
    fn opens(&mut self, pair: i64) -> bool {
        let place = self.known.iter().position(|known| *known == pair);
        self.known[..=place.unwrap_or(KNOWN - 1)].rotate_right(1);
        self.known[0] = pair;
        place.is_none()
    }

    fn beat(&mut self, at: i64) -> bool {
        let interval = at - std::mem::replace(&mut self.at, at);
        // Three hundredths of the streak's first one: a person's thumb is never that even, and a
        // network seldom less.
        let off = (interval - self.interval).abs();
        if interval >= SHORTEST_BEAT_MS && off <= self.interval * 3 / 100 {
            self.beats = self.beats.saturating_add(1);
        } else {
            (self.interval, self.beats) = (interval, 0);
        }
        reached(&mut self.beats, BEATS)
    }

    fn opens_with_link(&mut self, linked: bool) -> Option<Pattern> {
        self.linked = if linked { self.linked.saturating_add(1) } else { 0 };
        reached(&mut self.linked, LINKED).then_some(Pattern::Links)
    }

    fn opens_with(&mut self, words: Option<&str>) -> Option<Pattern> {
        let long = words.filter(|words| words.chars().nth(LONG - 1).is_some());
        let opener = long.map_or(0, fingerprint);
        let same = opener != 0 && std::mem::replace(&mut self.opener, opener) == opener;
        self.same = match (opener, same) {
            (0, _) => 0,
            (_, true) => self.same.saturating_add(1),
            (_, false) => 1,
        };
        reached(&mut self.same, SAME).then_some(Pattern::SameWords)
    }
}

/// Begins anew once it was reached: it is one suspicion, and not one with each message.
fn reached(count: &mut u8, enough: u8) -> bool {
    let reached = *count >= enough;
    if reached {
        *count = 0;
    }
    reached
}

/// Of words, whatever their case, spaces and signs (FNV-1a); never 0.
fn fingerprint(words: &str) -> u64 {
    let letters = words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let hash = letters.fold(0xcbf2_9ce4_8422_2325u64, |hash, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.max(1)
}

/// How long somebody is hidden after so many suspicions within a week, milliseconds: none at the
/// first, which is only listed.
pub fn limit(suspicions: u32) -> Option<i64> {
    match suspicions {
        0 | 1 => None,
        2 => Some(3_600_000),
        _ => Some(crate::time::DAY_MS),
    }
}
