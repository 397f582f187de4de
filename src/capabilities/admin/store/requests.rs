//! What waits for a second owner: an act that nobody can bring back is kept as it was asked for,
//! and carried out when another owner agrees within a day.

use super::{Done, acts, append};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::renew::{UnderKek, under_kek};
use nameless_actors::capabilities::{Answer, Carried, Denied, Order, Page, RequestLine, RequestRefused};
use nameless_domain::capabilities::admin::audit::Outcome;
use nameless_domain::capabilities::admin::{Act, Actor};
use nameless_domain::time::{DAY_MS, Millis};
use tokio_postgres::Row;

/// How long it can be agreed to, milliseconds.
const GOOD_FOR_MS: i64 = DAY_MS;
/// Tokens that made each other that are followed.
const MAKERS: usize = 16;

const ASK: &str = "\
    INSERT INTO admin_requests (at, until, who, person, role, whom, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)
    RETURNING request_id";

const OPEN: &str = "\
    SELECT request_id, at, until, who, person, role, sealed FROM admin_requests
    WHERE closed IS NULL AND until > $1 ORDER BY at, request_id LIMIT $2";

const ONE: &str = "\
    SELECT request_id, at, until, who, person, role, sealed FROM admin_requests
    WHERE request_id = $1 AND closed IS NULL AND until > $2 FOR UPDATE";

const CLOSE: &str = "UPDATE admin_requests SET closed = $2, by = $3, agreed = $4 WHERE request_id = $1";

const MAKER: &str = "SELECT made_by FROM admin_tokens WHERE name = $1";

/// A request as it is kept.
struct Request {
    number: i64,
    at: Millis,
    until: Millis,
    actor: Actor,
    person: String,
    act: Act,
}

impl Request {
    fn line(&self) -> RequestLine {
        RequestLine {
            request: self.number,
            at: self.at,
            until: self.until,
            who: self.actor.name.clone(),
            what: self.act.name(),
            user: self.act.whom(),
            reason: self.act.reason().trim().to_owned(),
        }
    }
}

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] = &[under_kek!("admin_requests", "sealed", "who, at", "true", |row| {
    Ok(aad(row.try_get("who")?, Millis(row.try_get("at")?)))
})];

fn aad(who: &str, at: Millis) -> Vec<u8> {
    format!("request:{}:{who}:{}", who.len(), at.0).into_bytes()
}

fn read(keys: &Keys, row: &Row) -> Result<Request, Fault> {
    let (who, at): (String, Millis) = (row.try_get("who")?, Millis(row.try_get("at")?));
    let plain = keys.kek().open(row.try_get("sealed")?, &aad(&who, at))?;
    let act =
        serde_json::from_slice(&plain).map_err(|_| Fault::Corrupt("a request that cannot be read".into()))?;
    Ok(Request {
        number: row.try_get("request_id")?,
        at,
        until: Millis(row.try_get("until")?),
        actor: Actor { name: who, role: super::tokens::role(row.try_get("role")?)? },
        person: row.try_get("person")?,
        act,
    })
}

/// Who is behind a name. A token is whose who made it; of those that the command line made, what
/// stands before the first dot says whose they are: `anna.laptop` and `anna.phone` are Anna's.
async fn person(conn: &mut Conn, who: &str) -> Result<String, Fault> {
    let mut who = who.to_owned();
    for _ in 0..MAKERS {
        let Some(name) = who.strip_prefix("token:") else { return Ok(who) };
        let rows = conn.query(MAKER, &[&name]).await?;
        let maker = match rows.first() {
            Some(row) => row.try_get::<_, Option<String>>("made_by")?,
            None => None,
        };
        match maker.filter(|maker| maker.starts_with("token:") || maker.starts_with("telegram:")) {
            Some(maker) => who = maker,
            None => return Ok(format!("token:{}", name.split('.').next().unwrap_or(name).to_lowercase())),
        }
    }
    Ok(who)
}

/// Keeps an act until another owner agrees. The log's lock is held.
pub(super) async fn ask(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    now: Millis,
) -> Result<RequestLine, Fault> {
    let plain = serde_json::to_vec(&order.act)
        .map_err(|_| Fault::Corrupt("an act that cannot be written as JSON".into()))?;
    let Actor { name, role } = &order.actor;
    let sealed = keys.kek().seal(&plain, &aad(name, now))?;
    let person = person(conn, name).await?;
    let until = now.plus(GOOD_FOR_MS);
    let whom = order.act.whom().map(|user| keys.subject_hash(user));
    let rows = conn.query(ASK, &[&now.0, &until.0, name, &person, &role.name(), &whom, &sealed]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no number of a request".into()))?;
    let number = row.try_get("request_id")?;
    let (actor, act) = (order.actor.clone(), order.act.clone());
    Ok(Request { number, at: now, until, actor, person, act }.line())
}

/// What waits, the oldest first.
pub(super) async fn list(conn: &mut Conn, keys: &Keys, limit: u32, now: Millis) -> Result<Answer, Fault> {
    let rows = conn.query(OPEN, &[&now.0, &i64::from(limit)]).await?;
    let items = rows.iter().map(|row| Ok(read(keys, row)?.line())).collect::<Result<_, Fault>>()?;
    Ok(Answer::Requests(Page { items, next: None }))
}

async fn open(conn: &mut Conn, keys: &Keys, number: i64, now: Millis) -> Result<Option<Request>, Fault> {
    let rows = conn.query(ONE, &[&number, &now.0]).await?;
    rows.first().map(|row| read(keys, row)).transpose()
}

/// Carries out what was asked for, in the name of who asked, unless that is the same person. The
/// log's lock is held.
pub(super) async fn approve(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    number: i64,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let Some(request) = open(conn, keys, number, now).await? else {
        return Ok(Ok(Done::plain(&order.act, Answer::Missing)));
    };
    if person(conn, &order.actor.name).await? == request.person {
        return Ok(Err(Denied::Own));
    }
    conn.execute(CLOSE, &[&number, &now.0, &order.actor.name, &true]).await?;
    let asked = Order { actor: request.actor, act: request.act, source: order.source, key: None };
    let done = match Box::pin(acts::carry_out(conn, keys, &asked, now)).await? {
        Ok(done) => done,
        Err(denied) => return Ok(Err(denied)),
    };
    let outcome = match done.carried.answer {
        Answer::Missing => Outcome::Missing,
        _ => Outcome::Done,
    };
    append(conn, keys, &asked, done.about, outcome, now).await?;
    Ok(Ok(done))
}

/// Says that it is not to be carried out; who asked may say so as well. The log's lock is held.
pub(super) async fn refuse(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    number: i64,
    now: Millis,
) -> Result<Done, Fault> {
    let Some(request) = open(conn, keys, number, now).await? else {
        return Ok(Done::plain(&order.act, Answer::Missing));
    };
    conn.execute(CLOSE, &[&number, &now.0, &order.actor.name, &false]).await?;
    let answer = Answer::RequestRefused(RequestRefused { request: number });
    Ok(Done { carried: Carried::quietly(answer), about: request.act.whom() })
}
