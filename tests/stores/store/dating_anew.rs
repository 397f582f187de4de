//! Profiles of dating that are deleted and made anew, also after an erasure: what a day has
//! counted, and who had passed by. And rows that cannot be read.

use super::context::Context;
use super::dating::{card, joins, known, rules, says, standing, waits, words};
use super::dating_letters as letters;
use crate::support::clock::one_day;
use nameless::capabilities::dating::{Decided, May};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::desk::dating::Ruling;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Known, Token};
use nameless_domain::capabilities::dating::filters::{CHANGES, Change};
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::capabilities::dating::photo;
use nameless_domain::capabilities::dating::profile::{Answer, Objection, Question};
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// Today, counted from 1970.
const TODAY: &str = "floor(extract(epoch FROM now()) / 86400)::int";

fn woman() -> Known {
    known(Gender::Female, 0b010)
}

fn man() -> Known {
    known(Gender::Male, 0b001)
}

async fn she_joins(c: &Context, user: i64, city: &str) {
    joins(c, user, woman(), ("24.03.1998", city)).await;
}

async fn he_joins(c: &Context, user: i64, city: &str) {
    joins(c, user, man(), ("1.2.1996", city)).await;
}

async fn leaves(c: &Context, user: i64) {
    assert_eq!(c.store.dating_delete(UserId(user)).await.unwrap(), Event::Deleted);
}

async fn likes(c: &Context, user: UserId, card: Token, limit: u32) -> Decided {
    c.store.dating_say(user, card, Verdict::Like, limit).await.unwrap()
}

fn picture(n: u64) -> Answer {
    Answer::Photo { file: format!("file{n}"), preview: format!("small{n}") }
}

fn asks(question: Question, objection: Option<Objection>) -> Event {
    Event::Ask { question, objection }
}

/// Guards: what `GO` keeps, and `come_back`.
pub async fn what_a_day_has_counted_outlives_a_profile(c: &mut Context) {
    one_day().await;
    const HER: UserId = UserId(7_860);
    const COUNTED: &str =
        "SELECT spent, moves, undos, filter_changes, photo_changes FROM dating_profiles WHERE user_id = 7860";
    he_joins(c, 7_861, "Khabarovsk").await;
    she_joins(c, HER.0, "Khabarovsk").await;
    assert_eq!(c.sql(COUNTED).await, ["0|0|0|0|0"]);
    let (token, _) = card(c, HER.0).await.expect("a card");
    assert_eq!(likes(c, HER, token, 5).await, Decided::Kept);
    let sold = May { undo_is_sold: true, ..May::default() };
    assert_eq!(c.store.dating_undo_as(HER, sold).await.unwrap(), Decided::Kept);
    assert_eq!(likes(c, HER, token, 5).await, Decided::Kept);
    for shared in [true, false] {
        c.store.dating_filters(HER, Some(Change::Shared(shared))).await.unwrap();
    }
    c.store.dating_more(HER).await.unwrap();
    assert!(matches!(says(c, HER.0, 10, picture(1)).await, Event::Photos(_)));
    // That she has a photo is a change of what others may ask for.
    assert_eq!(c.sql(COUNTED).await, ["1|0|1|3|1"]);

    leaves(c, HER.0).await;
    assert_eq!(c.sql("SELECT count(*) FROM dating_profiles WHERE user_id = 7860").await, ["0"]);
    she_joins(c, HER.0, "Khabarovsk").await;
    assert_eq!(c.sql(COUNTED).await, ["1|1|1|3|1"], "and beginning anew somewhere is a change of place");
    let (token, _) = card(c, HER.0).await.expect("his card, anew");
    assert_eq!(likes(c, HER, token, 1).await, Decided::Spent, "the day's like is used up");
    c.write(vec![Write::Erase { user: HER }]).await;
    she_joins(c, HER.0, "Khabarovsk").await;
    assert_eq!(c.sql(COUNTED).await, ["1|2|1|3|1"], "erasing is no way around it");
    leaves(c, HER.0).await;
    c.store.dating_enter(HER, woman(), 5).await.unwrap();
    says(c, HER.0, 1, words("24.03.1998")).await;
    says(c, HER.0, 2, words("Somebody")).await;
    let city = says(c, HER.0, 3, words("Khabarovsk")).await;
    assert_eq!(city, asks(Question::City, Some(Objection::Moves)), "nobody looks around by making profiles");

    // The next day.
    c.sql(
        "UPDATE dating_profiles SET day = day - 1, undo_day = undo_day - 1, filter_day = filter_day - 1,
            photo_day = photo_day - 1 WHERE user_id = 7860;
        UPDATE dating_counts SET day = day - 1",
    )
    .await;
    leaves(c, HER.0).await;
    she_joins(c, HER.0, "Khabarovsk").await;
    assert_eq!(c.sql(COUNTED).await, ["0|0|0|0|0"]);
    c.sql("DELETE FROM dating_counts").await;
}

/// Matches of two are counted anew with a profile: the first one of it is no other's. Guards: the
/// moment in the job's name and in what it says, that `LEAVE` takes letters out of their match, and
/// `TOLD`, in `LEAVE` and in an erasure.
pub async fn a_match_of_who_comes_anew_is_told_and_tells_nothing_of_before(c: &mut Context) {
    const HER: UserId = UserId(7_962);
    const HIM: UserId = UserId(7_963);
    const SINCE: &str = "SELECT matched_at FROM dating_pairs WHERE lo = 7962 AND hi = 7963 AND matches = 1";
    const JOBS: &str = "SELECT user_id, count(*) FROM jobs WHERE key LIKE 'dating:match:7962:7963:%'
        GROUP BY user_id ORDER BY user_id";
    let [hers, _] = letters::two(c, HER.0, HIM.0, "Magnitogorsk").await;
    let letter = Letter::plain("of before");
    assert_eq!(letters::sends(c, HER.0, hers, (1, letter, None)).await, letters::taken(hers, 1));
    assert_eq!(c.sql(JOBS).await, ["7962|1", "7963|1"]);
    let before: i64 = c.sql(SINCE).await[0].parse().expect("a moment");
    assert!(c.store.dating_match_told(HIM, (HER, 1, Some(Millis(before)))).await.unwrap());

    leaves(c, HER.0).await;
    assert_eq!(c.sql(JOBS).await, [""; 0], "what tells of a match goes with it");
    // A node of an older version leaves it, under a name of that time.
    c.sql(
        "INSERT INTO jobs (key, lane, user_id, priority, place, expires)
        SELECT 'dating:match:7962:7963:1:' || n, 'of_before', 7962 + n, 0, 0, now() + interval '1 day'
        FROM generate_series(0, 1) AS n",
    )
    .await;
    she_joins(c, HER.0, "Magnitogorsk").await;
    let (token, _) = card(c, HER.0).await.expect("his card");
    assert_eq!(likes(c, HER, token, 9).await, Decided::Kept);
    let (token, _) = card(c, HIM.0).await.expect("her card");
    assert_eq!(likes(c, HIM, token, 9).await, Decided::Matched);
    assert_eq!(c.sql(JOBS).await, ["7962|2", "7963|2"], "both hear of it, whatever they heard before");
    let now: i64 = c.sql(SINCE).await[0].parse().expect("a moment");
    assert!(c.store.dating_match_told(HIM, (HER, 1, Some(Millis(now)))).await.unwrap());
    assert!(!c.store.dating_match_told(HIM, (HER, 1, Some(Millis(before)))).await.unwrap(), "not twice");
    assert!(c.store.dating_match_told(HIM, (HER, 1, None)).await.unwrap(), "a job of an older node");
    let waited = letters::names(c, HER.0).await[0];
    assert_eq!(letters::tells(c, HIM.0, waited).await, [""; 0], "it was for the match before");

    // Nothing that tells him names her once she is gone. Another's number may begin as hers does.
    c.sql(
        "INSERT INTO jobs (key, lane, user_id, priority, place, expires)
        SELECT key, 'of_before', 7963, 0, 0, now() + interval '1 day' FROM unnest(ARRAY[
            'dating:contact:7962:7963:1:1:5', 'dating:wanted:7962:7963:5', 'dating:wanted:79620:7963:5']) AS key",
    )
    .await;
    c.write(vec![Write::Erase { user: HER }]).await;
    assert_eq!(c.sql("SELECT key FROM jobs WHERE key LIKE '%:7962:%'").await, [""; 0]);
    let others = "DELETE FROM jobs WHERE key = 'dating:wanted:79620:7963:5' RETURNING user_id";
    assert_eq!(c.sql(others).await, ["7963"]);
    c.sql("DELETE FROM dating_counts").await;
}

/// Guards: the passes that `LEAVE` keeps, and `passes_kept`.
pub async fn who_passed_is_not_shown_who_comes_anew(c: &mut Context) {
    one_day().await;
    she_joins(c, 7_865, "Vladivostok").await;
    he_joins(c, 7_866, "Vladivostok").await;
    let (token, who) = card(c, 7_866).await.expect("a card");
    assert_eq!(who, UserId(7_865));
    let passed = c.store.dating_say(UserId(7_866), token, Verdict::Pass, 5).await.unwrap();
    assert_eq!(passed, Decided::Kept);
    let (token, _) = card(c, 7_865).await.expect("a card");
    let liked = c.store.dating_say(UserId(7_865), token, Verdict::Like, 5).await.unwrap();
    assert_eq!(liked, Decided::Kept);

    leaves(c, 7_865).await;
    she_joins(c, 7_865, "Vladivostok").await;
    assert_eq!(card(c, 7_866).await, None, "he has passed by her");
    assert!(card(c, 7_865).await.is_some(), "what she said went with her profile");
    let kept = "SELECT count(*) FROM dating_passed WHERE other = 7866";
    assert_eq!(c.sql(kept).await, ["0"]);
    c.write(vec![Write::Erase { user: UserId(7_865) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM dating_pairs WHERE 7865 IN (lo, hi)").await, ["0"]);
    assert_eq!(c.sql(kept).await, ["1"], "without her number");
    she_joins(c, 7_865, "Vladivostok").await;
    assert_eq!(c.sql(kept).await, ["0"]);
    assert_eq!(card(c, 7_866).await, None, "he still has");
    c.sql(&format!("UPDATE dating_pairs SET hi_at = hi_at - {} WHERE lo = 7865", 91 * 86_400_000_i64)).await;
    let (token, _) = card(c, 7_866).await.expect("her card, after its time");

    // A report is a block, which neither a profile nor an erasure ends.
    c.store.dating_report(UserId(7_866), token, ReportReason::Spam).await.unwrap();
    leaves(c, 7_865).await;
    c.sql("DELETE FROM dating_counts").await;
    she_joins(c, 7_865, "Vladivostok").await;
    assert_eq!((card(c, 7_865).await, card(c, 7_866).await), (None, None));
    c.write(vec![Write::Erase { user: UserId(7_865) }]).await;
    she_joins(c, 7_865, "Vladivostok").await;
    assert_eq!((card(c, 7_865).await, card(c, 7_866).await), (None, None));

    // Whose word it was takes it along.
    he_joins(c, 7_867, "Vladivostok").await;
    let (token, _) = card(c, 7_867).await.expect("a card");
    c.store.dating_say(UserId(7_867), token, Verdict::Pass, 5).await.unwrap();
    c.write(vec![Write::Erase { user: UserId(7_865) }]).await;
    let kept = "SELECT count(*) FROM dating_passed WHERE other = 7867";
    assert_eq!(c.sql(kept).await, ["1"]);
    c.write(vec![Write::Erase { user: UserId(7_867) }]).await;
    assert_eq!(c.sql(kept).await, ["0"]);
    c.sql("DELETE FROM dating_counts").await;
}

/// Whom two trustworthy people have reported does not come back unseen by erasing themselves.
/// Guard: `stay_hidden`.
pub async fn what_reports_hid_stays_hidden_after_an_erasure(c: &mut Context) {
    for (user, has_profile) in [(7_870, true), (7_871, false)] {
        she_joins(c, user, "Ulan Ude").await;
        c.sql(&format!(
            "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
                interests, goal, sealed, asked, since, active, decided)
            SELECT u, 'paused', '1990-01-01', 1, 1, 18, 99, 0, 1, 0, 0, 'x', 0, 0, 0, 5
            FROM generate_series(7872, 7873) AS u ON CONFLICT DO NOTHING;
            INSERT INTO dating_reports (reporter, reported, at, sealed)
            VALUES (7872, {user}, 1, 'x'), (7873, {user}, 1, 'x')"
        ))
        .await;
        if !has_profile {
            leaves(c, user).await;
        }
        c.write(vec![Write::Erase { user: UserId(user) }]).await;
        she_joins(c, user, "Ulan Ude").await;
        let standing = format!("SELECT standing FROM dating_profiles WHERE user_id = {user}");
        assert_eq!(c.sql(&standing).await, ["hidden"], "{user}");
    }
    c.sql("DELETE FROM dating_profiles WHERE user_id IN (7872, 7873); DELETE FROM dating_counts").await;
}

/// Guards: `COUNT` of photos, `count_photo`, and that removing one is never refused.
pub async fn photos_change_so_often_a_day(c: &mut Context) {
    one_day().await;
    const HER: UserId = UserId(7_875);
    const ASKS: &str = "SELECT coalesce(asks, 'none') FROM dating_profiles WHERE user_id = 7875";
    const COUNTS: &str = "SELECT filter_changes, photo_changes FROM dating_profiles WHERE user_id = 7875";
    she_joins(c, HER.0, "Surgut").await;
    let set = |what: &str, n: i32| {
        let day = if what == "photo_changes" { "photo_day" } else { "filter_day" };
        format!("UPDATE dating_profiles SET {what} = {n}, {day} = {TODAY} WHERE user_id = 7875")
    };
    // Whether somebody has a photo is what others may ask for.
    c.sql(&set("filter_changes", CHANGES)).await;
    c.store.dating_more(HER).await.unwrap();
    assert_eq!(says(c, HER.0, 10, picture(1)).await, asks(Question::More, Some(Objection::Often)));
    assert_eq!(c.sql(ASKS).await, ["none"], "no other one is waited for");
    assert_eq!(c.sql(COUNTS).await, [format!("{CHANGES}|0")], "what is refused is no change of photos");
    c.sql(&set("filter_changes", 0)).await;
    c.sql(&set("photo_changes", photo::CHANGES)).await;
    c.store.dating_more(HER).await.unwrap();
    assert_eq!(says(c, HER.0, 11, picture(1)).await, asks(Question::More, Some(Objection::Often)));
    assert_eq!(c.sql(COUNTS).await, [format!("0|{}", photo::CHANGES)], "nor of what others may ask for");
    c.sql(&set("photo_changes", photo::CHANGES - 1)).await;
    c.store.dating_more(HER).await.unwrap();
    assert!(c.store.dating_wants_photo(HER).await.unwrap());
    assert!(matches!(says(c, HER.0, 12, picture(2)).await, Event::Photos(all) if all.all.len() == 1));
    assert!(!c.store.dating_wants_photo(HER).await.unwrap(), "none is looked at for nothing");
    assert_eq!(says(c, HER.0, 13, picture(3)).await, asks(Question::More, Some(Objection::Often)));
    c.sql("UPDATE dating_profiles SET photo_day = photo_day - 1 WHERE user_id = 7875").await;
    c.store.dating_more(HER).await.unwrap();
    assert!(matches!(says(c, HER.0, 14, picture(3)).await, Event::Photos(all) if all.all.len() == 2));
}

/// One row that cannot be read takes no other card, photo or look along. Guard: `readable`.
pub async fn what_cannot_be_read_holds_up_nothing_else(c: &mut Context) {
    for him in 7_881..=7_884 {
        he_joins(c, him, "Kaliningrad").await;
    }
    c.store.dating_more(UserId(7_881)).await.unwrap();
    for n in 1..=3 {
        says(c, 7_881, 9 + n, picture(n)).await;
    }
    c.sql(
        "UPDATE dating_profiles SET photo = 'x' WHERE user_id = 7881;
        UPDATE dating_photos SET sealed = 'x', preview = 'x' WHERE user_id = 7881 AND place = 1;
        UPDATE dating_photos SET look_at = 0 WHERE user_id = 7881;
        UPDATE dating_profiles SET sealed = 'x' WHERE user_id = 7882;
        UPDATE dating_profiles SET to_age = 300 WHERE user_id = 7884",
    )
    .await;
    she_joins(c, 7_880, "Kaliningrad").await;
    let mut seen = Vec::new();
    while let Some((token, who)) = card(c, 7_880).await {
        seen.push(who.0);
        c.store.dating_say(UserId(7_880), token, Verdict::Pass, 5).await.unwrap();
    }
    seen.sort_unstable();
    assert_eq!(seen, [7_881, 7_883], "without his photo, and nobody without a name");
    let mut due = c.store.dating_unseen(1_000).await.unwrap();
    due.retain(|one| one.user == UserId(7_881));
    assert_eq!(due.len(), 2, "the others are looked at");
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 7880 AND 7884").await;
}

/// The same words on many cards, and a like for everybody, wait for an operator without anybody's
/// report. Guards: `look_for_echoes`, `look_at_likes`.
pub async fn what_programs_do_waits_for_an_operator(c: &mut Context) {
    const WORDS: &str = "I answer everybody at once, and there are many more like me around here";
    const LAST: i64 = 7_894;
    async fn of_themselves(c: &mut Context, user: i64, seq: u64, what: &str) {
        c.sql(&format!("UPDATE dating_profiles SET asks = 'bio' WHERE user_id = {user}")).await;
        assert_eq!(says(c, user, seq, words(what)).await, asks(Question::Photo, None));
    }
    for user in 7_890..=LAST {
        he_joins(c, user, "Astrakhan").await;
        of_themselves(c, user, 10, WORDS).await;
        let is_third = user >= 7_892;
        assert_eq!(waits(c, user).await.map(|line| line.reporters), is_third.then_some(1), "{user}");
        let expected = if user == LAST { "hidden" } else { "shown" };
        assert_eq!(standing(c, user).await, [expected], "{user}");
    }
    // What an operator has let pass is not reported again.
    rules(c, LAST, Ruling::Show).await;
    of_themselves(c, LAST, 11, "rain").await;
    of_themselves(c, LAST, 12, WORDS).await;
    assert_eq!((standing(c, LAST).await, waits(c, LAST).await), (vec!["shown".to_owned()], None));
    // Nor is the next one who says the same: it is a saying that many like.
    he_joins(c, 7_895, "Astrakhan").await;
    of_themselves(c, 7_895, 10, WORDS).await;
    assert_eq!((standing(c, 7_895).await, waits(c, 7_895).await), (vec!["shown".to_owned()], None));
    // Though of whom they were let pass has other words by then. Guard: `r.echo`.
    of_themselves(c, LAST, 13, "rain").await;
    he_joins(c, 7_898, "Astrakhan").await;
    of_themselves(c, 7_898, 10, WORDS).await;
    assert_eq!((standing(c, 7_898).await, waits(c, 7_898).await), (vec!["shown".to_owned()], None));
    // Other words are none that an operator has let pass: not of whom they were let pass, nor of
    // anybody else. Guard: `REPORT_WORDS`.
    const OTHERS: &str = "I am here to look around, and most of all for long walks along the river";
    for user in [7_890, 7_891, LAST, 7_895] {
        of_themselves(c, user, 20, OTHERS).await;
        assert_eq!(waits(c, user).await.is_some(), user >= LAST, "{user}");
    }
    // Both were let pass then, whichever their owner says next. Guard: `LOOKED_AT`.
    rules(c, LAST, Ruling::Show).await;
    for (seq, what) in [(21, WORDS), (22, OTHERS)] {
        of_themselves(c, LAST, seq, what).await;
        assert_eq!(waits(c, LAST).await, None, "{what}");
    }
    assert_eq!(
        c.sql("SELECT reporter FROM dating_reports WHERE reported = 7894 ORDER BY 1").await,
        ["-1", "0"]
    );
    // What came over years is reported, and hides nobody.
    const SAYING: &str = "Everything that happens happens for a reason, so smile, it is a beautiful day";
    for user in 7_900..=7_904 {
        he_joins(c, user, "Astrakhan").await;
        of_themselves(c, user, 10, SAYING).await;
        assert_eq!(standing(c, user).await, ["shown"], "{user}");
        assert_eq!(waits(c, user).await.is_some(), user >= 7_902, "{user}");
        c.sql(&format!("UPDATE dating_profiles SET since = since - 691200000 WHERE user_id = {user}")).await;
    }
    // A card that is removed for its words lets nobody say them. Guard: `NOT_PASSED`.
    rules(c, 7_904, Ruling::Remove).await;
    he_joins(c, 7_904, "Astrakhan").await;
    he_joins(c, 7_906, "Astrakhan").await;
    of_themselves(c, 7_906, 10, SAYING).await;
    assert!(waits(c, 7_906).await.is_some());
    c.sql("DELETE FROM dating_profiles WHERE user_id BETWEEN 7900 AND 7906").await;

    she_joins(c, 7_896, "Astrakhan").await;
    c.sql("UPDATE dating_profiles SET decided = 98, liked = 98 WHERE user_id = 7896").await;
    for is_seen in [false, true] {
        let (token, who) = card(c, 7_896).await.expect("a card");
        assert_eq!(likes(c, UserId(7_896), token, 5).await, Decided::Kept);
        assert_eq!(waits(c, 7_896).await.is_some(), is_seen);
        let told = format!("SELECT count(*) FROM jobs WHERE key LIKE 'dating:liked:{}:%'", who.0);
        assert_eq!(c.sql(&told).await, [if is_seen { "0" } else { "1" }], "such a like tells nobody");
    }

    // Over weeks that is how some people are; within a day it is not.
    she_joins(c, 7_897, "Astrakhan").await;
    let now = "(extract(epoch FROM now()) * 1000)::bigint";
    for (decided, days_ago, is_seen) in [(99, 2, false), (149, 0, true)] {
        c.sql(&format!(
            "UPDATE dating_profiles SET decided = {decided}, liked = {decided} - 2 WHERE user_id = 7897;
            DELETE FROM dating_pairs WHERE lo = 7897 AND hi > 8000000000;
            INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, changed)
                SELECT 7897, 8000000000 + n, 'like', {now} - {days_ago} * 86400000::bigint, 0
                FROM generate_series(1, 100) n"
        ))
        .await;
        let (token, _) = card(c, 7_897).await.expect("a card");
        assert_eq!(likes(c, UserId(7_897), token, 5).await, Decided::Kept);
        assert_eq!(waits(c, 7_897).await.is_some(), is_seen, "{decided}");
    }
    c.sql("DELETE FROM dating_pairs WHERE lo = 7897 AND hi > 8000000000").await;
}
