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
pub use centerface::{CenterFace, EDIT as CENTERFACE_EDIT};
pub use files::{Folder, LoadError};
pub use nsfw::{OpenNsfw, values as nsfw_values};
pub use runtime::{Ran, Runtime, Session};
pub use yunet::{EDIT as YUNET_EDIT, YuNet};
