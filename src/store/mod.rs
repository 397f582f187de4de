//! The store: PostgreSQL, a private cluster or a server that is given, through the same SQL.
//!
//! - [`pg`]: how it is reached; what an operation is made of. Begin there to keep something new.
//! - [`aggregates`]: what the core keeps, one file each. A capability keeps its own in
//!   `src/capabilities/<name>/store.rs`.
//! - [`schema`]: the lists of migrations and of tables; [`table`]: what is declared of a table.
//! - [`export`], [`erase`], [`expire`]: walk these lists. [`batch`]: the core's writes, many at
//!   once.
//! - [`keys`]: encryption at rest; [`renew`]: another key.
//!
//! Nothing here is on the way of a message between two people.

pub(crate) mod aggregates;
pub(crate) mod backfill;
mod batch;
pub(crate) mod erase;
mod expire;
mod export;
pub(crate) mod keys;
pub(crate) mod pg;
pub(crate) mod renew;
mod schema;
pub(crate) mod table;

pub use aggregates::dead_letter::{DeadLetter, DeadUpdate};
pub use aggregates::report::{Author, EVIDENCE_MESSAGES, Evidence, EvidenceMessage, Report};
pub use aggregates::{inbox, jobs, leases};
pub use backfill::{FilledSoFar, Pace};
pub use erase::OnErased;
pub(crate) use export::time as rfc3339;
pub use keys::{CryptoError, KEY_BYTES, KEY_FILE, KeyError, Keys, OLD_KEY_FILE};
pub(crate) use keys::{SEAL_BYTES, SegmentKey};
pub(crate) use pg::{AnyCertificate, CLOSE, Conn, Fault};
pub use pg::{PgStore, Revive, StoreOptions, UrlError, check_url, migrate};
pub use renew::{Exchange, Renewal};
pub use schema::tables;
pub use table::Table;

use aggregates::{account, pair, turned_away};
use nameless_actors::ports::{
    AskedPair, ExportFile, ExportFrom, Loaded, Opened, PairRecord, PortFuture, Proposal, Store, StoreError,
    Write,
};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
pub(crate) use pg::wall_clock;
use std::sync::Arc;
use std::time::Duration;

/// How long one file of an export may take.
const EXPORT: Duration = Duration::from_secs(60);

impl Store for PgStore {
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let mut found = account::load(&mut lease, &users).await?;
            let known: Vec<bool> = found.iter().map(Option::is_some).collect();
            turned_away::fill_in(&mut lease, &inner.keys, &users, &mut found).await?;
            inner.bans.fill_in(&mut lease, &inner.keys, &users, &known, &mut found).await?;
            Ok(found)
        })
    }

    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>> {
        if batch.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let erased = self.erasures(&batch);
        Box::pin(async move {
            let counted = batch.clone();
            let written = self.run(move |inner| async move {
                let work =
                    async |conn: &mut Conn| batch::write(conn, &inner.keys, &batch, wall_clock()).await;
                inner.transaction(work).await
            });
            written.await?;
            if self.inner.activity.add(&counted) {
                self.write_sums_beside();
            }
            self.tell_erased(erased).await;
            Ok(())
        })
    }

    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>> {
        self.run(move |inner| async move {
            let opened = inner.transaction(async |conn| pair::open(conn, &proposals).await).await?;
            for (proposal, _) in proposals.iter().zip(&opened).filter(|(_, o)| matches!(o, Opened::Pair(_))) {
                inner.activity.began(proposal.at);
            }
            Ok(opened)
        })
    }

    fn load_pairs(
        &self,
        pairs: Vec<AskedPair>,
        newest: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>> {
        self.run(move |inner| async move { pair::load(&mut *inner.check_out().await?, &pairs, newest).await })
    }

    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>> {
        self.run(|inner| async move { pair::unsettled(&mut *inner.check_out().await?).await })
    }

    fn export(
        &self,
        user: UserId,
        from: ExportFrom,
        max_bytes: usize,
    ) -> PortFuture<'_, Result<ExportFile, StoreError>> {
        self.run_within(EXPORT, move |inner| async move {
            export::file(&mut *inner.check_out().await?, &inner.keys, user, from, max_bytes).await
        })
    }

    fn expire(&self, now: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(expire::all(self, now))
    }

    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(|inner| async move {
            inner.check_out().await?.query("SELECT 1", &[]).await?;
            Ok(())
        })
    }
}
