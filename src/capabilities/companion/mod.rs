//! AI companions at the edges of the program. So far: the characters that ship.

pub mod cli;
