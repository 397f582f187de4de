//! Several bots: where somebody is, and what is said where.

use super::*;
use crate::capabilities::{self, dating};
use crate::crowds::Crowds;
use crate::ids::{BotId, CrowdId};
use crate::session::EndCause;

const OTHER: BotId = BotId(1);

impl Bench {
    /// An act at another bot.
    fn there(&mut self, act: Act) -> Vec<Effect> {
        self.seq += 1;
        let update_id = OTHER.update(self.seq as i64).expect("an id");
        let update = Update { update_id, user: ME, lang_hint: None, act };
        self.on(Event::Update(update), Some(self.seq))
    }

    fn bots(&self) -> (BotId, BotId) {
        (self.core.account.bot, self.core.chat().bot())
    }
}

#[test]
fn who_is_not_busy_is_where_they_wrote_last() {
    let mut b = Bench::idle();
    assert_eq!(b.bots(), (BotId::FIRST, BotId::FIRST));
    let words = b.words("/help");
    assert!(saves(&b.there(words)));
    assert_eq!(b.bots(), (OTHER, OTHER));
    // What nobody asked for goes there as well.
    b.event(Event::ExportFailed);
    assert_eq!(b.bots(), (OTHER, OTHER));
    b.text("/help");
    assert_eq!(b.bots(), (BotId::FIRST, BotId::FIRST));
    // A touch to what was said there before is no word.
    let out = b.there(Act::Reacted { message: MessageId(5), emoji: Vec::new() });
    assert!(!saves(&out) && b.core.account.bot == BotId::FIRST);
}

#[test]
fn a_chat_and_a_search_stay_where_they_began() {
    for (mut b, line) in [(Bench::chatting(), "elsewhere-chat"), (Bench::searching(), "elsewhere-search")] {
        let phase = b.phase();
        let words = b.words("hello");
        assert_eq!(said(&b.there(words)), [line]);
        assert_eq!(b.bots(), (BotId::FIRST, OTHER), "said where they wrote");
        let words = b.words("/search");
        assert_eq!(said(&b.there(words)), [line]);
        assert_eq!(toast(&b.there(pressed("s:go"))), Some(line));
        assert!(b.there(Act::Reacted { message: MessageId(5), emoji: Vec::new() }).is_empty());
        assert_eq!((b.phase(), b.core.account.bot), (phase, BotId::FIRST));
        // At home everything goes on.
        b.text("hello");
        assert_eq!(b.bots(), (BotId::FIRST, BotId::FIRST));
    }
}

#[test]
fn who_leaves_at_another_bot_is_there_from_then_on() {
    let mut b = Bench::chatting();
    let words = b.words("/stop");
    let out = b.there(words);
    assert_eq!(ends(&out), Some((P, EndCause::Stopped)));
    assert!(saves(&out));
    assert_eq!((b.phase(), b.bots()), (Phase::Idle, (OTHER, OTHER)));

    let mut b = Bench::chatting();
    let words = b.words("/next");
    let out = b.there(words);
    assert_eq!(ends(&out), Some((P, EndCause::Next)));
    assert!(matches!(b.phase(), Phase::Searching { .. }) && b.core.account.bot == OTHER);

    // Who is asked first has not left yet.
    let mut b = Bench::searching();
    b.found(P, YOU);
    let words = b.words("/stop");
    assert_eq!(said(&b.there(words)), ["ended-confirm"]);
    assert_eq!(b.bots(), (BotId::FIRST, OTHER));
    assert_eq!(ends(&b.there(pressed("end:stop:70"))), Some((P, EndCause::Stopped)));
    assert_eq!(b.bots(), (OTHER, OTHER));
}

/// Guard: one tap ends what the bot says unasked, wherever the button is that was pressed.
#[test]
fn reminders_and_news_are_ended_at_any_bot() {
    for mut b in [Bench::chatting(), Bench::searching()] {
        let phase = b.phase();
        for data in ["rm:off", "news:off"] {
            let out = b.there(pressed(data));
            assert!(has(&out, |e| matches!(e, Effect::Ask(_))), "{data}: {out:?}");
        }
        assert_eq!((b.phase(), b.core.account.bot), (phase, BotId::FIRST), "they stay where they are");
    }
}

#[test]
fn who_erases_themselves_is_told_so_where_they_are() {
    let mut b = Bench::idle();
    let words = b.words("/privacy");
    b.there(words);
    assert!(has(&b.there(pressed("pv:erase-yes")), |e| matches!(e, Effect::Erase)));
    assert_eq!(b.bots(), (OTHER, OTHER));
    b.event(Event::Unsaid);
    assert_eq!(b.bots(), (OTHER, OTHER));
}

#[test]
fn whoever_blocks_a_bot_that_they_have_left_is_still_here() {
    let mut b = Bench::chatting();
    assert!(b.there(Act::BlockedBot).is_empty());
    assert!(b.event(Event::Unreachable { bot: OTHER }).is_empty());
    assert!(!b.core.account.blocked_bot && b.core.account.pair() == Some(P));
    assert_eq!(ends(&b.act(Act::BlockedBot)), Some((P, EndCause::Vanished)));
}

#[test]
fn what_comes_again_moves_nobody() {
    let mut b = Bench::idle();
    let words = b.words("/help");
    b.there(words);
    let seq = b.seq;
    b.text("/help");
    let update_id = OTHER.update(seq as i64).expect("an id");
    let act = b.words("/help");
    b.on(Event::Update(Update { update_id, user: ME, lang_hint: None, act }), Some(seq));
    assert_eq!(b.bots(), (BotId::FIRST, OTHER), "it is answered where it came from");

    // Words that were not taken are not taken the second time either.
    let mut b = Bench::chatting();
    let words = b.words("hello");
    b.there(words.clone());
    let (seq, update_id) = (b.seq, OTHER.update(b.seq as i64).expect("an id"));
    let again = Event::Update(Update { update_id, user: ME, lang_hint: None, act: words });
    let out = b.on(again, Some(seq));
    assert_eq!(said(&out), ["elsewhere-chat"]);
    assert!(!has(&out, |e| matches!(e, Effect::Relay { .. })));
}

/// Guard: the crowd of a wish is that of the bot by which it came.
#[test]
fn a_search_is_among_the_people_of_the_bot_where_it_began() {
    let mut b = Bench::idle();
    b.rules.crowds = Crowds::apart(&[vec![BotId::FIRST], vec![OTHER]]);
    let crowd = |out: &[Effect]| seek(out).map(|request| request.seeker.crowd);
    let words = b.words("/search");
    assert_eq!(crowd(&b.there(words)), Some(CrowdId(OTHER.0)));
    // Words at the first bot change nothing while it goes on.
    b.text("/help");
    b.now += b.rules.search_timeout_ms + 1;
    assert_eq!(crowd(&b.event(Event::SearchDue)), Some(CrowdId(OTHER.0)));
    // Who leaves it there is among the others with the next one.
    b.text("/stop");
    assert_eq!(crowd(&b.text("/search")), Some(CrowdId::FIRST));
    // Nobody is apart unless the operator says so.
    b.text("/stop");
    b.rules.crowds = Crowds::default();
    let words = b.words("/search");
    assert_eq!(crowd(&b.there(words)), Some(CrowdId::FIRST));
}

#[test]
fn whoever_opens_the_app_at_a_bot_is_there_unless_they_are_kept_elsewhere() {
    let opened = || Event::Capability(capabilities::Event::Dating(dating::Event::Opened { bot: OTHER }));
    let mut b = Bench::idle();
    b.core.account.blocked_bot = true;
    assert!(saves(&b.event(opened())));
    assert_eq!((b.bots(), b.core.account.blocked_bot), ((OTHER, OTHER), false));
    assert!(b.event(opened()).is_empty());
    for mut b in [Bench::chatting(), Bench::searching()] {
        assert!(b.event(opened()).is_empty());
        assert_eq!(b.core.account.bot, BotId::FIRST);
    }
}

#[test]
fn an_album_at_another_bot_is_answered_once() {
    let mut b = Bench::chatting();
    let item = |b: &mut Bench, group: &str| {
        let Act::Message(message) = b.words("one of them") else { panic!("no message") };
        b.there(Act::Message(Inbound { album: Some(group.into()), ..message }))
    };
    let answers: Vec<usize> =
        ["g1", "g1", "g1", "g2", "g2"].map(|group| said(&item(&mut b, group)).len()).into();
    assert_eq!(answers, [1, 0, 0, 1, 0]);
    // What belongs to none is answered each time.
    let words = b.words("hello");
    assert_eq!(said(&b.there(words)), ["elsewhere-chat"]);
}

/// The store was slow: the pair is of the search that they have left at the first bot.
#[test]
fn a_pair_that_has_somebody_at_a_bot_they_left_is_over_at_once() {
    let mut b = Bench::searching();
    let words = b.words("/stop");
    b.there(words);
    let words = b.words("/search");
    b.there(words);
    b.found(P, YOU);
    assert_eq!((b.core.account.pair(), b.core.account.bot), (Some(P), OTHER));
    // It is nothing where the two agree, nor of another pair.
    assert!(b.event(Event::Placed { pair: P, bot: OTHER }).is_empty());
    assert!(b.event(Event::Placed { pair: PairId(P.0 + 1), bot: BotId::FIRST }).is_empty());
    let out = b.event(Event::Placed { pair: P, bot: BotId::FIRST });
    assert_eq!(ends(&out), Some((P, EndCause::Lost)));
    assert!(saves(&out) && b.phase() == Phase::Idle);
    assert!(b.event(Event::Placed { pair: P, bot: BotId::FIRST }).is_empty());
}
