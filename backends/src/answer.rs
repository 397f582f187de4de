//! What comes of one attempt: words as they arrive, their end, their price; or how it failed.

use crate::chunk::{self, Chunk};
use crate::port::{Clock, Finish, Reply, Usage, Why};
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use nameless_domain::companion::money::Micros;
use nameless_domain::companion::reasoning::{Shown, Stripper, take};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Bytes of an answer's words, and of a body that is no stream, at most.
const MOST_WORDS: usize = 256 * 1024;
const MOST_BODY: usize = 1024 * 1024;

/// How one attempt failed.
pub(crate) struct Attempt {
    pub(crate) why: Why,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) unknown: bool,
    pub(crate) shown: bool,
}

impl Attempt {
    pub(crate) fn unsent(why: Why) -> Attempt {
        Attempt { why, status: None, retry_after: None, unknown: false, shown: false }
    }

    pub(crate) fn unknown(why: Why) -> Attempt {
        Attempt { unknown: true, ..Attempt::unsent(why) }
    }
}

/// The next moment at which something must have come.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) clock: Clock,
    pub(crate) at: Instant,
}

impl Limit {
    pub(crate) fn sooner(clock: Clock, at: Instant, total: Instant) -> Limit {
        if at < total { Limit { clock, at } } else { Limit { clock: Clock::Total, at: total } }
    }
}

/// What an event did.
pub(crate) enum Step {
    Nothing,
    Words,
    Finished,
    Done,
}

/// What came of an answer.
#[derive(Default)]
pub(crate) struct Answer {
    stripper: Stripper,
    text: String,
    raw: usize,
    pub(crate) finish: Option<Finish>,
    usage: Option<Usage>,
    cost: Option<Micros>,
    model: Option<String>,
}

impl Answer {
    pub(crate) fn take(&mut self, event: &str, on: &mut (dyn FnMut(&Shown) + Send)) -> Result<Step, Attempt> {
        match event.trim() {
            "" => return Ok(Step::Nothing),
            "[DONE]" => return Ok(Step::Done),
            _ => {}
        }
        let chunk = chunk::read(event).map_err(|inside| self.failed(inside.why, inside.status))?;
        let Chunk { words, finish, usage, cost, model } = chunk;
        self.usage = usage.or(self.usage);
        self.cost = cost.or(self.cost);
        self.model = model.or(self.model.take());
        let mut step = Step::Nothing;
        if let Some(words) = words {
            self.raw += words.len();
            if self.raw > MOST_WORDS {
                return Err(self.failed(Why::TooLarge, None));
            }
            let shown = self.stripper.push(&words);
            if self.show(shown, on) {
                step = Step::Words;
            }
        }
        if finish.is_some() && self.finish.is_none() {
            self.finish = finish;
            step = Step::Finished;
        }
        Ok(step)
    }

    fn show(&mut self, shown: Shown, on: &mut (dyn FnMut(&Shown) + Send)) -> bool {
        if shown == Shown::default() {
            return false;
        }
        on(&shown);
        take(&mut self.text, shown);
        true
    }

    /// A failure after a 200: it may have been charged.
    pub(crate) fn failed(&self, why: Why, status: Option<u16>) -> Attempt {
        Attempt { status, shown: !self.text.is_empty(), ..Attempt::unknown(why) }
    }

    pub(crate) fn end(mut self, on: &mut (dyn FnMut(&Shown) + Send)) -> Result<Reply, Attempt> {
        let rest = std::mem::take(&mut self.stripper).end();
        self.show(Shown { anew: false, text: rest }, on);
        let Some(finish) = self.finish.take() else { return Err(self.failed(Why::CutOff, None)) };
        if self.text.trim().is_empty() {
            return Err(self.failed(Why::Empty, None));
        }
        let Answer { text, usage, cost, model, .. } = self;
        Ok(Reply { text, finish, usage, cost, model, unknown_attempts: 0 })
    }
}

/// An answer of a server that does not stream.
pub(crate) async fn whole(
    response: Response<Incoming>,
    limit: Limit,
    on: &mut (dyn FnMut(&Shown) + Send),
) -> Result<Reply, Attempt> {
    let bytes = body(response.into_body(), limit).await.map_err(Attempt::unknown)?;
    let mut answer = Answer::default();
    answer.take(&String::from_utf8_lossy(&bytes), on)?;
    answer.end(on)
}

/// Reads a body, at most so much of it, until the limit.
pub(crate) async fn body(body: Incoming, limit: Limit) -> Result<Vec<u8>, Why> {
    body_within(body, limit, MOST_BODY).await
}

/// The same with a bound of its own.
pub(crate) async fn body_within(mut body: Incoming, limit: Limit, most: usize) -> Result<Vec<u8>, Why> {
    let mut all = Vec::new();
    loop {
        let frame = timeout_at(limit.at, body.frame()).await.map_err(|_| Why::Late(limit.clock))?;
        let Some(frame) = frame else { return Ok(all) };
        let part = frame.map_err(|_| Why::CutOff)?.into_data().unwrap_or_default();
        if all.len() + part.len() > most {
            return Err(Why::TooLarge);
        }
        all.extend_from_slice(&part);
    }
}
