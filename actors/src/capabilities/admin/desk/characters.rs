//! What talks with characters cost, as operators see it.

use super::super::page::Page;
use crate::admin::board::Board;
use nameless_domain::text::Msg;
use serde::Serialize;

/// What counted under a cap on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpendLine {
    /// The day in UTC, like `2026-11-29`.
    pub day: String,
    /// The cap: `all`, or `back_end:NAME`.
    pub cap: String,
    /// What calls have cost, in millionths of the prices' currency.
    pub spent: i64,
    /// What calls under way may cost at most.
    pub reserved: i64,
    /// Calls.
    pub calls: i64,
    /// Calls that are under way.
    pub open: i64,
}

/// What came of a look at characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Characters {
    /// What was spent, the newest day first.
    Spend(Page<SpendLine>),
}

impl Characters {
    pub(super) fn lines(&self) -> Vec<Msg> {
        let Characters::Spend(page) = self;
        match page.items.is_empty() {
            true => vec![Msg::new("admin-spend-none")],
            false => page.items.iter().map(line).collect(),
        }
    }

    pub(super) fn take_effect(&self, _: &Board) {}
}

/// An amount of millionths in whole ones, with four decimals.
pub fn amount(micros: i64) -> String {
    format!("{:.4}", micros as f64 / 1e6)
}

fn line(line: &SpendLine) -> Msg {
    Msg::new("admin-spend-line")
        .words("day", line.day.clone())
        .words("cap", line.cap.clone())
        .words("spent", amount(line.spent))
        .words("reserved", amount(line.reserved))
        .number("calls", line.calls)
        .number("open", line.open)
}
