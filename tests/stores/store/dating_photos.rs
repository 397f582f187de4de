//! Photos of profiles: looked at until somebody has, in an order, sealed, gone with their owner.

use super::context::Context;
use super::dating::{card, joins, known, says};
use nameless::capabilities::dating::Unseen;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Photos, Token};
use nameless_domain::capabilities::dating::photo::Look;
use nameless_domain::capabilities::dating::profile::{Answer, Objection};
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;

const HER: UserId = UserId(7_800);

fn photo(n: u64) -> Answer {
    Answer::Photo { file: format!("file{n}"), preview: format!("small{n}") }
}

/// Her photos whose turn it is, once it is everybody's.
async fn due(c: &mut Context) -> Vec<Unseen> {
    c.sql(&format!("UPDATE dating_photos SET look_at = 0 WHERE user_id = {}", HER.0)).await;
    claimed(c).await
}

async fn claimed(c: &Context) -> Vec<Unseen> {
    let mut all = c.store.dating_unseen(1_000).await.unwrap();
    all.retain(|one| one.user == HER);
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}

async fn listed(c: &Context) -> Photos {
    match c.store.dating_photo_list(HER).await.unwrap() {
        Event::Photos(photos) => photos,
        other => panic!("{other:?}"),
    }
}

async fn told(c: &mut Context) -> Vec<String> {
    c.sql(&format!("SELECT count(*) FROM jobs WHERE key LIKE 'dating:photo:{}:%'", HER.0)).await
}

/// What is first, as the profile has it, and whether it was looked at.
async fn first(c: &mut Context) -> Vec<String> {
    let sql = format!(
        "SELECT coalesce((SELECT photo::text FROM dating_photos f WHERE f.user_id = p.user_id
            AND f.sealed = p.photo AND f.preview = p.preview), 'none') || ' ' || photo_checked
        FROM dating_profiles p WHERE user_id = {}",
        HER.0
    );
    c.sql(&sql).await
}

fn is_first(token: Token, checked: bool) -> Vec<String> {
    vec![format!("{} {checked}", token.0.cast_signed())]
}

pub async fn a_photo_waits_until_somebody_has_looked_at_it(c: &mut Context) {
    joins(c, HER.0, known(Gender::Female, 0b010), ("24.03.1998", "Irkutsk")).await;
    joins(c, 7_801, known(Gender::Male, 0b001), ("1.2.1996", "Irkutsk")).await;
    c.store.dating_more(HER).await.unwrap();
    for n in 1..=3 {
        let Event::Photos(photos) = says(c, HER.0, 6 + n, photo(n)).await else { panic!("not taken") };
        assert_eq!(photos.all.len() as u64, n);
    }
    let all = listed(c).await;
    assert_eq!((all.waiting.len(), all.has_first), (3, true));
    assert_eq!(first(c).await, is_first(all.all[0], false));
    let plain = "SELECT count(*) FROM dating_photos WHERE position('file'::bytea IN sealed) > 0
        OR position('small'::bytea IN preview) > 0";
    assert_eq!(c.sql(plain).await, ["0"]);

    // Whoever claims one and dies has only delayed it.
    let waits = due(c).await;
    assert_eq!(waits.iter().map(|one| &*one.file).collect::<Vec<_>>(), ["small1", "small2", "small3"]);
    assert!(claimed(c).await.is_empty(), "somebody looks at them");
    assert_eq!(due(c).await.len(), 3, "and nobody has");
    let [one, two, three] = [0, 1, 2].map(|n| waits[n].photo);
    c.store.dating_looked((HER, one), Ok(Look::Waiting)).await.unwrap();
    assert_eq!(listed(c).await, all, "a look that failed approves nothing");
    let looks = format!(
        "SELECT string_agg(looks::text, '' ORDER BY place) FROM dating_photos WHERE user_id = {}",
        HER.0
    );
    assert_eq!(c.sql(&looks).await, ["100"], "that nobody looked is no failure of the photo");

    // Another one that may stand first does, and she hears of it.
    c.store.dating_looked((HER, one), Ok(Look::Fine)).await.unwrap();
    assert_eq!(listed(c).await.all, [two, one, three]);
    assert_eq!((first(c).await, told(c).await), (is_first(two, false), vec!["1".to_owned()]));
    c.store.dating_looked((HER, two), Ok(Look::Face)).await.unwrap();
    assert_eq!(first(c).await, is_first(two, true));
    c.store.dating_looked((HER, three), Err(Objection::Picture)).await.unwrap();
    assert_eq!((listed(c).await.all, told(c).await), (vec![two, one], vec!["2".to_owned()]));
    assert!(due(c).await.is_empty());
    // A word that comes late changes nothing.
    c.store.dating_looked((HER, two), Err(Objection::Picture)).await.unwrap();
    assert_eq!(listed(c).await.all, [two, one]);
    let (_, whom) = card(c, 7_801).await.expect("a card");
    assert_eq!(whom, HER);

    // The profile takes them along, and an erasure what a program of before has left.
    c.store.dating_delete(HER).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM dating_photos WHERE user_id = 7800").await, ["0"]);
    joins(c, HER.0, known(Gender::Female, 0b010), ("24.03.1998", "Irkutsk")).await;
    c.store.dating_more(HER).await.unwrap();
    says(c, HER.0, 17, photo(4)).await;
    let asks = "SELECT coalesce(asks, 'none') FROM dating_profiles WHERE user_id = 7800";
    assert_eq!(c.sql(asks).await, ["more"]);
    for n in 5..=9 {
        says(c, HER.0, 13 + n, photo(n)).await;
    }
    assert_eq!(c.sql(asks).await, ["none"], "there is no room for another one");
    c.write(vec![Write::Erase { user: HER }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM dating_photos WHERE user_id = 7800").await, ["0"]);
}
