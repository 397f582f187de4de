//! Finds what identifies in words: links, @names, e-mail addresses, names in messengers, phone
//! numbers.
//!
//! A text is folded ([`super::fold`]) and cut into words ([`super::tokens`]); then each family of
//! rules judges it: [`super::links`], [`super::at`], [`super::handle`], [`super::number`]. Every
//! part that is masked, and every part that looked suspicious and stays, is a [`Verdict`] that
//! names its rule.
//!
//! Not found: a bare name without a sign of what it is, what is spread over messages, and what is
//! drawn. docs/masking.md tells what is found how surely.

use super::tokens::Tokens;
use super::verdict::{Ruling, Verdict};
use super::{at, handle, links, number};
use crate::relay::content::Finding;

/// A part of a text to be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Why.
    pub why: Finding,
}

/// Every decision about `text`, in no particular order; they may overlap.
pub(super) fn judge(text: &str) -> Vec<Verdict> {
    let mut tokens = Tokens::new(text);
    links::judge(&mut tokens);
    at::judge(&mut tokens);
    handle::judge(&mut tokens);
    number::judge(&mut tokens);
    tokens.verdicts
}

/// Appends what is to be masked in `text` to `spans`, in no particular order; they may overlap.
pub(super) fn scan(text: &str, spans: &mut Vec<Span>) {
    spans.extend(judge(text).into_iter().filter_map(|Verdict { start, end, ruling }| match ruling {
        Ruling::Masked(rule) => Some(Span { start, end, why: rule.finding() }),
        Ruling::Passed(_) => None,
    }));
}
