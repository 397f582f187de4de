//! Turns that began with the commit that keeps them: what was read and planned then waits here for
//! their job, which is handed over at the same moment. What nobody comes for in time is forgotten,
//! and read again by whoever has the job then.
//!
//! Whoever takes a plan is the only one who makes its call. So of one that is still here, or was
//! forgotten here, it is certain that the call was never made: its reserve goes back.

use super::plan::First;
use super::store::{Asked, Begun, CallKey, Reserved};
use nameless_actors::kernel::lock;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long it is kept: a job that was handed over begins within milliseconds.
const KEPT: Duration = Duration::from_secs(10);

/// What is to be done about a turn, and what became of the reserve for its first call.
pub(super) type Beginning = Begun<(First, Option<Reserved>)>;

/// Such turns. There are no more than places at the back ends, but for those of the last seconds
/// that were lost.
#[derive(Default)]
pub(super) struct Beginnings(Mutex<HashMap<Asked, (Instant, Beginning)>>);

/// What was here for a turn.
pub(super) enum Found {
    /// What is to be done.
    Begun(Box<Beginning>),
    /// Nothing that is of use; with the call that has a reserve, if one has, and was never made.
    Nothing(Option<CallKey>),
}

impl Beginnings {
    /// Keeps it. Gives the calls of those that are forgotten: they have a reserve, and were never
    /// made.
    pub(super) fn put(&self, asked: Asked, beginning: Beginning) -> Vec<CallKey> {
        self.put_at(asked, beginning, Instant::now())
    }

    fn put_at(&self, asked: Asked, beginning: Beginning, now: Instant) -> Vec<CallKey> {
        let mut all = lock(&self.0);
        let calls = forgotten(&mut all, now);
        all.insert(asked, (now, beginning));
        calls
    }

    /// Forgets those that nobody came for in time, where no other is put here meanwhile. Gives
    /// their calls in the same way.
    pub(super) fn forget(&self) -> Vec<CallKey> {
        self.forget_at(Instant::now())
    }

    fn forget_at(&self, now: Instant) -> Vec<CallKey> {
        forgotten(&mut lock(&self.0), now)
    }

    /// Whoever takes it is the only one: its call is made once. `is_first`: the job's first attempt
    /// takes it, which alone goes on with what was read.
    pub(super) fn take(&self, asked: Asked, is_first: bool) -> Found {
        self.take_at(asked, is_first, Instant::now())
    }

    fn take_at(&self, asked: Asked, is_first: bool, now: Instant) -> Found {
        match lock(&self.0).remove(&asked) {
            Some((since, beginning)) if is_first && now.duration_since(since) < KEPT => {
                Found::Begun(Box::new(beginning))
            }
            Some((_, beginning)) => Found::Nothing(reserved(&beginning)),
            None => Found::Nothing(None),
        }
    }
}

/// Forgets those that are late; their calls that have a reserve.
fn forgotten(all: &mut HashMap<Asked, (Instant, Beginning)>, now: Instant) -> Vec<CallKey> {
    let is_lost = |(since, _): &(Instant, Beginning)| now.duration_since(*since) >= KEPT;
    let lost = all.extract_if(|_, one| is_lost(one));
    lost.filter_map(|(_, (_, beginning))| reserved(&beginning)).collect()
}

/// The call of a beginning that has a reserve.
fn reserved(beginning: &Beginning) -> Option<CallKey> {
    match beginning {
        Begun::Open(_, (first, Some(Reserved::Yes(_)))) => first.call(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::meaning::tests::meant;
    use super::super::plan::tests::course;
    use super::super::prompt::tests::dialog;
    use super::*;

    fn asked(turn: i32) -> Asked {
        Asked { dialog: 7, turn, attempt: 1 }
    }

    fn beginning(turn: i32, reserved: Option<Reserved>) -> Beginning {
        Begun::Open(dialog(1), (First::Recall(course(), meant((7, turn, -1, 1))), reserved))
    }

    #[test]
    fn a_plan_is_taken_once_and_one_that_is_late_gives_its_reserve_back() {
        let (all, now) = (Beginnings::default(), Instant::now());
        let yes = || Some(Reserved::Yes(Vec::new()));
        assert!(all.put_at(asked(1), beginning(1, yes()), now).is_empty());
        assert!(matches!(all.take_at(asked(1), true, now), Found::Begun(_)));
        assert!(
            matches!(all.take_at(asked(1), true, now), Found::Nothing(None)),
            "nobody makes its call twice"
        );

        all.put_at(asked(2), beginning(2, yes()), now);
        assert!(matches!(all.take_at(asked(2), true, now + KEPT), Found::Nothing(Some((7, 2, -1, 1)))));
        all.put_at(asked(3), beginning(3, yes()), now);
        assert!(
            matches!(all.take_at(asked(3), false, now), Found::Nothing(Some((7, 3, -1, 1)))),
            "another attempt"
        );
        let over = Some(Reserved::Over("person".to_owned()));
        all.put_at(asked(4), beginning(4, over), now);
        assert!(
            matches!(all.take_at(asked(4), true, now + KEPT), Found::Nothing(None)),
            "nothing was reserved"
        );

        all.put_at(asked(5), beginning(5, yes()), now);
        all.put_at(asked(6), beginning(6, None), now);
        assert_eq!(all.put_at(asked(7), beginning(7, yes()), now + KEPT), [(7, 5, -1, 1)]);
        assert!(matches!(all.take_at(asked(5), true, now + KEPT), Found::Nothing(None)), "it is forgotten");
        assert!(matches!(all.take_at(asked(7), true, now + KEPT), Found::Begun(_)));

        // Nobody says anything more: the hourly look forgets it.
        all.put_at(asked(8), beginning(8, yes()), now);
        assert!(all.forget_at(now + KEPT / 2).is_empty(), "its job may still come");
        assert_eq!(all.forget_at(now + KEPT), [(7, 8, -1, 1)]);
        assert!(all.forget_at(now + KEPT).is_empty());
    }
}
