//! How an update waits on this machine's disk for the shared journal: with the position that it has
//! there, so that it comes before what its user said later.

use nameless_domain::ids::Seq;
use std::sync::Arc;

/// A field of its own in front of Telegram's: whoever reads the update without knowing of it passes
/// over it.
const FIELD: &str = "{\"nameless_seq\":";

/// The update with its position.
pub(super) fn seal(seq: Seq, raw: &str) -> Arc<str> {
    match raw.strip_prefix('{') {
        Some(rest) => format!("{FIELD}{},{rest}", seq.0).into(),
        // Not an update; it is not read either.
        None => raw.into(),
    }
}

/// The update as it came, and its position, if it was accepted in a cluster.
pub(super) fn open(raw: Arc<str>) -> (Option<Seq>, Arc<str>) {
    let found = raw.strip_prefix(FIELD).and_then(|rest| {
        let (seq, rest) = rest.split_once(',')?;
        Some((Seq(seq.parse().ok()?), format!("{{{rest}").into()))
    });
    match found {
        Some((seq, raw)) => (Some(seq), raw),
        None => (None, raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_comes_back_as_it_was() {
        for raw in [r#"{"update_id":7,"message":{"text":"a, b"}}"#, "{}", "", "no update"] {
            let seq = raw.starts_with('{').then_some(Seq(99));
            assert_eq!(open(seal(Seq(99), raw)), (seq, raw.into()));
            assert_eq!(open(raw.into()), (None, raw.into()));
        }
    }

    #[test]
    fn it_is_an_update_with_the_position_in_it() {
        let sealed = seal(Seq(5), r#"{"update_id":7}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&sealed).unwrap()["update_id"], 7);
    }
}
