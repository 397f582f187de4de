//! Reading a backup: what is in it is what it says, and whoever signed it has the key.

use super::error::BackupError;
use super::file::{Identities, Source};
use super::format::{FORM, Frame, Header, Holds, Kind, Manifest, TableHead, TableSum};
use super::size;
use crate::store::{Keys, rfc3339};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::path::Path;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub(super) header: Header,
    pub(super) manifest: Manifest,
}

impl Contents {
    /// Rows of a table; none if it has no such table.
    pub fn rows_of(&self, table: &str) -> Option<u64> {
        self.manifest.tables.iter().find(|sum| sum.name == table).map(|sum| sum.rows)
    }

    /// Its tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.manifest.tables.iter().map(|sum| &*sum.name)
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { holds, program, taken, server, migrations, .. } = &self.header;
        let schema = migrations.last().map_or(0, |last| last.number);
        writeln!(
            f,
            "{} of {}, schema {schema:04}, by nameless {program} from PostgreSQL {server}",
            holds.name(),
            rfc3339(*taken)
        )?;
        for TableSum { name, rows, bytes, .. } in self.manifest.tables.iter().filter(|table| table.rows > 0) {
            writeln!(f, "{name:<24} {rows:>12} rows  {:>10}", size(*bytes))?;
        }
        let rows: u64 = self.manifest.tables.iter().map(|table| table.rows).sum();
        writeln!(f, "{rows} rows in {} tables, whole and signed", self.manifest.tables.len())
    }
}

/// Reads a file to its end. No database is needed.
pub async fn verify(path: &Path, identities: &Identities, keys: &Keys) -> Result<Contents, BackupError> {
    let mut reader = Reader::open(path, identities, keys).await?;
    while reader.table().await?.is_some() {
        while reader.rows().await?.is_some() {}
    }
    reader.end(keys).await
}

/// A file that is read piece by piece.
pub(super) struct Reader {
    source: Source,
    pub(super) header: Header,
    /// What was read of it.
    sums: Vec<TableSum>,
    open: Option<(TableSum, Sha256)>,
    manifest: Option<Vec<u8>>,
}

impl Reader {
    /// Reads its beginning, and refuses what was signed with another key.
    pub(super) async fn open(
        path: &Path,
        identities: &Identities,
        keys: &Keys,
    ) -> Result<Reader, BackupError> {
        let mut source = Source::open(path, identities)?;
        let body = expect(&mut source, Kind::Header).await?;
        let signature = expect(&mut source, Kind::Signature).await?;
        if !keys.has_signed_backup(&body, &signature) {
            return Err(BackupError::Forged(source.name));
        }
        // Before its fields: another form has others.
        let form = serde_json::from_slice::<serde_json::Value>(&body).ok();
        let form = form.and_then(|header| header.get("form")?.as_u64()).unwrap_or_default();
        if form != u64::from(FORM) {
            return Err(BackupError::Newer(source.name, format!("form {form}")));
        }
        let header = json(&source, &body)?;
        Ok(Reader { source, header, sums: Vec::new(), open: None, manifest: None })
    }

    /// The file, as people know it.
    pub(super) fn name(&self) -> String {
        self.source.name.clone()
    }

    /// Refuses a file of the other kind.
    pub(super) fn must_hold(&self, wanted: Holds) -> Result<(), BackupError> {
        match self.header.holds == wanted {
            true => Ok(()),
            false => Err(BackupError::Kind(self.name(), self.header.holds.name(), wanted.name())),
        }
    }

    /// The next table; none after the last.
    pub(super) async fn table(&mut self) -> Result<Option<TableHead>, BackupError> {
        match self.next().await? {
            Frame { kind: Kind::Table, body } => {
                let head: TableHead = json(&self.source, &body)?;
                if self.sums.iter().any(|sum| sum.name == head.name) {
                    return Err(self.untrue(format!("{} is in it twice", head.name)));
                }
                let sum = TableSum { name: head.name.clone(), rows: 0, bytes: 0, sha256: String::new() };
                self.open = Some((sum, Sha256::new()));
                Ok(Some(head))
            }
            Frame { kind: Kind::Manifest, body } => {
                self.manifest = Some(body);
                Ok(None)
            }
            _ => Err(BackupError::Damaged(self.name())),
        }
    }

    /// Rows of the table; none after the last.
    pub(super) async fn rows(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        let frame = self.next().await?;
        let Some((sum, hash)) = &mut self.open else { return Err(BackupError::Damaged(self.name())) };
        match frame {
            Frame { kind: Kind::Data, body } => {
                // In a text of COPY nothing but a row's end is such a byte.
                sum.rows += body.iter().filter(|byte| **byte == b'\n').count() as u64;
                sum.bytes += body.len() as u64;
                hash.update(&body);
                Ok(Some(body))
            }
            Frame { kind: Kind::TableEnd, .. } => {
                if let Some((mut sum, hash)) = self.open.take() {
                    sum.sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                    self.sums.push(sum);
                }
                Ok(None)
            }
            _ => Err(BackupError::Damaged(self.name())),
        }
    }

    /// Its end: that everything is there and signed.
    pub(super) async fn end(mut self, keys: &Keys) -> Result<Contents, BackupError> {
        let signature = expect(&mut self.source, Kind::Signature).await?;
        let Some(body) = self.manifest.take() else { return Err(BackupError::Damaged(self.name())) };
        if !keys.has_signed_backup(&body, &signature) {
            return Err(BackupError::Forged(self.name()));
        }
        let manifest: Manifest = json(&self.source, &body)?;
        if self.source.next().await?.is_some() {
            return Err(self.untrue("something stands behind its end"));
        }
        if manifest.id != self.header.id {
            return Err(self.untrue("its beginning and its end are of two files"));
        }
        for (said, found) in manifest.tables.iter().zip(&self.sums) {
            if said != found {
                return Err(
                    self.untrue(format!("{}: {} rows, and {} were found", said.name, said.rows, found.rows))
                );
            }
        }
        if manifest.tables.len() != self.sums.len() {
            return Err(self.untrue("a table is missing"));
        }
        Ok(Contents { header: self.header, manifest })
    }

    fn untrue(&self, what: impl Into<String>) -> BackupError {
        BackupError::Untrue(self.name(), what.into())
    }

    async fn next(&mut self) -> Result<Frame, BackupError> {
        self.source.next().await?.ok_or_else(|| BackupError::Damaged(self.name()))
    }
}

async fn expect(source: &mut Source, kind: Kind) -> Result<Vec<u8>, BackupError> {
    match source.next().await? {
        Some(frame) if frame.kind == kind => Ok(frame.body),
        _ => Err(BackupError::Damaged(source.name.clone())),
    }
}

fn json<T: DeserializeOwned>(source: &Source, body: &[u8]) -> Result<T, BackupError> {
    serde_json::from_slice(body).map_err(|_| BackupError::Damaged(source.name.clone()))
}
