//! The script by which all peers match: wishes fit both ways, longest waiting first, not the same
//! two again.

use super::process::folder;
use crate::support::redis::RedisServer;

/// A seeker asks; whom they got.
fn seek(redis: &RedisServer, id: &str, gender: &str, wish: &str) -> Option<String> {
    let script = std::fs::read_to_string(folder().join("common/match.lua")).expect("the script");
    redis.command(&["EVAL", &script, "0", "test:", id, gender, wish])
}

#[test]
fn wishes_fit_both_ways() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    assert_eq!(seek(&redis, "1", "f", "m"), None);
    assert_eq!(seek(&redis, "2", "f", "any"), None, "the first wants men");
    assert_eq!(seek(&redis, "3", "o", "f").as_deref(), Some("2"), "the first wants men only");
    assert_eq!(seek(&redis, "4", "m", "any").as_deref(), Some("1"));
    assert_eq!(seek(&redis, "5", "m", "m"), None);
    assert_eq!(seek(&redis, "5", "m", "m"), None, "nobody meets themselves");
    assert_eq!(seek(&redis, "6", "m", "f"), None);
}

#[test]
fn the_longest_waiting_is_found_across_queues() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    // They want nobody of each other's kind, so all wait.
    for (id, gender) in [("1", "f"), ("2", "o"), ("3", "f")] {
        assert_eq!(seek(&redis, id, gender, "m"), None);
    }
    for (id, found) in [("7", "1"), ("8", "2"), ("9", "3")] {
        assert_eq!(seek(&redis, id, "m", "any").as_deref(), Some(found));
    }
}

#[test]
fn the_same_two_meet_again_only_where_nobody_else_waits() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    assert_eq!(seek(&redis, "1", "f", "m"), None);
    assert_eq!(seek(&redis, "2", "m", "f").as_deref(), Some("1"));
    assert_eq!(seek(&redis, "1", "f", "m"), None);
    assert_eq!(seek(&redis, "3", "f", "m"), None);
    assert_eq!(seek(&redis, "2", "m", "f").as_deref(), Some("3"), "1 waits longer, and was the last partner");
    assert_eq!(seek(&redis, "2", "m", "f").as_deref(), Some("1"), "the last partner was another");
    assert_eq!(seek(&redis, "1", "f", "m"), None);
    assert_eq!(seek(&redis, "2", "m", "f").as_deref(), Some("1"), "better than nobody");
}
