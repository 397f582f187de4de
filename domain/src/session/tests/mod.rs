//! The session by example, a file per capability. The whole world of sessions is in `tests/world`.

mod album;
mod bots;
mod chat;
mod crash;
mod ending;
mod home;
mod hostile;
mod info;
mod onboarding;
mod profile;
mod review;
mod search;

use crate::ids::{MessageId, PairId, Seq, UserId};
use crate::profile::{AgeBand, Gender, Interests};
use crate::relay::RelayOp;
use crate::relay::content::{Body, Finding, Inbound, Media, MediaKind, Rich};
use crate::rules::Rules;
use crate::session::account::{Account, AdultConsent, Phase};
use crate::session::notice::Notice;
use crate::session::{Effect, Event, Moment, SessionCore};
use crate::text::{Lang, Screen};
use crate::time::Millis;
use crate::update::{Act, Update};

pub(crate) const ME: UserId = UserId(1);
pub(crate) const YOU: UserId = UserId(2);
pub(crate) const P: PairId = PairId(70);

/// A session and the world around it: a clock, a journal position, and the message ids of its chat.
pub(crate) struct Bench {
    pub(crate) core: SessionCore,
    pub(crate) rules: Rules,
    pub(crate) now: i64,
    pub(crate) seq: u64,
    hint: Option<Lang>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        let core = SessionCore::new(Account::new(ME, Lang::En, Millis(0)));
        Bench { core, rules: Rules::default(), now: 1_000_000, seq: 0, hint: None }
    }

    /// Onboarded, nothing going on.
    pub(crate) fn idle() -> Bench {
        let mut bench = Bench::new();
        let account = &mut bench.core.account;
        account.adult = Some(AdultConsent { at: Millis(0), version: 1 });
        account.gender = Some(Gender::Female);
        account.age = Some(AgeBand::From22);
        account.phase = Phase::Idle;
        bench
    }

    pub(crate) fn searching() -> Bench {
        let mut bench = Bench::idle();
        bench.text("/search");
        bench
    }

    /// In pair [`P`] with [`YOU`], for longer than the end of a chat is asked about.
    pub(crate) fn chatting() -> Bench {
        let mut bench = Bench::searching();
        bench.found(P, YOU);
        bench.later(60_000);
        bench
    }

    /// In chat after chat: one that has ended, and nothing since.
    pub(crate) fn after_chat() -> Bench {
        let mut bench = Bench::chatting();
        bench.text("/stop");
        bench
    }

    pub(crate) fn later(&mut self, ms: i64) {
        self.now += ms;
    }

    pub(crate) fn on(&mut self, event: Event, seq: Option<u64>) -> Vec<Effect> {
        let mut out = Vec::new();
        let at = Moment { now: Millis(self.now), seq: seq.map(Seq) };
        self.core.on(event, at, &self.rules, &mut out);
        out
    }

    pub(crate) fn event(&mut self, event: Event) -> Vec<Effect> {
        self.on(event, None)
    }

    pub(crate) fn found(&mut self, pair: PairId, partner: UserId) -> Vec<Effect> {
        self.event(Event::PartnerFound { pair, partner, common: Interests(0) })
    }

    /// An update at journal position `seq`, perhaps not for the first time.
    pub(crate) fn at(&mut self, seq: u64, act: Act) -> Vec<Effect> {
        let update = Update { update_id: seq as i64, user: ME, lang_hint: self.hint, act };
        self.on(Event::Update(update), Some(seq))
    }

    pub(crate) fn act(&mut self, act: Act) -> Vec<Effect> {
        self.seq += 1;
        self.at(self.seq, act)
    }

    pub(crate) fn text(&mut self, text: &str) -> Vec<Effect> {
        self.act(Act::Message(inbound(self.seq as i32 + 1, Body::Text(Rich::plain(text)))))
    }

    /// An act that says `text` with the next message id.
    pub(crate) fn words(&self, text: &str) -> Act {
        Act::Message(inbound(self.seq as i32 + 1, Body::Text(Rich::plain(text))))
    }

    pub(crate) fn send(&mut self, body: Body) -> Vec<Effect> {
        self.act(Act::Message(inbound(self.seq as i32 + 1, body)))
    }

    pub(crate) fn press(&mut self, data: &str) -> Vec<Effect> {
        self.act(pressed(data))
    }

    /// A crash: only the account is left.
    pub(crate) fn reloaded(self, live: Option<(PairId, UserId, Millis)>) -> (Bench, Vec<Effect>) {
        self.reloaded_owing(live, &[])
    }

    /// A crash: only the account is left, and what was owed.
    pub(crate) fn reloaded_owing(
        mut self,
        live: Option<(PairId, UserId, Millis)>,
        owed: &[Notice],
    ) -> (Bench, Vec<Effect>) {
        self.core = SessionCore::new(self.core.account);
        let out = self.event(Event::Loaded { live, owed: owed.to_vec() });
        (self, out)
    }

    pub(crate) fn phase(&self) -> Phase {
        self.core.account.phase
    }
}

pub(crate) fn pressed(data: &str) -> Act {
    Act::Pressed { callback_id: "c".into(), data: data.into(), message: Some(MessageId(900)) }
}

pub(crate) fn inbound(id: i32, body: Body) -> Inbound {
    Inbound {
        id: MessageId(id),
        reply_to: None,
        answers: None,
        album: None,
        body,
        envelope: Vec::new(),
        manner: None,
    }
}

fn reply(id: i32, text: &str, to: i32) -> Act {
    let message = inbound(id, Body::Text(Rich::plain(text)));
    Act::Message(Inbound { reply_to: Some(MessageId(to)), ..message })
}

pub(crate) fn media(kind: MediaKind, label: Option<&str>) -> Body {
    let media = Media {
        kind,
        file_id: "f".into(),
        unique_id: "q".into(),
        label: label.map(Into::into),
        mime: None,
        size: None,
        preview: None,
        veiled: false,
    };
    Body::Media { media, caption: Rich::default() }
}

fn with(body: Body, envelope: &[Finding]) -> Act {
    Act::Message(Inbound { envelope: envelope.to_vec(), ..inbound(1, body) })
}

/// Every screen shown, new or in place of another.
pub(crate) fn screens(out: &[Effect]) -> Vec<Screen> {
    out.iter()
        .flat_map(|e| match e {
            Effect::Say(screen) | Effect::Rewrite { screen, .. } => vec![screen.clone()],
            Effect::Notify(notice) => notice.screens(),
            _ => Vec::new(),
        })
        .collect()
}

/// Keys of the texts shown.
pub(crate) fn said(out: &[Effect]) -> Vec<&'static str> {
    screens(out).iter().map(|s| s.text.key).collect()
}

/// Data of all buttons shown, the first first.
pub(crate) fn buttons(out: &[Effect]) -> Vec<String> {
    screens(out)
        .into_iter()
        .flat_map(|s| s.keyboard.into_iter().flatten())
        .filter_map(|b| Some(b.data()?.to_owned()))
        .collect()
}

pub(crate) fn toast(out: &[Effect]) -> Option<&'static str> {
    out.iter().find_map(|e| match e {
        Effect::Answer { toast, .. } => toast.as_ref().map(|t| t.key),
        _ => None,
    })
}

fn relayed(out: &[Effect]) -> Vec<&RelayOp> {
    out.iter()
        .filter_map(|e| match e {
            Effect::Relay { op, .. } => Some(op),
            _ => None,
        })
        .collect()
}

pub(crate) fn has(out: &[Effect], wanted: impl Fn(&Effect) -> bool) -> bool {
    out.iter().any(wanted)
}

pub(crate) fn saves(out: &[Effect]) -> bool {
    has(out, |e| matches!(e, Effect::Save))
}

pub(crate) fn seek(out: &[Effect]) -> Option<&crate::session::SeekRequest> {
    out.iter().find_map(|e| match e {
        Effect::Seek(request) => Some(request.as_ref()),
        _ => None,
    })
}

fn ends(out: &[Effect]) -> Option<(PairId, crate::session::EndCause)> {
    out.iter().find_map(|e| match e {
        Effect::EndPair { pair, cause, .. } => Some((*pair, *cause)),
        _ => None,
    })
}
