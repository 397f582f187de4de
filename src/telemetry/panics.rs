//! The panic hook: where, in which thread, on whose behalf; never what the message was made of.

use super::context;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

/// Replaces the standard hook, which would print the payload: `unwrap` on a parse error of a user's
/// message quotes that message.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let location = info.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let context = context::current().unwrap_or_else(|| "none".to_owned());
    let payload = describe_payload(info);
    // Only with RUST_BACKTRACE set. It holds functions and lines, no values.
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    if tracing::dispatcher::has_been_set() {
        let backtrace = backtrace.unwrap_or_default();
        tracing::error!(thread, location, context, payload, backtrace, "panic");
    } else {
        eprintln!("panic in thread {thread} at {location}, handling {context}: {payload}");
    }
}

/// A literal of the source is shown; what was put together at run time may hold anything and is
/// not.
fn describe_payload(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    if let Some(literal) = payload.downcast_ref::<&'static str>() {
        (*literal).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        format!("a text of {} bytes (not shown)", text.len())
    } else {
        "not a text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_actors::kernel::lock;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Captured {
        type Writer = Captured;
        fn make_writer(&'a self) -> Captured {
            self.clone()
        }
    }

    /// Fails to be read, quoting what it was given.
    #[derive(Debug, PartialEq)]
    struct Words;

    impl std::str::FromStr for Words {
        type Err = String;
        fn from_str(words: &str) -> Result<Words, String> {
            Err(words.to_owned())
        }
    }

    #[test]
    fn a_panic_is_reported_without_what_a_user_wrote() {
        let captured = Captured::default();
        let subscriber = tracing_subscriber::fmt().json().with_writer(captured.clone()).finish();
        context::describe_with(|| Some("session 7 update 42".to_owned()));
        let before = std::panic::take_hook();
        install_panic_hook();
        tracing::subscriber::with_default(subscriber, || {
            let words = "my number is 5";
            let acts: [fn(&str); 4] = [
                |_| panic!("a literal"),
                |words| panic!("cannot relay {words}"),
                |words| assert!(words.parse::<Words>().expect("relayed") != Words),
                |_| std::panic::panic_any(7),
            ];
            for act in acts {
                assert!(std::panic::catch_unwind(|| act(words)).is_err());
            }
        });
        std::panic::set_hook(before);
        let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(lines.len(), 4, "{log}");
        for line in &lines {
            assert!(line.contains("panics.rs:") && line.contains("session 7 update 42"), "{line}");
        }
        assert!(lines[0].contains("\"payload\":\"a literal\""), "{log}");
        assert!(lines[1].contains("a text of 27 bytes (not shown)"), "{log}");
        assert!(lines[3].contains("not a text"), "{log}");
        assert!(!log.contains("number") && !log.contains("relayed"), "{log}");
    }
}
