//! Invitations: rewarded once, to whoever is owed it, and with nobody's name.

use super::billing::{known, right, until};
use super::context::Context;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::Invites;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::DAY_MS;

const GIVEN: Invites = Invites { days: 3, both: true, most: 2 };

async fn code(c: &Context, user: i64) -> String {
    c.store.invitation(UserId(user)).await.unwrap().expect("a link").0
}

async fn comes(c: &Context, user: i64, code: &str) -> bool {
    c.store.came_by(UserId(user), code.to_owned()).await.unwrap()
}

/// A chat that is over, in which each has sent so much.
async fn chat(c: &mut Context, (a, b): (i64, i64), (of_a, of_b): (i64, i64)) -> PairId {
    let opened = format!(
        "INSERT INTO pairs (a, b, opened, ended, cause) VALUES ({a}, {b}, 1, 2, 'stopped') RETURNING pair_id"
    );
    let pair: i64 = c.sql(&opened).await[0].parse().unwrap();
    for (side, many) in [(0, of_a), (1, of_b)] {
        let rows = format!(
            "INSERT INTO message_map (pair_id, from_side, source, copy, at) SELECT {pair}, {side}, n, n, 1
             FROM generate_series(1, {many}) n"
        );
        c.sql(&rows).await;
    }
    PairId(pair)
}

async fn talks(c: &Context, user: i64, pair: PairId) -> Vec<i64> {
    let talked = c.store.has_talked(UserId(user), pair, GIVEN).await.unwrap();
    talked.entitled.into_iter().map(|user| user.0).collect()
}

/// Guards: the key of `arrivals`, what a chat must be, the bound of an inviter, the transaction.
pub async fn an_invitation_is_rewarded_once(c: &mut Context) {
    c.clear().await;
    for user in 890..=899 {
        known(c, user).await;
    }
    let link = code(c, 890).await;
    assert_eq!(code(c, 890).await, link, "it stays the same");
    assert_eq!(c.store.invitation(UserId(1)).await.unwrap(), None, "nobody is known by that name");
    assert!(comes(c, 891, &link).await);
    assert!(comes(c, 891, &link).await, "the update came again");
    assert!(!comes(c, 890, &link).await, "by their own");
    assert!(!comes(c, 892, "0000000000000000").await);
    let other = code(c, 892).await;
    assert!(comes(c, 891, &other).await, "the first one counts");

    let short = chat(c, (891, 893), (3, 2)).await;
    assert_eq!(talks(c, 891, short).await, [0; 0], "one of them hardly said a word");
    let with_inviter = chat(c, (890, 891), (5, 5)).await;
    assert_eq!(talks(c, 891, with_inviter).await, [0; 0], "with whom they came from");
    let real = chat(c, (893, 891), (3, 3)).await;
    assert_eq!(talks(c, 891, PairId(real.0 + 1_000)).await, [0; 0]);
    assert_eq!(talks(c, 894, real).await, [0; 0], "not their chat, and nobody invited them");
    // Whatever fails on the way, nothing is there.
    c.sql("ALTER TABLE jobs ADD CONSTRAINT broken CHECK (priority = 7) NOT VALID").await;
    assert!(c.store.has_talked(UserId(891), real, GIVEN).await.is_err());
    c.sql("ALTER TABLE jobs DROP CONSTRAINT broken").await;
    assert_eq!(c.sql("SELECT count(*) FROM ledger").await, ["0"]);
    assert_eq!(talks(c, 891, real).await, [890, 891]);
    assert_eq!(talks(c, 891, real).await, [0; 0], "once");
    assert!(!comes(c, 891, &other).await, "nobody is new twice");
    assert_eq!(c.sql("SELECT source FROM ledger ORDER BY entry").await, ["referral", "invited"]);
    let (inviter, guest) = (until(c, 890).await.unwrap(), until(c, 891).await.unwrap());
    assert!((inviter.0 - guest.0).abs() < DAY_MS, "both have as much");
    assert!(until(c, 892).await.is_none());
    // Nothing says any more who invited whom.
    assert_eq!(c.sql("SELECT count(*) FROM arrivals WHERE inviter IS NOT NULL").await, ["0"]);
    let told =
        c.sql("SELECT user_id, key FROM jobs WHERE key LIKE 'billing:invitation:%' ORDER BY user_id").await;
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("890|billing:invitation:890:1:"), "{told:?}");
    assert!(told[0].split(['|', ':']).all(|part| part != "891"), "{told:?}");

    // The inviter has days for two; whoever comes then has theirs all the same.
    for (guest, has) in [(895, vec![890, 895]), (896, vec![896])] {
        assert!(comes(c, guest, &link).await);
        let pair = chat(c, (guest, 893), (4, 4)).await;
        assert_eq!(talks(c, guest, pair).await, has);
    }
    assert_eq!(c.store.invitation(UserId(890)).await.unwrap().expect("a link").1, 2);
    right(c).await;
}

/// Guards: the hash of `arrivals` and the log of erasures. Erasing makes nobody new.
pub async fn erasing_makes_nobody_new(c: &mut Context) {
    c.clear().await;
    for user in 890..=893 {
        known(c, user).await;
    }
    let link = code(c, 890).await;
    assert!(comes(c, 891, &link).await);
    for user in [891, 892] {
        c.write(vec![Write::Erase { user: UserId(user) }]).await;
        known(c, user).await;
    }
    let pair = chat(c, (891, 893), (4, 4)).await;
    assert_eq!(talks(c, 891, pair).await, [0; 0], "by whom they came is forgotten");
    assert!(!comes(c, 891, &link).await);
    assert!(!comes(c, 892, &link).await, "they were here before there was a link");
    // Who invited goes, too: nobody waits for anything, and the link leads nowhere.
    assert!(comes(c, 893, &link).await);
    c.write(vec![Write::Erase { user: UserId(890) }]).await;
    let pair = chat(c, (893, 891), (4, 4)).await;
    assert_eq!(talks(c, 893, pair).await, [0; 0]);
    known(c, 894).await;
    assert!(!comes(c, 894, &link).await);
    right(c).await;
}
