//! Which kinds of messages people send, and what they say.

use super::tag::Tag;
use nameless_domain::random::Random;
use nameless_simulator::Outgoing;
use std::fmt;
use std::str::FromStr;

/// A kind of message. All of them carry a text or a caption, hence a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that answers the newest message of the partner; a plain one as long as there is none.
    Reply,
    /// A photo.
    Photo,
    /// A video.
    Video,
    /// A silent animation.
    Animation,
    /// A voice note.
    Voice,
    /// A piece of music.
    Audio,
    /// A file.
    Document,
}

const KINDS: [(&str, Kind); 8] = [
    ("text", Kind::Text),
    ("reply", Kind::Reply),
    ("photo", Kind::Photo),
    ("video", Kind::Video),
    ("animation", Kind::Animation),
    ("voice", Kind::Voice),
    ("audio", Kind::Audio),
    ("document", Kind::Document),
];

/// Kinds with their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix(Vec<(Kind, u32)>);

/// A mix that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "not of the form text=90,photo=10 with kinds out of text, reply, photo, video, animation, voice, audio, document"
)]
pub struct BadMix;

impl FromStr for Mix {
    type Err = BadMix;

    fn from_str(text: &str) -> Result<Mix, BadMix> {
        let part = |part: &str| {
            let (name, weight) = part.split_once('=').ok_or(BadMix)?;
            let kind = KINDS.iter().find(|(known, _)| *known == name.trim()).ok_or(BadMix)?.1;
            Ok((kind, weight.trim().parse().ok().filter(|w| *w <= 1_000_000).ok_or(BadMix)?))
        };
        let parts: Vec<(Kind, u32)> = text.split(',').map(part).collect::<Result<_, _>>()?;
        if parts.iter().all(|(_, weight)| *weight == 0) || parts.len() > KINDS.len() {
            return Err(BadMix);
        }
        Ok(Mix(parts))
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (kind, weight)) in self.0.iter().enumerate() {
            let name = KINDS.iter().find(|(_, k)| k == kind).map_or("", |(name, _)| name);
            write!(f, "{}{name}={weight}", if n > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

/// What people say around the number: 15 to 90 characters, in two languages.
const PHRASES: [&str; 8] = [
    "hi, how was your day?",
    "привет, как дела?",
    "I have just come home, it is raining all day long here",
    "сегодня весь день сижу дома и читаю",
    "what music do you listen to when you work?",
    "а я вчера ходил в кино, фильм так себе, но компания была хорошая",
    "ha, same here",
    "let us talk about something nice, tell me of a place where you would like to live",
];

impl Mix {
    /// Texts only.
    pub fn texts() -> Mix {
        Mix(vec![(Kind::Text, 1)])
    }

    /// A kind by weight.
    pub fn pick(&self, random: &mut Random) -> Kind {
        if let [(kind, _)] = self.0[..] {
            return kind;
        }
        let total: u64 = self.0.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut place = random.below(total.max(1));
        for (kind, weight) in &self.0 {
            match place.checked_sub(u64::from(*weight)) {
                None => return *kind,
                Some(left) => place = left,
            }
        }
        Kind::Text
    }
}

/// A text with a number.
pub fn say(tag: Tag, random: &mut Random) -> String {
    let phrase = PHRASES[random.below(PHRASES.len() as u64) as usize];
    let mut text = String::with_capacity(phrase.len() + 20);
    text.push_str(phrase);
    text.push(' ');
    tag.write(&mut text);
    text
}

impl Kind {
    /// A message of this kind. `newest` is the newest message of the partner in this person's chat.
    pub fn message(self, text: String, newest: Option<i32>) -> Outgoing {
        match self {
            Kind::Text => Outgoing::text(text),
            Kind::Reply => match newest {
                Some(id) => Outgoing::text(text).reply_to(id),
                None => Outgoing::text(text),
            },
            Kind::Photo => Outgoing::photo().caption(text),
            Kind::Video => Outgoing::video().caption(text),
            Kind::Animation => Outgoing::animation().caption(text),
            Kind::Voice => Outgoing::voice().caption(text),
            Kind::Audio => Outgoing::audio().caption(text),
            Kind::Document => Outgoing::document().file_name("notes.txt").caption(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_read_and_shown() {
        let mix: Mix = "text=90, photo=5,reply=5".parse().unwrap();
        assert_eq!(mix.to_string(), "text=90,photo=5,reply=5");
        let mut random = Random::for_purpose(1, 1);
        let texts = (0..10_000).filter(|_| mix.pick(&mut random) == Kind::Text).count();
        assert!((8_800..9_200).contains(&texts), "{texts}");
        for bad in ["", "text", "text=x", "poll=1", "text=0", "text=-1"] {
            assert!(bad.parse::<Mix>().is_err(), "{bad}");
        }
    }

    #[test]
    fn phrases_hold_no_tag() {
        for phrase in PHRASES {
            assert_eq!(Tag::find(phrase), None);
        }
        let tag = Tag { sender: 7, number: 9 };
        assert_eq!(Tag::find(&say(tag, &mut Random::for_purpose(1, 1))), Some(tag));
    }
}
