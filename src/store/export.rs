//! All that is kept of a user, in their own terms and with nothing of their partners (I14), in files that a bot may send.
//!
//! The first file tells everything but the messages; they fill it up and go on in the next ones. A file is written while
//! its rows are read, page by page: no more of them is in memory than one page and the file.

use super::conn::Conn;
use super::crypto::Keys;
use super::error::Fault;
use super::{account, codes, entitlement, history, jobs, rating, report};
use nameless_actors::ports::{ExportFile, ExportFrom};
use nameless_domain::ids::UserId;
use nameless_domain::profile::{AgeBand, Gender, TOPICS, topic_key};
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde_json::{Map, Value, json};

const CHATS: &str = "SELECT opened, ended FROM pairs WHERE a = $1 OR b = $1 ORDER BY opened";

/// One file. A user who is not known gets one that says so.
pub(super) async fn file(
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

/// All but the messages.
async fn about(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    into: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let account = account::load(conn, &[user]).await?.pop().flatten().map(|l| describe(&l.account));
    let ratings = rating::counts(conn, user).await?;
    let reports = report::made_by(conn, user).await?;
    let entitlements = entitlement::all(conn, user).await?;
    let mut chats = Vec::new();
    for row in &conn.query(CHATS, &[&user.0]).await? {
        let ended: Option<i64> = row.try_get("ended")?;
        chats.push(json!({ "opened": time(row.try_get("opened")?), "ended": ended.map(time) }));
    }
    let reports: Vec<Value> =
        reports.iter().map(|r| json!({ "reason": r.reason, "at": time(r.at), "status": r.status })).collect();
    let entitlements: Vec<Value> = entitlements
        .iter()
        .map(|e| {
            json!({
                "what": e.kind, "until": time(e.until.0), "granted_by": e.source,
                "granted": time(e.granted.0), "granted_last": time(e.changed.0),
            })
        })
        .collect();
    into.insert("account".to_owned(), json!(account));
    into.insert(
        "ratings".to_owned(),
        json!({
            "given": { "up": ratings.given[0], "down": ratings.given[1] },
            "received": { "up": ratings.received[0], "down": ratings.received[1] },
        }),
    );
    into.insert("entitlements".to_owned(), json!(entitlements));
    into.insert("work".to_owned(), json!(jobs::of_user(conn, keys, user).await?));
    into.insert("reports_made".to_owned(), json!(reports));
    into.insert("chats".to_owned(), json!(chats));
    Ok(())
}

fn describe(a: &Account) -> Value {
    let mut blocked = a.blocked.users().len();
    let mut recent = 0;
    for entry in &a.avoid {
        if entry.until == Millis::NEVER {
            blocked += 1;
        } else {
            recent += 1;
        }
    }
    json!({
        "telegram_id": a.user.0,
        "first_seen": time(a.created.0),
        "language": a.lang.code(),
        "adult_confirmed": a.adult.map(|x| json!({ "at": time(x.at.0), "text_version": x.version })),
        "gender": a.gender.map(|g| codes::word(codes::GENDERS, g)),
        "age": a.age.map(age),
        "interests": (0..TOPICS).filter(|i| a.interests.0 & 1 << i != 0).map(topic).collect::<Vec<_>>(),
        "wishes": {
            "genders": chosen(a.wishes.genders, &Gender::ALL, |g| codes::word(codes::GENDERS, g)),
            "ages": chosen(a.wishes.ages, &AgeBand::ALL, age),
            "languages": chosen(a.wishes.langs, &Lang::ALL, Lang::code),
            "shared_interest": a.wishes.shared_interest,
        },
        "settings": { "ask_before_ending_a_young_chat": a.confirm_end },
        "shown": { "voice_warning": a.warned_voice, "file_warning": a.warned_file },
        "blocked_the_bot": a.blocked_bot,
        "state": state(&a.phase),
        "last_chat": a.last_chat.map(|c| json!({
            "ended": time(c.ended.0), "rated": c.rated, "reported": c.reported,
        })),
        "copy_of_data_asked_for": a.exported.map(|at| time(at.0)),
        "people_blocked": blocked,
        "recent_partners_remembered": recent,
    })
}

fn topic(i: usize) -> &'static str {
    let key = topic_key(i);
    key.strip_prefix("topic-").unwrap_or(key)
}

fn age(band: AgeBand) -> &'static str {
    match band {
        AgeBand::From18 => "18-21",
        AgeBand::From22 => "22-25",
        AgeBand::From26 => "26-35",
        AgeBand::From36 => "36-45",
        AgeBand::From46 => "46+",
    }
}

fn state(phase: &Phase) -> Value {
    match phase {
        Phase::Onboarding { .. } => json!("answering the first questions"),
        Phase::Underage { .. } => json!("under 18"),
        Phase::Idle => json!("idle"),
        Phase::Searching { since, .. } => json!({ "searching_since": time(since.0) }),
        Phase::Chatting { since, .. } => json!({ "chatting_since": time(since.0) }),
    }
}

fn chosen<T: Copy>(mask: u8, all: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    let set = all.iter().enumerate().filter(|(i, _)| mask & 1 << i != 0);
    set.map(|(_, value)| name(*value)).collect()
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
