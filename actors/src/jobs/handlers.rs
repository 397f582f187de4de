//! Handlers of the jobs actor.

use super::messages::{Heard, Poke, TurnDone};
use super::*;
use actix::Handler;

impl Handler<AddJobs> for Jobs {
    type Result = ();
    fn handle(&mut self, message: AddJobs, ctx: &mut Self::Context) {
        let AddJobs { jobs, tickets, reply } = message;
        let count = jobs.len();
        self.adds.push_back((jobs, Adding { count, tickets, reply }));
        self.pump(ctx);
    }
}

impl Handler<Wake> for Jobs {
    type Result = ();
    fn handle(&mut self, message: Wake, ctx: &mut Self::Context) {
        match self.lane(message.lane) {
            Some(state) if state.running < state.lane.at_once => state.hungry = true,
            Some(state) => {
                state.hungry = true;
                self.tell_others(Word::Waiting(message.lane.to_owned()));
            }
            None => self.tell_others(Word::Waiting(message.lane.to_owned())),
        }
        self.pump(ctx);
    }
}

impl Handler<HandOver> for Jobs {
    type Result = ();
    fn handle(&mut self, message: HandOver, _: &mut Self::Context) {
        let HandOver { mut taken, job } = message;
        // Another actor's place is none here: that job is given again, as what it had forgotten.
        // Where the process ends it is better begun elsewhere.
        if taken.life != self.life || self.is_closed || self.found.contains_key(&job.hold) {
            return;
        }
        taken.is_handed = true;
        self.begin(job, taken.asked);
    }
}

impl Handler<CancelJob> for Jobs {
    type Result = ();
    fn handle(&mut self, message: CancelJob, ctx: &mut Self::Context) {
        self.cancels.push((message.key.clone(), message.reply));
        // If it is under way here, its next heartbeat says so: at once.
        let running = self.running.values_mut().find(|running| running.job.key == message.key);
        if let Some(running) = running {
            let lease = self.lanes[running.lane].lane.lease;
            running.beat = running.beat.checked_sub(lease).unwrap_or(running.beat);
            self.beats = true;
        }
        self.pump(ctx);
    }
}

impl Handler<Close> for Jobs {
    type Result = ();
    fn handle(&mut self, message: Close, ctx: &mut Self::Context) {
        self.is_closed = true;
        self.common.rooms.close();
        self.common.closing.send_replace(true);
        self.closing.push(message.reply);
        self.pump(ctx);
    }
}

impl Handler<Poke> for Jobs {
    type Result = ();
    fn handle(&mut self, _: Poke, ctx: &mut Self::Context) {
        let now = Instant::now();
        let next = self.common.inbox().lost.iter().map(|(_, again)| again.duration_since(now)).min();
        if let Some(wait) = next.filter(|wait| !wait.is_zero()) {
            ctx.run_later(wait, |actor, ctx| actor.pump(ctx));
        }
        self.pump(ctx);
    }
}

impl Handler<Heard> for Jobs {
    type Result = ();
    fn handle(&mut self, message: Heard, ctx: &mut Self::Context) {
        for word in message.0 {
            match word {
                Word::Waiting(lane) => {
                    if let Some(state) = self.lane(&lane) {
                        state.hungry = true;
                    }
                }
                Word::Owed => _ = self.look_after.get_or_insert(JobId(0)),
            }
        }
        self.pump(ctx);
    }
}

impl Handler<TurnDone> for Jobs {
    type Result = ();
    fn handle(&mut self, message: TurnDone, ctx: &mut Self::Context) {
        self.busy = false;
        match message.0 {
            Some(done) => self.learn(done, ctx),
            // It panicked, and nobody knows what it came to. A fresh actor looks at the store.
            None => panic!("a turn of the jobs panicked"),
        }
        self.pump(ctx);
    }
}
