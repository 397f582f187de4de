//! The command line: `nameless-simulator`, and `nameless simulator`.

use std::process::ExitCode;

use crate::config::SimConfig;
use crate::server::Simulator;

const HELP: &str = "\
A fake Telegram Bot API server with simulated users.

Usage: nameless-simulator [options]

  --addr HOST:PORT    where to listen (default 127.0.0.1:0, a free port)
  --seed N            seed of every random choice (default 1)
  --workers N         threads that serve HTTP (default 1)
  --chat-rate X       messages per second to one chat, 0 = any (default 1)
  --chat-burst N      messages to one chat at once (default 20)
  --global-rate X     messages per second of one bot, 0 = any (default 30)
  --global-burst N    messages of one bot at once (default 30)
  --enforce-429       answer violations of these rates with 429 instead of only counting them
  --history N         messages kept per chat (default 1000)
  --help              this text
";

fn parse(args: impl IntoIterator<Item = String>) -> Result<Option<SimConfig>, String> {
    fn value<T: std::str::FromStr>(name: &str, given: Option<String>) -> Result<T, String> {
        let given = given.ok_or_else(|| format!("{name} needs a value"))?;
        given.parse().map_err(|_| format!("{name}: {given:?} does not fit"))
    }
    let mut config = SimConfig::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        // Both `--name value` and `--name=value`.
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        let mut next = || inline.clone().or_else(|| args.next());
        match name.as_str() {
            "--addr" => config.addr = value(&name, next())?,
            "--seed" => config.seed = value(&name, next())?,
            "--workers" => config.workers = value(&name, next())?,
            "--chat-rate" => config.enforce.chat_rate = value(&name, next())?,
            "--chat-burst" => config.enforce.chat_burst = value(&name, next())?,
            "--global-rate" => config.enforce.global_rate = value(&name, next())?,
            "--global-burst" => config.enforce.global_burst = value(&name, next())?,
            "--history" => config.history_per_chat = value(&name, next())?,
            "--enforce-429" => config.enforce.enforce_429 = true,
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown option {name}; see --help")),
        }
    }
    Ok(Some(config))
}

/// Runs a simulator until SIGINT or SIGTERM. `args` come without the program's name. Exit code 2:
/// the arguments are wrong; 1: it could not start.
pub fn run_cli(args: impl IntoIterator<Item = String>) -> ExitCode {
    let config = match parse(args) {
        Ok(Some(config)) => config,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("nameless-simulator: {problem}");
            return ExitCode::from(2);
        }
    };
    let seed = config.seed;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("nameless-simulator: {error}");
            return ExitCode::FAILURE;
        }
    };
    match Simulator::start(config) {
        Err(error) => {
            eprintln!("nameless-simulator: {error}");
            ExitCode::FAILURE
        }
        Ok(simulator) => {
            println!("simulator at {} (seed {seed})", simulator.url());
            let ended = runtime.block_on(stop_signal());
            simulator.stop();
            match ended {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("nameless-simulator: cannot wait for signals: {error}");
                    ExitCode::FAILURE
                }
            }
        }
    }
}

async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn args(text: &str) -> Result<Option<crate::SimConfig>, String> {
        parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let config = args("--addr 127.0.0.1:9000 --seed=7 --enforce-429 --chat-rate 2.5").unwrap().unwrap();
        assert_eq!(config.addr.port(), 9000);
        assert_eq!(config.seed, 7);
        assert!(config.enforce.enforce_429);
        assert!((config.enforce.chat_rate - 2.5).abs() < 1e-9);
    }

    #[test]
    fn wrong_options_are_named() {
        assert!(args("--help").unwrap().is_none());
        for (given, named) in [("--port 1", "--port"), ("--seed", "--seed"), ("--seed x", "\"x\"")] {
            assert!(args(given).unwrap_err().contains(named), "{given}");
        }
    }
}
