//! A card as it is shown: a photo with words below, or the words alone.

use super::store::Card;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::billing::{Good, Shop};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Shown;
use nameless_domain::capabilities::dating::place::Band;
use nameless_domain::capabilities::dating::profile::{Hint, completeness};
use nameless_domain::capabilities::dating::score::{Fit, Scale, Why};
use nameless_domain::capabilities::dating::screens::goal_key;
use nameless_domain::ids::UserId;
use nameless_domain::profile::{TOPICS, topic_key};
use nameless_domain::text::{Button, Lang, Msg};
use nameless_domain::time::Millis;
use serde_json::{Value, json};

/// What is said of how well two people go together; of little, nothing.
fn fit_key(fit: Fit) -> Option<&'static str> {
    match fit {
        Fit::Different => None,
        Fit::Some => Some("dating-fit-some"),
        Fit::Good => Some("dating-fit-good"),
        Fit::Great => Some("dating-fit-great"),
    }
}

fn band_key(band: Band) -> &'static str {
    match band {
        Band::Near => "dating-band-near",
        Band::To25 => "dating-band-25",
        Band::To50 => "dating-band-50",
        Band::To100 => "dating-band-100",
        Band::Beyond => "dating-band-beyond",
    }
}

/// What would make a card say more.
fn hint_key(hint: Hint) -> &'static str {
    match hint {
        Hint::Photo => "dating-hint-photo",
        Hint::Bio => "dating-hint-bio",
        Hint::Interests => "dating-hint-interests",
        Hint::Goal => "dating-hint-goal",
    }
}

/// The words of a card. Nothing in them is made of wishes, likes or prices.
fn caption(card: &Card, (texts, scale): (&dyn Texts, Scale), lang: Lang, now: Millis) -> String {
    let (own, other) = (&card.own.person, &card.other.person);
    let is_own = own.user == other.user;
    let mut lines = Vec::new();
    let mut say = |msg: Msg| lines.push(texts.html(lang, &msg));
    if card.widened {
        say(Msg::new("dating-card-widened"));
    }
    if card.superlike {
        say(Msg::new("dating-card-super"));
    }
    let why = Why::of(own, other);
    let head = Msg::new("dating-card-head")
        .words("name", card.words.name.clone())
        .number("age", other.birth.age(now).into());
    say(head);
    if !is_own {
        say(Msg::new(band_key(why.band)));
    }
    say(Msg::new("dating-card-goal").key("goal", goal_key(other.goal)));
    let shared: Vec<&'static str> =
        (0..TOPICS).filter(|i| why.interests.0 & (1 << i) != 0).map(topic_key).collect();
    if !shared.is_empty() {
        let key = if is_own { "dating-card-topics" } else { "dating-card-shared" };
        say(Msg::new(key).keys("topics", shared));
    }
    if let Some(key) = fit_key(scale.fit(own, other, now)).filter(|_| !is_own) {
        say(Msg::new(key));
    }
    if !card.words.bio.is_empty() {
        say(Msg::new("dating-card-bio").words("bio", card.words.bio.clone()));
    }
    let interests = other.interests.count();
    let (percent, hints) = completeness(other.has_photo, &card.words.bio, interests, Some(other.goal));
    if is_own && !hints.is_empty() {
        let lacks = Msg::new("dating-card-lacks").number("percent", percent.into());
        say(lacks.keys("hints", hints.into_iter().map(hint_key).collect()));
    }
    lines.join("\n")
}

fn keyboard(card: &Card, texts: &dyn Texts, shop: &Shop, lang: Lang) -> Value {
    let token = card.token;
    let is_own = card.own.person.user == card.other.person.user;
    let album = if is_own { "dt:album".to_owned() } else { format!("dt:album:{token}") };
    let more = Button {
        label: Msg::new("dating-button-album").number("count", i64::try_from(card.photos).unwrap_or(0)),
        ..Button::new("dating-button-album", album)
    };
    let mut rows: Vec<Vec<Button>> = match is_own {
        true => vec![
            vec![
                Button::new("dating-button-fill", "dt:fill"),
                Button::new("dating-button-photos", "dt:photos"),
            ],
            vec![Button::new("dating-button-home", "dt:home")],
        ],
        false => vec![
            vec![
                Button::new("dating-button-like", format!("dt:like:{token}")),
                Button::new("dating-button-pass", format!("dt:pass:{token}")),
            ],
            vec![
                Button::new("dating-button-wait", format!("dt:wait:{token}")),
                Button::new("dating-button-undo", "dt:undo"),
                Button::new("dating-button-report", format!("dt:report:{token}")),
            ],
            vec![Button::new("dating-button-stop", "dt:home")],
        ],
    };
    if !is_own && shop.sells(Good::DatingSuper) {
        rows[0].push(Button::new("dating-button-super", format!("dt:super:{token}")));
    }
    if card.photos > 1 {
        rows.insert(rows.len() - 1, vec![more]);
    }
    let key = |button: &Button| json!({ "text": texts.label(lang, button), "callback_data": button.data() });
    json!({ "inline_keyboard": rows.iter().map(|row| row.iter().map(key).collect()).collect::<Vec<Value>>() })
}

/// The call that shows these photos, all that a card has behind the first; none if there are none.
/// An unchecked one is behind the spoiler (I12).
pub(super) fn album(photos: &[(String, bool)], to: UserId) -> Option<Event> {
    let (method, mut parameters) = match photos {
        [] => return None,
        [(file, checked)] => (Shown::Photo, json!({ "photo": file, "has_spoiler": !checked })),
        _ => {
            let media = photos
                .iter()
                .map(|(file, checked)| json!({ "type": "photo", "media": file, "has_spoiler": !checked }));
            (Shown::Album, json!({ "media": media.collect::<Vec<Value>>() }))
        }
    };
    parameters["chat_id"] = json!(to.0);
    parameters["protect_content"] = json!(true);
    let photos = photos.iter().map(|(file, _)| file.clone()).collect();
    Some(Event::Show { method, parameters: parameters.to_string(), photos })
}

/// The call that shows a card. An unchecked photo is behind the spoiler (I12).
pub(super) fn show(
    card: &Card,
    (texts, shop, scale): (&dyn Texts, &Shop, Scale),
    lang: Lang,
    to: UserId,
    now: Millis,
) -> Event {
    let words = caption(card, (texts, scale), lang, now);
    let mut parameters = json!({
        "chat_id": to.0, "parse_mode": "HTML", "protect_content": true,
        "reply_markup": keyboard(card, texts, shop, lang),
    });
    let method = match &card.photo {
        Some(file) => {
            parameters["photo"] = json!(file);
            parameters["caption"] = json!(words);
            parameters["has_spoiler"] = json!(!card.other.photo_checked);
            Shown::Photo
        }
        None => {
            parameters["text"] = json!(words);
            parameters["link_preview_options"] = json!({ "is_disabled": true });
            Shown::Text
        }
    };
    let photos = card.photo.iter().cloned().collect();
    Event::Show { method, parameters: parameters.to_string(), photos }
}
