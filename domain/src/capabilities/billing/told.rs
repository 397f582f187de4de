//! What people are told of their payments.

use super::{Good, Kopecks, Link, Price, Renewal, Stars};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An invoice is to be sent: the parameters of `sendInvoice`.
    Invoice {
        /// A JSON object, complete.
        parameters: String,
    },
    /// A subscription can be begun at this address.
    Link {
        /// The address.
        url: String,
        /// Its price.
        stars: Stars,
    },
    /// The page on which to pay by card is being made.
    Preparing,
    /// Something can be paid by card at this address.
    Card {
        /// The address.
        url: String,
        /// Its price.
        price: Kopecks,
    },
    /// The press came again after a crash, and what it ordered is paid meanwhile: nothing is said.
    PaidSince,
    /// There is nothing to be had at the moment.
    NotNow,
    /// The person for whom it was to be is gone.
    NobodyThere,
    /// The user's payments, the newest first.
    Payments(Vec<Line>),
    /// A subscription is being cancelled at Telegram.
    Canceling,
    /// There is no such subscription that renews.
    NothingToCancel,
    /// A subscription does not renew any more.
    Canceled {
        /// Until when it is paid.
        until: Millis,
    },
    /// Telegram refused to cancel it.
    NotCanceled,
    /// The trial has begun.
    Trial {
        /// Days that it gives.
        days: u32,
        /// Until when the user has premium now.
        until: Millis,
    },
    /// The user has had their trial.
    NoTrial,
    /// They have a subscription that renews.
    Subscribed,
    /// The user's link for others.
    Invite(Link),
    /// There is no link at the moment.
    NoLink,
    /// The user, who is new, came by a link: whether days wait for their chats now.
    Came {
        /// They do.
        waits: bool,
    },
    /// Whether an invitation waits for the user's chats.
    Waits(bool),
    /// A payment was credited.
    Receipt {
        /// What of it is said.
        receipt: Receipt,
        /// No update of the user's is open until it is said.
        owed: bool,
    },
    /// A line is to be said that no update of the user's asked for.
    Say(Notice),
    /// What the user wrote is kept.
    Supported,
    /// It is too soon after the last time.
    SupportedLately,
}

/// A payment in the user's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its short number.
    pub number: i64,
    /// How much.
    pub price: Price,
    /// When.
    pub at: Millis,
    /// It was given back.
    pub is_refunded: bool,
    /// It began a subscription: whether that renews, and until when it is paid.
    pub renewal: Option<(Renewal, Millis)>,
}

/// What a payer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// The payment's short number.
    pub number: i64,
    /// How much.
    pub price: Price,
    /// Days that it gives, or how much a pack holds.
    pub days: u32,
    /// Until when the payer has premium now; none for a gift.
    pub until: Option<Millis>,
    /// It renews by itself.
    pub renews: bool,
    /// It is a pack.
    #[serde(default)]
    pub pack: bool,
    /// What that holds; none: messages to characters.
    #[serde(default)]
    pub good: Option<Good>,
}

/// Lines that are owed until they have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A payment was credited.
    Receipt(Receipt),
    /// Somebody has given the user premium. Not who.
    Gift {
        /// Of which payment: so that a second gift is another line.
        number: i64,
        /// Days.
        days: u32,
    },
    /// A payment was given back.
    Refund {
        /// Which payment.
        number: i64,
        /// How much.
        price: Price,
        /// It was only a part.
        part: bool,
    },
    /// Somebody came by an invitation and has talked. Not who.
    Invitation {
        /// Which of the inviter's it is, so that a second one is another line; 0: who came.
        nth: i64,
        /// Days of premium.
        days: u32,
        /// It is said to who came.
        came: bool,
        /// Until when they have premium now.
        until: Millis,
    },
    /// A card could not be charged again: the subscription does not renew any more.
    NotCharged {
        /// Until when it is paid.
        until: Millis,
    },
    /// A payment could not be credited and is being given back.
    SentBack {
        /// Which payment.
        number: i64,
    },
    /// A renewal failed or was switched off or on at Telegram.
    Renewal {
        /// How.
        state: Renewal,
        /// Until when it is paid.
        until: Millis,
    },
}
