//! Handlers of the persistence actor.

use super::loads::Waiting;
use super::*;
use crate::kernel::guard::{Doing, guarded};
use crate::service::Service;
use crate::supervisor::{Restarted, Supervisor};
use actix::{AsyncContext, Handler};

const DOING: Doing = Doing { actor: "persistence", update_id: None };

impl Persistence {
    /// Sends the next batch off unless one is under way. Its panic is caught by its task; the guard
    /// below lets the next batch go then, and the lost tickets bring their updates back.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        if self.busy {
            return;
        }
        // A full one has another behind it.
        if self.queue.len() == 1
            && let Some(rest) = self.queue[0].lingers(self.env.limits.linger)
        {
            if self.timer.is_none() {
                self.timer = Some(ctx.run_later(rest, |actor, ctx| {
                    actor.timer = None;
                    actor.pump(ctx);
                }));
            }
            return;
        }
        let Some(gathering) = self.queue.pop_front().filter(|g| !g.is_empty()) else { return };
        self.busy = true;
        let touched: Vec<_> = gathering.writes.iter().map(batch::touches).collect();
        let done = BatchGuard { to: ctx.address(), touched };
        let env = self.env.clone();
        actix_rt::spawn(async move {
            batch::carry_out(env, gathering, &done.to).await;
            drop(done);
        });
    }

    fn read(&mut self, read: Read, must_wait: bool, ctx: &mut Context<Self>) {
        if must_wait {
            self.gathering().reads.push(read);
            self.pump(ctx);
        } else {
            let env = self.env.clone();
            actix_rt::spawn(async move { batch::answer(&env, read).await });
        }
    }

    /// Sends off the loads that may leave.
    fn load(&mut self, ctx: &mut Context<Self>) {
        while let Some(batch) = self.loads.next() {
            let (env, done) = (self.env.clone(), LoadsGuard(ctx.address()));
            actix_rt::spawn(async move {
                loads::carry_out(&env, batch).await;
                drop(done);
            });
        }
    }

    fn idle(&self) -> bool {
        !self.busy && self.queue.is_empty()
    }
}

/// Tells the actor that a batch is over, however that came.
struct BatchGuard {
    to: actix::Addr<Persistence>,
    touched: Vec<(Option<UserId>, Option<PairId>)>,
}

impl Drop for BatchGuard {
    fn drop(&mut self) {
        crate::kernel::tell(&self.to, BatchDone { touched: std::mem::take(&mut self.touched) });
    }
}

/// Tells the actor that some loads are over, however that came.
struct LoadsGuard(actix::Addr<Persistence>);

impl Drop for LoadsGuard {
    fn drop(&mut self) {
        crate::kernel::tell(&self.0, LoadsDone);
    }
}

impl Handler<Keep> for Persistence {
    type Result = ();
    fn handle(&mut self, message: Keep, ctx: &mut Self::Context) {
        self.keep(message);
        self.pump(ctx);
    }
}

impl Handler<OpenPair> for Persistence {
    type Result = ();
    fn handle(&mut self, message: OpenPair, ctx: &mut Self::Context) {
        self.gathering().openings.push((message.proposal, message.reply));
        self.pump(ctx);
    }
}

impl Handler<LoadUser> for Persistence {
    type Result = ();
    fn handle(&mut self, message: LoadUser, ctx: &mut Self::Context) {
        if self.pending_users.contains_key(&message.user) {
            self.gathering().loads.users.push_back(message);
            return self.pump(ctx);
        }
        self.loads.add(Waiting { users: [message].into(), ..Waiting::default() });
        self.load(ctx);
    }
}

impl Handler<LoadPair> for Persistence {
    type Result = ();
    fn handle(&mut self, message: LoadPair, ctx: &mut Self::Context) {
        if self.pending_pairs.contains_key(&message.asked.pair) {
            self.gathering().loads.pairs.push_back(message);
            return self.pump(ctx);
        }
        self.loads.add(Waiting { pairs: [message].into(), ..Waiting::default() });
        self.load(ctx);
    }
}

impl Handler<LetThrough> for Persistence {
    type Result = ();
    fn handle(&mut self, message: LetThrough, ctx: &mut Self::Context) {
        self.loads.add(message.loads);
        self.load(ctx);
    }
}

impl Handler<LoadsDone> for Persistence {
    type Result = ();
    fn handle(&mut self, _: LoadsDone, ctx: &mut Self::Context) {
        self.loads.done();
        self.load(ctx);
    }
}

impl Handler<ListUnsettled> for Persistence {
    type Result = ();
    fn handle(&mut self, message: ListUnsettled, ctx: &mut Self::Context) {
        let wait = !self.idle();
        self.read(Read::Unsettled(message), wait, ctx);
    }
}

impl Handler<ExportUser> for Persistence {
    type Result = ();
    fn handle(&mut self, message: ExportUser, ctx: &mut Self::Context) {
        let wait = self.pending_users.contains_key(&message.user);
        self.read(Read::Export(message), wait, ctx);
    }
}

impl Handler<Flush> for Persistence {
    type Result = ();
    fn handle(&mut self, message: Flush, ctx: &mut Self::Context) {
        let wait = match message.of {
            Some(user) => self.pending_users.contains_key(&user),
            None => !self.idle(),
        };
        if !wait {
            // Nothing is asked: no task is needed for the answer.
            self.env.meters.store_reads.add(1);
            let _ = message.reply.send(());
            return;
        }
        self.read(Read::Flush(message), wait, ctx);
    }
}

impl Handler<BatchDone> for Persistence {
    type Result = ();
    fn handle(&mut self, message: BatchDone, ctx: &mut Self::Context) {
        self.settle(message.touched);
        self.busy = false;
        self.pump(ctx);
    }
}

impl Handler<Crash> for Persistence {
    type Result = ();
    fn handle(&mut self, _: Crash, _: &mut Self::Context) {
        // What is gathered is plain data that no handler leaves half changed: it is kept.
        if guarded(DOING, || panic!("crash asked for")).is_err() {
            self.env.meters.persistence_restarts.add(1);
            crate::tell!(self.env.directory.one::<Supervisor>(), Restarted { service: Persistence::NAME });
        }
    }
}
