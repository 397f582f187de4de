//! Adult mode, pictures, characters of one's own.

use super::*;
use crate::ids::UserId;
use crate::outgoing::KeptPicture;

fn allowing() -> Bench {
    let mut bench = on(Bench::idle());
    let cast = Cast { adult: true, ..Cast::clone(&bench.rules.cast) };
    bench.rules.cast = Arc::new(cast);
    bench
}

/// Guard: the cast's look at what the operator allows.
#[test]
fn adult_mode_is_offered_only_where_the_operator_allows_it() {
    let dialog = Dialog {
        id: D,
        persona: "ann".to_owned(),
        name: None,
        title: String::new(),
        used: Millis(1),
        adult: false,
    };
    let opened = |bench: &mut Bench, adult: bool| {
        let out = told(bench, Event::Opened { dialog: Dialog { adult, ..dialog.clone() }, last: None });
        let screen = out.iter().rev().find_map(|effect| match effect {
            Effect::Say(screen) => Some(buttons(screen).into_iter().map(str::to_owned).collect::<Vec<_>>()),
            _ => None,
        });
        screen.expect("a screen")
    };
    let mut bench = on(Bench::idle());
    assert!(!opened(&mut bench, false).iter().any(|data| data.starts_with("ch:adult")));
    for data in ["ch:adult:5", "ch:adult-yes:5"] {
        let out = bench.press(data);
        assert!(asked(&out).is_empty() && said(&out).is_empty(), "{data}: {out:?}");
    }
    // What is on can be switched off, whatever the operator allows by now.
    assert!(opened(&mut bench, true).contains(&"ch:adult_off:5".to_owned()));
    assert_eq!(asked(&bench.press("ch:adult_off:5")), [&Request::Adult { dialog: D, on: false }]);

    let mut bench = allowing();
    assert_eq!(card(&bench.text("/characters")).text.key, "companion-card-adult");
    assert!(opened(&mut bench, false).contains(&"ch:adult:5".to_owned()));
    // Nothing happens before it is confirmed.
    let out = bench.press("ch:adult:5");
    assert!(asked(&out).is_empty(), "{out:?}");
    assert_eq!(said(&out), ["companion-adult-sure"]);
    assert_eq!(asked(&bench.press("ch:adult-yes:5")), [&Request::Adult { dialog: D, on: true }]);
    assert_eq!(said(&told(&mut bench, Event::Adult { dialog: D, on: true })), ["companion-adult-is-on"]);
    assert_eq!(said(&told(&mut bench, Event::Adult { dialog: D, on: false })), ["companion-adult-is-off"]);
    assert_eq!(said(&told(&mut bench, Event::NoAdult)), ["companion-no-adult"]);
    assert!(asked(&bench.press("ch:adult-yes:x")).is_empty());
}

/// Guards: the cast's look at who makes pictures, and the phase.
#[test]
fn a_picture_is_asked_for_in_a_dialog_where_somebody_draws() {
    let mut bench = talking();
    assert_eq!(said(&bench.text("/picture")), ["error-unknown-command"]);
    assert!(asked(&bench.press("ch:show:5")).is_empty(), "nobody draws");
    let cast = Cast { pictures: true, ..Cast::clone(&bench.rules.cast) };
    bench.rules.cast = Arc::new(cast);
    let out = bench.press("ch:show:5");
    let seq = Seq(bench.seq);
    assert_eq!(asked(&out), [&Request::Picture { dialog: D, seq }]);
    let out = bench.text("/picture");
    let seq = Seq(bench.seq);
    assert_eq!(asked(&out), [&Request::Picture { dialog: D, seq }]);
    let out = told(&mut bench, Event::Drawing { picture: 3 });
    let Some(Effect::Say(screen)) = out.iter().find(|effect| effect.is_said()) else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:pic-stop:3"]);
    assert_eq!(asked(&bench.press("ch:pic-stop:3")), [&Request::StopPicture { picture: 3 }]);
    let out = told(&mut bench, Event::PictureWaits { persona: "ann".to_owned(), picture: 3 });
    let Some(Effect::Say(screen)) = out.iter().find(|effect| effect.is_said()) else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:pic:3"]);
    assert_eq!(asked(&bench.press("ch:pic:3")), [&Request::ShowPicture { picture: 3 }]);
    let out = told(&mut bench, Event::PictureGaveUp { picture: 3 });
    assert_eq!(asked(&out), [&Request::PictureGaveUp { picture: 3 }]);
    for (event, key) in [
        (Event::NoPicture { why: Trouble::Away }, "companion-picture-away"),
        (Event::NoPicture { why: Trouble::Spent }, "companion-picture-spent"),
        (Event::PictureStopped, "companion-picture-stopped"),
        (Event::Held(Held::Drawing), "companion-drawing-already"),
        (Event::Held(Held::Pictures), "companion-pictures-today"),
    ] {
        assert_eq!(said(&told(&mut bench, event)), [key]);
    }
    bench.text("/stop");
    assert_eq!(said(&bench.text("/picture")), ["companion-picture-where"]);
    for data in ["ch:show:x", "ch:pic-stop:x", "ch:pic:x"] {
        assert!(asked(&bench.press(data)).is_empty(), "{data}");
    }
}

#[test]
fn a_character_of_ones_own_is_made_in_a_dialog_and_met_like_others() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.press("ch:own")), [&Request::Own]);
    let out = told(&mut bench, Event::OwnList(Vec::new()));
    assert_eq!(said(&out), ["companion-own-none"]);
    let out = bench.press("ch:own-new");
    let (seq, lang) = (Seq(bench.seq), bench.core.account.lang);
    assert_eq!(asked(&out), [&Request::MakeOwn { seq, lang }]);
    for (step, key) in [
        (OwnStep::Name, "companion-own-name"),
        (OwnStep::Age, "companion-own-age"),
        (OwnStep::About, "companion-own-about"),
        (OwnStep::Greeting, "companion-own-greeting"),
    ] {
        assert_eq!(said(&told(&mut bench, Event::Making { dialog: D, step })), [key]);
    }
    assert_eq!(bench.core.account.phase, Phase::Companion { dialog: D });
    // What is said there is an answer; a file may be a card.
    assert!(matches!(asked(&bench.text("Nora"))[..], [Request::Say { dialog: D, .. }]));
    let out = told(&mut bench, Event::OwnRefused(BadOwn::Minor));
    assert_eq!(said(&out), ["companion-own-minor"]);
    assert_eq!(bench.core.account.phase, Phase::Idle);
    for (why, key) in [
        (BadOwn::NoAge, "companion-own-no-age"),
        (BadOwn::NoCard, "companion-own-no-card"),
        (BadOwn::Full, "companion-own-full"),
        (BadOwn::NoPicture, "companion-own-no-picture"),
        (BadOwn::BadPicture, "companion-own-bad-picture"),
        (BadOwn::Unseen, "companion-own-unseen"),
    ] {
        assert_eq!(said(&told(&mut bench, Event::OwnRefused(why))), [key]);
    }
    let own = Some(OwnWords { name: "Nora".to_owned(), greeting: "Good day".to_owned() });
    let out = told(&mut bench, Event::Begun { dialog: D, persona: "+3".to_owned(), own });
    assert_eq!(said(&out), ["companion-notice", "companion-says"]);
    let list = vec![OwnLine { id: 3, name: "Nora".to_owned(), age: 41, shared: None }];
    let out = told(&mut bench, Event::OwnList(list));
    let Some(Effect::Say(screen)) = out.iter().find(|effect| effect.is_said()) else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:new:+3", "ch:own_card:3", "ch:sh:ask:3", "ch:own-del:3", "ch:own-new"]);
    let out = bench.press("ch:new:+3");
    let seq = Seq(bench.seq);
    assert_eq!(asked(&out), [&Request::Begin { seq, persona: "+3".to_owned(), lang }]);
    assert_eq!(asked(&bench.press("ch:own-del:3")), [&Request::DeleteOwn { own: 3 }]);
}

#[test]
fn a_character_of_ones_own_has_a_card_and_may_have_a_picture() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.press("ch:own_card:3")), [&Request::OwnCard { own: 3 }]);
    let line = OwnLine { id: 3, name: "Nora".to_owned(), age: 41, shared: None };
    let of = |picture: Option<KeptPicture>| {
        let greeting = "Good day. ".repeat(100);
        Event::OwnCard(Box::new(OwnCard { line: line.clone(), greeting, picture }))
    };
    let out = told(&mut bench, of(None));
    let Some(Effect::Say(screen)) = out.iter().find(|effect| effect.is_said()) else { panic!("{out:?}") };
    assert_eq!(buttons(screen), ["ch:new:+3", "ch:own_pic:3", "ch:sh:ask:3", "ch:own-del:3", "ch:own"]);
    let picture = KeptPicture { owner: Some(UserId(1)), number: 3, name: "a name".to_owned() };
    let out = told(&mut bench, of(Some(picture.clone())));
    let is_it =
        |e: &&Effect| matches!(e, Effect::Picture { picture: Picture::Kept(kept), .. } if *kept == picture);
    assert!(out.iter().any(|e| is_it(&e)), "its bytes are read where they are sent: {out:?}");
    let shown = card(&out);
    let wanted = ["ch:new:+3", "ch:own_pic:3", "ch:own_pic_no:3", "ch:sh:ask:3", "ch:own-del:3", "ch:own"];
    assert_eq!(buttons(shown), wanted);
    assert!(format!("{:?}", shown.text).len() < 1_000, "what stands below a picture is short");

    let lang = bench.core.account.lang;
    assert_eq!(asked(&bench.press("ch:own_pic:3")), [&Request::WishPicture { own: 3, lang }]);
    assert_eq!(asked(&bench.press("ch:own_pic_no:3")), [&Request::DropPicture { own: 3 }]);
    assert_eq!(asked(&bench.press("ch:pic_own:7")), [&Request::PictureOfOwn { picture: 7 }]);
    for data in ["ch:own_card:x", "ch:own_pic:x", "ch:own_pic_no:x", "ch:pic_own:x"] {
        assert!(asked(&bench.press(data)).is_empty(), "{data}");
    }
    let out = told(&mut bench, Event::OwnPictureWished { dialog: D, name: "Nora".to_owned() });
    assert_eq!(said(&out), ["companion-notice", "companion-own-picture-wished"]);
    assert_eq!(bench.core.account.phase, Phase::Companion { dialog: D });
    // Whether one is wanted is known beside the session.
    let photo = bench.send(media(MediaKind::Photo, None));
    assert!(matches!(asked(&photo)[..], [Request::Photo { dialog: D, .. }]), "{photo:?}");
    let reads = |request: &Request| capabilities::Request::Companion(request.clone()).reads_files();
    assert!(reads(asked(&photo)[0]) && reads(&Request::PictureOfOwn { picture: 7 }) && !reads(&Request::Own));
    let kept = |making| Event::OwnPictureKept { making };
    assert_eq!(said(&told(&mut bench, kept(None))), ["companion-own-picture-kept"]);
    let making = Some((D, OwnStep::Age));
    assert_eq!(said(&told(&mut bench, kept(making))), ["companion-own-picture-kept", "companion-own-age"]);
    bench.text("/stop");
    assert_eq!(
        said(&told(&mut bench, kept(making))),
        ["companion-own-picture-kept"],
        "who has left is asked nothing"
    );
}
