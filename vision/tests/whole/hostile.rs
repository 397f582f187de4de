//! Hostile pictures: every one is answered, and no worker dies of any.

use nameless_vision::{
    failure::Failure, findings::Wants, picture::Picture, policy::Known, policy::Policy, verdict::Decision,
};

use crate::{
    corpus::{self, Outcome},
    random::Random,
    support::{PATIENCE, look, worker},
};

#[test]
fn every_known_hostility_is_answered_by_one_worker() {
    let Some(mut worker) = worker() else { return };
    for item in corpus::all() {
        let answer = worker
            .look(item.bytes, Wants::ALL, PATIENCE)
            .unwrap_or_else(|error| panic!("{}: {error}", item.name));
        match (item.outcome, &answer.found) {
            (Outcome::Found, Ok(_)) => {}
            (Outcome::Refused(why), Err(Failure::Refused(refusal))) => {
                assert_eq!(serde_json::to_value(refusal).unwrap(), why, "{}", item.name);
            }
            (Outcome::Answered, _) => {}
            (outcome, found) => panic!("{}: {found:?} instead of {outcome:?}", item.name),
        }
        if answer.found.is_err() {
            let verdict = Policy::chat().judge(&answer.found, Known::default());
            assert_eq!(verdict.decision, Decision::Unchecked, "{}", item.name);
        }
        // A large picture takes more than an ordinary one; the limits decide how much.
        assert!(answer.memory < 600 << 10, "{}: {} MiB", item.name, answer.memory >> 10);
    }
}

/// 300 in each run; 10,000 with `NAMELESS_SOAK=1`. `MUTATION_SEED` repeats one.
#[test]
fn mutated_pictures_kill_no_worker() {
    let Some(mut worker) = worker() else { return };
    let soak = std::env::var_os("NAMELESS_SOAK").is_some();
    let (pictures, first) = if soak { (10_000, std::process::id().into()) } else { (300, 1) };
    let seed: u64 = std::env::var("MUTATION_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(first);
    println!("MUTATION_SEED={seed}");
    let seeds = corpus::seeds();
    let mut random = Random::new(seed);
    let (mut found, mut panicked, mut restarts) = (0, 0, 0);
    for at in 0..pictures {
        let picture = corpus::mutated(&seeds, &mut random);
        // Decoding is what they attack; every twentieth goes the whole way.
        let wants = if at % 20 == 0 { Wants::ALL } else { Wants { faces: None, nudity: false, codes: true } };
        let answer = worker
            .look(picture, wants, PATIENCE)
            .unwrap_or_else(|error| panic!("picture {at} of seed {seed}: {error}"));
        found += u32::from(answer.found.is_ok());
        panicked += u32::from(answer.found == Err(Failure::Panicked));
        if answer.last {
            worker = crate::support::worker().unwrap_or_else(|| unreachable!());
            restarts += 1;
        }
    }
    println!(
        "{pictures} pictures, {found} of them looked at, {panicked} panics caught, {restarts} retirements"
    );
    assert!(found > pictures / 20, "mutations that leave nothing to decode try nothing");
    assert!(look(&mut worker, &corpus::plain_jpeg()).found.is_ok());
}

#[test]
fn what_is_stored_anew_has_no_exif() {
    let photo = corpus::with_exif(&corpus::plain_jpeg(), 6);
    let limits = nameless_vision::limits::Limits::default();
    let header = nameless_vision::header::look(&photo, &limits).unwrap();
    assert_eq!((header.width, header.height), (320, 240));
    let picture = Picture::decode(&photo, &header, &limits).unwrap();
    // It stands upright, and says nothing of it any more.
    assert_eq!((picture.width, picture.height), (240, 320));
    let stored = picture.jpeg(85).unwrap();
    assert!(photo.windows(4).any(|bytes| bytes == b"Exif"));
    assert!(!stored.windows(4).any(|bytes| bytes == b"Exif"));
}
