//! All that is kept of a user, in their own terms and with nothing of their partners (I14).

use super::conn::Conn;
use super::crypto::Keys;
use super::error::Fault;
use super::{account, codes, entitlement, history, rating, report};
use nameless_domain::ids::UserId;
use nameless_domain::profile::{AgeBand, Gender, TOPICS, topic_key};
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde_json::{Value, json};

/// Messages in one export; a Telegram document must stay below 50 MB.
const MESSAGES_MAX: usize = 50_000;

const CHATS: &str = "SELECT opened, ended FROM pairs WHERE a = $1 OR b = $1 ORDER BY opened";

/// The whole document. A user who is not known gets one that says so.
pub(super) async fn export(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Value, Fault> {
    let loaded = account::load(conn, &[user]).await?.pop().flatten();
    let ratings = rating::counts(conn, user).await?;
    let reports = report::made_by(conn, user).await?;
    let entitlements = entitlement::all(conn, user).await?;
    let chats = conn.query(CHATS, &[&user.0]).await?;
    let (messages, is_cut) = history::own(conn, keys, user, MESSAGES_MAX).await?;

    let mut chat_times = Vec::with_capacity(chats.len());
    for row in &chats {
        let ended: Option<i64> = row.try_get("ended")?;
        chat_times.push(json!({ "opened": time(row.try_get("opened")?), "ended": ended.map(time) }));
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
    let mut own = Vec::with_capacity(messages.len());
    for m in &messages {
        let payload: Value = serde_json::from_str(m.payload.get())
            .map_err(|_| Fault::Corrupt("a payload is not JSON".into()))?;
        own.push(json!({ "at": time(m.at), "edit": m.edit, "content": payload }));
    }
    Ok(json!({
        "account": loaded.as_ref().map(|l| describe(&l.account)),
        "ratings": {
            "given": { "up": ratings.given[0], "down": ratings.given[1] },
            "received": { "up": ratings.received[0], "down": ratings.received[1] },
        },
        "entitlements": entitlements,
        "reports_made": reports,
        "chats": chat_times,
        "messages": own,
        "messages_are_cut": is_cut,
    }))
}

fn describe(a: &Account) -> Value {
    let mut blocked = 0;
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
