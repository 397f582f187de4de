//! What is kept here.

use super::lines;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasing, Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::{Value, json};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "audit_log",
        life: "for ever: what operators did; names the person by a hash that means nothing without the key",
        ids: &["who", "whom"],
        words: &["detail", "reason"],
        other: &["seq", "at", "role", "what", "source", "outcome", "hash", "mac"],
        stays: &[
            ("who", "an operator answers for what they did"),
            ("whom", "without the key the hash means nothing"),
            ("detail", "numbers, and names that operators gave to their own things"),
            ("reason", "an operator's words about their own act"),
        ],
        export: Export::Section("operators", |conn, keys, user| Box::pin(looks(conn, keys, user))),
        erasure: Erasure::No("a log from which rows can go proves nothing"),
        expiry: Expiry::No("never: each entry proves those before it"),
    },
    Table {
        name: "audit_heads",
        life: "for ever: entries of the log noted from time to time",
        ids: &[],
        words: &[],
        other: &["seq", "at", "hash", "mac"],
        stays: &[],
        export: Export::No("it tells nothing of anybody"),
        erasure: Erasure::No("it tells nothing of anybody"),
        expiry: Expiry::No("never: they prove that the log was not cut short"),
    },
    Table {
        name: "audit_subjects",
        life: "until erased: whose hash it is",
        ids: &["whom", "user_id"],
        words: &[],
        other: &[],
        stays: &[],
        export: Export::No("`operators` tells of it"),
        // Written under the account's lock: what a writer beside an erasure leaves is found.
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM audit_subjects WHERE user_id = $1")]),
        expiry: Expiry::No("the erasure"),
    },
    Table {
        name: "bans",
        life: "30 days after its end; outlives an erasure as a hash that means nothing without the key",
        ids: &["user_hash", "user_id", "by"],
        words: &["reason"],
        other: &["kind", "since", "until", "told", "version"],
        stays: &[
            ("user_hash", "erasing is no way around a ban; without the key the hash means nothing"),
            ("by", "the operator who decided"),
            ("reason", "an operator's words, without the name of whom they are about"),
        ],
        export: Export::Section("bans", |conn, _, user| Box::pin(own(conn, user))),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "UPDATE bans SET user_id = NULL WHERE user_id = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM bans WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM bans WHERE until < $1 ORDER BY until LIMIT $2))",
        },
    },
    Table {
        name: "appeals",
        life: "90 days, or until erased",
        ids: &["user_hash"],
        words: &["sealed"],
        other: &["seq", "at", "answered", "accepted"],
        stays: &[],
        export: Export::No("what somebody wrote to the operators, as they have it in the chat"),
        erasure: Erasure::Steps(&[Step::routine(Stage::Locked, |conn, who| Box::pin(forget(conn, who)))]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(90),
            sql: "DELETE FROM appeals WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM appeals WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "operator_lines",
        life: "365 days, or until erased: what operators said to people",
        ids: &["user_id"],
        words: &["sealed"],
        other: &["line_id", "kind", "at", "told"],
        stays: &[],
        export: Export::Section("from_operators", |conn, keys, user| Box::pin(lines::said(conn, keys, user))),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM operator_lines WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM operator_lines WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM operator_lines WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "operator_notes",
        life: "365 days, or until erased: what operators noted for each other",
        ids: &["user_hash", "by"],
        words: &["sealed"],
        other: &["note_id", "at"],
        stays: &[
            ("by", "the operator who noted it"),
            ("sealed", "what an operator noted about somebody else"),
        ],
        export: Export::No("operators' words for each other; what was decided is in `operators` and `bans`"),
        erasure: Erasure::Steps(&[Step::routine(Stage::Locked, |conn, who| {
            Box::pin(forget_notes(conn, who))
        })]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM operator_notes WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM operator_notes WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "detections",
        life: "90 days, or until erased: what was written as programs write",
        ids: &["user_hash", "user_id"],
        words: &[],
        other: &["seq", "pattern", "at", "acted"],
        stays: &[],
        export: Export::No("it would tell programs how they are found"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM detections WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(90),
            sql: "DELETE FROM detections WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM detections WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "admin_tokens",
        life: "for ever: names and hashes of operators' tokens",
        ids: &[],
        words: &[],
        other: &["hash", "name", "role", "created", "expires", "revoked", "made_by"],
        stays: &[],
        export: Export::No("it tells nothing of users"),
        erasure: Erasure::No("it tells nothing of users"),
        expiry: Expiry::No("never: the log names them"),
    },
    Table {
        name: "admin_links",
        life: "24 hours; hashes of links to the pages, which are good for five minutes",
        ids: &["who"],
        words: &[],
        other: &["hash", "role", "expires", "used"],
        stays: &[("who", "the operator whom the link is for, for a day")],
        export: Export::No("it tells nothing of users"),
        erasure: Erasure::No("an operator's, and gone within a day"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(1),
            sql: "DELETE FROM admin_links WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM admin_links WHERE expires < $1 ORDER BY expires LIMIT $2))",
        },
    },
    Table {
        name: "admin_sessions",
        life: "36 hours: hashes of sessions of the pages, which are good for twelve",
        ids: &["who"],
        words: &[],
        other: &["hash", "role", "seen", "expires", "ended"],
        stays: &[("who", "the operator whose session it is, for a day after its end")],
        export: Export::No("it tells nothing of users"),
        erasure: Erasure::No("an operator's, and gone within a day after its end"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(1),
            sql: "DELETE FROM admin_sessions WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM admin_sessions WHERE expires < $1 ORDER BY expires LIMIT $2))",
        },
    },
    Table {
        name: "admin_requests",
        life: "30 days, or until who it is about is erased: what waits for a second owner, sealed",
        ids: &["who", "person", "whom", "by"],
        words: &["sealed"],
        other: &["request_id", "at", "until", "role", "closed"],
        stays: &[
            ("who", "the operator who asked"),
            ("person", "the same"),
            ("by", "the operator who decided"),
            ("sealed", "what an operator asked for about somebody else"),
        ],
        export: Export::No("operators' words for each other; what came of it is in `operators`"),
        erasure: Erasure::Steps(&[Step::routine(Stage::Locked, |conn, who| {
            Box::pin(forget_requests(conn, who))
        })]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM admin_requests WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM admin_requests WHERE until < $1 ORDER BY until LIMIT $2))",
        },
    },
    Table {
        name: "admin_replies",
        life: "24 hours, sealed",
        ids: &["who"],
        words: &[],
        other: &["key", "act", "sealed", "at"],
        stays: &[("who", "the operator who asked, for a day")],
        export: Export::No("an operator's answers, for a day"),
        erasure: Erasure::No("it cannot be searched for anybody, and goes within a day"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(1),
            sql: "DELETE FROM admin_replies WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM admin_replies WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
];

const LOOKS: &str = "\
    SELECT count(*) FILTER (WHERE what = 'person') AS looked, count(*) FILTER (WHERE what = 'report') AS read,
        count(*) FILTER (WHERE what = 'dialogs') AS dialogs
    FROM audit_log WHERE whom = $1 AND outcome = 'done'";

/// A shadow is not told: it would be none.
const OWN: &str = "SELECT since, until, reason FROM bans WHERE user_id = $1 AND kind = 'ban'";

/// How often operators looked at somebody, for their export.
async fn looks(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(LOOKS, &[&keys.subject_hash(user)]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no count".into()))?;
    let (looked, read): (i64, i64) = (row.try_get("looked")?, row.try_get("read")?);
    let dialogs: i64 = row.try_get("dialogs")?;
    Ok(json!({ "looked_at_you": looked, "read_reported_messages": read, "read_your_chats": dialogs }))
}

/// A user's ban, for their export.
async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut bans = Vec::new();
    for row in conn.query(OWN, &[&user.0]).await? {
        let until: i64 = row.try_get("until")?;
        let until = (until != Millis::NEVER.0).then(|| rfc3339(until));
        let (since, reason): (i64, String) = (row.try_get("since")?, row.try_get("reason")?);
        bans.push(json!({ "since": rfc3339(since), "until": until, "reason": reason }));
    }
    Ok(json!(bans))
}

async fn forget(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute("DELETE FROM appeals WHERE user_hash = $1", &[&who.keys.subject_hash(who.user)]).await?;
    Ok(())
}

async fn forget_requests(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute("DELETE FROM admin_requests WHERE whom = $1", &[&who.keys.subject_hash(who.user)]).await?;
    Ok(())
}

async fn forget_notes(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute("DELETE FROM operator_notes WHERE user_hash = $1", &[&who.keys.subject_hash(who.user)])
        .await?;
    Ok(())
}
