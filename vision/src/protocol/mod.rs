//! What engine and worker say to each other over two pipes. Either side reads bounded frames only,
//! and believes nothing beyond them: a worker that was taken over can lie about its picture, and do
//! no more.
//!
//! The worker speaks first: [`Hello`]. Then one [`Request`], one [`Answer`], and so on, until its
//! input ends.

mod frame;

use serde::{Deserialize, Serialize};

pub use frame::{Frame, FrameError, Frames, Kind, LONGEST_ANSWER, LONGEST_REQUEST, VERSION, write_frame};

use crate::{
    faces::Effort,
    failure::Failure,
    findings::{Findings, Wants},
    sandbox::Layers,
};

/// The worker's first words, said when it has locked itself up and before it has read anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Which layers of the sandbox hold.
    pub layers: Layers,
    /// Why it will not work, in one line; it ends then. None when it is ready.
    pub refuses: Option<String>,
}

/// A picture to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Comes back with the answer.
    pub id: u64,
    /// What to find out.
    pub wants: Wants,
    /// The file as it came.
    pub picture: Vec<u8>,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Of the request.
    pub id: u64,
    /// Findings, or why there are none.
    pub found: Result<Findings, Failure>,
    /// Most memory that the worker had resident so far, in KiB. [`Worker`](crate::client::Worker)
    /// puts in what the kernel says of it from outside.
    pub memory: u64,
    /// This was its last one: it ends now, in order, and another is to be started without delay.
    pub last: bool,
}

const QUICK: u8 = 1;
const CERTAIN: u8 = 2;
const NUDITY: u8 = 4;
const CODES: u8 = 8;
const HEAD: usize = 9;

impl Request {
    /// The frame, ready to be written.
    ///
    /// # Errors
    /// When the picture is longer than [`LONGEST_REQUEST`].
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        let faces = match self.wants.faces {
            None => 0,
            Some(Effort::Quick) => QUICK,
            Some(Effort::Certain) => CERTAIN,
        };
        let nudity = if self.wants.nudity { NUDITY } else { 0 };
        let codes = if self.wants.codes { CODES } else { 0 };
        let wants = faces | nudity | codes;
        let mut out = Vec::with_capacity(frame::HEAD + HEAD + self.picture.len());
        write_frame(&mut out, Kind::Request, &[&self.id.to_le_bytes(), &[wants], &self.picture])?;
        Ok(out)
    }

    /// The request that a frame holds.
    ///
    /// # Errors
    /// When the frame holds something else.
    pub fn decode(frame: &Frame) -> Result<(u64, Wants, &[u8]), FrameError> {
        let (head, picture) = frame.body.split_at_checked(HEAD).ok_or(FrameError::Malformed)?;
        if frame.kind != Kind::Request || head[8] & !(QUICK | CERTAIN | NUDITY | CODES) != 0 {
            return Err(FrameError::Malformed);
        }
        let id = u64::from_le_bytes(head[..8].try_into().map_err(|_| FrameError::Malformed)?);
        let faces = match head[8] & (QUICK | CERTAIN) {
            0 => None,
            QUICK => Some(Effort::Quick),
            CERTAIN => Some(Effort::Certain),
            _ => return Err(FrameError::Malformed),
        };
        let wants = Wants { faces, nudity: head[8] & NUDITY != 0, codes: head[8] & CODES != 0 };
        Ok((id, wants, picture))
    }
}

fn encode<T: Serialize>(kind: Kind, message: &T) -> Result<Vec<u8>, FrameError> {
    let body = serde_json::to_vec(message).map_err(|_| FrameError::Malformed)?;
    let mut out = Vec::with_capacity(frame::HEAD + body.len());
    write_frame(&mut out, kind, &[&body])?;
    Ok(out)
}

fn decode<'a, T: Deserialize<'a>>(kind: Kind, frame: &'a Frame) -> Result<T, FrameError> {
    if frame.kind != kind {
        return Err(FrameError::Malformed);
    }
    serde_json::from_slice(&frame.body).map_err(|_| FrameError::Malformed)
}

impl Hello {
    /// The frame, ready to be written.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        encode(Kind::Hello, self)
    }

    /// The first words that a frame holds.
    ///
    /// # Errors
    /// When the frame holds something else.
    pub fn decode(frame: &Frame) -> Result<Self, FrameError> {
        decode(Kind::Hello, frame)
    }
}

impl Answer {
    /// The frame, ready to be written.
    ///
    /// # Errors
    /// When it does not fit: a crowd of thousands.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        encode(Kind::Answer, self)
    }

    /// The answer that a frame holds.
    ///
    /// # Errors
    /// When the frame holds something else.
    pub fn decode(frame: &Frame) -> Result<Self, FrameError> {
        decode(Kind::Answer, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> Frame {
        let mut frames = Frames::of_engine();
        frames.push(bytes);
        frames.next().unwrap().unwrap()
    }

    #[test]
    fn a_request_comes_back() {
        for faces in [None, Some(Effort::Quick), Some(Effort::Certain)] {
            for (nudity, codes) in [(false, false), (true, false), (false, true)] {
                let wants = Wants { faces, nudity, codes };
                let request = Request { id: 7 << 40, wants, picture: b"picture".to_vec() };
                let frame = one(&request.encode().unwrap());
                assert_eq!(Request::decode(&frame).unwrap(), (7 << 40, wants, &b"picture"[..]));
            }
        }
    }

    #[test]
    fn contradictions_are_malformed() {
        for wants in [3, 16, 0xff] {
            let mut bytes = Vec::new();
            write_frame(&mut bytes, Kind::Request, &[&[0; 8], &[wants]]).unwrap();
            assert_eq!(Request::decode(&one(&bytes)), Err(FrameError::Malformed));
        }
        let mut short = Vec::new();
        write_frame(&mut short, Kind::Request, &[&[0; 8]]).unwrap();
        assert_eq!(Request::decode(&one(&short)), Err(FrameError::Malformed));
        let hello = Hello { layers: Layers::default(), refuses: Some("no".into()) };
        let mut frames = Frames::of_worker();
        frames.push(&hello.encode().unwrap());
        let frame = frames.next().unwrap().unwrap();
        assert_eq!(Hello::decode(&frame), Ok(hello));
        assert_eq!(Answer::decode(&frame), Err(FrameError::Malformed));
    }
}
