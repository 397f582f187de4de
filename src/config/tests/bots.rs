//! How many bots there may be.

use super::load;
use crate::config::{Files, Purpose};

/// Guard: `MOST_BOTS` in `missing`. Beside a main bot one less fits, and is refused in the same
/// words.
#[test]
fn there_are_thirty_two_bots_at_most_the_main_one_among_them() {
    let others = |many: usize| {
        let bots: Vec<String> = (0..many).map(|n| format!("bot{n}={}:x", n + 2)).collect();
        bots.join(",")
    };
    let serve = |variables: &[(&str, &str)]| load(variables, &Files::none(), Purpose::Serve);
    let main = ("BOT_TOKEN", "1:x");
    let (few, all, many) = (others(31), others(32), others(33));
    assert_eq!(serve(&[main, ("BOT_TOKENS", few.as_str())]).unwrap().telegram.bots().len(), 32);
    assert_eq!(serve(&[("BOT_TOKENS", all.as_str())]).unwrap().telegram.bots().len(), 32);
    let beside = serve(&[main, ("BOT_TOKENS", all.as_str())]).unwrap_err();
    assert!(beside.to_string().contains("32 bots at most"), "{beside}");
    assert_eq!(beside, serve(&[("BOT_TOKENS", many.as_str())]).unwrap_err());
}
