//! A person's copy of their data as one document, whatever the number of its files.

use nameless_actors::ports::{ExportFrom, Store, StoreError};
use nameless_domain::ids::UserId;
use serde_json::Value;

/// Bytes of a file, where a test does not say.
const FILE: usize = 10_000_000;

/// Adds the whole export to any store.
pub trait WholeExport: Store {
    /// All files in one: the first with the messages of all.
    fn whole_export(&self, user: UserId) -> impl Future<Output = Result<Value, StoreError>> {
        async move {
            let mut whole = Value::Null;
            for file in self.export_files(user, FILE).await? {
                let mut file: Value = serde_json::from_slice(&file).expect("JSON");
                match whole["messages"].as_array_mut() {
                    None => whole = file,
                    Some(messages) => messages.append(file["messages"].as_array_mut().expect("messages")),
                }
            }
            Ok(whole)
        }
    }

    /// Its files, of about `max_bytes`.
    fn export_files(
        &self,
        user: UserId,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, StoreError>> {
        async move {
            let (mut files, mut from) = (Vec::new(), Some(ExportFrom::default()));
            while let Some(begin) = from {
                let file = self.export(user, begin, max_bytes).await?;
                files.push(file.json);
                from = file.next;
            }
            Ok(files)
        }
    }
}

impl<S: Store + ?Sized> WholeExport for S {}
