//! What is learnt of people: how often their card is liked, how often they like, and taste.
//!
//! How popular a newcomer is, nobody knows; so it is drawn from what is possible (Beta, from the
//! likes and cards so far), and each draw is another chance. And until their card was seen a few
//! times, a place in hands is kept for it, whatever popularity says.
//!
//! Taste is a short vector for what somebody likes and one for what they are liked for; their
//! product is added to the chance of a like. Each verdict moves both a little.

use crate::ids::{UserId, spread};
use crate::random::Random;
use crate::time::Millis;

/// Cards that a newcomer is guaranteed to be on.
pub const GUARANTEED: u32 = 20;
/// For so long, milliseconds.
pub const NEWCOMER_MS: i64 = 48 * 3_600_000;

/// Likes that everybody is taken to have had before the first.
const LIKES_BEFORE: u32 = 2;
/// Cards that were passed by, likewise.
const PASSES_BEFORE: u32 = 8;
/// Length of a vector of taste.
const TASTES: usize = 4;
/// How far one verdict moves taste.
const STEP: f32 = 0.05;
/// How much of taste fades with each verdict.
const FADES: f32 = 0.001;

/// What is learnt of one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Since when they have a profile.
    pub since: Millis,
    /// How often others saw their card.
    pub cards: u32,
    /// How often it was liked.
    pub likes: u32,
    /// Cards they decided on themselves.
    pub decided: u32,
    /// How many of those they liked.
    pub liked: u32,
    /// What they like.
    wants: [f32; TASTES],
    /// What they are liked for.
    offers: [f32; TASTES],
}

impl History {
    /// As it was kept: taste as two vectors, what they like and what they are liked for. Vectors of
    /// another length are none.
    pub fn restore(self, wants: &[f32], offers: &[f32]) -> History {
        match (wants.try_into(), offers.try_into()) {
            (Ok(wants), Ok(offers)) => History { wants, offers, ..self },
            _ => self,
        }
    }

    /// Taste, as it is kept: what they like, and what they are liked for.
    pub fn tastes(&self) -> [&[f32]; 2] {
        [&self.wants, &self.offers]
    }

    /// Of somebody who came just now.
    pub fn new(user: UserId, since: Millis) -> History {
        // Small and different from person to person: from equal vectors nothing is ever learnt.
        let mut random = Random::new(spread(user.0));
        let mut some = || [(); TASTES].map(|()| (random.unit() as f32 - 0.5) / 5.0);
        let (wants, offers) = (some(), some());
        History { since, cards: 0, likes: 0, decided: 0, liked: 0, wants, offers }
    }

    /// Whether a place in hands is kept for them.
    pub fn is_due(&self, now: Millis) -> bool {
        self.cards < GUARANTEED && now.since(self.since) < NEWCOMER_MS
    }

    /// How much more (or less) than others they are liked, as a term of a logistic: drawn from what
    /// their cards and likes leave possible. 0 as long as a place is kept for them.
    pub fn popularity(&self, now: Millis, random: &mut Random) -> f64 {
        if self.is_due(now) {
            return 0.0;
        }
        let passes = PASSES_BEFORE + self.cards.saturating_sub(self.likes);
        logit(random.beta(LIKES_BEFORE + self.likes, passes)) - usual()
    }

    /// How much more (or less) than others they like, as a term of a logistic.
    pub fn warmth(&self) -> f64 {
        let (liked, decided) = (f64::from(self.liked), f64::from(self.decided.max(self.liked)));
        let (before, all) = (f64::from(LIKES_BEFORE), f64::from(LIKES_BEFORE + PASSES_BEFORE));
        logit((liked + before) / (decided + all)) - usual()
    }

    /// What taste says of this one seeing the other, as a term of a logistic.
    pub fn taste(&self, other: &History) -> f64 {
        f64::from(self.wants.iter().zip(other.offers).map(|(want, offer)| want * offer).sum::<f32>())
    }

    /// This one saw the other's card, thought likely (0 to 1) to be liked, and decided.
    pub fn decide(&mut self, other: &mut History, is_liked: bool, expected: f64) {
        self.decided = self.decided.saturating_add(1);
        other.cards = other.cards.saturating_add(1);
        if is_liked {
            self.liked = self.liked.saturating_add(1);
            other.likes = other.likes.saturating_add(1);
        }
        let error = f32::from(u8::from(is_liked)) - expected as f32;
        for (want, offer) in self.wants.iter_mut().zip(&mut other.offers) {
            let (old_want, old_offer) = (*want, *offer);
            *want += STEP * error * old_offer - FADES * old_want;
            *offer += STEP * error * old_want - FADES * old_offer;
        }
    }
}

/// Where everybody begins.
fn usual() -> f64 {
    logit(f64::from(LIKES_BEFORE) / f64::from(LIKES_BEFORE + PASSES_BEFORE))
}

/// The inverse of the logistic; finite at both ends.
fn logit(chance: f64) -> f64 {
    let chance = chance.clamp(1e-6, 1.0 - 1e-6);
    (chance / (1.0 - chance)).ln()
}
