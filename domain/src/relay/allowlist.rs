//! What may pass.
