//! `face`: the crate's own command. The engine runs the same worker as `nameless face-worker`.

use std::process::ExitCode;

use nameless_vision::worker;

const USAGE: &str = "face worker --models FOLDER [--sandbox require|best] [--parent PID]";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let result = match command.to_str() {
        Some("worker") => worker::Arguments::from_command_line(arguments).map(|found| worker::run(&found)),
        _ => Err(format!("use: {USAGE}")),
    };
    result.unwrap_or_else(|line| {
        eprintln!("face: {line}");
        ExitCode::from(2)
    })
}
