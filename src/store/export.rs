//! All that is kept of a user, in their own terms and with nothing of their partners (I14), in
//! files that a bot may send.
//!
//! The first file tells everything but the messages; they fill it up and go on in the next ones. A
//! file is written while its rows are read, page by page: no more of them is in memory than one
//! page and the file.

use super::aggregates::history;
use super::keys::Keys;
use super::pg::{Conn, Fault};
use super::schema::tables;
use super::table::Export;
use nameless_actors::ports::{ExportFile, ExportFrom};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::{Map, Value, json};

/// One file. A user who is not known gets one that says so.
pub(crate) async fn file(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    from: ExportFrom,
    max_bytes: usize,
) -> Result<ExportFile, Fault> {
    let mut head = Map::new();
    head.insert("part".to_owned(), json!(from.file + 1));
    if from.file == 0 {
        about(conn, keys, user, &mut head).await?;
    }
    let head = serde_json::to_string_pretty(&head)
        .map_err(|_| Fault::Corrupt("what is known of a user cannot be written as JSON".into()))?;
    let mut json = head.into_bytes();
    while json.pop_if(|byte| *byte == b'}' || byte.is_ascii_whitespace()).is_some() {}
    json.extend_from_slice(b",\n  \"messages\": [");
    let mut messages = 0;
    let after = history::each_own(conn, keys, user, from.after, |m| {
        let payload = m.payload.get();
        let line =
            format!("\n    {{ \"at\": \"{}\", \"edit\": {}, \"content\": {payload} }}", time(m.at), m.edit);
        // Whatever it is, one fits: else an export would come to no end.
        if messages > 0 && json.len() + line.len() + 1 > max_bytes {
            return false;
        }
        if messages > 0 {
            json.push(b',');
        }
        json.extend_from_slice(line.as_bytes());
        messages += 1;
        true
    });
    let next = after.await?.map(|after| ExportFrom { file: from.file + 1, after: Some(after) });
    let end = format!("\n  ],\n  \"goes_on_in_another_part\": {}\n}}\n", next.is_some());
    json.extend_from_slice(end.as_bytes());
    Ok(ExportFile { json, next })
}

/// All but the messages: each table's section under its own name.
async fn about(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    into: &mut Map<String, Value>,
) -> Result<(), Fault> {
    for table in tables() {
        if let Export::Section(name, read) = table.export {
            into.insert(name.to_owned(), read(conn, keys, user).await?);
        }
    }
    Ok(())
}

/// A moment as RFC 3339 in UTC.
pub(crate) fn time(ms: i64) -> String {
    let ((year, month, day), rest) = (Millis(ms).date(), Millis(ms).time_of_day());
    let (s, millis) = (rest / 1_000, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z", s / 3_600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(time(1_735_689_599_999), "2024-12-31T23:59:59.999Z");
        assert_eq!(time(-1), "1969-12-31T23:59:59.999Z");
    }
}
