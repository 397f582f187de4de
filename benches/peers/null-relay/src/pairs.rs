//! Who talks with whom: in memory, in the order of searching.

use rustc_hash::FxHashMap;

/// JSON texts that people are told.
const HELLO: &str = r#""Send /search to meet somebody.""#;
const SEARCHING: &str = r#""Searching...""#;
const FOUND: &str = r#""Someone is here. Say hello!""#;
const STOPPED: &str = r#""The chat is over. /search""#;
const LEFT: &str = r#""Your partner has left. /search""#;

/// All pairs, and the one who waits.
#[derive(Default)]
pub struct Pairs {
    partner: FxHashMap<i64, i64>,
    waiting: Option<i64>,
}

impl Pairs {
    /// Takes a text from `chat` (JSON, with quotes) and gives what is to be sent to whom.
    pub fn on_text<'a>(&mut self, chat: i64, text: &'a str, mut send: impl FnMut(i64, &'a str)) {
        match text {
            r#""/search""# => self.search(chat, send),
            r#""/stop""# => self.stop(chat, send),
            r#""/next""# => {
                self.stop(chat, &mut send);
                self.search(chat, send);
            }
            r#""/start""# => send(chat, HELLO),
            _ => {
                if let Some(partner) = self.partner.get(&chat) {
                    send(*partner, text);
                }
            }
        }
    }

    fn search<'a>(&mut self, chat: i64, mut send: impl FnMut(i64, &'a str)) {
        if self.partner.contains_key(&chat) {
            return;
        }
        match self.waiting.filter(|other| *other != chat) {
            None => {
                self.waiting = Some(chat);
                send(chat, SEARCHING);
            }
            Some(other) => {
                self.waiting = None;
                self.partner.insert(chat, other);
                self.partner.insert(other, chat);
                send(chat, FOUND);
                send(other, FOUND);
            }
        }
    }

    fn stop<'a>(&mut self, chat: i64, mut send: impl FnMut(i64, &'a str)) {
        if self.waiting == Some(chat) {
            self.waiting = None;
        }
        send(chat, STOPPED);
        if let Some(partner) = self.partner.remove(&chat) {
            self.partner.remove(&partner);
            send(partner, LEFT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &mut Pairs, chat: i64, text: &'static str) -> Vec<(i64, &'static str)> {
        let mut sent = Vec::new();
        pairs.on_text(chat, text, |to, text| sent.push((to, text)));
        sent
    }

    #[test]
    fn two_who_search_meet_talk_and_part() {
        let mut pairs = Pairs::default();
        assert_eq!(said(&mut pairs, 1, r#""/search""#), [(1, SEARCHING)]);
        assert_eq!(said(&mut pairs, 1, r#""/search""#), [(1, SEARCHING)]);
        assert_eq!(said(&mut pairs, 2, r#""/search""#), [(2, FOUND), (1, FOUND)]);
        assert_eq!(said(&mut pairs, 1, r#""hi""#), [(2, r#""hi""#)]);
        assert_eq!(said(&mut pairs, 3, r#""hi""#), []);
        assert_eq!(said(&mut pairs, 2, r#""/stop""#), [(2, STOPPED), (1, LEFT)]);
        assert_eq!(said(&mut pairs, 1, r#""hi""#), []);
    }
}
