use super::*;
use proptest::prelude::*;

/// A minute's patience, in milliseconds.
const AFTER: i64 = 60_000;

fn only(alarm: Alarm) -> AlarmSet {
    [alarm].into_iter().collect()
}

/// Looks every ten seconds from `from` for `seconds`: what was told, with when.
fn watch(alarms: &mut Alarms, from: i64, seconds: i64, wrong: AlarmSet) -> Vec<(i64, Told)> {
    (0..seconds / 10)
        .filter_map(|i| {
            let at = from + i * 10;
            alarms.look(Millis(at * 1_000), wrong).map(|told| (at, told))
        })
        .collect()
}

#[test]
fn each_has_a_place_and_a_paragraph() {
    for (at, alarm) in Alarm::ALL.into_iter().enumerate() {
        assert_eq!(alarm as usize, at);
        assert!(!alarm.paragraph().is_empty());
    }
}

#[test]
fn an_outage_is_told_once_and_so_is_its_end() {
    let mut alarms = Alarms::new(AFTER);
    let told = watch(&mut alarms, 0, 600, only(Alarm::Database));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &told[0].1.begun), (60, &vec![Alarm::Database]));
    assert_eq!(alarms.open().collect::<Vec<_>>(), [Alarm::Database]);
    let told = watch(&mut alarms, 600, 600, AlarmSet::default());
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, &told[0].1.over), (660, &vec![(Alarm::Database, 10)]));
    assert_eq!(alarms.open().count(), 0);
}

#[test]
fn a_moment_is_no_outage_and_an_event_needs_no_patience() {
    let mut alarms = Alarms::new(AFTER);
    assert!(watch(&mut alarms, 0, 50, only(Alarm::Queue)).is_empty());
    assert!(watch(&mut alarms, 50, 10, AlarmSet::default()).is_empty());
    assert!(watch(&mut alarms, 60, 50, only(Alarm::Queue)).is_empty(), "from anew");
    let told = watch(&mut alarms, 110, 10, only(Alarm::DeadLetter));
    assert_eq!(told[0].1.begun, [Alarm::DeadLetter]);
    assert!(watch(&mut alarms, 120, 600, AlarmSet::default()).is_empty(), "that it is over is no news");
}

#[test]
fn what_comes_together_is_told_together_the_worst_first() {
    let mut alarms = Alarms::new(AFTER);
    let wrong = [Alarm::Jobs, Alarm::Database, Alarm::Held].into_iter().collect();
    let told = watch(&mut alarms, 0, 600, wrong);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.begun, [Alarm::Held, Alarm::Database, Alarm::Jobs]);
}

#[test]
fn what_lasts_is_told_again_after_hours() {
    let mut alarms = Alarms::new(AFTER);
    let told = watch(&mut alarms, 0, 13 * 3_600, only(Alarm::Telegram));
    assert_eq!(told.len(), 3);
    assert_eq!(told[1].1.lasting, [(Alarm::Telegram, 361)]);
}

/// It comes for two minutes and goes for two, all day: that is told ever more seldom.
#[test]
fn what_comes_and_goes_is_told_seldom() {
    let mut alarms = Alarms::new(AFTER);
    let mut told = Vec::new();
    for round in 0..90 {
        told.extend(watch(&mut alarms, round * 240, 120, only(Alarm::Queue)));
        told.extend(watch(&mut alarms, round * 240 + 120, 120, AlarmSet::default()));
    }
    // An hour after it was told last it counts as new.
    assert!(told.len() <= 6 * 4, "{}", told.len());
    assert!(told.len() >= 4);
}

#[test]
fn a_line_says_what_where_and_for_how_long() {
    let told = Told { begun: vec![Alarm::Disk], lasting: vec![], over: vec![(Alarm::Queue, 3)] };
    let lines = told.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].key, "alarm-line-begun");
    assert_eq!(lines[1].key, "alarm-line-over");
}

proptest! {
    /// Whatever happens: never more often than the patience, no end without a beginning, and no
    /// second beginning before the end.
    #[test]
    fn nothing_is_told_too_often_or_without_its_other_half(
        steps in proptest::collection::vec((1_i64..200_000, any::<u32>()), 1..200)
    ) {
        let mut alarms = Alarms::new(AFTER);
        let (mut now, mut last) = (0, None::<i64>);
        let mut open = std::collections::BTreeSet::new();
        for (pause, bits) in steps {
            now += pause;
            let wrong = Alarm::ALL.into_iter().filter(|alarm| bits & (1 << *alarm as u32) != 0).collect();
            let Some(told) = alarms.look(Millis(now), wrong) else { continue };
            prop_assert!(last.is_none_or(|last| now - last >= AFTER));
            last = Some(now);
            for alarm in told.begun {
                prop_assert!(open.insert(alarm) || alarm.is_event());
            }
            for (alarm, _) in told.over {
                prop_assert!(open.remove(&alarm));
            }
        }
    }
}
