//! The program `nameless`.

use nameless::app::doctor::How;
use nameless::capabilities::{self, faceguard};
use nameless::cli::{self, Command, Exit};
use nameless::config::Config;
use nameless::{app, telemetry};
use std::process::ExitCode;

/// A text's forty allocations are mostly freed on another thread than they were made on, where the
/// system's allocator takes locks. docs/performance/profiles.md says what it gave.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before all else: a worker is its process's only thread, and locks itself up.
    if let Some(code) = faceguard::as_worker(std::env::args_os()) {
        return code;
    }
    match run() {
        Ok(code) => code,
        Err(exit) => exit.print(),
    }
}

fn run() -> Result<ExitCode, Exit> {
    let command = cli::parse(std::env::args_os())?;
    if let Command::Simulator { args } = command {
        return Ok(nameless_simulator::run_cli(args));
    }
    if let Command::Bench(what) = command {
        return nameless::bench::run(*what).map_err(|e| Exit::failed(format!("{e:#}")));
    }
    if command == Command::Setup {
        return app::setup::run().map_err(|e| Exit::failed(format!("{e:#}")));
    }
    let config = Config::of_process(command.purpose())?;
    telemetry::init(&config.logging).map_err(|e| Exit::failed(format!("{e:#}")))?;
    telemetry::install_panic_hook();
    telemetry::context::describe_with(|| {
        let work = nameless_actors::kernel::guard::current()?;
        Some(match work.update_id {
            Some(update_id) => format!("{} update_id={update_id}", work.actor),
            None => work.actor.to_owned(),
        })
    });
    // As a task of its own: what `block_on` itself runs is polled at every turn of the loop,
    // whoever is awake.
    let ended = actix_rt::System::new().block_on(async { actix_rt::spawn(carry_out(command, config)).await });
    telemetry::sentry::flush();
    ended.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))
}

async fn carry_out(command: Command, config: Config) -> Result<ExitCode, Exit> {
    let failed = |e: anyhow::Error| Exit::failed(format!("{e:#}"));
    match command {
        Command::Serve => app::serve(config).await.map_err(failed)?,
        Command::Demo { script: true, .. } => return app::script::run(config).await.map_err(failed),
        Command::Demo { addr, .. } => app::demo::run(config, addr).await.map_err(failed)?,
        Command::UpgradeDatabase => cli::say(&app::setup::upgrade_database(&config).await.map_err(failed)?),
        Command::Migrate(what) => cli::say(&app::database::migrate(&config, what).await.map_err(failed)?),
        Command::Backup(what) => cli::say(&app::backup::run(&config, what).await.map_err(failed)?),
        Command::Restore(what) => cli::say(&app::backup::restore(&config, what).await.map_err(failed)?),
        Command::Key(what) => cli::say(&app::keys::run(&config, what).await.map_err(failed)?),
        Command::DeadLetters(what) => cli::say(&app::dead_letters::run(&config, what).await.map_err(failed)?),
        Command::Capability(what) => cli::say(&what.run(&config).await.map_err(failed)?),
        Command::Health => {
            let (well, answer) = app::health::ask(config.http.metrics_addr).map_err(failed)?;
            cli::say(&format!("{answer}\n"));
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Doctor => {
            let (said, worst) = app::doctor::run(&config).await;
            cli::say(&said);
            return Ok(ExitCode::from(match worst {
                How::Well => 0,
                How::Mind => 1,
                How::Ill => 2,
            }));
        }
        Command::CheckConfig => cli::say(&(config.summary() + &capabilities::check(&config))),
        Command::Setup | Command::Simulator { .. } | Command::Bench(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}
