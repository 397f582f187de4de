//! What the database says at the end of the day: of payments, of pictures, of who is hidden.

use super::super::bot_under_test::Engine;
use super::super::testbed::Testbed;
use super::groups::user;
use crate::postgres::PrivateCluster;
use crate::store::{Keys, PgStore, StoreOptions};
use nameless_domain::ids::UserId;
use rustc_hash::{FxHashMap, FxHashSet};
use secrecy::SecretString;
use std::ops::Range;
use tokio_postgres::{Client, NoTls};

/// The key that the engine under test is given with a server.
const KEY: &str = "5a";

/// Pictures by what became of them, and the calls of their maker. A picture that was made is told
/// and paid once; of one that ended in vain a call may have been paid, as nobody knows what became
/// of it.
const PICTURES: &str = "\
    WITH calls AS (
        SELECT -dialog_id AS picture_id, count(*) FILTER (WHERE spent > 0) AS paid,
            count(*) FILTER (WHERE spent IS NULL) AS unsettled, coalesce(sum(spent), 0)::bigint AS spent
        FROM companion_calls WHERE dialog_id < 0 GROUP BY dialog_id),
    sums AS (
        SELECT coalesce(sum(reserved), 0)::bigint AS reserved, coalesce(sum(spent), 0)::bigint AS spent
        FROM companion_sums WHERE cap = 'pictures')
    SELECT count(*) FILTER (WHERE p.state = 'told') AS told,
        count(*) FILTER (WHERE p.state IN ('open', 'made')) AS open,
        count(*) FILTER (WHERE p.state = 'told' AND coalesce(c.paid, 0) <> 1 OR c.paid > 1) AS wrong,
        coalesce(sum(c.unsettled), 0)::bigint AS unsettled, coalesce(sum(c.paid), 0)::bigint AS paid,
        coalesce(sum(c.spent), 0)::bigint AS spent,
        (SELECT reserved FROM sums) AS reserved, (SELECT spent FROM sums) AS summed
    FROM companion_pictures p LEFT JOIN calls c USING (picture_id)";

/// What the database says at the end.
pub struct Books {
    /// What is wrong with payments.
    pub wrong: Option<String>,
    /// Whom the engine has hidden, as several people reported them: they are found by nobody, and
    /// that is right.
    pub hidden: FxHashSet<UserId>,
    /// What the books say of pictures.
    pub pictures: Pictures,
}

/// Pictures, and calls of their maker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// They came.
    pub told: i64,
    /// They are still to come.
    pub open: i64,
    /// They came and were not paid once, or were paid more than once.
    pub wrong: i64,
    /// Calls that nobody has settled.
    pub unsettled: i64,
    /// Calls that cost something.
    pub paid: i64,
    /// What calls cost, what is still reserved, and what the sums of the day say, in millionths.
    pub spent: i64,
    /// See `spent`.
    pub reserved: i64,
    /// See `spent`.
    pub summed: i64,
}

impl Pictures {
    /// What is wrong with them, of which so many came to people, and the maker was asked so often.
    pub fn mistakes(&self, came: u64, drawn: u64) -> Vec<String> {
        let of = |many: i64| u64::try_from(many).unwrap_or_default();
        let mistakes = [
            (self.open > 0, format!("{} pictures are neither told nor given up", self.open)),
            (self.wrong > 0, format!("{} pictures were not paid exactly once", self.wrong)),
            (self.unsettled > 0, format!("{} calls of their maker are not settled", self.unsettled)),
            (of(self.told) != came, format!("the books know {} pictures, people have {came}", self.told)),
            (of(self.paid) < drawn, format!("{drawn} were drawn, {} of them paid", self.paid)),
            (
                self.reserved != 0 || self.spent != self.summed,
                format!(
                    "calls cost {}, the day's sums say {} and {}",
                    self.spent, self.summed, self.reserved
                ),
            ),
        ];
        mistakes.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, what)| what).collect()
    }
}

/// The keys of an engine that is given a server.
pub fn server_keys() -> anyhow::Result<Keys> {
    Ok(Keys::parse(&SecretString::from(KEY.repeat(32)))?)
}

/// Looks at everything, once the engine has ended.
pub async fn audit(ground: &Testbed, engine: &Engine, seekers: Range<u32>) -> anyhow::Result<Books> {
    if let Some(url) = &ground.servers.database_url {
        return of(url, server_keys()?, seekers).await;
    }
    let folder = engine.data_dir.clone();
    let keys = Keys::load_or_create(&folder)?;
    let cluster = tokio::task::spawn_blocking(move || PrivateCluster::start(&folder, None, 8)).await??;
    let books = of(cluster.url(), keys, seekers).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    books
}

async fn of(url: &str, keys: Keys, seekers: Range<u32>) -> anyhow::Result<Books> {
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    let audit = store.billing_audit().await;
    let hash = |user: UserId| (store.keys().subject_hash(user), user);
    let seekers: FxHashMap<Vec<u8>, UserId> = seekers.map(user).map(hash).collect();
    store.close().await;
    let audit = audit?;
    let wrong = (!audit.is_right()).then(|| format!("they are wrong: {audit:?}"));
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let found = async { anyhow::Ok((hidden(&client, &seekers).await?, pictures(&client).await?)) }.await;
    drop(client);
    let _ = connection.await;
    let (hidden, pictures) = found?;
    Ok(Books { wrong, hidden, pictures })
}

/// Of those whom the log names by their hashes.
async fn hidden(client: &Client, seekers: &FxHashMap<Vec<u8>, UserId>) -> anyhow::Result<FxHashSet<UserId>> {
    let mut hidden = FxHashSet::default();
    for row in client.query("SELECT DISTINCT whom FROM audit_log WHERE what = 'hide'", &[]).await? {
        hidden.extend(seekers.get(row.try_get::<_, Vec<u8>>(0)?.as_slice()));
    }
    Ok(hidden)
}

async fn pictures(client: &Client) -> anyhow::Result<Pictures> {
    let row = client.query_one(PICTURES, &[]).await?;
    Ok(Pictures {
        told: row.try_get("told")?,
        open: row.try_get("open")?,
        wrong: row.try_get("wrong")?,
        unsettled: row.try_get("unsettled")?,
        paid: row.try_get("paid")?,
        spent: row.try_get("spent")?,
        reserved: row.try_get("reserved")?,
        summed: row.try_get("summed")?,
    })
}

/// Transactions that the database has committed so far; none of a private one.
pub async fn commits(ground: &Testbed) -> Option<f64> {
    let url = ground.servers.database_url.as_ref()?;
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
    let connection = tokio::spawn(connection);
    let row = client.query_one("SELECT sum(xact_commit)::float8 FROM pg_stat_database", &[]).await.ok();
    drop(client);
    let _ = connection.await;
    row?.try_get(0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_of_the_books_is_named() {
        let right = Pictures { told: 7, paid: 9, spent: 36, summed: 36, ..Pictures::default() };
        assert_eq!(right.mistakes(7, 8), [""; 0], "of one that was given up it is not known");
        for (wrong, came, drawn) in [
            (Pictures { open: 1, ..right }, 7, 8),
            (Pictures { wrong: 1, ..right }, 7, 8),
            (Pictures { unsettled: 1, ..right }, 7, 8),
            (right, 6, 8),
            (right, 7, 10),
            (Pictures { reserved: 4, ..right }, 7, 8),
            (Pictures { summed: 32, ..right }, 7, 8),
        ] {
            assert_eq!(wrong.mistakes(came, drawn).len(), 1, "{wrong:?}");
        }
    }
}
