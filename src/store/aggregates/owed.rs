//! Lines that are owed to users until they have left.

use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Step, Table};
use nameless_actors::ports::Owed;
use nameless_domain::ids::UserId;
use nameless_domain::session::notice::Notice;
use std::collections::BTreeMap;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "owed_lines",
    life: "until the line has left or cannot",
    ids: &["user_id"],
    words: &[],
    other: &["line", "life"],
    stays: &[],
    export: Export::No("what the bot is about to say, and says"),
    erasure: Erasure::Steps(&[Step::rows("DELETE FROM owed_lines WHERE user_id = $1")]),
    expiry: Expiry::No("the line's leaving"),
}];

const UPSERT: &str = "\
    INSERT INTO owed_lines (user_id, line, life)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
    ON CONFLICT (user_id, line) DO UPDATE SET life = excluded.life";

const DELETE: &str = "\
    DELETE FROM owed_lines o USING unnest($1::bigint[], $2::text[]) AS n (user_id, line)
    WHERE o.user_id = n.user_id AND o.line = n.line";

/// What a batch says of owed lines; the last word on each counts: whose life owes it, or nobody's.
#[derive(Default)]
pub(crate) struct OwedLines(BTreeMap<(i64, String), Option<i64>>);

impl OwedLines {
    /// A line is owed.
    pub(crate) fn add(&mut self, user: UserId, owed: Owed) -> Result<(), Fault> {
        self.0.insert((user.0, word(owed.notice)?), Some(owed.life));
        Ok(())
    }

    /// It is owed no more.
    pub(crate) fn remove(&mut self, user: UserId, notice: Notice) -> Result<(), Fault> {
        self.0.insert((user.0, word(notice)?), None);
        Ok(())
    }

    /// Writes them all.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        let (mut users, mut lines, mut lives) = (Vec::new(), Vec::new(), Vec::new());
        let (mut free_users, mut free_lines) = (Vec::new(), Vec::new());
        for ((user, line), life) in self.0 {
            match life {
                Some(life) => {
                    users.push(user);
                    lines.push(line);
                    lives.push(life);
                }
                None => {
                    free_users.push(user);
                    free_lines.push(line);
                }
            }
        }
        if !free_users.is_empty() {
            conn.execute(DELETE, &[&free_users, &free_lines]).await?;
        }
        if !users.is_empty() {
            conn.execute(UPSERT, &[&users, &lines, &lives]).await?;
        }
        Ok(())
    }
}

/// A line as it is kept: equal lines are equal texts, as the table's key needs.
fn word(notice: Notice) -> Result<String, Fault> {
    serde_json::to_string(&notice).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))
}

/// The owed lines of a user, from two columns of the same length.
pub(crate) fn from_columns(lines: Vec<&str>, lives: Vec<i64>) -> Result<Vec<Owed>, Fault> {
    let line = |(line, life): (&str, i64)| match serde_json::from_str(line) {
        Ok(notice) => Ok(Owed { notice, life }),
        Err(_) => Err(Fault::Corrupt("an owed line that cannot be read".into())),
    };
    lines.into_iter().zip(lives).map(line).collect()
}
