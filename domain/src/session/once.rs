//! What is said once where several messages ask for it: of an album, which comes as a message for
//! each item, and of words that come in a burst while nobody is there to hear them.

use crate::relay::allowlist::Findings;
use crate::session::{SessionCore, Turn};
use crate::text::Screen;
use crate::time::Millis;

/// Messages that follow each other within this time are one burst, milliseconds.
const BURST_MS: i64 = 5_000;
/// However long a burst lasts, its answer is given again after this time, milliseconds.
const AGAIN_MS: i64 = 60_000;

/// What was said last. Not kept: said twice by a later life is better than not at all.
#[derive(Debug, Default)]
pub(super) struct Once {
    /// The album that the next two are of.
    album: String,
    keys: Vec<&'static str>,
    findings: Findings,
    /// The last answer to words, when it was given, and when words came last.
    answer: Option<(&'static str, Millis, Millis)>,
}

impl SessionCore {
    /// Answers words that nobody is there to hear, once for a burst.
    pub(crate) fn answer_words(&mut self, screen: Screen, turn: &mut Turn<'_>) {
        let (key, now) = (screen.text.key, turn.now());
        let once = self.once.get_or_insert_default();
        // A clock that was set back says nothing of how long ago it was.
        let within = |since: Millis, ms| since <= now && now.since(since) < ms;
        match &mut once.answer {
            Some((last, given, heard))
                if *last == key && within(*given, AGAIN_MS) && within(*heard, BURST_MS) =>
            {
                *heard = now;
            }
            answer => {
                *answer = Some((key, now, now));
                turn.say(screen);
            }
        }
    }

    /// The user did something that is no mere word: the next word is answered in any case.
    pub(super) fn end_burst(&mut self) {
        if let Some(once) = &mut self.once {
            once.answer = None;
        }
    }

    /// Whether this line is the first of its kind for the album; always, for what belongs to none.
    pub(crate) fn first_of_album(&mut self, album: Option<&str>, key: &'static str) -> bool {
        let Some(once) = self.of_album(album) else { return true };
        let first = !once.keys.contains(&key);
        if first {
            once.keys.push(key);
        }
        first
    }

    /// The findings that no earlier item of the album had.
    pub(crate) fn new_of_album(&mut self, album: Option<&str>, findings: Findings) -> Findings {
        if findings.is_empty() {
            return findings;
        }
        let Some(once) = self.of_album(album) else { return findings };
        let new = findings.without(once.findings);
        once.findings.extend(findings);
        new
    }

    fn of_album(&mut self, album: Option<&str>) -> Option<&mut Once> {
        let album = album?;
        let once = self.once.get_or_insert_default();
        if once.album != album {
            let answer = once.answer;
            **once = Once { album: album.to_owned(), answer, ..Once::default() };
        }
        Some(once)
    }
}
