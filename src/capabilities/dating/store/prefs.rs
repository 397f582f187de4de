//! What somebody wants to hear, as a row.

use super::draft::STALE;
use super::people;
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::choices::{Choices, Set};
use nameless_domain::capabilities::dating::notices::{Kind, Notices, Quiet};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const READ: &str = "\
    SELECT notify, quiet_from, quiet_to, utc_offset, digest, show_online, cell FROM dating_profiles
    WHERE user_id = $1";

const KEEP: &str = "\
    UPDATE dating_profiles SET notify = $2, quiet_from = $3, quiet_to = $4, utc_offset = $5, digest = $6,
        show_online = $7
    WHERE user_id = $1";

/// What somebody set, and where they are; none without a profile.
pub(crate) async fn read(conn: &mut Conn, user: UserId) -> Result<Option<(Notices, Option<Cell>)>, Fault> {
    let rows = conn.query(READ, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let minute = |name: &str| Ok::<_, Fault>(row.try_get::<_, Option<i16>>(name)?.map(i16::cast_unsigned));
    let quiet = minute("quiet_from")?.zip(minute("quiet_to")?).map(|(from, to)| Quiet { from, to });
    let notices = Notices {
        quiet,
        offset: row.try_get("utc_offset")?,
        digest: row.try_get("digest")?,
        show_online: row.try_get("show_online")?,
        ..Notices::default().with_bits(u8::try_from(row.try_get::<_, i16>("notify")?).unwrap_or_default())
    };
    let cell = row.try_get::<_, Option<i32>>("cell")?.and_then(|cell| u32::try_from(cell).ok());
    Ok(Some((notices, cell.and_then(Cell::new))))
}

/// Keeps what somebody set; whether they have a profile.
pub(super) async fn keep(conn: &mut Conn, user: UserId, notices: &Notices) -> Result<bool, Fault> {
    let quiet = notices.quiet.map(|quiet| (quiet.from.cast_signed(), quiet.to.cast_signed()));
    let kept = conn
        .execute(
            KEEP,
            &[
                &user.0,
                &i16::from(notices.bits()),
                &quiet.map(|quiet| quiet.0),
                &quiet.map(|quiet| quiet.1),
                &notices.offset,
                &notices.digest,
                &notices.show_online,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Whom somebody wants to meet, their row locked. A profile that is not finished has not chosen
/// yet.
const WHOM: &str = "\
    SELECT from_age, to_age, reach FROM dating_profiles WHERE user_id = $1 AND standing <> 'draft' FOR UPDATE";

const CHOOSE: &str = "UPDATE dating_profiles SET from_age = $2, to_age = $3, reach = $4 WHERE user_id = $1";

/// What somebody has chosen after a change, if any.
pub(super) async fn chosen(conn: &mut Conn, user: UserId, set: Option<Set>) -> Result<Event, Fault> {
    // In the order in which an erasure takes them.
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::Gone);
    }
    let rows = conn.query(WHOM, &[&user.0]).await?;
    let (Some(row), Some((notices, _))) = (rows.first(), read(conn, user).await?) else {
        return Ok(Event::Gone);
    };
    let small = |name: &str| Ok::<_, Fault>(u8::try_from(row.try_get::<_, i16>(name)?).unwrap_or_default());
    let within = Band::ALL.get(usize::from(small("reach")?)).copied().unwrap_or(Band::Beyond);
    let before = Choices { ages: (small("from_age")?, small("to_age")?), within, notices };
    let Some(set) = set else { return Ok(Event::Choices(before)) };
    let after = before.with(set);
    if after.notices != before.notices {
        keep(conn, user, &after.notices).await?;
    }
    if (after.ages, after.within) != (before.ages, before.within) {
        let (from, to) = (i16::from(after.ages.0), i16::from(after.ages.1));
        conn.execute(CHOOSE, &[&user.0, &from, &to, &(after.within as i16)]).await?;
        conn.execute(STALE, &[&user.0]).await?;
    }
    Ok(Event::Choices(after))
}

impl PgStore {
    /// What somebody has chosen in the chat beside filters, after a change, if any.
    pub fn dating_choices(
        &self,
        user: UserId,
        set: Option<Set>,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(
            move |inner| async move { inner.transaction(async |conn| chosen(conn, user, set).await).await },
        )
    }
}

/// How long a notice of this kind waits, milliseconds; none if they do not want to hear of it.
pub(super) async fn wait_ms(
    conn: &mut Conn,
    user: UserId,
    kind: Kind,
    now: Millis,
) -> Result<Option<i64>, Fault> {
    let (notices, cell) = read(conn, user).await?.unwrap_or_default();
    Ok(notices.wants(kind).then(|| notices.wait_ms(kind, cell, now)))
}

/// How long the quiet hours of somebody last still, milliseconds.
pub(super) async fn quiet_ms(conn: &mut Conn, user: UserId, now: Millis) -> Result<i64, Fault> {
    let (notices, cell) = read(conn, user).await?.unwrap_or_default();
    Ok(notices.quiet_ms(cell, now))
}
