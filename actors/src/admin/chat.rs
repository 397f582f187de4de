//! Commands and buttons of the alerts chat.
//!
//! Only those in `ADMIN_USER_IDS` are answered; to others the bot says nothing, as each answer
//! counts against what a group takes. What somebody does in an administrator's mask (`sender_chat`)
//! is nobody's. A message that was forwarded is no command.

use super::render;
use super::{Admin, Answered, GroupAct, InGroup, Place};
use crate::capabilities::{Answer, BroadcastLine, Denied, Order, RequestLine};
use crate::env::Env;
use crate::kernel::chance;
use crate::kernel::ticket::Tickets;
use crate::outbox::{Enqueue, Origin, Outbox};
use crate::tell;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::capabilities::admin::confirm::Stale;
use nameless_domain::capabilities::admin::order::{self, Order as Said};
use nameless_domain::capabilities::admin::{Act, Actor, BanKind, Source, Term, Verdict};
use nameless_domain::capabilities::news::{State, Steer};
use nameless_domain::ids::{ChatId, MessageId, UserId};
use nameless_domain::outbox::{Bucket, Lane};
use nameless_domain::outgoing::{Call, InlineKeyboard, Key, Outgoing};
use nameless_domain::text::{Button, Lang, Msg};

/// First part of the buttons' data.
const PREFIX: &str = "adm";

/// A group takes 20 messages a minute: ten at once and ten a minute stay below that.
pub(super) fn room() -> Bucket {
    Bucket::new(10.0 / 60.0, 10)
}

impl Handler<InGroup> for Admin {
    type Result = ();
    fn handle(&mut self, message: InGroup, ctx: &mut Self::Context) {
        let InGroup { chat, from, lang, what } = message;
        if self.env.alerts_chat() != Some(chat) {
            return;
        }
        if let GroupAct::Moved(to) = what {
            return self.env.api.chat_moved(chat, to);
        }
        let staff = &self.env.rules.staff;
        let known = from.and_then(|from| staff.iter().find(|(user, _)| *user == from).copied());
        let Some((by, role)) = known else {
            self.env.meters.admin_strangers.add(1);
            return;
        };
        let actor = Actor { name: format!("telegram:{}", by.0), role };
        match what {
            GroupAct::Said(text) => self.on_said(chat, by, actor, lang, order::read(&text), ctx),
            GroupAct::Replied { text, to } => {
                let said = order::read_reply(&text, Some(&to));
                self.on_said(chat, by, actor, lang, said, ctx)
            }
            GroupAct::Moved(_) => {}
            GroupAct::Pressed { callback_id, data, message } => {
                self.on_pressed(chat, by, actor, lang, callback_id, &data, message, ctx)
            }
        }
    }
}

impl Admin {
    fn on_said(
        &mut self,
        chat: ChatId,
        by: UserId,
        actor: Actor,
        lang: Lang,
        said: Option<Said>,
        ctx: &mut Context<Admin>,
    ) {
        let Some(said) = said else { return };
        if !self.room.take(self.env.clock.steady()) {
            self.env.meters.admin_flood.add(1);
            if !std::mem::replace(&mut self.said_full, true) {
                self.say(chat, lang, Msg::new("admin-too-many"), Vec::new());
            }
            return;
        }
        self.said_full = false;
        match said {
            Said::Help => self.send(chat, lang, None, render::help(actor.role), Vec::new()),
            Said::Usage(usage) => {
                self.say(chat, lang, Msg::new("admin-usage").words("usage", usage.to_owned()), Vec::new())
            }
            // A role that may not is refused now, and not after the second tap.
            Said::Do(act) if act.is_destructive() && actor.role.may(act.needs()) => {
                if let Some(flaw) = act.flaw() {
                    return self.say(chat, lang, render::flaw(flaw), Vec::new());
                }
                self.ask(chat, by, lang, act);
            }
            Said::Do(act) => self.carry(by, actor, lang, act, Place::Anew, ctx),
            Said::File(act) => {
                let whom = act.whom().map_or(0, |user| user.0);
                let name = match act {
                    Act::Dialogs { .. } => format!("dialogs-{whom}.txt"),
                    _ => format!("user-{whom}.json"),
                };
                self.carry(by, actor, lang, act, Place::File(name), ctx);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one press")]
    fn on_pressed(
        &mut self,
        chat: ChatId,
        by: UserId,
        actor: Actor,
        lang: Lang,
        callback_id: String,
        data: &str,
        message: Option<MessageId>,
        ctx: &mut Context<Admin>,
    ) {
        let mut parts = data.split(':');
        let toast = match (parts.next(), parts.next(), parts.next()) {
            (Some(PREFIX), Some("n"), None) => {
                if let Some(message) = message {
                    self.send(chat, lang, Some(message), vec![Msg::new("admin-cancelled")], Vec::new());
                }
                None
            }
            (Some(PREFIX), Some("y"), Some(number)) => {
                let number = u64::from_str_radix(number, 16).unwrap_or(0);
                match self.offers.take(number, by, self.env.clock.steady()) {
                    Ok(act) => {
                        let place = message.map_or(Place::Anew, Place::Instead);
                        self.carry(by, actor, lang, act, place, ctx);
                        None
                    }
                    Err(stale) => Some(why_stale(stale)),
                }
            }
            (Some(PREFIX), Some("a"), Some(number)) => {
                let number = u64::from_str_radix(number, 16).unwrap_or(0);
                match self.offers.take(number, by, self.env.clock.steady()) {
                    Ok(act) => {
                        self.ask(chat, by, lang, act);
                        None
                    }
                    Err(stale) => Some(why_stale(stale)),
                }
            }
            _ => Some("admin-stale"),
        };
        let text = toast.map(|key| self.env.texts.plain(lang, &Msg::new(key)));
        self.call(chat, Call::AnswerCallback { id: callback_id, text });
    }

    /// Has an act carried out; its answer comes back as a message.
    fn carry(
        &mut self,
        by: UserId,
        actor: Actor,
        lang: Lang,
        act: Act,
        place: Place,
        ctx: &mut Context<Admin>,
    ) {
        let me = ctx.address();
        match self.begin(Order { actor, act, source: Source::Chat, key: None }) {
            None => crate::kernel::tell(&me, Answered { by, lang, place, answer: Err(Denied::Busy) }),
            Some(doing) => {
                actix_rt::spawn(async move {
                    let answer = doing.await;
                    crate::kernel::tell(&me, Answered { by, lang, place, answer });
                });
            }
        }
    }

    /// Lists what an act brings with it, and asks for a second tap.
    fn ask(&mut self, chat: ChatId, by: UserId, lang: Lang, act: Act) {
        let consequences = render::consequences(&act);
        let number = self.offers_number(by, act);
        let keyboard = vec![vec![
            Key::new(self.label(lang, "admin-yes"), format!("{PREFIX}:y:{number:x}")),
            Key::new(self.label(lang, "admin-no"), format!("{PREFIX}:n")),
        ]];
        self.send(chat, lang, None, consequences, keyboard);
    }

    fn offers_number(&mut self, to: UserId, act: Act) -> u64 {
        let number = chance::number();
        self.offers.add(number, to, act, self.env.clock.steady());
        number
    }

    /// A button for one operator; what is destructive is asked about first.
    fn offer(&mut self, to: UserId, lang: Lang, label: &'static str, act: Act) -> Key {
        let verb = if act.is_destructive() { "a" } else { "y" };
        let number = self.offers_number(to, act);
        Key::new(self.label(lang, label), format!("{PREFIX}:{verb}:{number:x}"))
    }

    /// What can be done about an answer.
    fn buttons(&mut self, to: UserId, lang: Lang, answer: &Answer) -> InlineKeyboard {
        let page = match answer {
            Answer::Report(page) => page,
            Answer::Broadcast(line) => return self.steering(to, lang, line),
            _ => return Vec::new(),
        };
        if page.verdict.is_some() {
            return Vec::new();
        }
        let (report, user) = (page.line.report, page.line.reported);
        let reason = format!("report {report}");
        let ban = |kind, term| Act::Ban { user, kind, term, reason: reason.clone() };
        let decide = |verdict| Act::Decide { report, verdict, reason: reason.clone() };
        vec![
            vec![
                self.offer(to, lang, "admin-dismiss", decide(Verdict::Dismissed)),
                self.offer(to, lang, "admin-uphold", decide(Verdict::Upheld)),
            ],
            vec![
                self.offer(to, lang, "admin-ban-week", ban(BanKind::Ban, Term::Days(7))),
                self.offer(to, lang, "admin-ban-forever", ban(BanKind::Ban, Term::Forever)),
                self.offer(to, lang, "admin-shadow", ban(BanKind::Shadow, Term::Forever)),
            ],
            vec![
                self.offer(to, lang, "admin-warn", Act::Warn { user, reason: reason.clone() }),
                self.offer(to, lang, "admin-delete", Act::Delete { user, reason: reason.clone() }),
            ],
        ]
    }

    /// What can be done about a broadcast where it stands.
    fn steering(&mut self, to: UserId, lang: Lang, line: &BroadcastLine) -> InlineKeyboard {
        let broadcast = line.broadcast;
        let mut row = Vec::new();
        for (steer, label) in [
            (Steer::Start, "admin-broadcast-start"),
            (Steer::Pause, "admin-broadcast-pause"),
            (Steer::Resume, "admin-broadcast-resume"),
            (Steer::Cancel, "admin-broadcast-cancel"),
        ] {
            if line.state.after(steer).is_some() {
                row.push(self.offer(to, lang, label, Act::SteerBroadcast { broadcast, steer }));
            }
        }
        let look = Act::Broadcast { broadcast };
        let mut second = vec![self.offer(to, lang, "admin-broadcast-look", look)];
        if !line.state.is_over() {
            let preview = Act::PreviewBroadcast { broadcast };
            second.insert(0, self.offer(to, lang, "admin-broadcast-preview", preview));
        }
        [row, second].into_iter().filter(|row| !row.is_empty()).collect()
    }

    /// Shows what people will read, a message for each language.
    fn show_draft(&mut self, chat: ChatId, line: &BroadcastLine) {
        for call in super::previews(&self.env, line, chat) {
            // Each counts against what a group takes.
            if self.room.take(self.env.clock.steady()) {
                self.call(chat, call);
            }
        }
    }

    fn label(&self, lang: Lang, key: &'static str) -> String {
        self.env.texts.label(lang, &Button::new(key, ""))
    }

    fn say(&self, chat: ChatId, lang: Lang, msg: Msg, keyboard: InlineKeyboard) {
        self.send(chat, lang, None, vec![msg], keyboard);
    }

    /// Sends lines as one message, in place of another if one is named; as a file if they are too
    /// long for one.
    fn send(
        &self,
        chat: ChatId,
        lang: Lang,
        instead: Option<MessageId>,
        lines: Vec<Msg>,
        keyboard: InlineKeyboard,
    ) {
        let call = match render::page(&*self.env.texts, lang, &lines) {
            render::Written::Message(html) => match instead {
                Some(message) => Call::Rewrite { message, html, keyboard },
                None => Call::Say { html, keyboard },
            },
            render::Written::File(bytes) => Call::SendFile { name: "answer.txt".into(), bytes },
        };
        self.call(chat, call);
    }

    fn call(&self, chat: ChatId, call: Call) {
        let (out, lane) = (Outgoing { chat, call }, Lane::Interactive);
        let message = Enqueue { out, lane, origin: Origin::Bot, tickets: Tickets::new() };
        tell!(self.env.directory.one::<Outbox>(), message);
    }
}

/// Tells the chat that a second owner is waited for, as nobody may be looking at the pages.
pub(super) fn announce(env: &Env, request: &RequestLine) {
    let Some(chat) = env.alerts_chat() else { return };
    // Nobody of them has asked: there is no language to answer in.
    let render::Written::Message(html) = render::page(&*env.texts, Lang::En, &render::asked(request)) else {
        return;
    };
    let out = Outgoing { chat, call: Call::Say { html, keyboard: Vec::new() } };
    let message = Enqueue { out, lane: Lane::Interactive, origin: Origin::Bot, tickets: Tickets::new() };
    tell!(env.directory.one::<Outbox>(), message);
}

fn why_stale(stale: Stale) -> &'static str {
    match stale {
        Stale::NotYours => "admin-not-yours",
        Stale::Unknown | Stale::Expired => "admin-stale",
    }
}

impl Handler<Answered> for Admin {
    type Result = ();
    fn handle(&mut self, message: Answered, _: &mut Self::Context) {
        let Answered { by, lang, place, answer } = message;
        let Some(chat) = self.env.alerts_chat() else { return };
        let instead = match (place, &answer) {
            (Place::Anew, _) => None,
            (Place::Instead(message), _) => Some(message),
            (Place::File(name), Ok(answer)) if *answer != Answer::Missing => {
                return self.call(chat, Call::SendFile { name, bytes: render::file(answer) });
            }
            (Place::File(_), _) => None,
        };
        if let Ok(Answer::Broadcast(line)) = &answer
            && instead.is_none()
            && line.state == State::Draft
        {
            self.show_draft(chat, line);
        }
        let (lines, keyboard) = match &answer {
            Ok(answer) => (render::answer(answer), self.buttons(by, lang, answer)),
            Err(denied) => (vec![render::denied(denied)], Vec::new()),
        };
        self.send(chat, lang, instead, lines, keyboard);
    }
}
