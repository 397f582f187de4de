//! The wish to give a payment back: one after the other, twice is once, and anew where one came to
//! nothing.

use super::credit::differs;
use super::refund::Refunding;
use super::{LOOK, Look, REFUND, lock_charge};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{Added, NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::billing::Kopecks;
use nameless_domain::ids::UserId;
use std::time::Duration;

/// By card the provider knows a key for a day: what is unknown by then is not asked again, as it
/// would be another refund.
const BY_CARD_WITHIN: Duration = Duration::from_secs(23 * 3_600);

/// For how long what the provider has begun to give back is looked at.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(26 * 3_600);

/// How the key of a look at what goes back begins: the wish's key follows.
const LOOKS: &str = "billing:look:";

const CHARGE_OF: &str = "SELECT charge_id FROM charges WHERE number = $1 AND direction = 'in'";

const OPEN: &str = "\
    SELECT key FROM jobs WHERE lane IN ($1, $2) AND state IN ('pending', 'processing')
      AND (key = $3 OR starts_with(key, $4) OR starts_with(key, $5))";

const NUMBER: &str = "\
    SELECT number, charge_id, user_id, person, currency, amount,
        (SELECT coalesce(sum(o.amount), 0)::bigint FROM charges o
            WHERE coalesce(o.returns, o.charge_id) = c.charge_id AND o.direction = 'out') AS back
    FROM charges c WHERE number = $1 AND direction = 'in'";

/// A look that waits at what is known by now. One that is under way is about to end.
const SEEN: &str = "\
    DELETE FROM jobs WHERE job_id = ANY(ARRAY(
        SELECT job_id FROM jobs WHERE lane = $1 AND state = 'pending'
          AND starts_with(key, $2) AND right(key, length($3)) = $3
        FOR UPDATE SKIP LOCKED))";

/// Has a payment given back, by a job. Of nobody's, so that it outlives an erasure.
pub(super) async fn ask(conn: &mut Conn, keys: &Keys, refunding: &Refunding) -> Result<(), Fault> {
    ask_as(conn, keys, refunding, key(&refunding.charge)).await.map(drop)
}

/// Whether there was no job of this key.
async fn ask_as(conn: &mut Conn, keys: &Keys, refunding: &Refunding, key: String) -> Result<bool, Fault> {
    let payload = serde_json::to_vec(refunding).map_err(|_| Fault::Corrupt("a job without words".into()))?;
    let mut job = NewJob::new(REFUND, key, payload);
    if refunding.currency == Kopecks::UNIT {
        job.within = BY_CARD_WITHIN;
    }
    Ok(jobs::add(conn, keys, &[job]).await?.contains(&Added::New))
}

/// The key of the job that gives a payment back: twice is once.
pub(super) fn key(charge: &str) -> String {
    format!("billing:refund:{charge}")
}

/// The keys of wishes that are under way: to be carried out, or begun by the provider and looked
/// at.
pub(super) async fn under_way(conn: &mut Conn, charge: &str) -> Result<Vec<String>, Fault> {
    let whole = key(charge);
    let (begins, looks) = (format!("{whole}:"), format!("{LOOKS}{whole}:"));
    let rows = conn.query(OPEN, &[&REFUND, &LOOK, &whole, &begins, &looks]).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        let key: &str = row.try_get(0)?;
        keys.push(key.strip_prefix(LOOKS).unwrap_or(key).to_owned());
    }
    Ok(keys)
}

/// An operator's wish.
struct Wish {
    refunding: Refunding,
    /// What had gone back before.
    back: i64,
    /// What is left of it.
    left: i64,
}

impl Wish {
    fn by_card(&self) -> bool {
        self.refunding.currency == Kopecks::UNIT
    }

    /// Its key. By card each sum is a wish of its own, and what had gone back before names it, too.
    fn key(&self) -> String {
        let key = key(&self.refunding.charge);
        match self.by_card() {
            true => format!("{key}:{}:{}", self.back, self.refunding.amount),
            false => key,
        }
    }

    /// Whether it is what is under way under a key; none: that is over.
    fn is(&self, open: &str) -> Option<bool> {
        if !self.by_card() {
            return Some(true);
        }
        let rest = open.strip_prefix(&key(&self.refunding.charge))?;
        let mut sums = rest.split(':').skip(1).map(str::parse::<i64>);
        match (sums.next(), sums.next()) {
            // More has gone back since: that one is booked, and its job about to end.
            (Some(Ok(back)), _) if back != self.back => None,
            (Some(Ok(_)), Some(Ok(sum))) => Some(sum == self.refunding.amount),
            // A part, as a program before this one named it: nobody knows how much.
            (Some(Ok(_)), _) => Some(false),
            // All of it.
            _ => Some(self.refunding.amount == self.left),
        }
    }

    /// Has it carried out, unless something is under way. A job of its key that has come to its end
    /// did not give it back, and its key is kept for a day: so it gets another, by which the
    /// provider knows it for a new wish. The payment's lock is held.
    async fn ask(&self, conn: &mut Conn, keys: &Keys) -> Result<Asked, Fault> {
        let open = under_way(conn, &self.refunding.charge).await?;
        let open: Vec<bool> = open.iter().filter_map(|open| self.is(open)).collect();
        if open.contains(&true) {
            return Ok(Asked::Soon);
        }
        if !open.is_empty() {
            return Ok(Asked::UnderWay);
        }
        let (name, mut n) = (self.key(), 1);
        let mut key = name.clone();
        while !ask_as(conn, keys, &self.refunding, key).await? {
            n += 1;
            key = format!("{name}:{n}");
        }
        Ok(Asked::Soon)
    }
}

/// What came of an operator's wish to give a payment back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A job does it.
    Soon,
    /// Another sum of it is on its way back.
    UnderWay,
    /// There is no such payment.
    NoPayment,
    /// It went back before.
    Before,
    /// The payer has erased themselves: whose it is has to be said.
    WhoseIsIt,
    /// It is not that person's.
    NotTheirs,
    /// So much of it cannot go back.
    NotSoMuch,
}

/// Has a payment, or a part of one by card, given back; `payer` where they have erased themselves.
/// And whose it is.
pub(super) async fn ask_by_number(
    conn: &mut Conn,
    keys: &Keys,
    number: i64,
    (payer, part): (Option<UserId>, Option<i64>),
) -> Result<(Asked, Option<UserId>), Fault> {
    // One wish after the other, and none while something is booked.
    let rows = conn.query(CHARGE_OF, &[&number]).await?;
    if let Some(row) = rows.first() {
        lock_charge(conn, row.try_get(0)?).await?;
    }
    let rows = conn.query(NUMBER, &[&number]).await?;
    let Some(row) = rows.first() else { return Ok((Asked::NoPayment, None)) };
    let kept = row.try_get::<_, Option<i64>>("user_id")?.map(UserId);
    let (amount, back): (i64, i64) = (row.try_get("amount")?, row.try_get("back")?);
    if back >= amount {
        return Ok((Asked::Before, kept));
    }
    let currency: String = row.try_get("currency")?;
    let left = amount - back;
    // Stars go back as a whole, and of nothing more than is left.
    if part.is_some_and(|part| currency != Kopecks::UNIT || !(1..=left).contains(&part)) {
        return Ok((Asked::NotSoMuch, kept));
    }
    let Some(user) = payer.or(kept) else { return Ok((Asked::WhoseIsIt, None)) };
    if row.try_get::<_, Vec<u8>>("person")? != keys.payer_hash(user) {
        return Ok((Asked::NotTheirs, kept));
    }
    let refunding =
        Refunding { user: user.0, charge: row.try_get("charge_id")?, currency, amount: part.unwrap_or(left) };
    let asked = Wish { refunding, back, left }.ask(conn, keys).await?;
    Ok((asked, Some(user)))
}

impl PgStore {
    /// Has a payment given back; `payer` where they have erased themselves. Operators do it by an
    /// act, which is audited.
    #[doc(hidden)]
    pub fn ask_refund(
        &self,
        number: i64,
        payer: Option<UserId>,
        part: Option<i64>,
    ) -> PortFuture<'_, Result<Asked, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    ask_by_number(conn, &inner.keys, number, (payer, part)).await.map(|(asked, _)| asked)
                })
                .await
        })
    }

    /// Has something looked at, after a while, that the provider has begun to give back. `wish` is
    /// the key of the job that had it begun: until this one ends, the wish is under way.
    pub(crate) fn look_at_refund(
        &self,
        wish: &str,
        id: String,
        delay: Duration,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        let key = format!("{LOOKS}{wish}:{id}");
        self.run(move |inner| async move {
            let payload = serde_json::to_vec(&Look::Refund(id));
            let payload = payload.map_err(|_| Fault::Corrupt("a job without words".into()))?;
            let job = NewJob { delay, within: LOOKED_AT_WITHIN, ..NewJob::new(LOOK, key, payload) };
            inner.transaction(async |conn| jobs::add(conn, &inner.keys, &[job]).await.map(drop)).await
        })
    }

    /// Notes for an operator that the provider does not give so much of a payment back, by the
    /// refund of this name. The wish is over: nothing waits for another look at it.
    pub(crate) fn refund_declined(
        &self,
        charge: String,
        id: String,
        amount: i64,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let (looks, ends) = (format!("{LOOKS}{}:", key(&charge)), format!(":{id}"));
                    conn.execute(SEEN, &[&LOOK, &looks, &ends]).await?;
                    // Each is one of its own: the next may be declined as well.
                    let reason = format!("refund_declined {id}");
                    differs(conn, &charge, "out", &reason, amount, wall_clock()).await
                })
                .await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(currency: &str, (back, amount, left): (i64, i64, i64)) -> Wish {
        let refunding = Refunding { user: 1, charge: "c-1".into(), currency: currency.into(), amount };
        Wish { refunding, back, left }
    }

    #[test]
    fn a_wish_is_known_by_its_sum() {
        let part = wish("RUB", (50, 10, 100));
        assert_eq!(part.key(), "billing:refund:c-1:50:10");
        for (open, is) in [
            ("billing:refund:c-1:50:10", Some(true)),
            ("billing:refund:c-1:50:10:2", Some(true)),
            ("billing:refund:c-1:50:10:2:00000001-000f-5000", Some(true)),
            ("billing:refund:c-1:50:11", Some(false)),
            ("billing:refund:c-1:50", Some(false)),
            ("billing:refund:c-1:0:50", None),
            ("billing:refund:c-1", Some(false)),
            ("billing:refund:c-1:00000001-000f-5000", Some(false)),
        ] {
            assert_eq!(part.is(open), is, "{open}");
        }
        assert_eq!(wish("RUB", (0, 100, 100)).is("billing:refund:c-1"), Some(true), "all of it");
        // Stars go back as a whole.
        let stars = wish("XTR", (0, 75, 75));
        assert_eq!(stars.key(), "billing:refund:c-1");
        assert_eq!(stars.is("billing:refund:c-1:2"), Some(true));
    }
}
