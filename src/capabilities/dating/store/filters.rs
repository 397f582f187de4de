//! What somebody asks for beyond genders, ages and distance, as columns; changed a few times a day.

use super::draft::STALE;
use super::people::{self, day};
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Event;
use nameless_domain::capabilities::dating::filters::{CHANGES, Change, Filters, Lately};
use nameless_domain::capabilities::dating::person::{Goal, Interests};
use nameless_domain::capabilities::dating::profile::Objection;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

const READ: &str = "SELECT wish_shared, wish_goals, wish_photo, wish_active FROM dating_profiles WHERE user_id = $1 FOR UPDATE";

/// Looked at and counted in one statement: of two beside each other both count.
const KEEP: &str = "\
    UPDATE dating_profiles SET wish_shared = $2, wish_goals = $3, wish_photo = $4, wish_active = $5,
        filter_changes = CASE WHEN filter_day = $6 THEN filter_changes + 1 ELSE 1 END, filter_day = $6
    WHERE user_id = $1 AND (filter_day <> $6 OR filter_changes < $7)";

/// What somebody is by the filters and wishes of others.
const OWN: &str =
    "SELECT standing, goal, interests, gender FROM dating_profiles WHERE user_id = $1 FOR UPDATE";

/// A change of that, in the same number.
const COUNT: &str = "\
    UPDATE dating_profiles SET
        filter_changes = CASE WHEN filter_day = $2 THEN filter_changes + 1 ELSE 1 END, filter_day = $2
    WHERE user_id = $1 AND (filter_day <> $2 OR filter_changes < $3)";

/// What somebody is to be from now on; what is none stays.
#[derive(Clone, Copy, Default)]
pub(super) struct Own {
    pub goal: Option<Goal>,
    pub interests: Option<Interests>,
    pub gender: Option<Gender>,
}

/// Counts a change of what others ask for as one of filters: whoever tries which one takes an open
/// card away reads what its owner asks for. Which field may not be changed any more today, if so.
/// What nobody has seen yet is no change, and the same again is none.
pub(super) async fn count(
    conn: &mut Conn,
    user: UserId,
    own: Own,
    now: Millis,
) -> Result<Option<&'static str>, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if row.try_get::<_, &str>("standing")? == "draft" {
        return Ok(None);
    }
    let goal: Option<i16> = row.try_get("goal")?;
    let (interests, gender): (i64, i16) = (row.try_get("interests")?, row.try_get("gender")?);
    let changed = [
        ("goal", own.goal.is_some_and(|new| Some(new as i16) != goal)),
        ("interests", own.interests.is_some_and(|new| new.0.cast_signed() != interests)),
        ("gender", own.gender.is_some_and(|new| new as i16 != gender)),
    ];
    let Some((field, _)) = changed.into_iter().find(|(_, is_new)| *is_new) else { return Ok(None) };
    let kept = conn.execute(COUNT, &[&user.0, &day(now), &CHANGES]).await?;
    Ok((kept == 0).then_some(field))
}

/// Counts that somebody has a photo from now on, or has none any more; whether there may be one
/// more change today. What nobody has seen yet is none.
pub(super) async fn count_photo(conn: &mut Conn, user: UserId, now: Millis) -> Result<bool, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(true) };
    if row.try_get::<_, &str>("standing")? == "draft" {
        return Ok(true);
    }
    Ok(conn.execute(COUNT, &[&user.0, &day(now), &CHANGES]).await? > 0)
}

/// The columns of a row as filters; what is odd asks for nothing.
pub(super) fn read(row: &Row) -> Result<Filters, Fault> {
    let small = |name: &str| Ok::<_, Fault>(u8::try_from(row.try_get::<_, i16>(name)?).unwrap_or_default());
    let filters = Filters {
        shared: row.try_get("wish_shared")?,
        goals: small("wish_goals")?,
        photo: row.try_get("wish_photo")?,
        lately: Lately::of_days(small("wish_active")?).unwrap_or_default(),
    };
    Ok(if filters.is_allowed() { filters } else { Filters::default() })
}

/// What somebody asks for, their row locked; none without a profile.
async fn of(conn: &mut Conn, user: UserId) -> Result<Option<Filters>, Fault> {
    conn.query(READ, &[&user.0]).await?.first().map(read).transpose()
}

/// Keeps what somebody asks for from now on; why not, if they may not. The same again is no change.
pub(super) async fn keep(
    conn: &mut Conn,
    user: UserId,
    filters: Filters,
    now: Millis,
) -> Result<Result<(), Objection>, Fault> {
    if !filters.is_allowed() {
        return Ok(Err(Objection::Kind));
    }
    if of(conn, user).await? == Some(filters) {
        return Ok(Ok(()));
    }
    let Filters { shared, goals, photo, lately } = filters;
    let (goals, days) = (i16::from(goals), i16::from(lately.days()));
    let kept = conn.execute(KEEP, &[&user.0, &shared, &goals, &photo, &days, &day(now), &CHANGES]).await?;
    if kept == 0 {
        return Ok(Err(Objection::Often));
    }
    conn.execute(STALE, &[&user.0]).await?;
    Ok(Ok(()))
}

/// What somebody asks for after a change, if any.
async fn changed(conn: &mut Conn, user: UserId, change: Option<Change>, now: Millis) -> Result<Event, Fault> {
    // In the order in which an erasure takes them.
    let is_there = people::are_known(conn, &[user.0]).await?;
    let Some(filters) = of(conn, user).await?.filter(|_| is_there) else { return Ok(Event::Gone) };
    let Some(change) = change else { return Ok(Event::Filters { filters, often: false }) };
    let wanted = filters.with(change);
    Ok(match keep(conn, user, wanted, now).await? {
        Ok(()) => Event::Filters { filters: wanted, often: false },
        Err(_) => Event::Filters { filters, often: true },
    })
}

impl PgStore {
    /// What somebody asks for beyond genders, ages and distance, after a change, if any.
    pub fn dating_filters(
        &self,
        user: UserId,
        change: Option<Change>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| changed(conn, user, change, wall_clock()).await).await
        })
    }
}
