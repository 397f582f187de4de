//! What owners alone may do: erasing a person, with a second owner's word; and whom a search finds.

use super::admin::{ban, done, known, order};
use super::context::{Context, account};
use nameless_actors::capabilities::{Answer, Carried, Denied, Page, RequestLine};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::{Act, BanKind, Line, LineKind, Persons, Role, Term};
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;

fn erase(user: i64) -> Act {
    Act::Erase { user: UserId(user), reason: "asked us to".into() }
}

/// With a second owner asked for.
async fn carried(c: &Context, who: &str, act: Act) -> Result<Carried, Denied> {
    c.store.carry_out_with(order(who, act), true).await.expect("the store answers")
}

async fn asks(c: &Context, who: &str, user: i64) -> RequestLine {
    match carried(c, who, erase(user)).await.expect("it waits").answer {
        Answer::Waits(line) => line,
        other => panic!("{other:?}"),
    }
}

async fn waiting(c: &Context) -> Vec<i64> {
    match done(c, order("z", Act::Requests { limit: 50 })).await {
        Answer::Requests(Page { items, .. }) => items.into_iter().map(|line| line.request).collect(),
        other => panic!("{other:?}"),
    }
}

async fn logged(c: &mut Context) -> Vec<String> {
    c.sql(
        "SELECT who, what, outcome FROM audit_log WHERE what IN ('erase', 'approve', 'refuse') ORDER BY seq",
    )
    .await
}

/// Guards: nobody agrees to what they asked for themselves, with whichever token; a day is the end
/// of it; once is enough.
pub async fn a_second_owner_agrees_or_not(c: &mut Context) {
    c.clear().await;
    known(c, 2_500).await;
    done(c, order("a", ban(2_500, BanKind::Ban, Term::Forever))).await;
    let asked = asks(c, "a", 2_500).await;
    assert_eq!((asked.what, asked.user, &*asked.reason), ("erase", Some(UserId(2_500)), "asked us to"));
    assert_eq!(waiting(c).await, [asked.request]);
    // A token of hers that she made herself, and one that the command line made for her.
    let made = Act::CreateToken { name: "b".into(), role: Role::Owner, days: 1 };
    done(c, order("a", made)).await;
    let approve = || Act::Approve { request: asked.request };
    for who in ["a", "b", "a.phone", "A.laptop"] {
        assert_eq!(carried(c, who, approve()).await.err(), Some(Denied::Own), "{who}");
    }
    let agreed = carried(c, "c", approve()).await.expect("another one");
    let Some((user, Line { kind, reason, .. })) = agreed.line else { panic!("nobody is told") };
    assert_eq!((user, kind, &*reason), (UserId(2_500), LineKind::Erased, "asked us to"));
    assert_eq!(carried(c, "c", approve()).await.expect("an answer").answer, Answer::Missing, "once");
    assert_eq!(
        logged(c).await,
        ["token:a|erase|waits", "token:a|erase|done", "token:c|approve|done", "token:c|approve|missing"]
    );
    // Until the session has heard of it, it is owed; the erasure takes it along, and not the ban.
    let owed = "SELECT kind FROM operator_lines WHERE user_id = 2500";
    assert_eq!(c.sql(owed).await, ["erased"]);
    c.write(vec![Write::Erase { user: UserId(2_500) }]).await;
    assert_eq!(c.sql(owed).await, [""; 0]);
    assert_eq!(c.sql("SELECT count(*) FROM admin_requests").await, ["0"], "it was about them");
    assert_eq!(c.sql("SELECT kind, user_id FROM bans").await, ["ban|null"]);

    known(c, 2_501).await;
    let refused = asks(c, "a", 2_501).await.request;
    done(c, order("c", Act::Refuse { request: refused, reason: "no".into() })).await;
    let late = asks(c, "a", 2_501).await.request;
    c.sql("UPDATE admin_requests SET until = 5 WHERE closed IS NULL").await;
    for request in [refused, late] {
        let approve = Act::Approve { request };
        assert_eq!(carried(c, "c", approve).await.expect("an answer").answer, Answer::Missing);
    }
    assert_eq!(waiting(c).await, [0; 0]);
    assert_eq!(c.sql("SELECT count(*) FROM operator_lines").await, ["0"]);
    // Where nobody asks for a second owner, one is enough.
    let alone = done(c, order("a", erase(2_501))).await;
    assert!(matches!(alone, Answer::Erasing(_)), "{alone:?}");
}

/// People by what is known of them, page by page.
pub async fn people_are_found_by_what_is_known_of_them(c: &mut Context) {
    c.clear().await;
    for user in 2_600..2_610 {
        let mut account = account(user, 1);
        account.lang = if user % 2 == 0 { Lang::En } else { Lang::Ru };
        c.write(vec![Write::Account(Box::new(account))]).await;
    }
    for user in [2_601, 2_602, 2_605] {
        done(c, order("a", Act::Grant { user: UserId(user), days: 3 })).await;
    }
    for (user, kind) in [(2_602, BanKind::Ban), (2_603, BanKind::Shadow)] {
        done(c, order("a", ban(user, kind, Term::Days(3)))).await;
    }
    c.sql(
        "INSERT INTO activity SELECT n, 1, 1, (extract(epoch FROM now()) * 1000)::bigint - (n - 2600) * 86400000,
            0, 0, 0, 1, 0 FROM generate_series(2600, 2604) n",
    )
    .await;
    let find = async |of: Persons| {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let Answer::People(page) =
                done(c, order("a", Act::People { after, limit: 2, of: of.clone() })).await
            else {
                panic!("no people")
            };
            found.extend(page.items.iter().map(|line| line.user.0 - 2_600));
            match page.next {
                Some(next) => after = next,
                None => return found,
            }
        }
    };
    let all = Persons::default;
    for (of, whom) in [
        (all(), (0..10).collect()),
        (Persons { premium: Some(true), ..all() }, vec![1, 2, 5]),
        (Persons { premium: Some(false), lang: Some(Lang::Ru), ..all() }, vec![3, 7, 9]),
        (Persons { banned: Some(true), ..all() }, vec![2, 3]),
        (Persons { banned: Some(true), premium: Some(true), ..all() }, vec![2]),
        (Persons { banned: Some(false), active: Some(4), ..all() }, vec![0, 1]),
        (Persons { active: Some(2), ..all() }, vec![0, 1]),
        (Persons { lang: Some(Lang::En), ..all() }, vec![0, 2, 4, 6, 8]),
    ] {
        assert_eq!(find(of.clone()).await, whom, "{of:?}");
    }
}
