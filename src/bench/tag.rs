//! The number that each message carries: who sent it, and which of theirs it is.
//!
//! Written in letters, at the end of a text or caption. Digits could be taken for a phone number
//! and masked, and a bot may put something before what it relays.

/// What no filler word contains; the letters below lack both.
const MARK: &str = "xq";
/// One letter for four bits. None of them resembles a digit.
const LETTERS: &[u8; 16] = b"bcdfghjkmnprtvwy";
/// Letters behind the mark: six for the sender, seven for the number, one as a checksum.
const LENGTH: usize = 14;

/// A message's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Index of the sender, below 2^24.
    pub sender: u32,
    /// Which of the sender's messages, below 2^28.
    pub number: u32,
}

/// Number of the messages that find out who is in a chat with whom.
pub const PROBE: u32 = (1 << 28) - 1;

impl Tag {
    fn bits(self) -> u64 {
        (u64::from(self.sender) & 0xFF_FFFF) << 28 | (u64::from(self.number) & 0xFFF_FFFF)
    }

    fn checksum(bits: u64) -> u64 {
        (0..13).fold(7, |sum, i| (sum * 3 + ((bits >> (4 * i)) & 15)) & 15)
    }

    /// Appends the tag to a text.
    pub fn write(self, text: &mut String) {
        let bits = self.bits();
        text.push_str(MARK);
        for i in (0..13).rev() {
            text.push(LETTERS[((bits >> (4 * i)) & 15) as usize].into());
        }
        text.push(LETTERS[Tag::checksum(bits) as usize].into());
    }

    /// The last tag in a text.
    pub fn find(text: &str) -> Option<Tag> {
        let at = text.rfind(MARK)? + MARK.len();
        let letters = text.as_bytes().get(at..at + LENGTH)?;
        let mut bits = 0;
        for letter in letters {
            let value = LETTERS.iter().position(|l| l == letter)?;
            bits = bits << 4 | value as u64;
        }
        let (bits, sum) = (bits >> 4, bits & 15);
        let tag = Tag { sender: (bits >> 28) as u32, number: (bits & 0xFFF_FFFF) as u32 };
        (sum == Tag::checksum(bits)).then_some(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::random::Random;

    #[test]
    fn what_is_written_is_found() {
        let mut random = Random::for_purpose(1, 1);
        for _ in 0..1000 {
            let tag = Tag { sender: random.below(1 << 24) as u32, number: random.below(1 << 28) as u32 };
            let mut text = "Partner: how are you ".to_owned();
            tag.write(&mut text);
            assert_eq!(Tag::find(&text), Some(tag), "{text}");
            text.push_str(" (said they)");
            assert_eq!(Tag::find(&text), Some(tag), "{text}");
        }
    }

    #[test]
    fn what_is_no_tag_is_not_found() {
        for text in [
            "",
            "xq",
            "how are you",
            "xqbbbbbbbbbbbbb",
            "xqbbbbbbbbbbbbbb",
            "xqбббббббббббббб",
            "xqaaaaaaaaaaaaaa",
        ] {
            assert_eq!(Tag::find(text), None, "{text}");
        }
    }
}
