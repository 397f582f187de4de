//! Who may come in, and how often.

use super::problem::Problem;
use crate::http::State;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use nameless_actors::capabilities::{Credential, Denied, Entered};
use nameless_actors::kernel::lock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::Actor;
use nameless_domain::outbox::Bucket;
use nameless_domain::time::Millis;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use url::Url;

/// Requests a second of one token, and at once.
const OF_TOKEN: (f64, u32) = (20.0, 60);
/// Requests a second without a good token from one address, and at once. After that many the
/// address is locked out for a while.
const OF_STRANGER: (f64, u32) = (0.2, 20);
/// Addresses and tokens that are remembered at most.
const MOST: usize = 10_000;

/// The limits of the API, and which proxies are believed.
#[derive(Default)]
pub struct Gatekeeper {
    trusted: Vec<IpAddr>,
    /// Where the pages are, seen from outside, if that is known.
    address: Option<Url>,
    strangers: Mutex<HashMap<IpAddr, Bucket>>,
    tokens: Mutex<HashMap<String, Bucket>>,
}

/// Takes a token of a key's bucket. A table that is full is forgotten: everybody begins anew.
fn take<K: Hash + Eq>(buckets: &Mutex<HashMap<K, Bucket>>, key: K, of: (f64, u32), now: Millis) -> bool {
    let mut buckets = lock(buckets);
    if buckets.len() >= MOST && !buckets.contains_key(&key) {
        buckets.clear();
    }
    buckets.entry(key).or_insert_with(|| Bucket::new(of.0, of.1)).take(now)
}

impl Gatekeeper {
    /// Believes what these proxies say of where a request comes from. `address` is where the pages
    /// are, seen from outside.
    pub fn new(trusted: Vec<IpAddr>, address: Option<Url>) -> Gatekeeper {
        Gatekeeper { trusted, address, ..Gatekeeper::default() }
    }

    /// What browsers call the pages' origin, if that is known.
    pub(in crate::capabilities::admin) fn origin(&self) -> Option<String> {
        self.address.as_ref().map(|address| address.origin().ascii_serialization())
    }

    /// Whether cookies are for https alone.
    pub(in crate::capabilities::admin) fn is_secure(&self) -> bool {
        self.address.as_ref().is_some_and(|address| address.scheme() == "https")
    }

    /// Where a request comes from: the nearest address that is no trusted proxy's.
    pub(in crate::capabilities) fn source(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        let said = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let said: Vec<&str> = said.flat_map(|value| value.split(',')).collect();
        nearest(&self.trusted, peer, &said)
    }

    /// The same, as strangers are counted.
    fn address(&self, request: &HttpRequest) -> IpAddr {
        network(self.source(request))
    }

    /// Whether an address has a try left. A good token gives it back.
    fn admits_stranger(&self, address: IpAddr, now: Millis) -> bool {
        take(&self.strangers, address, OF_STRANGER, now)
    }

    /// It was none of a stranger: that try is back. Were it all of them, whoever has some token, or
    /// logs out, had guesses without end. A bucket that is full is as good as none.
    fn gives_back(&self, address: IpAddr, now: Millis) {
        let mut strangers = lock(&self.strangers);
        if strangers.get_mut(&address).is_some_and(|bucket| bucket.give_back(now)) {
            strangers.remove(&address);
        }
    }
}

/// What a proxy that is not trusted says is not believed, nor what it says that others said.
fn nearest(trusted: &[IpAddr], peer: IpAddr, said: &[&str]) -> IpAddr {
    let mut nearest = peer;
    for hop in said.iter().rev() {
        if !trusted.contains(&nearest.to_canonical()) {
            break;
        }
        match hop.trim().parse() {
            Ok(address) => nearest = address,
            Err(_) => break,
        }
    }
    nearest
}

/// Of an IPv6 address its first half: who has one has 2^64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) >> 64 << 64).into()),
    }
}

/// Lets the bearer of a good token in.
pub(super) async fn enter(request: &HttpRequest, state: &State) -> Result<Actor, Problem> {
    let (gatekeeper, now) = (&state.admin, state.engine.env().clock.steady());
    let address = gatekeeper.address(request);
    if !gatekeeper.admits_stranger(address, now) {
        return Err(Problem::too_many(60));
    }
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|value| value.strip_prefix("Bearer ")).filter(|token| token.len() <= 100);
    let Some(token) = token else { return Err(Problem::unauthorized()) };
    let found = state.engine.env().capabilities.admin.whose(token.to_owned()).await;
    let actor = match found {
        Ok(Some(actor)) => actor,
        Ok(None) => {
            state.engine.meters().admin_strangers.add(1);
            return Err(Problem::unauthorized());
        }
        Err(cause) => return Err(Problem::of(&cause.into())),
    };
    gatekeeper.gives_back(address, now);
    if !take(&gatekeeper.tokens, actor.name.clone(), OF_TOKEN, now) {
        return Err(Problem::too_many(1));
    }
    Ok(actor)
}

/// Why somebody does not come in to the pages.
pub(in crate::capabilities::admin) enum Barred {
    /// What they show is not good.
    Stranger,
    /// They have tried too often, or ask too often.
    TooMany,
    /// Nobody can tell.
    Away(Denied),
}

/// Looks at what a browser shows, as [`enter`] looks at a token: tries are few.
async fn admit<T>(
    request: &HttpRequest,
    state: &State,
    look: PortFuture<'_, Result<Option<T>, StoreError>>,
) -> Result<T, Barred> {
    let (gatekeeper, now) = (&state.admin, state.engine.env().clock.steady());
    let address = gatekeeper.address(request);
    if !gatekeeper.admits_stranger(address, now) {
        return Err(Barred::TooMany);
    }
    match look.await {
        Ok(Some(found)) => {
            gatekeeper.gives_back(address, now);
            Ok(found)
        }
        Ok(None) => {
            state.engine.meters().admin_strangers.add(1);
            Err(Barred::Stranger)
        }
        Err(cause) => Err(Barred::Away(cause.into())),
    }
}

/// Whoever acts by Telegram has no more of a role than the settings give them now.
fn now(state: &State, actor: Actor) -> Option<Actor> {
    let Some(id) = actor.name.strip_prefix("telegram:") else { return Some(actor) };
    let id: i64 = id.parse().ok()?;
    let (_, role) = state.engine.env().rules.staff.iter().find(|(user, _)| user.0 == id)?;
    Some(Actor { role: actor.role.min(*role), ..actor })
}

/// Lets the bearer of a good session in to the pages.
pub(in crate::capabilities::admin) async fn enter_pages(
    request: &HttpRequest,
    state: &State,
    secret: &str,
) -> Result<Actor, Barred> {
    let env = state.engine.env();
    let store = &env.capabilities.admin;
    let look = async { Ok(store.session(secret.to_owned()).await?.and_then(|actor| now(state, actor))) };
    let actor = admit(request, state, Box::pin(look)).await?;
    if !take(&state.admin.tokens, actor.name.clone(), OF_TOKEN, env.clock.steady()) {
        return Err(Barred::TooMany);
    }
    Ok(actor)
}

/// Begins a session for the bearer of a good credential.
pub(in crate::capabilities::admin) async fn log_in(
    request: &HttpRequest,
    state: &State,
    with: Credential,
) -> Result<Entered, Barred> {
    admit(request, state, state.engine.env().capabilities.admin.log_in(with)).await
}

/// Ends a session.
pub(in crate::capabilities::admin) async fn log_out(
    request: &HttpRequest,
    state: &State,
    secret: String,
) -> Result<(), Barred> {
    let store = &state.engine.env().capabilities.admin;
    let look = async { store.log_out(secret).await.map(Some) };
    admit(request, state, Box::pin(look)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, said, from) in [
            ("9.9.9.9", vec!["1.1.1.1"], "9.9.9.9"),
            ("10.0.0.1", vec!["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", vec!["6.6.6.6", " 1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", vec!["6.6.6.6", "1.1.1.1", "10.0.0.2"], "1.1.1.1"),
            ("10.0.0.1", vec!["unknown"], "10.0.0.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("::ffff:10.0.0.1", vec!["1.1.1.1"], "1.1.1.1"),
        ] {
            assert_eq!(nearest(&trusted, ip(peer), &said), ip(from), "{peer} {said:?}");
        }
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff:1")));
        assert_ne!(network(ip("2001:db8::1")), network(ip("2001:db8:0:1::1")));
    }

    #[test]
    fn guesses_are_few_and_the_table_is_bounded() {
        let gatekeeper = Gatekeeper::default();
        let tried = (0..100).filter(|_| gatekeeper.admits_stranger(ip("1.1.1.1"), Millis(5))).count();
        assert_eq!(tried, OF_STRANGER.1 as usize);
        assert!(gatekeeper.admits_stranger(ip("1.1.1.2"), Millis(5)));
        assert!(gatekeeper.admits_stranger(ip("1.1.1.1"), Millis(5_005)), "five seconds later once more");
        gatekeeper.gives_back(ip("1.1.1.1"), Millis(5_005));
        let tried = (0..100).filter(|_| gatekeeper.admits_stranger(ip("1.1.1.1"), Millis(5_005))).count();
        assert_eq!(tried, 1, "one is back, not all of them");
        for n in 0..2 * MOST as u32 {
            gatekeeper.admits_stranger(IpAddr::from(n.to_be_bytes()), Millis(5));
        }
        assert!(lock(&gatekeeper.strangers).len() <= MOST);
    }
}
