//! Spawning an actor so that its death is noticed. actix drops a panicked actor's task without a
//! word.

use actix::dev::channel;
use actix::{Actor, Addr, Context};
use actix_rt::ArbiterHandle;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// How an actor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It stopped itself (passivation, drain).
    Stopped,
    /// It panicked outside the guard of its handlers.
    Panicked,
}

/// Room for senders that wait; see [`crate::kernel::tell`] for what bounds the mailboxes.
const MAILBOX: usize = 16;

/// Starts an actor on this thread's arbiter; `on_exit` is called when it is gone, however that
/// came.
pub fn spawn_here<A>(actor: A, on_exit: impl FnOnce(Exit) + 'static) -> Addr<A>
where
    A: Actor<Context = Context<A>>,
{
    let (tx, rx) = channel::channel(MAILBOX);
    run(Context::with_receiver(rx), actor, on_exit);
    Addr::new(tx)
}

/// On which thread an actor runs.
#[derive(Clone, Debug)]
pub enum On {
    /// The one that starts it, among the tasks of whoever runs there.
    Here,
    /// That of an arbiter.
    Arbiter(ArbiterHandle),
}

/// The same on a given thread; the actor is made there.
pub fn spawn_on<A>(
    on: &On,
    make: impl FnOnce() -> A + Send + 'static,
    on_exit: impl FnOnce(Exit) + Send + 'static,
) -> Addr<A>
where
    A: Actor<Context = Context<A>>,
{
    let (tx, rx) = channel::channel(MAILBOX);
    let start = move || run(Context::with_receiver(rx), make(), on_exit);
    match on {
        On::Here => start(),
        On::Arbiter(arbiter) => _ = arbiter.spawn_fn(start),
    }
    Addr::new(tx)
}

/// Not an async block: that would hold the actor twice, where it was captured and where it is
/// awaited, which doubles what a session takes.
fn run<A>(context: Context<A>, actor: A, on_exit: impl FnOnce(Exit) + 'static)
where
    A: Actor<Context = Context<A>>,
{
    let run = AssertUnwindSafe(context.into_future(actor)).catch_unwind();
    actix_rt::spawn(run.map(|ended| on_exit(if ended.is_ok() { Exit::Stopped } else { Exit::Panicked })));
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::{ActorContext, Handler, Message};

    struct Fragile;
    impl Actor for Fragile {
        type Context = Context<Self>;
    }
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Panic;
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Stop;
    impl Handler<Panic> for Fragile {
        type Result = ();
        fn handle(&mut self, _: Panic, _: &mut Self::Context) {
            panic!("as asked");
        }
    }
    impl Handler<Stop> for Fragile {
        type Result = ();
        fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
            ctx.stop();
        }
    }

    async fn exit_after(panic: bool) -> Exit {
        let (tx, rx) = tokio::sync::oneshot::channel();
        let addr = spawn_here(Fragile, move |exit| assert!(tx.send(exit).is_ok()));
        if panic {
            crate::kernel::tell(&addr, Panic);
        } else {
            crate::kernel::tell(&addr, Stop);
        }
        rx.await.unwrap()
    }

    #[actix::test]
    async fn death_is_noticed() {
        assert_eq!(exit_after(true).await, Exit::Panicked);
        assert_eq!(exit_after(false).await, Exit::Stopped);
    }
}
