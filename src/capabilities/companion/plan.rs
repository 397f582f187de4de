//! Which back end is asked next, what, and what that may cost. Decided without asking anybody, so
//! that the first of a turn's calls is reserved with the commit that reads what the model has to
//! know.

use super::desk::Desk;
use super::meaning::Meant;
use super::prompt;
use super::store::{Asked, CallKey, Open, Reserve};
use nameless_actors::kernel::lock;
use nameless_domain::capabilities::companion::Trouble;
use nameless_domain::companion::constants::CALLS_A_TURN;
use nameless_domain::companion::context::{Prompt, budget};
use nameless_domain::companion::money::Micros;
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::Ruling;
use nameless_domain::ids::UserId;

/// What is to be done about a turn that waits for its reply.
pub(super) enum First {
    /// There is no such character (any more).
    Gone,
    /// What was said is not passed on.
    Refused(Ruling),
    /// Models are asked: this one first, unless none can be.
    Ask(Course, Option<Plan>),
    /// Before that, older turns are looked for by what is meant.
    Recall(Course, Meant),
}

impl First {
    /// The call for which a reserve is to be made with it.
    pub(super) fn call(&self) -> Option<CallKey> {
        match self {
            First::Ask(_, plan) => plan.as_ref().map(|plan| plan.call),
            First::Recall(_, meant) => Some(meant.call),
            First::Gone | First::Refused(_) => None,
        }
    }
}

/// How far a turn has come among the back ends.
pub(super) struct Course {
    /// Which back end is next.
    pub which: usize,
    /// Calls that the job has made.
    pub made: usize,
    /// The model is to say it differently.
    pub again: bool,
    /// The person asks for what only adult mode answers.
    pub adult: bool,
    /// What the back end took for too long gives way to less.
    pub narrowed: Option<u32>,
    /// Why there is no reply, if none comes.
    pub trouble: Trouble,
}

/// One call.
pub(super) struct Plan {
    /// Of which back end.
    pub which: usize,
    pub prompt: Prompt,
    /// The last turn that the prompt had no room for.
    pub left_out: i32,
    pub call: CallKey,
    /// The most that it can cost.
    pub worst: Micros,
}

impl Desk {
    /// Judges what was said, and plans the first call.
    pub(super) fn first(&self, user: UserId, asked: Asked, open: &Open) -> (First, Option<Reserve>) {
        let Some(persona) = self.persona(&open.persona, open.own.as_ref()) else {
            return (First::Gone, None);
        };
        let judged = self.detector.judge(&prompt::window(open));
        match judged.ruling(open.adult) {
            Ruling::Passes => {}
            refused => return (First::Refused(refused), None),
        }
        let mut course = Course {
            which: 0,
            made: usize::try_from(open.calls).unwrap_or_default(),
            again: open.of.1 > 1,
            adult: judged.ruling(false) == Ruling::AdultOnly,
            narrowed: None,
            trouble: Trouble::Away,
        };
        if let Some((meant, reserve)) = self.meant(user, asked, open) {
            return (First::Recall(course, meant), Some(reserve));
        }
        match self.next(&mut course, (user, asked), (open, &persona)) {
            Some((plan, reserve)) => (First::Ask(course, Some(plan)), Some(reserve)),
            None => (First::Ask(course, None), None),
        }
    }

    /// Plans the next call; none once nobody is left to ask, or the turn has had its calls.
    pub(super) fn next(
        &self,
        course: &mut Course,
        (user, asked): (UserId, Asked),
        (open, persona): (&Open, &Persona),
    ) -> Option<(Plan, Reserve)> {
        let back_ends = &self.back_ends;
        while course.made < CALLS_A_TURN {
            let which = course.which;
            let model = back_ends.models.get(which)?;
            // In adult mode those alone that the operator has named for it.
            if open.adult && !model.adult {
                course.which += 1;
                continue;
            }
            let tokens = *lock(&self.tokens[which]);
            let most = budget(model.context, model.answer);
            let room = course.narrowed.map_or(most, |narrowed| narrowed.min(most));
            let Ok((prompt, left_out)) = prompt::of(persona, (open, course.again), room, &tokens) else {
                (course.which, course.trouble, course.narrowed) = (which + 1, Trouble::TooLong, None);
                continue;
            };
            let call: CallKey = (asked.dialog, asked.turn, asked.attempt, course.made as i16 + 1);
            let worst = model.price.worst(prompt.tokens, model.answer);
            let reserve = Reserve {
                call,
                user,
                back_end: (model.name.clone(), model.cap),
                worst,
                person: back_ends.person,
                all: back_ends.all,
            };
            return Some((Plan { which, prompt, left_out, call, worst }, reserve));
        }
        None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The beginning of one.
    pub(in crate::capabilities::companion) fn course() -> Course {
        Course { which: 0, made: 0, again: false, adult: false, narrowed: None, trouble: Trouble::Away }
    }
}
