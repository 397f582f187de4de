//! What was seen of photos, who sent them where, which are banned.

use super::context::{Context, account};
use crate::support::export::WholeExport;
use nameless_actors::capabilities::{Answer, Order, PhotoLine};
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::admin::{Act, Actor, Role, Ruling, Source};
use nameless_domain::capabilities::faceguard::{Hash, Reason, Seen, Verdict};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::time::{DAY_MS, Millis};

fn seen(reasons: &[Reason], hash: Option<u8>) -> Seen {
    Seen { verdict: Verdict::of(reasons.iter().copied()), hash: hash.map(|byte| Hash([byte; 32])) }
}

async fn known(c: &Context, name: &str) -> Option<Seen> {
    c.store.photo(name.to_owned(), 2).await.unwrap()
}

pub async fn what_was_seen_is_known_by_this_version_and_expires(c: &mut Context) {
    let (fine, nude) = (seen(&[], Some(1)), seen(&[Reason::Nude, Reason::Failed], None));
    c.store.keep_photo("first".into(), nude, 2).await.unwrap();
    c.store.keep_photo("first".into(), fine, 2).await.unwrap();
    c.store.keep_photo("second".into(), nude, 2).await.unwrap();
    assert_eq!((known(c, "first").await, known(c, "second").await), (Some(fine), Some(nude)));
    assert_eq!(known(c, "third").await, None);
    let found = c.sql("SELECT count(*) FROM photo_verdicts WHERE position('first'::bytea IN name) > 0").await;
    assert_eq!(found, ["0"], "a name that nobody can tell");
    // Another program's, and reasons that this one does not know.
    c.sql("UPDATE photo_verdicts SET version = version + 1 WHERE reasons = 0").await;
    c.sql("UPDATE photo_verdicts SET reasons = 32768 WHERE reasons > 0").await;
    assert_eq!((known(c, "first").await, known(c, "second").await), (None, None));
    c.store.keep_photo("second".into(), fine, 2).await.unwrap();
    let at: i64 = c.sql("SELECT max(at) FROM photo_verdicts").await[0].parse().unwrap();
    c.store.expire(Millis(at + 30 * DAY_MS)).await.unwrap();
    assert_eq!(known(c, "second").await, Some(fine));
    c.store.expire(Millis(at + 30 * DAY_MS + 1)).await.unwrap();
    assert_eq!(known(c, "second").await, None);
}

pub async fn the_same_picture_in_many_chats_is_counted_and_goes_with_the_user(c: &mut Context) {
    for user in [870, 871] {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
    }
    let (picture, other) = (Hash([3; 32]), Hash([0xfc; 32]));
    let mut alike = picture;
    alike.0[0] ^= 0xff;
    for (user, pair, hash, chats) in [
        (870, 1, picture, 1),
        (870, 1, picture, 1),
        (870, 2, alike, 2),
        (870, 3, other, 1),
        (871, 4, picture, 1),
        (870, 5, picture, 3),
        // Nobody's row is kept for somebody who is not known.
        (872, 6, picture, 0),
    ] {
        let counted = c.store.sent_photo(UserId(user), PairId(pair), hash).await.unwrap();
        assert_eq!(counted, chats, "{user} in {pair}");
    }
    c.sql(&format!("UPDATE sent_photos SET at = at - {DAY_MS} WHERE pair_id < 3")).await;
    assert_eq!(c.store.sent_photo(UserId(870), PairId(5), picture).await.unwrap(), 1, "of the last day");
    let export = c.store.whole_export(UserId(870)).await.unwrap();
    assert_eq!(export["photos_sent_lately"].as_array().map(Vec::len), Some(4));
    c.write(vec![Write::Erase { user: UserId(870) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM sent_photos WHERE user_id = 870").await, ["0"]);
    let at: i64 = c.sql("SELECT max(at) FROM sent_photos").await[0].parse().unwrap();
    c.store.expire(Millis(at + DAY_MS + 1)).await.unwrap();
    assert_eq!(c.sql("SELECT count(*) FROM sent_photos").await, ["0"]);
}

pub async fn bans_are_taken_back(c: &mut Context) {
    c.sql("DELETE FROM banned_photos").await;
    let (one, two) = (Hash([1; 32]), Hash([2; 32]));
    c.store.ban_photo(one, "an ad".into()).await.unwrap();
    c.store.ban_photo(two, String::new()).await.unwrap();
    c.store.ban_photo(one, "the same ad".into()).await.unwrap();
    let banned = c.store.banned_photos().await.unwrap();
    let mut notes: Vec<&str> = banned.iter().map(|banned| banned.note.as_str()).collect();
    notes.sort_unstable();
    assert_eq!(notes, ["", "the same ad"]);
    assert!(c.store.unban_photo(two).await.unwrap());
    assert!(!c.store.unban_photo(two).await.unwrap());
    let left: Vec<Hash> = c.store.banned_photos().await.unwrap().into_iter().map(|b| b.hash).collect();
    assert_eq!(left, [one]);
    c.sql("DELETE FROM banned_photos").await;
}

/// How pictures looked is read by whoever starts, and by other nodes: of this version, the oldest
/// first, the newest where there are too many.
pub async fn what_was_seen_is_read_by_others(c: &mut Context) {
    c.sql("DELETE FROM photo_verdicts").await;
    for (n, version) in [(1, 2), (2, 2), (3, 2), (4, 3)] {
        c.store.keep_photo(format!("picture {n}"), seen(&[], Some(n)), version).await.unwrap();
        c.sql(&format!(
            "UPDATE photo_verdicts SET at = {n} WHERE hash = '\\x{}'",
            format!("{n:02x}").repeat(32)
        ))
        .await;
    }
    c.store.keep_photo("plain".into(), seen(&[], None), 2).await.unwrap();
    let read = async |since, limit| {
        let seen = c.store.photos_since(Millis(since), 2, limit).await.unwrap();
        seen.into_iter().map(|seen| (seen.hash.0[0], seen.at.0)).collect::<Vec<_>>()
    };
    assert_eq!(read(0, 10).await, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(read(2, 10).await, [(2, 2), (3, 3)]);
    assert_eq!(read(0, 2).await, [(2, 2), (3, 3)]);
    c.sql("DELETE FROM photo_verdicts").await;
}

async fn agree(c: &Context, one: i64, other: i64) -> bool {
    c.store.both_agree(UserId(one), UserId(other)).await.unwrap()
}

/// Guard: `AGREE`. Both have to want them, both have to be adults, and nobody may say otherwise.
pub async fn both_agree_to_nude_pictures_or_nobody_does(c: &mut Context) {
    let (one, other) = (880, 881);
    let person = |user, nude_photos| {
        let adult = Some(AdultConsent { at: Millis(1), version: 1 });
        Write::Account(Box::new(Account { nude_photos, adult, phase: Phase::Idle, ..account(user, 1) }))
    };
    c.write(vec![person(one, true), person(other, false)]).await;
    assert!(!agree(c, one, other).await, "one alone");
    assert!(!c.store.both_agree(UserId(one), UserId(one)).await.unwrap());
    c.write(vec![person(other, true)]).await;
    assert!(agree(c, one, other).await);
    assert_eq!(
        c.store.whole_export(UserId(one)).await.unwrap()["account"]["settings"]["nude_photos_with_who_wants_them_too"],
        true
    );
    c.sql("UPDATE accounts SET adult_at = NULL, adult_version = NULL WHERE user_id = 881").await;
    assert!(!agree(c, one, other).await, "not 18, as far as is known");
    c.write(vec![person(other, true)]).await;
    c.sql("UPDATE accounts SET phase = '{\"at\": \"underage\", \"since\": 1}' WHERE user_id = 881").await;
    assert!(!agree(c, one, other).await, "not 18");
    c.write(vec![person(other, true)]).await;
    c.sql("INSERT INTO reports (pair_id, reporter_hash, reported, reason, at) VALUES (8800, 'x', 880, 'minor', 1)").await;
    assert!(!agree(c, one, other).await, "somebody says that they are a minor");
    c.sql("UPDATE reports SET status = 'closed', verdict = 'upheld' WHERE pair_id = 8800").await;
    assert!(!agree(c, one, other).await, "and was right");
    c.sql("UPDATE reports SET verdict = 'dismissed' WHERE pair_id = 8800").await;
    assert!(agree(c, one, other).await, "and was wrong");
    c.sql("DELETE FROM reports WHERE pair_id = 8800").await;
}

fn act(act: Act) -> Order {
    Order { actor: Actor { name: "cli".into(), role: Role::Owner }, act, source: Source::Cli, key: None }
}

async fn look(c: &Context, photo: i64) -> Answer {
    c.store.carry_out(act(Act::Photo { photo, reason: "to see".into() })).await.unwrap().unwrap().answer
}

async fn waits(c: &Context, sender: i64) -> Vec<PhotoLine> {
    match c.store.carry_out(act(Act::Photos { limit: 200 })).await.unwrap().unwrap().answer {
        Answer::Photos(page) => page.items.into_iter().filter(|line| line.sender == UserId(sender)).collect(),
        other => panic!("{other:?}"),
    }
}

/// Guard: the seals, and what goes with whom.
pub async fn what_operators_look_at_is_sealed_and_goes_with_its_report_or_its_sender(c: &mut Context) {
    let (sender, reporter) = (890, 891);
    for user in [sender, reporter] {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
    }
    // In doubt: Telegram's handle alone.
    let doubt = seen(&[Reason::PerhapsNude], Some(9));
    for _ in 0..2 {
        c.store.hold_photo(UserId(sender), ("unique-doubt".into(), "handle".into()), doubt).await.unwrap();
    }
    let [line] = &waits(c, sender).await[..] else { panic!() };
    assert_eq!((line.report, &line.reasons[..]), (None, &["perhaps_nude"][..]));
    let Answer::Photo(page) = look(c, line.photo).await else { panic!() };
    assert_eq!((page.file_id.as_deref(), page.picture), (Some("handle"), None));

    // Of a report: the picture.
    c.write(vec![super::review::reported(PairId(8900), reporter, sender)]).await;
    let of = c.store.unsearched_reports().await.unwrap().into_iter().find(|of| of.reported == UserId(sender));
    let of = of.expect("a report to go through");
    let picture = b"\xff\xd8 a picture".to_vec();
    c.store
        .keep_report_photos(of.clone(), vec![("unique-report".into(), picture.clone(), Some(Hash([7; 32])))])
        .await
        .unwrap();
    // Another node is late.
    c.store.keep_report_photos(of.clone(), vec![("other".into(), picture.clone(), None)]).await.unwrap();
    let lines = waits(c, sender).await;
    assert_eq!(lines.iter().map(|line| line.report).collect::<Vec<_>>(), [Some(of.report), None]);
    let Answer::Photo(page) = look(c, lines[0].photo).await else { panic!() };
    assert_eq!(page.picture.as_deref(), Some(&picture[..]));
    let known = format!(
        "SELECT count(*) FROM held_photos WHERE report_id IS NOT NULL AND hash = '\\x{}'",
        "07".repeat(32)
    );
    assert_eq!(c.sql(&known).await, ["1"], "what it looks like can be banned");
    // Guard: `has_looked`. The picture is for whoever has looked at it.
    let fetched = async |name: &str, photo: i64| {
        let actor = Actor { name: name.into(), role: Role::Moderator };
        let order = Order { actor, ..act(Act::Picture { photo }) };
        c.store.carry_out(order).await.unwrap().unwrap().answer
    };
    assert!(matches!(fetched("cli", lines[0].photo).await, Answer::Photo(_)));
    assert_eq!(fetched("token:other", lines[0].photo).await, Answer::Missing);
    assert_eq!(fetched("cli", lines[0].photo + 1_000).await, Answer::Missing);
    let plain = "SELECT count(*) FROM held_photos WHERE position('picture'::bytea IN sealed) > 0
        OR position('handle'::bytea IN sealed) > 0 OR position('unique'::bytea IN name) > 0";
    assert_eq!(c.sql(plain).await, ["0"], "sealed");
    // One that is moved to another row opens no more.
    c.sql("UPDATE held_photos SET sealed = (SELECT sealed FROM held_photos WHERE report_id IS NOT NULL LIMIT 1) WHERE report_id IS NULL").await;
    assert!(c.store.carry_out(act(Act::Photo { photo: line.photo, reason: "to see".into() })).await.is_err());

    let rule = |photo, ruling| act(Act::RulePhoto { photo, ruling, reason: "seen".into() });
    let ruled = c.store.carry_out(rule(line.photo, Ruling::Approve)).await.unwrap().unwrap().answer;
    assert!(matches!(ruled, Answer::PhotoRuled(_)), "{ruled:?}");
    assert_eq!(look(c, line.photo).await, Answer::Missing, "there is nothing to look at any more");
    assert_eq!(c.store.allowed_photos().await.unwrap(), [Hash([9; 32])]);
    c.store.hold_photo(UserId(sender), ("unique-doubt".into(), "handle".into()), doubt).await.unwrap();
    assert_eq!(waits(c, sender).await.len(), 1, "what was looked at is not asked about again");

    // The reported erases themselves: the open report keeps its picture. Once decided, it goes.
    let export = c.store.whole_export(UserId(sender)).await.unwrap();
    assert_eq!(export["photos_under_review"].as_array().map(Vec::len), Some(2));
    c.write(vec![Write::Erase { user: UserId(sender) }]).await;
    let held = "SELECT count(*) FROM held_photos WHERE sender = 890";
    assert_eq!(c.sql(held).await, ["1"]);
    c.sql("UPDATE reports SET status = 'closed', verdict = 'upheld' WHERE pair_id = 8900").await;
    assert!(waits(c, sender).await.is_empty());
    c.store.expire(Millis(1)).await.unwrap();
    assert_eq!(c.sql(held).await, ["0"]);
    c.sql("DELETE FROM allowed_photos").await;
    c.sql("DELETE FROM reports WHERE pair_id = 8900").await;
}
