//! In a chat: what the user sends is rebuilt and handed to the relay.

use crate::capabilities::companion;
use crate::ids::{MessageId, PairId, Seq};
use crate::relay::RelayOp;
use crate::relay::allowlist::{self, Findings, Rebuilt};
use crate::relay::content::{Body, Finding, Inbound, MediaKind, OutMedia, Payload, Refused, Rich};
use crate::relay::parts;
use crate::session::account::Phase;
use crate::session::turn::Effect;
use crate::session::{SessionCore, Turn, bit};
use crate::text::{Msg, Screen};

/// Telegram's bound of an album.
const ALBUM_MAX: usize = 10;

/// Bits of `SessionCore::told` beside those of the findings.
const TOLD_SPOILER: u16 = 1 << 14;
const TOLD_DICE: u16 = 1 << 15;

/// An album whose later items are waited for: Telegram sends its items as messages of their own.
#[derive(Debug)]
pub(super) struct Album {
    group: String,
    pair: PairId,
    items: Vec<(MessageId, OutMedia)>,
    /// What goes on behind captions that are too long: the item, its update, the words.
    rest: Vec<(MessageId, Vec<Seq>, Rich)>,
    /// The updates that the items came with, each with its item.
    updates: Vec<(MessageId, Seq)>,
    reply_to: Option<MessageId>,
}

/// Locale key of a finding, as an item of a list.
fn finding_key(finding: Finding) -> &'static str {
    match finding {
        Finding::Link => "finding-link",
        Finding::Username => "finding-username",
        Finding::Phone => "finding-phone",
        Finding::Email => "finding-email",
        Finding::ForwardOrigin => "finding-forward-origin",
        Finding::ViaBot => "finding-via-bot",
        Finding::Keyboard => "finding-keyboard",
        Finding::ExternalReply => "finding-external-reply",
        Finding::CustomEmoji => "finding-custom-emoji",
        Finding::StickerSet => "finding-sticker-set",
        Finding::FileName => "finding-file-name",
        Finding::Effect => "finding-effect",
        Finding::Motion => "finding-motion",
        Finding::Embedded => "finding-embedded",
    }
}

/// Whether something in it would have led out of the chat.
pub(crate) fn leads_out(findings: Findings) -> bool {
    let out = |f| matches!(f, Finding::Link | Finding::Username | Finding::Phone | Finding::Email);
    findings.iter().any(out)
}

/// Pictures come behind the spoiler; whether that goes depends on who looks.
fn spoiler(turn: &Turn<'_>) -> Screen {
    Screen::text(if turn.rules.photos_checked { "photo-spoiler" } else { "chat-spoiler" })
}

/// Words that go on where a message had no more room, in reply to it.
fn further(source: MessageId, words: Rich) -> RelayOp {
    RelayOp::Send { source, payload: Payload::Text(words), reply_to: Some(source), manner: None }
}

impl SessionCore {
    pub(super) fn on_chat_message(
        &mut self,
        pair: PairId,
        after: Seq,
        message: Inbound,
        turn: &mut Turn<'_>,
    ) {
        // Written before this chat began (it was under way during a crash), or before its writer
        // was told so: not for this partner's eyes (I4).
        if self.untold || turn.seq().is_some_and(|seq| seq <= after) {
            return self.answer_words(Screen::text("chat-older"), turn);
        }
        // Their chat was ended; what comes of one that is beginning reaches nobody either.
        if self.capabilities.admin.is_shadowed(turn.now()) {
            return;
        }
        let continues = match (&self.album, &message.album) {
            (Some(album), Some(group)) => album.group == *group && album.items.len() < ALBUM_MAX,
            _ => false,
        };
        if !continues {
            self.flush_album(turn);
        }
        let thrown = match &message.body {
            Body::Dice { emoji, value } => Some((emoji.clone(), *value)),
            _ => None,
        };
        let (source, reply_to) = (message.id, message.reply_to);
        let (payload, findings) = match allowlist::rebuild(message.body, &message.envelope, turn.rules) {
            Rebuilt::Pass { payload, findings } => (payload, findings),
            Rebuilt::Refused(refused) => {
                let key = refused.key();
                if self.first_of_album(message.album.as_deref(), key) {
                    turn.say(Screen::text(key));
                }
                return;
            }
            Rebuilt::Nothing => return,
        };
        let manner = allowlist::rebuild_manner(message.manner);
        let words = match &payload {
            Payload::Text(rich) => Some(rich.text.as_str()),
            Payload::Media(_) | Payload::Dice { .. } => None,
        };
        crate::capabilities::admin::watch(self, pair, words, leads_out(findings), turn);
        let (mut payload, rest) = parts::split(payload);
        if let Payload::Media(media) = &mut payload {
            media.agreed = self.account.agrees_to_nudity();
            media.caption_above = manner.as_ref().is_some_and(|manner| manner.caption_above);
        }
        let new_findings = self.new_of_album(message.album.as_deref(), findings);
        let file = match &payload {
            Payload::Media(media) => Some((media.kind, media.spoiler)),
            Payload::Text(_) | Payload::Dice { .. } => None,
        };
        let warning = file.and_then(|(kind, _)| self.warning_for(kind));
        let spoilt = file.is_some_and(|(_, is_spoilt)| is_spoilt) && self.first(TOLD_SPOILER);
        match (message.album, payload) {
            (Some(group), Payload::Media(item)) => {
                let begin = || Album {
                    group,
                    pair,
                    items: Vec::with_capacity(ALBUM_MAX),
                    rest: Vec::new(),
                    updates: Vec::new(),
                    reply_to,
                };
                self.gather((source, item), rest, begin, turn);
            }
            (_, payload) => {
                let op = RelayOp::Send { source, payload, reply_to, manner };
                turn.push(Effect::Relay { pair, op, behind: Vec::new() });
                for words in rest {
                    turn.push(Effect::Relay { pair, op: further(source, words), behind: Vec::new() });
                }
            }
        }
        if spoilt {
            turn.say(spoiler(turn));
        }
        if let Some((emoji, value)) = thrown {
            self.tell_thrown(pair, source, &emoji, value, turn);
        }
        self.tell_findings(new_findings, turn);
        if let Some(key) = warning {
            turn.say(Screen::text(key));
            turn.save();
        }
    }

    /// Puts an item into the album that is waited for, or begins one.
    fn gather(
        &mut self,
        (source, item): (MessageId, OutMedia),
        rest: Vec<Rich>,
        begin: impl FnOnce() -> Album,
        turn: &mut Turn<'_>,
    ) {
        let album = self.album.get_or_insert_with(|| {
            turn.push(Effect::AwaitAlbum { after_ms: turn.rules.album_window_ms });
            Box::new(begin())
        });
        album.items.push((source, item));
        let update: Vec<Seq> = turn.seq().into_iter().collect();
        album.rest.extend(rest.into_iter().map(|words| (source, update.clone(), words)));
        album.updates.extend(turn.seq().map(|seq| (source, seq)));
        if album.items.len() == ALBUM_MAX {
            self.flush_album(turn);
        }
    }

    /// Telegram throws every copy anew, so what the sender saw is told in words.
    fn tell_thrown(&mut self, pair: PairId, source: MessageId, emoji: &str, value: i32, turn: &mut Turn<'_>) {
        let payload = Payload::Text(Rich::plain(format!("{emoji} → {value}")));
        if self.first(TOLD_DICE) {
            let msg = Msg::new("chat-dice").number("value", i64::from(value)).emoji(emoji);
            turn.say(Screen::of(msg));
        }
        let op = RelayOp::Send { source, payload, reply_to: None, manner: None };
        turn.push(Effect::Relay { pair, op, behind: Vec::new() });
    }

    /// Hands the waiting album to the relay.
    pub(super) fn flush_album(&mut self, turn: &mut Turn<'_>) {
        let Some(mut album) = self.album.take().map(|album| *album) else { return };
        if self.account.pair() != Some(album.pair) {
            return;
        }
        // Both in the same order, whatever the items came in: by it each copy goes to its update.
        album.items.sort_by_key(|(id, _)| *id);
        album.updates.sort_by_key(|(id, _)| *id);
        let reply_to = album.reply_to;
        let op = if album.items.len() == 1 {
            let (source, media) = album.items.remove(0);
            RelayOp::Send { source, payload: Payload::Media(media), reply_to, manner: None }
        } else {
            RelayOp::SendAlbum { items: album.items, reply_to }
        };
        let pair = album.pair;
        let behind = album.updates.into_iter().map(|(_, seq)| seq).collect();
        turn.push(Effect::Relay { pair, op, behind });
        album.rest.sort_by_key(|(id, ..)| *id);
        for (source, behind, words) in album.rest {
            turn.push(Effect::Relay { pair, op: further(source, words), behind });
        }
    }

    pub(super) fn on_edited(&mut self, message: Inbound, turn: &mut Turn<'_>) {
        let pair = match self.account.phase {
            Phase::Chatting { pair, .. } => pair,
            Phase::Companion { dialog } => return companion::on_changed(self, dialog, message, turn),
            _ => return,
        };
        self.flush_album(turn);
        let source = message.id;
        match allowlist::rebuild(message.body, &message.envelope, turn.rules) {
            Rebuilt::Pass { payload, findings } => {
                let (mut payload, rest) = parts::split(payload);
                if let Payload::Media(media) = &mut payload {
                    media.agreed = self.account.agrees_to_nudity();
                    media.caption_above = message.manner.as_ref().is_some_and(|manner| manner.caption_above);
                }
                let of = 1 + rest.len();
                let op = match of {
                    1 => RelayOp::Edit { source, payload },
                    _ => RelayOp::EditPart { source, payload, part: 0, of },
                };
                turn.push(Effect::Relay { pair, op, behind: Vec::new() });
                for (i, words) in rest.into_iter().enumerate() {
                    let op = RelayOp::EditPart { source, payload: Payload::Text(words), part: i + 1, of };
                    turn.push(Effect::Relay { pair, op, behind: Vec::new() });
                }
                self.tell_findings(findings, turn);
            }
            // A live location moves by edits, every few seconds: it was refused when it came.
            Rebuilt::Refused(Refused::Location) | Rebuilt::Nothing => {}
            Rebuilt::Refused(refused) => turn.say(Screen::text(refused.key())),
        }
    }

    pub(super) fn on_reacted(&mut self, message: MessageId, emoji: Vec<String>, turn: &mut Turn<'_>) {
        let Phase::Chatting { pair, .. } = self.account.phase else { return };
        self.flush_album(turn);
        let emoji = emoji.into_iter().next();
        turn.push(Effect::Relay { pair, op: RelayOp::React { message, emoji }, behind: Vec::new() });
    }

    /// "/delete" in reply to an own message.
    pub(super) fn on_delete(&mut self, message: &Inbound, turn: &mut Turn<'_>) {
        let Phase::Chatting { pair, after, .. } = self.account.phase else {
            return self.show_where(turn);
        };
        let slash = matches!(&message.body, Body::Text(rich) if rich.text.trim_start().starts_with('/'));
        match message.reply_to {
            Some(source) => {
                let op = RelayOp::Delete { source, request: message.id };
                turn.push(Effect::Relay { pair, op, behind: Vec::new() });
            }
            None if slash => turn.say(Screen::text("chat-delete-how")),
            // The bare word without a reply is just something people say.
            None => self.on_chat_message(pair, after, message.clone(), turn),
        }
    }

    /// Whether something that is told once per chat is to be told now.
    fn first(&mut self, bit: u16) -> bool {
        let first = self.told & bit == 0;
        self.told |= bit;
        first
    }

    /// A warning that is shown once in a user's life, if this is the occasion.
    fn warning_for(&mut self, kind: MediaKind) -> Option<&'static str> {
        let (shown, key) = match kind {
            MediaKind::Voice | MediaKind::VideoNote => (&mut self.account.warned_voice, "chat-voice-warning"),
            MediaKind::Document | MediaKind::Audio => (&mut self.account.warned_file, "chat-file-warning"),
            _ => return None,
        };
        (!std::mem::replace(shown, true)).then_some(key)
    }

    /// What is said of a file that goes by letter, as of one in a chat.
    pub(crate) fn tell_of_file(&mut self, kind: MediaKind, is_spoilt: bool, turn: &mut Turn<'_>) {
        if is_spoilt && self.first(TOLD_SPOILER) {
            turn.say(spoiler(turn));
        }
        if let Some(key) = self.warning_for(kind) {
            turn.say(Screen::text(key));
            turn.save();
        }
    }

    /// One short line: what was not passed on. What the partner misses is told each time, the rest
    /// once a chat.
    pub(crate) fn tell_findings(&mut self, findings: Findings, turn: &mut Turn<'_>) {
        if findings.is_empty() {
            return;
        }
        let keys: Vec<&'static str> = findings
            .iter()
            .filter(|&f| f.changes_content() || self.told & bit(f) == 0)
            .map(finding_key)
            .collect();
        findings.iter().for_each(|f| self.told |= bit(f));
        if !keys.is_empty() {
            turn.say(Screen::of(Msg::new("chat-not-passed").keys("what", keys)));
        }
    }
}
