//! What is kept here.

use super::{anew, letters, people};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use serde_json::{Value, json};
use tokio_postgres::Row;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "dating_profiles",
        life: "until deleted or erased",
        ids: &["user_id"],
        words: &[
            "birth",
            "gender",
            "genders",
            "cell",
            "interests",
            "goal",
            "sealed",
            "photo",
            "preview",
            "echo",
            "wants",
            "offers",
        ],
        other: &[
            "standing",
            "from_age",
            "to_age",
            "reach",
            "photo_checked",
            "asks",
            "asked",
            "heard",
            "since",
            "active",
            "cards",
            "likes",
            "decided",
            "liked",
            "price",
            "passes",
            "priced",
            "day",
            "spent",
            "moves",
            "paused",
            "notify",
            "quiet_from",
            "quiet_to",
            "utc_offset",
            "digest",
            "show_online",
            "told_day",
            "told_cards",
            "told_likes",
            "undo_day",
            "undos",
            "likers_until",
            "wish_shared",
            "wish_goals",
            "wish_photo",
            "wish_active",
            "filter_day",
            "filter_changes",
            "photo_day",
            "photo_changes",
            "changed",
        ],
        stays: &[],
        export: Export::Section("dating", |conn, keys, user| Box::pin(own(conn, keys, user))),
        // Written under the account's lock: what a writer beside an erasure leaves is found.
        erasure: Erasure::Steps(&[Step::routine(Stage::Locked, |conn, erasing| {
            Box::pin(anew::profile_erased(conn, erasing))
        })]),
        expiry: Expiry::No("the person, or the erasure"),
    },
    Table {
        name: "dating_photos",
        life: "as the profile, or until their owner removes them",
        ids: &["user_id"],
        words: &["sealed", "preview"],
        other: &["photo", "place", "seen", "added", "look_at", "looks"],
        stays: &[],
        export: Export::Section("dating_photos", |conn, _, user| Box::pin(pictures(conn, user))),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM dating_photos WHERE user_id = $1")]),
        expiry: Expiry::No("the profile, the person, or the erasure"),
    },
    Table {
        name: "dating_pairs",
        life: "a match, a block and an unmatch until the profile is deleted or erased, a block and an unmatch for the other's sake until both are erased; else a year after the last word",
        ids: &["lo", "hi"],
        words: &["lo_said", "hi_said"],
        other: &[
            "lo_at",
            "hi_at",
            "lo_blocked",
            "hi_blocked",
            "closed",
            "matched_at",
            "matches",
            "lo_token",
            "hi_token",
            "changed",
            "lo_shares",
            "hi_shares",
            "talked",
            "chat",
        ],
        stays: &[
            ("lo", "that others do not want to meet them is the others'"),
            ("hi", "that others do not want to meet them is the others'"),
        ],
        export: Export::Section("dating_said", |conn, _, user| Box::pin(said(conn, user))),
        erasure: Erasure::Steps(&[
            Step::routine(Stage::Locked, |conn, erasing| Box::pin(anew::passes_kept(conn, erasing))),
            Step::at(Stage::Locked, anew::TOLD),
            Step::at(
                Stage::Locked,
                "DELETE FROM dating_pairs WHERE (lo = $1 AND NOT hi_blocked AND NOT closed)
                 OR (hi = $1 AND NOT lo_blocked AND NOT closed)
                 OR ((lo = $1 OR hi = $1) AND NOT EXISTS (SELECT FROM accounts a
                     WHERE a.user_id = CASE WHEN lo = $1 THEN hi ELSE lo END))",
            ),
            Step::at(
                Stage::Locked,
                "UPDATE dating_pairs SET lo_said = NULL, lo_at = NULL, hi_said = NULL, hi_at = NULL,
                     matched_at = NULL, lo_token = NULL, hi_token = NULL, lo_shares = false, hi_shares = false,
                     chat = NULL,
                     lo_blocked = lo_blocked AND lo <> $1, hi_blocked = hi_blocked AND hi <> $1
                 WHERE lo = $1 OR hi = $1",
            ),
        ]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM dating_pairs WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_pairs WHERE matched_at IS NULL AND NOT closed AND NOT lo_blocked
                    AND NOT hi_blocked AND changed < $1
                ORDER BY changed LIMIT $2))",
        },
    },
    Table {
        name: "dating_cards",
        life: "30 days, or until one of the two deletes their profile or is erased",
        ids: &["viewer", "other"],
        words: &[],
        other: &["token", "place", "made", "served", "answered", "widened", "undone"],
        stays: &[],
        export: Export::No("whom they are about to see; what they said of them is exported"),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM dating_cards WHERE viewer = $1 OR other = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM dating_cards WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_cards WHERE made < $1 ORDER BY made LIMIT $2))",
        },
    },
    Table {
        name: "dating_sessions",
        life: "until they end, 24 hours at most, or until erased",
        ids: &["user_id"],
        words: &[],
        other: &["hash", "signed", "expires"],
        stays: &[],
        export: Export::No("a secret's hash, and when it ends"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM dating_sessions WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.now,
            sql: "DELETE FROM dating_sessions WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_sessions WHERE expires < $1 ORDER BY expires LIMIT $2))",
        },
    },
    Table {
        name: "dating_done",
        life: "24 hours, or until erased",
        ids: &["user_id"],
        words: &[],
        other: &["key", "request", "done", "at"],
        stays: &[],
        export: Export::No("that something was asked; what came of it is exported where it is kept"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM dating_done WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(1),
            sql: "DELETE FROM dating_done WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_done WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "dating_minors",
        life: "until the day on which they are 18; outlives an erasure as a hash that means nothing without the key",
        ids: &["user_hash"],
        words: &[],
        other: &["until"],
        stays: &[("user_hash", "erasing is no way around the age; without the key the hash means nothing")],
        export: Export::No("they were told, and nothing else is kept of it"),
        erasure: Erasure::No("erasing is no way around the age"),
        expiry: Expiry::Rows {
            before: |lives| lives.now,
            sql: "DELETE FROM dating_minors WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_minors WHERE until < $1 ORDER BY until LIMIT $2))",
        },
    },
    Table {
        name: "dating_hidden",
        life: "365 days, or until an operator shows the profile; outlives an erasure as a hash that means nothing without the key",
        ids: &["user_hash"],
        words: &[],
        other: &["at"],
        stays: &[("user_hash", "erasing is no way around a ruling; without the key the hash means nothing")],
        export: Export::No("they see that their profile is hidden, and nothing else is kept of it"),
        erasure: Erasure::No("erasing is no way around a ruling"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM dating_hidden WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_hidden WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "dating_counts",
        life: "until the day is over; outlives an erasure as a hash that means nothing without the key",
        ids: &["user_hash"],
        words: &[],
        other: &["what", "day", "n"],
        stays: &[("user_hash", "erasing is no way to another day's likes; without the key the hash means nothing")],
        export: Export::No("numbers of a day, of a profile that is gone"),
        erasure: Erasure::No("erasing is no way to another day's likes"),
        expiry: Expiry::Rows {
            before: |lives| lives.now,
            sql: "DELETE FROM dating_counts WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_counts WHERE day < $1::bigint / 86400000 ORDER BY day LIMIT $2))",
        },
    },
    Table {
        name: "dating_passed",
        life: "a year, until they make a profile again, or until who passed deletes theirs or is erased; outlives an erasure as a hash that means nothing without the key",
        ids: &["user_hash", "other"],
        words: &[],
        other: &["at"],
        stays: &[("user_hash", "that others passed is the others'; without the key the hash means nothing")],
        export: Export::No("what they said of somebody who has erased themselves since, and cannot be named"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM dating_passed WHERE other = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM dating_passed WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_passed WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "dating_letters",
        life: "30 days, or until one of the two is erased",
        ids: &["sender", "receiver"],
        words: &["sealed"],
        other: &["name", "at", "told_by"],
        stays: &[],
        export: Export::Section("dating_letters", |conn, keys, user| {
            Box::pin(letters::written(conn, keys, user))
        }),
        erasure: Erasure::Steps(&[
            // Their words, as others' jobs tell them or have told them.
            Step::at(
                Stage::Locked,
                "DELETE FROM jobs WHERE key IN (SELECT 'dating:letter:' || lpad(to_hex(name), 16, '0')
                    FROM dating_letters WHERE sender = $1)",
            ),
            Step::at(Stage::Locked, "DELETE FROM dating_letters WHERE sender = $1 OR receiver = $1"),
        ]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(30),
            sql: "DELETE FROM dating_letters WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_letters WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "dating_reports",
        life: "365 days, or until one of the two erases themselves",
        ids: &["reporter", "reported"],
        words: &["sealed", "echo"],
        other: &["at", "handled", "reason"],
        stays: &[],
        export: Export::Section("dating_reports", |conn, _, user| Box::pin(reported(conn, user))),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "DELETE FROM dating_reports WHERE reporter = $1 OR reported = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM dating_reports WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM dating_reports WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
];

const OWN: &str = "\
    SELECT standing, birth::text AS birth, gender, genders, from_age, to_age, interests, cell, goal, sealed,
        photo IS NOT NULL AS has_photo, since, reach, wish_shared, wish_goals, wish_photo, wish_active,
        notify, quiet_from, quiet_to, utc_offset, digest, show_online
    FROM dating_profiles WHERE user_id = $1";

const SAID: &str = "\
    SELECT CASE WHEN lo = $1 THEN lo_said ELSE hi_said END AS said,
        CASE WHEN lo = $1 THEN lo_at ELSE hi_at END AS at, matched_at
    FROM dating_pairs WHERE lo = $1 OR hi = $1 ORDER BY 2, 3";

const REPORTED: &str = "SELECT at FROM dating_reports WHERE reporter = $1 ORDER BY at";

/// A person's own profile, for the export.
async fn own(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Value::Null) };
    let words = match row.try_get::<_, Option<&[u8]>>("sealed")? {
        Some(sealed) => people::words(conn, keys, user, sealed).await?,
        None => None,
    };
    let (name, bio) = words.map(|words| (words.name, words.bio)).unwrap_or_default();
    Ok(json!({
        "standing": row.try_get::<_, &str>("standing")?, "birth": row.try_get::<_, Option<&str>>("birth")?,
        "name": name, "bio": bio, "gender": row.try_get::<_, i16>("gender")?,
        "looks_for": { "genders": row.try_get::<_, i16>("genders")?,
            "from_age": row.try_get::<_, i16>("from_age")?, "to_age": row.try_get::<_, i16>("to_age")?,
            "something_in_common": row.try_get::<_, bool>("wish_shared")?,
            "goals": row.try_get::<_, i16>("wish_goals")?,
            "with_photo": row.try_get::<_, bool>("wish_photo")?,
            "here_within_days": row.try_get::<_, i16>("wish_active")?,
            "distance_band": row.try_get::<_, i16>("reach")? },
        "notices": { "kinds": row.try_get::<_, i16>("notify")?,
            "quiet_from_minute": row.try_get::<_, Option<i16>>("quiet_from")?,
            "quiet_to_minute": row.try_get::<_, Option<i16>>("quiet_to")?,
            "minutes_ahead_of_utc": row.try_get::<_, Option<i16>>("utc_offset")?,
            "in_the_evening": row.try_get::<_, bool>("digest")? },
        "shows_that_they_are_here": row.try_get::<_, bool>("show_online")?,
        "cell": row.try_get::<_, Option<i32>>("cell")?, "goal": row.try_get::<_, Option<i16>>("goal")?,
        "interests": row.try_get::<_, i64>("interests")?, "photo": row.try_get::<_, bool>("has_photo")?,
        "since": rfc3339(row.try_get("since")?),
    }))
}

const PICTURES: &str =
    "SELECT seen <> 'waiting' AS checked, added FROM dating_photos WHERE user_id = $1 ORDER BY place, photo";

/// Their photos, for the export; the pictures themselves are in the chat with the bot.
async fn pictures(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(PICTURES, &[&user.0]).await?;
    let line = |row: &Row| {
        let (checked, added) = (row.try_get::<_, bool>("checked")?, rfc3339(row.try_get("added")?));
        Ok(json!({ "looked_at": checked, "added": added }))
    };
    rows.iter().map(line).collect()
}

/// What they said of others, and of whom not: that is the others'.
async fn said(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for row in conn.query(SAID, &[&user.0]).await? {
        let (said, at): (Option<&str>, Option<i64>) = (row.try_get("said")?, row.try_get("at")?);
        if let (Some(said), Some(at)) = (said, at) {
            let matched: Option<i64> = row.try_get("matched_at")?;
            all.push(json!({ "said": said, "at": rfc3339(at), "matched": matched.map(rfc3339) }));
        }
    }
    Ok(json!(all))
}

async fn reported(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(REPORTED, &[&user.0]).await?;
    rows.iter().map(|row| Ok(json!(rfc3339(row.try_get("at")?)))).collect()
}
