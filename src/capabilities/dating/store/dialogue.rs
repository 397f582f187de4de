//! Profiles as they are made: the open question, answers, breaks, the end.

use super::people::{self, Words, photo_aad, words_aad};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::birth::{ADULT, BirthDate};
use nameless_domain::capabilities::dating::bot::{Event, Home, Known};
use nameless_domain::capabilities::dating::history::History;
use nameless_domain::capabilities::dating::person::{Goal, Standing};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::{self, Answer, Objection, Question};
use nameless_domain::capabilities::faceguard::{Decision, Reason, Verdict};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

/// A question is forgotten after this time, milliseconds.
const FORGOTTEN_MS: i64 = DAY_MS;
/// Changes of place a day.
const MOVES: i32 = 3;

/// What is known of somebody who answers.
struct Draft {
    standing: String,
    has_birth: bool,
    has_words: bool,
    cell: Option<i32>,
    has_goal: bool,
    asks: Option<Question>,
    asked: Millis,
    heard: i64,
    sealed: Option<Vec<u8>>,
    day: i32,
    moves: i32,
}

const DRAFT: &str = "\
    SELECT standing, birth IS NOT NULL AS has_birth, sealed, cell, goal IS NOT NULL AS has_goal, asks, asked, heard,
        day, moves
    FROM dating_profiles WHERE user_id = $1 FOR UPDATE";

const BEGIN: &str = "\
    INSERT INTO dating_profiles (user_id, standing, gender, genders, from_age, to_age, reach, interests, asks, asked,
        since, active, wants, offers)
    VALUES ($1, 'draft', $2, $3, 18, 120, $4, $5, 'birth', $6, $6, $6, $7, $8) ON CONFLICT DO NOTHING";

const KNOWN: &str = "UPDATE dating_profiles SET gender = $2, genders = $3, interests = $4 WHERE user_id = $1";

const ASK: &str = "UPDATE dating_profiles SET asks = $2, asked = $3 WHERE user_id = $1";

const HEARD: &str = "UPDATE dating_profiles SET heard = $2 WHERE user_id = $1";

const BIRTH: &str = "\
    UPDATE dating_profiles SET birth = make_date($2, $3, $4), from_age = $5, to_age = $6 WHERE user_id = $1";

const WORDS: &str = "UPDATE dating_profiles SET sealed = $2 WHERE user_id = $1";

const CITY: &str =
    "UPDATE dating_profiles SET cell = $2, moves = $3, spent = $4, day = $5 WHERE user_id = $1";

const SPENT: &str = "SELECT spent FROM dating_profiles WHERE user_id = $1 AND day = $2";

const GOAL: &str = "UPDATE dating_profiles SET goal = $2 WHERE user_id = $1";

const PHOTO: &str = "UPDATE dating_profiles SET photo = $2, photo_checked = $3 WHERE user_id = $1";

const SHOW: &str = "\
    UPDATE dating_profiles SET standing = 'shown', since = $2, active = $2 WHERE user_id = $1 AND standing = 'draft'";

const PAUSE: &str = "\
    UPDATE dating_profiles SET standing = CASE WHEN $2 THEN 'paused' ELSE 'shown' END, active = $3
    WHERE user_id = $1 AND standing IN ('shown', 'paused')";

const MINOR: &str = "\
    INSERT INTO dating_minors (user_hash, until) VALUES ($1, $2)
    ON CONFLICT (user_hash) DO UPDATE SET until = greatest(dating_minors.until, excluded.until)";

const IS_MINOR: &str = "SELECT 1 FROM dating_minors WHERE user_hash = $1 AND until > $2";

const MATCHES: &str = "\
    SELECT count(*) FROM dating_pairs WHERE matched_at IS NOT NULL AND (lo = $1 OR hi = $1)";

/// What both said goes with one of them; blocks and an unmatch stay.
const LEAVE: [&str; 4] = [
    "DELETE FROM dating_pairs WHERE (lo = $1 OR hi = $1) AND NOT (lo_blocked OR hi_blocked OR closed)",
    "UPDATE dating_pairs SET lo_said = NULL, lo_at = NULL, hi_said = NULL, hi_at = NULL, matched_at = NULL
    WHERE (lo = $1 OR hi = $1)",
    "DELETE FROM dating_cards WHERE viewer = $1 OR other = $1",
    "DELETE FROM dating_profiles WHERE user_id = $1",
];

async fn draft(conn: &mut Conn, user: UserId) -> Result<Option<Draft>, Fault> {
    let rows = conn.query(DRAFT, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
    Ok(Some(Draft {
        standing: row.try_get("standing")?,
        has_birth: row.try_get("has_birth")?,
        has_words: sealed.is_some(),
        cell: row.try_get("cell")?,
        has_goal: row.try_get("has_goal")?,
        asks: row.try_get::<_, Option<&str>>("asks")?.and_then(Question::of_word),
        asked: Millis(row.try_get("asked")?),
        heard: row.try_get("heard")?,
        sealed,
        day: row.try_get("day")?,
        moves: row.try_get("moves")?,
    }))
}

impl Draft {
    fn is_draft(&self) -> bool {
        self.standing == "draft"
    }

    /// The first question that is not answered.
    fn missing(&self) -> Question {
        match self {
            Draft { has_birth: false, .. } => Question::Birth,
            Draft { has_words: false, .. } => Question::Name,
            Draft { cell: None, .. } => Question::City,
            Draft { has_goal: false, .. } => Question::Goal,
            _ => Question::Bio,
        }
    }
}

/// Opens a question, or none.
async fn ask(conn: &mut Conn, user: UserId, question: Option<Question>, now: Millis) -> Result<(), Fault> {
    conn.execute(ASK, &[&user.0, &question.map(Question::word), &now.0]).await.map(drop)
}

fn asks(question: Question) -> Event {
    Event::Ask { question, objection: None }
}

/// Where somebody is. Without a profile: one is begun.
async fn enter(
    conn: &mut Conn,
    (keys, limit): (&Keys, u32),
    user: UserId,
    known: Known,
    now: Millis,
) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::Away);
    }
    let Some(draft) = draft(conn, user).await? else { return begin(conn, keys, user, known, now).await };
    if draft.is_draft() {
        let question = draft.asks.unwrap_or_else(|| draft.missing());
        ask(conn, user, Some(question), now).await?;
        return Ok(asks(question));
    }
    if draft.asks.is_some() {
        ask(conn, user, None, now).await?;
    }
    home(conn, user, limit, now).await
}

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    known: Known,
    now: Millis,
) -> Result<Event, Fault> {
    if !conn.query(IS_MINOR, &[&minor_hash(keys, user), &now.0]).await?.is_empty() {
        return Ok(Event::TooYoung);
    }
    let history = History::new(user, now);
    let [wants, offers] = history.tastes();
    let reach = Band::To100 as i16;
    conn.execute(
        BEGIN,
        &[
            &user.0,
            &(known.gender as i16),
            &i16::from(known.genders),
            &reach,
            &i64::from(known.interests.0),
            &now.0,
            &wants,
            &offers,
        ],
    )
    .await?;
    Ok(asks(Question::Birth))
}

/// Who said that they are not 18. Another hash than that of who was turned away at the door.
fn minor_hash(keys: &Keys, user: UserId) -> Vec<u8> {
    keys.turned_away_hash(UserId(!user.0))
}

async fn home(conn: &mut Conn, user: UserId, limit: u32, now: Millis) -> Result<Event, Fault> {
    let Some(own) = people::load(conn, user).await? else { return Ok(Event::Gone) };
    let rows = conn.query(MATCHES, &[&user.0]).await?;
    let matches: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(Event::Home(Home {
        is_paused: own.person.standing == Standing::Paused,
        is_hidden: own.person.standing == Standing::Hidden,
        likes: limit.saturating_sub(own.spent(now)),
        matches: u32::try_from(matches).unwrap_or_default(),
    }))
}

/// The questions anew; the date of birth stays what it is.
async fn fill(conn: &mut Conn, keys: &Keys, user: UserId, known: Known, now: Millis) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::Away);
    }
    let Some(draft) = draft(conn, user).await? else { return begin(conn, keys, user, known, now).await };
    let (gender, genders) = (known.gender as i16, i16::from(known.genders));
    conn.execute(KNOWN, &[&user.0, &gender, &genders, &i64::from(known.interests.0)]).await?;
    let question = if draft.has_birth { Question::Name } else { Question::Birth };
    ask(conn, user, Some(question), now).await?;
    Ok(asks(question))
}

/// What somebody said, as it came, and what was seen of a photo.
pub(crate) struct Heard {
    pub seq: i64,
    pub answer: Answer,
    pub since: Millis,
    pub seen: Option<Verdict>,
}

async fn hear(conn: &mut Conn, keys: &Keys, user: UserId, heard: Heard, now: Millis) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::NotAsked);
    }
    let Some(draft) = draft(conn, user).await? else { return Ok(Event::NotAsked) };
    let fresh = draft.asked >= heard.since && now.since(draft.asked) < FORGOTTEN_MS;
    let Some(question) = draft.asks.filter(|_| fresh) else { return Ok(Event::NotAsked) };
    if heard.seq <= draft.heard {
        return Ok(asks(question));
    }
    conn.execute(HEARD, &[&user.0, &heard.seq]).await?;
    let taken = match take(conn, keys, user, &draft, question, heard, now).await? {
        Taken::Yes => question.next(),
        Taken::TooYoung => return Ok(Event::TooYoung),
        Taken::No(objection) => {
            ask(conn, user, Some(question), now).await?;
            return Ok(Event::Ask { question, objection: Some(objection) });
        }
    };
    ask(conn, user, taken, now).await?;
    match taken {
        Some(next) => Ok(asks(next)),
        None => {
            conn.execute(SHOW, &[&user.0, &now.0]).await?;
            Ok(Event::Ready)
        }
    }
}

/// What became of an answer.
enum Taken {
    Yes,
    No(Objection),
    TooYoung,
}

impl From<Objection> for Taken {
    fn from(objection: Objection) -> Taken {
        Taken::No(objection)
    }
}

async fn take(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    draft: &Draft,
    question: Question,
    heard: Heard,
    now: Millis,
) -> Result<Taken, Fault> {
    let Heard { answer, seen, .. } = heard;
    match (question, answer) {
        (Question::Birth, Answer::Words(words)) => match profile::birth(&words, now) {
            Err(objection) => return Ok(objection.into()),
            Ok(date) if !date.is_adult(now) => {
                let until = eighteen(date);
                conn.execute(MINOR, &[&minor_hash(keys, user), &until.0]).await?;
                for sql in LEAVE {
                    conn.execute(sql, &[&user.0]).await?;
                }
                return Ok(Taken::TooYoung);
            }
            Ok(date) => {
                let (year, month, day): (i16, u8, u8) = date.into();
                let (from, to) = profile::ages_around(date.age(now));
                let date = (i32::from(year), i32::from(month), i32::from(day));
                let ages = (i16::from(from), i16::from(to));
                conn.execute(BIRTH, &[&user.0, &date.0, &date.1, &date.2, &ages.0, &ages.1]).await?;
            }
        },
        (Question::Name, Answer::Words(words)) => match profile::name(&words) {
            Err(objection) => return Ok(objection.into()),
            Ok(name) => {
                let before = words_of(conn, keys, user, draft).await?;
                keep_words(conn, keys, user, &Words { name, ..before }).await?;
            }
        },
        (Question::City, Answer::Words(words)) => match profile::city(&words) {
            Err(objection) => return Ok(objection.into()),
            Ok(cell) => return moves(conn, user, draft, cell, now).await,
        },
        (Question::Goal, Answer::Goal(goal)) => {
            let at = Goal::ALL.iter().position(|one| *one == goal).unwrap_or_default();
            conn.execute(GOAL, &[&user.0, &i16::try_from(at).unwrap_or_default()]).await?;
        }
        (Question::Bio, Answer::Words(words)) => match profile::bio(&words) {
            Err(objection) => return Ok(objection.into()),
            Ok(bio) => {
                let before = words_of(conn, keys, user, draft).await?;
                keep_words(conn, keys, user, &Words { bio, ..before }).await?;
            }
        },
        (Question::Photo, Answer::Photo { file, .. }) => {
            let verdict = seen.unwrap_or(Verdict::NO_WORKER);
            if let Some(objection) = objects(verdict) {
                return Ok(objection.into());
            }
            let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
            let sealed = user_key::of(&ring, user)?.seal(file.as_bytes(), &photo_aad(user))?;
            // Unchecked it stays behind the spoiler (I12).
            let checked = verdict.decision() == Decision::Approved;
            conn.execute(PHOTO, &[&user.0, &sealed, &checked]).await?;
        }
        (question, Answer::Skip) if question.may_be_skipped() => {}
        _ => return Ok(Objection::Kind.into()),
    }
    Ok(Taken::Yes)
}

/// Why a picture may not stand first in a profile; none if it may.
fn objects(verdict: Verdict) -> Option<Objection> {
    let is_of_faces = |reason: Reason| {
        matches!(
            reason,
            Reason::NoFace
                | Reason::SeveralFaces
                | Reason::SmallFace
                | Reason::BlurredFace
                | Reason::DarkFace
                | Reason::BrightFace
                | Reason::UncertainFace
        )
    };
    match verdict.decision() {
        Decision::Approved | Decision::Unchecked => None,
        Decision::Suspicious | Decision::Rejected => {
            let faces = verdict.reasons().all(is_of_faces);
            Some(if faces { Objection::Face } else { Objection::Picture })
        }
    }
}

/// When somebody is 18 everywhere on earth, or a little later.
fn eighteen(date: BirthDate) -> Millis {
    let (year, month, day): (i16, u8, u8) = date.into();
    // Whole days by months of 31: later than the day itself by less than a week.
    let years = i64::from(year) + i64::from(ADULT) - 1970;
    let days = years * 365 + years / 4 + 1 + (i64::from(month) - 1) * 31 + i64::from(day);
    Millis(days * DAY_MS + DAY_MS)
}

async fn moves(
    conn: &mut Conn,
    user: UserId,
    draft: &Draft,
    cell: Cell,
    now: Millis,
) -> Result<Taken, Fault> {
    let cell = i32::try_from(cell.number()).unwrap_or_default();
    if draft.cell == Some(cell) {
        return Ok(Taken::Yes);
    }
    let today = people::day(now);
    let before = if draft.day == today { draft.moves } else { 0 };
    if before >= MOVES {
        return Ok(Objection::Moves.into());
    }
    let rows = conn.query(SPENT, &[&user.0, &today]).await?;
    let spent: i32 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    // Where somebody was at first is no move.
    let moved = before + i32::from(draft.cell.is_some());
    conn.execute(CITY, &[&user.0, &cell, &moved, &spent, &today]).await?;
    Ok(Taken::Yes)
}

async fn words_of(conn: &mut Conn, keys: &Keys, user: UserId, draft: &Draft) -> Result<Words, Fault> {
    match &draft.sealed {
        Some(sealed) => Ok(people::words(conn, keys, user, sealed).await?.unwrap_or_default()),
        None => Ok(Words::default()),
    }
}

async fn keep_words(conn: &mut Conn, keys: &Keys, user: UserId, words: &Words) -> Result<(), Fault> {
    let plain =
        serde_json::to_vec(words).map_err(|_| Fault::Corrupt("words that cannot be written".into()))?;
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = user_key::of(&ring, user)?.seal(&plain, &words_aad(user))?;
    conn.execute(WORDS, &[&user.0, &sealed]).await.map(drop)
}

impl PgStore {
    /// The open question or the first screen; begins a profile where there is none. `limit` is how
    /// many likes somebody has a day.
    pub fn dating_enter(
        &self,
        user: UserId,
        known: Known,
        limit: u32,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work =
                async |conn: &mut Conn| enter(conn, (&inner.keys, limit), user, known, wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// Asks the questions anew.
    pub fn dating_fill(&self, user: UserId, known: Known) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| fill(conn, &inner.keys, user, known, wall_clock()).await;
            inner.transaction(work).await
        })
    }

    /// Takes an answer; `seen` is what was seen of a photo.
    pub fn dating_hear(
        &self,
        user: UserId,
        seq: Seq,
        (answer, since): (Answer, Millis),
        seen: Option<Verdict>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            let heard = Heard { seq, answer, since, seen };
            inner.transaction(async |conn| hear(conn, &inner.keys, user, heard, wall_clock()).await).await
        })
    }

    /// Whether a photo is what somebody is asked for.
    pub fn dating_wants_photo(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let sql = "SELECT 1 FROM dating_profiles WHERE user_id = $1 AND asks = 'photo'";
            Ok(!inner.check_out().await?.query(sql, &[&user.0]).await?.is_empty())
        })
    }

    /// Lets the open question be.
    pub fn dating_leave(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| ask(conn, user, None, wall_clock()).await).await?;
            Ok(Event::Left)
        })
    }

    /// Takes a break, or comes back.
    pub fn dating_pause(
        &self,
        user: UserId,
        on: bool,
        limit: u32,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let now = wall_clock();
            let work = async |conn: &mut Conn| {
                conn.execute(PAUSE, &[&user.0, &on, &now.0]).await?;
                if on { Ok(Event::Paused) } else { home(conn, user, limit, now).await }
            };
            inner.transaction(work).await
        })
    }

    /// Deletes a profile and what was said of it. Blocks and ended matches stay.
    pub fn dating_delete(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                for sql in LEAVE {
                    conn.execute(sql, &[&user.0]).await?;
                }
                Ok::<_, Fault>(Event::Deleted)
            };
            inner.transaction(work).await
        })
    }
}
