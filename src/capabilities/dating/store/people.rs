//! Profiles as rows, and as ranking knows them.

use super::columns;
use super::filters;
use super::shown::Shown;
use crate::store::aggregates::user_key::{self, KeyRing};
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::dating::birth::BirthDate;
use nameless_domain::capabilities::dating::history::History;
use nameless_domain::capabilities::dating::person::{Goal, Interests, Person, Standing, Wishes};
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::price::Price;
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::profile::Gender;
use nameless_domain::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio_postgres::Row;

/// A profile that is complete.
pub(crate) struct Profile {
    pub person: Person,
    /// Name and bio.
    pub sealed: Vec<u8>,
    /// The photo's handle.
    pub photo: Option<Vec<u8>>,
    pub photo_checked: bool,
    /// When they looked at cards last; none if others are not to see it.
    pub active: Option<Millis>,
    /// The day that the next two are of.
    day: i32,
    spent: i32,
    /// How often its price was looked at.
    pub passes: i32,
}

/// Words of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Words {
    pub name: String,
    #[serde(default)]
    pub bio: String,
    /// Of a report: what its owner wrote to whoever made it, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<String>,
}

/// The day of a moment, counted from 1970.
pub(crate) fn day(now: Millis) -> i32 {
    i32::try_from(now.0 / DAY_MS).unwrap_or(i32::MAX)
}

impl Profile {
    /// Likes spent today.
    pub fn spent(&self, now: Millis) -> u32 {
        match self.day == day(now) {
            true => u32::try_from(self.spent).unwrap_or_default(),
            false => 0,
        }
    }

    /// The photos that others see, of what is known of many.
    pub fn shown_photos(&self, all: &mut BTreeMap<i64, Vec<Shown>>) -> Vec<Shown> {
        let photos = all.remove(&self.person.user.0).unwrap_or_default();
        if self.photo.is_none() { Vec::new() } else { photos }
    }
}

const ONE: &str = concat!("SELECT ", columns::read!(), " FROM dating_profiles p WHERE p.user_id = $1");

/// In order of their ids: whoever locks both of two people does so in one order.
const LOCKED: &str = concat!(
    "SELECT ",
    columns::read!(),
    " FROM dating_profiles p WHERE p.user_id = ANY($1) ORDER BY p.user_id FOR NO KEY UPDATE OF p"
);

/// The account's lock first: an erasure beside this waits, or there is nobody.
const ACCOUNTS: &str = "SELECT user_id FROM accounts WHERE user_id = ANY($1) ORDER BY user_id FOR KEY SHARE";

/// Whether all of these people have an account, which stays until the transaction ends.
pub(crate) async fn are_known(conn: &mut Conn, users: &[i64]) -> Result<bool, Fault> {
    Ok(conn.query(ACCOUNTS, &[&users]).await?.len() == users.len())
}

/// Which of these people have an account, which stays until the transaction ends.
pub(crate) async fn known(conn: &mut Conn, users: &[i64]) -> Result<Vec<i64>, Fault> {
    let rows = conn.query(ACCOUNTS, &[&users]).await?;
    rows.iter().map(|row| row.try_get(0).map_err(Fault::from)).collect()
}

/// A complete profile of this person, if there is one.
pub(crate) async fn load(conn: &mut Conn, user: UserId) -> Result<Option<Profile>, Fault> {
    match conn.query(ONE, &[&user.0]).await?.first() {
        Some(row) => read(row),
        None => Ok(None),
    }
}

/// The complete profiles of two people, locked until the transaction ends.
pub(crate) async fn locked(
    conn: &mut Conn,
    one: UserId,
    other: UserId,
) -> Result<Option<(Profile, Profile)>, Fault> {
    let users = [one.0, other.0];
    let (mut first, mut second) = (None, None);
    for row in conn.query(LOCKED, &[&&users[..]]).await? {
        let Some(profile) = read(&row)? else { continue };
        match profile.person.user == one {
            true => first = Some(profile),
            false => second = Some(profile),
        }
    }
    Ok(first.zip(second))
}

fn bad(what: &str) -> Fault {
    Fault::Corrupt(format!("a dating profile with a strange {what}"))
}

fn narrow<T: TryFrom<i64>>(number: impl Into<i64>, what: &str) -> Result<T, Fault> {
    T::try_from(number.into()).map_err(|_| bad(what))
}

/// A row as a profile; none if it is not complete.
pub(crate) fn read(row: &Row) -> Result<Option<Profile>, Fault> {
    let Some(mut profile) = shown(row)? else { return Ok(None) };
    let count = |name: &str| Ok::<_, Fault>(u32::try_from(row.try_get::<_, i32>(name)?).unwrap_or_default());
    let (wants, offers): (Vec<f32>, Vec<f32>) = (row.try_get("wants")?, row.try_get("offers")?);
    let mut history = profile.person.history.restore(&wants, &offers);
    (history.cards, history.likes) = (count("cards")?, count("likes")?);
    (history.decided, history.liked) = (count("decided")?, count("liked")?);
    (profile.person.history, profile.person.price) = (history, Price(row.try_get("price")?));
    profile.day = row.try_get("day")?;
    profile.spent = row.try_get("spent")?;
    profile.passes = row.try_get("passes")?;
    Ok(Some(profile))
}

/// The same as it is shown to others, where nobody is ranked and nothing is counted: nothing is
/// learnt of them yet, and of the day's bounds nothing is used up.
pub(crate) fn shown(row: &Row) -> Result<Option<Profile>, Fault> {
    let standing = match row.try_get::<_, &str>("standing")? {
        "draft" => return Ok(None),
        // A shadow is as hidden as who is banned.
        _ if row.try_get("banned")? => Standing::Banned,
        "shown" => Standing::Shown,
        "paused" => Standing::Paused,
        _ => Standing::Hidden,
    };
    let user = UserId(row.try_get("user_id")?);
    let (year, month, date): (i32, i32, i32) =
        (row.try_get("year")?, row.try_get("month")?, row.try_get("day_of_month")?);
    let birth = BirthDate::new(narrow(year, "year")?, narrow(month, "month")?, narrow(date, "day")?);
    let small = |name: &str| row.try_get::<_, i16>(name).map_err(Fault::from);
    let at = |name: &'static str| Ok::<usize, Fault>(usize::try_from(small(name)?).unwrap_or(usize::MAX));
    let cell = u32::try_from(row.try_get::<_, i32>("cell")?).ok().and_then(Cell::new);
    let photo: Option<Vec<u8>> = row.try_get("photo")?;
    let shows_online: bool = row.try_get("show_online")?;
    let active = Some(Millis(row.try_get("active")?)).filter(|_| shows_online);
    let person = Person {
        user,
        crowd: CrowdId(narrow(row.try_get::<_, i32>("crowd")?, "crowd")?),
        has_photo: photo.is_some(),
        active,
        birth: birth.ok_or_else(|| bad("birth"))?,
        gender: *Gender::ALL.get(at("gender")?).ok_or_else(|| bad("gender"))?,
        cell: cell.ok_or_else(|| bad("cell"))?,
        interests: Interests(row.try_get::<_, i64>("interests")?.cast_unsigned()),
        goal: *Goal::ALL.get(at("goal")?).ok_or_else(|| bad("goal"))?,
        wishes: Wishes {
            genders: narrow(small("genders")?, "wish")?,
            from_age: narrow(small("from_age")?, "age")?,
            to_age: narrow(small("to_age")?, "age")?,
            within: *Band::ALL.get(at("reach")?).ok_or_else(|| bad("reach"))?,
            filters: filters::read(row)?,
        },
        standing,
        changed: Millis(row.try_get("changed")?),
        history: History::new(user, Millis(row.try_get("since")?)),
        price: Price::default(),
    };
    Ok(Some(Profile {
        person,
        sealed: row.try_get("sealed")?,
        photo,
        photo_checked: row.try_get("photo_checked")?,
        active,
        day: 0,
        spent: 0,
        passes: 0,
    }))
}

/// Identity of sealed words.
pub(crate) fn words_aad(user: UserId) -> Vec<u8> {
    format!("dating:{}", user.0).into_bytes()
}

/// Identity of a sealed photo's handle.
pub(crate) fn photo_aad(user: UserId) -> Vec<u8> {
    format!("dating photo:{}", user.0).into_bytes()
}

/// What was opened; nothing, which is counted, where it cannot be read. One row's fault is nobody
/// else's: what else there is to show is shown.
pub(crate) fn readable<T>(keys: &Keys, opened: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match opened {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Corrupt(_) | Fault::Crypto(_)) => {
            keys.leave_out();
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// The words of a profile, opened; none if their key is gone, or they cannot be read.
pub(crate) async fn words(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    sealed: &[u8],
) -> Result<Option<Words>, Fault> {
    let ring = user_key::get(conn, keys, &[user.0]).await;
    match readable(keys, ring)? {
        Some(ring) => open_words(keys, &ring, user, sealed),
        None => Ok(None),
    }
}

/// The same by keys that are there already.
pub(crate) fn open_words(
    keys: &Keys,
    ring: &KeyRing,
    user: UserId,
    sealed: &[u8],
) -> Result<Option<Words>, Fault> {
    match ring.get(&user) {
        Some(key) => readable(keys, words_by(key, user, sealed)),
        None => Ok(None),
    }
}

/// The same by their own key.
pub(crate) fn words_by(key: &SealingKey, user: UserId, sealed: &[u8]) -> Result<Words, Fault> {
    let plain = key.open(sealed, &words_aad(user))?;
    serde_json::from_slice(&plain).map_err(|_| bad("name"))
}

/// The handle of a sealed photo; none if there is none, its key is gone, or it cannot be read.
pub(crate) async fn open_photo(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    sealed: Option<&[u8]>,
) -> Result<Option<String>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let ring = user_key::get(conn, keys, &[user.0]).await;
    let Some(ring) = readable(keys, ring)? else { return Ok(None) };
    match ring.get(&user) {
        Some(key) => readable(keys, photo_by(key, user, sealed)),
        None => Ok(None),
    }
}

/// The same by their own key.
pub(crate) fn photo_by(key: &SealingKey, user: UserId, sealed: &[u8]) -> Result<String, Fault> {
    let plain = key.open(sealed, &photo_aad(user))?;
    String::from_utf8(plain).map_err(|_| bad("photo"))
}
