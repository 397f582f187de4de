//! Buttons that a hostile client makes up.

use super::*;

#[test]
fn made_up_buttons_do_nothing() {
    let garbage = "x".repeat(64);
    let colons = ":".repeat(64);
    let all = [
        garbage.as_str(),
        colons.as_str(),
        "",
        ":",
        "fb",
        "fb:",
        "fb:up",
        "fb:up:",
        "fb:up:71",
        "fb:r:71:0",
        "fb:r:70:99",
        "fb:r:70:-1",
        "fb:r:70:x",
        "fb:r:70",
        "fb:block:999999999999999999999",
        "fb:dance:70",
        "end:stop:71",
        "end:next:",
        "end:stop",
        "end:go:70",
        "s:",
        "s:go:1",
        "s:dance",
        "on:wish:0",
        "on:lang:9",
        "pf:gender:9",
        "pf:ages:99999999999999999999",
        "pf:topics:12",
        "pf:dance",
        "pf:dance:1",
        "pf:a:b:c",
        "set:lang:9",
        "set:lang:x",
        "set:dance",
        "pv:dance",
        "pv:erase-yes:1",
        "i",
        "i:dance",
        "i:help:nothing",
        "h",
        "gate:again",
        "no:such:thing",
        "\u{0}\u{202e}:🎲",
    ];
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting, Bench::after_chat] {
        for data in all {
            let mut b = make();
            let before = b.core.account.clone();
            let out = b.press(data);
            assert!(matches!(out[..], [Effect::Answer { toast: Some(_), .. }]), "{data}: {out:?}");
            b.core.account.applied = before.applied;
            assert_eq!(b.core.account, before, "{data}");
        }
    }
}

#[test]
fn every_button_ever_shown_fits_and_every_press_is_answered() {
    let mut b = Bench::chatting();
    let mut seen =
        vec!["pf:show".to_owned(), "set:show".to_owned(), "pv:show".to_owned(), "fb:report:70".into()];
    let mut i = 0;
    while i < seen.len() {
        let data = seen[i].clone();
        i += 1;
        if data == "pv:erase-yes" || data.starts_with("fb:r:") {
            continue;
        }
        let out = b.press(&data);
        assert!(matches!(out.last(), Some(Effect::Answer { .. })) || saves(&out), "{data}");
        assert_eq!(out.iter().filter(|e| matches!(e, Effect::Answer { .. })).count(), 1, "{data}");
        assert_ne!(toast(&out), Some("error-old-button"), "{data} was shown");
        for new in buttons(&out) {
            assert!(new.len() <= 64);
            if !seen.contains(&new) {
                seen.push(new);
            }
        }
    }
    assert!(seen.len() > 40, "{}", seen.len());
}
