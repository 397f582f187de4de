//! The models, the runtime that runs them, and what their numbers mean. Only a worker opens these.

mod boxes;
mod centerface;
mod files;
pub mod input;
mod nsfw;
mod runtime;
pub mod wire;
mod yunet;

pub(crate) use boxes::SAME_FACE;
pub use boxes::{Bounds, Found};
// What loads the library or runs a model is the worker's alone: nobody outside this crate can name
// it, so no model ever runs in the engine's process.
pub(crate) use centerface::CenterFace;
pub use centerface::EDIT as CENTERFACE_EDIT;
pub use files::{Folder, LoadError};
pub(crate) use nsfw::{OpenNsfw, values as nsfw_values};
pub(crate) use runtime::Runtime;
pub use yunet::EDIT as YUNET_EDIT;
pub(crate) use yunet::YuNet;
