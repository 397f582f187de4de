//! Tests of reading what Telegram sends.

mod batches;
mod examples;
mod hostile;
mod judge;
mod leaks;
mod samples;
