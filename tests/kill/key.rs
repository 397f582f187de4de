//! The history's key is exchanged while people talk, by a command that is killed again and again.

use super::process::{Bot, nameless, seeded, variables};
use crate::support::app::{TOKEN, quick_simulator, real_postgres};
use crate::support::export::WholeExport;
use crate::support::people::{chatting, sees};
use nameless::store::{Keys, PgStore, StoreOptions};
use nameless_actors::ports::{HistoryRow, Opened, Proposal, Store as _, Write};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::time::Millis;
use nameless_simulator::{SimUser, Simulator};
use std::process::Output;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// People whose keys are there to be sealed anew.
const PEOPLE: i64 = 6_000;
const FIRST: i64 = 7_000_000_000;

fn keys(byte: u8) -> Keys {
    Keys::parse(&format!("{byte:02x}").repeat(32).into()).expect("a key")
}

fn with_keys(
    url: &str,
    dir: &std::path::Path,
    simulator: &str,
    new: u8,
    old: Option<u8>,
) -> Vec<(&'static str, String)> {
    let mut all = variables(simulator, dir);
    all.push(("DATABASE_URL", url.to_owned()));
    all.push(("HISTORY_KEY", format!("{new:02x}").repeat(32)));
    all.extend(old.map(|old| ("HISTORY_KEY_OLD", format!("{old:02x}").repeat(32))));
    all
}

async fn store(url: &str, keys: Keys) -> PgStore {
    PgStore::connect(url, keys, StoreOptions::default()).await.expect("a store")
}

/// Chats of many, so that everybody has a key.
async fn fill(url: &str) {
    let store = store(url, keys(1)).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis() as i64;
    let at = Millis(now);
    for chunk in (0..PEOPLE).collect::<Vec<_>>().chunks(500) {
        let members = |two: &[i64]| [UserId(FIRST + two[0]), UserId(FIRST + two[1])];
        let all: Vec<[UserId; 2]> = chunk.chunks(2).map(members).collect();
        let proposals = all.iter().map(|members| Proposal { members: *members, at }).collect();
        let opened = store.open_pairs(proposals).await.expect("opened");
        let row = |pair: PairId, side, user| {
            let payload = "{\"text\":\"hello\"}".into();
            Write::History(HistoryRow {
                pair,
                from: (side, user),
                message: MessageId(1),
                edit: 0,
                payload,
                at,
            })
        };
        let rows = opened.iter().zip(&all).flat_map(|(opened, [a, b])| {
            let Opened::Pair(pair) = opened else { panic!("{opened:?}") };
            let end = Write::EndPair { pair: *pair, at, cause: EndCause::Next };
            [row(*pair, Side::A, *a), row(*pair, Side::B, *b), end]
        });
        store.write(rows.collect::<Vec<_>>().into()).await.expect("written");
    }
    store.close().await;
}

async fn talk(a: &SimUser, b: &SimUser, words: &str) {
    a.send_text(words);
    sees(b, words).await;
}

fn command(args: &[&str], variables: &[(&str, String)]) -> String {
    let Output { status, stdout, stderr } = nameless(args, variables).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(stdout), text(stderr));
    assert!(status.success(), "{args:?}: {err}");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_exchanged_under_texts_by_a_command_that_is_killed() {
    let Some((_server, url)) = real_postgres() else { return };
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    simulator.world().default_bot(TOKEN);
    let dir = tempfile::tempdir().expect("a folder");
    let of = |new, old| with_keys(&url, dir.path(), &simulator.url(), new, old);
    let bot = Bot::serve(&of(1, None));
    fill(&url).await;
    let (anna, boris) = chatting(&simulator.world(), "anna", "boris").await;
    talk(&anna, &boris, "under the old one").await;
    // Nothing is exchanged beside a process that could not go on then.
    let early = nameless(&["key", "rotate"], &of(2, Some(1))).output().expect("it runs");
    let said = String::from_utf8_lossy(&early.stderr);
    assert!(!early.status.success() && said.contains("not every node has both keys"), "{said}");
    talk(&boris, &anna, "and still").await;
    bot.stop();

    let bot = Bot::serve(&of(2, Some(1)));
    talk(&boris, &anna, "with both").await;
    let status = || command(&["key", "status"], &of(2, Some(1)));
    assert!(status().contains("under the old one"), "{}", status());
    let doctor = |new: u8, old: Option<u8>| {
        let asked = nameless(&["doctor"], &of(new, old)).output().expect("it runs");
        let said = String::from_utf8(asked.stdout).expect("UTF-8");
        said.lines().find(|line| line.contains("  keys  ")).unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let said = doctor(2, Some(1));
    assert!(said.starts_with("MIND") && said.ends_with("run: nameless key rotate"), "{said}");
    assert!(doctor(3, None).starts_with("ILL "), "{}", doctor(3, None));
    let mut random = seeded("a_key_is_exchanged_under_texts_by_a_command_that_is_killed");
    let mut killed = 0;
    for n in 0..6 {
        let mut at_work = nameless(&["key", "rotate"], &of(2, Some(1))).spawn().expect("it runs");
        tokio::time::sleep(Duration::from_millis(40 + random.below(160))).await;
        killed += u32::from(at_work.try_wait().expect("its state").is_none());
        let _ = at_work.kill();
        at_work.wait().expect("its end");
        talk(&anna, &boris, &format!("beside it {n}")).await;
    }
    assert!(killed > 0, "none was killed at its work");
    let done = command(&["key", "rotate"], &of(2, Some(1)));
    assert!(done.contains("0 of"), "{done}");
    assert!(status().contains("two keys; 0 of") && status().contains("may go"), "{}", status());
    assert!(doctor(2, Some(1)).contains("nameless key status"), "{}", doctor(2, Some(1)));
    bot.stop();

    let bot = Bot::serve(&of(2, None));
    talk(&boris, &anna, "under the new one").await;
    assert!(doctor(2, None).starts_with("well"), "{}", doctor(2, None));
    bot.stop();
    let store = store(&url, keys(2)).await;
    for user in [UserId(FIRST), UserId(FIRST + PEOPLE - 1), UserId(anna.id()), UserId(boris.id())] {
        let read = store.whole_export(user).await.unwrap_or_else(|e| panic!("{user:?}: {e}"));
        assert!(!read["messages"].as_array().expect("messages").is_empty(), "{user:?}");
    }
    store.close().await;
}
