//! Many users, every interleaving: whatever they do and whatever the engine's queues do in between,
//! nobody is in two chats, nothing reaches a former partner, nothing is lost, doubled or out of
//! order.

mod checks;
mod engine;
mod state;
mod telegram;

use engine::World;
use nameless_domain::ids::{MessageId, Seq, UserId};
use nameless_domain::relay::content::{Body, Inbound, Media, MediaKind, Rich};
use nameless_domain::session::Event;
use nameless_domain::session::account::{Phase, Question};
use nameless_domain::update::Act;
use proptest::prelude::*;
use state::{Mail, Outcome, USERS};
use telegram::Message;

/// What a user does; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Deed {
    Word(&'static str),
    Text {
        reply: Option<u16>,
    },
    Edit(u16),
    React(u16),
    Delete(u16),
    Album {
        group: u8,
        reply: Option<u16>,
    },
    Dice,
    Press(&'static str),
    /// A button with a pair's id behind it: the own one, or anybody's.
    PressPair {
        data: &'static str,
        of: Option<u16>,
    },
    Answer,
    Block,
}

#[derive(Clone, Debug)]
enum Step {
    Do(i64, Deed),
    Run(i64),
    Relay,
    Outbox,
    Start,
    Land(u16, Outcome),
    Decide,
    Tick(u16),
    Album(i64),
    Crash(i64),
    Again(u16),
    /// Everything moves a little, the fast way to long chats.
    Flow(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    let reply = || prop::option::weighted(0.3, any::<u16>());
    let presses = prop::sample::select(vec![
        "s:go",
        "s:stop",
        "s:more",
        "end:stay",
        "pf:shared",
        "pf:ages:1",
        "pf:topics:0",
        "set:confirm",
        "set:lang:0",
        "pv:erase-yes",
        "pv:export",
        "",
        ":::::",
        "fb:r::0",
        "on:adult:0",
        "s:go:1",
    ]);
    let pair_presses = prop::sample::select(vec![
        "end:stop:",
        "end:next:",
        "fb:up:",
        "fb:down:",
        "fb:report:",
        "fb:block:",
        "fb:r:0:",
        "fb:r:",
    ]);
    prop_oneof![
        8 => Just(Deed::Word("/search")),
        2 => Just(Deed::Word("/next")),
        1 => Just(Deed::Word("/stop")),
        1 => prop::sample::select(vec!["/report", "/help", "/profile", "/start", "delete", "/privacy"])
            .prop_map(Deed::Word),
        14 => reply().prop_map(|reply| Deed::Text { reply }),
        3 => any::<u16>().prop_map(Deed::Edit),
        2 => any::<u16>().prop_map(Deed::React),
        2 => any::<u16>().prop_map(Deed::Delete),
        4 => (0..2u8, reply()).prop_map(|(group, reply)| Deed::Album { group, reply }),
        1 => Just(Deed::Dice),
        2 => presses.prop_map(Deed::Press),
        2 => (pair_presses, prop::option::weighted(0.2, any::<u16>()))
            .prop_map(|(data, of)| Deed::PressPair { data, of }),
        2 => Just(Deed::Answer),
        1 => Just(Deed::Block),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let user = || 1..=USERS;
    let outcome = prop_oneof![
        20 => Just(Outcome::Sent),
        2 => Just(Outcome::RetryAfter),
        2 => Just(Outcome::Unsent),
        1 => Just(Outcome::Refused),
        1 => Just(Outcome::Gone),
    ];
    prop_oneof![
        12 => (user(), deed()).prop_map(|(u, d)| Step::Do(u, d)),
        6 => user().prop_map(Step::Run),
        4 => Just(Step::Relay),
        5 => Just(Step::Outbox),
        4 => Just(Step::Start),
        4 => (any::<u16>(), outcome).prop_map(|(k, o)| Step::Land(k, o)),
        2 => Just(Step::Decide),
        2 => (1..9_000u16).prop_map(Step::Tick),
        1 => user().prop_map(Step::Album),
        1 => user().prop_map(Step::Crash),
        2 => any::<u16>().prop_map(Step::Again),
        4 => (1..8u8).prop_map(Step::Flow),
    ]
}

/// Whether a message of this world is a command.
pub fn is_command(message: &Inbound) -> bool {
    matches!(&message.body, Body::Text(rich) if rich.text.starts_with('/'))
}

fn photo(n: u64, caption: String) -> Body {
    let media = Media {
        kind: MediaKind::Photo,
        file_id: format!("f{n}"),
        unique_id: format!("q{n}"),
        label: None,
        mime: None,
        size: None,
        preview: None,
        veiled: false,
    };
    Body::Media { media, caption: Rich::plain(caption) }
}

impl World {
    fn send(&mut self, user: UserId, body: Body, album: Option<String>, reply_to: Option<MessageId>) {
        let text = match &body {
            Body::Text(rich) => rich.text.clone(),
            Body::Media { caption, .. } => caption.text.clone(),
            _ => String::new(),
        };
        let id = self.telegram.post(user.chat(), Message { author: Some(user), text, ..Message::default() });
        if let Some(reply_to) = reply_to {
            self.replies.insert((user, id), reply_to);
        }
        self.accept(
            user,
            Act::Message(Inbound {
                id,
                reply_to,
                answers: None,
                album,
                body,
                envelope: Vec::new(),
                manner: None,
            }),
        );
    }

    /// One of the messages of the user's chat.
    fn any_message(&mut self, user: UserId, k: u16) -> Option<MessageId> {
        let count = self.telegram.chat(user.chat()).messages.len();
        // The latest are the likeliest.
        (count > 0).then(|| MessageId((count - usize::from(k) % count.min(8)) as i32))
    }

    fn press(&mut self, user: UserId, data: String) {
        self.accept(user, Act::Pressed { callback_id: "c".into(), data, message: Some(MessageId(1)) });
    }

    fn act(&mut self, user: UserId, deed: Deed) {
        let n = self.fresh();
        match deed {
            Deed::Word(word) => self.send(user, Body::Text(Rich::plain(word)), None, None),
            Deed::Text { reply } => {
                let reply_to = reply.and_then(|k| self.any_message(user, k));
                self.send(user, Body::Text(Rich::plain(format!("word {n} of {user:?}"))), None, reply_to);
            }
            Deed::Edit(k) => {
                let Some(id) = self.any_message(user, k) else { return };
                let message = self.telegram.chat(user.chat()).messages.get_mut(&id).expect("it is there");
                if message.author != Some(user) || !message.text.starts_with("word") {
                    return;
                }
                message.text = format!("word {n} instead");
                let body = Body::Text(Rich::plain(message.text.clone()));
                self.edits.insert((user.chat(), id));
                let inbound = Inbound {
                    id,
                    reply_to: None,
                    answers: None,
                    album: None,
                    body,
                    envelope: Vec::new(),
                    manner: None,
                };
                self.accept(user, Act::Edited(inbound));
            }
            Deed::React(k) => {
                let Some(message) = self.any_message(user, k) else { return };
                self.accept(user, Act::Reacted { message, emoji: vec!["👍".into()] });
            }
            Deed::Delete(k) => {
                let reply_to = self.any_message(user, k);
                self.send(user, Body::Text(Rich::plain("/delete")), None, reply_to);
            }
            Deed::Album { group, reply } => {
                let reply_to = reply.and_then(|k| self.any_message(user, k));
                self.send(user, photo(n, format!("photo {n}")), Some(format!("g{group}")), reply_to);
            }
            Deed::Dice => self.send(user, Body::Dice { emoji: "🎲".into(), value: 4 }, None, None),
            Deed::Press(data) => self.press(user, data.to_owned()),
            Deed::PressPair { data, of } => {
                let account = &self.users[&user].core.account;
                let own = account.pair().or(account.last_chat.map(|l| l.pair));
                let pair = match of {
                    Some(k) => self.pairs.keys().nth(usize::from(k) % self.pairs.len().max(1)).copied(),
                    None => own,
                };
                let Some(pair) = pair else { return };
                let data = match data {
                    "fb:r:" => format!("fb:r:{}:0", pair.0),
                    data => format!("{data}{}", pair.0),
                };
                self.press(user, data);
            }
            Deed::Answer => {
                let Phase::Onboarding { question } = self.users[&user].core.account.phase else { return };
                let data = match question {
                    Question::Language => "on:lang:1",
                    Question::Adult => "on:adult:1",
                    Question::Gender => "on:gender:0",
                    Question::Age => "on:age:0",
                    Question::Wish => "on:wish:0",
                };
                self.press(user, data.to_owned());
            }
            Deed::Block => {
                self.accept(user, Act::BlockedBot);
                self.accept(user, Act::UnblockedBot);
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Do(user, deed) => self.act(UserId(user), deed),
            Step::Run(user) => {
                self.run(UserId(user));
            }
            Step::Relay => {
                self.relay();
            }
            Step::Outbox => {
                self.outbox();
            }
            Step::Start => {
                self.start();
            }
            Step::Land(k, outcome) => {
                let count = self.flights.len().max(1);
                if let Some(&chat) = self.flights.keys().nth(usize::from(k) % count) {
                    self.land(chat, outcome);
                }
            }
            Step::Decide => {
                self.decide();
            }
            Step::Tick(ms) => self.tick(i64::from(ms)),
            Step::Album(user) => self.handle(UserId(user), Event::AlbumDue, None),
            Step::Crash(user) => self.crash(UserId(user)),
            Step::Again(k) => {
                let seqs: Vec<Seq> =
                    self.handled.keys().copied().filter(|&s| self.may_come_again(s)).collect();
                if let Some(&seq) = seqs.get(seqs.len().saturating_sub(1 + usize::from(k) % 12)) {
                    let update = self.handled[&seq].0.clone();
                    self.user(update.user).mail.push_back(Mail::Update(seq, update));
                }
            }
            Step::Flow(n) => {
                for _ in 0..n {
                    for u in 1..=USERS {
                        self.run(UserId(u));
                    }
                    self.decide();
                    self.relay();
                    for _ in 0..3 {
                        self.outbox();
                    }
                    for _ in 0..2 {
                        self.start();
                    }
                    if let Some(&chat) = self.flights.keys().next() {
                        self.land(chat, Outcome::Sent);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_invariants_hold(steps in prop::collection::vec(step(), 50..400)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.settle();
        world.check_rest();
    }
}
