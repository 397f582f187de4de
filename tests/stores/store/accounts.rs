//! Users' rows.

use super::context::{Context, NOW, account};
use nameless::store::migrate;
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::profile::{AgeBand, Gender, Interests, Wishes};
use nameless_domain::session::account::{Account, Avoided, LastChat, Phase, Question};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;

pub async fn come_back_as_they_were(c: &Context) {
    assert_eq!(c.store.load(UserId(100)).await.unwrap(), None);

    let fresh = Account::new(UserId(100), Lang::Ru, NOW);
    let mut full = account(101, 7);
    full.lang = Lang::Ru;
    full.gender = Some(Gender::Other);
    full.age = Some(AgeBand::From46);
    full.interests = Interests(u16::MAX);
    full.wishes = Wishes { genders: 5, ages: 31, langs: 3, shared_interest: true };
    full.confirm_end = false;
    full.warned_voice = true;
    full.blocked_bot = true;
    full.phase = Phase::Chatting { pair: PairId(1 << 60), partner: UserId(5), since: NOW, after: Seq(9) };
    full.exported = Some(NOW.plus(-1));
    full.letter = Some(Token(u64::MAX));
    full.last_chat =
        Some(LastChat { pair: PairId(3), partner: UserId(4), ended: NOW, rated: true, reported: false });
    full.avoid = vec![
        Avoided { user: UserId(9), until: Millis(5) },
        Avoided { user: UserId(8), until: Millis::NEVER },
        Avoided { user: UserId(7), until: NOW },
    ];
    let mut other = account(102, 1);
    other.warned_file = true;
    other.avoid = vec![Avoided { user: UserId(101), until: Millis::NEVER }];
    other.phase = Phase::Onboarding { question: Question::Wish };

    let all = [fresh, full, other];
    let batch = || all.iter().map(|a| Write::Account(Box::new(a.clone()))).collect::<Vec<_>>();
    c.write(batch()).await;
    c.write(batch()).await;
    for wanted in &all {
        let loaded = c.store.load(wanted.user).await.unwrap().unwrap();
        assert_eq!(loaded.account, *wanted);
        assert_eq!(loaded.live, None);
    }
}

/// Guard: `WHERE excluded.applied >= old.applied`.
pub async fn never_go_back(c: &Context) {
    let row = |applied, interests| {
        let mut row = account(110, applied);
        row.interests = Interests(interests);
        Write::Account(Box::new(row))
    };
    let stored = async || {
        let account = c.store.load(UserId(110)).await.unwrap().unwrap().account;
        (account.applied.0, account.interests.0)
    };
    // In one batch the newest wins wherever it stands; of equals the last.
    c.write(vec![row(3, 1), row(5, 2), row(5, 3), row(4, 4)]).await;
    assert_eq!(stored().await, (5, 3));
    // A later batch with an older row changes nothing.
    c.write(vec![row(4, 9)]).await;
    assert_eq!(stored().await, (5, 3));
    // The same position may write again: what follows without an update (a timer) has none of its
    // own.
    c.write(vec![row(5, 8)]).await;
    assert_eq!(stored().await, (5, 8));
}

fn blocked(by: i64, of: i64) -> Write {
    Write::Blocked { by: UserId(by), of: UserId(of), at: NOW }
}

/// However many there are: none makes room for another, and none is written with each change of the
/// account.
pub async fn blocks_are_kept_each_by_itself(c: &mut Context) {
    let mut me = account(120, 1);
    me.avoid = vec![Avoided { user: UserId(5), until: NOW }];
    c.write(vec![Write::Account(Box::new(me.clone()))]).await;
    let blocks: Vec<Write> = (10_000..13_000).rev().map(|of| blocked(120, of)).collect();
    c.write(blocks.clone()).await;
    c.write(blocks[..5].to_vec()).await;
    c.write(vec![blocked(121, 120), blocked(120, 7)]).await;
    me.blocked = (10_000..13_000).chain([7]).map(UserId).collect();
    // The row is written as the session has it, which changes no block.
    me.applied = Seq(2);
    c.write(vec![Write::Account(Box::new(me.clone()))]).await;
    assert_eq!(c.store.load(UserId(120)).await.unwrap().unwrap().account, me);

    // Erased with the one who blocked; what others want stays theirs.
    c.write(vec![Write::Erase { user: UserId(120) }]).await;
    assert_eq!(c.sql("SELECT user_id, blocked FROM blocks").await, ["121|120"]);
    c.sql("DELETE FROM blocks; DELETE FROM erasures").await;
}

/// Those of a former version stand in the list of recent partners.
pub async fn migrating_keeps_the_blocks(c: &mut Context) {
    let mut me = account(130, 1);
    me.avoid = vec![Avoided { user: UserId(5), until: NOW.plus(9) }];
    c.write(vec![Write::Account(Box::new(me.clone())), blocked(130, 8), blocked(130, 6)]).await;
    c.write(vec![Write::Account(Box::new(account(131, 1)))]).await;
    c.back_before("lives").await;
    let (client, connection) = tokio_postgres::connect(&c.url, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let row =
        client.query_one("SELECT avoid_users, avoid_until FROM accounts WHERE user_id = 130", &[]).await;
    let row = row.unwrap();
    let never = Millis::NEVER.0;
    assert_eq!(row.get::<_, Vec<i64>>(0), [6, 8, 5]);
    assert_eq!(row.get::<_, Vec<i64>>(1), [never, never, NOW.0 + 9]);
    drop(client);
    driver.await.unwrap().unwrap();
    migrate::up(&c.url).await.unwrap();
    c.store = c.connect(1).await.unwrap();
    me.blocked = [UserId(6), UserId(8)].into_iter().collect();
    assert_eq!(c.store.load(UserId(130)).await.unwrap().unwrap().account, me);
    assert_eq!(c.store.load(UserId(131)).await.unwrap().unwrap().account, account(131, 1));
}
