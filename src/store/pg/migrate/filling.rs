//! How far it is with what is filled in batches ([`backfill`](crate::store::backfill)).

use super::{BACKFILLS, MigrateError, QUERY_TIMEOUT, Session};
use tokio_postgres::{Client, Row};

const FILLINGS: &str =
    "SELECT name, filled, ended IS NOT NULL AS is_over FROM backfills ORDER BY begun, name";

/// How far one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Its name.
    pub name: String,
    /// Rows that it has filled.
    pub rows: i64,
    /// Of how many in which table, in words, while it is under way: counted if few, else the
    /// server's estimate. Those that need nothing are among them. None of what this program does
    /// not know, and where nobody has counted.
    pub of: Option<String>,
    /// Whether nothing is left to fill.
    pub is_over: bool,
}

/// Names of those that begin with one of these migrations.
pub fn begun_by(numbers: &[i32]) -> Vec<&'static str> {
    let begin = BACKFILLS.iter().filter(|backfill| numbers.contains(&backfill.after));
    begin.map(|backfill| backfill.name).collect()
}

/// Those that have begun, the oldest first.
pub async fn fillings(url: &str) -> Result<Vec<Filling>, MigrateError> {
    let session = Session::open(url).await?;
    let told = session.counted_fillings().await;
    session.close().await;
    told
}

impl Session {
    /// None in a database of before there were any.
    pub(super) async fn fillings(&self) -> Result<Vec<Filling>, MigrateError> {
        self.limited(QUERY_TIMEOUT, read(&self.client)).await
    }

    /// The same with how many rows there are.
    pub(super) async fn counted_fillings(&self) -> Result<Vec<Filling>, MigrateError> {
        let mut fillings = self.fillings().await?;
        for filling in fillings.iter_mut().filter(|filling| !filling.is_over) {
            let Some(known) = BACKFILLS.iter().find(|known| known.name == filling.name) else { continue };
            filling.of = self.rows(known.table).await?.map(|rows| format!("{rows} in {}", known.table));
        }
        Ok(fillings)
    }
}

async fn read(client: &Client) -> Result<Vec<Filling>, tokio_postgres::Error> {
    let there = client.query_one("SELECT to_regclass('backfills') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client.query(FILLINGS, &[]).await?;
    let filling = |row: &Row| {
        Ok(Filling {
            name: row.try_get("name")?,
            rows: row.try_get("filled")?,
            of: None,
            is_over: row.try_get("is_over")?,
        })
    };
    rows.iter().map(filling).collect()
}
