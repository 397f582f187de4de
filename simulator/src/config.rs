//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Telegram's sending limits as the simulator applies them.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Messages per second that one chat tolerates over time; 0 switches the check off.
    pub chat_rate: f64,
    /// Messages that one chat takes at once before `chat_rate` binds: Telegram tolerates short
    /// bursts.
    pub chat_burst: u32,
    /// Messages per second of one bot over all chats; 0 switches the check off.
    pub global_rate: f64,
    /// Messages that a bot sends at once before `global_rate` binds.
    pub global_burst: u32,
    /// `false`: violations are counted only. `true`: they are answered with 429 and `retry_after`.
    pub enforce_429: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { chat_rate: 1.0, chat_burst: 20, global_rate: 30.0, global_burst: 30, enforce_429: false }
    }
}

/// Everything that can be chosen when a simulator starts. `Default` suits tests.
#[derive(Debug, Clone, PartialEq)]
pub struct SimConfig {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Threads that serve HTTP.
    pub workers: usize,
    /// Seed of every random choice: ids, dice, faults.
    pub seed: u64,
    /// Telegram's sending limits.
    pub enforce: Limits,
    /// Messages kept per chat; the oldest are dropped.
    pub history_per_chat: usize,
    /// Undelivered updates kept per bot; beyond it user actions are refused.
    pub max_pending_updates: usize,
    /// Bytes of one request body; beyond it the answer is 413.
    pub max_body: usize,
    /// Bytes of all stored files together; the oldest are forgotten.
    pub max_file_bytes: usize,
    /// Number of stored files; the oldest are forgotten.
    pub max_files: usize,
    /// Events that one slow reader of a chat may fall behind before it is cut off.
    pub event_buffer: usize,
    /// Delay before the second repetition of a failed webhook delivery (the first comes at once);
    /// it doubles up to 60 s. A `Retry-After` counts instead.
    pub webhook_retry: Duration,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            workers: 1,
            seed: 1,
            enforce: Limits::default(),
            history_per_chat: 1000,
            max_pending_updates: 1_000_000,
            max_body: 52 * 1024 * 1024,
            max_file_bytes: 512 * 1024 * 1024,
            max_files: 200_000,
            event_buffer: 512,
            webhook_retry: Duration::from_secs(1),
        }
    }
}
