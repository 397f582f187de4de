//! Answers of `getUpdates`.

use super::super::wire::number_behind;
use super::super::{ApiFailure, Decoded, RawUpdate, decode, parse_updates};
use super::samples::all;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn updates_come_in_order_and_unchanged() {
    // Of a place less is left: see `coarse`.
    let samples = all().into_iter().map(|(_, json)| json);
    let samples: Vec<Value> = samples.filter(|json| !json.to_string().contains("latitude")).collect();
    let body = json!({"ok": true, "result": samples}).to_string();
    let updates = parse_updates(body.as_bytes()).unwrap();
    assert_eq!(updates.len(), samples.len());
    for (update, sample) in updates.iter().zip(&samples) {
        assert_eq!((update.update_id, &*update.raw), (Some(900), &*sample.to_string()));
    }
    assert_eq!(parse_updates(br#"{"ok":true,"result":[]}"#), Ok(vec![]));
}

/// What is kept of an update that says where somebody is, whichever way it came.
#[test]
fn no_raw_update_says_exactly_where_somebody_is() {
    let place = |y: f64, x: f64| json!({"latitude": y, "longitude": x, "live_period": 60});
    let update = |y, x| json!({"update_id": 5, "message": {"message_id": 1, "location": place(y, x)}});
    let (exact, coarse) = (update(55.751244, 37.618423), update(55.75, 37.65));
    let polled = json!({"ok": true, "result": [exact, {"update_id": 6}]}).to_string();
    let polled = parse_updates(polled.as_bytes()).unwrap();
    let pushed = RawUpdate::of_body(exact.to_string().as_bytes());
    for raw in [&polled[0], &pushed] {
        assert_eq!(raw.update_id, Some(5));
        assert_eq!(serde_json::from_str::<Value>(&raw.raw).unwrap(), coarse);
    }
    let broken = RawUpdate::of_body(format!("{exact},").as_bytes());
    assert!(broken.update_id.is_none() && !broken.raw.contains("55.751244"), "{}", broken.raw);
}

#[test]
fn a_malformed_update_costs_only_itself() {
    let body = br#"{"ok":true,"result":[{"update_id":1,"message":{"message_id":"x"}},7,null,
        {"message":{"update_id":9}},{"x":"\ud83d","update_id":-3},{"update_id":1e400},{"update_id":"5"},
        {"update_id":2}]}"#;
    let updates = parse_updates(body).unwrap();
    let ids: Vec<_> = updates.iter().map(|u| u.update_id).collect();
    assert_eq!(ids, [Some(1), None, None, None, None, None, None, Some(2)]);
    assert_eq!(decode(&updates[0].raw), Decoded::Malformed { update_id: Some(1) });
    assert_eq!(decode(&updates[1].raw), Decoded::Malformed { update_id: None });
    assert_eq!(decode(&updates[7].raw), Decoded::Ignored { update_id: 2 });
}

#[test]
fn bytes_that_are_not_utf8_do_not_block_the_rest() {
    let body = b"{\"ok\":true,\"result\":[{\"update_id\":1,\"x\":\"\xff\"},{\"update_id\":2}]}";
    assert_eq!(parse_updates(body).unwrap().len(), 2);
}

#[test]
fn failures() {
    let refused = |code, description: &str, secs: Option<u64>| ApiFailure::Refused {
        code,
        description: description.into(),
        retry_after: secs.map(Duration::from_secs),
    };
    let conflict = br#"{"ok":false,"error_code":409,"description":"Conflict: terminated"}"#;
    assert_eq!(parse_updates(conflict), Err(refused(409, "Conflict: terminated", None)));
    let wait =
        br#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}"#;
    assert_eq!(parse_updates(wait), Err(refused(429, "Too Many Requests", Some(7))));
    assert_eq!(parse_updates(br#"{"ok":false}"#), Err(refused(0, "", None)));
    let long = json!({"ok": false, "error_code": 400, "description": "я".repeat(1000)}).to_string();
    assert_eq!(parse_updates(long.as_bytes()), Err(refused(400, &"я".repeat(128), None)));
    let rest: [&[u8]; 6] = [
        b"",
        b"<html>502</html>",
        b"[]",
        br#"{"ok":true}"#,
        br#"{"ok":true,"result":{}}"#,
        br#"{"ok":true,"res"#,
    ];
    for body in rest {
        assert_eq!(parse_updates(body), Err(ApiFailure::NotJson));
    }
}

#[test]
fn a_raw_update_is_not_printed() {
    let updates =
        parse_updates(br#"{"ok":true,"result":[{"update_id":5,"message":{"text":"secret"}}]}"#).unwrap();
    assert!(!format!("{updates:?}").contains("secret"));
}

/// The short way to an id takes nothing that the parser would not take, and nothing else from it.
#[test]
fn an_id_is_read_as_the_parser_reads_it() {
    let start = r#"{"update_id":"#;
    let most = "9".repeat(18);
    for (number, id) in [("0", Some(0)), ("7", Some(7)), (&most, Some(999_999_999_999_999_999))] {
        for rest in ["}", r#","message":{}}"#] {
            assert_eq!(number_behind(format!("{start}{number}{rest}").as_bytes(), start), id);
        }
    }
    for number in ["", "007", "-1", "1.0", "1e3", "1 ", "\"1\"", "null", &format!("1{most}")] {
        let raw = format!("{start}{number},\"message\":{{}}}}");
        assert_eq!(number_behind(raw.as_bytes(), start), None, "{raw}");
    }
    for raw in
        ["", "{", start, &format!("{start}1"), r#" {"update_id":1}"#, r#"{"message":{},"update_id":1}"#]
    {
        assert_eq!(number_behind(raw.as_bytes(), start), None, "{raw}");
    }
}
