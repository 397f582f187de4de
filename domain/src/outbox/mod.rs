//! Pacing of what leaves.
