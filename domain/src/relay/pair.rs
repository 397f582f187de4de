//! One pair.
