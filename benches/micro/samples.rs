//! What the benches are fed with: updates as Telegram sends them, people, random numbers that are
//! the same each time.

use nameless::telegram::{Decoded, decode};
use nameless_domain::ids::{CrowdId, PairId, Seq, UserId};
use nameless_domain::matching::Seeker;
use nameless_domain::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use nameless_domain::random::Random;
use nameless_domain::session::account::{ADULT_TEXT_VERSION, Account, AdultConsent, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update::Update;
use serde_json::{Value, json};

/// The present, as far as the benches are concerned.
pub const NOW: Millis = Millis(1_760_000_000_000);

/// A short text, as most are.
pub const SHORT: &str = "hi, how was your day? mine was long but fine";
/// The same in letters of two bytes.
pub const CYRILLIC: &str = "привет, как прошёл день? у меня долго, но хорошо";

/// The raw update of a message of `user` that holds `content`.
pub fn message(update_id: i64, user: i64, id: i32, content: Value) -> String {
    update(update_id, "message", in_private(user, id, content))
}

/// The raw update of this kind.
pub fn update(update_id: i64, kind: &str, content: Value) -> String {
    json!({"update_id": update_id, kind: content}).to_string()
}

/// A message of `user` in the private chat with the bot.
pub fn in_private(user: i64, id: i32, content: Value) -> Value {
    let mut message = json!({
        "message_id": id,
        "from": person(user),
        "chat": {"id": user, "first_name": "Ivan", "last_name": "Petrov", "username": "ip", "type": "private"},
        "date": 1_760_000_000,
    });
    let content = content.as_object().expect("an object").clone();
    message.as_object_mut().expect("an object").extend(content);
    message
}

/// A person as Telegram shows them.
pub fn person(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Ivan", "last_name": "Petrov", "username": "ip",
        "language_code": "en"})
}

fn file(more: Value) -> Value {
    let mut file = json!({
        "file_id": "AgACAgIAAxkBAAIBZ2Zq3n8AAf0xQm3m2yq8V0l2bVJvAAJz3DEbN9dYS8sJ5QABq0t2AQADAgADeQADNQQ",
        "file_unique_id": "AQADc9wxGzfXWEt-",
        "file_size": 102_400,
    });
    file.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    file
}

/// Messages of every kind that people send each other: name and content.
pub fn contents() -> Vec<(&'static str, Value)> {
    let formatted = json!({
        "text": format!("{SHORT} {CYRILLIC}"),
        "entities": [
            {"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 4, "length": 7},
            {"type": "spoiler", "offset": 50, "length": 6},
        ],
    });
    let link = json!({
        "text": format!("{SHORT} look at example.org/page?id=7 or write to @somebody, +7 912 345-67-89"),
        "entities": [
            {"type": "url", "offset": 53, "length": 21}, {"type": "mention", "offset": 87, "length": 9},
        ],
    });
    let sizes: Vec<Value> =
        [90, 320, 800, 1280].iter().map(|w| file(json!({"width": w, "height": w * 3 / 4}))).collect();
    let video = json!({"width": 640, "height": 480, "duration": 7, "mime_type": "video/mp4"});
    let sticker = json!({"width": 512, "height": 512, "type": "regular", "emoji": "😀", "is_animated": false,
        "is_video": false, "set_name": "pack_of_somebody"});
    vec![
        ("text", json!({"text": SHORT})),
        ("text_cyrillic", json!({"text": CYRILLIC})),
        ("text_formatted", formatted),
        ("text_link", link),
        ("text_4096", json!({"text": CYRILLIC.chars().cycle().take(4_096).collect::<String>()})),
        ("photo", json!({"photo": sizes, "caption": SHORT})),
        ("video", json!({"video": file(video)})),
        ("voice", json!({"voice": file(json!({"duration": 4, "mime_type": "audio/ogg"}))})),
        ("sticker", json!({"sticker": file(sticker)})),
        (
            "document",
            json!({"document": file(json!({"file_name": "Ivan Petrov CV.pdf", "mime_type": "application/pdf"}))}),
        ),
        ("dice", json!({"dice": {"emoji": "🎲", "value": 4}})),
        ("contact", json!({"contact": {"phone_number": "+79123456789", "first_name": "Ivan"}})),
    ]
}

/// A raw update as the engine sees it.
pub fn decoded(raw: &str) -> Update {
    match decode(raw) {
        Decoded::Update(update) => update,
        other => panic!("no update: {other:?}"),
    }
}

/// Someone who has answered every question.
pub fn account(user: i64, phase: Phase) -> Account {
    Account {
        adult: Some(AdultConsent { at: NOW, version: ADULT_TEXT_VERSION }),
        gender: Some(Gender::Other),
        age: Some(AgeBand::From18),
        confirm_end: false,
        phase,
        ..Account::new(UserId(user), Lang::En, NOW)
    }
}

/// In a chat for a while.
pub fn chatting(pair: i64, partner: i64) -> Phase {
    Phase::Chatting { pair: PairId(pair), partner: UserId(partner), since: NOW, after: Seq(0) }
}

/// Everything in most cases, else some of it.
fn mask(random: &mut Random, all: u8) -> u8 {
    if random.below(10) < 6 { all } else { 1 + random.below(u64::from(all)) as u8 }
}

/// A seeker of `gender` who looks for `wanted`: any age and language, up to three topics, some
/// recent partners.
pub fn seeker(random: &mut Random, user: i64, gender: Gender, wanted: Gender, since: Millis) -> Seeker {
    let topics = (0..random.below(4)).fold(0, |all, _| all | 1 << random.below(12));
    let profile = Profile {
        gender,
        age: AgeBand::ALL[random.below(5) as usize],
        lang: Lang::ALL[random.below(2) as usize],
        interests: Interests(topics),
        wishes: Wishes {
            genders: 1 << wanted as u8,
            ages: mask(random, Wishes::ANY_AGE),
            langs: mask(random, Wishes::ANY_LANG),
            shared_interest: topics != 0 && random.below(10) == 0,
        },
    };
    // People of another time, so that they are looked at and stand in nobody's way.
    let mut avoid: Vec<UserId> =
        (0..random.below(8)).map(|_| UserId(-1 - random.below(1 << 40) as i64)).collect();
    avoid.sort_unstable();
    let (user, crowd) = (UserId(user), CrowdId::FIRST);
    Seeker { user, crowd, profile, since, priority: false, avoid: avoid.into() }
}
