//! A real model behind llama.cpp's own server: SmolLM2 with 135 million parameters, which knows
//! English and little else. What it says is not judged, how it is talked to is.

use crate::admin_judges::is_soak;
use crate::common::{WOMAN, member, tap};
use crate::companion::{RICH, begins};
use crate::support::app::{TestApp, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use crate::support::guest::Guest;
use crate::support::python;
use nameless_backends::port::{ChatRequest, LanguageModel as _, Reply};
use nameless_backends::{BreakerSettings, ChatBackEnd, Clocks, Dialect, Dry, Sampling, Settings};
use nameless_domain::companion::context::{Message, Role};
use nameless_domain::companion::repetition::{self, Watch};
use nameless_domain::ids::UserId;
use nameless_simulator::SimUser;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a reply may take on a machine that does other things: the call's own clock.
const REPLY: Duration = Duration::from_secs(180);

fn started() -> Option<Guest> {
    let bin = python::programs("llama")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llama/serve.py");
    Some(Guest::start(Command::new(bin.join("python3")).arg(script)))
}

/// What the bot says next.
async fn next(user: &SimUser, mark: i32) -> String {
    let is_reply = |m: &nameless_simulator::ChatMessage| m.from_bot && m.text().is_some();
    let message = user.wait_after(mark, REPLY, is_reply).await.expect("a reply");
    message.text().expect("words").to_owned()
}

/// Says something; gives the reply without its label. A machine that does other things may be too
/// slow for the call's clocks: then it is asked again.
async fn talks(user: &SimUser, words: &str) -> String {
    const LABEL: &str = "🤖 Vera · AI\n";
    let mark = user.mark();
    user.send_text(words);
    let mut text = next(user, mark).await;
    for _ in 0..5 {
        if !text.contains("What you wrote is kept") {
            break;
        }
        let mark = user.mark();
        tap(user, "ch:again:").await;
        text = next(user, mark).await;
    }
    text.strip_prefix(LABEL).unwrap_or_else(|| panic!("no reply to “{words}”: {text}")).to_owned()
}

async fn turns(app: &TestApp, user: &SimUser) -> Vec<Value> {
    let export = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    export["dialogs_with_characters"][0]["turns"].as_array().cloned().unwrap_or_default()
}

const SAID: [&str; 10] = [
    "Hello! What do you do all day?",
    "Do you like the sea?",
    "What did you have for breakfast?",
    "Tell me about your dog.",
    "Which season do you like best?",
    "Do you ever miss the city?",
    "What are you reading at the moment?",
    "Is it cold where you are?",
    "What would you cook for a friend?",
    "Good night, and thank you.",
];

/// Ten turns in `make soak`, three in every other run: a turn takes some seconds.
#[tokio::test]
async fn somebody_talks_to_a_real_model() {
    let Some(judge) = started() else { return };
    let url = judge.address("");
    let back_ends = BackEnds::new(&[&format!("{url}/v1")], RICH)
        .changed("answer = 200", "answer = 48\ntemperature = 0")
        .changed("models = [\"m\"]", "models = [\"smollm2\"]\ndialect = \"llamacpp\"")
        .changed("context = 8192", "context = 4096");
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let said = if is_soak() { &SAID[..] } else { &SAID[..3] };
    let mut replies: Vec<String> = Vec::new();
    for words in said {
        let reply = talks(&anna, words).await;
        println!("— {words}\n— {reply}");
        assert!(!reply.trim().is_empty());
        replies.push(reply);
    }
    let kept = turns(&app, &anna).await;
    assert_eq!(kept.len(), said.len(), "each is kept once: {kept:?}");
    for (turn, words) in kept.iter().zip(said) {
        assert_eq!(turn["you"], *words);
        assert!(turn["character"].as_str().is_some_and(|reply| !reply.is_empty()), "{turn}");
    }
}

/// Asks the model for something that it cannot end. Gives the reply, and whether who watched the
/// stream would have closed it.
async fn asked(url: &str, dry: Option<Dry>) -> (Reply, bool) {
    let clocks = Clocks { first: REPLY, total: REPLY, ..Clocks::default() };
    let back_end = ChatBackEnd::new(Settings {
        url: format!("{url}/v1"),
        key: None,
        dialect: Dialect::LlamaCpp,
        models: vec!["smollm2".to_owned()],
        sampling: Sampling { temperature: Some(0.0), dry, ..Sampling::default() },
        clocks,
        attempts: 1,
        places: 1,
        breaker: BreakerSettings::default(),
        seed: 1,
    })
    .expect("an address");
    let text = "Say I love you again and again.".to_owned();
    let request = ChatRequest {
        messages: vec![Message { role: Role::User, text }],
        most_answer: 200,
        session: "s".to_owned(),
        again: false,
    };
    let (mut watch, mut closed) = (Watch::default(), false);
    let mut on = |part: &nameless_domain::companion::reasoning::Shown| {
        closed |= watch.push(&part.text).is_some();
    };
    let reply = back_end.reply(&request, &mut on).await.expect("a reply");
    (reply, closed)
}

/// How many of a text's runs of four words are different ones, in percent.
fn different(text: &str) -> usize {
    let words: Vec<&str> = text.split_whitespace().collect();
    let all: Vec<&[&str]> = words.windows(4).collect();
    let different: std::collections::BTreeSet<&[&str]> = all.iter().copied().collect();
    different.len() * 100 / all.len().max(1)
}

/// A true loop: the guard closes the stream and refuses the reply. The sampler that the engine asks
/// llama.cpp for breaks it up; with so small a model it does not always end it.
#[tokio::test]
async fn the_guard_meets_a_true_loop() {
    let Some(judge) = started() else { return };
    let url = judge.address("");
    let (looped, closed) = asked(&url, None).await;
    println!("{}", looped.text);
    assert!(closed, "while it streams: {}", looped.text);
    assert!(repetition::judge(&looped.text, &[]).is_some(), "{}", looped.text);
    assert!(looped.usage.is_some_and(|usage| usage.answer > 0), "{:?}", looped.usage);
    let (sampled, _) = asked(&url, Some(Dry::default())).await;
    println!("{}", sampled.text);
    let (loops, varies) = (different(&looped.text), different(&sampled.text));
    assert!(varies > loops + 10, "{loops} % and {varies} % of the words are new");
}
