//! A profile changed field by field, by the rules of the dialogue in the chat: all that is asked,
//! or nothing.

use super::answers::{Heard, Taken, clear_bio, moves, take};
use super::draft::STALE;
use super::{dialogue, draft, filters};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Known;
use nameless_domain::capabilities::dating::cities;
use nameless_domain::capabilities::dating::filters::Filters;
use nameless_domain::capabilities::dating::person::{Goal, Interests};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::{self, Answer, Objection, Question};
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use nameless_domain::time::Millis;

/// Where somebody says that they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A city by its number in the list.
    City(usize),
    /// A cell, which is all that a device tells.
    Cell(Cell),
}

/// What is to be changed; what is none stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Change {
    pub birth: Option<String>,
    pub name: Option<String>,
    pub place: Option<Place>,
    pub goal: Option<Goal>,
    /// Empty: nothing is said any more.
    pub bio: Option<String>,
    pub gender: Option<Gender>,
    pub genders: Option<u8>,
    pub interests: Option<Interests>,
    pub ages: Option<(u8, u8)>,
    pub within: Option<Band>,
    pub filters: Option<Filters>,
}

/// What became of a change.
pub(super) enum Edited {
    Yes,
    No { field: &'static str, reason: Objection },
    TooYoung,
}

const IS_THERE: &str = "SELECT 1 FROM dating_profiles WHERE user_id = $1";

const REST: &str = "\
    UPDATE dating_profiles SET gender = coalesce($2, gender), genders = coalesce($3, genders),
        interests = coalesce($4, interests), from_age = coalesce($5, from_age), to_age = coalesce($6, to_age),
        reach = coalesce($7, reach)
    WHERE user_id = $1";

const BORN: &str = "SELECT 1 FROM dating_profiles WHERE user_id = $1 AND birth = make_date($2, $3, $4)";

/// Whether this is the date of birth that is there already.
async fn is_born(conn: &mut Conn, user: UserId, words: &str, now: Millis) -> Result<bool, Fault> {
    let Ok(date) = profile::birth(words, now) else { return Ok(false) };
    let (year, month, day): (i16, u8, u8) = date.into();
    let (year, month, day) = (i32::from(year), i32::from(month), i32::from(day));
    Ok(!conn.query(BORN, &[&user.0, &year, &month, &day]).await?.is_empty())
}

/// Whether somebody has a profile, finished or not.
pub(super) async fn is_there(conn: &mut Conn, user: UserId) -> Result<bool, Fault> {
    Ok(!conn.query(IS_THERE, &[&user.0]).await?.is_empty())
}

/// Changes a profile; begins one where there is none. What is finished by it is shown.
pub(super) async fn change(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    change: Change,
    known: Known,
    now: Millis,
) -> Result<Edited, Fault> {
    if !is_there(conn, user).await? && dialogue::begin(conn, keys, user, known, now).await? == Event::TooYoung
    {
        return Ok(Edited::TooYoung);
    }
    conn.savepoint().await?;
    let edited = apply(conn, keys, user, change, now).await?;
    match edited {
        // Of a change that is refused nothing stays, but that somebody is too young.
        Edited::No { .. } => conn.back_to_savepoint().await?,
        Edited::TooYoung => {}
        Edited::Yes => {
            let Some(draft) = draft::lock(conn, user).await? else { return Ok(Edited::Yes) };
            if draft.is_draft() {
                // The chat goes on with what is missing.
                let missing = Some(draft.missing()).filter(|question| !question.may_be_skipped());
                dialogue::ask(conn, user, missing, now).await?;
                if missing.is_none() {
                    dialogue::show(conn, keys, user, now).await?;
                }
            }
        }
    }
    Ok(edited)
}

async fn apply(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    change: Change,
    now: Millis,
) -> Result<Edited, Fault> {
    let Change { birth, name, place, goal, bio, gender, genders, interests, ages, within, filters } = change;
    let no = |field, reason| Ok(Edited::No { field, reason });
    let place = match place {
        Some(Place::City(n)) => match cities::cell_of(n) {
            Some(cell) => Some(cell),
            None => return no("city", Objection::NoCity),
        },
        Some(Place::Cell(cell)) => Some(cell),
        None => None,
    };
    if let Some(ages) = ages
        && let Err(reason) = profile::ages(ages)
    {
        return no("age_range", reason);
    }
    if genders == Some(0) {
        return no("wants", Objection::Kind);
    }
    if interests.is_some_and(|interests| !interests.is_allowed()) {
        return no("interests", Objection::Length);
    }
    let own = filters::Own { goal, interests, gender };
    if let Some(field) = filters::count(conn, user, own, now).await? {
        return no(field, Objection::Often);
    }
    // Before all else: who is not an adult is asked nothing more.
    let answers = [
        ("birth", birth.map(|words| (Question::Birth, Answer::Words(words)))),
        ("name", name.map(|words| (Question::Name, Answer::Words(words)))),
        ("goal", goal.map(|goal| (Question::Goal, Answer::Goal(goal)))),
        ("bio", bio.map(|words| (Question::Bio, Answer::Words(words)))),
    ];
    for (field, asked) in answers {
        let Some((question, answer)) = asked else { continue };
        // Words are kept together: each answer begins with what the one before left.
        let Some(draft) = draft::lock(conn, user).await? else { return Ok(Edited::TooYoung) };
        if question == Question::Birth && draft.has_birth {
            // Whoever did not hear that it was taken says it again.
            let Answer::Words(words) = &answer else { return no(field, Objection::Kind) };
            if !is_born(conn, user, words, now).await? {
                return no(field, Objection::Kind);
            }
            continue;
        }
        let taken = match (question, &answer) {
            (Question::Bio, Answer::Words(words)) if words.trim().is_empty() => {
                clear_bio(conn, keys, user, &draft, now).await?
            }
            _ => {
                let heard = Heard { seq: draft.heard, answer, since: now, seen: None };
                take(conn, keys, user, &draft, question, heard, now).await?
            }
        };
        match taken {
            Taken::Yes => {}
            Taken::No(reason) => return no(field, reason),
            Taken::TooYoung => return Ok(Edited::TooYoung),
        }
    }
    if let Some(cell) = place {
        let Some(draft) = draft::lock(conn, user).await? else { return Ok(Edited::TooYoung) };
        if let Taken::No(reason) = moves(conn, user, &draft, cell, now).await? {
            return no("place", reason);
        }
    }
    if let Some(wanted) = filters
        && let Err(reason) = filters::keep(conn, user, wanted, now).await?
    {
        return no("filters", reason);
    }
    let ages = ages.map(|(from, to)| (i16::from(from), i16::from(to)));
    conn.execute(
        REST,
        &[
            &user.0,
            &gender.map(|gender| gender as i16),
            &genders.map(i16::from),
            &interests.map(|interests| interests.0.cast_signed()),
            &ages.map(|ages| ages.0),
            &ages.map(|ages| ages.1),
            &within.map(|within| within as i16),
        ],
    )
    .await?;
    if place.is_some() || genders.is_some() || ages.is_some() || within.is_some() || gender.is_some() {
        conn.execute(STALE, &[&user.0]).await?;
    }
    Ok(Edited::Yes)
}
