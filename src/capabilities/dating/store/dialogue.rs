//! Profiles as they are made: the open question, answers, breaks, the end.

use super::answers::{Heard, Taken, take};
use super::draft::{self, minor_hash};
use super::{anew, desk, filters, found, people, photos, prefs, suspicion};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Home, Known};
use nameless_domain::capabilities::dating::found::part;
use nameless_domain::capabilities::dating::history::History;
use nameless_domain::capabilities::dating::person::{Interests, Standing};
use nameless_domain::capabilities::dating::photo::{CHANGES, PHOTOS};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::{self, Answer, Objection, Question};
use nameless_domain::capabilities::faceguard::Verdict;
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

/// A question is forgotten after this time, milliseconds.
const FORGOTTEN_MS: i64 = DAY_MS;
/// A name to look for is waited for so long, milliseconds: whoever writes later means something
/// else.
const FIND_MS: i64 = 600_000;

/// The database adds at which bot its owner is.
const BEGIN: &str = "\
    INSERT INTO dating_profiles (user_id, standing, gender, genders, from_age, to_age, reach, interests, asks, asked,
        since, active, wants, offers)
    VALUES ($1, 'draft', $2, $3, 18, 120, $4, $5, 'birth', $6, $6, $6, $7, $8) ON CONFLICT DO NOTHING";

const KNOWN: &str = "UPDATE dating_profiles SET gender = $2, genders = $3, interests = $4 WHERE user_id = $1";

const WANTED: &str = "UPDATE dating_profiles SET genders = $2 WHERE user_id = $1";

const ASK: &str = "UPDATE dating_profiles SET asks = $2, asked = $3 WHERE user_id = $1";

const HEARD: &str = "UPDATE dating_profiles SET heard = $2 WHERE user_id = $1";

const SHOW: &str = "\
    UPDATE dating_profiles SET standing = 'shown', since = $2, active = $2 WHERE user_id = $1 AND standing = 'draft'";

const PAUSE: &str = "\
    UPDATE dating_profiles SET standing = CASE WHEN $2 THEN 'paused' ELSE 'shown' END, active = $3
    WHERE user_id = $1 AND standing IN ('shown', 'paused')";

const WANTS_PHOTO: &str = "\
    SELECT 1 FROM dating_profiles WHERE user_id = $1 AND asks IN ('photo', 'more')
        AND (photo_day <> $2 OR photo_changes < $3)";

const IS_MINOR: &str = "SELECT 1 FROM dating_minors WHERE user_hash = $1 AND until > $2";

const MATCHES: &str = "\
    SELECT count(*) FROM dating_pairs WHERE matched_at IS NOT NULL AND (lo = $1 OR hi = $1)";

/// Opens a question, or none.
pub(super) async fn ask(
    conn: &mut Conn,
    user: UserId,
    question: Option<Question>,
    now: Millis,
) -> Result<(), Fault> {
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
    let Some(draft) = draft::lock(conn, user).await? else {
        return begin(conn, keys, user, known, now).await;
    };
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

pub(super) async fn begin(
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
    let begun = conn
        .execute(
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
    if begun > 0 {
        anew::come_back(conn, keys, user, now).await?;
    }
    Ok(asks(Question::Birth))
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
    let Some(draft) = draft::lock(conn, user).await? else {
        return begin(conn, keys, user, known, now).await;
    };
    let interests = Interests(u64::from(known.interests.0));
    let own = filters::Own { interests: Some(interests), gender: Some(known.gender), goal: None };
    let objection = filters::count(conn, user, own, now).await?.map(|_| Objection::Often);
    let (gender, genders) = (known.gender as i16, i16::from(known.genders));
    match objection {
        None => {
            conn.execute(KNOWN, &[&user.0, &gender, &genders, &i64::from(known.interests.0)]).await?;
        }
        // Whom they want to meet is no answer to what others ask for.
        Some(_) => _ = conn.execute(WANTED, &[&user.0, &genders]).await?,
    }
    let question = if draft.has_birth { Question::Name } else { Question::Birth };
    ask(conn, user, Some(question), now).await?;
    Ok(Event::Ask { question, objection })
}

async fn hear(conn: &mut Conn, keys: &Keys, user: UserId, heard: Heard, now: Millis) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::NotAsked);
    }
    let Some(draft) = draft::lock(conn, user).await? else { return Ok(Event::NotAsked) };
    let lasts = if draft.asks == Some(Question::Find) { FIND_MS } else { FORGOTTEN_MS };
    let fresh = draft.asked >= heard.since && now.since(draft.asked) < lasts;
    let Some(question) = draft.asks.filter(|_| fresh) else { return Ok(Event::NotAsked) };
    if heard.seq <= draft.heard {
        return Ok(asks(question));
    }
    let is_photo = matches!(heard.answer, Answer::Photo { .. });
    let noted = placed(question, &heard.answer);
    if question == Question::More && !is_photo {
        // Asked for by itself: whatever else is said is not for this.
        draft::close_more(conn, user, &draft).await?;
        return Ok(Event::NotAsked);
    }
    conn.execute(HEARD, &[&user.0, &heard.seq]).await?;
    if let (Question::Find, Answer::Words(words)) = (question, &heard.answer) {
        ask(conn, user, None, now).await?;
        return found::page(conn, keys, user, (&part(words), 0), now).await;
    }
    let counted = match heard.answer {
        Answer::Goal(goal) if question == Question::Goal => {
            let own = filters::Own { goal: Some(goal), ..filters::Own::default() };
            filters::count(conn, user, own, now).await?
        }
        _ => None,
    };
    let taken = match counted {
        Some(_) => Taken::No(Objection::Often),
        None => take(conn, keys, user, &draft, question, heard, now).await?,
    };
    let taken = match taken {
        Taken::Yes => question.next(),
        Taken::TooYoung => return Ok(Event::TooYoung),
        Taken::No(objection) => {
            // Where six are there, or today's changes are used up, no other photo is waited for.
            let is_over =
                objection == Objection::Full || (objection == Objection::Often && question == Question::More);
            let stays = Some(question).filter(|_| !is_over);
            ask(conn, user, stays, now).await?;
            return Ok(Event::Ask { question, objection: Some(objection) });
        }
    };
    if question == Question::More {
        // Several may come at once. As long as there is room the question stays open.
        let listed = photos::listed(conn, user).await?;
        let has_room = matches!(&listed, Event::Photos(photos) if photos.all.len() < PHOTOS);
        ask(conn, user, Some(question).filter(|_| has_room), now).await?;
        return Ok(listed);
    }
    ask(conn, user, taken, now).await?;
    if let Some(cell) = noted {
        let then = match taken {
            Some(next) => asks(next),
            None => prefs::chosen(conn, user, None).await?,
        };
        return Ok(Event::Placed { cell, says: None, then: Box::new(then) });
    }
    match taken {
        Some(next) => Ok(asks(next)),
        None => {
            show(conn, keys, user, now).await?;
            Ok(Event::Ready)
        }
    }
}

/// Where an answer says that they are, if that is to be said back: who names a city in the row of
/// the questions knows where it is, and has no button below that has to go.
fn placed(question: Question, answer: &Answer) -> Option<Cell> {
    match answer {
        Answer::Place { cell, .. } if question.is_place() => Some(*cell),
        Answer::Words(words) if question.is_place() && question != Question::City => {
            profile::city(words).ok()
        }
        _ => None,
    }
}

/// Asks where somebody is; `pin`: with the button below that sends it. In the row of the questions
/// the next one follows.
async fn place(conn: &mut Conn, user: UserId, pin: bool, now: Millis) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::Gone);
    }
    let Some(draft) = draft::lock(conn, user).await? else { return Ok(Event::Gone) };
    let open = draft.asks.filter(|_| now.since(draft.asked) < FORGOTTEN_MS);
    let question = match open {
        Some(Question::City | Question::Pin) if pin => Question::Pin,
        open if draft.is_draft() => open.unwrap_or_else(|| draft.missing()),
        _ => Question::Place,
    };
    let question = if pin && question == Question::City { Question::Pin } else { question };
    ask(conn, user, Some(question), now).await?;
    Ok(asks(question))
}

/// Shows a profile that is complete, unless enough speaks against it.
pub(super) async fn show(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    if conn.execute(SHOW, &[&user.0, &now.0]).await? > 0 {
        suspicion::look_for_echoes(conn, user, now).await?;
    }
    desk::hide_reported(conn, keys, user, now).await
}

/// Takes a break, or comes back; whether there is a profile.
pub(super) async fn pause(conn: &mut Conn, user: UserId, on: bool, now: Millis) -> Result<bool, Fault> {
    conn.execute(PAUSE, &[&user.0, &on, &now.0]).await?;
    Ok(people::load(conn, user).await?.is_some())
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

    /// Whether a photo is what somebody is asked for, and may be taken: then it is looked at.
    pub fn dating_wants_photo(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let today = people::day(wall_clock());
            let mut lease = inner.check_out().await?;
            Ok(!lease.query(WANTS_PHOTO, &[&user.0, &today, &CHANGES]).await?.is_empty())
        })
    }

    /// Asks for another photo.
    pub fn dating_more(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let is_there = people::are_known(conn, &[user.0]).await?;
                let Some(draft) = draft::lock(conn, user).await?.filter(|_| is_there) else {
                    return Ok(Event::Gone);
                };
                // The questions of a profile that is not finished come first.
                let question = match draft.is_draft() {
                    true => draft.asks.unwrap_or_else(|| draft.missing()),
                    false => Question::More,
                };
                ask(conn, user, Some(question), wall_clock()).await?;
                Ok::<_, Fault>(asks(question))
            };
            inner.transaction(work).await
        })
    }

    /// Asks where somebody is; `pin`: with the button below that sends it.
    pub fn dating_place(&self, user: UserId, pin: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| place(conn, user, pin, wall_clock()).await).await
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
                pause(conn, user, on, now).await?;
                if on { Ok(Event::Paused) } else { home(conn, user, limit, now).await }
            };
            inner.transaction(work).await
        })
    }

    /// Deletes a profile and what was said of it. Blocks and ended matches stay.
    pub fn dating_delete(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                anew::leave(conn, &inner.keys, user, wall_clock()).await?;
                Ok::<_, Fault>(Event::Deleted)
            };
            inner.transaction(work).await
        })
    }
}
