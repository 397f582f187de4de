//! Dating: profiles, cards, likes, matches.

use super::admin::{done, order};
use super::context::{Context, account};
use crate::support::clock::one_day;
use crate::support::export::WholeExport;
use futures_util::StreamExt as _;
use nameless::capabilities::dating::Decided;
use nameless_actors::capabilities::{Answer as Told, DatingDesk, DatingLine, Told as Desk};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::desk::dating::{Deed, Ruling};
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Known, Token};
use nameless_domain::capabilities::dating::pair::{Verdict, Windows};
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::profile::{Answer, Objection, Question};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::profile::{Gender, Interests};
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// Pairs of people who like each other at the same moment.
const PAIRS: i64 = 150;

pub(super) fn known(gender: Gender, genders: u8) -> Known {
    Known { gender, genders, interests: Interests(0b111) }
}

async fn arrives(c: &Context, user: i64) {
    c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
}

pub(super) async fn says(c: &Context, user: i64, seq: u64, answer: Answer) -> Event {
    c.store.dating_hear(UserId(user), Seq(seq), (answer, Millis(0)), None).await.unwrap()
}

pub(super) fn words(words: &str) -> Answer {
    Answer::Words(words.to_owned())
}

fn asks(question: Question) -> Event {
    Event::Ask { question, objection: None }
}

/// Somebody answers all questions.
pub(super) async fn joins(c: &Context, user: i64, known: Known, (birth, city): (&str, &str)) {
    arrives(c, user).await;
    let entered = c.store.dating_enter(UserId(user), known, 5).await.unwrap();
    assert_eq!(entered, asks(Question::Birth));
    assert_eq!(says(c, user, 1, words(birth)).await, asks(Question::Name));
    assert_eq!(says(c, user, 2, words("Somebody")).await, asks(Question::City));
    assert_eq!(says(c, user, 3, words(city)).await, asks(Question::Goal));
    assert_eq!(says(c, user, 4, Answer::Goal(Goal::Dates)).await, asks(Question::Bio));
    assert_eq!(says(c, user, 5, words("a secret liking for rain")).await, asks(Question::Photo));
    assert_eq!(says(c, user, 6, Answer::Skip).await, Event::Ready);
}

/// A woman who looks for men, and a man who looks for women, of the same city.
async fn two(c: &Context, woman: i64, man: i64, city: &str) {
    joins(c, woman, known(Gender::Female, 0b010), ("24.03.1998", city)).await;
    joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", city)).await;
}

pub(super) async fn card(c: &Context, user: i64) -> Option<(Token, UserId)> {
    c.store.dating_draw_card(UserId(user), Windows::default()).await.unwrap()
}

async fn says_of_card(c: &Context, user: i64, verdict: Verdict) -> Decided {
    let (token, _) = card(c, user).await.expect("a card");
    c.store.dating_say(UserId(user), token, verdict, 1_000).await.unwrap()
}

/// Who forgets the rule in the program is stopped by the database, and who is too young is
/// remembered.
pub async fn nobody_under_18_has_a_profile(c: &mut Context) {
    let known = known(Gender::Male, 0b111);
    arrives(c, 5_000).await;
    c.store.dating_enter(UserId(5_000), known, 5).await.unwrap();
    let young = "24.03.2013";
    assert_eq!(
        says(c, 5_000, 1, words("31.02.1990")).await,
        Event::Ask { question: Question::Birth, objection: Some(Objection::NoDate) }
    );
    assert_eq!(says(c, 5_000, 2, words(young)).await, Event::TooYoung);
    assert_eq!(c.store.dating_enter(UserId(5_000), known, 5).await.unwrap(), Event::TooYoung);
    c.write(vec![Write::Erase { user: UserId(5_000) }]).await;
    arrives(c, 5_000).await;
    assert_eq!(c.store.dating_enter(UserId(5_000), known, 5).await.unwrap(), Event::TooYoung, "erased");

    joins(c, 5_001, known, ("24.03.1998", "Yakutsk")).await;
    let refused = "DO $$ BEGIN
        UPDATE dating_profiles SET birth = current_date - interval '17 years 11 months' WHERE user_id = 5001;
        RAISE 'it was taken';
        EXCEPTION WHEN check_violation THEN NULL; END $$";
    c.sql(refused).await;
    c.sql(
        "UPDATE dating_profiles SET birth = current_date - interval '18 years 2 days' WHERE user_id = 5001",
    )
    .await;
}

/// I17: both likes meet in one row. Each of two is told once.
pub async fn two_likes_at_once_are_one_match(c: &mut Context) {
    let last = 6_000 + 2 * PAIRS - 1;
    for user in 6_000..=last {
        arrives(c, user).await;
    }
    c.sql(&format!(
        "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
            interests, goal, sealed, asked, since, active)
        SELECT u, 'shown', '1998-03-24', 2, 7, 18, 99, 4, 1000000, 7, 1, 'x', 0, 0, 0
        FROM generate_series(6000, {last}) u;
        INSERT INTO dating_cards (viewer, token, other, place, made, served)
        SELECT u, 1, CASE WHEN u % 2 = 0 THEN u + 1 ELSE u - 1 END, 1, 0, 0 FROM generate_series(6000, {last}) u"
    ))
    .await;
    let like = |user: i64| c.store.dating_say(UserId(user), Token(1), Verdict::Like, 5);
    // Two pairs at once: no more than there are connections.
    let pairs = (6_000..last).step_by(2);
    let three = |low: i64| async move { tokio::join!(like(low), like(low + 1), like(low)) };
    let decided: Vec<_> = futures_util::stream::iter(pairs).map(three).buffer_unordered(2).collect().await;
    for three in decided {
        let all = [three.0.unwrap(), three.1.unwrap(), three.2.unwrap()];
        let matches = all.iter().filter(|decided| **decided == Decided::Matched).count();
        assert_eq!(matches, 1, "{all:?}");
    }
    let count = |sql: &str| format!("SELECT count(*) FROM {sql}");
    let pairs = "dating_pairs WHERE matched_at IS NOT NULL AND matches = 1 AND lo >= 6000";
    assert_eq!(c.sql(&count(pairs)).await, [PAIRS.to_string()]);
    let told = "jobs WHERE key LIKE 'dating:match:%' AND user_id BETWEEN 6000 AND 6999";
    assert_eq!(c.sql(&count(told)).await, [(2 * PAIRS).to_string()]);
    let spent = "dating_profiles WHERE user_id BETWEEN 6000 AND 6999 AND spent = 1";
    assert_eq!(c.sql(&count(spent)).await, [(2 * PAIRS).to_string()], "a second tap costs nothing");
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 6000 AND 6999").await;
}

/// Whatever changed after the card was dealt, and whoever is not to be met at all.
pub async fn whoever_may_not_be_met_is_on_no_card(c: &mut Context) {
    two(c, 7_000, 7_001, "Omsk").await;
    assert_eq!(card(c, 7_000).await.map(|(_, who)| who), Some(UserId(7_001)));
    for (undone, done) in [
        (
            "UPDATE dating_profiles SET standing = 'shown' WHERE user_id = 7001",
            "UPDATE dating_profiles SET standing = 'paused' WHERE user_id = 7001",
        ),
        (
            "UPDATE dating_profiles SET standing = 'shown' WHERE user_id = 7001",
            "UPDATE dating_profiles SET standing = 'hidden' WHERE user_id = 7001",
        ),
        ("DELETE FROM blocks WHERE user_id = 7001", "INSERT INTO blocks VALUES (7001, 7000, 1)"),
        ("DELETE FROM blocks WHERE user_id = 7000", "INSERT INTO blocks VALUES (7000, 7001, 1)"),
        (
            "DELETE FROM bans WHERE user_id = 7001",
            "INSERT INTO bans VALUES ('dating-test', 7001, 'ban', 0, 9000000000000, 'x', 'x', NULL, 900001)",
        ),
        (
            "DELETE FROM bans WHERE user_id = 7001",
            "INSERT INTO bans VALUES ('dating-test', 7001, 'shadow', 0, 9000000000000, 'x', 'x', NULL, 900002)",
        ),
        (
            "UPDATE dating_profiles SET genders = 1 WHERE user_id = 7001",
            "UPDATE dating_profiles SET genders = 2 WHERE user_id = 7001",
        ),
        (
            "UPDATE dating_profiles SET from_age = 18 WHERE user_id = 7001",
            "UPDATE dating_profiles SET from_age = 31, to_age = 60 WHERE user_id = 7001",
        ),
        (
            "UPDATE dating_pairs SET hi_blocked = false WHERE lo = 7000",
            "INSERT INTO dating_pairs (lo, hi, hi_blocked, changed) VALUES (7000, 7001, true, 1) ON CONFLICT (lo, hi) DO UPDATE SET hi_blocked = true",
        ),
        (
            "UPDATE dating_pairs SET closed = false WHERE lo = 7000",
            "UPDATE dating_pairs SET closed = true WHERE lo = 7000",
        ),
    ] {
        c.sql(done).await;
        assert_eq!(card(c, 7_000).await, None, "{done}: the card that waited is dropped");
        assert_eq!(card(c, 7_000).await, None, "{done}: none is dealt");
        c.sql(undone).await;
        assert!(card(c, 7_000).await.is_some(), "{undone}");
    }
    // Somebody who left for another city, whom she does not want to meet that far away: a card that
    // says so, if he does not mind, and none if he does.
    c.sql("UPDATE dating_profiles SET cell = 100 WHERE user_id = 7001").await;
    assert_eq!(card(c, 7_000).await, None);
    c.sql("UPDATE dating_profiles SET reach = 4 WHERE user_id = 7001").await;
    assert!(card(c, 7_000).await.is_some());
    c.store.dating_delete(UserId(7_001)).await.unwrap();
    assert_eq!(card(c, 7_000).await, None, "the profile is deleted");
}

/// Nobody comes again, a second tap is nothing, and a like that is too many is none.
pub async fn a_card_comes_once_and_likes_are_bounded(c: &mut Context) {
    one_day().await;
    for man in 7_101..7_104 {
        joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", "Tomsk")).await;
    }
    joins(c, 7_100, known(Gender::Female, 0b010), ("24.03.1998", "Tomsk")).await;
    let (first, one) = card(c, 7_100).await.expect("a card");
    assert_eq!(card(c, 7_100).await, Some((first, one)), "it lies there until it is answered");
    let say = |token, verdict, limit| c.store.dating_say(UserId(7_100), token, verdict, limit);
    // Nobody else's card, and none that was not shown yet.
    assert_eq!(c.store.dating_say(one, first, Verdict::Like, 9).await.unwrap(), Decided::Gone);
    assert_eq!(say(first, Verdict::Like, 1).await.unwrap(), Decided::Kept);
    assert_eq!(say(first, Verdict::Like, 1).await.unwrap(), Decided::Kept, "a second tap");
    // Taken back, the like is there to be given again, and so is the card.
    assert_eq!(c.store.dating_undo(UserId(7_100)).await.unwrap(), Decided::Kept);
    assert_eq!(card(c, 7_100).await, Some((first, one)));
    assert_eq!(say(first, Verdict::Like, 1).await.unwrap(), Decided::Kept);
    assert_eq!(c.store.dating_undo(UserId(7_100)).await.unwrap(), Decided::Gone, "once");
    let (second, two) = card(c, 7_100).await.expect("a card");
    assert_eq!(say(second, Verdict::Like, 1).await.unwrap(), Decided::Spent);
    assert_eq!(say(second, Verdict::Pass, 1).await.unwrap(), Decided::Kept);
    let (third, three) = card(c, 7_100).await.expect("a card");
    assert_eq!(say(third, Verdict::Later, 1).await.unwrap(), Decided::Kept);
    assert_eq!(card(c, 7_100).await, None);
    let mut all = [one.0, two.0, three.0];
    all.sort_unstable();
    assert_eq!(all, [7_101, 7_102, 7_103]);
    // "Not now" is over after a day, a pass after 90 days, a like stands.
    let back = |days: i64| {
        let ms = days * 86_400_000;
        format!("UPDATE dating_pairs SET lo_at = lo_at - {ms} WHERE lo = 7100")
    };
    c.sql(&back(2)).await;
    assert_eq!(card(c, 7_100).await.map(|(_, who)| who), Some(three));
    assert_eq!(says_of_card(c, 7_100, Verdict::Pass).await, Decided::Kept);
    assert_eq!(card(c, 7_100).await, None);
    c.sql(&back(91)).await;
    let again = [says(c, 7_100).await, says(c, 7_100).await];
    assert!(again.iter().all(|who| *who == Some(two) || *who == Some(three)), "{again:?}");
    assert_eq!(card(c, 7_100).await, None, "whom she likes is not shown again");

    async fn says(c: &Context, user: i64) -> Option<UserId> {
        let (token, who) = card(c, user).await?;
        c.store.dating_say(UserId(user), token, Verdict::Pass, 9).await.unwrap();
        Some(who)
    }
}

pub async fn a_match_is_talked_to_and_ends(c: &mut Context) {
    two(c, 7_200, 7_201, "Chita").await;
    assert_eq!(says_of_card(c, 7_200, Verdict::Like).await, Decided::Kept);
    assert!(c.store.dating_matches(UserId(7_201)).await.unwrap().is_empty(), "nothing is told of a like");
    assert_eq!(says_of_card(c, 7_201, Verdict::Like).await, Decided::Matched);
    let hers = c.store.dating_matches(UserId(7_200)).await.unwrap();
    let his = c.store.dating_matches(UserId(7_201)).await.unwrap();
    assert_eq!((hers.len(), his.len(), &*hers[0].name), (1, 1, "Somebody"));
    assert_ne!(hers[0].token, his[0].token);
    // A like that is taken back dissolves the match on both sides; the other one's stands.
    assert_eq!(c.store.dating_undo(UserId(7_201)).await.unwrap(), Decided::Kept);
    for user in [7_200, 7_201] {
        assert!(c.store.dating_matches(UserId(user)).await.unwrap().is_empty());
    }
    assert_eq!(says_of_card(c, 7_201, Verdict::Like).await, Decided::Matched, "a second match");
    let hers = c.store.dating_matches(UserId(7_200)).await.unwrap();
    let his = c.store.dating_matches(UserId(7_201)).await.unwrap();
    // His name of the match is nothing to her.
    assert_eq!(c.store.dating_part(UserId(7_200), his[0].token).await.unwrap(), (Event::Gone, None));
    assert_eq!(c.store.dating_part(UserId(7_200), hers[0].token).await.unwrap(), (Event::Parted, None));
    assert!(c.store.dating_matches(UserId(7_201)).await.unwrap().is_empty());
    assert_eq!((card(c, 7_200).await, card(c, 7_201).await), (None, None), "for good");
    // Also for a profile that is made anew.
    c.store.dating_delete(UserId(7_201)).await.unwrap();
    let known = known(Gender::Male, 0b001);
    c.store.dating_enter(UserId(7_201), known, 5).await.unwrap();
    joins_again(c, 7_201).await;
    assert_eq!((card(c, 7_200).await, card(c, 7_201).await), (None, None));

    async fn joins_again(c: &Context, user: i64) {
        let answers = [
            words("1.2.1996"),
            words("Another"),
            words("Chita"),
            Answer::Goal(Goal::Open),
            Answer::Skip,
            Answer::Skip,
        ];
        for (seq, answer) in answers.into_iter().enumerate() {
            says(c, user, seq as u64 + 10, answer).await;
        }
    }
}

/// I14, and I11.
pub async fn is_sealed_exported_and_erased(c: &mut Context) {
    two(c, 5_557_300, 5_557_301, "Kazan").await;
    says_of_card(c, 5_557_300, Verdict::Like).await;
    let found =
        c.sql("SELECT count(*) FROM dating_profiles WHERE position('secret'::bytea IN sealed) > 0").await;
    assert_eq!(found, ["0"]);
    let export = c.store.whole_export(UserId(5_557_300)).await.unwrap();
    assert_eq!(export["dating"]["bio"], "a secret liking for rain");
    assert_eq!(export["dating_said"][0]["said"], "like");
    assert!(!export.to_string().contains("5557301"), "nothing of others: {export}");
    c.write(vec![Write::Erase { user: UserId(5_557_300) }]).await;
    let left = "SELECT (SELECT count(*) FROM dating_profiles WHERE user_id = 5557300)
        + (SELECT count(*) FROM dating_pairs WHERE lo = 5557300 OR hi = 5557300)
        + (SELECT count(*) FROM dating_cards WHERE viewer = 5557300 OR other = 5557300)";
    assert_eq!(c.sql(left).await, ["0"]);
    assert_eq!(card(c, 5_557_301).await, None);
}

/// The queue's line of somebody.
pub(super) async fn waits(c: &Context, user: i64) -> Option<DatingLine> {
    match done(c, order("desk", Deed::Queue { limit: 200 }.into())).await {
        Told::Desk(Desk::Dating(DatingDesk::Queue(page))) => {
            page.items.into_iter().find(|line| line.user == UserId(user))
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn rules(c: &Context, user: i64, ruling: Ruling) {
    let reason = "looked at".to_owned();
    done(c, order("desk", Deed::Rule { user: UserId(user), ruling, reason }.into())).await;
}

pub(super) async fn standing(c: &mut Context, user: i64) -> Vec<String> {
    c.sql(&format!("SELECT standing FROM dating_profiles WHERE user_id = {user}")).await
}

/// Somebody reports the woman of 7,400, and sees her no more.
async fn reports(c: &Context, user: i64, reason: ReportReason) {
    let (token, whom) = card(c, user).await.expect("a card");
    assert_eq!(whom, UserId(7_400));
    c.store.dating_report(UserId(user), token, reason).await.unwrap();
    assert_eq!(card(c, user).await, None, "whoever reports somebody sees them no more");
}

/// Two trustworthy reports hide a profile until an operator has looked, also one that is made anew.
pub async fn reported_profiles_wait_for_an_operator(c: &mut Context) {
    two(c, 7_400, 7_401, "Perm").await;
    let man = known(Gender::Male, 0b001);
    for other in [7_402, 7_403] {
        joins(c, other, man, ("1.2.1996", "Perm")).await;
    }
    // Nobody knows yet whether the first is to be believed.
    reports(c, 7_401, ReportReason::Spam).await;
    c.sql("UPDATE dating_profiles SET since = 0, decided = 5 WHERE user_id IN (7402, 7403)").await;
    reports(c, 7_402, ReportReason::Minor).await;
    assert_eq!(standing(c, 7_400).await, ["shown"]);
    let line = waits(c, 7_400).await.expect("it waits");
    assert_eq!((line.reporters, line.reasons.len(), &*line.standing), (2, 2, "shown"));
    reports(c, 7_403, ReportReason::Spam).await;
    assert_eq!(standing(c, 7_400).await, ["hidden"]);
    let line = waits(c, 7_400).await.expect("it waits");
    let reasons: Vec<_> = line.reasons.iter().map(|one| (one.reason, one.reporters)).collect();
    assert_eq!(reasons, [(ReportReason::Spam, 2), (ReportReason::Minor, 1)]);
    // What is made anew is as hidden.
    c.store.dating_delete(UserId(7_400)).await.unwrap();
    assert_eq!(waits(c, 7_400).await.map(|line| line.standing).as_deref(), Some("none"));
    joins(c, 7_400, known(Gender::Female, 0b010), ("24.03.1998", "Perm")).await;
    assert_eq!(standing(c, 7_400).await, ["hidden"]);
    let read = done(c, order("desk", Deed::Read { user: UserId(7_400) }.into())).await;
    let Told::Desk(Desk::Dating(DatingDesk::Profile(profile))) = read else { panic!("{read:?}") };
    assert_eq!((profile.reports.len(), profile.bio.as_deref()), (3, Some("a secret liking for rain")));
    assert!(profile.reports.iter().all(|one| one.bio == "a secret liking for rain"), "{profile:?}");
    // An operator's word closes the reports.
    rules(c, 7_400, Ruling::Show).await;
    assert_eq!((standing(c, 7_400).await, waits(c, 7_400).await), (vec!["shown".to_owned()], None));
    rules(c, 7_400, Ruling::Hide).await;
    let line = waits(c, 7_400).await.expect("what is hidden is in sight");
    assert_eq!((line.reporters, &*line.standing), (0, "hidden"));
    rules(c, 7_400, Ruling::Remove).await;
    assert_eq!((standing(c, 7_400).await, waits(c, 7_400).await), (vec![], None));
    // Of one that its owner has deleted the reports alone are left to be closed.
    c.sql("UPDATE dating_reports SET handled = NULL WHERE reported = 7400").await;
    assert_eq!(waits(c, 7_400).await.map(|line| line.reporters), Some(3));
    rules(c, 7_400, Ruling::Show).await;
    assert_eq!(waits(c, 7_400).await, None);
    let log = "SELECT what FROM audit_log WHERE who = 'token:desk' ORDER BY seq";
    let said = ["dating_profile", "show_dating", "hide_dating", "remove_dating", "show_dating"];
    assert_eq!(c.sql(log).await, said);
}
