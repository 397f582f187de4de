//! The course of a broadcast, from its draft to its end.

use serde::{Deserialize, Serialize};

/// Where a broadcast stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody gets it yet.
    Draft,
    /// It goes from one to the next.
    Running,
    /// It waits to go on.
    Paused,
    /// Everybody has it who was to get it.
    Done,
    /// Nobody else gets it.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] = [State::Draft, State::Running, State::Paused, State::Done, State::Cancelled];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Running => "running",
            State::Paused => "paused",
            State::Done => "done",
            State::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Where an operator's word leads from here; none if it makes no sense here.
    pub fn after(self, steer: Steer) -> Option<State> {
        match (self, steer) {
            (State::Draft, Steer::Start) | (State::Paused, Steer::Resume) => Some(State::Running),
            (State::Running, Steer::Pause) => Some(State::Paused),
            (State::Draft | State::Running | State::Paused, Steer::Cancel) => Some(State::Cancelled),
            _ => None,
        }
    }

    /// Whether nothing more becomes of it.
    pub fn is_over(self) -> bool {
        matches!(self, State::Done | State::Cancelled)
    }
}

/// What an operator wants of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Steer {
    /// A draft is to be sent.
    Start,
    /// It is to wait.
    Pause,
    /// It is to go on.
    Resume,
    /// Nobody else is to get it.
    Cancel,
}

impl Steer {
    /// Every one.
    pub const ALL: [Steer; 4] = [Steer::Start, Steer::Pause, Steer::Resume, Steer::Cancel];

    /// As it is called in addresses and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Steer::Start => "start",
            Steer::Pause => "pause",
            Steer::Resume => "resume",
            Steer::Cancel => "cancel",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Steer> {
        Steer::ALL.into_iter().find(|steer| steer.name() == name)
    }
}
