//! The updates that wait for one bot.
//!
//! Entries stay until they are acknowledged: by an offset (polling) or by a 2xx answer (webhook). A
//! webhook acknowledges out of order, hence the `done` mark.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashSet;

/// One update. The message inside is shared with the chat's history.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// `{"update_id": .., "<kind>": <json>}`.
    Kind(&'static str, Arc<str>),
    /// The whole update as it goes out.
    Raw(Arc<str>),
}

/// An update with its place in the queue.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    /// Updates with the same key are delivered to a webhook one after another.
    pub(crate) key: i64,
    pub(crate) done: bool,
    pub(crate) body: Body,
}

impl Entry {
    pub(crate) fn write(&self, out: &mut String) {
        match &self.body {
            Body::Raw(raw) => out.push_str(raw),
            Body::Kind(kind, json) => {
                out.push_str("{\"update_id\":");
                out.push_str(&self.id.to_string());
                out.push_str(",\"");
                out.push_str(kind);
                out.push_str("\":");
                out.push_str(json);
                out.push('}');
            }
        }
    }
}

/// Where updates are pushed instead of being polled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
    pub(crate) max_connections: usize,
    pub(crate) last_error: Option<(i64, String)>,
}

/// Bounded queue of one bot.
#[derive(Debug)]
pub(crate) struct Queue {
    entries: VecDeque<Entry>,
    pending: usize,
    next_id: i64,
    capacity: usize,
    /// An injected update has an id of its own, so that ids may be out of order.
    unordered: bool,
    /// `None`: Telegram's default set.
    pub(crate) allowed: Option<Vec<String>>,
    /// Raised by every new poller; an older one sees that it was replaced.
    pub(crate) poller: u64,
    pub(crate) webhook: Option<Webhook>,
    /// Raised whenever the webhook changes, so that deliveries of the earlier one end.
    pub(crate) webhook_epoch: u64,
    pub(crate) made: u64,
    pub(crate) acked: u64,
    /// The last update that a poller was given, and since when each was: noted for who wants it.
    polled: Option<(i64, Vec<Instant>)>,
}

/// Kinds that Telegram does not deliver unless they are asked for.
const NOT_DEFAULT: [&str; 3] = ["message_reaction", "message_reaction_count", "chat_member"];

/// The queue holds as many updates as it may.
#[derive(Debug)]
pub(crate) struct QueueFull;

impl Queue {
    pub(crate) fn new(first_id: i64, capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            pending: 0,
            next_id: first_id,
            capacity,
            unordered: false,
            allowed: None,
            poller: 0,
            webhook: None,
            webhook_epoch: 0,
            made: 0,
            acked: 0,
            polled: None,
        }
    }

    pub(crate) fn wants(&self, kind: &str) -> bool {
        match &self.allowed {
            None => !NOT_DEFAULT.contains(&kind),
            Some(kinds) => kinds.iter().any(|k| k == kind),
        }
    }

    pub(crate) fn has_room(&self, n: usize) -> bool {
        self.pending + n <= self.capacity
    }

    /// Appends an update; one of a kind that the bot does not want is dropped silently, as Telegram
    /// does.
    pub(crate) fn push(&mut self, key: i64, kind: &'static str, json: Arc<str>) -> Result<(), QueueFull> {
        if !self.wants(kind) {
            return Ok(());
        }
        let id = self.next_id;
        self.next_id += 1;
        self.append(Entry { id, key, done: false, body: Body::Kind(kind, json) })
    }

    /// Appends `value` as it is, with an `update_id` where it is an object without one.
    pub(crate) fn push_raw(&mut self, mut value: serde_json::Value) -> Result<i64, QueueFull> {
        let mut id = self.next_id;
        if let Some(object) = value.as_object_mut() {
            match object.get("update_id").map(|v| v.as_i64()) {
                Some(Some(given)) => {
                    id = given;
                    self.unordered = true;
                }
                Some(None) => self.next_id += 1,
                None => {
                    self.next_id += 1;
                    object.insert("update_id".into(), id.into());
                }
            }
        } else {
            self.next_id += 1;
        }
        let body = Body::Raw(value.to_string().into());
        self.append(Entry { id, key: id, done: false, body })?;
        Ok(id)
    }

    fn append(&mut self, entry: Entry) -> Result<(), QueueFull> {
        if !self.has_room(1) {
            return Err(QueueFull);
        }
        self.entries.push_back(entry);
        self.pending += 1;
        self.made += 1;
        Ok(())
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Applies an offset: positive acknowledges everything before it, negative keeps only the last
    /// ones.
    pub(crate) fn acknowledge(&mut self, offset: i64) {
        let before = self.pending;
        if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            while self.entries.len() > keep {
                self.entries.pop_front();
            }
        } else if offset > 0 {
            if self.unordered {
                self.entries.retain(|e| e.id >= offset);
                self.unordered = !self.entries.iter().is_sorted_by_key(|e| e.id);
            } else {
                while self.entries.front().is_some_and(|e| e.id < offset) {
                    self.entries.pop_front();
                }
            }
        }
        self.recount(before);
    }

    /// Marks one update delivered by a webhook.
    pub(crate) fn finish(&mut self, id: i64) {
        let before = self.pending;
        let found = if self.unordered {
            self.entries.iter().position(|e| e.id == id)
        } else {
            self.entries.binary_search_by_key(&id, |e| e.id).ok()
        };
        if let Some(entry) = found.and_then(|at| self.entries.get_mut(at))
            && !entry.done
        {
            entry.done = true;
            self.pending -= 1;
            self.acked += 1;
        }
        while self.entries.front().is_some_and(|e| e.done) {
            self.entries.pop_front();
        }
        debug_assert!(self.pending <= before);
    }

    fn recount(&mut self, before: usize) {
        self.pending = if self.webhook_epoch == 0 {
            self.entries.len()
        } else {
            self.entries.iter().filter(|e| !e.done).count()
        };
        self.acked += before.saturating_sub(self.pending) as u64;
    }

    pub(crate) fn clear(&mut self) {
        let before = self.pending;
        self.entries.clear();
        self.recount(before);
    }

    /// The first `limit` waiting updates as a JSON array, or `None` where nothing waits.
    pub(crate) fn batch(&mut self, limit: usize) -> Option<String> {
        if self.pending == 0 {
            return None;
        }
        let mut out = String::with_capacity(512 * limit.min(self.pending));
        out.push('[');
        for (n, entry) in self.entries.iter().filter(|e| !e.done).take(limit).enumerate() {
            if n > 0 {
                out.push(',');
            }
            entry.write(&mut out);
            if let Some((last, moments)) = self.polled.as_mut().filter(|(last, _)| entry.id > *last) {
                *last = entry.id;
                moments.push(Instant::now());
            }
        }
        out.push(']');
        Some(out)
    }

    /// When each update was given to a poller for the first time, in their order, since this was
    /// asked last; from the first time on.
    pub(crate) fn polled(&mut self) -> Vec<Instant> {
        let last = self.next_id - 1;
        std::mem::take(&mut self.polled.get_or_insert((last, Vec::new())).1)
    }

    /// Up to `limit` waiting updates that are not in `taken`, for a webhook.
    pub(crate) fn waiting(&self, taken: &FxHashSet<i64>, limit: usize) -> Vec<Entry> {
        self.entries.iter().filter(|e| !e.done && !taken.contains(&e.id)).take(limit).cloned().collect()
    }
}
