//! Dating at the edges of the program. So far: the comparison of orders of cards.

pub mod cli;
mod plot;
