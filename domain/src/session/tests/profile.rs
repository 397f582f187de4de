//! /profile, /settings, /language.

use super::*;

#[test]
fn every_answer_can_be_changed_and_is_kept() {
    let mut b = Bench::idle();
    for data in
        ["pf:gender:1", "pf:age:0", "pf:topics:3", "pf:genders:2", "pf:ages:1", "pf:langs:0", "pf:shared"]
    {
        let out = b.press(data);
        assert!(saves(&out) && seek(&out).is_none(), "{data}");
    }
    let account = &b.core.account;
    assert_eq!((account.gender, account.age), (Some(Gender::Male), Some(AgeBand::From18)));
    assert_eq!(account.interests.0, 1 << 3);
    let w = account.wishes;
    assert_eq!((w.genders, w.ages, w.langs, w.shared_interest), (0b011, 0b11101, 0b11, true));
}

#[test]
fn somebody_must_be_wished_for() {
    let mut b = Bench::idle();
    b.press("pf:genders:0");
    b.press("pf:genders:1");
    let out = b.press("pf:genders:2");
    assert_eq!(toast(&out), Some("wish-keep-one"));
    assert!(!saves(&out) && b.core.account.wishes.genders == 0b100);
}

#[test]
fn the_language_takes_the_wish_along_only_if_it_was_the_only_one() {
    let mut b = Bench::idle();
    assert!(saves(&b.press("set:lang:0")));
    assert_eq!((b.core.account.lang, b.core.account.wishes.langs), (Lang::Ru, 0b01));
    b.press("pf:langs:1");
    b.press("set:lang:1");
    assert_eq!(b.core.account.wishes.langs, 0b11);
}

#[test]
fn a_profile_is_not_edited_before_it_is_complete() {
    let mut b = Bench::new();
    assert_eq!(toast(&b.press("pf:gender:1")), Some("error-old-button"));
    assert_eq!(b.core.account.gender, None);
}
