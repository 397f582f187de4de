//! A frame: version, kind, length (32 bits, lowest byte first), body. Who reads gives it a bound
//! for each kind before a single byte of the body is kept.

/// Version of the protocol. Worker and engine are one binary, so a difference means that somebody
/// replaced it under a running engine: the worker is started anew then.
pub const VERSION: u8 = 1;
/// Bytes of a request's body at most: a picture of 20 MiB and its head.
pub const LONGEST_REQUEST: usize = (20 << 20) + 64;
/// Bytes of an answer's body at most; about two hundred faces.
pub const LONGEST_ANSWER: usize = 64 << 10;

pub(super) const HEAD: usize = 6;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The worker's first words.
    Hello = 1,
    /// A picture to look at.
    Request = 2,
    /// What was found out.
    Answer = 3,
}

impl Kind {
    const fn longest(self) -> usize {
        match self {
            Self::Request => LONGEST_REQUEST,
            Self::Hello | Self::Answer => LONGEST_ANSWER,
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it holds.
    pub kind: Kind,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What was read is no frame. There is no way back into step: the worker has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The other side speaks another version.
    #[error("protocol version {0} instead of {VERSION}")]
    Version(u8),
    /// Nothing that the other side may say, or not what its kind says.
    #[error("a malformed frame")]
    Malformed,
    /// Longer than its kind allows.
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
}

/// Appends a frame whose body is given in parts.
///
/// # Errors
/// When it is longer than its kind allows.
pub fn write_frame(out: &mut Vec<u8>, kind: Kind, parts: &[&[u8]]) -> Result<(), FrameError> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let told =
        u32::try_from(length).ok().filter(|_| length <= kind.longest()).ok_or(FrameError::TooLong(length))?;
    out.extend_from_slice(&[VERSION, kind as u8]);
    out.extend_from_slice(&told.to_le_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// Cuts what arrives into frames, however it arrives. Holds at most one frame and what came along
/// with its end.
#[derive(Debug)]
pub struct Frames {
    buffer: Vec<u8>,
    expected: &'static [Kind],
}

impl Frames {
    /// Reads what a worker says.
    #[must_use]
    pub fn of_worker() -> Self {
        Self { buffer: Vec::new(), expected: &[Kind::Hello, Kind::Answer] }
    }

    /// Reads what the engine says.
    #[must_use]
    pub fn of_engine() -> Self {
        Self { buffer: Vec::new(), expected: &[Kind::Request] }
    }

    /// Takes what arrived. To be followed by [`next`](Self::next) until that has no more.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// What arrived behind the frames that were taken.
    #[must_use]
    pub fn rest(self) -> Vec<u8> {
        self.buffer
    }

    /// The next whole frame, if it has arrived.
    ///
    /// # Errors
    /// As soon as a head is not that of a frame the other side may send.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        let head = self.buffer.get(..HEAD)?;
        if head[0] != VERSION {
            return Some(Err(FrameError::Version(head[0])));
        }
        let Some(&kind) = self.expected.iter().find(|&&kind| kind as u8 == head[1]) else {
            return Some(Err(FrameError::Malformed));
        };
        let length = u32::from_le_bytes([head[2], head[3], head[4], head[5]]) as usize;
        if length > kind.longest() {
            return Some(Err(FrameError::TooLong(length)));
        }
        if self.buffer.len() < HEAD + length {
            return None;
        }
        let rest = self.buffer.split_off(HEAD + length);
        let mut body = std::mem::replace(&mut self.buffer, rest);
        body.drain(..HEAD);
        Some(Ok(Frame { kind, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_frame(&mut out, kind, &[body]).unwrap();
        out
    }

    #[test]
    fn frames_are_cut_however_they_arrive() {
        let bytes = [frame(Kind::Request, b"one"), frame(Kind::Request, b""), frame(Kind::Request, b"three")]
            .concat();
        for step in 1..=bytes.len() {
            let mut frames = Frames::of_engine();
            let mut bodies = Vec::new();
            for part in bytes.chunks(step) {
                frames.push(part);
                while let Some(frame) = frames.next() {
                    bodies.push(frame.unwrap().body);
                }
            }
            assert_eq!(bodies, [&b"one"[..], b"", b"three"]);
        }
    }

    #[test]
    fn a_bad_head_is_told_before_its_body() {
        let told = |head: &[u8]| {
            let mut frames = Frames::of_worker();
            frames.push(head);
            frames.next()
        };
        assert_eq!(told(&[2, 1, 0, 0, 0, 0]), Some(Err(FrameError::Version(2))));
        // The worker asks nothing.
        assert_eq!(told(&[1, Kind::Request as u8, 0, 0, 0, 0]), Some(Err(FrameError::Malformed)));
        assert_eq!(told(&[1, 9, 0, 0, 0, 0]), Some(Err(FrameError::Malformed)));
        assert_eq!(told(&[1, 3, 0, 0, 0, 0xff]), Some(Err(FrameError::TooLong(0xff00_0000))));
        assert_eq!(told(&[1, 3, 0, 0, 0]), None);
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let mut out = Vec::new();
        let long = vec![0; LONGEST_ANSWER + 1];
        assert_eq!(
            write_frame(&mut out, Kind::Answer, &[&long]),
            Err(FrameError::TooLong(LONGEST_ANSWER + 1))
        );
        assert!(out.is_empty());
    }
}
