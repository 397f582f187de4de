//! What somebody sees of themselves, and the pictures that they may look at.

use super::columns;
use super::people::{self, Profile, Words};
use super::{album, filters, likers, matches, pairs, photos, prefs, shown};
use crate::store::PgStore;
use crate::store::aggregates::bots::apart;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Figures, Token};
use nameless_domain::capabilities::dating::filters::Filters;
use nameless_domain::capabilities::dating::notices::Notices;
use nameless_domain::capabilities::dating::person::{Goal, Interests, Standing};
use nameless_domain::capabilities::dating::photo::Shot;
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::Question;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const OWN: &str = "\
    SELECT standing, birth::text AS birth, gender, genders, from_age, to_age, reach, cell, interests, goal, sealed,
        wish_shared, wish_goals, wish_photo, wish_active,
        day, spent, cards, likes, liked,
        told_day, told_cards, told_likes
    FROM dating_profiles WHERE user_id = $1";

const MATCHES: &str = "\
    SELECT count(*) AS matches, count(*) FILTER (WHERE talked) AS talked FROM dating_pairs
    WHERE matched_at IS NOT NULL AND (lo = $1 OR hi = $1)";

/// Who is on a card that lies open, or is a match, by its name to the viewer.
const WHO: &str = concat!(
    "SELECT ",
    columns::shown!(),
    ", w.matched, ",
    pairs::avoided!("$1", "w.other"),
    " OR ",
    apart!("$1", "p.bot"),
    " AS avoided
    FROM (
        SELECT other, false AS matched FROM dating_cards
            WHERE viewer = $1 AND token = $2 AND served IS NOT NULL AND answered IS NULL
        UNION ALL
        SELECT hi, true FROM dating_pairs WHERE lo = $1 AND lo_token = $2 AND matched_at IS NOT NULL
        UNION ALL
        SELECT lo, true FROM dating_pairs WHERE hi = $1 AND hi_token = $2 AND matched_at IS NOT NULL
    ) AS w JOIN dating_profiles p ON p.user_id = w.other LIMIT 1"
);

const MATCHED_BY_CARD: &str = "\
    SELECT c.other, CASE WHEN d.lo = c.viewer THEN d.lo_token ELSE d.hi_token END AS token FROM dating_cards c
    JOIN dating_pairs d ON d.lo = least(c.viewer, c.other) AND d.hi = greatest(c.viewer, c.other)
    WHERE c.viewer = $1 AND c.token = $2 AND d.matched_at IS NOT NULL";

/// A profile as its owner sees it.
pub(crate) struct Own {
    /// What is asked first of what is missing; none of a profile that is there.
    pub missing: Option<Question>,
    pub is_paused: bool,
    pub is_hidden: bool,
    /// Year, month and day.
    pub birth: Option<String>,
    pub name: String,
    pub bio: String,
    /// Number in the list of genders.
    pub gender: usize,
    pub genders: u8,
    pub ages: (u8, u8),
    pub within: Band,
    pub filters: Filters,
    pub cell: Option<Cell>,
    pub interests: Interests,
    pub goal: Option<Goal>,
    /// In their order.
    pub photos: Vec<Shot>,
    /// Likes spent today.
    pub spent: u32,
    pub stats: Stats,
}

/// Figures of one's own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stats {
    /// How often others had decided on the card at the last midnight.
    pub seen: u32,
    pub likes_given: u32,
    /// Until the last midnight.
    pub likes_received: u32,
    pub matches: u32,
    /// Matches with whom there was a chat.
    pub talked: u32,
    /// People whose like waited at the last midnight.
    pub likers: u32,
}

impl Stats {
    /// As they are told.
    pub fn told(self) -> Figures {
        let Stats { seen, likes_given, likes_received, matches, talked, .. } = self;
        Figures { seen, likes_given, likes_received, matches, talked: None }.with_talked(talked)
    }
}

/// A picture that somebody may look at.
pub(crate) struct Sight {
    /// Telegram's handle; for the bot alone.
    pub file: String,
    /// Somebody has looked at it, or it is the asker's own.
    pub is_checked: bool,
}

fn small<T: TryFrom<i16> + Default>(number: i16) -> T {
    T::try_from(number).unwrap_or_default()
}

async fn own(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<Option<Own>, Fault> {
    let rows = conn.query(OWN, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let standing: &str = row.try_get("standing")?;
    let words = match row.try_get::<_, Option<&[u8]>>("sealed")? {
        Some(sealed) => people::words(conn, keys, user, sealed).await?,
        None => None,
    };
    let Words { name, bio, .. } = words.unwrap_or_default();
    let cell: Option<i32> = row.try_get("cell")?;
    let goal: Option<i16> = row.try_get("goal")?;
    let birth: Option<String> = row.try_get("birth")?;
    let missing = [
        (Question::Birth, birth.is_none()),
        (Question::Name, name.is_empty()),
        (Question::City, cell.is_none()),
        (Question::Goal, goal.is_none()),
    ];
    let missing = missing.into_iter().find(|(_, is_missing)| *is_missing).map(|(question, _)| question);
    let count = |name: &str| Ok::<_, Fault>(u32::try_from(row.try_get::<_, i32>(name)?).unwrap_or_default());
    let sums = conn.query(MATCHES, &[&user.0]).await?;
    let sum = |name: &str| {
        let sum = sums.first().map(|row| row.try_get::<_, i64>(name)).transpose()?.unwrap_or_default();
        Ok::<_, Fault>(u32::try_from(sum).unwrap_or_default())
    };
    // What has come since midnight is told from the next one on.
    let has_moved = row.try_get::<_, i32>("told_day")? == people::day(now);
    let (cards, likes) = if has_moved { ("told_cards", "told_likes") } else { ("cards", "likes") };
    let stats = Stats {
        seen: count(cards)?,
        likes_given: count("liked")?,
        likes_received: count(likes)?,
        matches: sum("matches")?,
        talked: sum("talked")?,
        likers: likers::waiting(conn, user, likers::midnight(now)).await?,
    };
    Ok(Some(Own {
        // A draft whose questions are answered is one step of the dialogue away.
        missing: missing.or_else(|| (standing == "draft").then_some(Question::Bio)),
        is_paused: standing == "paused",
        is_hidden: standing == "hidden",
        birth,
        name,
        bio,
        gender: small::<u8>(row.try_get("gender")?).into(),
        genders: small(row.try_get("genders")?),
        ages: (small(row.try_get("from_age")?), small(row.try_get("to_age")?)),
        within: Band::ALL
            .get(usize::from(small::<u8>(row.try_get("reach")?)))
            .copied()
            .unwrap_or(Band::Beyond),
        filters: filters::read(row)?,
        cell: cell.and_then(|cell| u32::try_from(cell).ok()).and_then(Cell::new),
        interests: Interests(row.try_get::<_, i64>("interests")?.cast_unsigned()),
        goal: goal.and_then(|goal| Goal::ALL.get(usize::from(small::<u8>(goal))).copied()),
        photos: photos::list(conn, user).await?,
        spent: if row.try_get::<_, i32>("day")? == people::day(now) { count("spent")? } else { 0 },
        stats,
    }))
}

async fn sight(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (token, name): (Token, Token),
    now: Millis,
) -> Result<Option<Sight>, Fault> {
    let Some(theirs) = seen_by(conn, user, token, now).await? else { return Ok(None) };
    let other = theirs.person.user;
    let all = theirs.shown_photos(&mut shown::shown(conn, &[other.0]).await?);
    let Some(found) = all.into_iter().find(|one| one.is_called(name, keys, user, token)) else {
        return Ok(None);
    };
    let file = shown::seen_one(conn, keys, other, found.photo).await?;
    Ok(file.map(|file| Sight { file, is_checked: found.is_checked }))
}

/// Who is on a card that lies open before somebody, or is their match, if they may be looked at.
async fn seen_by(conn: &mut Conn, user: UserId, token: Token, now: Millis) -> Result<Option<Profile>, Fault> {
    let rows = conn.query(WHO, &[&user.0, &token.0.cast_signed()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some(theirs) = people::shown(row)? else { return Ok(None) };
    let is_here = match row.try_get("matched")? {
        true => matches::is_here(&theirs),
        false => theirs.person.standing == Standing::Shown && theirs.person.birth.is_adult(now),
    };
    Ok((is_here && !row.try_get::<_, bool>("avoided")?).then_some(theirs))
}

impl PgStore {
    /// Somebody's own profile, finished or not.
    pub(crate) fn dating_mine(&self, user: UserId) -> PortFuture<'_, Result<Option<Own>, StoreError>> {
        self.run(move |inner| async move {
            own(&mut *inner.check_out().await?, &inner.keys, user, wall_clock()).await
        })
    }

    /// A picture on a card that lies open before somebody, or of their match, by its name to them.
    pub(crate) fn dating_sight(
        &self,
        user: UserId,
        of: (Token, Token),
    ) -> PortFuture<'_, Result<Option<Sight>, StoreError>> {
        self.run(move |inner| async move {
            sight(&mut *inner.check_out().await?, &inner.keys, user, of, wall_clock()).await
        })
    }

    /// A picture of one's own.
    pub(crate) fn dating_own_sight(
        &self,
        user: UserId,
        photo: Token,
    ) -> PortFuture<'_, Result<Option<Sight>, StoreError>> {
        self.run(move |inner| async move {
            let file = photos::own(&mut *inner.check_out().await?, &inner.keys, user, photo).await?;
            Ok(file.map(|file| Sight { file, is_checked: true }))
        })
    }

    /// The other pictures on a card that lies open before somebody, or (no name) on their own:
    /// handles, and whether each was looked at.
    pub(crate) fn dating_album(
        &self,
        user: UserId,
        of: Option<Token>,
    ) -> PortFuture<'_, Result<Vec<(String, bool)>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let whose = match of {
                Some(token) => match seen_by(&mut lease, user, token, wall_clock()).await? {
                    Some(theirs) => theirs.person.user,
                    None => return Ok(Vec::new()),
                },
                None => user,
            };
            album::others(&mut lease, &inner.keys, whose).await
        })
    }

    /// The match that a like on this card made: what it is called to this person, and who they are
    /// by their card.
    pub(crate) fn dating_matched_by(
        &self,
        user: UserId,
        card: Token,
    ) -> PortFuture<'_, Result<Option<(Token, String)>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            let conn: &mut Conn = &mut lease;
            let rows = conn.query(MATCHED_BY_CARD, &[&user.0, &card.0.cast_signed()]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let (other, token) = (UserId(row.try_get("other")?), row.try_get::<_, i64>("token")?);
            let Some(theirs) = people::load(conn, other).await? else { return Ok(None) };
            let words = people::words(conn, &inner.keys, other, &theirs.sealed).await?;
            Ok(words.map(|words| (Token(token.cast_unsigned()), words.name)))
        })
    }

    /// What somebody wants to hear.
    pub(crate) fn dating_notices(&self, user: UserId) -> PortFuture<'_, Result<Option<Notices>, StoreError>> {
        self.run(move |inner| async move {
            let read = prefs::read(&mut *inner.check_out().await?, user).await?;
            Ok(read.map(|(notices, _)| notices))
        })
    }
}
