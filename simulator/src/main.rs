//! `nameless-simulator`: a fake Telegram Bot API server.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    nameless_simulator::run_cli(std::env::args().skip(1))
}
