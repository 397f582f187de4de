//! Carries out what the core wants done, in order.

use super::{Session, asking, export, stale};

use crate::kernel::ticket::{Ticket, Tickets, all_done};
use crate::matchmaker::{Matchmaker, Seek, Unseek};
use crate::outbox::{Enqueue, Origin, Outbox, Purge};
use crate::persistence::{Keep, Persistence, kept};
use crate::ports::{Owed, Write};
use crate::relay::{Close, Pass, Relay};
use crate::tell;
use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context};
use nameless_domain::ids::{ChatId, PairId, Seq, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, InlineKeyboard, Key, Outgoing};
use nameless_domain::session::notice::{Notice, Waits};
use nameless_domain::session::{Effect, EndCause, Event, Record, is_home};
use nameless_domain::text::{Msg, Screen};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the line that a chat is over waits for the partner's node.
const LEAVE: Duration = Duration::from_millis(500);

/// How long that line, and the partner's, wait for the end of the chat to be kept, if the store is
/// slow or away. A crash after that may bring what the other one had written before.
const END: Duration = Duration::from_secs(2);

/// Whether the next message of a job's end had left before.
fn told_before(tickets: &[Ticket]) -> bool {
    tickets.iter().any(|ticket| !ticket.is_update() && ticket.claim_sent(1).is_some())
}

impl Session {
    /// Carries out the effects of one event. `tickets` are those of the update that caused it, if
    /// any; it has panicked `tries` times before.
    pub(super) fn apply(
        &mut self,
        effects: Vec<Effect>,
        tickets: Tickets,
        tries: u32,
        ctx: &mut Context<Self>,
    ) {
        let mut after_row = Vec::new();
        let (mut leaving, mut then) = (None, Vec::new());
        let mut flushed = Vec::new();
        for effect in effects {
            if let Effect::Relay { behind, .. } = &effect {
                flushed.extend_from_slice(behind);
            }
            if leaving.is_some() && effect.is_said() {
                then.push(effect);
                continue;
            }
            if let Effect::EndPair { pair, partner, cause } = effect {
                leaving = Some(self.end_pair(pair, partner, cause, &tickets));
                continue;
            }
            if let Effect::Notify(notice) = effect {
                // Owed before the row is kept: a crash between the two leaves the old row, which
                // says it again.
                let owed = Owed { notice, life: self.env.life };
                self.keep(Write::Owed { user: self.user, owed }, Tickets::new());
                match notice.waits() {
                    Waits::Not => self.say_owed(notice),
                    Waits::ForRow | Waits::ForEnd => after_row.push(notice),
                }
                continue;
            }
            self.carry_out(effect, &tickets, ctx);
        }
        self.let_go(&flushed);
        if !after_row.is_empty() {
            self.say_when_kept(after_row, ctx);
        }
        if let Some(left) = leaving.filter(|_| !then.is_empty()) {
            self.apply_when_over(left, then, (tickets.clone(), tries), ctx);
        }
        self.keep_or_let_go(&tickets, tries);
        all_done(tickets);
    }

    /// That the chat is over is said when nothing of the partner's can follow it, also in a later
    /// life (I4); the mailbox waits.
    fn apply_when_over(
        &self,
        left: Option<oneshot::Receiver<()>>,
        then: Vec<Effect>,
        (tickets, tries): (Tickets, u32),
        ctx: &mut Context<Self>,
    ) {
        let kept = tokio::time::timeout(END, kept(self.env.clone(), None));
        let over = async move {
            if let Some(left) = left {
                let _ = tokio::time::timeout(LEAVE, left).await;
            }
            let _ = kept.await;
        };
        ctx.wait(over.into_actor(self).map(move |(), actor, ctx| actor.apply(then, tickets, tries, ctx)));
    }

    /// Shares in the updates whose items are gathered into an album are held until it leaves.
    fn keep_or_let_go(&mut self, tickets: &Tickets, tries: u32) {
        if self.core.as_ref().is_some_and(|core| core.holds_something()) {
            // Gathered into an album: its other effects are under way, this one is not.
            // A job's end that came meanwhile is told; there is nothing of it to handle again.
            let updates = tickets.iter().filter(|ticket| ticket.is_update());
            self.aside().held.extend(updates.cloned().map(|t| (t, tries)));
        } else if let Some(aside) = &mut self.aside {
            all_done(aside.held.drain(..).map(|(ticket, _)| ticket));
            self.tidy();
        }
    }

    /// Shares in the updates behind an operation: those named, in that order, or the one being
    /// handled.
    fn behind(&self, seqs: &[Seq], tickets: &[Ticket]) -> Tickets {
        if seqs.is_empty() {
            return tickets.iter().cloned().collect();
        }
        let known = || {
            let held = self.aside.iter().flat_map(|aside| aside.held.iter().map(|(ticket, _)| ticket));
            held.chain(tickets)
        };
        seqs.iter().filter_map(|&seq| known().find(|ticket| ticket.seq() == seq)).cloned().collect()
    }

    /// What was held for operations that are under way now is held no longer: each has a share of
    /// its own.
    fn let_go(&mut self, seqs: &[Seq]) {
        if seqs.is_empty() {
            return;
        }
        let held = self.aside.as_mut().map(|aside| std::mem::take(&mut aside.held)).unwrap_or_default();
        let (gone, held): (Vec<_>, Vec<_>) = held.into_iter().partition(|(t, _)| seqs.contains(&t.seq()));
        all_done(gone.into_iter().map(|(ticket, _)| ticket));
        if !held.is_empty() {
            self.aside().held = held;
        }
    }

    fn carry_out(&mut self, effect: Effect, tickets: &[Ticket], ctx: &mut Context<Self>) {
        let user = self.user;
        let share = || tickets.iter().cloned().collect();
        let directory = &self.env.directory;
        match effect {
            Effect::Say(screen) => {
                let (html, keyboard) = self.render(&screen);
                self.call(Call::Say { html, keyboard }, share());
            }
            // Handled by `apply`, which knows when the row is kept.
            Effect::Notify(notice) => self.say_owed(notice),
            Effect::NotOwed(notice) => self.keep(Write::NotOwed { user, notice }, share()),
            Effect::Rewrite { message, screen } => {
                let (html, keyboard) = self.render(&screen);
                self.call(Call::Rewrite { message, html, keyboard }, share());
            }
            Effect::Answer { callback_id, toast } => {
                let lang = self.lang();
                let text = toast.map(|toast| self.env.texts.plain(lang, &toast));
                self.call(Call::AnswerCallback { id: callback_id, text }, share());
            }
            Effect::Relay { pair, op, behind } => {
                let tickets = self.behind(&behind, tickets);
                tell!(self.env.directory.of::<Relay>(pair.0), Pass { pair, by: user, op, tickets });
            }
            // Handled by `apply`, which knows what is said after it.
            Effect::EndPair { pair, partner, cause } => _ = self.end_pair(pair, partner, cause, tickets),
            Effect::Seek(request) => {
                stale::leave_mark(&mut self.aside, ctx);
                tell!(directory.one::<Matchmaker>(), Seek { request: *request, tickets: share() });
            }
            Effect::Unseek => {
                tell!(directory.one::<Matchmaker>(), Unseek { user, tickets: share() });
            }
            Effect::Save => {
                if let Some(core) = &self.core {
                    self.keep(Write::Account(Box::new(core.account.clone())), share());
                }
            }
            Effect::Record(record) => {
                let at = self.env.clock.now();
                let write = match record {
                    Record::Rated { pair, of, up } => Write::Rated { pair, by: user, of, up, at },
                    Record::Blocked { of } => Write::Blocked { by: user, of, at },
                    Record::Reported { pair, of, reason } => {
                        Write::Reported { pair, by: user, of, reason, at }
                    }
                };
                self.keep(write, share());
            }
            Effect::Ask(request) => {
                let turn = request.keeps_order().then(|| self.aside().asking.clone());
                let to = (self.lang(), self.chat());
                asking::begin(self.env.clone(), user, to, (request, turn), share());
            }
            Effect::Picture { picture, screen } => {
                let (html, keyboard) = self.render(&screen);
                self.call(Call::Picture { picture, html, keyboard }, share());
            }
            // Of a job's end some may have left before, by a process that is gone.
            Effect::Call(method) if method.shows && told_before(tickets) => {}
            Effect::Call(method) => self.call(Call::Method(method), share()),
            Effect::Export => export::begin(self.env.clone(), self.chat(), user, share()),
            Effect::Erase => self.keep(Write::Erase { user }, share()),
            Effect::AwaitAlbum { after_ms } => {
                let wait = Duration::from_millis(u64::try_from(after_ms).unwrap_or(0));
                if let Some(earlier) = self.aside().album_timer.take() {
                    ctx.cancel_future(earlier);
                }
                self.aside().album_timer = Some(ctx.run_later(wait, |actor, ctx| {
                    actor.aside().album_timer = None;
                    actor.happened(Event::AlbumDue, Tickets::new(), ctx);
                }));
            }
        }
    }

    /// Ends the pair. The answer comes when the partner's node has heard of it, if that is another
    /// one.
    fn end_pair(
        &self,
        pair: PairId,
        partner: UserId,
        cause: EndCause,
        tickets: &[Ticket],
    ) -> Option<oneshot::Receiver<()>> {
        let (user, directory) = (self.user, &self.env.directory);
        // The store first: a new search of either member must find them free.
        self.keep(
            Write::EndPair { pair, at: self.env.clock.now(), cause },
            tickets.iter().cloned().collect(),
        );
        // Here and not only by the relay: before the line that the chat is over, which follows.
        tell!(directory.one::<Outbox>(), Purge { chat: user.chat(), pair, over: None });
        let elsewhere = self.env.peers.as_ref().is_some_and(|peers| !peers.is_mine(partner));
        let (closed, left) = elsewhere.then(oneshot::channel).unzip();
        tell!(
            directory.of::<Relay>(pair.0),
            Close { pair, by: user, partner, cause, tickets: tickets.iter().cloned().collect(), closed }
        );
        left
    }

    /// Where what is said now goes.
    pub(super) fn chat(&self) -> ChatId {
        self.core.as_ref().map_or(self.user.chat(), |core| core.chat())
    }

    fn lang(&self) -> nameless_domain::text::Lang {
        self.core.as_ref().map_or(nameless_domain::text::Lang::En, |c| c.account.lang)
    }

    fn render(&self, screen: &Screen) -> (String, InlineKeyboard) {
        let (lang, texts) = (self.lang(), &self.env.texts);
        let keyboard = screen
            .keyboard
            .iter()
            .map(|row| {
                row.iter().map(|b| Key { label: texts.label(lang, b), action: b.action.clone() }).collect()
            })
            .collect();
        let mut html = texts.html(lang, &screen.text);
        if let Some(words) = is_home(screen).then(|| self.env.board.says(lang)).flatten() {
            html.push_str("\n\n");
            html.push_str(&texts.html(lang, &Msg::new("announcement").words("words", words)));
        }
        (html, keyboard)
    }

    /// Says lines when what was kept before is in the store. That somebody is here, however long
    /// that takes: it was the store that opened the chat, and a line that is sooner than the row
    /// could be read and answered in a chat of which a later life knows nothing. That a chat is
    /// over, [`END`] later at most: nothing of the other one's is to follow it in a later life
    /// (I4). The mailbox waits, so that order holds.
    fn say_when_kept(&self, notices: Vec<Notice>, ctx: &mut Context<Self>) {
        let row = self.core.as_ref().map(|core| Write::Account(Box::new(core.account.clone())));
        let bound = notices.iter().all(|notice| notice.waits() == Waits::ForEnd).then_some(END);
        let kept = kept(self.env.clone(), row);
        let waiting = async move {
            match bound {
                Some(bound) => _ = tokio::time::timeout(bound, kept).await,
                None => kept.await,
            }
        };
        ctx.wait(
            waiting
                .into_actor(self)
                .map(move |(), actor, _| notices.into_iter().for_each(|notice| actor.say_owed(notice))),
        );
    }

    fn say_owed(&mut self, notice: Notice) {
        let screens = match &self.core {
            Some(core) => core.screens_of(notice, &self.env.rules, self.env.clock.now()),
            None => notice.screens(),
        };
        let last = screens.len().saturating_sub(1);
        // Who has read the first of them has been told.
        let mut departure = self.awaits_departure(notice);
        for (i, screen) in screens.iter().enumerate() {
            let (html, keyboard) = self.render(screen);
            let origin = match departure.take() {
                departure if i == last => Origin::Owed { user: self.user, notice, departure },
                Some(departure) => Origin::Told(departure),
                None => Origin::Bot,
            };
            self.enqueue(Call::Say { html, keyboard }, notice.lane(), origin, Tickets::new());
        }
    }

    /// A call to the user's own chat.
    fn call(&self, call: Call, tickets: Tickets) {
        self.enqueue(call, Lane::Interactive, Origin::Bot, tickets);
    }

    fn enqueue(&self, call: Call, lane: Lane, origin: Origin, tickets: Tickets) {
        let out = Outgoing { chat: self.chat(), call };
        let message = Enqueue { out, lane, origin, tickets };
        tell!(self.env.directory.one::<Outbox>(), message);
    }

    fn keep(&self, write: Write, tickets: Tickets) {
        tell!(self.env.directory.one::<Persistence>(), Keep::one(write, tickets));
    }
}
