//! Looking for a partner, and finding one.

use crate::capabilities::Fact;
use crate::ids::{PairId, UserId};
use crate::matching::Seeker;
use crate::profile::Interests;
use crate::session::account::{Avoided, Phase};
use crate::session::notice::Notice;
use crate::session::turn::{Effect, SeekRequest};
use crate::session::{Asked, Command, EndCause, Feature, SessionCore, Turn, onboarding};
use crate::text::{Button, Screen};
use crate::time::Millis;

pub(super) const FEATURE: Feature = Feature {
    prefix: "s",
    commands: &[Command::new("search", 10, "command-search").help("help-search")],
    on_command,
    on_press,
};

/// Whether a screen is one that people come back to: the search button stands below it.
pub fn is_home(screen: &Screen) -> bool {
    screen.keyboard.iter().flatten().any(|button| button.data() == Some(GO))
}

/// What the search button tells the bot.
const GO: &str = "s:go";

/// A text with the search button below.
pub(crate) fn home(key: &'static str) -> Screen {
    Screen::text(key).row([Button::new("search-start", GO)])
}

/// When the wishes widen the next time.
fn widens_at(confirmed: Millis, widened: u8, turn: &Turn<'_>) -> Millis {
    confirmed.plus(turn.rules.widen_after_ms.saturating_mul(i64::from(widened) + 1))
}

/// The answer to anything that is said while searching.
pub(super) fn still_searching() -> Screen {
    Screen::text("search-already").row([Button::new("search-stop-button", "s:stop")])
}

fn on_command(core: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    core.begin_search(turn);
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["go"] => core.begin_search(turn),
        ["stop"] => core.stop_search(turn),
        ["more"] => core.confirm_search(turn),
        _ => turn.toast("error-old-button"),
    }
}

impl SessionCore {
    /// Starts a search, or says why not. While searching it is the same search.
    pub(super) fn begin_search(&mut self, turn: &mut Turn<'_>) {
        match self.account.phase {
            // Who looks for a person leaves the character: no word is ever for both.
            Phase::Idle | Phase::Companion { .. } => {
                self.start_search(turn);
                turn.say(Screen::text("search-started").row([Button::new("search-stop-button", "s:stop")]));
            }
            Phase::Searching { .. } => turn.say(still_searching()),
            Phase::Chatting { .. } => turn.say(Screen::text("search-in-chat")),
            Phase::Onboarding { question } => turn.say(onboarding::ask(&self.account, question)),
            Phase::Underage { .. } => turn.say(Screen::text("adult-turned-away")),
        }
    }

    /// Enters the searching phase without a word.
    pub(super) fn start_search(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now();
        self.account.phase = Phase::Searching { since: now, confirmed: now, widened: 0 };
        self.asked = None;
        self.account.avoid.retain(|a| a.until > now);
        turn.save();
        self.seek(turn);
    }

    /// Leaves the searching phase.
    pub(super) fn stop_search(&mut self, turn: &mut Turn<'_>) {
        let Phase::Searching { .. } = self.account.phase else {
            return turn.toast("error-old-button");
        };
        self.account.phase = Phase::Idle;
        turn.push(Effect::Unseek);
        turn.say(home("search-stopped"));
        turn.save();
    }

    /// "Go on" after the time-out.
    fn confirm_search(&mut self, turn: &mut Turn<'_>) {
        match self.account.phase {
            Phase::Searching { since, widened, .. } => {
                self.account.phase = Phase::Searching { since, confirmed: turn.now(), widened };
                self.asked = None;
                turn.toast("search-goes-on");
                turn.save();
                self.seek(turn);
            }
            _ => self.begin_search(turn),
        }
    }

    /// The profile changed: a running search looks for what is wished for now, unwidened. Who
    /// changes a wish is there, so its time-out counts from now; the place in the queue stays.
    pub(super) fn seek_anew(&mut self, turn: &mut Turn<'_>) {
        if let Phase::Searching { since, .. } = self.account.phase {
            self.account.phase = Phase::Searching { since, confirmed: turn.now(), widened: 0 };
            self.asked = None;
            turn.save();
            self.seek(turn);
        }
    }

    /// (Re)states to the matchmaker what is looked for, with the wishes as widened so far.
    pub(crate) fn seek(&mut self, turn: &mut Turn<'_>) {
        let (Phase::Searching { since, confirmed, widened }, Some(mut profile)) =
            (self.account.phase, self.account.profile())
        else {
            return;
        };
        for _ in 0..widened {
            if let Some((wider, _)) = profile.wishes.widened() {
                profile.wishes = wider;
            }
        }
        let now = turn.now();
        let mut avoid: Vec<UserId> =
            self.account.avoid.iter().filter(|a| a.until > now).map(|a| a.user).collect();
        avoid.extend_from_slice(self.account.blocked.users());
        avoid.sort_unstable();
        avoid.dedup();
        let mut check_at = self.asked.unwrap_or(confirmed).plus(turn.rules.search_timeout_ms);
        if profile.wishes.widened().is_some() {
            check_at = check_at.min(widens_at(confirmed, widened, turn));
        }
        if self.capabilities.admin.is_shadowed(now) {
            // A search like any other that accepts nobody.
            profile.wishes.genders = 0;
        }
        let seeker = Seeker {
            user: self.account.user,
            crowd: turn.rules.crowds.of(self.account.bot),
            profile,
            since,
            priority: self.capabilities.goes_first(now),
            avoid: avoid.into_boxed_slice(),
        };
        turn.push(Effect::Seek(Box::new(SeekRequest { seeker, check_at })));
    }

    /// The matchmaker's reminder: widen, ask, or give up.
    pub(super) fn on_search_due(&mut self, turn: &mut Turn<'_>) {
        let Phase::Searching { since, confirmed, widened } = self.account.phase else { return };
        let Some(mut profile) = self.account.profile() else { return };
        let now = turn.now();
        let timeout = turn.rules.search_timeout_ms;
        if self.asked.is_some_and(|asked| now.since(asked) >= timeout) {
            self.account.phase = Phase::Idle;
            turn.push(Effect::Unseek);
            turn.notify(Notice::GaveUp);
            return turn.save();
        }
        for _ in 0..widened {
            if let Some((wider, _)) = profile.wishes.widened() {
                profile.wishes = wider;
            }
        }
        if now >= widens_at(confirmed, widened, turn)
            && let Some((_, widening)) = profile.wishes.widened()
        {
            self.account.phase = Phase::Searching { since, confirmed, widened: widened + 1 };
            turn.notify(Notice::Widened { times: widened + 1, widening });
            turn.save();
        }
        if self.asked.is_none() && now.since(confirmed) >= timeout {
            self.asked = Some(now);
            turn.say(
                Screen::text("search-timeout")
                    .row([Button::new("search-go-on", "s:more")])
                    .row([Button::new("search-give-up", "s:stop")]),
            );
        }
        self.seek(turn);
    }

    pub(super) fn on_search_refused(&mut self, turn: &mut Turn<'_>) {
        if let Phase::Searching { .. } = self.account.phase {
            self.account.phase = Phase::Idle;
            turn.notify(Notice::NotSought);
            turn.save();
        }
    }

    pub(super) fn on_partner_found(
        &mut self,
        pair: PairId,
        partner: UserId,
        common: Interests,
        turn: &mut Turn<'_>,
    ) {
        match self.account.phase {
            // The other one changed their mind, and that was quicker than this. The wish has been
            // taken for answered.
            Phase::Searching { .. } if self.over == Some(pair) => self.seek(turn),
            _ if self.over == Some(pair) => {}
            // It had been taken up from the store, and ended again, before word of it came.
            Phase::Searching { .. } if self.account.last_chat.is_some_and(|last| last.pair == pair) => {
                self.seek(turn)
            }
            // Blocked while the pair was being opened.
            Phase::Searching { .. }
                if self.avoids(partner, turn.now()) || self.capabilities.admin.is_shadowed(turn.now()) =>
            {
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped });
                self.seek(turn);
            }
            Phase::Searching { .. } => self.begin_chat(pair, partner, common, turn),
            Phase::Chatting { pair: live, .. } if live == pair => {}
            // Changed their mind while the pair was being opened: the other one is told at once.
            _ => turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped }),
        }
    }

    /// Enters the chat and says so.
    pub(crate) fn begin_chat(
        &mut self,
        pair: PairId,
        partner: UserId,
        common: Interests,
        turn: &mut Turn<'_>,
    ) {
        self.enter_chat(
            pair,
            partner,
            Notice::ChatBegan { pair, common, again: false, matched: false },
            turn,
        );
    }

    /// Whether the pair is over, as far as is known here.
    pub(crate) fn has_left(&self, pair: PairId) -> bool {
        self.over == Some(pair) || self.account.last_chat.is_some_and(|last| last.pair == pair)
    }

    /// Enters the chat and says so by this line.
    pub(crate) fn enter_chat(&mut self, pair: PairId, partner: UserId, line: Notice, turn: &mut Turn<'_>) {
        // A wish restated while the pair was being opened (a reminder, an edited profile) must not
        // stay behind: it would be matched, and its pair ended at once, when this chat is over.
        turn.push(Effect::Unseek);
        self.told = 0;
        self.album = None;
        let after = self.account.applied.max(self.former);
        self.account.phase = Phase::Chatting { pair, partner, since: turn.now(), after };
        self.avoid(partner, turn.now().plus(turn.rules.repeat_window_ms), turn.rules.avoid_per_user);
        turn.notify(line);
        turn.save();
        self.tell(Fact::ChatBegan { pair, partner }, turn);
    }

    fn avoids(&self, user: UserId, now: Millis) -> bool {
        let recent = self.account.avoid.iter().any(|a| a.user == user && a.until > now);
        recent || self.account.blocked.has(user)
    }

    /// Notes that `user` is not to be met before `until`; a longer note stays. The list is bounded:
    /// what ends first makes room. Who is blocked stands in a list of their own, where nobody makes
    /// room for anybody.
    pub(super) fn avoid(&mut self, user: UserId, until: Millis, bound: usize) {
        let list = &mut self.account.avoid;
        match list.iter_mut().find(|a| a.user == user) {
            Some(known) => known.until = known.until.max(until),
            None => {
                if list.len() >= bound.max(1)
                    && let Some(i) = (0..list.len()).min_by_key(|&i| list[i].until)
                {
                    if list[i].until > until {
                        return;
                    }
                    list.remove(i);
                }
                list.push(Avoided { user, until });
            }
        }
    }
}
