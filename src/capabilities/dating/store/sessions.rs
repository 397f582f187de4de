//! Sessions of the Mini App: 256 random bits each, of which the database has the SHA-256. Any node
//! takes them; an erasure and a ban end them.

use super::draft::minor_hash;
use super::people;
use super::queue::{self, Look, OWN, Read, Which};
use crate::store::PgStore;
use crate::store::aggregates::codes::{self, LANGS};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::BanKind;
use nameless_domain::capabilities::dating::bot::Known;
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::ids::UserId;
use nameless_domain::profile::{Gender, Interests};
use nameless_domain::text::Lang;
use nameless_domain::time::{DAY_MS, Millis};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// How long a session is good without being renewed, milliseconds.
const SESSION_MS: i64 = 30 * 60_000;
/// How long one that was renewed is good still: the answer may have got lost, milliseconds.
const RENEWED_MS: i64 = 60_000;
/// Sessions of one person; the oldest goes.
const MOST: i64 = 10;

const BEGIN: &str = "INSERT INTO dating_sessions (hash, user_id, signed, expires) VALUES ($1, $2, $3, $4)";

/// Not the one that has just begun, however soon it ends: of what Telegram signed long ago little
/// is left.
const CROWDED: &str = "\
    DELETE FROM dating_sessions WHERE user_id = $1 AND hash NOT IN (
        SELECT hash FROM dating_sessions WHERE user_id = $1 ORDER BY hash = $3 DESC, expires DESC LIMIT $2)";

const WHOSE: &str = "SELECT user_id, signed FROM dating_sessions WHERE hash = $1 AND expires > $2";

const SHORTEN: &str = "UPDATE dating_sessions SET expires = least(expires, $2) WHERE hash = $1";

const END: &str = "DELETE FROM dating_sessions WHERE hash = $1";

const END_ALL: &str = "DELETE FROM dating_sessions WHERE user_id = $1";

const SETTLED: &str = "\
    SELECT gender IS NOT NULL AND age IS NOT NULL AND adult_at IS NOT NULL AND phase ->> 'at' <> 'onboarding' AS ready
    FROM accounts WHERE user_id = $1";

/// What an account says, with what bars its owner, by its hash: a ban outlives an erasure.
const STANDING: &str = "\
    SELECT a.lang, a.gender, a.wish_genders, a.interests, a.phase ->> 'at' = 'underage' AS minor,
        a.gender IS NOT NULL AND a.age IS NOT NULL AND a.adult_at IS NOT NULL
            AND a.phase ->> 'at' <> 'onboarding' AS ready,
        (SELECT b.kind FROM bans b WHERE b.user_hash = $2 AND b.until > $4) AS ban,
        EXISTS (SELECT FROM dating_minors m WHERE m.user_hash = $3 AND m.until > $4) AS turned_away
    FROM (SELECT) AS one LEFT JOIN accounts a ON a.user_id = $1";

/// A session as whoever opened the app gets it.
pub(crate) struct Begun {
    pub token: String,
    /// How long it is good, milliseconds.
    pub good_ms: i64,
    pub lang: Lang,
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barred {
    /// They are banned.
    Banned,
    /// They are not 18.
    TooYoung,
    /// They have never been here.
    Nobody,
    /// What it began with is too old, or there is none.
    Over,
}

/// Whoever asks in a session.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub user: UserId,
    pub lang: Lang,
    /// What their account says; none before they answered the first questions in the chat.
    pub known: Option<Known>,
    /// What they do has no effect on others, and they do not learn that.
    pub is_shadow: bool,
}

/// Whoever asks in a session, and their cards where they were read with it.
pub(crate) type Entered = (Viewer, Option<Read>);

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// What bars somebody is kept under.
fn bars(keys: &Keys, user: UserId) -> (Vec<u8>, Vec<u8>) {
    (keys.subject_hash(user), minor_hash(keys, user))
}

/// Who it is, if they may have a session.
async fn admit(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Result<Viewer, Barred>, Fault> {
    let bars = bars(keys, user);
    admitted(user, &conn.query(STANDING, &[&user.0, &bars.0, &bars.1, &now.0]).await?)
}

/// The same by what was read of them.
fn admitted(user: UserId, rows: &[Row]) -> Result<Result<Viewer, Barred>, Fault> {
    let Some(row) = rows.first() else { return Ok(Err(Barred::Nobody)) };
    let ban: Option<&str> = row.try_get("ban")?;
    if ban == Some(BanKind::Ban.name()) {
        return Ok(Err(Barred::Banned));
    }
    if row.try_get("turned_away")? {
        return Ok(Err(Barred::TooYoung));
    }
    let Some(lang) = row.try_get::<_, Option<&str>>("lang")? else { return Ok(Err(Barred::Nobody)) };
    if row.try_get::<_, Option<bool>>("minor")?.unwrap_or_default() {
        return Ok(Err(Barred::TooYoung));
    }
    let gender = row.try_get::<_, Option<&str>>("gender")?;
    let gender: Option<Gender> = gender.map(|word| codes::value(codes::GENDERS, word)).transpose()?;
    let is_ready = row.try_get::<_, Option<bool>>("ready")?.unwrap_or_default();
    let known = match gender.filter(|_| is_ready) {
        None => None,
        Some(gender) => Some(Known {
            gender,
            genders: u8::try_from(row.try_get::<_, i16>("wish_genders")?).unwrap_or_default(),
            interests: Interests(u16::try_from(row.try_get::<_, i32>("interests")?).unwrap_or_default()),
        }),
    };
    let lang = codes::value(LANGS, lang)?;
    Ok(Ok(Viewer { user, lang, known, is_shadow: ban.is_some() }))
}

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    (user, signed): (UserId, Millis),
    now: Millis,
) -> Result<Result<Begun, Barred>, Fault> {
    // The account's lock first: an erasure beside this waits, or there is nobody.
    people::are_known(conn, &[user.0]).await?;
    let viewer = match admit(conn, keys, user, now).await? {
        Ok(viewer) => viewer,
        Err(barred) => return Ok(Err(barred)),
    };
    let good_ms = SESSION_MS.min(signed.plus(DAY_MS).since(now));
    if good_ms <= 0 {
        return Ok(Err(Barred::Over));
    }
    let token = URL_SAFE_NO_PAD.encode(Keys::random()?);
    let name = hash(&token);
    conn.execute(BEGIN, &[&name, &user.0, &signed.0, &now.plus(good_ms).0]).await?;
    conn.execute(CROWDED, &[&user.0, &MOST, &name]).await?;
    Ok(Ok(Begun { token, good_ms, lang: viewer.lang }))
}

async fn whose(conn: &mut Conn, token: &str, now: Millis) -> Result<Option<(UserId, Millis)>, Fault> {
    owner(&conn.query(WHOSE, &[&hash(token), &now.0]).await?)
}

fn owner(rows: &[Row]) -> Result<Option<(UserId, Millis)>, Fault> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((UserId(row.try_get("user_id")?), Millis(row.try_get("signed")?))))
}

/// What is asked of a session: its secret, whose it was when it was looked at last, and how many
/// cards are wanted with it.
type Shown<'a> = (&'a str, Option<UserId>, Option<(usize, &'a Windows)>);

/// Whose session it is, if it is good, and whether they may have one. Where it is known whose it
/// was, both are asked in one way to the database, and their cards in the same: these are nobody's
/// until the session is good, is theirs, and nothing bars them.
async fn looked_at(
    conn: &mut Conn,
    keys: &Keys,
    (token, known, wanted): Shown<'_>,
    now: Millis,
) -> Result<Option<(UserId, Result<Entered, Barred>)>, Fault> {
    let Some(known) = known else {
        let Some((user, _)) = whose(conn, token, now).await? else { return Ok(None) };
        return Ok(Some((user, admit(conn, keys, user, now).await?.map(|viewer| (viewer, None)))));
    };
    let (name, bars) = (hash(token), bars(keys, known));
    let session: [&(dyn ToSql + Sync); 2] = [&name, &now.0];
    let account: [&(dyn ToSql + Sync); 4] = [&known.0, &bars.0, &bars.1, &now.0];
    let (session, account) = ((WHOSE, &session[..]), (STANDING, &account[..]));
    let (whose, standing, hand) = match wanted {
        None => {
            let [whose, standing] = conn.query_all([session, account]).await?;
            (whose, standing, None)
        }
        Some((most, windows)) => {
            let look = Look::first(known, (Which::Next, most));
            let (own, cards) = (look.of_own(), look.of_cards());
            let asked = [session, account, (OWN, &own[..]), (look.statement(), &cards[..])];
            let [whose, standing, own, cards] = conn.query_all(asked).await?;
            (whose, standing, Some((look, windows, [own, cards])))
        }
    };
    let Some((user, _)) = owner(&whose)? else { return Ok(None) };
    if user != known {
        // It never is another's.
        return Ok(Some((user, admit(conn, keys, user, now).await?.map(|viewer| (viewer, None)))));
    }
    let viewer = match admitted(user, &standing)? {
        Ok(viewer) => viewer,
        Err(barred) => return Ok(Some((user, Err(barred)))),
    };
    let hand = match hand {
        Some((look, windows, rows)) => Some(queue::read_rows(conn, keys, (&look, rows), windows, now).await?),
        None => None,
    };
    Ok(Some((user, Ok((viewer, hand)))))
}

impl PgStore {
    /// Whether the database knows that somebody has answered the first questions.
    pub(crate) fn dating_has_settled(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let conn: &mut Conn = &mut lease;
            let rows = conn.query(SETTLED, &[&user.0]).await?;
            let ready = rows.first().map(|row| row.try_get::<_, Option<bool>>("ready")).transpose()?;
            Ok(ready.flatten().unwrap_or_default())
        })
    }

    /// Begins a session for whoever opened the app; `signed` is when Telegram said so.
    pub(crate) fn dating_open(
        &self,
        user: UserId,
        signed: Millis,
    ) -> PortFuture<'_, Result<Result<Begun, Barred>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| begin(conn, &inner.keys, (user, signed), wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// Begins a session in place of one, which is good for a moment still.
    pub(crate) fn dating_renew(
        &self,
        token: String,
    ) -> PortFuture<'_, Result<Result<Begun, Barred>, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                let Some(of) = whose(conn, &token, now).await? else { return Ok(Err(Barred::Over)) };
                let begun = begin(conn, &inner.keys, of, now).await?;
                if begun.is_ok() {
                    conn.execute(SHORTEN, &[&hash(&token), &now.plus(RENEWED_MS).0]).await?;
                }
                Ok::<_, Fault>(begun)
            };
            inner.transaction(work).await
        })
    }

    /// Ends a session.
    pub(crate) fn dating_close(&self, token: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| conn.execute(END, &[&hash(&token)]).await.map(drop);
            inner.transaction(work).await
        })
    }

    /// Whose session it is, if it is good. Of somebody who may have none any more all end. `known`
    /// is whose it was when it was looked at last; then so many cards as are `wanted` may have been
    /// read in the same way to the database.
    pub(crate) fn dating_viewer(
        &self,
        token: String,
        known: Option<UserId>,
        wanted: Option<(usize, Windows)>,
    ) -> PortFuture<'_, Result<Option<Entered>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let (conn, now): (&mut Conn, _) = (&mut lease, wall_clock());
            let wanted = wanted.as_ref().map(|(most, windows)| (*most, windows));
            match looked_at(conn, &inner.keys, (&token, known, wanted), now).await? {
                None => Ok(None),
                Some((_, Ok(entered))) => Ok(Some(entered)),
                Some((user, Err(_))) => {
                    conn.execute(END_ALL, &[&user.0]).await?;
                    Ok(None)
                }
            }
        })
    }
}
