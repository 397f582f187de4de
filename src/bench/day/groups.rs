//! Who does what all day, and what the database knows of them at its beginning.

use super::super::args::{DatingArgs, Day, Output, Surroundings};
use super::super::companion::{back_ends, dialogs};
use super::super::dating::seed;
use super::super::ledger::FIRST_ID;
use super::super::progress::Progress;
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::Context as _;
use nameless_domain::capabilities::billing::{Kind, Price, Product, Stars};
use nameless_domain::capabilities::dating::pair::Windows;
use nameless_domain::ids::{Seq, UserId};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use tokio_postgres::NoTls;

/// Of a hundred people, in this order: those who write, look at cards, look for somebody, talk to a
/// character, pay; the rest looks through menus.
const OF_A_HUNDRED: [u32; 5] = [60, 12, 14, 10, 2];
/// A price.
pub const STARS: i64 = 75;

/// Indexes of people. Each group has an even number, and some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// In chats with each other: the first two, the next two, and so on.
    pub writers: Range<u32>,
    /// With a card of their own, who look at others'.
    pub swipers: Range<u32>,
    /// Who search, talk, and leave.
    pub seekers: Range<u32>,
    /// In a dialog with a character.
    pub talkers: Range<u32>,
    /// With orders to be paid.
    pub payers: Range<u32>,
    /// Who look at their settings, and home again.
    pub lookers: Range<u32>,
}

impl Groups {
    /// Of so many people.
    pub fn of(people: u32) -> Groups {
        let mut from = 0;
        let mut next = |share: u32| {
            let many = (people * share).div_ceil(100).next_multiple_of(2);
            let group = from..from + many;
            from = group.end;
            group
        };
        let [writers, swipers, seekers, talkers, payers] = OF_A_HUNDRED.map(&mut next);
        let lookers = next(100 - OF_A_HUNDRED.iter().sum::<u32>());
        Groups { writers, swipers, seekers, talkers, payers, lookers }
    }

    /// How many there are.
    pub fn all(&self) -> u32 {
        self.lookers.end
    }
}

/// Somebody by index.
pub fn user(n: u32) -> UserId {
    UserId(FIRST_ID + i64::from(n))
}

/// Puts everything into a database that knows everybody, and has all of them in chats. The orders
/// of whoever pays, at least `payments` of them.
pub async fn fill(
    url: &str,
    keys: Keys,
    (groups, payments): (&Groups, usize),
    args: &Day,
    progress: &mut Progress,
) -> anyhow::Result<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("no connection")?;
    let connection = tokio::spawn(connection);
    let first = FIRST_ID + i64::from(groups.writers.end);
    // Numbers only: nothing here could be anything else than SQL.
    let apart = format!(
        "BEGIN;
        DELETE FROM active_pair_member WHERE user_id >= {first};
        DELETE FROM pairs WHERE a >= {first};
        UPDATE accounts SET phase = jsonb_build_object('at', 'idle') WHERE user_id >= {first};
        COMMIT;"
    );
    let done = client.batch_execute(&apart).await;
    drop(client);
    let _ = connection.await;
    done.context("people cannot be taken out of their chats")?;
    let talkers = groups.talkers.clone();
    dialogs(url, user(talkers.start)..user(talkers.end)).await?;
    seed::fill(url, &keys, &cards(groups, args), progress).await?;
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    for n in groups.swipers.clone() {
        progress.show(|| format!("decks: {} of {}", n - groups.swipers.start, groups.swipers.len()));
        store.dating_deal(user(n), Windows::default()).await?;
    }
    let orders = orders(&store, groups, payments).await;
    store.close().await;
    orders
}

/// Everybody who writes or swipes has a card; there are some more.
fn cards(groups: &Groups, args: &Day) -> DatingArgs {
    DatingArgs {
        profiles: Some(1_000),
        verdicts: Some(1_000),
        viewers: 1,
        rate: 1,
        writers: groups.swipers.end,
        texts: 1,
        likes: 1,
        duration: Duration::ZERO,
        warm_up: Duration::ZERO,
        rounds: 1,
        prices: Duration::ZERO,
        surroundings: args.surroundings.clone(),
        output: Output { seed: args.output.seed, ..Output::default() },
    }
}

/// At least so many, as many for each who pays: one pays theirs one after the other.
async fn orders(store: &PgStore, groups: &Groups, least: usize) -> anyhow::Result<Vec<String>> {
    let stars = Stars::new(STARS).context("a price")?;
    let (title, about) = ("billing-title-week", "billing-about");
    let kind = Kind::Once;
    let product =
        Product { id: "bench", kind, amount: 7, good: None, stars: Some(stars), kopecks: None, title, about };
    let mut orders = Vec::new();
    for turn in 0..least.div_ceil(groups.payers.len()) {
        for n in groups.payers.clone() {
            let order = (user(n), None);
            let opened = store.open_order(order, Seq(turn as u64 + 1), product.clone(), Price::Stars(stars));
            orders.push(opened.await?.context("nobody is there to order")?);
        }
    }
    Ok(orders)
}

/// The settings by which everything is there, besides those of every bench.
pub fn settings(wanted: &Surroundings) -> Surroundings {
    let ours = [
        ("DATING", "on"),
        ("DATING_LIKES", "10000"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("STARS", "on"),
        // Who looks at photos is measured by `bench face`.
        ("FACE_POLICY", "off"),
    ];
    let ours = ours.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Surroundings { env: ours.chain(wanted.env.iter().cloned()).collect(), ..wanted.clone() }
}

/// Writes the file that names the character's model and who draws for it; its path. Pictures have
/// no bounds but those of the maker's places.
pub fn back_ends_file(folder: &Path, model: &str, maker: &str) -> anyhow::Result<String> {
    let words = back_ends(model)
        .replace("[day]\n", "[day]\npictures = 100000\n")
        .replace("[limits]\n", "[limits]\npictures = 1000000\n");
    let file = folder.join("backends.toml");
    std::fs::write(&file, words + maker).context("the file of back ends cannot be written")?;
    Ok(file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_one_group_and_each_is_even() {
        for people in [100, 1_000, 10_000, 12_345] {
            let groups = Groups::of(people);
            let Groups { writers, swipers, seekers, talkers, payers, lookers } = groups.clone();
            let all = [writers, swipers, seekers, talkers, payers, lookers];
            assert!(all.iter().all(|group| group.len() % 2 == 0 && !group.is_empty()), "{all:?}");
            assert!(all.windows(2).all(|two| two[0].end == two[1].start));
            assert!((people..people + 12).contains(&groups.all()), "{people}: {}", groups.all());
        }
    }
}
