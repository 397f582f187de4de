//! How a worker locks itself up, layer upon layer, before it reads its first byte. Each layer stops
//! what slips through the others: Landlock knows nothing of UDP, a filter of system calls knows no
//! paths, and neither keeps a core dump from holding the photo.
//!
//! A process can do all this to itself without any privilege, inside Docker's default profile as
//! well. It needs no namespaces.
//!
//! | layer | what it takes away |
//! | --- | --- |
//! | environment | secrets that the engine was started with |
//! | descriptors | files and sockets that were open in the engine |
//! | one thread | threads that the later layers would not reach |
//! | no new privileges | set-user-id programs |
//! | while loading | sockets, threads, programs, writing: already while models are loaded |
//! | privileges | being root, every capability, every group |
//! | not dumpable | being read or traced by others of the same user; the photo in a core dump |
//! | dies with its parent | living on unsupervised |
//! | limits | memory, files, processes, time |
//! | files | every path, every TCP port, signals to others (Landlock) |
//! | calls | every system call but those that decoding and inferring need (seccomp) |

#[cfg(target_os = "linux")]
pub mod calls;
#[cfg(target_os = "linux")]
pub mod files;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod process;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A layer, by what it takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerName {
    /// Nothing in the environment but what the runtime needs to keep quiet.
    Environment,
    /// Standard input, output and error only.
    Descriptors,
    /// Nobody else runs in the process.
    OneThread,
    /// No program gives it more rights than it has.
    NoNewPrivileges,
    /// While the models load: no socket, no thread, no program, no file made or changed.
    WhileLoading,
    /// Not root, no capability, no group.
    Privileges,
    /// No core dump, not traced by others.
    NotDumpable,
    /// Killed when the engine's thread that started it ends.
    DiesWithParent,
    /// Memory, files, processes, time.
    Limits,
    /// Landlock.
    Files,
    /// seccomp.
    Calls,
}

/// How a layer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It holds.
    Holds,
    /// It holds as far as this kernel can; what is missing another layer takes away.
    Partly(String),
    /// It does not hold, and why.
    Missing(String),
}

/// A layer and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Which.
    pub name: LayerName,
    /// How it stands.
    pub state: State,
}

/// All layers, in the order in which they were laid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers(pub Vec<Layer>);

impl Layers {
    /// The layers that do not hold.
    pub fn missing(&self) -> impl Iterator<Item = &Layer> {
        self.0.iter().filter(|layer| matches!(layer.state, State::Missing(_)))
    }

    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    fn lay(&mut self, name: LayerName, result: Result<State, String>) {
        let state = result.unwrap_or_else(State::Missing);
        self.0.push(Layer { name, state });
    }
}

impl fmt::Display for Layers {
    /// One line, for `check-config`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, layer) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            let name = serde_json::to_value(layer.name).unwrap_or_default();
            let name = name.as_str().unwrap_or_default().replace('_', " ");
            match &layer.state {
                State::Holds => write!(formatter, "{separator}{name}")?,
                State::Partly(what) => write!(formatter, "{separator}{name} (partly: {what})")?,
                State::Missing(why) => write!(formatter, "{separator}no {name} ({why})")?,
            }
        }
        Ok(())
    }
}

/// What to do where a layer does not hold: `FACE_SANDBOX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// The worker refuses to work.
    #[default]
    Require,
    /// It works with what holds.
    Best,
}

impl std::str::FromStr for Demand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "require" => Ok(Self::Require),
            "best" => Ok(Self::Best),
            other => Err(format!("{other} is neither `require` nor `best`")),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Require => "require",
            Self::Best => "best",
        })
    }
}

/// What can be done before the models are loaded, which opens files.
#[cfg(target_os = "linux")]
pub fn before_loading(layers: &mut Layers) {
    layers.lay(LayerName::Environment, process::environment());
    layers.lay(LayerName::Descriptors, process::descriptors());
    layers.lay(LayerName::NoNewPrivileges, process::no_new_privileges());
    // Each is laid whatever became of the other.
    let (writing, deadly) = (files::forbid_writing(), calls::forbid_deadly());
    layers.lay(LayerName::WhileLoading, writing.and(deadly));
    // Once here, as a crash while loading leaves a core as well; and again when the user has
    // changed.
    let _ = process::not_dumpable();
    let _ = process::dies_with(None);
}

/// What is done after it. `parent` is the engine's process id: who has another parent by now is an
/// orphan and goes.
#[cfg(target_os = "linux")]
pub fn after_loading(layers: &mut Layers, parent: Option<u32>) {
    // Loading is not held up: whoever waits for a worker waits for this.
    process::step_back();
    layers.lay(LayerName::OneThread, process::one_thread());
    // While `/proc` can still be read; the number of descriptors last, as Landlock takes one.
    let limits = limits::set();
    layers.lay(LayerName::Privileges, process::drop_privileges());
    layers.lay(LayerName::NotDumpable, process::not_dumpable());
    layers.lay(LayerName::DiesWithParent, process::dies_with(parent));
    layers.lay(LayerName::Files, files::forbid());
    layers.lay(LayerName::Limits, limits.and_then(|state| limits::no_more_descriptors().map(|()| state)));
    layers.lay(LayerName::Calls, calls::forbid_others());
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{LayerName, Layers};

    /// Nothing: these layers are Linux's.
    pub fn before_loading(_: &mut Layers) {}

    /// Nothing: these layers are Linux's.
    pub fn after_loading(layers: &mut Layers, _: Option<u32>) {
        layers.lay(LayerName::Calls, Err("this is not Linux".into()));
    }
}
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{after_loading, before_loading};
