//! The numbers an operator may change, as far as the domain needs them.

use crate::capabilities::admin::Role;
use crate::capabilities::billing::Shop;
use crate::capabilities::companion::Cast;
use crate::crowds::Crowds;
use crate::ids::{BotId, ChatId, UserId};
use std::sync::Arc;

/// Times are milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// For how long the same two are not paired again.
    pub repeat_window_ms: i64,
    /// A search is asked whether it goes on after this time without a partner.
    pub search_timeout_ms: i64,
    /// Wishes widen after this time, and again after the same time.
    pub widen_after_ms: i64,
    /// /next and /stop ask before ending a chat younger than this.
    pub confirm_end_under_ms: i64,
    /// How long an album's later items are waited for.
    pub album_window_ms: i64,
    /// How long after a chat's end it can be rated or reported.
    pub feedback_window_ms: i64,
    /// How long messages can be removed on both sides (Telegram's own limit is 48 h).
    pub map_window_ms: i64,
    /// After this time /start asks a person again who had said that they are not 18.
    pub underage_again_ms: i64,
    /// Messages of each chat that a pair in memory knows; the store is asked for an older one that
    /// somebody refers to.
    pub map_per_pair: usize,
    /// Recent partners kept per user; those whose time ends first make room.
    pub avoid_per_user: usize,
    /// People whom a user does not want to meet again. None of them ever makes room: who has so
    /// many is told.
    pub blocks_per_user: usize,
    /// For how long nobody is given a copy of their data again.
    pub export_again_ms: i64,
    /// Who may give operators' commands.
    pub operators: Vec<UserId>,
    /// The bot that operators talk to, and that speaks in their chat.
    pub main_bot: BotId,
    /// There are several bots, so that two who talk may be at different ones.
    pub several_bots: bool,
    /// Which of them share their people.
    pub crowds: Crowds,
    /// Photos are looked at, and what is fine loses its spoiler.
    pub photos_checked: bool,
    /// The operators with their roles, for the alerts chat.
    pub staff: Vec<(UserId, Role)>,
    /// The chat in which they give commands; none: nobody gives any.
    pub alerts_chat: Option<ChatId>,
    /// Bytes that a laundered file may have (Telegram lets a bot read 20 MB).
    pub launder_max_bytes: u64,
    /// What is sold; nothing where billing is off.
    pub shop: Arc<Shop>,
    /// Characters to talk to; nobody where there is no back end.
    pub cast: Arc<Cast>,
    /// People may have dating profiles.
    pub dating: bool,
    /// Last partners that somebody with premium may ask back within a day; 0: nobody is asked.
    pub again_per_day: u32,
    /// Where the Mini App with the cards is; none: they are in the chat only.
    pub dating_app: Option<Arc<str>>,
    /// Where people join the operator's channel before they meet anybody; none: they need not.
    pub gate: Option<Arc<str>>,
    /// People are reminded, and can say that they do not want to be.
    pub reminders: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            repeat_window_ms: 24 * 3_600_000,
            search_timeout_ms: 120_000,
            widen_after_ms: 30_000,
            confirm_end_under_ms: 10_000,
            album_window_ms: 500,
            feedback_window_ms: 24 * 3_600_000,
            map_window_ms: 48 * 3_600_000,
            underage_again_ms: 24 * 3_600_000,
            map_per_pair: 1_000,
            avoid_per_user: 1_000,
            blocks_per_user: 10_000,
            export_again_ms: 3_600_000,
            operators: Vec::new(),
            main_bot: BotId::FIRST,
            several_bots: false,
            crowds: Crowds::default(),
            photos_checked: false,
            staff: Vec::new(),
            alerts_chat: None,
            launder_max_bytes: 20_000_000,
            shop: Arc::default(),
            cast: Arc::default(),
            dating: false,
            again_per_day: 0,
            dating_app: None,
            gate: None,
            reminders: false,
        }
    }
}
