//! What is decided about a picture, and why.

use serde::{Deserialize, Serialize};

/// Bits of 256 in which the hashes of one picture may differ (Meta's measurements of PDQ).
pub const SAME: u32 = 31;

/// What is decided. The order is that of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It may stand in the open.
    Approved,
    /// Nothing could be found out. Time does not make it approved.
    Unchecked,
    /// Somebody has to look at it.
    Suspicious,
    /// It may not be shown.
    Rejected,
}

impl Decision {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Decision::Approved => "approved",
            Decision::Unchecked => "unchecked",
            Decision::Suspicious => "suspicious",
            Decision::Rejected => "rejected",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $Name:ident = $bit:literal, $code:literal, $decision:ident;)+) => {
        /// Why a picture is not simply approved. Its number is kept in the store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $Name = $bit,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Reason] = &[$(Reason::$Name),+];

            /// Its name in metrics.
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$Name => $code,)+ }
            }

            /// The reason of this name.
            pub fn of_code(code: &str) -> Option<Reason> {
                match code { $($code => Some(Reason::$Name),)+ _ => None }
            }

            /// How severe it is by itself.
            pub const fn decision(self) -> Decision {
                match self { $(Reason::$Name => Decision::$decision,)+ }
            }
        }
    };
}

// The most telling first: a sender hears of one. Numbers stay what they are, as rows hold them.
reasons! {
    /// It looks like a picture that the operators banned.
    Banned = 0, "banned", Rejected;
    /// Pornography.
    Nude = 1, "nude", Rejected;
    /// Its sender sent it to many.
    Spam = 2, "spam", Rejected;
    /// One face is needed, none is there.
    NoFace = 3, "no_face", Rejected;
    /// One face is needed, several are there.
    SeveralFaces = 4, "several_faces", Rejected;
    /// The face has too few pixels.
    SmallFace = 5, "small_face", Rejected;
    /// The face is blurred.
    BlurredFace = 6, "blurred_face", Rejected;
    /// The face is too dark.
    DarkFace = 7, "dark_face", Rejected;
    /// The face is washed out.
    BrightFace = 8, "bright_face", Rejected;
    /// Perhaps pornography.
    PerhapsNude = 9, "perhaps_nude", Suspicious;
    /// One face is needed, and the detectors do not agree on it.
    UncertainFace = 10, "uncertain_face", Suspicious;
    /// What the policy needs was not looked at.
    NotLookedAt = 11, "not_looked_at", Unchecked;
    /// Looking failed.
    Failed = 12, "failed", Unchecked;
    /// Nobody could look: workers are gone or busy, or the file could not be had in time.
    NoWorker = 13, "no_worker", Unchecked;
    /// A QR code: a way around anonymity, and what spam is made of.
    Code = 14, "code", Suspicious;
}

/// A decision with every reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Verdict(u16);

impl Verdict {
    /// Nothing speaks against it.
    pub const APPROVED: Verdict = Verdict(0);
    /// Nobody could look.
    pub const NO_WORKER: Verdict = Verdict(1 << Reason::NoWorker as u16);

    /// The verdict that reasons make.
    pub fn of(reasons: impl IntoIterator<Item = Reason>) -> Verdict {
        Verdict(reasons.into_iter().fold(0, |bits, reason| bits | 1 << reason as u16))
    }

    /// The same with one more reason.
    pub fn and(self, reason: Reason) -> Verdict {
        Verdict(self.0 | 1 << reason as u16)
    }

    /// As it is kept.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// As it was kept; none if there are reasons in it that this version does not know.
    pub fn of_bits(bits: u16) -> Option<Verdict> {
        let known = Verdict::of(Reason::ALL.iter().copied());
        (bits & !known.0 == 0).then_some(Verdict(bits))
    }

    /// Its reasons, the most telling first.
    pub fn reasons(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(move |&reason| self.0 & (1 << reason as u16) != 0)
    }

    /// The most severe of what the reasons ask for.
    pub fn decision(self) -> Decision {
        self.reasons().map(Reason::decision).max().unwrap_or(Decision::Approved)
    }

    /// Whether it is refused for being nude, and for nothing else.
    pub fn is_only_nude(self) -> bool {
        let mut refuse = self.reasons().filter(|reason| reason.decision() == Decision::Rejected);
        (refuse.next(), refuse.next()) == (Some(Reason::Nude), None)
    }

    /// The same between two who both agreed to nude pictures: it is not refused for that, and not
    /// approved either.
    pub fn between_adults(self) -> Verdict {
        Verdict(self.0 & !(1 << Reason::Nude as u16)).and(Reason::PerhapsNude)
    }

    /// Why it is refused; none if it is not.
    pub fn refused(self) -> Option<Reason> {
        self.reasons().find(|reason| reason.decision() == Decision::Rejected)
    }
}

/// What a picture looks like, in 256 bits (PDQ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// In how many bits both differ.
    pub fn distance(&self, other: &Hash) -> u32 {
        let words = |hash: &Hash| {
            let (words, _) = hash.0.as_chunks::<8>();
            [0, 1, 2, 3].map(|n| u64::from_ne_bytes(words[n]))
        };
        words(self).into_iter().zip(words(other)).map(|(one, two)| (one ^ two).count_ones()).sum()
    }

    /// Whether both are of one picture.
    pub fn is_like(&self, other: &Hash) -> bool {
        self.distance(other) <= SAME
    }
}

/// What is remembered of a picture that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it alone says of itself: neither who sent it nor what is banned goes into it.
    pub verdict: Verdict,
    /// What it looks like; none if there is too little in it to tell.
    pub hash: Option<Hash>,
}
