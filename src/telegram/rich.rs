//! Formatted texts (<https://core.telegram.org/bots/api#richmessage>) and checklists as a text with
//! marks: what people paste from elsewhere passes as words. Only the fields named here are read;
//! who is mentioned, where a link leads, who ticked a task off are none of them (I5).

use super::decode::entity;
use super::wire;
use nameless_domain::relay::content::{Entity, EntityKind, Finding, Rich};
use serde::Deserialize;
use serde_json::Value;

/// The words of a formatted text, none if it has none, and whether it holds something that is not
/// passed on: pictures, sounds, maps.
pub(super) fn of_blocks(message: &Value) -> (Option<Rich>, bool) {
    let mut to = Builder::default();
    to.blocks(&message["blocks"], "\n\n");
    (to.rich(), to.embedded)
}

/// A checklist as lines with boxes; none if it has no words.
pub(super) fn of_checklist(list: &Value) -> Option<Rich> {
    let mut to = Builder::default();
    let start = to.units;
    to.marked(&list["title"], &list["title_entities"]);
    to.mark(start, EntityKind::Bold);
    for task in items(&list["tasks"]) {
        to.line("\n");
        to.push(if is_done(task) { "☑ " } else { "☐ " });
        to.marked(&task["text"], &task["text_entities"]);
    }
    to.rich()
}

fn is_done(task: &Value) -> bool {
    // Zero stands for "not yet"; by whom is not read.
    task["completion_date"].as_i64().is_some_and(|at| at != 0)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[derive(Default)]
struct Builder {
    text: String,
    /// UTF-16 units of `text`.
    units: u32,
    entities: Vec<Entity>,
    embedded: bool,
}

impl Builder {
    fn rich(&mut self) -> Option<Rich> {
        if self.text.trim().is_empty() {
            return None;
        }
        let mut entities = std::mem::take(&mut self.entities);
        entities.sort_by_key(|e| (e.offset, u32::MAX - e.length));
        Some(Rich { text: std::mem::take(&mut self.text), entities })
    }

    fn push(&mut self, words: &str) {
        self.text.push_str(words);
        self.units += words.chars().map(|c| c.len_utf16() as u32).sum::<u32>();
    }

    /// A new line, unless this is the first.
    fn line(&mut self, gap: &str) {
        if !self.text.is_empty() && !self.text.ends_with(gap) {
            self.push(gap);
        }
    }

    /// Marks what was written since `start`.
    fn mark(&mut self, start: u32, kind: EntityKind) {
        if self.units > start {
            self.entities.push(Entity { kind, offset: start, length: self.units - start });
        }
    }

    /// Words that come with marks of the usual kind.
    fn marked(&mut self, words: &Value, marks: &Value) {
        let start = self.units;
        self.push(words.as_str().unwrap_or_default());
        let marks = items(marks).filter_map(|mark| entity(wire::Entity::deserialize(mark).ok()?));
        self.entities.extend(marks.map(|e| Entity { offset: e.offset.saturating_add(start), ..e }));
    }

    fn blocks(&mut self, blocks: &Value, gap: &str) {
        for block in items(blocks) {
            let before = self.text.len();
            self.line(gap);
            let after = self.text.len();
            self.block(block);
            if self.text.len() == after {
                self.text.truncate(before);
                self.units = self.text.chars().map(|c| c.len_utf16() as u32).sum();
            }
        }
    }

    fn block(&mut self, block: &Value) {
        let start = self.units;
        match block["type"].as_str().unwrap_or_default() {
            "paragraph" | "footer" => self.words(&block["text"]),
            "heading" => {
                self.words(&block["text"]);
                self.mark(start, EntityKind::Bold);
            }
            "pre" => {
                self.words(&block["text"]);
                let language = block["language"].as_str().map(str::to_owned);
                self.mark(start, EntityKind::Pre { language });
            }
            "mathematical_expression" => {
                self.push(block["expression"].as_str().unwrap_or_default());
                self.mark(start, EntityKind::Pre { language: None });
            }
            "divider" => self.push("———"),
            "anchor" => {}
            "list" => items(&block["items"]).for_each(|item| self.item(item)),
            "blockquote" | "pullquote" => {
                self.words(&block["text"]);
                self.blocks(&block["blocks"], "\n");
                self.credit(&block["credit"]);
                self.mark(start, EntityKind::Blockquote);
            }
            "table" => {
                self.words(&block["caption"]);
                for row in items(&block["cells"]) {
                    self.line("\n");
                    for (i, cell) in items(row).enumerate() {
                        if i > 0 {
                            self.push(" | ");
                        }
                        self.words(&cell["text"]);
                    }
                }
            }
            "details" => {
                self.words(&block["summary"]);
                self.mark(start, EntityKind::Bold);
                self.line("\n");
                self.blocks(&block["blocks"], "\n");
            }
            // Pictures, sounds, maps, and what is not known yet: its words pass, itself does not.
            _ => {
                self.embedded = true;
                self.words(&block["text"]);
                self.blocks(&block["blocks"], "\n");
                self.words(&block["caption"]["text"]);
                self.credit(&block["caption"]["credit"]);
            }
        }
    }

    fn item(&mut self, item: &Value) {
        self.line("\n");
        let label = match (item["has_checkbox"] == true, item["is_checked"] == true) {
            (true, true) => "☑",
            (true, false) => "☐",
            _ => item["label"].as_str().filter(|label| !label.is_empty()).unwrap_or("•"),
        };
        self.push(label);
        self.push(" ");
        for (i, block) in items(&item["blocks"]).enumerate() {
            if i > 0 {
                self.line("\n");
            }
            self.block(block);
        }
    }

    fn credit(&mut self, credit: &Value) {
        if !credit.is_null() {
            self.line("\n");
            self.push("— ");
            self.words(credit);
        }
    }

    /// Rich text: words, a list of such, or such with a meaning.
    fn words(&mut self, text: &Value) {
        match text {
            Value::String(words) => self.push(words),
            Value::Array(parts) => parts.iter().for_each(|part| self.words(part)),
            Value::Object(_) => self.styled(text),
            _ => {}
        }
    }

    fn styled(&mut self, text: &Value) {
        let start = self.units;
        let kind = match text["type"].as_str().unwrap_or_default() {
            "bold" => Some(EntityKind::Bold),
            "italic" => Some(EntityKind::Italic),
            "underline" => Some(EntityKind::Underline),
            "strikethrough" => Some(EntityKind::Strikethrough),
            "spoiler" => Some(EntityKind::Spoiler),
            "code" => Some(EntityKind::Code),
            "url" | "text_mention" => Some(EntityKind::HiddenLink),
            "mention" => Some(EntityKind::Identifying(Finding::Username)),
            "email_address" => Some(EntityKind::Identifying(Finding::Email)),
            "phone_number" => Some(EntityKind::Identifying(Finding::Phone)),
            "custom_emoji" => {
                self.push(text["alternative_text"].as_str().unwrap_or_default());
                Some(EntityKind::CustomEmoji)
            }
            "mathematical_expression" => {
                self.push(text["expression"].as_str().unwrap_or_default());
                Some(EntityKind::Code)
            }
            _ => None,
        };
        self.words(&text["text"]);
        if let Some(kind) = kind {
            self.mark(start, kind);
        }
    }
}
