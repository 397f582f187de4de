//! A model's reasoning taken out of what it streams: `<think>...</think>` and its kin, also where a
//! tag is split over parts.

/// Tags whose content is nobody's business.
const TAGS: [&str; 4] = ["think", "thinking", "reasoning", "thought"];
/// Length of the longest closing tag.
const LONGEST: usize = "</reasoning>".len();

/// What may be shown now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What was shown before was reasoning whose beginning the template kept: forget it.
    pub anew: bool,
    /// What comes next.
    pub text: String,
}

/// Takes reasoning out of a stream of text.
#[derive(Clone, Debug, Default)]
pub struct Stripper {
    /// What may be the beginning of a tag; at most as long as one.
    held: String,
    /// How many reasoning tags are open. More than one where a model nests them.
    depth: u32,
    /// Whether anything was shown, so that white space at the beginning is left out.
    begun: bool,
}

impl Stripper {
    /// Takes the next part of the stream.
    pub fn push(&mut self, part: &str) -> Shown {
        self.held.push_str(part);
        let mut shown = Shown::default();
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_str();
        while let Some(at) = rest.find('<') {
            self.show(&rest[..at], &mut shown);
            rest = &rest[at..];
            match tag(rest) {
                Tag::Opens(length) => {
                    self.depth = self.depth.saturating_add(1);
                    rest = &rest[length..];
                }
                Tag::Closes(length) => {
                    if self.depth == 0 {
                        // The template opened it in the prompt: all before was reasoning.
                        shown = Shown { anew: true, text: String::new() };
                        self.begun = false;
                    }
                    self.depth = self.depth.saturating_sub(1);
                    rest = &rest[length..];
                }
                Tag::Perhaps => break,
                Tag::None => {
                    self.show("<", &mut shown);
                    rest = &rest[1..];
                }
            }
        }
        if rest.starts_with('<') {
            rest.clone_into(&mut self.held);
        } else {
            self.show(rest, &mut shown);
        }
        shown
    }

    /// The stream has ended: what was held was no tag. What stands in an open one stays out.
    pub fn end(mut self) -> String {
        let mut shown = Shown::default();
        let held = std::mem::take(&mut self.held);
        self.show(&held, &mut shown);
        shown.text
    }

    fn show(&mut self, text: &str, shown: &mut Shown) {
        if self.depth > 0 {
            return;
        }
        let text = if self.begun { text } else { text.trim_start() };
        self.begun |= !text.is_empty();
        shown.text.push_str(text);
    }
}

enum Tag {
    Opens(usize),
    Closes(usize),
    /// Too short to say.
    Perhaps,
    None,
}

fn tag(text: &str) -> Tag {
    let head: String = text.chars().take(LONGEST).collect::<String>().to_ascii_lowercase();
    for name in TAGS {
        for (closes, whole) in [(false, format!("<{name}>")), (true, format!("</{name}>"))] {
            if head.starts_with(&whole) {
                return if closes { Tag::Closes(whole.len()) } else { Tag::Opens(whole.len()) };
            }
        }
    }
    let open = TAGS
        .iter()
        .any(|name| format!("<{name}>").starts_with(&head) || format!("</{name}>").starts_with(&head));
    if open { Tag::Perhaps } else { Tag::None }
}

/// The same for a text that is there whole.
pub fn strip(text: &str) -> String {
    let mut stripper = Stripper::default();
    let mut all = String::new();
    take(&mut all, stripper.push(text));
    all.push_str(&stripper.end());
    all
}

/// Adds what is shown to what was.
pub fn take(all: &mut String, shown: Shown) {
    if shown.anew {
        all.clear();
    }
    all.push_str(&shown.text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reasoning_is_left_out() {
        for (text, left) in [
            ("Hello", "Hello"),
            ("<think>hm</think>\n\nHello", "Hello"),
            ("<THINK>hm</Think>Hello", "Hello"),
            ("<thinking>a<think>b</think>c</thinking>Hello", "Hello"),
            ("so the user wants</think> Hello", "Hello"),
            ("Hello <think>hm", "Hello "),
            ("1 < 2 and <b>bold</b> <thin", "1 < 2 and <b>bold</b> <thin"),
            ("<think></think>", ""),
            ("a <3 b", "a <3 b"),
            ("<reasoning>x</reasoning>Да<thought>y</thought>!", "Да!"),
        ] {
            assert_eq!(strip(text), left, "{text}");
        }
    }

    proptest! {
        /// However a text is cut, the same is left of it, and little is ever held.
        #[test]
        fn cuts_change_nothing(
            parts in proptest::collection::vec(
                prop_oneof!["<think>", "</think>", "<thinking>", "</thinking>", "<", "</thi", "й", "[a-z<>/ ]{0,6}"], 0..12),
            every in 1..5usize,
        ) {
            let text: String = parts.concat();
            let (mut stripper, mut all) = (Stripper::default(), String::new());
            let letters: Vec<char> = text.chars().collect();
            for chunk in letters.chunks(every) {
                take(&mut all, stripper.push(&chunk.iter().collect::<String>()));
                prop_assert!(stripper.held.len() < LONGEST);
            }
            all.push_str(&stripper.end());
            prop_assert_eq!(all, strip(&text));
        }
    }
}
