//! Letters of more than words: taken and told once, in the order in which they were written,
//! sealed, in exports and reports, gone with either of the two.

use super::admin::{done, order};
use super::context::Context;
use super::dating_letters::{jobs_are_done, names, sends, taken, tells, two};
use crate::support::export::WholeExport;
use nameless_actors::capabilities::{Answer as Told, DatingDesk, Told as Desk};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::desk::dating::Deed;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::letters::Unsent;
use nameless_domain::ids::UserId;
use nameless_domain::relay::content::{MediaKind, OutMedia, Rich};
use nameless_domain::session::review::ReportReason;
use serde_json::json;

/// A file of this kind with words below it.
fn file(kind: MediaKind, words: &str) -> Letter {
    let file = OutMedia {
        kind,
        file_id: "a-secret-handle".into(),
        unique_id: "a-secret-name".into(),
        launder: None,
        size: Some(70_000),
        caption: Rich::default(),
        spoiler: kind.behind_spoiler(),
        caption_above: false,
        veiled: false,
        agreed: false,
        preview: Some("a-secret-preview".into()),
    };
    Letter { words: Rich::plain(words), file: Some(file) }
}

/// Guards: the key of the table, `TAKEN` before `TAKE`, and `enclosed::weight`.
pub async fn a_photo_is_taken_once_and_told_once(c: &mut Context) {
    let [hers, _] = two(c, 4_940, 4_941, "Kaluga").await;
    let photo = || (2, file(MediaKind::Photo, "a view"), None);
    assert_eq!(sends(c, 4_940, hers, photo()).await, taken(hers, 2));
    assert_eq!(sends(c, 4_940, hers, (3, Letter::plain("three"), None)).await, taken(hers, 3));
    assert_eq!(sends(c, 4_940, hers, (1, file(MediaKind::Voice, ""), None)).await, taken(hers, 1));
    assert_eq!(sends(c, 4_940, hers, photo()).await, taken(hers, 2), "the same message again");
    let count = "SELECT count(*) FROM dating_letters WHERE sender = 4940";
    assert_eq!(c.sql(count).await, ["3"]);
    let [first, second, third] = names(c, 4_940).await[..] else { panic!("three letters") };
    for _ in 0..2 {
        assert_eq!(tells(c, 4_941, second).await, ["🎤", "🖼 a view", "three"]);
    }
    for other in [first, third] {
        assert_eq!(tells(c, 4_941, other).await, [""; 0]);
    }
    jobs_are_done(c).await;
    // What one job tells is bounded.
    for message in 11..=23 {
        let sticker = (message, file(MediaKind::Sticker, ""), None);
        assert_eq!(sends(c, 4_940, hers, sticker).await, taken(hers, message));
    }
    let many = names(c, 4_940).await[3..].to_vec();
    assert_eq!(tells(c, 4_941, many[0]).await.len(), 10);
    jobs_are_done(c).await;
    assert_eq!(tells(c, 4_941, many[1]).await.len(), 3, "the rest");
}

/// Guard: `whither`. A session that was made anew does not know its own letters.
pub async fn a_reply_to_an_own_letter_goes_where_that_went(c: &mut Context) {
    let [hers, _] = two(c, 4_942, 4_943, "Smolensk").await;
    assert_eq!(sends(c, 4_942, hers, (1, Letter::plain("one"), None)).await, taken(hers, 1));
    let other = Token(hers.0 ^ 1);
    let reply = |message, answers| (message, Letter::plain("and one more thing"), Some(answers));
    assert_eq!(sends(c, 4_942, other, reply(2, 1)).await, taken(hers, 2));
    // What was no letter is no address.
    assert_eq!(sends(c, 4_942, hers, reply(3, 99)).await, taken(hers, 3));
    let gone = Event::LetterHeld { matched: other, why: Unsent::Gone };
    assert_eq!(sends(c, 4_942, other, reply(4, 99)).await, gone);
    // Somebody else's message of that number is none of theirs.
    let his = Event::LetterHeld { matched: hers, why: Unsent::Gone };
    assert_eq!(sends(c, 4_943, hers, reply(1, 1)).await, his);
    // Where that match is over it goes to nobody, whoever else is written to.
    assert_eq!(c.store.dating_part(UserId(4_942), hers).await.unwrap(), (Event::Parted, None));
    let over = sends(c, 4_942, other, reply(5, 1)).await;
    assert!(matches!(over, Event::LetterHeld { matched, why: Unsent::Gone } if matched != other), "{over:?}");
}

/// I14, and I11; operators read of which kind it was, and the words below it.
pub async fn a_photo_is_sealed_exported_reported_and_erased(c: &mut Context) {
    let [hers, _] = two(c, 5_557_944, 5_557_945, "Kemerovo").await;
    let photo = (1, file(MediaKind::Photo, "a secret view"), None);
    assert_eq!(sends(c, 5_557_944, hers, photo).await, taken(hers, 1));
    let found = "SELECT (SELECT count(*) FROM dating_letters WHERE position('secret'::bytea IN sealed) > 0)
        + (SELECT count(*) FROM jobs WHERE position('secret'::bytea IN payload) > 0)";
    assert_eq!(c.sql(found).await, ["0"]);
    let letter = names(c, 5_557_944).await[0];
    assert_eq!(tells(c, 5_557_945, letter).await, ["🖼 a secret view"]);
    let export = c.store.whole_export(UserId(5_557_944)).await.unwrap();
    let one = &export["dating_letters"][0];
    assert_eq!(one["words"], "a secret view");
    assert_eq!(one["file"], json!({ "kind": "photo", "file_id": "a-secret-handle" }));
    let his = c.store.whole_export(UserId(5_557_945)).await.unwrap().to_string();
    assert!(
        !his.contains("secret view") && !his.contains("secret-handle") && !his.contains("5557944"),
        "nothing of others: {his}"
    );
    let away = c.store.dating_letter_away(UserId(5_557_945), letter, Some(ReportReason::Abuse));
    assert_eq!(away.await.unwrap(), Some(UserId(5_557_944)));
    let read = done(c, order("a-photo", Deed::Read { user: UserId(5_557_944) }.into())).await;
    let Told::Desk(Desk::Dating(DatingDesk::Profile(profile))) = read else { panic!("{read:?}") };
    assert_eq!(profile.reports[0].letters, ["🖼 a secret view"]);
    c.write(vec![Write::Erase { user: UserId(5_557_944) }]).await;
    let left = "SELECT (SELECT count(*) FROM dating_letters WHERE sender = 5557944)
        + (SELECT count(*) FROM jobs WHERE key LIKE 'dating:letter:%' AND user_id = 5557945)";
    assert_eq!(c.sql(left).await, ["0"]);
    assert_eq!(tells(c, 5_557_945, letter).await, [""; 0]);
}
