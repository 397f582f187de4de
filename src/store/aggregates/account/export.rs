//! What an export tells of a user's row, in their own terms and with nothing of their partners.

use crate::store::aggregates::codes;
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339 as time;
use nameless_domain::ids::UserId;
use nameless_domain::profile::{AgeBand, Gender, TOPICS, topic_key};
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde_json::{Value, json};

/// The section of a user; null if they are not known.
pub(super) async fn read(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let loaded = super::load(conn, &[user]).await?.pop().flatten();
    Ok(json!(loaded.map(|l| describe(&l.account))))
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
        "settings": {
            "ask_before_ending_a_young_chat": a.confirm_end,
            "nude_photos_with_who_wants_them_too": a.nude_photos,
        },
        "shown": { "voice_warning": a.warned_voice, "file_warning": a.warned_file },
        "blocked_the_bot": a.blocked_bot,
        "bot_written_to_last": a.bot.0,
        "state": state(&a.phase),
        "writes_letters_to_a_match": a.letter.is_some(),
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
        Phase::Companion { .. } => json!("talking to a character"),
        Phase::Searching { since, .. } => json!({ "searching_since": time(since.0) }),
        Phase::Chatting { since, .. } => json!({ "chatting_since": time(since.0) }),
    }
}

fn chosen<T: Copy>(mask: u8, all: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    let set = all.iter().enumerate().filter(|(i, _)| mask & 1 << i != 0);
    set.map(|(_, value)| name(*value)).collect()
}
