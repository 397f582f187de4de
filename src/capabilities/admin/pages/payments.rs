//! Payments: a list, one with the books of whoever paid, and giving it back.

use super::deeds::waits;
use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{number, shown};
use crate::capabilities::billing::cli::kopecks;
use askama::Template;
use nameless_actors::capabilities::{Answer, LedgerLine, PaymentLine, PaymentPage, RefundState, Refunding};
use nameless_domain::capabilities::admin::{Act, Flaw, Permission};
use nameless_domain::capabilities::billing::{Kopecks, PREMIUM, Renewal};
use nameless_domain::ids::UserId;
use nameless_domain::time::DAY_MS;
use serde::Deserialize;

/// Rows of a page.
const ROWS: u32 = 50;
const HOUR_MS: i64 = 3_600_000;

struct Row {
    payment: i64,
    user: Option<i64>,
    product: String,
    amount: String,
    at: String,
    state: String,
    back: bool,
}

#[derive(Template)]
#[template(path = "admin/payments.html", whitespace = "minimize")]
struct List {
    f: Frame,
    rows: Vec<Row>,
    /// Whose; none: everybody's.
    user: Option<i64>,
    /// Address of the next page.
    older: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    before: Option<i64>,
    user: Option<String>,
}

/// A sum with its sign: Stars, or roubles and kopecks.
fn money(amount: i64, currency: &str) -> String {
    match currency == Kopecks::UNIT {
        true => format!("{},{:02}\u{a0}₽", number(amount / 100), amount % 100),
        false => format!("{}\u{a0}⭐", number(amount)),
    }
}

/// A length of premium, in the units that say enough.
fn length(f: &Frame, ms: i64) -> String {
    let days = || f.counted("pages-days", "n", ms / DAY_MS);
    let hours = || f.counted("pages-hours", "n", ms % DAY_MS / HOUR_MS);
    match (ms / DAY_MS, ms % DAY_MS / HOUR_MS) {
        (0, 0) => f.counted("pages-minutes", "n", ms / 60_000),
        (0, _) => hours(),
        (_, 0) => days(),
        _ => format!("{}, {}", days(), hours()),
    }
}

fn row(f: &Frame, line: &PaymentLine) -> Row {
    let product = match &line.product {
        Some(product) if line.gift => f.words("pages-payment-gift", "product", product),
        Some(product) => shown(product, false),
        None => f.say("pages-payment-no-order"),
    };
    let state = match (line.refunded, line.renewal) {
        (Some(at), _) => f.words("pages-payment-back", "at", &f.moment(at)),
        (None, Some(Renewal::Active)) => f.say("pages-payment-renews"),
        (None, Some(Renewal::Canceled)) => f.say("pages-payment-ends"),
        (None, Some(Renewal::Failed)) => f.say("pages-payment-failed"),
        (None, None) => f.say("pages-payment-credited"),
    };
    Row {
        payment: line.payment,
        user: line.user.map(|user| user.0),
        product,
        amount: money(line.amount, &line.currency),
        at: f.moment(line.at),
        state,
        back: line.refunded.is_some(),
    }
}

/// `/admin/payments`: written to the audit log.
pub(super) async fn list(visit: &Visit) -> Shown {
    let Query { before, user } = visit.query()?;
    let of = match user.as_deref().map(str::trim) {
        None => None,
        Some(id) => Some(UserId(id.parse().ok().filter(|id| *id > 0).ok_or(Refused::Malformed)?)),
    };
    let act = Act::Payments { before: before.unwrap_or(i64::MAX), limit: ROWS, of };
    let Answer::Payments(page) = visit.look_at(act).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/payments", "pages-payments");
    let older = page.next.map(|next| match of {
        Some(user) => format!("/admin/payments?user={}&before={next}", user.0),
        None => format!("/admin/payments?before={next}"),
    });
    let rows = page.items.iter().map(|line| row(&f, line)).collect();
    let view = List { rows, user: of.map(|user| user.0), older, f };
    Ok(view.f.show(&view))
}

/// An entry of the ledger as a line.
struct Entry {
    at: String,
    what: String,
    payment: Option<i64>,
    accounts: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "admin/payment.html", whitespace = "minimize")]
struct One {
    f: Frame,
    row: Row,
    refunding: bool,
    unused: Option<String>,
    entries: Vec<Entry>,
    may_refund: bool,
}

fn entry(f: &Frame, line: &LedgerLine) -> Entry {
    Entry {
        at: f.moment(line.at),
        what: shown(&line.source, false),
        payment: line.payment,
        accounts: format!("{} → {}", line.debit, line.credit),
        amount: match line.unit == PREMIUM {
            true => length(f, line.amount),
            false => money(line.amount, &line.unit),
        },
    }
}

async fn look(visit: &Visit) -> Result<Box<PaymentPage>, Refused> {
    let payment = visit.number("payment")?;
    match visit.look_at(Act::Payment { payment }).await? {
        Answer::Payment(page) => Ok(page),
        _ => Err(Refused::Away),
    }
}

/// `/admin/payments/{payment}`: written to the audit log.
pub(super) async fn one(visit: &Visit) -> Shown {
    let page = look(visit).await?;
    let f = visit.frame("/admin/payments", "pages-payment");
    let view = One {
        row: row(&f, &page.line),
        refunding: page.refunding,
        unused: Some(page.unused_ms).filter(|ms| *ms > 0).map(|ms| length(&f, ms)),
        entries: page.ledger.iter().map(|line| entry(&f, line)).collect(),
        may_refund: f.may(Permission::Refund),
        f,
    };
    Ok(view.f.show(&view))
}

#[derive(Template)]
#[template(path = "admin/refund.html", whitespace = "minimize")]
struct Ask {
    f: Frame,
    payment: i64,
    user: Option<i64>,
    by_card: bool,
    follows: Vec<String>,
    key: String,
}

/// `/admin/payments/{payment}/refund`: what follows.
pub(super) async fn ask(visit: &Visit) -> Shown {
    visit.needs(Permission::Refund)?;
    let page = look(visit).await?;
    let f = visit.frame("/admin/payments", "pages-refund");
    let mut follows =
        vec![f.words("pages-refund-money", "amount", &money(page.line.amount, &page.line.currency))];
    if page.unused_ms > 0 {
        follows.push(f.words("pages-refund-unused", "time", &length(&f, page.unused_ms)));
    }
    if page.line.renewal == Some(Renewal::Active) {
        follows.push(f.say("pages-refund-renewal"));
    }
    follows.push(f.say("pages-refund-told"));
    follows.push(f.say("pages-refund-final"));
    let (payment, user) = (page.line.payment, page.line.user.map(|user| user.0));
    let by_card = page.line.currency == Kopecks::UNIT;
    let view = Ask { payment, user, by_card, follows, key: visit.new_key()?, f };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    reason: Option<String>,
    /// Who paid, where they have erased themselves.
    payer: Option<String>,
    /// Roubles of a payment by card; empty: all that is left.
    part: Option<String>,
}

/// `POST /admin/payments/{payment}/refund`
pub(super) async fn refund(visit: &Visit) -> Shown {
    let payment = visit.number("payment")?;
    let Form { key, reason, payer, part, .. } = visit.form()?;
    let part = match part.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
        None => None,
        Some(sum) => Some(kopecks(&sum.replace(',', ".")).map_err(|_| Refused::Flawed(Flaw::Part))?),
    };
    let payer = match payer.as_deref().map(str::trim).filter(|payer| !payer.is_empty()) {
        None => None,
        Some(id) => {
            let id = id.parse().ok().filter(|id| *id > 0).ok_or(Refused::Flawed(Flaw::Payer))?;
            Some(UserId(id))
        }
    };
    let act = Act::Refund { payment, payer, part, reason: reason.unwrap_or_default() };
    let answer = visit.carry(act, Some(key)).await?;
    if let Answer::Refunding(Refunding { state: RefundState::UnderWay, .. }) = answer {
        return Err(Refused::NotNow);
    }
    let done = if waits(&answer) { "waits" } else { "refund" };
    Ok(see(&format!("/admin/payments/{payment}?done={done}")))
}
