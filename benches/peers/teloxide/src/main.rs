//! A bot.
fn main() {}
