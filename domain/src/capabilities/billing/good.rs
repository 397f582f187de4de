//! What is sold by the use: each is a unit of the ledger of its own, and never paid for with
//! another.

use serde::{Deserialize, Serialize};

/// Something that packs hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    /// Messages to characters beyond what a day has.
    Companion,
    /// Days on which somebody sees who likes them.
    DatingLikers,
    /// Verdicts taken back beyond a day's free one.
    DatingUndo,
    /// Likes beyond what a day has.
    DatingLikes,
    /// Super-likes.
    DatingSuper,
    /// Last partners asked back.
    Again,
}

impl Good {
    /// Every one.
    pub const ALL: [Good; 6] = [
        Good::Companion,
        Good::DatingLikers,
        Good::DatingUndo,
        Good::DatingLikes,
        Good::DatingSuper,
        Good::Again,
    ];

    /// Those of dating.
    pub const DATING: [Good; 4] =
        [Good::DatingSuper, Good::DatingLikes, Good::DatingUndo, Good::DatingLikers];

    /// As it stands in `products.toml`, in orders, and in the ledger.
    pub const fn name(self) -> &'static str {
        match self {
            Good::Companion => "companion",
            Good::DatingLikers => "dating_likers",
            Good::DatingUndo => "dating_undo",
            Good::DatingLikes => "dating_likes",
            Good::DatingSuper => "dating_super",
            Good::Again => "again",
        }
    }

    /// From that name.
    pub fn from_name(name: &str) -> Option<Good> {
        Good::ALL.into_iter().find(|good| good.name() == name)
    }

    /// Whether it is of use in dating alone.
    pub fn is_of_dating(self) -> bool {
        Good::DATING.contains(&self)
    }
}
