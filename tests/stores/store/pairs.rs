//! Pairs and their message maps.

use super::context::{Context, NOW, account, proposal};
use nameless_actors::ports::{AskedPair, LivePair, MapRow, Opened, Owed, Store, Write};
use nameless_domain::ids::{BotId, MessageId, PairId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Phase;
use nameless_domain::session::notice::Notice;
use nameless_domain::time::Millis;

pub async fn open_and_end(c: &Context) {
    let opened = c
        .store
        .open_pairs(vec![
            proposal(200, 201, NOW),
            // Busy since the line above: the one, the other, both; and nobody meets themselves.
            proposal(202, 201, NOW),
            proposal(200, 203, NOW),
            proposal(201, 200, NOW),
            proposal(204, 204, NOW),
            // Those whose proposals were void are free.
            proposal(203, 202, NOW),
        ])
        .await
        .unwrap();
    let pair = match opened[..] {
        [Opened::Pair(first), _, _, _, _, Opened::Pair(last)] if first < last => first,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(opened[1], Opened::Conflict(vec![UserId(201)]));
    assert_eq!(opened[2], Opened::Conflict(vec![UserId(200)]));
    assert_eq!(opened[3], Opened::Conflict(vec![UserId(201), UserId(200)]));
    assert_eq!(opened[4], Opened::Conflict(vec![UserId(204), UserId(204)]));
    // Asked again because the answer was lost: the same answer.
    assert_eq!(c.open(200, 201, NOW).await, pair);

    let live = LivePair { pair, members: [UserId(200), UserId(201)], bots: [BotId::FIRST; 2], opened: NOW };
    assert_eq!(c.store.load_pair(pair, 10).await.unwrap().live, Some(live.clone()));
    c.write(vec![Write::Account(Box::new(account(201, 1)))]).await;
    assert_eq!(c.store.load(UserId(201)).await.unwrap().unwrap().live, Some(live));

    let end = |cause| Write::EndPair { pair, at: NOW.plus(5), cause };
    c.write(vec![end(EndCause::Next), end(EndCause::Stopped)]).await;
    assert_eq!(c.store.load_pair(pair, 10).await.unwrap().live, None);
    assert_eq!(c.store.load(UserId(201)).await.unwrap().unwrap().live, None);

    // Both are free, and ending the old pair once more does not touch the new one.
    let again = c.open(201, 200, NOW.plus(9)).await;
    assert_ne!(again, pair);
    c.write(vec![end(EndCause::Lost)]).await;
    assert!(c.store.load_pair(again, 10).await.unwrap().live.is_some());
}

/// I1. Guard: the primary key of `active_pair_member`.
pub async fn a_user_is_in_one_pair_at_most(c: &mut Context) {
    // Twenty users, proposed to each other by many at once, some pairs ending in between.
    let mut seed = 88_172_645_463_325_252_u64;
    let mut random = move |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % n) as i64
    };
    let mut opened = 0;
    for round in 0..15 {
        let mut asking = Vec::new();
        for _ in 0..8 {
            let batch = (0..5)
                .map(|i| proposal(220 + random(20), 220 + random(20), NOW.plus(round * 100 + i)))
                .collect();
            let store = c.store.clone();
            asking.push(tokio::spawn(async move { store.open_pairs(batch).await }));
        }
        let mut ends = Vec::new();
        for task in asking {
            for answer in task.await.unwrap().expect("no deadlock, no failure") {
                if let Opened::Pair(pair) = answer {
                    opened += 1;
                    if random(2) == 0 {
                        ends.push(Write::EndPair { pair, at: NOW, cause: EndCause::Next });
                    }
                }
            }
        }
        c.write(ends).await;
    }
    assert!(opened > 15, "only {opened} pairs were opened");
    let twice = c
        .sql(
            "SELECT member, count(*) FROM (
                SELECT a AS member FROM pairs WHERE ended IS NULL
                UNION ALL SELECT b FROM pairs WHERE ended IS NULL) m
             GROUP BY member HAVING count(*) > 1",
        )
        .await;
    assert_eq!(twice, Vec::<String>::new(), "users in more than one live pair");
    let differ = c
        .sql(
            "SELECT pair_id, user_id FROM active_pair_member
             EXCEPT SELECT pair_id, unnest(ARRAY[a, b]) FROM pairs WHERE ended IS NULL",
        )
        .await;
    assert_eq!(differ, Vec::<String>::new(), "members of no live pair");
}

pub async fn maps_come_back_newest_first_cut(c: &Context) {
    let pair = c.open(250, 251, NOW).await;
    let row = |from, n| MapRow { from, source: MessageId(n), copy: MessageId(n + 1_000) };
    let mapped = |at: i64, rows| Write::Mapped { pair, at: NOW.plus(at), rows };
    let batch = vec![
        mapped(1, vec![row(Side::A, 1), row(Side::A, 2)]),
        mapped(2, vec![row(Side::B, 1)]),
        mapped(3, vec![MapRow { copy: MessageId(7), ..row(Side::A, 2) }]),
    ];
    c.write(batch.clone()).await;
    c.write(batch).await;
    let map = c.store.load_pair(pair, 10).await.unwrap().map;
    let newest = MapRow { copy: MessageId(7), ..row(Side::A, 2) };
    assert_eq!(map, [row(Side::A, 1), row(Side::B, 1), newest]);
    assert_eq!(c.store.load_pair(pair, 2).await.unwrap().map, [row(Side::B, 1), newest]);
    assert_eq!(c.store.load_pair(PairId(-1), 2).await.unwrap().live, None);
}

/// However old it is, by its number in the chat of either side.
pub async fn the_row_of_a_message_comes_with_its_pair(c: &Context) {
    let (pair, other) = (c.open(254, 255, NOW).await, c.open(256, 257, NOW).await);
    let row = |from, n| MapRow { from, source: MessageId(n), copy: MessageId(n + 1_000) };
    let mapped = |pair, at: i64, rows| Write::Mapped { pair, at: NOW.plus(at), rows };
    c.write(vec![
        mapped(pair, 1, vec![row(Side::A, 1), row(Side::B, 2)]),
        mapped(pair, 2, vec![row(Side::A, 3)]),
        mapped(other, 1, vec![row(Side::A, 1), row(Side::A, 7)]),
    ])
    .await;
    let ask = |pair, message| AskedPair { pair, message };
    let asked = vec![
        ask(pair, Some((Side::A, MessageId(1)))),
        ask(other, None),
        ask(pair, Some((Side::A, MessageId(1_002)))),
        ask(pair, Some((Side::B, MessageId(1)))),
        ask(pair, Some((Side::A, MessageId(7)))),
        ask(PairId(-1), Some((Side::A, MessageId(1)))),
        ask(other, Some((Side::B, MessageId(1_007)))),
    ];
    let found = c.store.load_pairs(asked, 1).await.unwrap();
    let of: Vec<_> = found.iter().map(|record| record.asked).collect();
    let (first, second) = (Some(row(Side::A, 1)), Some(row(Side::B, 2)));
    assert_eq!(of, [first, None, second, None, None, None, Some(row(Side::A, 7))]);
    assert!(found.iter().all(|record| record.map.len() <= 1));
    assert_eq!(found[0].map, [row(Side::A, 3)]);
}

pub async fn unsettled_users_are_found(c: &Context) {
    let in_phase = |user, phase| {
        let mut account = account(user, 1);
        account.phase = phase;
        Write::Account(Box::new(account))
    };
    let searching = |since| Phase::Searching { since: Millis(since), confirmed: NOW, widened: 0 };
    let chatting = |pair, partner, since| Phase::Chatting {
        pair,
        partner: UserId(partner),
        since: Millis(since),
        after: Seq(0),
    };
    let owed = |user| Write::Owed { user: UserId(user), owed: Owed { notice: Notice::GaveUp, life: 7 } };
    // Long ago, so that they stand before what other scenarios left.
    let settled = c.open(260, 261, Millis(1)).await;
    let unknown = c.open(262, 263, Millis(20)).await;
    let gone = c.open(264, 265, Millis(1)).await;
    c.write(vec![
        Write::EndPair { pair: gone, at: NOW, cause: EndCause::Next },
        in_phase(260, chatting(settled, 261, 1)),
        in_phase(261, chatting(settled, 260, 1)),
        // The pair was opened, the row of one does not know.
        in_phase(262, chatting(unknown, 263, 20)),
        in_phase(263, searching(15)),
        // The pair is over, the row of one does not know.
        in_phase(264, chatting(gone, 265, 12)),
        in_phase(265, Phase::Idle),
        in_phase(266, searching(14)),
        in_phase(267, searching(11)),
        in_phase(268, Phase::Idle),
        in_phase(269, Phase::Idle),
        owed(268),
        owed(269),
        Write::NotOwed { user: UserId(269), notice: Notice::GaveUp },
    ])
    .await;
    let found = c.store.unsettled().await.unwrap();
    let found: Vec<i64> = found.iter().map(|u| u.0).filter(|u| (260..270).contains(u)).collect();
    assert_eq!(found, [268, 267, 264, 266, 263]);

    let loaded = c.store.load(UserId(268)).await.unwrap().unwrap();
    assert_eq!(loaded.owed, [Owed { notice: Notice::GaveUp, life: 7 }]);
    // Said by a later life, and gone; the last word counts, also within a batch.
    let said = Write::NotOwed { user: UserId(268), notice: Notice::GaveUp };
    c.write(vec![said.clone(), owed(268)]).await;
    assert_eq!(c.store.load(UserId(268)).await.unwrap().unwrap().owed.len(), 1);
    c.write(vec![owed(268), said]).await;
    assert_eq!(c.store.load(UserId(268)).await.unwrap().unwrap().owed, []);
}
