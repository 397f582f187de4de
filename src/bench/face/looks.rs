//! What a look costs: the models beside the bare runtime, pictures a second of a core, the time of
//! a verdict, memory, and what a picture costs that was seen before. All of it in a locked-up
//! worker; this process runs no model.

use super::super::args::Face;
use super::super::ledger::histogram;
use super::super::procfs;
use super::super::progress::Progress;
use super::drawn;
use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use nameless_domain::capabilities::faceguard::{Hash, Memory, Seen, Verdict};
use nameless_domain::random::Random;
use nameless_vision::bench::Figures;
use nameless_vision::client::{self, Settings, Worker};
use nameless_vision::policy::Policy;
use std::path::Path;
use std::time::{Duration, Instant};

/// Of Telegram's sizes the one just above 640 pixels, which is what is fetched.
const SIZE: (u32, u32) = (800, 600);
/// How long a look may take. Nothing is measured with it.
const PATIENCE: Duration = Duration::from_secs(60);
/// The first looks, which warm caches and arenas.
const WARM_UP: u32 = 5;
/// Pictures that are drawn at most.
const DRAWN: u32 = 32;

/// What was measured of one purpose.
pub struct Purpose {
    /// Its name.
    pub name: &'static str,
    /// From handing a picture over to its findings, microseconds.
    pub look: Histogram<u64>,
    /// Of it the middle of decoding, hashing, faces, nudity, microseconds.
    pub steps: [f64; 4],
    /// Pictures for each second of the worker's processor time.
    pub per_core: f64,
}

/// What was measured.
pub struct Looks {
    /// The models beside the bare runtime.
    pub models: Figures,
    /// Each purpose.
    pub purposes: Vec<Purpose>,
    /// Most memory that a worker had resident, bytes.
    pub memory: u64,
    /// What a picture costs that was seen before, nanoseconds; and the first time after the list of
    /// banned ones has changed.
    pub again: [Histogram<u64>; 2],
    /// Pictures that were looked at.
    pub pictures: usize,
}

/// Measures.
pub fn measure(args: &Face, worker: &Settings, progress: &mut Progress) -> anyhow::Result<Looks> {
    progress.step(|| "measuring models".into());
    let models = client::measure(worker, args.model_rounds).context("the models were not measured")?;
    let pictures = match &args.pictures {
        Some(folder) => of_folder(folder)?,
        None => {
            let count = u64::from(DRAWN.min(args.looks + WARM_UP.min(args.looks)));
            (0..count).map(|n| drawn::jpeg(SIZE.0, SIZE.1, args.output.seed + n)).collect::<Result<_, _>>()?
        }
    };
    let (mut purposes, mut memory) = (Vec::new(), 0);
    for (name, policy) in [("photo in a chat", Policy::chat()), ("main photo", Policy::main_photo())] {
        progress.step(|| format!("looking at {} pictures: {name}", pictures.len()));
        let (purpose, resident) = looked(name, &policy, worker, &pictures, args.looks)?;
        purposes.push(purpose);
        memory = memory.max(resident);
    }
    Ok(Looks {
        models,
        purposes,
        memory,
        again: again(args.output.seed, args.remembered as usize),
        pictures: pictures.len(),
    })
}

/// The pictures that Telegram could send, by their names.
fn of_folder(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| {
        let kind = file.extension().and_then(|kind| kind.to_str());
        kind.is_some_and(|kind| ["jpg", "jpeg", "png", "webp"].contains(&kind.to_ascii_lowercase().as_str()))
    });
    files.sort();
    ensure!(!files.is_empty(), "{} has no pictures", folder.display());
    files.iter().map(|file| std::fs::read(file).with_context(|| file.display().to_string())).collect()
}

fn looked(
    name: &'static str,
    policy: &Policy,
    settings: &Settings,
    pictures: &[Vec<u8>],
    looks: u32,
) -> anyhow::Result<(Purpose, u64)> {
    let mut worker = Worker::start(settings)?;
    let mut look = histogram();
    let mut steps: [Vec<f64>; 4] = Default::default();
    let mut memory = 0;
    let warm_up = looks.min(WARM_UP);
    let mut begun = procfs::tree(worker.id()).cpu;
    for n in 0..warm_up + looks {
        if n == warm_up {
            begun = procfs::tree(worker.id()).cpu;
        }
        let picture = pictures[n as usize % pictures.len()].clone();
        let since = Instant::now();
        let answer = worker.look(picture, policy.wants(), PATIENCE)?;
        let took = since.elapsed();
        memory = answer.memory;
        if n < warm_up {
            continue;
        }
        look.saturating_record(took.as_micros().try_into().unwrap_or(u64::MAX));
        if let Ok(found) = answer.found {
            let times = found.times;
            let parts = [times.decode, times.hash, times.faces, times.nudity];
            steps.iter_mut().zip(parts).for_each(|(all, part)| all.push(f64::from(part)));
        }
    }
    let cpu = procfs::tree(worker.id()).cpu.saturating_sub(begun);
    let per_core = f64::from(looks) / cpu.as_secs_f64().max(1e-9);
    Ok((Purpose { name, look, steps: steps.map(middle), per_core }, memory << 10))
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a relay asks before a photo leaves that is known already.
fn again(seed: u64, remembered: usize) -> [Histogram<u64>; 2] {
    let mut random = Random::for_purpose(seed, 0xA6A1);
    let mut hash = || {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|word| *word = random.below(u64::MAX).to_le_bytes());
        Hash(bytes)
    };
    let mut memory = Memory::new(2 * remembered);
    let names: Vec<String> = (0..remembered).map(|n| format!("AQAD{n:012}")).collect();
    for name in &names {
        memory.note(name, Seen { verdict: Verdict::APPROVED, hash: Some(hash()) });
    }
    memory.ban((0..remembered / 4).map(|_| hash()).collect());
    let mut ask = || {
        let mut took = histogram();
        for name in &names {
            let since = Instant::now();
            std::hint::black_box(memory.verdict(name));
            took.saturating_record(since.elapsed().as_nanos().try_into().unwrap_or(u64::MAX));
        }
        took
    };
    let changed = ask();
    [ask(), changed]
}
