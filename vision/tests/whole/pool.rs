//! Workers that are kept going.

use std::{
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use nameless_vision::{
    findings::Wants,
    pool::{Full, Outcome, Pool, PoolSettings},
    sandbox::Demand,
};

use crate::{
    corpus,
    support::{PATIENCE, models, settings},
};

fn pool(change: impl FnOnce(&mut PoolSettings)) -> Option<Pool> {
    let mut settings = PoolSettings::new(settings(models()?, Demand::Require), 1);
    settings.patience = PATIENCE;
    settings.pause = Duration::from_millis(10);
    change(&mut settings);
    Some(Pool::start(settings).unwrap())
}

fn asked(pool: &Pool) -> Receiver<Outcome> {
    let (tell, told) = channel();
    pool.look(corpus::plain_jpeg(), Wants::ALL, |_| false, move |outcome| tell.send(outcome).unwrap())
        .unwrap();
    told
}

fn heard(told: &Receiver<Outcome>) -> Outcome {
    told.recv_timeout(PATIENCE).expect("every picture has an outcome")
}

#[test]
fn pictures_are_answered_and_a_crash_costs_one_at_most() {
    let Some(pool) = pool(|settings| settings.workers = 2) else { return };
    let all: Vec<_> = (0..8).map(|_| asked(&pool)).collect();
    assert!(all.iter().all(|told| matches!(heard(told), Outcome::Answered(_))));
    assert!(pool.state().alive >= 1);
    assert!(pool.crash_one());
    let outcomes: Vec<_> = (0..8).map(|_| asked(&pool)).collect::<Vec<_>>().iter().map(heard).collect();
    assert!(
        outcomes.iter().filter(|outcome| !matches!(outcome, Outcome::Answered(_))).count() <= 1,
        "{outcomes:?}"
    );
    assert_eq!(pool.state().refused, None);
}

/// Guard: `Hash` first, in `Tender::serve`.
#[test]
fn what_is_known_by_its_hash_meets_no_model_and_what_is_not_is_looked_at_in_full() {
    let Some(pool) = pool(|_| ()) else { return };
    let looked = |is_known: bool| {
        let (tell, told) = channel();
        let (hash, hashed) = channel();
        let known = move |pdq: &nameless_vision::pdq::Pdq| {
            hash.send(*pdq).unwrap();
            is_known
        };
        pool.look(corpus::plain_jpeg(), Wants::ALL, known, move |outcome| tell.send(outcome).unwrap())
            .unwrap();
        let Outcome::Answered(answer) = heard(&told) else { panic!() };
        (hashed.recv_timeout(PATIENCE).unwrap(), answer.found.unwrap())
    };
    let (pdq, found) = looked(true);
    assert_eq!((found.pdq, found.faces, found.nudity), (pdq, None, None));
    assert_eq!(found.times.nudity / 1_000, 0);
    let (again, whole) = looked(false);
    assert_eq!((again, whole.pdq), (pdq, pdq));
    assert!(whole.faces.is_some() && whole.nudity.is_some() && whole.times.decode > 0);
}

#[test]
fn one_that_was_killed_is_followed_by_another() {
    let Some(pool) = pool(|_| ()) else { return };
    assert!(matches!(heard(&asked(&pool)), Outcome::Answered(_)));
    assert!(pool.crash_one());
    // It had no picture, so none pays for it.
    let until = Instant::now() + PATIENCE;
    while pool.state().crashed == 0 {
        assert!(Instant::now() < until, "its end is not noticed");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(matches!(heard(&asked(&pool)), Outcome::Answered(_)));
    let state = pool.state();
    assert_eq!((state.started, state.crashed, state.alive), (2, 1, 1));
}

#[test]
fn late_pictures_are_told_so_even_while_a_worker_starts() {
    let Some(pool) = pool(|settings| settings.patience = Duration::from_millis(1)) else { return };
    let outcome = heard(&asked(&pool));
    assert!(matches!(outcome, Outcome::Late), "{outcome:?}");
}

#[test]
fn what_does_not_fit_comes_back() {
    let Some(pool) = pool(|settings| settings.queue = 2) else { return };
    let picture = corpus::plain_jpeg();
    let refused = (0..1_000).find_map(|_| pool.look(picture.clone(), Wants::ALL, |_| false, drop).err());
    assert_eq!(refused, Some(Full(picture)));
    assert!(pool.state().waiting <= 2);
}

#[test]
fn without_models_every_picture_is_told_at_once_that_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path().to_owned(), Demand::Require);
    let pool = Pool::start(PoolSettings { patience: PATIENCE, ..PoolSettings::new(settings, 2) }).unwrap();
    for _ in 0..3 {
        let outcome = heard(&asked(&pool));
        assert!(matches!(outcome, Outcome::NoWorker), "{outcome:?}");
    }
    assert!(pool.state().refused.unwrap().contains("scripts/models.sh"));
}

#[test]
fn who_waits_when_it_closes_hears_of_it() {
    let Some(pool) = pool(|_| ()) else { return };
    let all: Vec<_> = (0..4).map(|_| asked(&pool)).collect();
    drop(pool);
    all.iter().for_each(|told| drop(heard(told)));
}
