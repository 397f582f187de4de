//! What is asked of the port, and what the session is told.

mod event;
mod request;
mod told;

pub use event::Event;
pub use request::Request;
pub use told::{
    BadOwn, BadShare, Dialog, Fact, Held, OwnCard, OwnLine, OwnStep, OwnWords, SharedCard, Standing, Summed,
    Trouble,
};
