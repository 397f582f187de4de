//! What an answer changes in a profile, and why one is not taken.

use super::anew;
use super::draft::{Draft, STALE, minor_hash};
use super::people::{self, Words, words_aad};
use super::photos::{self, NewPhoto};
use super::suspicion;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::birth::{ADULT, BirthDate};
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::photo::{Look, Spot};
use nameless_domain::capabilities::dating::place::Cell;
use nameless_domain::capabilities::dating::profile::{self, Answer, Objection, Question};
use nameless_domain::capabilities::faceguard::Verdict;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// Changes of place a day.
const MOVES: i32 = 3;

const BIRTH: &str = "\
    UPDATE dating_profiles SET birth = make_date($2, $3, $4), from_age = $5, to_age = $6 WHERE user_id = $1";

/// Whether what they say of themselves is another than before, and the profile is there.
const WORDS: &str = "\
    UPDATE dating_profiles p SET sealed = $2, echo = $3 FROM dating_profiles b
    WHERE p.user_id = $1 AND b.user_id = $1
    RETURNING b.echo IS DISTINCT FROM p.echo AND p.standing <> 'draft' AS is_new";

const CITY: &str =
    "UPDATE dating_profiles SET cell = $2, moves = $3, spent = $4, day = $5 WHERE user_id = $1";

const SPENT: &str = "SELECT spent FROM dating_profiles WHERE user_id = $1 AND day = $2";

const GOAL: &str = "UPDATE dating_profiles SET goal = $2 WHERE user_id = $1";

const MINOR: &str = "\
    INSERT INTO dating_minors (user_hash, until) VALUES ($1, $2)
    ON CONFLICT (user_hash) DO UPDATE SET until = greatest(dating_minors.until, excluded.until)";

/// What somebody said, as it came, and what was seen of a photo.
pub(crate) struct Heard {
    pub seq: i64,
    pub answer: Answer,
    pub since: Millis,
    pub seen: Option<Verdict>,
}

/// What became of an answer.
pub(super) enum Taken {
    Yes,
    No(Objection),
    TooYoung,
}

impl From<Objection> for Taken {
    fn from(objection: Objection) -> Taken {
        Taken::No(objection)
    }
}

pub(super) async fn take(
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
                anew::leave(conn, keys, user, now).await?;
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
                keep_words(conn, keys, user, &Words { name, ..before }, now).await?;
            }
        },
        (question, Answer::Words(words)) if question.is_place() => match profile::city(&words) {
            Err(objection) => return Ok(objection.into()),
            Ok(cell) => return moves(conn, user, draft, cell, now).await,
        },
        (question, Answer::Place { cell, is_live }) if question.is_place() => match is_live {
            // It would go on telling where they are.
            true => return Ok(Objection::Live.into()),
            false => return moves(conn, user, draft, cell, now).await,
        },
        (Question::Goal, Answer::Goal(goal)) => {
            let at = Goal::ALL.iter().position(|one| *one == goal).unwrap_or_default();
            conn.execute(GOAL, &[&user.0, &i16::try_from(at).unwrap_or_default()]).await?;
        }
        (Question::Bio, Answer::Words(words)) => match profile::bio(&words) {
            Err(objection) => return Ok(objection.into()),
            Ok(bio) => {
                let before = words_of(conn, keys, user, draft).await?;
                keep_words(conn, keys, user, &Words { bio, ..before }, now).await?;
            }
        },
        (Question::Photo | Question::More, Answer::Photo { file, preview }) => {
            // Unchecked it stays behind the spoiler (I12).
            let look = match Look::of(seen.unwrap_or(Verdict::NO_WORKER)) {
                Ok(look) => look,
                Err(objection) => return Ok(objection.into()),
            };
            let spot = if question == Question::Photo { Spot::First } else { Spot::Last };
            let new = NewPhoto { file, preview, look };
            if let Err(objection) = photos::add(conn, keys, user, (&new, spot), now).await? {
                return Ok(objection.into());
            }
        }
        (question, Answer::Skip) if question.may_be_skipped() => {}
        _ => return Ok(Objection::Kind.into()),
    }
    Ok(Taken::Yes)
}

/// When somebody is 18 everywhere on earth, or a little later.
fn eighteen(date: BirthDate) -> Millis {
    let (year, month, day): (i16, u8, u8) = date.into();
    // Whole days by months of 31: later than the day itself by less than a week.
    let years = i64::from(year) + i64::from(ADULT) - 1970;
    let days = years * 365 + years / 4 + 1 + (i64::from(month) - 1) * 31 + i64::from(day);
    Millis(days * DAY_MS + DAY_MS)
}

/// Where they are now; not too often a day.
pub(super) async fn moves(
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
    conn.execute(STALE, &[&user.0]).await?;
    Ok(Taken::Yes)
}

/// Nothing is said about oneself any more.
pub(super) async fn clear_bio(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    draft: &Draft,
    now: Millis,
) -> Result<Taken, Fault> {
    let before = words_of(conn, keys, user, draft).await?;
    if !before.bio.is_empty() {
        keep_words(conn, keys, user, &Words { bio: String::new(), ..before }, now).await?;
    }
    Ok(Taken::Yes)
}

async fn words_of(conn: &mut Conn, keys: &Keys, user: UserId, draft: &Draft) -> Result<Words, Fault> {
    match &draft.sealed {
        Some(sealed) => Ok(people::words(conn, keys, user, sealed).await?.unwrap_or_default()),
        None => Ok(Words::default()),
    }
}

async fn keep_words(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    words: &Words,
    now: Millis,
) -> Result<(), Fault> {
    let plain =
        serde_json::to_vec(words).map_err(|_| Fault::Corrupt("words that cannot be written".into()))?;
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = user_key::of(&ring, user)?.seal(&plain, &words_aad(user))?;
    let echo = profile::echo(&words.bio).map(|letters| keys.echo_hash(&letters));
    let rows = conn.query(WORDS, &[&user.0, &sealed, &echo]).await?;
    match rows.first().map(|row| row.try_get("is_new")).transpose()?.unwrap_or(false) {
        true => suspicion::look_for_echoes(conn, user, now).await,
        false => Ok(()),
    }
}
