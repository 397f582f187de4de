//! The outside world as the actors see it. Adapters live in the root crate; tests bring their own.

mod bot_api;
mod copies;
mod future;
mod jobs;
mod journal;
mod peers;
mod queue;
mod store;

pub use bot_api::*;
pub use copies::*;
pub use future::PortFuture;
pub use jobs::*;
pub use journal::*;
pub use peers::*;
pub use queue::*;
pub use store::*;

use nameless_domain::text::Button;
use nameless_domain::text::Lang;
use nameless_domain::text::Msg;
use nameless_domain::time::Millis;
use nameless_domain::update::Update;

/// The clocks; tests bring ones that they move themselves.
pub trait Clock: Send + Sync {
    /// The present moment by the clock on the wall, which may be set: only for what people and rows
    /// see.
    fn now(&self) -> Millis;
    /// Milliseconds since some moment of the past. Nobody sets it, and it goes on while the machine
    /// is paused: for all waiting, pacing, idleness.
    fn steady(&self) -> Millis;
}

/// Localised texts.
pub trait Texts: Send + Sync {
    /// A text of the bot as Telegram's HTML.
    fn html(&self, lang: Lang, msg: &Msg) -> String;
    /// A button's label (plain text, with its tick if chosen).
    fn label(&self, lang: Lang, button: &Button) -> String;
    /// A short plain text (toast of a pressed button).
    fn plain(&self, lang: Lang, msg: &Msg) -> String;
}

/// Reads raw updates; the first allowlist, as it parses nothing else.
pub trait Decoder: Send + Sync {
    /// The update if it is one of a user in a private chat, else none.
    fn decode(&self, raw: &str) -> Option<Update>;

    /// What was done in a chat that is no private one, if it could be an operator's.
    fn in_group(&self, _raw: &str) -> Option<crate::admin::InGroup> {
        None
    }

    /// Whether it cannot be read at all, not even whose it is, and is to be kept for an operator.
    fn is_malformed(&self, _raw: &str) -> bool {
        false
    }
}
