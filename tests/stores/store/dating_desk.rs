//! What operators say of dating profiles, and what their owners do then.

use super::admin::{done, order};
use super::context::Context;
use super::dating::{card, joins, known, rules, says, standing, waits, words};
use nameless::capabilities::dating::Decided;
use nameless_actors::capabilities::{Answer as Told, DatingDesk, Told as Desk};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::desk::dating::{Deed, Ruling};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Known;
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::profile::Answer;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use nameless_domain::session::review::ReportReason;

fn woman() -> Known {
    known(Gender::Female, 0b010)
}

fn man() -> Known {
    known(Gender::Male, 0b001)
}

/// A woman's profile, or one that she makes anew.
async fn she_joins(c: &Context, user: i64, city: &str) {
    joins(c, user, woman(), ("24.03.1998", city)).await;
}

async fn he_joins(c: &Context, user: i64, city: &str) {
    joins(c, user, man(), ("1.2.1996", city)).await;
}

/// One man reports the only woman whom he can meet.
async fn reports(c: &Context, user: i64, whom: i64) {
    let (token, other) = card(c, user).await.expect("a card");
    assert_eq!(other, UserId(whom));
    c.store.dating_report(UserId(user), token, ReportReason::Spam).await.unwrap();
}

pub async fn what_is_hidden_for_good_comes_after_what_is_reported(c: &mut Context) {
    she_joins(c, 7_500, "Samara").await;
    he_joins(c, 7_501, "Samara").await;
    he_joins(c, 7_502, "Samara").await;
    rules(c, 7_501, Ruling::Hide).await;
    reports(c, 7_502, 7_500).await;
    let told = done(c, order("desk", Deed::Queue { limit: 200 }.into())).await;
    let Told::Desk(Desk::Dating(DatingDesk::Queue(page))) = told else { panic!("{told:?}") };
    let place = |user| page.items.iter().position(|line| line.user == UserId(user)).expect("it waits");
    assert!(place(7_500) < place(7_501), "{page:?}");
    rules(c, 7_500, Ruling::Show).await;
    rules(c, 7_501, Ruling::Show).await;
    assert_eq!((waits(c, 7_500).await, waits(c, 7_501).await), (None, None));
}

/// Whoever hid it, and whoever shows it.
pub async fn a_break_outlives_that_a_profile_is_hidden(c: &mut Context) {
    for user in [7_510, 7_511, 7_512] {
        he_joins(c, user, "Ufa").await;
    }
    rules(c, 7_510, Ruling::Hide).await;
    rules(c, 7_510, Ruling::Show).await;
    assert_eq!(standing(c, 7_510).await, ["shown"]);
    c.store.dating_pause(UserId(7_510), true, 5).await.unwrap();
    rules(c, 7_510, Ruling::Hide).await;
    rules(c, 7_510, Ruling::Hide).await;
    assert_eq!(standing(c, 7_510).await, ["hidden"]);
    rules(c, 7_510, Ruling::Show).await;
    assert_eq!(standing(c, 7_510).await, ["paused"]);
    // By two reports that count.
    c.sql("UPDATE dating_profiles SET since = 0, decided = 5 WHERE user_id IN (7511, 7512);
        INSERT INTO dating_reports (reporter, reported, at, sealed) VALUES (7511, 7510, 1, 'x'), (7512, 7510, 1, 'x')")
        .await;
    c.store.dating_fill(UserId(7_510), man()).await.unwrap();
    let answers = [words("Somebody"), words("Ufa"), Answer::Goal(Goal::Dates), Answer::Skip, Answer::Skip];
    let mut last = Event::Left;
    for (seq, answer) in answers.into_iter().enumerate() {
        last = says(c, 7_510, seq as u64 + 10, answer).await;
    }
    assert_eq!((last, standing(c, 7_510).await), (Event::Ready, vec!["hidden".to_owned()]));
    rules(c, 7_510, Ruling::Show).await;
    assert_eq!(standing(c, 7_510).await, ["paused"]);
    // Whoever came back from their break is not sent into it again.
    c.store.dating_pause(UserId(7_510), false, 5).await.unwrap();
    rules(c, 7_510, Ruling::Hide).await;
    rules(c, 7_510, Ruling::Show).await;
    assert_eq!(standing(c, 7_510).await, ["shown"]);
}

/// Its owner deletes it, an operator removes it, its owner erases themselves: until it is shown.
pub async fn what_an_operator_hid_is_hidden_when_it_is_made_anew(c: &mut Context) {
    // Nobody has reported it.
    he_joins(c, 7_520, "Omsk").await;
    rules(c, 7_520, Ruling::Hide).await;
    c.store.dating_delete(UserId(7_520)).await.unwrap();
    assert_eq!(waits(c, 7_520).await, None);
    he_joins(c, 7_520, "Omsk").await;
    assert_eq!(standing(c, 7_520).await, ["hidden"], "its owner deleted it");
    rules(c, 7_520, Ruling::Remove).await;
    he_joins(c, 7_520, "Omsk").await;
    assert_eq!(standing(c, 7_520).await, ["hidden"], "an operator removed it");
    c.write(vec![Write::Erase { user: UserId(7_520) }]).await;
    // Beginning anew is a change of place, of which there are three a day.
    c.sql("DELETE FROM dating_counts").await;
    he_joins(c, 7_520, "Omsk").await;
    assert_eq!(standing(c, 7_520).await, ["hidden"], "its owner erased themselves");
    rules(c, 7_520, Ruling::Show).await;
    for gone in ["deleted", "removed"] {
        match gone {
            "deleted" => _ = c.store.dating_delete(UserId(7_520)).await.unwrap(),
            _ => rules(c, 7_520, Ruling::Remove).await,
        }
        he_joins(c, 7_520, "Omsk").await;
        assert_eq!(standing(c, 7_520).await, ["shown"], "{gone}");
    }

    // One that is gone before the operator looks.
    she_joins(c, 7_530, "Tula").await;
    he_joins(c, 7_531, "Tula").await;
    reports(c, 7_531, 7_530).await;
    c.store.dating_delete(UserId(7_530)).await.unwrap();
    assert_eq!(waits(c, 7_530).await.map(|line| line.reporters), Some(1));
    rules(c, 7_530, Ruling::Hide).await;
    assert_eq!(waits(c, 7_530).await, None, "the report is closed");
    she_joins(c, 7_530, "Tula").await;
    assert_eq!(standing(c, 7_530).await, ["hidden"]);
    // An operator can let somebody make a profile who has none.
    c.store.dating_delete(UserId(7_530)).await.unwrap();
    rules(c, 7_530, Ruling::Show).await;
    she_joins(c, 7_530, "Tula").await;
    assert_eq!(standing(c, 7_530).await, ["shown"]);
}

/// Nobody hears of a shadow, and nobody is hidden by one.
pub async fn what_a_shadow_reports_hides_nobody(c: &mut Context) {
    she_joins(c, 7_540, "Penza").await;
    for user in 7_541..7_544 {
        he_joins(c, user, "Penza").await;
    }
    reports(c, 7_541, 7_540).await;
    c.sql(
        "UPDATE dating_profiles SET since = 0, decided = 5 WHERE user_id BETWEEN 7541 AND 7543;
        INSERT INTO bans VALUES ('dating-desk', 7541, 'shadow', 0, 9000000000000, 'x', 'x', NULL, 900101)",
    )
    .await;
    reports(c, 7_542, 7_540).await;
    assert_eq!(standing(c, 7_540).await, ["shown"]);
    reports(c, 7_543, 7_540).await;
    assert_eq!(standing(c, 7_540).await, ["hidden"]);
    c.sql("DELETE FROM bans WHERE version = 900101").await;
    rules(c, 7_540, Ruling::Show).await;
}

/// He hides as soon as she has seen his card: it is gone, and from her screen she can report it all
/// the same. What she said last can be taken back as before. Guard: `LAY_BY`.
pub async fn a_card_that_lies_no_more_is_reported_from_the_screen(c: &mut Context) {
    let her = UserId(7_975);
    she_joins(c, her.0, "Stavropol").await;
    for man in [7_976, 7_977] {
        he_joins(c, man, "Stavropol").await;
    }
    let (first, _) = card(c, her.0).await.expect("a card");
    assert_eq!(c.store.dating_say(her, first, Verdict::Pass, 5).await.unwrap(), Decided::Kept);
    let (token, him) = card(c, her.0).await.expect("his card");
    c.sql(&format!("UPDATE dating_profiles SET standing = 'paused' WHERE user_id = {}", him.0)).await;
    assert_eq!(card(c, her.0).await, None);
    assert_eq!(c.store.dating_undo(her).await.unwrap(), Decided::Kept, "the pass, not his card");
    let reported = c.store.dating_report(her, token, ReportReason::Abuse).await.unwrap();
    assert_eq!(reported, Some(him));
    assert_eq!(c.sql("SELECT reported FROM dating_reports WHERE reporter = 7975").await, [him.0.to_string()]);
}
