//! Invitations: rewarded once, to whoever is owed it, and with nobody's name.

use super::billing::{known, right, until};
use super::context::Context;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::Invites;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::DAY_MS;
use std::time::{SystemTime, UNIX_EPOCH};

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

/// Chats that are over, in which nobody was new.
async fn met(c: &mut Context, pairs: &[(i64, i64)]) {
    let rows: Vec<String> = pairs.iter().map(|(a, b)| format!("({a}, {b}, 1, 2, 'stopped')")).collect();
    if !rows.is_empty() {
        c.sql(&format!("INSERT INTO pairs (a, b, opened, ended, cause) VALUES {}", rows.join(", "))).await;
    }
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

    met(c, &[(893, 897), (893, 899), (893, 889), (898, 897), (898, 899), (898, 889)]).await;
    let short = chat(c, (891, 897), (3, 2)).await;
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

/// Guard: the bans in `OF_CODE`. Nobody who comes by a link that is good for nothing is promised
/// days.
pub async fn a_dead_link_is_good_for_nothing(c: &mut Context) {
    c.clear().await;
    for user in 890..=894 {
        known(c, user).await;
    }
    let link = code(c, 890).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    for (kind, until, guest, is_good) in [
        ("ban", now + 60_000, 891, false),
        ("shadow", now + 60_000, 892, true),
        ("ban", now - 60_000, 891, true),
    ] {
        let bans = format!(
            "DELETE FROM bans; INSERT INTO bans (user_hash, user_id, kind, since, until, reason, by, version)
             VALUES ('x', 890, '{kind}', 1, {until}, 'spam', 'x', 1)"
        );
        c.sql(&bans).await;
        assert_eq!(comes(c, guest, &link).await, is_good, "{kind}");
    }
    // A week later, and whose owner is gone.
    c.sql("UPDATE arrivals SET inviter = NULL").await;
    assert!(!comes(c, 892, &link).await);
    c.write(vec![Write::Erase { user: UserId(890) }]).await;
    assert!(!comes(c, 893, &link).await);
    c.clear().await;
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

/// Somebody who was here before, and meets people who meet others.
const ORDINARY: &[(i64, i64)] = &[(870, 871), (871, 880)];

/// What attackers do: whose link each of them came by, whom they met before, and who talks.
struct Attack {
    what: &'static str,
    came: &'static [(i64, i64)],
    met: &'static [&'static [(i64, i64)]],
    /// Beside that. `{now}` is the time.
    sql: &'static str,
    talk: &'static [(i64, i64)],
}

const ATTACK: Attack =
    Attack { what: "", came: &[(861, 860)], met: &[ORDINARY], sql: "", talk: &[(861, 870)] };

const ATTACKS: &[Attack] = &[
    Attack { what: "by their own link", came: &[(860, 860)], talk: &[(860, 870)], ..ATTACK },
    Attack { what: "with the inviter", talk: &[(861, 860)], ..ATTACK },
    Attack {
        what: "two who came by one link",
        came: &[(861, 860), (862, 860)],
        met: &[&[(861, 871), (862, 871), (871, 880)]],
        talk: &[(861, 862)],
        ..ATTACK
    },
    Attack {
        what: "a ring of inviters",
        came: &[(861, 860), (862, 861), (863, 862), (864, 863)],
        talk: &[(861, 863), (862, 864), (861, 864)],
        ..ATTACK
    },
    Attack {
        what: "the guests of two",
        came: &[(861, 860), (863, 862)],
        met: &[&[(861, 871), (863, 871), (871, 880)]],
        talk: &[(861, 863)],
        ..ATTACK
    },
    Attack {
        what: "one helper for many",
        came: &[(861, 860), (862, 860), (863, 860), (864, 860)],
        met: &[],
        talk: &[(861, 870), (862, 870), (863, 870), (864, 870)],
        ..ATTACK
    },
    Attack {
        what: "a circle of helpers",
        came: &[(861, 860), (862, 860), (863, 860)],
        met: &[&[(870, 871), (870, 872), (871, 872)]],
        talk: &[(861, 870), (862, 871), (863, 872)],
        ..ATTACK
    },
    Attack {
        what: "a helper who met more of those who came",
        came: &[(861, 860), (862, 860), (863, 860)],
        met: &[ORDINARY, &[(870, 862), (870, 863)]],
        ..ATTACK
    },
    Attack {
        what: "two who have a match",
        sql: "INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, matched_at, matches, lo_token, hi_token,
            changed) VALUES (861, 870, 'like', 1, 'like', 1, 1, 1, 1, 2, 1)",
        ..ATTACK
    },
    Attack { what: "two who meet again", met: &[ORDINARY, &[(870, 861)]], ..ATTACK },
    Attack {
        what: "a program",
        sql: "INSERT INTO detections (user_hash, seq, user_id, pattern, at) VALUES ('x', 1, 861, 'rhythm', {now})",
        ..ATTACK
    },
    Attack {
        what: "a shadow",
        sql: "INSERT INTO bans (user_hash, user_id, kind, since, until, reason, by, version)
            VALUES ('x', 870, 'shadow', 1, {now} + 60000, 'spam', 'x', 1)",
        ..ATTACK
    },
];

/// Guards: `company`, and whom a chat is with. Accounts that talk to each other earn nothing.
pub async fn attackers_earn_nothing(c: &mut Context) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    for attack in ATTACKS.iter().chain([&ATTACK]) {
        c.clear().await;
        for user in 860..=880 {
            known(c, user).await;
        }
        for (guest, inviter) in attack.came {
            let link = code(c, *inviter).await;
            assert_eq!(comes(c, *guest, &link).await, guest != inviter, "{}", attack.what);
        }
        for pairs in attack.met {
            met(c, pairs).await;
        }
        if !attack.sql.is_empty() {
            c.sql(&attack.sql.replace("{now}", &now.to_string())).await;
        }
        let mut earned = Vec::new();
        for (one, other) in attack.talk {
            let pair = chat(c, (*one, *other), (9, 9)).await;
            earned.extend(talks(c, *one, pair).await);
            earned.extend(talks(c, *other, pair).await);
        }
        let owed: &[i64] = if attack.what.is_empty() { &[860, 861] } else { &[] };
        assert_eq!(earned, owed, "{}", attack.what);
    }
    // Nor where the other one was reported, or is gone.
    for change in ["cause = 'reported'", "b = NULL"] {
        c.clear().await;
        for user in [860, 861, 870] {
            known(c, user).await;
        }
        let link = code(c, 860).await;
        assert!(comes(c, 861, &link).await);
        met(c, ORDINARY).await;
        let pair = chat(c, (861, 870), (9, 9)).await;
        c.sql(&format!("UPDATE pairs SET {change} WHERE pair_id = {}", pair.0)).await;
        assert_eq!(talks(c, 861, pair).await, [0; 0], "{change}");
    }
    right(c).await;
}
