//! Vectors of texts: OpenAI's `/embeddings`
//! (<https://platform.openai.com/docs/api-reference/embeddings/create>), which llama.cpp, Ollama
//! and vLLM speak too. One blocking call, never made again by itself, with its own breaker and
//! bulkhead.

use crate::answer::Attempt;
use crate::breaker::{Breaker, BreakerSettings};
use crate::chat::{BadAddress, Clocks};
use crate::exchange::{Ask, Exchange, SMALL};
use crate::port::{Call, Clock, Embedded, Embedder, Failure, Why};
use nameless_domain::companion::money::Micros;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Bytes that a number takes in JSON at most, beside what an answer may have in any case.
const A_NUMBER: usize = 32;

/// A back end, as configured.
#[derive(Clone, Debug)]
pub struct EmbeddingSettings {
    /// What stands before `/embeddings`.
    pub url: String,
    /// The key; none for local servers.
    pub key: Option<SecretString>,
    /// Which model.
    pub model: String,
    /// Numbers of a vector; an answer with others is none.
    pub dimensions: usize,
    /// The model is told so: it cuts its vectors to that length. Most refuse to be told.
    pub cut: bool,
    /// How long a call may take: `first` is for the head of the answer.
    pub clocks: Clocks,
    /// Calls at once; more are refused, not queued.
    pub places: usize,
    /// When it is left alone.
    pub breaker: BreakerSettings,
}

impl EmbeddingSettings {
    /// Clocks for a server that has nothing to write.
    pub fn clocks() -> Clocks {
        let s = Duration::from_secs;
        Clocks { connect: s(3), first: s(20), between: s(10), total: s(30) }
    }
}

/// A server that makes vectors.
pub struct EmbeddingBackEnd {
    exchange: Exchange,
    settings: EmbeddingSettings,
    places: Semaphore,
    breaker: Mutex<Breaker>,
}

/// An answer, as far as it is read.
#[derive(Deserialize)]
struct Answer {
    data: Vec<One>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct One {
    index: Option<usize>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u32>,
    total_tokens: Option<u32>,
    /// OpenRouter's.
    cost: Option<f64>,
}

impl EmbeddingBackEnd {
    /// Connects at the first call.
    pub fn new(settings: EmbeddingSettings) -> Result<EmbeddingBackEnd, BadAddress> {
        let exchange = Exchange::new(&settings.url, (settings.key.as_ref(), false), settings.clocks)?;
        let (places, breaker) = (Semaphore::new(settings.places), Breaker::new(settings.breaker));
        Ok(EmbeddingBackEnd { exchange, places, breaker: Mutex::new(breaker), settings })
    }

    /// Whether calls are refused now, for health pages.
    pub fn is_open(&self) -> bool {
        self.with_breaker(|breaker| breaker.is_open(std::time::Instant::now()))
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn call(&self, texts: &[String], within: Option<Duration>) -> Result<Embedded, Failure> {
        let total = self.settings.clocks.total;
        let within = within.map_or(total, |within| within.min(total));
        let Ok(_place) = self.places.try_acquire() else { return Err(Failure::unsent(Why::Full)) };
        if !self.with_breaker(|breaker| breaker.admits(std::time::Instant::now(), within)) {
            return Err(Failure::unsent(Why::Open));
        }
        match self.attempt(texts, Instant::now() + within).await {
            Ok(embedded) => {
                self.with_breaker(Breaker::well);
                Ok(embedded)
            }
            Err(failed) => {
                self.note(&failed);
                let Attempt { why, status, retry_after, unknown, .. } = failed;
                let unknown_attempts = u32::from(unknown);
                Err(Failure { why, status, retry_after, attempts: 1, unknown_attempts, shown: false })
            }
        }
    }

    async fn attempt(&self, texts: &[String], until: Instant) -> Result<Embedded, Attempt> {
        let EmbeddingSettings { model, dimensions, cut, .. } = &self.settings;
        let mut body = json!({ "model": model, "input": texts, "encoding_format": "float" });
        if *cut {
            body["dimensions"] = json!(dimensions);
        }
        let numbers = texts.len().saturating_mul(*dimensions);
        let most = SMALL.saturating_add(numbers.saturating_mul(A_NUMBER));
        let ask = Ask { path: "/embeddings", body: Some(&body), most, clock: Clock::First };
        let bytes = self.exchange.ask(ask, until).await?;
        // An error inside a 200 is malformed as well; what it cost is not known.
        let malformed = || Attempt::unknown(Why::Malformed);
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        let vectors = ordered(answer.data, texts.len(), *dimensions).ok_or_else(malformed)?;
        let usage = answer.usage.as_ref();
        // No text takes none: who says so has not counted.
        let tokens = usage.and_then(|usage| usage.prompt_tokens.or(usage.total_tokens));
        Ok(Embedded {
            vectors,
            tokens: tokens.filter(|tokens| *tokens > 0),
            cost: usage.and_then(|usage| usage.cost).and_then(Micros::of_units),
        })
    }

    /// Tells the breaker how a call ended.
    fn note(&self, failed: &Attempt) {
        let now = std::time::Instant::now();
        self.with_breaker(|breaker| match failed.why {
            Why::Unreachable | Why::Broken | Why::Late(_) | Why::CutOff | Why::Malformed | Why::TooLarge => {
                breaker.strike(now);
            }
            Why::Busy => match failed.retry_after {
                Some(after) => breaker.hold(now + after.min(self.settings.clocks.total)),
                None => breaker.strike(now),
            },
            Why::Refused | Why::Account | Why::ContextTooLong | Why::Empty => breaker.well(),
            Why::Open | Why::Full | Why::Unsendable => breaker.unsaid(),
        });
    }
}

/// One vector for each text, in their order; none where one is missing, stands twice, is of another
/// length, or holds what is no number.
fn ordered(data: Vec<One>, texts: usize, dimensions: usize) -> Option<Vec<Vec<f32>>> {
    if data.len() != texts {
        return None;
    }
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (at, one) in data.into_iter().enumerate() {
        let is_one = one.embedding.len() == dimensions && one.embedding.iter().all(|n| n.is_finite());
        let place = vectors.get_mut(one.index.unwrap_or(at))?;
        if !is_one || place.replace(one.embedding).is_some() {
            return None;
        }
    }
    vectors.into_iter().collect()
}

impl Embedder for EmbeddingBackEnd {
    fn vectors<'c>(
        &'c self,
        texts: &'c [String],
        within: Option<Duration>,
    ) -> Call<'c, Result<Embedded, Failure>> {
        Box::pin(self.call(texts, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(index: Option<usize>, embedding: &[f32]) -> One {
        One { index, embedding: embedding.to_vec() }
    }

    #[test]
    fn vectors_are_given_in_the_order_of_their_texts() {
        let mixed = vec![one(Some(1), &[3.0, 4.0]), one(Some(0), &[1.0, 2.0])];
        assert_eq!(ordered(mixed, 2, 2), Some(vec![vec![1.0, 2.0], vec![3.0, 4.0]]));
        let plain = vec![one(None, &[1.0, 2.0]), one(None, &[3.0, 4.0])];
        assert_eq!(ordered(plain, 2, 2), Some(vec![vec![1.0, 2.0], vec![3.0, 4.0]]));
    }

    #[test]
    fn an_answer_that_is_none_is_not_taken_for_one() {
        let good = || one(Some(0), &[1.0, 2.0]);
        for wrong in [
            vec![],
            vec![good(), one(Some(1), &[1.0, 2.0]), one(Some(2), &[1.0, 2.0])],
            vec![good(), good()],
            vec![good(), one(Some(7), &[1.0, 2.0])],
            vec![good(), one(Some(usize::MAX), &[1.0, 2.0])],
            vec![good(), one(Some(1), &[1.0])],
            vec![good(), one(Some(1), &[1.0, f32::INFINITY])],
            vec![good(), one(Some(1), &[1.0, f32::NAN])],
        ] {
            assert_eq!(ordered(wrong, 2, 2), None);
        }
    }
}
