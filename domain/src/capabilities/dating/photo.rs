//! Photos of a profile: what a look at one says, and their order.

use super::profile::Objection;
use super::token::Token;
use crate::capabilities::faceguard::{Decision, Reason, Verdict};

/// Photos of a profile, at most.
pub const PHOTOS: usize = 6;

/// Changes of photos a day: added, put in another order, removed. Each may be looked at.
pub const CHANGES: i32 = 30;

/// What was seen of a photo of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nobody could look yet: it stays behind the spoiler (I12), and is looked at again.
    Waiting,
    /// Exactly one clear face, and nothing speaks against it.
    Face,
    /// Nothing speaks against it, but it shows no face, or several: it cannot stand first.
    Fine,
}

impl Look {
    /// As it is kept.
    pub fn word(self) -> &'static str {
        match self {
            Look::Waiting => "waiting",
            Look::Face => "face",
            Look::Fine => "fine",
        }
    }

    /// From that word; what is unknown waits.
    pub fn of_word(word: &str) -> Look {
        [Look::Face, Look::Fine].into_iter().find(|look| look.word() == word).unwrap_or(Look::Waiting)
    }

    /// By the verdict of a look that asked for exactly one clear face. What is refused for anything
    /// but its faces is in no profile.
    pub fn of(verdict: Verdict) -> Result<Look, Objection> {
        let (faces, rest): (Vec<Reason>, Vec<Reason>) = verdict.reasons().partition(|one| is_of_faces(*one));
        match Verdict::of(rest).decision() {
            Decision::Suspicious | Decision::Rejected => Err(Objection::Picture),
            Decision::Unchecked => Ok(Look::Waiting),
            Decision::Approved if faces.is_empty() => Ok(Look::Face),
            Decision::Approved => Ok(Look::Fine),
        }
    }

    /// Whether somebody has looked at it.
    pub fn is_checked(self) -> bool {
        self != Look::Waiting
    }

    /// Whether it may stand first.
    pub fn may_be_first(self) -> bool {
        self != Look::Fine
    }
}

fn is_of_faces(reason: Reason) -> bool {
    use Reason::{BlurredFace, BrightFace, DarkFace, NoFace, SeveralFaces, SmallFace, UncertainFace};
    matches!(reason, NoFace | SeveralFaces | SmallFace | BlurredFace | DarkFace | BrightFace | UncertainFace)
}

/// A photo as its owner knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Its name to its owner.
    pub photo: Token,
    /// What was seen of it.
    pub look: Look,
}

/// Where a new photo goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// It is the face of the card from now on. Of six the one that was it makes room.
    First,
    /// Behind the others.
    Last,
}

/// Whether the first of these may stand there. If not, none is shown to anybody: whoever looks at a
/// card is to see a face first.
pub fn has_first(all: &[Shot]) -> bool {
    all.first().is_some_and(|first| first.look.may_be_first())
}

/// Adds one; which had to make room.
pub fn add(all: &mut Vec<Shot>, new: Shot, spot: Spot) -> Result<Option<Token>, Objection> {
    match spot {
        Spot::First if !new.look.may_be_first() => Err(Objection::Face),
        Spot::First => {
            let made_room = (all.len() >= PHOTOS).then(|| all.remove(0).photo);
            all.insert(0, new);
            Ok(made_room)
        }
        Spot::Last if all.len() >= PHOTOS => Err(Objection::Full),
        // Somebody has to be seen first.
        Spot::Last if !new.look.may_be_first() && !has_first(all) => Err(Objection::Face),
        Spot::Last => {
            all.push(new);
            arrange(all);
            Ok(None)
        }
    }
}

/// If the first may not stand there, the first of those that may takes its place; the others keep
/// their order.
pub fn arrange(all: &mut Vec<Shot>) {
    if let Some(at) = all.iter().position(|shot| shot.look.may_be_first()) {
        let first = all.remove(at);
        all.insert(0, first);
    }
}

/// In another order, which names each of them once.
pub fn order(all: &[Shot], wanted: &[Token]) -> Result<Vec<Shot>, Objection> {
    let find = |token: &Token| all.iter().find(|shot| shot.photo == *token).copied();
    let ordered: Vec<Shot> = wanted.iter().filter_map(find).collect();
    let is_each_once =
        all.iter().all(|shot| wanted.iter().filter(|token| **token == shot.photo).count() == 1);
    if !is_each_once || ordered.len() != all.len() || wanted.len() != all.len() {
        return Err(Objection::Kind);
    }
    match has_first(&ordered) || !has_first(all) {
        true => Ok(ordered),
        false => Err(Objection::Face),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shot(n: u64, look: Look) -> Shot {
        Shot { photo: Token(n), look }
    }

    #[test]
    fn faces_decide_on_the_first_place_alone_and_all_else_on_the_whole() {
        let of = |reasons: &[Reason]| Look::of(Verdict::of(reasons.iter().copied()));
        assert_eq!(of(&[]), Ok(Look::Face));
        for faces in [Reason::NoFace, Reason::SeveralFaces, Reason::UncertainFace, Reason::DarkFace] {
            assert_eq!(of(&[faces]), Ok(Look::Fine), "{faces:?}");
            assert_eq!(of(&[faces, Reason::Nude]), Err(Objection::Picture));
            assert_eq!(of(&[faces, Reason::NotLookedAt]), Ok(Look::Waiting));
        }
        for refused in [Reason::Banned, Reason::Nude, Reason::PerhapsNude, Reason::Code, Reason::Spam] {
            assert_eq!(of(&[refused]), Err(Objection::Picture), "{refused:?}");
        }
        for unseen in [Reason::NoWorker, Reason::Failed, Reason::NotLookedAt] {
            assert_eq!(of(&[unseen]), Ok(Look::Waiting), "a failed look approves nothing");
        }
        for look in [Look::Waiting, Look::Face, Look::Fine] {
            assert_eq!(Look::of_word(look.word()), look);
        }
    }

    #[test]
    fn the_first_shows_a_face_and_six_are_enough() {
        let mut all = Vec::new();
        assert_eq!(add(&mut all, shot(1, Look::Fine), Spot::Last), Err(Objection::Face));
        assert_eq!(add(&mut all, shot(1, Look::Fine), Spot::First), Err(Objection::Face));
        for n in 1..=6 {
            let look = if n == 1 { Look::Face } else { Look::Fine };
            assert_eq!(add(&mut all, shot(n, look), Spot::Last), Ok(None));
        }
        assert_eq!(add(&mut all, shot(7, Look::Face), Spot::Last), Err(Objection::Full));
        assert_eq!(add(&mut all, shot(8, Look::Waiting), Spot::First), Ok(Some(Token(1))), "it makes room");
        assert_eq!((all.len(), all[0].photo), (PHOTOS, Token(8)));
        all.remove(0);
        arrange(&mut all);
        assert!(!has_first(&all), "nobody is left to stand first: none is shown");
        // Another one that may stand first does.
        assert_eq!(add(&mut all, shot(9, Look::Face), Spot::Last), Ok(None));
        assert_eq!(all[0].photo, Token(9));
    }

    proptest! {
        /// Whatever is asked for: each once, and a face in front if there was one.
        #[test]
        fn an_order_loses_nothing_and_keeps_a_face_in_front(
            looks in proptest::collection::vec(0..3_u8, 0..7), wanted in proptest::collection::vec(0..8_u64, 0..8),
        ) {
            let look = |n: &u8| [Look::Waiting, Look::Face, Look::Fine][usize::from(*n)];
            let mut all: Vec<Shot> = looks.iter().zip(0..).map(|(n, token)| shot(token, look(n))).collect();
            arrange(&mut all);
            let wanted: Vec<Token> = wanted.into_iter().map(Token).collect();
            if let Ok(ordered) = order(&all, &wanted) {
                prop_assert_eq!(ordered.iter().map(|one| one.photo).collect::<Vec<_>>(), wanted);
                prop_assert_eq!(ordered.len(), all.len());
                prop_assert!(has_first(&ordered) || !has_first(&all));
            }
            let same: Vec<Token> = all.iter().map(|one| one.photo).collect();
            prop_assert_eq!(order(&all, &same), Ok(all));
        }
    }
}
