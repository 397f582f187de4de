//! What people choose from, by its word and its name in the session's language.

use super::problem::Problem;
use super::{Ask, Endpoint, Needs, Reply, Spec, Verb};
use actix_web::http::header::IF_NONE_MATCH;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::dating::cities;
use nameless_domain::capabilities::dating::person::{Goal, Interests};
use nameless_domain::capabilities::dating::screens::goal_key;
use nameless_domain::profile::{Gender, TOPICS, topic_key};
use nameless_domain::session::review::ReportReason;
use nameless_domain::text::{Lang, Msg};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The lists.
pub(super) struct Lists;

/// The words of interests.
pub(super) fn topics(interests: Interests) -> Vec<&'static str> {
    (0..TOPICS).filter(|i| interests.0 & (1 << i) != 0).map(topic).collect()
}

/// The word of an interest by its number.
pub(super) fn topic(i: usize) -> &'static str {
    topic_key(i).trim_start_matches("topic-")
}

/// Interests by their words; none if one is unknown or twice there.
pub(super) fn of_topics(words: &[String]) -> Option<Interests> {
    let mut interests = Interests::default();
    for word in words {
        let bit = 1 << (0..TOPICS).find(|i| topic(*i) == word)?;
        if interests.0 & bit != 0 {
            return None;
        }
        interests.0 |= bit;
    }
    Some(interests)
}

/// Genders of a mask.
pub(super) fn genders(mask: u8) -> Vec<Gender> {
    Gender::ALL.into_iter().filter(|gender| mask & (1 << *gender as u8) != 0).collect()
}

fn gender_key(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "gender-female",
        Gender::Male => "gender-male",
        Gender::Other => "gender-other",
    }
}

fn lists(texts: &dyn Texts, lang: Lang) -> Value {
    let name = |key: &'static str| texts.plain(lang, &Msg::new(key));
    let reason = |reason: ReportReason| json!({ "id": reason, "name": name(reason.key()) });
    json!({
        "interests": (0..TOPICS).map(|i| json!({ "id": topic(i), "name": name(topic_key(i)) })).collect::<Vec<_>>(),
        "goals": Goal::ALL.map(|goal| json!({ "id": goal, "name": name(goal_key(goal)) })),
        "genders": Gender::ALL.map(|gender| json!({ "id": gender, "name": name(gender_key(gender)) })),
        "cities": (0..cities::count())
            .map(|n| json!({ "id": cities::id(n), "name": cities::name(n, lang) })).collect::<Vec<_>>(),
        "report_reasons": ReportReason::ALL.map(reason),
    })
}

impl Endpoint for Lists {
    const SPEC: Spec = Spec {
        summary: "What people choose from, in the session's language",
        needs: Needs::Session,
        ..Spec::new(Verb::Get, "/app/api/v1/lists", "Lists", "Lists")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let all = lists(&*ask.api.port.texts, ask.viewer()?.lang);
        let etag = hex(&Sha256::digest(all.to_string().as_bytes())[..12]);
        Ok(match is_known(&ask, &etag) {
            true => Reply::unchanged(etag),
            false => Reply { etag: Some(etag), ..Reply::json(all) },
        })
    }
}

/// Whether the asker has this version.
pub(super) fn is_known(ask: &Ask<'_>, etag: &str) -> bool {
    let shown = ask.request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = |one: &str| one.trim().trim_start_matches("W/").trim_matches('"') == etag;
    shown.is_some_and(|shown| shown.split(',').any(same))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_interests_go_there_and_back() {
        let all = Interests((1 << TOPICS) - 1);
        let words: Vec<String> = topics(all).into_iter().map(str::to_owned).collect();
        assert_eq!((words.len(), of_topics(&words)), (TOPICS, Some(all)));
        assert_eq!(of_topics(&["music".into(), "music".into()]), None);
        assert_eq!(of_topics(&["topic-music".into()]), None);
    }
}
