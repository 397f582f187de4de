//! The capabilities' adapters: a folder each, with what it needs of the store, of HTTP, of Telegram's updates.

pub mod feedback;
pub mod premium;

use crate::cluster::cache::Cache;
use crate::store::PgStore;
use nameless_actors::capabilities::Capabilities;
use nameless_domain::update::Update;
use serde_json::Value;

/// What the adapters stand on.
pub struct Ground<'a> {
    /// The database.
    pub store: &'a PgStore,
    /// The cache that several nodes share; none on one.
    pub cache: Option<&'a Cache>,
}

/// A port for each. A new capability adds its line.
pub fn ports(ground: &Ground<'_>) -> Capabilities {
    Capabilities { premium: premium::port(ground), feedback: feedback::port(ground) }
}

/// A kind of update that the core does not know, and the capability that reads it.
pub struct Kind {
    /// Its field in an update (<https://core.telegram.org/bots/api#update>).
    pub name: &'static str,
    /// Reads the field's value; none if it is nobody's. Hostile and broken values are read as nothing.
    pub read: fn(update_id: i64, value: &Value) -> Option<Update>,
}

/// Every such kind. Telegram is asked for these as well.
pub const KINDS: &[Kind] = &[];

/// What a user did, where it is a capability that knows how to read it.
pub fn read_update(kinds: &[Kind], update_id: i64, raw: &str) -> Option<Update> {
    if kinds.is_empty() {
        return None;
    }
    let update: Value = serde_json::from_str(raw).ok()?;
    kinds.iter().find_map(|kind| (kind.read)(update_id, update.get(kind.name)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::UserId;
    use nameless_domain::update::Act;

    #[test]
    fn a_kind_that_the_core_does_not_know_is_read_by_who_does() {
        let kinds = [Kind {
            name: "pre_checkout_query",
            read: |update_id, value| {
                let user = UserId(value.get("from")?.get("id")?.as_i64()?);
                Some(Update { update_id, user, lang_hint: None, act: Act::UnblockedBot })
            },
        }];
        let read = |raw: &str| read_update(&kinds, 9, raw).map(|update| (update.update_id, update.user));
        assert_eq!(read(r#"{"update_id":9,"pre_checkout_query":{"from":{"id":5}}}"#), Some((9, UserId(5))));
        for other in [r#"{"update_id":9,"poll":{}}"#, r#"{"update_id":9,"pre_checkout_query":{}}"#, "[", "3"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
