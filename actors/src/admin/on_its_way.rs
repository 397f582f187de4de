//! Which lines of operators are on their way.

use rustc_hash::FxHashSet;
use std::sync::Mutex;

/// Numbers of lines that are on their way, or have left and are not yet marked so. They are not to
/// be said a second time meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Telling(pub(super) Mutex<FxHashSet<i64>>);
