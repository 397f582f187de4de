//! What operators did, whom they banned, and their tokens.
//!
//! Every act takes the log's lock first, so that entries are in the order in which they are
//! committed, and numbers of changes to bans as well: who has seen one has seen all before.

mod acts;
pub(super) mod announcements;
mod audit;
mod bans;
mod characters;
mod dating;
mod desk;
mod dialogs;
mod hidden;
mod jobs;
mod lines;
mod many;
mod pairs;
mod people;
mod replies;
mod reports;
mod requests;
mod sessions;
mod shared;
mod tables;
mod tokens;
mod versions;

use audit::append;
pub(super) use audit::hex;
pub use audit::{Anchor, Verified};
pub(crate) use bans::BanList;
pub(crate) use tables::TABLES;

/// What is sealed under the key-encryption key, by file.
pub(crate) const SEALED: [&[UnderKek]; 4] = [bans::SEALED, lines::SEALED, replies::SEALED, requests::SEALED];

use crate::cluster::cache::{Cache, Kind};
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::renew::UnderKek;
use nameless_actors::capabilities::{
    AdminStore, Answer, Carried, Changes, Credential, Denied, Entered, Order, Sessions, Watched,
};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::audit::Outcome;
use nameless_domain::capabilities::admin::{Act, Actor, Event, Link, Pattern, Role};
use nameless_domain::capabilities::news::Texts;
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;
use url::Url;

/// Whoever holds this writes the log's next entry.
const LOCK: &str = "SELECT pg_advisory_xact_lock(5642809, 13)";

/// Takes the log's lock until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn) -> Result<(), Fault> {
    conn.query(LOCK, &[]).await.map(drop)
}

/// The port over the database and, with several nodes, the cache of entitlements.
pub(super) struct AdminPort {
    pub store: PgStore,
    pub cache: Option<Cache>,
    pub settings: String,
    /// Where the pages are, seen from outside.
    pub address: Option<Url>,
    /// What nobody can bring back waits for a second owner.
    pub second_owner: bool,
}

impl AdminPort {
    /// What nodes have cached of a person's premium goes. Without it the grant stands all the same.
    async fn forget(&self, user: UserId) {
        if let Some(cache) = &self.cache
            && let Err(cause) = cache.forget(Kind::Entitlement, user.0).await
        {
            tracing::warn!(%cause, "a grant is seen late: the cache could not be told");
        }
    }
}

impl Sessions for AdminPort {
    fn link(&self, user: UserId, role: Role) -> PortFuture<'_, Result<Option<Link>, StoreError>> {
        let Some(address) = self.address.clone() else { return Box::pin(async { Ok(None) }) };
        self.store.run(move |inner| async move {
            let work = async |conn: &mut Conn| sessions::link(conn, user, role, wall_clock()).await;
            let secret = inner.transaction(work).await?;
            let base = address.as_str().trim_end_matches('/');
            Ok(Some(Link(format!("{base}/admin/login?link={secret}"))))
        })
    }

    fn log_in(&self, with: Credential) -> PortFuture<'_, Result<Option<Entered>, StoreError>> {
        self.store.run(move |inner| async move {
            let work = async |conn: &mut Conn| sessions::begin(conn, &inner.keys, &with, wall_clock()).await;
            inner.transaction(work).await
        })
    }

    fn session(&self, secret: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>> {
        self.store.run(move |inner| async move {
            sessions::whose(&mut *inner.check_out().await?, &secret, wall_clock()).await
        })
    }

    fn log_out(&self, secret: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.run(move |inner| async move {
            let work = async |conn: &mut Conn| sessions::end(conn, &inner.keys, &secret, wall_clock()).await;
            inner.transaction(work).await
        })
    }
}

impl AdminStore for AdminPort {
    fn told(&self, user: UserId, at: Millis) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.run(move |inner| async move {
            inner.transaction(async |conn| bans::told(conn, &inner.keys, user, at).await).await
        })
    }

    fn appeal(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>> {
        self.store.appeal(user, seq, words)
    }

    fn carry_out(&self, order: Order) -> PortFuture<'_, Result<Carried, Denied>> {
        Box::pin(async move {
            let carried = self.store.carry_out_with(order, self.second_owner).await??;
            if let Some(user) = carried.entitled {
                self.forget(user).await;
            }
            Ok(carried)
        })
    }

    fn note_refusal(&self, order: Order) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.note_refusal(order)
    }

    fn changes(&self, since: Option<i64>) -> PortFuture<'_, Result<Changes, StoreError>> {
        self.store.run(move |inner| async move {
            bans::changes(&mut *inner.check_out().await?, since, wall_clock()).await
        })
    }

    fn whose(&self, token: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>> {
        self.store.run(move |inner| async move {
            tokens::whose(&mut *inner.check_out().await?, &token, wall_clock()).await
        })
    }

    fn settings(&self) -> String {
        self.settings.clone()
    }

    fn heard(&self, user: UserId, line: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.run(move |inner| async move {
            let work = async |conn: &mut Conn| lines::heard(conn, user, line, wall_clock()).await;
            inner.transaction(work).await
        })
    }

    fn detected(&self, user: UserId, seq: Seq, pattern: Pattern) -> PortFuture<'_, Result<(), StoreError>> {
        self.store.detected(user, seq, pattern)
    }

    fn announced(&self) -> PortFuture<'_, Result<Option<Texts>, StoreError>> {
        self.store.run(|inner| async move { announcements::up(&mut *inner.check_out().await?).await })
    }

    fn is_watched(&self) -> bool {
        true
    }

    fn watch(&self) -> PortFuture<'_, Result<Watched, StoreError>> {
        self.store.watch()
    }
}

/// What operators do, for the port and for the command line.
impl PgStore {
    /// Carries an act out, in one transaction with its entry in the log; an act with a key that was
    /// carried out before is answered as then.
    pub fn carry_out(&self, order: Order) -> PortFuture<'_, Result<Result<Carried, Denied>, StoreError>> {
        self.carry_out_with(order, false)
    }

    /// The same; with `second_owner` an act that nobody can bring back waits for another owner.
    pub fn carry_out_with(
        &self,
        order: Order,
        second_owner: bool,
    ) -> PortFuture<'_, Result<Result<Carried, Denied>, StoreError>> {
        let Order { actor, act, source, key } = order;
        let (act, seen) = act.untied();
        let order = Order { actor, act, source, key };
        // What this node has counted meanwhile belongs to the figures.
        let counts = matches!(
            order.act,
            Act::Activity { .. }
                | Act::Retention { .. }
                | Act::DraftBroadcast { .. }
                | Act::SteerBroadcast { .. }
        );
        self.run(move |inner| async move {
            if counts {
                inner.transaction(async |conn| inner.activity.write(conn).await).await?;
            } else if let Act::Person { user } = order.act {
                inner.transaction(async |conn| inner.activity.write_of(conn, user).await).await?;
            }
            let work = async |conn: &mut Conn| {
                let (keys, now) = (&*inner.keys, wall_clock());
                if order.act.is_logged() || order.act.changes() {
                    lock(conn).await?;
                }
                // A token is kept nowhere, so its answer is not, either: its name is the key.
                let is_new_token = matches!(order.act, Act::CreateToken { .. });
                let key = order.key.as_deref().filter(|_| order.act.changes() && !is_new_token);
                if let Some(key) = key
                    && let Some(before) = replies::find(conn, keys, &order, key).await?
                {
                    return Ok(before);
                }
                if let Some(seen) = &seen
                    && versions::of_act(conn, keys, &order.act)
                        .await?
                        .is_some_and(|now| seen != "*" && now != *seen)
                {
                    return Ok(Err(Denied::Changed));
                }
                if second_owner && order.act.takes_two() {
                    let answer = Answer::Waits(requests::ask(conn, keys, &order, now).await?);
                    append(conn, keys, &order, order.act.whom(), Outcome::Waits, now).await?;
                    if let Some(key) = key {
                        replies::keep(conn, keys, &order, key, &answer, now).await?;
                    }
                    return Ok(Ok(Carried::quietly(answer)));
                }
                let done = match acts::carry_out(conn, keys, &order, now).await? {
                    Ok(done) => done,
                    Err(denied) => return Ok(Err(denied)),
                };
                if order.act.is_logged() {
                    let outcome = match done.carried.answer {
                        Answer::Missing => Outcome::Missing,
                        _ => Outcome::Done,
                    };
                    append(conn, keys, &order, done.about, outcome, now).await?;
                }
                if let Some(key) = key {
                    replies::keep(conn, keys, &order, key, &done.carried.answer, now).await?;
                }
                Ok(Ok(done.carried))
            };
            inner.transaction(work).await
        })
    }

    /// Writes down that an act was refused.
    pub fn note_refusal(&self, order: Order) -> PortFuture<'_, Result<(), StoreError>> {
        self.note(order, Outcome::Refused)
    }

    /// Writes down what is about to be done on the command line: nothing is done unseen.
    pub fn note_done(&self, order: Order) -> PortFuture<'_, Result<(), StoreError>> {
        self.note(order, Outcome::Done)
    }

    fn note(&self, order: Order, outcome: Outcome) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                lock(conn).await?;
                let whom = order.act.whom();
                append(conn, &inner.keys, &order, whom, outcome, wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    /// Keeps that somebody writes like a program.
    pub fn detected(
        &self,
        user: UserId,
        seq: Seq,
        pattern: Pattern,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                hidden::detected(conn, &inner.keys, user, seq, pattern, wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    /// What has come up that nobody asks for.
    pub fn watch(&self) -> PortFuture<'_, Result<Watched, StoreError>> {
        self.run(move |inner| async move {
            let (conn, now) = (&mut *inner.check_out().await?, wall_clock());
            let hide = hidden::look(conn, &inner.keys, now).await?;
            Ok(Watched { hide, owed: lines::owed(conn, &inner.keys, now).await? })
        })
    }

    /// Keeps what a banned person wrote, unless they wrote lately.
    pub fn appeal(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                lock(conn).await?;
                bans::appeal(conn, &inner.keys, user, seq, &words, wall_clock()).await
            };
            inner.transaction(work).await
        })
    }

    /// Walks the whole log. `anchors` are entries that were noted elsewhere.
    pub fn verify_audit(&self, anchors: Vec<Anchor>) -> PortFuture<'_, Result<Verified, StoreError>> {
        self.run_within(audit::VERIFY, move |inner| async move {
            audit::verify(&mut *inner.check_out().await?, &inner.keys, &anchors).await
        })
    }
}

/// An act that was carried out, and whom its entry is about.
pub(crate) struct Done {
    carried: Carried,
    about: Option<UserId>,
}

impl Done {
    /// One that concerns no session.
    fn plain(act: &Act, answer: Answer) -> Done {
        Done { carried: Carried::quietly(answer), about: act.whom() }
    }
}
