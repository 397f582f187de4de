//! Prices of crowding, learnt in the background: a few people at a time, whose price is the oldest.
//! Each step is a transaction, of which nothing is lost when the next one does not come; processes
//! beside each other take different people.

use super::columns;
use super::people;
use crate::store::PgStore;
use crate::store::aggregates::bots::CrowdList;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::chance::Weights;
use nameless_domain::capabilities::dating::person::Person;
use nameless_domain::capabilities::dating::price::{Price, SAMPLE};
use nameless_domain::ids::{UserId, spread};
use nameless_domain::random::Random;
use nameless_domain::time::{DAY_MS, Millis};

/// People looked at in one transaction.
const AT_ONCE: i64 = 50;
/// A price that was looked at so long ago is looked at as soon as it can be, milliseconds.
const OLD_MS: i64 = DAY_MS;

const OLDEST: &str = concat!(
    "SELECT ",
    columns::read!(),
    ", p.priced FROM dating_profiles p WHERE p.standing = 'shown' ORDER BY p.priced LIMIT $1
    FOR NO KEY UPDATE OF p SKIP LOCKED"
);

/// Some of those who might fit: those of the wished-for genders who were here around a moment drawn
/// by chance.
macro_rules! some {
    ($bots:literal, $theirs:literal) => {
        concat!(
            "SELECT ",
            columns::read!(),
            " FROM unnest($2::smallint[]) AS g (gender)",
            $bots,
            " CROSS JOIN LATERAL (SELECT q.user_id FROM dating_profiles q
        WHERE ",
            $theirs,
            "q.standing = 'shown' AND q.gender = g.gender AND q.user_id <> $1
        ORDER BY q.active DESC OFFSET $3 LIMIT $4) AS f
    JOIN dating_profiles p ON p.user_id = f.user_id"
        )
    };
}

const SOME: &str = some!("", "");

/// The same of the bots of one crowd (`$5`), where others are apart: of those of another they meet
/// nobody.
const SOME_APART: &str = some!(" CROSS JOIN unnest($5::smallint[]) AS own (bot)", "q.bot = own.bot AND ");

const LEARNT: &str =
    "UPDATE dating_profiles SET price = $2, passes = passes + 1, priced = $3 WHERE user_id = $1";

/// One that cannot be read has no price, and its turn again when the others have.
const SET_ASIDE: &str = "UPDATE dating_profiles SET priced = $2 WHERE user_id = ANY($1)";

async fn look(
    conn: &mut Conn,
    (keys, crowds): (&Keys, &CrowdList),
    person: &Person,
    pass: i32,
    now: Millis,
) -> Result<(), Fault> {
    let bots = crowds.bots(conn, person.crowd).await?;
    let genders: Vec<i16> = (0..3i16).filter(|g| person.wishes.genders & (1 << g) != 0).collect();
    let mut random = Random::new(spread(person.user.0 ^ now.0));
    let skipped = i64::try_from(random.below(200)).unwrap_or_default();
    let most = i64::try_from(2 * SAMPLE).unwrap_or_default();
    let mut sample = Vec::new();
    for from in [skipped, 0] {
        let rows = match &bots {
            None => conn.query(SOME, &[&person.user.0, &genders, &from, &most]).await?,
            Some(bots) => conn.query(SOME_APART, &[&person.user.0, &genders, &from, &most, bots]).await?,
        };
        for row in rows {
            let Some(other) = people::readable(keys, people::read(&row))?.flatten() else { continue };
            if person.may_see(&other.person, None, now) && sample.len() < SAMPLE {
                let (p, q) = Weights::default().both(person, &other.person, now, &mut random);
                sample.push((p + q, other.person.price));
            }
        }
        if !sample.is_empty() {
            break;
        }
    }
    let pass = u32::try_from(pass).unwrap_or_default();
    let Price(price) = person.price.learnt(Price::estimate(sample), pass);
    conn.execute(LEARNT, &[&person.user.0, &price, &now.0]).await.map(drop)
}

/// What one step has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// People.
    pub people: usize,
    /// Of those, whose price was old. As long as there are any there may be more.
    pub due: usize,
}

impl PgStore {
    /// Looks at the prices that were looked at longest ago. A stop in between loses nothing: what
    /// was looked at is kept with when.
    pub fn dating_prices(&self) -> PortFuture<'_, Result<Learnt, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                let (mut people, mut unreadable, mut due) = (Vec::new(), Vec::new(), 0);
                for row in conn.query(OLDEST, &[&AT_ONCE]).await? {
                    let priced = Millis(row.try_get("priced")?);
                    due += usize::from(now.since(priced) > OLD_MS);
                    match people::readable(&inner.keys, people::read(&row))?.flatten() {
                        Some(profile) => people.push(profile),
                        None => unreadable.push(row.try_get::<_, i64>("user_id")?),
                    }
                }
                if !unreadable.is_empty() {
                    conn.execute(SET_ASIDE, &[&unreadable, &now.0]).await?;
                }
                for profile in &people {
                    let by = (&*inner.keys, &inner.crowds);
                    look(conn, by, &profile.person, profile.passes, now).await?;
                }
                Ok::<_, Fault>(Learnt { people: people.len(), due })
            };
            // What is lost with the server is learnt again.
            inner.unflushed(work).await
        })
    }

    /// The price of somebody's crowding; none without a profile.
    pub fn dating_price(&self, user: UserId) -> PortFuture<'_, Result<Option<f32>, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            Ok(people::load(&mut lease, user).await?.map(|profile| profile.person.price.0))
        })
    }
}
