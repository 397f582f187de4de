//! `face`: the crate's own command. The engine runs the same worker as `nameless face-worker`.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use nameless_vision::{
    bench,
    client::{self, Settings, Worker},
    eval,
    findings::Wants,
    sandbox::Demand,
    worker,
};

const USAGE: &str = "use:
  face worker --models FOLDER [--sandbox require|best] [--parent PID]
  face check FOLDER           which layers of the sandbox hold here; FOLDER has the models
  face eval FOLDER PICTURES [SHEET.png]
                              PICTURES has an expected.csv (file,faces); prints precision, recall, time
  face bench FOLDER [ROUNDS]  what looking costs beside the bare runtime";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let text: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let result = match text[..] {
        ["worker", ..] => worker::Arguments::from_command_line(arguments.into_iter().skip(1))
            .map(|found| worker::run(&found)),
        ["check", models] => check(models),
        ["eval", models, pictures] => evaluate(models, pictures, None),
        ["eval", models, pictures, sheet] => evaluate(models, pictures, Some(Path::new(sheet))),
        ["bench", models] => measure(models, 30),
        ["bench", models, rounds] => match rounds.parse() {
            Ok(rounds) => measure(models, rounds),
            Err(_) => Err("ROUNDS is a number".to_owned()),
        },
        _ => Err(USAGE.to_owned()),
    };
    result.unwrap_or_else(|line| {
        eprintln!("face: {line}");
        ExitCode::from(2)
    })
}

fn settings(models: &str, demand: Demand) -> Result<Settings, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let models = PathBuf::from(models).canonicalize().map_err(|error| format!("{models}: {error}"))?;
    Ok(Settings {
        program,
        subcommand: vec!["worker".into()],
        models,
        demand,
        start: Duration::from_secs(30),
    })
}

fn check(models: &str) -> Result<ExitCode, String> {
    let worker = Worker::start(&settings(models, Demand::Best)?).map_err(|error| error.to_string())?;
    println!("{}", worker.hello().layers);
    Ok(ExitCode::SUCCESS)
}

fn evaluate(models: &str, pictures: &str, sheet: Option<&Path>) -> Result<ExitCode, String> {
    let settings = settings(models, Demand::Require)?;
    let report = eval::evaluate(Path::new(pictures), &settings, Wants::ALL, sheet);
    println!("{}", report.map_err(|error| error.to_string())?);
    Ok(ExitCode::SUCCESS)
}

fn measure(models: &str, rounds: u32) -> Result<ExitCode, String> {
    let figures = client::measure(&settings(models, Demand::Require)?, rounds);
    let figures = figures.map_err(|error| error.to_string())?;
    println!("{figures}");
    Ok(if figures.worst() <= bench::BAR { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
