//! Pacing of what leaves for Telegram: per chat in order and within its rate, over all chats within
//! what the server's 429s teach.

mod aimd;
mod bucket;
mod chat;
mod flow;
mod pacer;
#[cfg(test)]
mod tests;
mod tries;

pub use bucket::Bucket;
pub use chat::Terms;
pub use flow::{Flow, Kind, SMALL_BYTES};
pub use pacer::{EDIT_EVERY_MS, Enqueued, Pacer};
pub use tries::{AWAY_MS, Setback, Tries};

/// How urgent a message is. A more urgent one never waits for a less urgent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Relays, answers to what a user just did, and what the bot says of a chat or a search.
    Interactive,
    /// What a capability has to say by itself.
    Notice,
    /// Broadcasts, at [`PacerConfig::bulk_rate`] over all chats.
    Bulk,
}

/// Rates are messages per second. Sources: Telegram's bot FAQ (about 1 message/s per chat with
/// short bursts, about 30/s for bulk notifications).
#[derive(Clone, Debug, PartialEq)]
pub struct PacerConfig {
    /// To one chat, in the long run.
    pub chat_rate: f64,
    /// To one chat, at once.
    pub chat_burst: u32,
    /// Of all chats together; 0: only what 429 teaches.
    pub global_rate: f64,
    /// Of the bulk lane, all chats together.
    pub bulk_rate: f64,
    /// Interactive messages that may wait for one chat. The gates of both members must be smaller
    /// together.
    pub interactive_cap: usize,
    /// Notices, and bulk messages, that may wait for one chat; the oldest goes.
    pub notice_cap: usize,
    /// Texts under way at a time; a quarter of it of every other kind of call.
    pub max_in_flight: usize,
    /// Small files uploaded at a time.
    pub uploads: usize,
    /// Large files uploaded at a time; each is in memory as a whole.
    pub large_uploads: usize,
    /// Files, of all chats, that may wait for an upload, small and large ones each.
    pub uploads_waiting: usize,
}

impl Default for PacerConfig {
    fn default() -> PacerConfig {
        PacerConfig {
            chat_rate: 1.0,
            chat_burst: 20,
            global_rate: 0.0,
            bulk_rate: 25.0,
            interactive_cap: 512,
            notice_cap: 32,
            max_in_flight: 256,
            uploads: 32,
            large_uploads: 4,
            uploads_waiting: 1_000,
        }
    }
}
