//! Workers from outside: what they are asked, what they answer, and what they cannot do.

mod accuracy;
mod corpus;
mod drawn;
mod hostile;
#[cfg(target_os = "linux")]
mod locked;
mod pool;
mod random;
mod support;
mod talking;
