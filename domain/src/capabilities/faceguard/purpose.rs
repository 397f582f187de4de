//! What a picture has to be, by what it is for.

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It is sent in a chat: anything that is neither nude nor banned nor spam.
    Chat,
    /// It stands first in a profile: exactly one clear face.
    MainPhoto,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 2] = [Purpose::Chat, Purpose::MainPhoto];
}

/// Which faces there have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Faces {
    /// Any number.
    Any,
    /// Exactly one, clearly.
    OneClear,
}

/// How likely it is pornography, 0 to 1: where doubt begins and where it ends. The lower is below
/// the upper, and both are within 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NudityBand {
    suspicious: f32,
    rejected: f32,
}

impl Default for NudityBand {
    fn default() -> NudityBand {
        NudityBand { suspicious: 0.2, rejected: 0.8 }
    }
}

impl NudityBand {
    /// The band of a text such as `0.2-0.8`; none if it is not one.
    pub fn of_word(word: &str) -> Option<NudityBand> {
        let (lower, upper) = word.split_once('-')?;
        let share =
            |text: &str| text.trim().parse::<f32>().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        let (suspicious, rejected) = (share(lower)?, share(upper)?);
        (suspicious < rejected).then_some(NudityBand { suspicious, rejected })
    }

    /// From here on somebody has to look.
    pub fn suspicious(self) -> f32 {
        self.suspicious
    }

    /// From here on it is refused.
    pub fn rejected(self) -> f32 {
        self.rejected
    }
}

/// What a purpose demands of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demands {
    /// Which faces there have to be.
    pub faces: Faces,
    /// What is too nude.
    pub nudity: NudityBand,
    /// The one clear face's least size, in pixels of the file.
    pub face_pixels: u32,
    /// Whether somebody has to look at a picture with a QR code.
    pub codes: bool,
}

/// What all purposes demand: the operator's thresholds, and the rest by purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policies {
    /// What is too nude, for any purpose.
    pub nudity: NudityBand,
    /// Pixels of a main photo's face, at least.
    pub face_pixels: u32,
    /// Whether QR codes are looked for in chats.
    pub codes: bool,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies { nudity: NudityBand::default(), face_pixels: 60, codes: false }
    }
}

impl Policies {
    /// What a purpose demands. A main photo is seen by everybody: codes are a way around anonymity
    /// there whatever is set.
    pub fn demands(&self, purpose: Purpose) -> Demands {
        let Policies { nudity, face_pixels, codes } = *self;
        match purpose {
            Purpose::Chat => Demands { faces: Faces::Any, nudity, face_pixels, codes },
            Purpose::MainPhoto => Demands { faces: Faces::OneClear, nudity, face_pixels, codes: true },
        }
    }
}
