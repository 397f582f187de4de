//! Who may ask, how often, and what of a request is read before it is answered.

use super::limits::network;
use super::problem::Problem;
use super::{Ask, Needs, Spec, body, cards};
use crate::capabilities::dating::store::Once;
use crate::http::State;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Payload;
use sha2::{Digest, Sha256};

/// Characters of an idempotency key.
const MOST_KEY: usize = 64;
/// Cards that were read with a session are shown by this time, milliseconds.
const AT_ONCE_MS: i64 = 50;
/// Characters of a session's secret, at most.
const MOST_TOKEN: usize = 100;

/// Lets a request in that has what the route needs.
pub(super) async fn enter<'a>(
    request: &'a HttpRequest,
    payload: Payload,
    state: &'a State,
    spec: &Spec,
) -> Result<Ask<'a>, Problem> {
    let api = &*state.dating;
    if !api.port.is_on {
        return Err(Problem::off());
    }
    let (address, now) = (network(state.admin.source(request)), state.engine.env().clock.steady());
    let shows_session = matches!(spec.needs, Needs::Session | Needs::Account);
    if !api.limits.admits(address, now) || !(shows_session || api.limits.admits_stranger(address, now)) {
        return Err(Problem::too_many(2));
    }
    let mut ask = Ask {
        api,
        state,
        request,
        address,
        token: None,
        viewer: None,
        hand: None,
        body: Vec::new(),
        once: None,
        place: None,
    };
    if shows_session {
        let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.filter(|token| token.len() <= MOST_TOKEN);
        let wanted = if spec.reads_hand { cards::most(&ask).ok() } else { None };
        let entered = match token {
            Some(token) => {
                let wanted = wanted.map(|most| (most, api.port.windows));
                let entered =
                    api.store().dating_viewer(token.to_owned(), api.owners.of(token), wanted).await?;
                api.owners.keep(token, entered.as_ref().map(|(viewer, _)| viewer.user));
                entered
            }
            None => None,
        };
        let (Some(token), Some((viewer, hand))) = (token, entered) else {
            return Err(match api.limits.admits_stranger(address, now) {
                true => Problem::session(),
                false => Problem::too_many(2),
            });
        };
        if !api.limits.admits_person(viewer.user, now) {
            return Err(Problem::too_many(1));
        }
        // For strangers beside them who guess, so that others from here can open the app; no more
        // often than one person may ask.
        ask.forgive();
        if spec.needs == Needs::Account && viewer.known.is_none() {
            return Err(Problem::no_account());
        }
        let mut waited = 0;
        if spec.is_gated {
            let began = state.engine.env().clock.steady();
            api.channel.admits(viewer.user, now).await?;
            waited = state.engine.env().clock.steady().since(began);
        }
        // While Telegram was asked somebody on a card may have blocked them: it is read again.
        ask.hand = hand.filter(|_| waited < AT_ONCE_MS);
        (ask.token, ask.viewer) = (Some(token.to_owned()), Some(viewer));
    }
    if spec.query.is_empty() && !request.query_string().is_empty() {
        return Err(Problem::malformed("there is nothing to ask in the query"));
    }
    if spec.takes_picture() {
        // Before a byte of it is read: a slow phone holds its place for as long as it may.
        let user = ask.viewer()?.user;
        if !api.limits.admits_upload(user, now) {
            return Err(Problem::too_many(10));
        }
        ask.place = Some(api.photos.place(user, key(request)?).ok_or_else(|| Problem::too_many(2))?);
    }
    if spec.body.is_some() {
        let kind = if spec.takes_picture() { &body::PICTURE } else { &body::JSON };
        ask.body = body::read(request, payload, kind).await?;
    }
    if spec.is_once() {
        ask.once = Some(Once { key: key(request)?, request: print(request, &ask.body) });
    }
    Ok(ask)
}

fn key(request: &HttpRequest) -> Result<String, Problem> {
    let shown = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
    let plain = |key: &&str| {
        (1..=MOST_KEY).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    let key = shown.filter(plain).map(str::to_owned);
    key.ok_or_else(|| Problem::malformed("an Idempotency-Key is needed: 1 to 64 of A-Z a-z 0-9 _ -"))
}

/// What is asked, as a hash.
fn print(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(request.method().as_str());
    hash.update([0]);
    hash.update(request.path());
    hash.update([0]);
    hash.update(body);
    hash.finalize().to_vec()
}
