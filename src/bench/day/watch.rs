//! What the day's people wait for, besides texts of their partners, and how long it took.

use super::super::ledger::{FIRST_ID, histogram};
use hdrhistogram::Histogram;
use nameless_actors::kernel::lock;
use nameless_simulator::{Onlooker, Written};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Looks for somebody to talk to: until both know of each other.
    Search,
    /// Says something in a dialog with a character: until the reply stands in the chat.
    Turn,
    /// Has a character draw: until the picture is there, or the word that there is none.
    Picture,
    /// Has paid: until the receipt stands in the chat.
    Payment,
    /// Opens the settings or the first screen: until it is there.
    Screen,
    /// Reports a partner: until the reasons are there to choose from.
    Report,
    /// Asks for the next cards in the Mini App.
    Cards,
    /// Likes or passes a card in the Mini App.
    Verdict,
}

/// All of them, by the names that results have.
pub const KINDS: [(Kind, &str); 8] = [
    (Kind::Search, "a search until both know"),
    (Kind::Turn, "a turn until the reply"),
    (Kind::Picture, "a picture"),
    (Kind::Payment, "a payment until the receipt"),
    (Kind::Screen, "a screen"),
    (Kind::Report, "a report until its reasons"),
    (Kind::Cards, "next cards"),
    (Kind::Verdict, "a like or a pass"),
];

/// How it is told that there is no picture: it could not be drawn, one is being drawn already,
/// there are enough for today, they cost too much by now, it does not work at the moment.
const NO_PICTURE: [&str; 5] = [
    "There is no picture",
    "A picture is being drawn already",
    "That is enough pictures",
    "No more pictures today",
    "That does not work right now",
];

/// By what an answer is known.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It begins so.
    Begins(&'static str),
    /// The reply to a character's turn of this number.
    Noted(u64),
    /// A character's picture, or that there is none.
    Picture,
    /// The receipt for a payment.
    Receipt,
    /// It has buttons.
    Buttons,
}

struct Expected {
    answer: Answer,
    told: oneshot::Sender<Seen>,
}

/// An answer that came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When.
    pub at: Instant,
    /// The message that holds it.
    pub message: i32,
    /// `callback_data` of its first button.
    pub button: Option<String>,
    /// It says that there is no picture.
    pub is_refusal: bool,
}

/// How one kind went.
#[derive(Clone)]
pub struct Took {
    /// Microseconds, of what was due before anything went wrong.
    pub calm: Histogram<u64>,
    /// The same of the whole day.
    pub whole: Histogram<u64>,
    /// So often it was begun.
    pub asked: u64,
    /// Nothing came of it in time.
    pub lost: u64,
}

/// The eyes of the day in the simulated world.
pub struct Watch {
    expected: Box<[Mutex<Vec<Expected>>]>,
    took: Mutex<Vec<Took>>,
    calm_until: Mutex<Option<Instant>>,
    /// Numbers of turns whose replies have come, and of receipts.
    noted: Mutex<FxHashSet<u64>>,
    receipts: Mutex<FxHashSet<(i64, String)>>,
    doubled: AtomicU64,
    /// Messages in which somebody else's number at Telegram stands.
    telling: AtomicU64,
}

impl Watch {
    /// For so many people.
    pub fn new(people: u32) -> Watch {
        let none = Took { calm: histogram(), whole: histogram(), asked: 0, lost: 0 };
        Watch {
            expected: (0..people).map(|_| Mutex::default()).collect(),
            took: Mutex::new(vec![none; KINDS.len()]),
            calm_until: Mutex::default(),
            noted: Mutex::default(),
            receipts: Mutex::default(),
            doubled: AtomicU64::new(0),
            telling: AtomicU64::new(0),
        }
    }

    /// What is due before then is calm.
    pub fn calm_until(&self, moment: Instant) {
        *lock(&self.calm_until) = Some(moment);
    }

    /// Says what somebody is about to cause; the message that answers it.
    pub fn expect(&self, person: u32, answer: Answer) -> oneshot::Receiver<Seen> {
        let (told, seen) = oneshot::channel();
        lock(&self.expected[person as usize]).push(Expected { answer, told });
        seen
    }

    /// Something was due then, and has come at `at`; none: it has not.
    pub fn note(&self, kind: Kind, due: Instant, at: Option<Instant>) {
        let is_calm = lock(&self.calm_until).is_none_or(|until| due < until);
        let mut took = lock(&self.took);
        let took = &mut took[kind as usize];
        took.asked += 1;
        match at {
            None => took.lost += 1,
            Some(at) => {
                let us = at.saturating_duration_since(due).as_micros();
                let us = u64::try_from(us).unwrap_or(u64::MAX);
                took.whole.saturating_record(us);
                if is_calm {
                    took.calm.saturating_record(us);
                }
            }
        }
    }

    /// Waits for an answer and notes it; whether it came.
    pub async fn until(
        &self,
        kind: Kind,
        due: Instant,
        seen: oneshot::Receiver<Seen>,
        patience: Duration,
    ) -> Option<Seen> {
        let seen = tokio::time::timeout(patience, seen).await.ok().and_then(Result::ok);
        self.note(kind, due, seen.as_ref().map(|seen| seen.at));
        seen
    }

    /// How everything went, in the order of [`KINDS`].
    pub fn took(&self) -> Vec<Took> {
        lock(&self.took).clone()
    }

    /// Replies, receipts and pictures that came more than once.
    pub fn doubled(&self) -> u64 {
        self.doubled.load(Ordering::Relaxed)
    }

    /// Messages that tell who somebody else is.
    pub fn telling(&self) -> u64 {
        self.telling.load(Ordering::Relaxed)
    }

    fn came_twice(&self, chat: i64, text: &str) -> bool {
        if let Some(number) = noted(text) {
            return !lock(&self.noted).insert(number);
        }
        match receipt(text) {
            Some(receipt) => !lock(&self.receipts).insert((chat, receipt.to_owned())),
            None => false,
        }
    }

    /// Whether the number of one of the people stands in it, other than the reader's own.
    fn tells(&self, chat: i64, content: &str) -> bool {
        let people = FIRST_ID..FIRST_ID + self.expected.len() as i64;
        // All of them begin alike.
        content.match_indices("50000").any(|(at, _)| {
            let digits: String = content[at..].chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<i64>().is_ok_and(|number| number != chat && people.contains(&number))
        })
    }
}

/// The number of the turn that a reply answers.
fn noted(text: &str) -> Option<u64> {
    let rest = &text[text.find("Noted: ")? + "Noted: ".len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The short number of a receipt.
fn receipt(text: &str) -> Option<&str> {
    text[text.find('№')?..].split_whitespace().next()
}

/// Whether it answers somebody who asked for a picture, and if so, whether by saying that there is
/// none.
fn of_a_picture(content: &Map<String, Value>, text: &str) -> Option<bool> {
    let is_drawn = content.contains_key("photo") && text.ends_with("drawn by AI");
    let is_refusal = NO_PICTURE.iter().any(|begins| text.starts_with(begins));
    (is_drawn || is_refusal).then_some(is_refusal)
}

impl Onlooker for Watch {
    fn written(&self, message: &Written<'_>) {
        let text = message.content.get("text").or_else(|| message.content.get("caption"));
        let text = text.and_then(Value::as_str).unwrap_or_default();
        let content = serde_json::to_string(message.content).unwrap_or_default();
        if self.tells(message.chat_id, &content) {
            self.telling.fetch_add(1, Ordering::Relaxed);
        }
        if !message.edited && self.came_twice(message.chat_id, text) {
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
        let Some(expected) = message
            .chat_id
            .checked_sub(FIRST_ID)
            .and_then(|n| usize::try_from(n).ok())
            .and_then(|n| self.expected.get(n))
        else {
            return;
        };
        let picture = (!message.edited).then(|| of_a_picture(message.content, text)).flatten();
        let mut expected = lock(expected);
        let markup = message.content.get("reply_markup");
        let fits = |one: &Expected| match one.answer {
            Answer::Begins(with) => text.starts_with(with),
            Answer::Noted(number) => noted(text) == Some(number),
            Answer::Picture => picture.is_some(),
            Answer::Receipt => receipt(text).is_some(),
            Answer::Buttons => markup.is_some_and(|markup| markup.get("inline_keyboard").is_some()),
        };
        if let Some(at) = expected.iter().position(fits) {
            let one = expected.swap_remove(at);
            let button = super::super::ledger::first_button(markup).map(str::to_owned);
            // Whoever waited has given up.
            let is_refusal = picture == Some(true);
            let _ =
                one.told.send(Seen { at: Instant::now(), message: message.message_id, button, is_refusal });
        } else if picture.is_some() {
            // Whoever asked has had an answer.
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn write(watch: &Watch, person: u32, text: &str) {
        let content = json!({"text": text});
        watch.written(&Written {
            chat_id: FIRST_ID + i64::from(person),
            message_id: 1,
            edited: false,
            content: content.as_object().expect("an object"),
        });
    }

    #[test]
    fn a_picture_answers_once_and_so_does_the_word_that_there_is_none() {
        let watch = Watch::new(1);
        let draw = || {
            let content = json!({"photo": [{"file_id": "a"}], "caption": "🤖 Vera · drawn by AI"});
            let content = content.as_object().expect("an object").clone();
            watch.written(&Written { chat_id: FIRST_ID, message_id: 1, edited: false, content: &content });
        };
        let mut seen = watch.expect(0, Answer::Picture);
        write(&watch, 0, "🎨 The AI is drawing. The picture comes here by itself.");
        assert!(seen.try_recv().is_err(), "it is still to come");
        draw();
        assert!(!seen.try_recv().expect("it came").is_refusal);
        assert_eq!(watch.doubled(), 0);
        draw();
        assert_eq!(watch.doubled(), 1, "nobody asked for that one");
        let mut seen = watch.expect(0, Answer::Picture);
        write(&watch, 0, "There is no picture: it could not be drawn. Try again a little later.");
        assert!(seen.try_recv().expect("it is said").is_refusal);
        draw();
        assert_eq!(watch.doubled(), 2, "refused and drawn all the same");
    }

    #[test]
    fn what_comes_twice_and_what_tells_of_others_is_counted() {
        let watch = Watch::new(3);
        let mut seen = watch.expect(0, Answer::Noted(7));
        write(&watch, 0, "Noted: 70");
        assert!(seen.try_recv().is_err(), "another turn's");
        write(&watch, 0, "Vera: Noted: 7");
        assert!(seen.try_recv().is_ok());
        assert_eq!(watch.doubled(), 0);
        write(&watch, 0, "Noted: 7");
        write(&watch, 1, "Paid. Receipt №AB12, thank you");
        write(&watch, 1, "Paid. Receipt №AB12, thank you");
        assert_eq!(watch.doubled(), 2);
        write(&watch, 1, &format!("you are {}", FIRST_ID + 1));
        assert_eq!(watch.telling(), 0, "their own");
        write(&watch, 1, &format!("he is {}!", FIRST_ID + 2));
        write(&watch, 1, &format!("a number is {}", FIRST_ID + 3));
        assert_eq!(watch.telling(), 1);
    }
}
