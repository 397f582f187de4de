//! Prices of crowding, learnt in the background: a few people at a time, whose price is the oldest.

use super::people;
use crate::store::PgStore;
use crate::store::aggregates::bots::CrowdList;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::chance::Weights;
use nameless_domain::capabilities::dating::person::Person;
use nameless_domain::capabilities::dating::price::{Price, SAMPLE};
use nameless_domain::ids::{UserId, spread};
use nameless_domain::random::Random;
use nameless_domain::time::Millis;

/// People looked at in one transaction.
const AT_ONCE: i64 = 50;

const OLDEST: &str = concat!(
    "SELECT ",
    people::columns!(),
    " FROM dating_profiles p WHERE p.standing = 'shown' ORDER BY p.priced LIMIT $1"
);

/// Some of those who might fit: those of the wished-for genders who were here around a moment drawn
/// by chance.
macro_rules! some {
    ($bots:literal, $theirs:literal) => {
        concat!(
            "SELECT ",
            people::columns!(),
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
const SOME_APART: &str =
    some!(" CROSS JOIN unnest($5::smallint[]) AS own (bot)", "q.bot = own.bot AND ");

const LEARNT: &str =
    "UPDATE dating_profiles SET price = $2, passes = passes + 1, priced = $3 WHERE user_id = $1";

async fn look(
    conn: &mut Conn,
    crowds: &CrowdList,
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
            let Some(other) = people::read(&row)? else { continue };
            if person.may_see(&other.person, false, now) && sample.len() < SAMPLE {
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

impl PgStore {
    /// Looks at the prices that were looked at longest ago. How many. A stop in between loses
    /// nothing: what was looked at is kept with when.
    pub fn dating_prices(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                let now = wall_clock();
                let mut people = Vec::new();
                for row in conn.query(OLDEST, &[&AT_ONCE]).await? {
                    people.extend(people::read(&row)?);
                }
                // In order of their ids, as whoever locks several profiles.
                people.sort_by_key(|profile| profile.person.user);
                for profile in &people {
                    look(conn, &inner.crowds, &profile.person, profile.passes, now).await?;
                }
                Ok::<_, Fault>(people.len())
            };
            inner.transaction(work).await
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
