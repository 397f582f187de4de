//! Who there is to talk to, as the operator has configured it.

use crate::companion::persona::Persona;
use crate::text::Lang;
use std::sync::Arc;

/// The characters, and what goes with them. Empty where no back end is configured: then nothing of
/// it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// The characters, in the order of their cards.
    pub characters: Vec<Character>,
    /// Where somebody who wants to harm themselves finds help, in Russian and in English. The
    /// operator has confirmed it.
    pub help: [String; 2],
    /// Whether adults may switch adult mode on in a dialog: the operator allows it.
    pub adult: bool,
    /// Whether somebody makes pictures.
    pub pictures: bool,
    /// Whether people may share characters with each other.
    pub sharing: bool,
}

/// A character and its picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Character {
    /// Who it is.
    pub persona: Persona,
    /// The picture of its card, a PNG.
    pub picture: Arc<[u8]>,
}

impl Cast {
    /// Whether there is anybody.
    pub fn is_on(&self) -> bool {
        !self.characters.is_empty()
    }

    /// The character of this id, and the place of its card.
    pub fn find(&self, id: &str) -> Option<(usize, &Character)> {
        self.characters.iter().enumerate().find(|(_, character)| character.persona.id == id)
    }

    /// Where to find help, in a language.
    pub fn help(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.help[0],
            Lang::En => &self.help[1],
        }
    }
}
