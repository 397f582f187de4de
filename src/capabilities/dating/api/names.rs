//! What matches are called at Telegram: asked for at a pace of its own, whatever is leafed through,
//! and kept for a while. A name belongs to two who agreed; that they did is looked at each time.

use crate::store::PgStore;
use crate::telegram::Client;
use nameless_actors::kernel::lock;
use nameless_domain::ids::UserId;
use nameless_domain::outbox::Bucket;
use nameless_domain::time::Millis;
use std::collections::HashMap;
use std::sync::Mutex;

/// So long a name is taken for what it was, milliseconds.
const GOOD_MS: i64 = 600_000;
/// Names that are kept, at most. A table that is full is forgotten.
const MOST: usize = 10_000;
/// Names that Telegram is asked for a second, and at once, by all who look at once.
const PACE: (f64, u32) = (5.0, 20);

struct Table {
    kept: HashMap<UserId, (Option<String>, Millis)>,
    pace: Bucket,
}

/// Names that were asked for.
pub(super) struct Names(Mutex<Table>);

/// What is to be done about a name.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// It is this.
    Is(Option<String>),
    /// Telegram is asked.
    Ask,
}

impl Names {
    pub fn new() -> Names {
        Names(Mutex::new(Table { kept: HashMap::new(), pace: Bucket::new(PACE.0, PACE.1) }))
    }

    /// Somebody's name; none if there is none, or nobody can tell now.
    pub async fn of(
        &self,
        (store, client): (&PgStore, &Client),
        user: UserId,
        now: Millis,
    ) -> Option<String> {
        match self.known(user, now) {
            Known::Is(name) => name,
            Known::Ask => {
                // Only a bot that they have written to is told.
                let name = store.bot_of(client, user).await.ok()?.username(user).await.ok()?;
                self.keep(user, name.clone(), now);
                name
            }
        }
    }

    /// What is known; where that is old and nobody may be asked at the moment, it goes on.
    fn known(&self, user: UserId, now: Millis) -> Known {
        let Table { kept, pace } = &mut *lock(&self.0);
        let known = kept.get(&user);
        if let Some((name, at)) = known
            && (0..GOOD_MS).contains(&now.since(*at))
        {
            return Known::Is(name.clone());
        }
        match pace.take(now) {
            true => Known::Ask,
            false => Known::Is(known.and_then(|(name, _)| name.clone())),
        }
    }

    fn keep(&self, user: UserId, name: Option<String>, now: Millis) {
        let kept = &mut lock(&self.0).kept;
        if kept.len() >= MOST && !kept.contains_key(&user) {
            kept.clear();
        }
        kept.insert(user, (name, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_asked_for_once_in_a_while_and_never_too_often() {
        let (names, now) = (Names::new(), Millis(1_000_000));
        assert_eq!(names.known(UserId(1), now), Known::Ask);
        names.keep(UserId(1), Some("anna".into()), now);
        let later = now.plus(GOOD_MS - 1);
        assert_eq!(names.known(UserId(1), later), Known::Is(Some("anna".into())));
        assert_eq!(names.known(UserId(1), now.plus(GOOD_MS)), Known::Ask, "it may be another one");
        let at = now.plus(2 * GOOD_MS);
        let asked = (2..200).filter(|user| names.known(UserId(*user), at) == Known::Ask).count();
        assert_eq!(asked, PACE.1 as usize);
        // What was known goes on where nobody may be asked.
        assert_eq!(names.known(UserId(1), at), Known::Is(Some("anna".into())));
        for user in 0..2 * MOST as i64 {
            names.keep(UserId(user), None, at);
        }
        assert!(lock(&names.0).kept.len() <= MOST);
    }
}
