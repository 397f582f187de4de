//! The price of crowding: what keeps a few people from being on everybody's first card.
//!
//! Let K(a, b) = exp((p + q) / 2T), where p is the chance that `a` likes `b`, q that `b` likes `a`,
//! and T the [`TEMPERATURE`]. Matching with transferable utility (Tomita et al., RecSys 2023) gives
//! each person one number F, so that K(a, b) F(a) F(b) is how much of a partner the two are to each
//! other, and nobody has more than a full share of that. With k half the mean of K(a, b) F(b) over
//! whoever fits `a`, F(a) = sqrt(1 + k^2) - k. The mean, where the paper has the sum: so a full
//! share is the same for everybody in a group, and where one group is larger, its less popular part
//! is not left without any. Among the cards of one viewer the viewer's own F is the same
//! everywhere. So the order needs one stored number a person: ln F, here called the *price*. It is
//! never positive, and the lower, the more sought-after somebody is.
//!
//! A sample of those who fit estimates the mean. Prices are learnt by passes over everyone that
//! each look at a few.

/// T: the lower, the more a difference in liking weighs against a price. Measured from 0.08 to
/// 0.12: matches and evenness hardly differ.
pub const TEMPERATURE: f64 = 0.1;

/// People looked at for one estimate of a price.
pub const SAMPLE: usize = 48;

/// The logarithm of F: 0 for somebody whom nobody wants, lower for who is in demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Price(pub f32);

impl Price {
    /// What one look at others says of a person's price: `sample` has p + q and the own price of
    /// some of those who fit, drawn at random. Nobody to look at: the price of somebody whom nobody
    /// wants.
    pub fn estimate(sample: impl IntoIterator<Item = (f64, Price)>) -> Price {
        let (mut sum, mut seen) = (0.0, 0.0);
        for (score, price) in sample {
            sum += order(score, price).exp();
            seen += 1.0;
        }
        let k = if seen > 0.0 { sum / seen / 2.0 } else { 0.0 };
        // ln(sqrt(1 + k^2) - k), without the difference of two large numbers.
        Price(-k.asinh() as f32)
    }

    /// The price after a pass, the first being 0: a mean in which later estimates weigh more than
    /// in the plain one, as the first ones stand on prices that were wrong themselves.
    pub fn learnt(self, estimate: Price, pass: u32) -> Price {
        let weight = (1.0 + pass as f32).powf(-0.6);
        Price(self.0 + weight * (estimate.0 - self.0))
    }
}

/// What a viewer's cards are sorted by, the highest first: how likely the two like each other (p +
/// q), and the price of the person on the card.
pub fn order(score: f64, price: Price) -> f64 {
    score / (2.0 * TEMPERATURE) + f64::from(price.0)
}
