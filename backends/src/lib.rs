//! Clients of the back ends that AI companions talk and draw through.
//!
//! - `port`: what the engine asks of a back end, and how a call ends.
//! - `sse`, `chunk`: a stream's bytes to events, events to words.
//! - `dialect`: what differs between servers that speak OpenAI's chat completions.
//! - `retry`, `breaker`: when a call is made again, and when none is made.
//! - `http`, `chat`: the call itself, under four clocks; `answer`: what comes of an attempt.
//! - `image`: pictures, in three dialects; `embed`: vectors of texts; `exchange`: what both ask by.

mod answer;
mod breaker;
mod chat;
mod chunk;
mod dialect;
mod embed;
mod exchange;
mod http;
mod image;
pub mod port;
mod retry;
mod sse;

pub use breaker::{Breaker, BreakerSettings};
pub use chat::{BadAddress, ChatBackEnd, Clocks, Settings};
pub use dialect::{Dialect, Dry, Sampling};
pub use embed::{EmbeddingBackEnd, EmbeddingSettings};
pub use image::{BadWorkflow, Drawing, DrawingSettings, ImageBackEnd, ImageDialect, Workflow, clean_picture};
pub use sse::{LineTooLong, Reader};
