//! `bench face`: what FaceGuard costs, by itself and to those who only write.
//!
//! First a worker alone: its models beside the bare runtime, pictures a second of a core, memory.
//! Then an engine whose FaceGuard is saturated, in turns with a calm one ([`texts`]).

mod drawn;
mod looks;
mod texts;

use super::args::Face;
use super::cores::Cores;
use super::progress::Progress;
use super::ratio::Ratio;
use super::report::{Cell, Chart, Report, Table};
use super::round::ms;
use super::verdict::Reason;
use crate::capabilities::faceguard;
use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use looks::Looks;
use nameless_vision::models::Folder;
use serde_json::{Value, json};
use texts::{Bench, Phase};

/// Our call over the bare runtime's.
const MODEL_BAR: f64 = nameless_vision::bench::BAR;
/// Of a worker, MB.
const MEMORY_BAR: f64 = 260.0;
/// A picture that was seen before, microseconds.
const AGAIN_BAR: f64 = 50.0;
/// p99 of texts, saturated over calm.
const TEXTS_BAR: f64 = 1.1;

/// Measures.
pub async fn run(args: Face, cores: Cores) -> anyhow::Result<Report> {
    let models = args.models.clone().or_else(faceguard::cached_models);
    let models = models.context("no --models FOLDER, and no cache that could have one")?;
    let filled = Folder::new(&models).is_filled();
    ensure!(filled, "no models in {}: scripts/models.sh fetches them", models.display());
    let worker = faceguard::worker_of(&models)?;
    let mut progress = Progress::new();
    let (looked, mut progress) = {
        let args = args.clone();
        tokio::task::spawn_blocking(move || (looks::measure(&args, &worker, &mut progress), progress)).await?
    };
    let looked = looked?;
    let mut report = Report::new("face", &args.output, &cores);
    report.setting("pictures", looked.pictures);
    report.setting("looks", args.looks);
    report.setting("model_rounds", args.model_rounds);
    report.setting("remembered", args.remembered);
    let mut bars = Bars::default();
    alone(&mut report, &looked, &mut bars);
    if args.rounds == 0 {
        report.note("Texts beside photos were not measured (--rounds 0).".to_owned());
    } else {
        beside(&mut report, args, &models, &cores, &mut progress, &mut bars).await?;
    }
    drop(progress);
    bars.tell(&mut report);
    Ok(report)
}

/// What is promised, and what was measured.
#[derive(Default)]
struct Bars(Vec<(&'static str, f64, f64)>);

impl Bars {
    fn add(&mut self, what: &'static str, value: f64, bar: f64) {
        self.0.push((what, value, bar));
    }

    fn tell(self, report: &mut Report) {
        let mut table = Table::new("Bars", &["what", "measured", "at most", "holds"]);
        let mut told = Vec::new();
        for (what, value, bar) in self.0 {
            let holds = value <= bar;
            let word = if holds { "yes" } else { "no" };
            let cells = [Cell::text(what), Cell::number(value, 3), Cell::number(bar, 2), Cell::text(word)];
            table.row(cells.into(), false);
            told.push(json!({"what": what, "measured": value, "at_most": bar, "holds": holds}));
            if !holds && !cfg!(debug_assertions) {
                report.void("bars".to_owned(), Reason::Missed(format!("{what}: {value:.3}, at most {bar}")));
            }
        }
        report.table(table);
        report.data("bars", told.into());
    }
}

fn alone(report: &mut Report, looked: &Looks, bars: &mut Bars) {
    let mut models = Table::new("Models beside the bare runtime", &["model", "bare ms", "ours ms", "ratio"]);
    for cost in &looked.models.models {
        let cells = [
            Cell::text(&cost.name),
            Cell::number(cost.bare / 1e3, 2),
            Cell::number(cost.ours / 1e3, 2),
            Cell::number(cost.ratio, 3),
        ];
        models.row(cells.into(), false);
    }
    report.table(models);
    report.note(format!(
        "Apart from that: resizing 1280 to 640 pixels takes {:.2} ms, PDQ {:.2} ms.",
        looked.models.resize / 1e3,
        looked.models.hash / 1e3
    ));
    let mut table = Table::new(
        "A look, in one worker",
        &[
            "purpose",
            "p50 ms",
            "p99 ms",
            "decode ms",
            "hash ms",
            "faces ms",
            "nudity ms",
            "pictures/s a core",
        ],
    );
    let mut purposes = Vec::new();
    for purpose in &looked.purposes {
        let mut cells = vec![
            Cell::text(purpose.name),
            Cell::number(ms(&purpose.look, 0.5), 1),
            Cell::number(ms(&purpose.look, 0.99), 1),
        ];
        cells.extend(purpose.steps.iter().map(|step| Cell::number(step / 1e3, 2)));
        cells.push(Cell::number(purpose.per_core, 1));
        table.row(cells, false);
        let [decode, hash, faces, nudity] = purpose.steps.map(|step| step / 1e3);
        purposes.push(json!({
            "purpose": purpose.name,
            "look_ms": {"p50": ms(&purpose.look, 0.5), "p99": ms(&purpose.look, 0.99), "count": purpose.look.len()},
            "steps_ms": {"decode": decode, "hash": hash, "faces": faces, "nudity": nudity},
            "pictures_per_core_second": purpose.per_core,
        }));
    }
    report.table(table);
    let memory = looked.memory as f64 / 1e6;
    let micros = |histogram: &Histogram<u64>| histogram.value_at_quantile(0.99) as f64 / 1e3;
    let [again, changed] = [&looked.again[0], &looked.again[1]].map(micros);
    report.note(format!(
        "A picture that was seen before: p99 {again:.2} us; {changed:.1} us the first time after the list of banned \
         pictures has changed. A worker had {memory:.0} MB at most."
    ));
    let models = &looked.models;
    report.data("models", serde_json::to_value(models).unwrap_or_default());
    report.data("purposes", purposes.into());
    report.data("worker_bytes", looked.memory.into());
    report.data("again_us", json!({"p99": again, "p99_after_another_list": changed}));
    bars.add("our call over the bare runtime's, the worst model", models.worst(), MODEL_BAR);
    bars.add("memory of a worker, MB", memory, MEMORY_BAR);
    bars.add("a picture that was seen before, p99 us", again, AGAIN_BAR);
}

async fn beside(
    report: &mut Report,
    args: Face,
    models: &std::path::Path,
    cores: &Cores,
    progress: &mut Progress,
    bars: &mut Bars,
) -> anyhow::Result<()> {
    let (rounds, seed) = (args.rounds as usize, args.output.seed);
    report.setting("users", args.users);
    report.setting("senders", args.senders);
    report.setting("rate", args.rate);
    report.setting("photos_per_s", args.photos);
    report.setting("duration_s", args.duration.as_secs_f64());
    report.setting("warm_up_s", args.warm_up.as_secs_f64());
    report.setting("rounds", args.rounds);
    report.setting("poll_latency_ms", args.poll_latency.unwrap_or_default().as_secs_f64() * 1e3);
    progress.step(|| "starting".into());
    let mut bench = Bench::start(args, models, cores, progress).await?;
    let (subject, servers) = bench.describe();
    report.setting("subject", subject);
    report.setting("servers", servers);
    let mut done: Vec<[Phase; 2]> = Vec::new();
    for round in 1..=rounds {
        let first = round % 2 == 0;
        let one = bench.phase(round, first, progress).await?;
        let other = bench.phase(round, !first, progress).await?;
        let phases = if first { [other, one] } else { [one, other] };
        let ends = |reason: &Reason| matches!(reason, Reason::Lost(_) | Reason::BotEnded(_));
        let stuck = phases.iter().any(|phase| phase.reasons.iter().any(ends));
        done.push(phases);
        if stuck {
            break;
        }
    }
    let (orderly, sent, arrived) = bench.stop().await;
    report.data("sent", sent.into());
    report.data("arrived", arrived.into());
    if !orderly {
        report.note("The bot did not end on SIGTERM in time and was killed.".to_owned());
    }
    fill(report, &done, seed, bars);
    Ok(())
}

fn fill(report: &mut Report, rounds: &[[Phase; 2]], seed: u64, bars: &mut Bars) {
    let heads = [
        "round",
        "photos",
        "looked at",
        "calm p50 ms",
        "calm p99 ms",
        "saturated p50 ms",
        "saturated p99 ms",
        "p99 ratio",
    ];
    let mut table = Table::new("Texts beside photos that are looked at", &heads);
    let mut lines: [Vec<(f64, f64)>; 2] = Default::default();
    let mut ratios: [Vec<f64>; 2] = Default::default();
    let mut json_rounds = Vec::new();
    for (n, phases) in (1..).zip(rounds) {
        let [calm, saturated] = phases;
        let of = |phase: &Phase, quantile| ms(&phase.measured.latency, quantile);
        let void = phases.iter().any(|phase| !phase.reasons.is_empty());
        if !void {
            ratios[0].push(of(saturated, 0.5) / of(calm, 0.5));
            ratios[1].push(of(saturated, 0.99) / of(calm, 0.99));
        }
        lines.iter_mut().zip(phases).for_each(|(line, phase)| line.push((f64::from(n), of(phase, 0.99))));
        let mut cells = vec![
            Cell::number(f64::from(n), 0),
            Cell::number(saturated.photos as f64, 0),
            Cell::number(saturated.looked as f64, 0),
        ];
        let times = [of(calm, 0.5), of(calm, 0.99), of(saturated, 0.5), of(saturated, 0.99)];
        cells.extend(times.map(|time| Cell::number(time, 2)));
        cells.push(Cell::number(times[3] / times[1], 2));
        table.row(cells, void);
        for (name, phase) in ["calm", "saturated"].into_iter().zip(phases) {
            for reason in &phase.reasons {
                report.void(format!("round {n}, {name}"), reason.clone());
            }
        }
        json_rounds.push(json!({
            "calm": calm.measured.json(),
            "saturated": saturated.measured.json(),
            "photos": saturated.photos,
            "looked_at": saturated.looked,
            "void": void,
        }));
    }
    report.table(table);
    for (name, ratios) in ["p50", "p99"].into_iter().zip(&ratios) {
        let ratio = Ratio::of(ratios, seed);
        if let Some(ratio) = ratio {
            report.note(format!(
                "{name} of texts, saturated over calm: {ratio} (geometric mean of {} rounds and its 95% interval).",
                ratio.rounds
            ));
            if name == "p99" {
                bars.add("p99 of texts, saturated over calm", ratio.mean, TEXTS_BAR);
            }
        }
        report.data(&format!("ratio_{name}"), ratio.map_or(Value::Null, |ratio| ratio.json()));
    }
    let [calm, saturated] = lines;
    report.chart(
        Chart::new("Texts beside photos that are looked at", "round", "p99, ms from due to arrival")
            .line("calm", calm)
            .line("saturated", saturated),
    );
    report.data("rounds", json_rounds.into());
}
