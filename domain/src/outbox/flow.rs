//! Places under way, a number of them for each kind of call.
//!
//! A method of the Bot API that hangs (sendSticker, getFile before an upload) keeps the places of
//! its own kind and no others: the texts of all chats go on. Files that are uploaded anew take
//! seconds; they have lanes of their own, the small ones one that the large ones cannot fill. A
//! chat has one call under way at a time, so the rounds of a lane are fair: whoever sends many
//! files waits behind those of everybody else.

use crate::ids::ChatId;
use crate::outbox::{Lane, PacerConfig};
use crate::outgoing::{Call, Picture};
use crate::relay::content::{MediaKind, OutMedia, Payload};
use std::collections::VecDeque;

/// Files up to so many bytes are small.
pub const SMALL_BYTES: u64 = 1 << 20;

/// Calls that share places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Texts.
    Text,
    /// Edits.
    Edit,
    /// Answers to pressed buttons.
    Press,
    /// Reactions, deletions, farewells.
    Small,
    /// Dice.
    Dice,
    /// Capabilities' own methods.
    Method,
    /// Albums, sent by their handles.
    Album,
    /// A file sent by its handle.
    Media(MediaKind),
    /// Small files that are uploaded.
    Upload,
    /// Large files, or such of unknown size, that are uploaded.
    LargeUpload,
}

impl Flow {
    /// How many there are.
    const COUNT: usize = 17;

    /// The flow of a call; `uploads` if it has to carry its files itself.
    pub fn of(call: &Call, uploads: bool) -> Flow {
        if uploads {
            return if is_small(call) { Flow::Upload } else { Flow::LargeUpload };
        }
        match call {
            Call::Say { .. } | Call::Send { payload: Payload::Text(_), .. } => Flow::Text,
            Call::Send { payload: Payload::Dice { .. }, .. } => Flow::Dice,
            Call::Send { payload: Payload::Media(media), .. } => Flow::Media(media.kind),
            Call::SendAlbum { .. } => Flow::Album,
            Call::Rewrite { .. } | Call::Edit { .. } => Flow::Edit,
            Call::AnswerCallback { .. } => Flow::Press,
            Call::Delete { .. } | Call::React { .. } | Call::LeaveChat => Flow::Small,
            Call::SendFile { .. } => Flow::LargeUpload,
            Call::Picture { .. } => Flow::Media(MediaKind::Photo),
            Call::Method(_) => Flow::Method,
        }
    }

    fn index(self) -> usize {
        match self {
            Flow::Text => 0,
            Flow::Edit => 1,
            Flow::Press => 2,
            Flow::Small => 3,
            Flow::Dice => 4,
            Flow::Album => 5,
            Flow::Upload => 6,
            Flow::LargeUpload => 7,
            Flow::Method => 8,
            Flow::Media(kind) => 9 + kind as usize,
        }
    }

    fn is_upload(self) -> bool {
        matches!(self, Flow::Upload | Flow::LargeUpload)
    }
}

fn is_small(call: &Call) -> bool {
    let size = |file: &OutMedia| match (file.size, file.kind) {
        (Some(size), _) => size,
        // Half a megabyte at most (https://core.telegram.org/stickers).
        (None, MediaKind::Sticker) => 0,
        (None, _) => u64::MAX,
    };
    let bytes = match call {
        Call::Send { payload: Payload::Media(media), .. }
        | Call::Edit { payload: Payload::Media(media), .. } => size(media),
        Call::SendAlbum { items, .. } => items.iter().map(size).fold(0, u64::saturating_add),
        Call::SendFile { bytes, .. } => bytes.len() as u64,
        Call::Picture { picture: Picture::Bytes(bytes), .. } => bytes.len() as u64,
        // One photo has some hundred kilobytes, an album of them megabytes.
        Call::Method(own) => match &*own.files {
            [] => 0,
            [one] if one.kind == MediaKind::Photo => one.size.unwrap_or(0),
            [one] => size(one),
            _ => u64::MAX,
        },
        // Of the store's own pictures none has more than a megabyte.
        _ => 0,
    };
    bytes <= SMALL_BYTES
}

/// What the pacer has to know of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// It takes a token of its chat's rate.
    pub paced: bool,
    /// With what it shares places.
    pub flow: Flow,
}

impl Default for Kind {
    fn default() -> Kind {
        Kind::from(false)
    }
}

impl From<bool> for Kind {
    /// A text, paced or not.
    fn from(paced: bool) -> Kind {
        Kind { paced, flow: Flow::Text }
    }
}

/// Who is under way, who waits for a place, and how much waits in all.
#[derive(Debug)]
pub(super) struct Places {
    most: [usize; Flow::COUNT],
    taken: [usize; Flow::COUNT],
    items: [usize; Flow::COUNT],
    /// Chats whose next item found no place. An entry counts if the chat still says that it waits
    /// here.
    held: [[VecDeque<(ChatId, Flow)>; 3]; Flow::COUNT],
    uploads_waiting: usize,
}

impl Places {
    pub(super) fn new(config: &PacerConfig) -> Places {
        // A share for each of the others; all together they are some thousand connections at worst.
        let mut most = [(config.max_in_flight / 4).max(1); Flow::COUNT];
        most[Flow::Text.index()] = config.max_in_flight;
        most[Flow::Upload.index()] = config.uploads.max(1);
        most[Flow::LargeUpload.index()] = config.large_uploads.max(1);
        Places {
            most,
            taken: [0; Flow::COUNT],
            items: [0; Flow::COUNT],
            held: Default::default(),
            uploads_waiting: config.uploads_waiting,
        }
    }

    /// Whether as many files wait as may.
    pub(super) fn is_full(&self, flow: Flow) -> bool {
        flow.is_upload() && self.items[flow.index()] >= self.uploads_waiting
    }

    /// An item waits.
    pub(super) fn waits(&mut self, flow: Flow) {
        self.items[flow.index()] += 1;
    }

    /// It waits no longer.
    pub(super) fn leaves(&mut self, flow: Flow) {
        self.items[flow.index()] -= 1;
    }

    /// Whether a call may be made.
    pub(super) fn has_room(&self, flow: Flow) -> bool {
        self.taken[flow.index()] < self.most[flow.index()]
    }

    /// A call is under way.
    pub(super) fn take(&mut self, flow: Flow) {
        self.taken[flow.index()] += 1;
    }

    /// It is back.
    pub(super) fn give_back(&mut self, flow: Flow) {
        self.taken[flow.index()] -= 1;
    }

    /// A chat waits for a place.
    pub(super) fn hold(&mut self, flow: Flow, lane: Lane, chat: ChatId) {
        self.held[flow.index()][lane as usize].push_back((chat, flow));
    }

    /// The chat whose turn it is at a place that has become free, the most urgent first.
    pub(super) fn release(
        &mut self,
        flow: Flow,
        mut waits: impl FnMut(ChatId, Lane) -> bool,
    ) -> Option<ChatId> {
        self.first_held(flow.index(), |chat, lane, _| waits(chat, lane))
    }

    /// Chats that wait for a place where there are some, as many as there are. `waits` is asked
    /// whether a chat still waits there.
    pub(super) fn with_room(&mut self, mut waits: impl FnMut(ChatId, Lane, Flow) -> bool) -> Vec<ChatId> {
        let mut found = Vec::new();
        for flow in 0..Flow::COUNT {
            for _ in self.taken[flow]..self.most[flow] {
                let Some(chat) = self.first_held(flow, &mut waits) else { break };
                found.push(chat);
            }
        }
        found
    }

    fn first_held(
        &mut self,
        flow: usize,
        mut waits: impl FnMut(ChatId, Lane, Flow) -> bool,
    ) -> Option<ChatId> {
        for lane in [Lane::Interactive, Lane::Notice, Lane::Bulk] {
            let queue = &mut self.held[flow][lane as usize];
            while let Some((chat, flow)) = queue.pop_front() {
                if waits(chat, lane, flow) {
                    return Some(chat);
                }
            }
        }
        None
    }
}
