//! `nameless billing`: the books, for an operator.

use super::{Difference, Month};
use crate::app::database::Database;
use crate::capabilities::admin::cli::order;
use crate::config::Config;
use crate::store::pg::wall_clock;
use crate::store::{PgStore, rfc3339};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use nameless_actors::capabilities::{Answer, Denied, RefundState, Refunding};
use nameless_domain::capabilities::admin::{Act, Flaw, Refusal};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// Shows what was paid, and gives payments back. Payments are named by their short number, which
/// stands on the payer's receipt.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Billing {
    /// What each product brought in a month (UTC).
    Report {
        /// Which month, such as 2026-11. Without it: this one.
        #[arg(long, value_parser = month)]
        month: Option<(i64, u32)>,
        /// As CSV, for a spreadsheet.
        #[arg(long)]
        csv: bool,
    },
    /// What does not fit: payments of no order, refunds of unknown payments or that were declined.
    /// And whether the books are right.
    Differences {
        /// How many at most.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// As CSV, for a spreadsheet.
        #[arg(long)]
        csv: bool,
    },
    /// Gives a payment back and ends what of it is not used. The running bot does it, within
    /// seconds.
    Refund {
        /// The payment's number.
        #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..))]
        number: i64,
        /// Why, for your log.
        #[arg(long)]
        reason: String,
        /// How much of a payment by card, in roubles, such as 50.00. Without it: all that is left.
        #[arg(long, value_name = "ROUBLES", value_parser = kopecks)]
        part: Option<i64>,
        /// The payer's Telegram id, where they have erased themselves.
        #[arg(long, value_name = "USER_ID", value_parser = clap::value_parser!(i64).range(1..))]
        user: Option<i64>,
    },
}

fn month(text: &str) -> Result<(i64, u32), String> {
    let wrong = || "a month looks like 2026-11".to_owned();
    let (year, month) = text.split_once('-').ok_or_else(wrong)?;
    let (year, month) = (year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?);
    if !(2020..=2200).contains(&year) || !(1..=12).contains(&month) {
        return Err(wrong());
    }
    Ok((year, month))
}

/// Roubles, with or without two digits behind a dot, in kopecks.
pub(crate) fn kopecks(text: &str) -> Result<i64, String> {
    let wrong = || "a sum looks like 50 or 50.00".to_owned();
    let (roubles, rest) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=9).contains(&roubles.len()) || rest.len() != 2 || !digits(roubles) || !digits(rest) {
        return Err(wrong());
    }
    let (roubles, rest): (i64, i64) =
        (roubles.parse().map_err(|_| wrong())?, rest.parse().map_err(|_| wrong())?);
    Ok(roubles * 100 + rest).and_then(|sum| if sum > 0 { Ok(sum) } else { Err(wrong()) })
}

/// The first moment of a month.
fn begin((year, month): (i64, u32)) -> Millis {
    // From the years' first day on: at most 366 steps.
    let mut days = (year - 1970) * 365 + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
    while Millis(days * DAY_MS).date().1 != i64::from(month) {
        days += 1;
    }
    Millis(days * DAY_MS)
}

fn this_month(now: Millis) -> (i64, u32) {
    let (year, month, _) = now.date();
    (year, u32::try_from(month).unwrap_or(1))
}

fn next((year, month): (i64, u32)) -> (i64, u32) {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

impl Billing {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let database = Database::attach(config).await?;
        let done = carry_out(&database.store, self).await;
        database.close().await;
        done
    }
}

async fn carry_out(store: &PgStore, what: Billing) -> anyhow::Result<String> {
    match what {
        Billing::Report { month, csv } => {
            let month = month.unwrap_or_else(|| this_month(wall_clock()));
            let lines = store.billing_month(begin(month), begin(next(month))).await?;
            let (header, rows) = report(&lines);
            Ok(table(csv, &header, &rows, "nothing was paid"))
        }
        Billing::Differences { limit, csv } => {
            let (header, rows) = differences(&store.billing_differences(limit).await?);
            let mut said = table(csv, &header, &rows, "nothing differs");
            if !csv {
                let audit = store.billing_audit().await?;
                said.push_str(if audit.is_right() {
                    "the books are right: every account balances, and the ledger explains all premium\n"
                } else {
                    "THE BOOKS ARE WRONG:\n"
                });
                if !audit.is_right() {
                    said.push_str(&format!("{audit:?}\n"));
                }
            }
            Ok(said)
        }
        Billing::Refund { number, reason, part, user } => {
            let act = Act::Refund { payment: number, payer: user.map(UserId), part, reason };
            if act.flaw() == Some(Flaw::Reason) {
                bail!("say why, in at most 500 characters: --reason WORDS");
            }
            let done = store.carry_out(order(act)).await.with_context(|| {
                "it is not known whether the bot will do it; twice is once, so just try again".to_owned()
            })?;
            match done {
                Err(Denied::Refused(Refusal::Flawed(Flaw::Payer))) if user.is_none() => {
                    bail!("the payer of {number} has erased themselves: say who it is with --user USER_ID")
                }
                Err(Denied::Refused(Refusal::Flawed(Flaw::Part))) => {
                    bail!(
                        "so much of payment {number} cannot go back: a part of one by card, and no more than is left"
                    )
                }
                Err(Denied::Refused(Refusal::Flawed(Flaw::Payer))) => {
                    bail!("payment {number} is not that person's")
                }
                Err(denied) => Err(denied.into()),
                Ok(done) => match done.answer {
                    Answer::Refunding(Refunding { state: RefundState::Soon, .. }) => {
                        tracing::info!(number, "an operator gives a payment back");
                        Ok(format!(
                            "payment {number} goes back: within seconds if the bot runs, else when it does\n"
                        ))
                    }
                    Answer::Refunding(Refunding { state: RefundState::UnderWay, .. }) => {
                        bail!(
                            "another sum of payment {number} is on its way back: order this one once that is done"
                        )
                    }
                    Answer::Refunding(_) => Ok(format!("payment {number} went back before\n")),
                    _ => bail!("there is no payment {number}"),
                },
            }
        }
    }
}

type Rows = (Vec<&'static str>, Vec<Vec<String>>);

fn report(lines: &[Month]) -> Rows {
    let header = vec!["product", "currency", "payments", "paid", "refunds", "refunded", "left"];
    let row = |m: &Month| {
        let left = m.paid - m.refunded;
        let numbers = [m.payments, m.paid, m.refunds, m.refunded, left].map(|n| n.to_string());
        [m.product.clone(), m.currency.clone()].into_iter().chain(numbers).collect()
    };
    (header, lines.iter().map(row).collect())
}

fn differences(found: &[Difference]) -> Rows {
    let header = vec!["at", "direction", "reason", "amount", "number", "transaction"];
    let row = |d: &Difference| {
        let number = d.number.map(|n| n.to_string()).unwrap_or_default();
        vec![
            rfc3339(d.at.0),
            d.direction.clone(),
            d.reason.clone(),
            d.amount.to_string(),
            number,
            d.charge.clone(),
        ]
    };
    (header, found.iter().map(row).collect())
}

fn table(csv: bool, header: &[&str], rows: &[Vec<String>], none: &str) -> String {
    if csv {
        let head = header.join(",");
        let body = rows.iter().map(|row| row.iter().map(|cell| cell_of(cell)).collect::<Vec<_>>().join(","));
        return std::iter::once(head).chain(body).map(|line| line + "\r\n").collect();
    }
    if rows.is_empty() {
        return format!("{none}\n");
    }
    let width = |n: usize| rows.iter().map(|row| row[n].len()).chain([header[n].len()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    std::iter::once(line(header.to_vec()))
        .chain(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())))
        .collect()
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe, and all
/// that is no plain word or number stands in quotes.
fn cell_of(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_number = text.strip_prefix('-').unwrap_or(&text).bytes().all(|b| b.is_ascii_digit());
    let tricks = text.trim_start().starts_with(['=', '+', '-', '@', '|', '%']) && !is_number;
    let text = if tricks { format!("'{text}") } else { text };
    match text.contains([',', '"', '\'', ';', ' ']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("=1+1", "\"'=1+1\""),
            (" =1", "\"' =1\""),
            ("@x", "\"'@x\""),
            ("-5", "-5"),
            ("-5+1", "\"'-5+1\""),
            ("\t=x", "\"' =x\""),
            ("a\"b,c", "\"a\"\"b,c\""),
            ("premium-7", "premium-7"),
        ] {
            assert_eq!(cell_of(text), cell, "{text}");
        }
    }

    #[test]
    fn a_part_is_in_roubles() {
        for (text, sum) in [("50", 5_000), ("50.00", 5_000), ("0.05", 5), ("149.90", 14_990)] {
            assert_eq!(kopecks(text), Ok(sum), "{text}");
        }
        for wrong in ["", "0", "0.00", "5.0", "-5", "5,00", "1e3", ".50", "5."] {
            assert!(kopecks(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn months_begin_where_the_calendar_says() {
        for year in 2020..2110 {
            for month in 1..=12 {
                let first = begin((year, month));
                assert_eq!(first.date(), (year, i64::from(month), 1), "{year}-{month}");
                assert_eq!(this_month(first), (year, month));
            }
        }
        assert_eq!(next((2026, 12)), (2027, 1));
        for bad in ["2026", "2026-13", "26-1", "x-1", "2026-0"] {
            assert!(month(bad).is_err(), "{bad}");
        }
    }
}
