//! Billing: what is sold, who has ordered and paid it, and what follows.
//!
//! Orders, charges, ledger and entitlements are four things. An order says what somebody wants, a
//! charge that money has moved, the ledger what each of both parties gave for it, and an
//! entitlement is what follows from the ledger. A charge is credited exactly once (I8): its key is
//! the provider's own, with the direction; the order's id only says what it is for.
//!
//! Payments do not pass through sessions: who is banned, floods or is being erased has paid all the
//! same. A session shows what is sold, asks for invoices, and says what has become of it.

mod good;
pub mod invite;
mod ledger;
mod money;
mod order;
mod pack;
mod product;
mod screens;
#[cfg(test)]
mod tests;
mod told;

pub use good::Good;
pub use invite::{Invites, Link};
pub use ledger::{Account, Entry, Holding, PREMIUM, Source, comes_of};
pub use money::{Kopecks, Price, Stars};
pub use order::{
    Checkout, GRACE_MS, ORDER_MS, Order, Others, Refusal, UNDER_WAY_MS, is_payer, is_price, may_pay,
};
pub use pack::{Piece, Stock};
pub use product::{Kind, MONTH_DAYS, Product, Shop, Written, read};
pub(crate) use screens::{offers, offers_of};
pub use told::{Event, Line, Notice, Receipt};

use super::{Capability, Fact, premium};
use crate::ids::{PairId, Seq, UserId};
use crate::outgoing::Method;
use crate::session::account::Phase;
use crate::session::notice::Notice as Owed;
use crate::session::{Asked, Command, Effect, Feature, SessionCore, Turn};
use crate::text::{Lang, Screen};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// The capability.
pub enum Billing {}

/// What Telegram tells of money. It goes past the sessions, into the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A payment has been made.
    Paid(Payment),
    /// A payment has been given back, by whomever.
    Refunded {
        /// The payment.
        charge: String,
        /// In which currency.
        currency: String,
        /// How much.
        amount: i64,
    },
    /// A subscription has changed.
    Subscription {
        /// Of which order.
        payload: String,
        /// How.
        state: Renewal,
    },
}

/// A payment, as Telegram tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Telegram's name of it: its key.
    pub charge: String,
    /// The order that it is for.
    pub payload: String,
    /// In which currency.
    pub currency: String,
    /// How much.
    pub amount: i64,
    /// Until when a subscription is paid by it.
    pub until: Option<Millis>,
    /// It renews a subscription: what comes within the grace goes on from the end. Telegram's list
    /// does not tell a renewal from the first payment: of an order without one it is that.
    pub is_recurring: bool,
}

/// Whether a subscription goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// It renews.
    Active,
    /// It was cancelled; what is paid goes on.
    Canceled,
    /// It could not be charged.
    Failed,
}

impl Renewal {
    /// As Telegram names it, and as it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Renewal::Active => "active",
            Renewal::Canceled => "canceled",
            Renewal::Failed => "failed",
        }
    }

    /// From that name.
    pub fn from_name(name: &str) -> Option<Renewal> {
        [Renewal::Active, Renewal::Canceled, Renewal::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// How something is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// For Telegram Stars.
    Stars,
    /// By card, in roubles.
    Card,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// An order, and the way to pay it.
    Buy {
        /// The press: with the user it names the order.
        seq: Seq,
        /// Which product.
        product: &'static str,
        /// How it is paid.
        way: Way,
        /// For whom, if it is a gift.
        gift_to: Option<UserId>,
        /// The language of the invoice.
        lang: Lang,
    },
    /// What the user has paid lately.
    Payments,
    /// Have a subscription not renewed.
    Cancel {
        /// Number of a payment of it.
        number: i64,
    },
    /// Begin the trial.
    Trial {
        /// The press: the same one again is the same trial.
        seq: Seq,
    },
    /// A link by which others come.
    Invite,
    /// The user, who is new, came by somebody's link.
    Came {
        /// What stands in it.
        code: String,
    },
    /// A chat of somebody who is new is over.
    Talked {
        /// Which.
        pair: PairId,
    },
    /// Keep a word about payments to the operators.
    Support {
        /// The update that names it.
        seq: Seq,
        /// What they wrote.
        words: String,
    },
}

impl Capability for Billing {
    type State = invite::Known;
    type Request = Request;
    type Event = Event;
    type Notice = Notice;
    type Act = Act;

    const FEATURE: Feature = Feature {
        prefix: "bl",
        commands: &[
            Command { place: None, ..Command::new("paysupport", 0, "command-paysupport") }.repeatable(),
            Command { place: None, ..Command::new("terms", 0, "command-terms") }.repeatable(),
            invite::COMMAND,
        ],
        on_command,
        on_press,
    };

    fn unanswered(request: &Request) -> Event {
        match request {
            Request::Invite => Event::NoLink,
            // Another chat may count.
            Request::Came { .. } | Request::Talked { .. } => Event::Waits(true),
            _ => Event::NotNow,
        }
    }

    /// The press names the order, and the trial. A gift is for whoever was there then: not again.
    fn is_pressed_again(parts: &[&str]) -> bool {
        matches!(parts, ["buy" | "card" | "agree", _] | ["trial"])
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        if let Event::Trial { .. } = event {
            premium::changed(session, turn);
        }
        match event {
            Event::Invoice { parameters } => {
                let method = Method { name: "sendInvoice", parameters, shows: true, ..Method::default() };
                turn.push(Effect::Call(Box::new(method)));
            }
            Event::Receipt { receipt, owed: true } => notify(Notice::Receipt(receipt), turn),
            Event::Say(notice) => notify(notice, turn),
            Event::Invite(link) => turn.say(invite::link(link, turn.rules.shop.invites)),
            Event::Came { waits } => invite::welcome(session, waits, turn),
            Event::Waits(waits) => invite::waits(session, waits),
            Event::PaidSince => {}
            other => turn.say(screens::of(other)),
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, turn: &mut Turn<'_>) {
        if let Fact::ChatEnded { pair, .. } = fact {
            invite::chat_ended(session, pair, turn);
        }
    }

    fn screens(notice: Notice) -> Vec<Screen> {
        vec![screens::owed(notice)]
    }

    /// What has happened to money stays true.
    fn still_holds(_: &SessionCore, _: Notice) -> bool {
        true
    }
}

fn notify(notice: Notice, turn: &mut Turn<'_>) {
    turn.notify(Owed::Capability(super::Notice::Billing(notice)));
}

fn ask(request: Request, turn: &mut Turn<'_>) {
    turn.push(Effect::Ask(super::Request::Billing(request)));
}

fn on_command(_: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    match (asked.command, turn.seq()) {
        ("invite", _) => invite::show(turn),
        ("terms", _) => {
            turn.say(Screen::text("billing-terms"));
            if turn.rules.shop.for_cards().next().is_some() {
                let renews = turn.rules.shop.card_renews();
                turn.say(Screen::text(if renews {
                    "billing-terms-cards-renew"
                } else {
                    "billing-terms-cards"
                }));
            }
        }
        (_, Some(seq)) if !asked.words.is_empty() => {
            // Whoever writes has a row, so that erasing finds what they wrote.
            turn.save();
            ask(Request::Support { seq, words: asked.words.to_owned() }, turn);
        }
        _ => turn.say(Screen::text("billing-support-how")),
    }
}

fn on_press(session: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let partner = match session.account.phase {
        Phase::Chatting { partner, .. } => Some(partner),
        _ => None,
    };
    let product = |id: &str| turn.rules.shop.for_stars().find(|(p, _)| p.id == id).map(|(p, _)| p);
    let by_card = |id: &str| turn.rules.shop.for_cards().find(|(p, _)| p.id == id).map(|(p, _)| p);
    let buy = |product: &Product, gift_to, way| {
        let seq = turn.seq()?;
        Some(Request::Buy { seq, product: product.id, way, gift_to, lang: session.account.lang })
    };
    let for_oneself = match *parts {
        ["buy", id] => Some(product(id).and_then(|product| buy(product, None, Way::Stars))),
        // Nothing is charged again by itself but with a word to that.
        ["card", id] => {
            let once = by_card(id).filter(|product| product.kind != Kind::Monthly);
            Some(once.and_then(|product| buy(product, None, Way::Card)))
        }
        ["agree", id] => {
            let renews = by_card(id).filter(|product| product.kind == Kind::Monthly);
            Some(renews.and_then(|product| buy(product, None, Way::Card)))
        }
        _ => None,
    };
    match *parts {
        ["auto", id] => match turn.rules.shop.for_cards().find(|(product, _)| product.id == id) {
            Some((product, price)) if product.kind == Kind::Monthly => {
                let screen = screens::consent(product, price);
                turn.show(screen);
            }
            _ => turn.toast("error-old-button"),
        },
        ["buy" | "card" | "agree", _] => match for_oneself.flatten() {
            Some(request) => {
                // Who pays has a row, so that what they buy is theirs.
                turn.save();
                ask(request, turn);
            }
            None => turn.toast("error-old-button"),
        },
        ["trial"] => match turn.seq().filter(|_| turn.rules.shop.trial_days > 0) {
            Some(seq) => {
                // Whoever tries has a row, so that the days are theirs.
                turn.save();
                ask(Request::Trial { seq }, turn);
            }
            None => turn.toast("error-old-button"),
        },
        ["invite"] if turn.rules.shop.invites.days > 0 => invite::show(turn),
        ["cards"] => match screens::cards(&turn.rules.shop) {
            Some(screen) => turn.show(screen),
            None => turn.toast("error-old-button"),
        },
        ["gifts"] if partner.is_some() => {
            let screen = screens::gifts(&turn.rules.shop);
            turn.show(screen);
        }
        ["gift", id] => {
            let once = product(id).filter(|product| product.kind == Kind::Once);
            match (once, partner) {
                (Some(product), Some(partner)) => {
                    if let Some(request) = buy(product, Some(partner), Way::Stars) {
                        turn.save();
                        ask(request, turn);
                    }
                }
                (Some(_), None) => turn.say(screens::of(Event::NobodyThere)),
                _ => turn.toast("error-old-button"),
            }
        }
        ["gifts"] => turn.toast("billing-no-partner"),
        ["mine"] => ask(Request::Payments, turn),
        ["cancel", number] => match number.parse() {
            Ok(number) => turn.show(screens::sure(number)),
            Err(_) => turn.toast("error-old-button"),
        },
        ["cancel-yes", number] => match number.parse() {
            Ok(number) => ask(Request::Cancel { number }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        _ => turn.toast("error-old-button"),
    }
}
