//! kill -9 while people of two bots talk: nothing is lost, twice, or at the wrong bot.

use super::notes::noted;
use super::process::{Bot, seeded, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{PATIENCE, onboard, pair, person, sees};
use nameless_simulator::{SimUser, Simulator};
use std::collections::BTreeSet;
use std::time::Duration;

/// Made up, like the first one's.
const SECOND: &str = "2:test";
/// Kills, and texts of each side between two of them.
const KILLS: usize = 3;
const TEXTS: usize = 12;

/// The texts that the bot has brought to somebody, of those that begin so.
fn brought(user: &SimUser, with: &str) -> Vec<String> {
    let all = user.chat().into_iter().filter(|m| m.from_bot);
    all.filter_map(|m| m.text().map(str::to_owned)).filter(|text| text.starts_with(with)).collect()
}

#[tokio::test]
async fn what_crosses_two_bots_survives_kills() {
    let mut random = seeded("kill -9 with two bots");
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("BOT_TOKENS", format!("second={SECOND}")));
    let mut bot = Bot::serve(&variables);

    let anna = person(&world, "anna");
    let boris = person(&world, "boris").with_bot(SECOND);
    onboard(&anna, 0).await;
    onboard(&boris, 1).await;
    pair(&anna, &boris).await;
    let (mut by_anna, mut by_boris) = (Vec::new(), Vec::new());
    for kill in 0..KILLS {
        for n in 0..TEXTS {
            if n == TEXTS / 2 {
                // Of these it is known that they have left, whatever the disk is like.
                for (to, all) in [(&boris, &by_anna), (&anna, &by_boris)] {
                    to.wait_for(PATIENCE, |m| m.from_bot && m.text() == all.last().map(String::as_str))
                        .await
                        .expect("what was said so far");
                }
                noted(&mut bot, &anna, &boris).await;
                noted(&mut bot, &boris, &anna).await;
            }
            for (from, name, all) in [(&anna, "anna", &mut by_anna), (&boris, "boris", &mut by_boris)] {
                let text = format!("{name} {kill} {n:02}");
                from.send_text(&text);
                all.push(text);
            }
            std::thread::sleep(Duration::from_micros(random.below(6_000)));
        }
        bot.kill();
        bot = Bot::serve(&variables);
        // The chat goes on, also with what both say in the next life.
        for (from, to, name, all) in
            [(&anna, &boris, "anna", &mut by_anna), (&boris, &anna, "boris", &mut by_boris)]
        {
            let text = format!("{name} {kill} after");
            from.send_text(&text);
            sees(to, &text).await;
            all.push(text);
        }
    }
    // Everything that was said has come, in its order. Twice is what was under way to Telegram when
    // the process died: it was not known whether it had arrived.
    for (to, with, all) in [(&boris, "anna ", &by_anna), (&anna, "boris ", &by_boris)] {
        to.wait_for(PATIENCE, |m| m.from_bot && m.text() == all.last().map(String::as_str))
            .await
            .expect("the last of them");
        let (mut seen, came) = (BTreeSet::new(), brought(to, with));
        let firsts: Vec<String> = came.iter().filter(|text| seen.insert((*text).clone())).cloned().collect();
        assert_eq!(&firsts, all, "lost, or out of order");
        // The journal's marks wait for its disk: on a slow one all had left without that were said
        // since it was last waited for.
        assert!(came.len() - firsts.len() <= KILLS * TEXTS / 2, "more doubles than under way: {came:?}");
    }
    assert!(boris.with_bot(TOKEN).chat().is_empty() && anna.with_bot(SECOND).chat().is_empty());
    // Each hears of the end where they are.
    let mark = anna.mark();
    boris.send_text("/stop");
    let ended = |text: &str| text.contains("ended the chat");
    anna.wait_after(mark, PATIENCE, |m| m.from_bot && m.text().is_some_and(ended)).await.expect("the end");
    drop(bot.stop());
}
