//! Updates of kinds that the core does not know.

use nameless_domain::update::Update;
use serde_json::Value;

/// A kind of update, and how a capability reads it.
pub struct Kind {
    /// Its field in an update (<https://core.telegram.org/bots/api#update>).
    pub name: &'static str,
    /// Reads the field's value; none if it is nobody's. Hostile and broken values are read as
    /// nothing.
    pub read: fn(update_id: i64, value: &Value) -> Option<Update>,
}

/// What a user did, where it is a capability that knows how to read it.
pub fn read_update(kinds: impl Iterator<Item = &'static Kind>, update_id: i64, raw: &str) -> Option<Update> {
    let mut kinds = kinds.peekable();
    kinds.peek()?;
    let update: Value = serde_json::from_str(raw).ok()?;
    kinds.find_map(|kind| (kind.read)(update_id, update.get(kind.name)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::UserId;
    use nameless_domain::update::Act;

    #[test]
    fn a_kind_that_the_core_does_not_know_is_read_by_who_does() {
        static KINDS: [Kind; 1] = [Kind {
            name: "pre_checkout_query",
            read: |update_id, value| {
                let user = UserId(value.get("from")?.get("id")?.as_i64()?);
                Some(Update { update_id, user, lang_hint: None, act: Act::UnblockedBot })
            },
        }];
        let read = |raw: &str| {
            let update = read_update(KINDS.iter(), 9, raw);
            update.map(|update| (update.update_id, update.user))
        };
        let query = r#"{"update_id":9,"pre_checkout_query":{"from":{"id":5}}}"#;
        assert_eq!(read(query), Some((9, UserId(5))));
        for other in [r#"{"poll":{}}"#, r#"{"pre_checkout_query":{}}"#, "[", "3"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
