//! What only whole tables need: statements made at run time, and COPY both ways.

use super::conn::{Conn, Params};
use super::error::Fault;
use std::io::Cursor;
use tokio_postgres::{CopyInSink, CopyOutStream, Row};

/// Bytes on their way into a table.
pub(crate) type Chunk = Cursor<Vec<u8>>;

impl Conn {
    /// The rows of a statement that is made at run time.
    pub(crate) async fn rows(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        self.open().await?;
        self.in_flight = true;
        let answer = self.client.query(sql, params).await;
        self.in_flight = false;
        Ok(answer?)
    }

    /// Begins `COPY ... TO STDOUT`; a message is a row. To be read to its end.
    pub(crate) async fn copy_out(&mut self, sql: &str) -> Result<CopyOutStream, Fault> {
        self.open().await?;
        Ok(self.client.copy_out(sql).await?)
    }

    /// Begins `COPY ... FROM STDIN`; to be finished, or nothing of it counts.
    pub(crate) async fn copy_in(&mut self, sql: &str) -> Result<CopyInSink<Chunk>, Fault> {
        self.open().await?;
        Ok(self.client.copy_in(sql).await?)
    }
}
