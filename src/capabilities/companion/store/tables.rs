//! What is kept here.

use super::facts;
use super::own;
use super::shared;
use super::words::{self, Part};
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use serde_json::{Value, json};
use tokio_postgres::Row;

/// Erasing is no way round a cap.
const STAYS: &str = "erasing is no way round a cap; without the key the hash means nothing";

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "companion_dialogs",
        life: "a year after their last word, or until deleted by their owner, or erased",
        ids: &["user_id"],
        words: &["title", "persona", "lang", "summary"],
        other: &["dialog_id", "begun", "created", "used", "noticed", "adult", "naming"],
        stays: &[],
        export: Export::Section("dialogs_with_characters", |conn, keys, user| {
            Box::pin(own(conn, keys, user))
        }),
        // What is written beside an erasure holds the account's lock.
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM companion_dialogs WHERE user_id = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM companion_dialogs WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_dialogs WHERE used < $1 ORDER BY used LIMIT $2))",
        },
    },
    Table {
        name: "companion_turns",
        life: "a year, or until their dialog is deleted, or erased",
        ids: &["user_id"],
        words: &["asked", "reply", "variants", "stems", "vector"],
        other: &["dialog_id", "messages", "at", "state", "adult", "vector_of"],
        stays: &[],
        export: Export::No("they stand with the dialogs"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM companion_turns WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM companion_turns WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_turns WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_facts",
        life: "until deleted by who said them, or erased",
        ids: &["user_id"],
        words: &["sealed"],
        other: &["fact_id", "message", "at"],
        stays: &[],
        export: Export::Section("remembered_by_characters", |conn, keys, user| {
            Box::pin(async move {
                let facts = facts::all(conn, keys, user).await?;
                Ok(facts.into_iter().map(|fact| Value::from(fact.words)).collect())
            })
        }),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM companion_facts WHERE user_id = $1")]),
        expiry: Expiry::No("their owner's list, of 30 at most"),
    },
    Table {
        name: "companion_pictures",
        life: "30 days, their bytes until they were told, and of a deleted dialog when they were asked for; or until erased",
        ids: &["user_id"],
        words: &["sealed", "file"],
        other: &["picture_id", "dialog_id", "asked", "at", "state", "adult", "veiled", "shows"],
        stays: &[],
        export: Export::Section("pictures_by_characters", |conn, _, user| {
            Box::pin(async move {
                let mut pictures = Vec::new();
                for row in conn.query(PICTURES, &[&user.0]).await? {
                    let (at, state): (i64, &str) = (row.try_get("at")?, row.try_get("state")?);
                    // Their dialog may be deleted.
                    let persona: Option<&str> = row.try_get("persona")?;
                    pictures.push(json!({ "asked": rfc3339(at), "state": state, "character": persona }));
                }
                Ok(Value::from(pictures))
            })
        }),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM companion_pictures WHERE user_id = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM companion_pictures WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_pictures WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_own",
        life: "until deleted by who made them, or erased; one that is not finished 30 days",
        ids: &["user_id"],
        words: &["sealed", "picture"],
        other: &["own_id", "dialog_id", "at", "done", "wished"],
        stays: &[],
        export: Export::Section("own_characters", |conn, keys, user| {
            Box::pin(async move {
                let all = own::all(conn, keys, user).await?;
                Ok(all.into_iter().map(|(own, picture)| own.card_with(picture.as_deref())).collect())
            })
        }),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM companion_own WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM companion_own WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_own WHERE NOT done AND at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_shared_reports",
        life: "a year, or until who reported erases themselves, or what they reported is gone",
        ids: &["user_id"],
        words: &[],
        other: &["shared_id", "at"],
        stays: &[],
        export: Export::Section("reported_characters", |conn, _, user| {
            Box::pin(async move {
                let rows = conn.query(REPORTED, &[&user.0]).await?;
                let at = |row: &Row| Ok(Value::from(rfc3339(row.try_get("at")?)));
                Ok(Value::from(rows.iter().map(at).collect::<Result<Vec<_>, Fault>>()?))
            })
        }),
        // Of what the person shares as well, which goes after these.
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM companion_shared_reports WHERE user_id = $1
                OR shared_id IN (SELECT shared_id FROM companion_shared WHERE user_id = $1)",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM companion_shared_reports WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_shared_reports WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_shared",
        life: "until taken back, deleted or erased by who made them",
        ids: &["user_id"],
        words: &["lang", "sealed", "picture"],
        other: &["shared_id", "own_id", "state", "at"],
        stays: &[],
        export: Export::Section("shared_characters", |conn, keys, user| {
            Box::pin(async move {
                let ring = user_key::get(conn, keys, &[user.0]).await?;
                let Some(key) = ring.get(&user) else { return Ok(json!([])) };
                let mut all = Vec::new();
                for row in conn.query(SHARED, &[&user.0]).await? {
                    let (at, state): (i64, &str) = (row.try_get("at")?, row.try_get("state")?);
                    let card = shared::opened(key, &row)?.card();
                    // The picture itself stands with their own: a copy of all has to fit into a
                    // file.
                    let pictured: bool = row.try_get("pictured")?;
                    let since = rfc3339(at);
                    all.push(json!({ "since": since, "state": state, "card": card, "picture": pictured }));
                }
                Ok(Value::from(all))
            })
        }),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM companion_shared WHERE user_id = $1",
        )]),
        expiry: Expiry::No("their maker's own, of 20 at most"),
    },
    Table {
        name: "companion_people",
        life: "an hour after the last word, or until erased",
        ids: &["user_id"],
        words: &[],
        other: &["asks", "at"],
        stays: &[],
        export: Export::No("when the last words came, which the dialogs say"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM companion_people WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.hours(1),
            sql: "DELETE FROM companion_people WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_people WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_calls",
        life: "35 days; outlives an erasure without a name, under a hash that means nothing without the key",
        ids: &["person"],
        words: &[],
        other: &["dialog_id", "back_end", "worst", "spent", "at"],
        stays: &[("person", STAYS)],
        export: Export::No("what the operator pays for replies, which are exported"),
        erasure: Erasure::No("what was spent stays in the books; nothing of it names the person"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(35),
            sql: "DELETE FROM companion_calls WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_calls WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "companion_sums",
        life: "for ever, a row a day and cap; those of people 35 days, under a hash that means nothing without the key",
        ids: &["person"],
        words: &[],
        other: &["cap", "reserved", "spent"],
        stays: &[("person", STAYS)],
        export: Export::No("sums of what the operator pays for replies, which are exported"),
        erasure: Erasure::No("what was spent stays in the books; nothing of it names the person"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(35),
            sql: "DELETE FROM companion_sums WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM companion_sums WHERE cap IN ('person', 'pictures') AND day < $1::bigint / 86400000 ORDER BY day LIMIT $2))",
        },
    },
];

const REPORTED: &str = "SELECT at FROM companion_shared_reports WHERE user_id = $1 ORDER BY at";

const SHARED: &str = "\
    SELECT own_id, state, at, sealed, picture IS NOT NULL AS pictured FROM companion_shared
    WHERE user_id = $1 ORDER BY shared_id";

const PICTURES: &str = "\
    SELECT p.at, p.state, d.persona FROM companion_pictures p LEFT JOIN companion_dialogs d USING (dialog_id)
    WHERE p.user_id = $1 ORDER BY p.at";

const DIALOGS: &str = "\
    SELECT dialog_id, persona, lang, title, summary, created, used, adult FROM companion_dialogs
    WHERE user_id = $1 ORDER BY created, dialog_id";

const TURNS: &str = "\
    SELECT dialog_id, turn, at, asked, reply, variants, vector IS NOT NULL AS meant FROM companion_turns
    WHERE user_id = $1 ORDER BY dialog_id, turn";

/// A user's dialogs with their words, for the export.
async fn own(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(json!([])) };
    let mut turns: Vec<(i64, Value)> = Vec::new();
    for row in conn.query(TURNS, &[&user.0]).await? {
        let (dialog, turn): (i64, i32) = (row.try_get("dialog_id")?, row.try_get("turn")?);
        let open = |part, sealed: Option<&[u8]>| {
            sealed.map(|sealed| words::open(key, part, (dialog, turn), sealed)).transpose()
        };
        let at = rfc3339(row.try_get("at")?);
        let (you, character) =
            (open(Part::Asked, row.try_get("asked")?)?, open(Part::Reply, row.try_get("reply")?)?);
        let mut told = json!({ "at": at, "you": you, "character": character });
        let variants: Vec<&[u8]> = row.try_get("variants")?;
        if !variants.is_empty() {
            let all = variants.into_iter().map(|sealed| open(Part::Reply, Some(sealed)));
            told["answers"] = json!(all.collect::<Result<Vec<_>, _>>()?);
        }
        // What a model made of it is numbers that say nothing to anybody: that they are there does.
        if row.try_get("meant")? {
            told["found_by_meaning"] = json!(true);
        }
        turns.push((dialog, told));
    }
    let mut dialogs = Vec::new();
    for row in conn.query(DIALOGS, &[&user.0]).await? {
        let id: i64 = row.try_get("dialog_id")?;
        let title: Option<&[u8]> = row.try_get("title")?;
        let title = title.map(|sealed| words::open(key, Part::Title, (id, 0), sealed)).transpose()?;
        let summary: Option<&[u8]> = row.try_get("summary")?;
        let summary = summary.map(|sealed| words::open(key, Part::Summary, (id, 0), sealed)).transpose()?;
        let said: Vec<&Value> = turns.iter().filter(|(of, _)| *of == id).map(|(_, turn)| turn).collect();
        dialogs.push(json!({
            "character": row.try_get::<_, &str>("persona")?, "language": row.try_get::<_, &str>("lang")?,
            "title": title, "summary": summary, "begun": rfc3339(row.try_get("created")?),
            "last_used": rfc3339(row.try_get("used")?), "turns": said,
            "adult_mode_since": row.try_get::<_, Option<i64>>("adult")?.map(rfc3339),
        }));
    }
    Ok(json!(dialogs))
}
