//! The engine's side when a worker is late, gone, or no worker at all.

use std::{os::unix::process::ExitStatusExt, path::PathBuf, process::Command, time::Duration};

use nameless_vision::{
    client::{Settings, Worker, WorkerError},
    findings::Wants,
    protocol::LONGEST_REQUEST,
    sandbox::Demand,
};

use crate::{
    corpus,
    support::{PATIENCE, look, models, settings, worker},
};

fn is_gone(id: u32) -> bool {
    !PathBuf::from(format!("/proc/{id}")).exists()
}

#[test]
fn a_late_one_is_killed() {
    let Some(mut worker) = worker() else { return };
    let late = worker.look(corpus::plain_jpeg(), Wants::ALL, Duration::ZERO);
    assert!(matches!(late, Err(WorkerError::Late(_))), "{late:?}");
    let id = worker.id();
    drop(worker);
    assert!(is_gone(id));
}

/// Guard: `peak`. What the engine has in memory is not counted as a worker's.
#[test]
fn a_workers_memory_is_its_own() {
    const LARGE: usize = 600 << 20;
    let Some(models) = models() else { return };
    let held = std::hint::black_box(vec![1_u8; LARGE]);
    let mut worker = Worker::start(&settings(models, Demand::Require)).unwrap();
    assert_eq!(held.len(), LARGE);
    let memory = look(&mut worker, &corpus::plain_jpeg()).memory << 10;
    assert!((10 << 20..LARGE as u64).contains(&memory), "{memory} bytes");
}

#[test]
fn a_killed_one_is_told_and_another_can_be_started() {
    let Some(mut worker) = worker() else { return };
    worker.kill();
    let ended = worker.look(corpus::plain_jpeg(), Wants::ALL, PATIENCE);
    assert!(
        matches!(ended, Err(WorkerError::Ended(Some(status))) if status.signal() == Some(9))
            || matches!(ended, Err(WorkerError::Ended(None))),
        "{ended:?}"
    );
    let mut another = Worker::start(&settings(models().unwrap(), Demand::Require)).unwrap();
    assert!(look(&mut another, &corpus::plain_jpeg()).found.is_ok());
}

#[test]
fn a_picture_that_is_too_long_does_not_even_leave() {
    let Some(mut worker) = worker() else { return };
    let refused = worker.look(vec![0; LONGEST_REQUEST], Wants::ALL, PATIENCE);
    assert!(matches!(refused, Err(WorkerError::Nonsense(_))), "{refused:?}");
    assert!(look(&mut worker, &corpus::plain_jpeg()).found.is_ok());
}

#[test]
fn what_is_no_worker_is_told() {
    let other = |program: &str, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        Worker::start_with(command, PATIENCE).map(drop)
    };
    assert!(matches!(other("/no/such/program", ""), Err(WorkerError::Start(_))));
    assert!(matches!(other("true", ""), Err(WorkerError::Ended(_))));
    assert!(matches!(other("echo", "hello to you"), Err(WorkerError::Nonsense(_))));
}

#[test]
fn missing_and_changed_models_are_told_with_what_to_do() {
    let Some(models) = models() else { return };
    let refused = |folder: &std::path::Path| match Worker::start(&Settings {
        models: folder.to_owned(),
        ..settings(models.clone(), Demand::Require)
    }) {
        Err(WorkerError::Refuses(why)) => why,
        other => panic!("{other:?}"),
    };
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(folder.path()).contains("scripts/models.sh"));
    for file in std::fs::read_dir(&models).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let mut changed = std::fs::read(folder.path().join("yunet.onnx")).unwrap();
    changed[1000] ^= 1;
    std::fs::write(folder.path().join("yunet.onnx"), changed).unwrap();
    assert!(refused(folder.path()).contains("yunet.onnx is another file"));
}
