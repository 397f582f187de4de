//! Users' rows.

use super::context::{Context, NOW, account};
use nameless_actors::ports::{Store, Write};
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
    // The same position may write again: what follows without an update (a timer) has none of its own.
    c.write(vec![row(5, 8)]).await;
    assert_eq!(stored().await, (5, 8));
}
