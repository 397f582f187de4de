//! Markdown to a text with entities.

use super::units;
use crate::relay::content::{Entity, EntityKind, Rich};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Lists within lists that are indented; deeper ones look alike.
const DEEPEST: usize = 6;
/// Formatting that may be open at once; deeper nesting is words without marks.
const OPEN: usize = 32;

/// Reads a model's Markdown. Links become words with the address behind them, pictures their
/// description, HTML stays as written. Never fails, whatever the text is.
pub fn to_rich(markdown: &str) -> Rich {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        writer.take(event);
    }
    writer.finish()
}

#[derive(Default)]
struct Writer {
    text: String,
    units: usize,
    entities: Vec<Entity>,
    open: Vec<(EntityKind, usize)>,
    /// Lists that are open; the number of the next item where it has numbers.
    lists: Vec<Option<u64>>,
    /// The address of the link that is open, and where its words began.
    link: Option<(String, usize)>,
    /// An item has begun and nothing of it is written.
    fresh_item: bool,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::Code(text) => {
                let from = self.units;
                self.push(&text);
                self.mark(EntityKind::Code, from);
            }
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.block();
                self.push("———");
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.block(),
            Tag::Heading { .. } => {
                self.block();
                self.begin(EntityKind::Bold);
            }
            Tag::BlockQuote(_) => {
                self.block();
                self.begin(EntityKind::Blockquote);
            }
            Tag::CodeBlock(kind) => {
                self.block();
                let language = match kind {
                    CodeBlockKind::Fenced(name) => name.split_whitespace().next().map(str::to_owned),
                    CodeBlockKind::Indented => None,
                };
                self.begin(EntityKind::Pre { language });
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.block();
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Emphasis => self.begin(EntityKind::Italic),
            Tag::Strong => self.begin(EntityKind::Bold),
            Tag::Strikethrough => self.begin(EntityKind::Strikethrough),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.link = Some((dest_url.into_string(), self.text.len()));
            }
            Tag::HtmlBlock => self.block(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_)
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::BlockQuote(_) => {
                self.close();
            }
            TagEnd::CodeBlock => {
                self.trim_line_end();
                self.close();
            }
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Link => {
                let link = self.link.take().filter(|(address, _)| !address.is_empty());
                let hidden = |(address, from): &(String, usize)| {
                    self.text.get(*from..).is_some_and(|words| words.trim() != address)
                };
                if let Some((address, _)) = link.filter(hidden) {
                    self.push(&format!(" ({address})"));
                }
            }
            TagEnd::Image => self.link = None,
            _ => {}
        }
    }

    fn item(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
        let depth = self.lists.len().saturating_sub(1).min(DEEPEST);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}. ", *number - 1)
            }
            _ => "• ".to_owned(),
        };
        self.push(&"  ".repeat(depth));
        self.push(&mark);
        self.fresh_item = true;
    }

    /// A block begins: an empty line before it, unless it is the first, or an item's own.
    fn block(&mut self) {
        if std::mem::take(&mut self.fresh_item) || self.text.is_empty() {
            return;
        }
        // Within a quote that has just begun there is nothing to part from.
        if self.open.last().is_some_and(|(_, from)| *from == self.units) {
            return;
        }
        let ends = self.text.len() - self.text.trim_end_matches('\n').len();
        let wanted = if self.lists.is_empty() { 2 } else { 1 };
        self.push(&"\n".repeat(wanted - ends.min(wanted)));
    }

    fn push(&mut self, text: &str) {
        // Telegram refuses what it cannot show.
        let shown: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if !shown.is_empty() {
            self.fresh_item = false;
        }
        self.units += units(&shown);
        self.text.push_str(&shown);
    }

    fn begin(&mut self, kind: EntityKind) {
        self.open.push((kind, self.units));
    }

    fn close(&mut self) {
        let deep = self.open.len() > OPEN;
        if let Some((kind, from)) = self.open.pop().filter(|_| !deep) {
            self.mark(kind, from);
        }
    }

    fn mark(&mut self, kind: EntityKind, from: usize) {
        // What was opened at the end of a line may begin behind what was trimmed from it.
        let (offset, length) = (from as u32, self.units.saturating_sub(from) as u32);
        // The same again within itself says nothing.
        let within = self.open.iter().any(|(open, _)| *open == kind);
        if length > 0 && !within {
            self.entities.push(Entity { kind, offset, length });
        }
    }

    fn trim_line_end(&mut self) {
        while self.text.ends_with('\n') {
            self.text.pop();
            self.units -= 1;
        }
    }

    fn finish(mut self) -> Rich {
        while !self.open.is_empty() {
            self.close();
        }
        self.entities.sort_by_key(|e| (e.offset, std::cmp::Reverse(e.length)));
        Rich { text: self.text, entities: self.entities }
    }
}
