//! Tests of reading what Telegram sends.

mod batches;
mod broken;
mod examples;
mod hostile;
mod judge;
mod leaks;
mod newer;
mod samples;
