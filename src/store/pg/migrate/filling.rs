//! How far it is with what is filled in batches ([`backfill`](crate::store::backfill)).

use super::{MigrateError, QUERY_TIMEOUT, Session};
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
    /// Whether nothing is left to fill.
    pub is_over: bool,
}

/// Those that have begun, the oldest first.
pub async fn fillings(url: &str) -> Result<Vec<Filling>, MigrateError> {
    let session = Session::open(url).await?;
    let told = session.fillings().await;
    session.close().await;
    told
}

impl Session {
    /// None in a database of before there were any.
    pub(super) async fn fillings(&self) -> Result<Vec<Filling>, MigrateError> {
        self.limited(QUERY_TIMEOUT, read(&self.client)).await
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
            is_over: row.try_get("is_over")?,
        })
    };
    rows.iter().map(filling).collect()
}
