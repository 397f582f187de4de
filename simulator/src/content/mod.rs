//! Texts: length, entities, HTML.

pub(crate) mod entities;
pub(crate) mod html;
pub(crate) mod text;
