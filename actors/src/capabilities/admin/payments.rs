//! What operators are answered about payments. Times are milliseconds since the Unix epoch, money
//! is in whole units of its currency: Stars, kopecks.

use nameless_domain::capabilities::billing::Renewal;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::Serialize;

/// A payment in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PaymentLine {
    /// Its number, which stands on the receipt.
    pub payment: i64,
    /// Who paid; none of somebody who has erased themselves.
    pub user: Option<UserId>,
    /// What for; none: it belongs to no order.
    pub product: Option<String>,
    /// It was a gift.
    pub gift: bool,
    /// `XTR` or `RUB`.
    pub currency: String,
    /// How much.
    pub amount: i64,
    /// When.
    pub at: Millis,
    /// When it went back.
    pub refunded: Option<Millis>,
    /// Whether the subscription that it began goes on.
    pub renewal: Option<Renewal>,
}

/// A payment, and the books of whoever paid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PaymentPage {
    /// The payment.
    #[serde(flatten)]
    pub line: PaymentLine,
    /// It is on its way back.
    pub refunding: bool,
    /// Premium of it that is not used up, milliseconds: a refund ends that.
    pub unused_ms: i64,
    /// Entries of the payer's, the newest first.
    pub ledger: Vec<LedgerLine>,
}

/// An entry of the ledger: so much went from one account to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerLine {
    /// Its number.
    pub entry: i64,
    /// When.
    pub at: Millis,
    /// For which payment, by its number.
    pub payment: Option<i64>,
    /// What it comes of: `charge`, `refund`, `gift`, `grant` and so on.
    pub source: String,
    /// `XTR`, `RUB`, or `premium` in milliseconds.
    pub unit: String,
    /// The account that is debited.
    pub debit: String,
    /// The account that is credited.
    pub credit: String,
    /// How much.
    pub amount: i64,
}

/// A payment that an operator gives back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refunding {
    /// Which.
    pub payment: i64,
    /// Whether it is on its way, or went back before.
    pub state: RefundState,
}

/// Where a payment is on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundState {
    /// A job gives it back.
    Soon,
    /// Another sum of it is on its way back: nothing is ordered.
    UnderWay,
    /// It went back before.
    Before,
}
