//! Which act each request about broadcasts is.

use super::endpoints::{LIMIT, Whole, at_least, endpoint, last, some};
use super::problem::Problem;
use super::{Asked, Endpoint, Spec, Verb};
use nameless_domain::capabilities::admin::{Act, Permission};
use nameless_domain::capabilities::news::{Audience, Draft, Link, Steer, Texts};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BroadcastsQuery {
    #[serde(default = "last")]
    before: i64,
    #[serde(default = "some")]
    limit: u32,
}

endpoint!(Broadcasts: Get "/broadcasts", Broadcast, "Broadcasts", "Broadcasts, the newest first",
query &[("before", r#"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#), LIMIT], body None, |asked| {
    let BroadcastsQuery { before, limit } = asked.query()?;
    Act::Broadcasts { before: at_least(1, before, "before")?, limit }
});

/// What is there is a value: `null` is none.
fn given<'d, T: Deserialize<'d>, D: Deserializer<'d>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ToBody {
    #[serde(default, deserialize_with = "given")]
    lang: Option<Lang>,
    #[serde(default, deserialize_with = "given")]
    active_days: Option<Whole>,
    #[serde(default, deserialize_with = "given")]
    premium: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftBody {
    text: Texts,
    #[serde(default, deserialize_with = "given")]
    link: Option<Link>,
    #[serde(default)]
    silent: bool,
    #[serde(default, deserialize_with = "given")]
    at: Option<i64>,
    #[serde(default)]
    to: ToBody,
}

endpoint!(DraftBroadcast: Post "/broadcasts", Broadcast, "Broadcast",
"Drafts a broadcast and counts who would get it. Nobody gets it before it is confirmed. The tags b, i, u, s, code, spoiler, blockquote and a format its text",
query &[], body Some(r##"{"type":"object","additionalProperties":false,"required":["text"],"properties":{
        "text":{"type":"object","additionalProperties":false,"minProperties":1,
            "description":"in one language: everybody gets that; in both: each their own",
            "properties":{"ru":{"$ref":"#/components/schemas/Words"},"en":{"$ref":"#/components/schemas/Words"}}},
        "link":{"type":"object","additionalProperties":false,"required":["url"],"description":"a button below it",
            "properties":{"url":{"$ref":"#/components/schemas/Address"},
            "label":{"type":"object","additionalProperties":false,
                "properties":{"ru":{"$ref":"#/components/schemas/Label"},"en":{"$ref":"#/components/schemas/Label"}}}}},
        "silent":{"type":"boolean","default":false},
        "at":{"type":"integer","minimum":0,"description":"once it is confirmed it leaves no sooner than this, milliseconds since the Unix epoch: within 60 days"},
        "to":{"type":"object","additionalProperties":false,"description":"to whom all of it applies","properties":{
            "lang":{"enum":["ru","en"]},
            "active_days":{"type":"integer","minimum":1,"maximum":365,"description":"wrote within so many days"},
            "premium":{"type":"boolean"}}}}}"##), |asked| {
    let DraftBody { text, link, silent, at, to } = asked.body()?;
    let to = Audience { lang: to.lang, active_days: to.active_days.map(|days| days.0), premium: to.premium };
    Act::DraftBroadcast { draft: Draft { text, link, silent, at: at.map(Millis), to } }
});

endpoint!(Broadcast: Get "/broadcasts/{broadcast}", Broadcast, "Broadcast", "A broadcast, and how far it is",
query &[], body None, |asked| {
    Act::Broadcast { broadcast: asked.number("broadcast")? }
});

fn steer(asked: &Asked<'_>, steer: Steer) -> Result<Act, Problem> {
    Ok(Act::SteerBroadcast { broadcast: asked.number("broadcast")?, steer })
}

endpoint!(ConfirmBroadcast: Post "/broadcasts/{broadcast}/confirm", Broadcast, "Broadcast",
"Sends a draft to whom it is for, behind everything else that the bot has to say; where it has a time, from then on",
query &[], body None, |asked| {
    steer(asked, Steer::Start)?
});

endpoint!(PauseBroadcast: Post "/broadcasts/{broadcast}/pause", Broadcast, "Broadcast",
"Has a broadcast wait. What left the store within the last two seconds still arrives",
query &[], body None, |asked| {
    steer(asked, Steer::Pause)?
});

endpoint!(ResumeBroadcast: Post "/broadcasts/{broadcast}/resume", Broadcast, "Broadcast",
"Has a broadcast go on where it stopped",
query &[], body None, |asked| {
    steer(asked, Steer::Resume)?
});

endpoint!(CancelBroadcast: Post "/broadcasts/{broadcast}/cancel", Broadcast, "Broadcast",
"Ends a broadcast: nobody else gets it",
query &[], body None, |asked| {
    steer(asked, Steer::Cancel)?
});

endpoint!(PreviewBroadcast: Post "/broadcasts/{broadcast}/preview", Broadcast, "Broadcast",
"Sends a broadcast to whoever asks, if that is somebody whom the bot knows by their Telegram: on the pages, by a link of the bot's",
query &[], body None, |asked| {
    Act::PreviewBroadcast { broadcast: asked.number("broadcast")? }
});
