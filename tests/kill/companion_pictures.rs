//! I16: the process ends at named moments around a picture. It is drawn once, and told once or said
//! not to come.

use super::process::{Bot, PATIENCE, variables};
use crate::maker::Maker;
use crate::model::{Act, Server};
use crate::support::app::quick_simulator;
use crate::support::characters::BackEnds;
use crate::support::people::{onboard, person, press, sees_part};
use nameless_simulator::Simulator;
use std::time::{Duration, Instant};

/// Dialect, where, and what the person gets: a maker that knows its jobs by name is asked what
/// became of them, another one cannot be.
const POINTS: [(&str, &str, &str); 6] = [
    ("comfyui", "companion picture before call#1", "drawn by AI"),
    ("comfyui", "companion picture before keeping#1", "drawn by AI"),
    ("comfyui", "companion picture after keeping#1", "drawn by AI"),
    ("sdapi", "companion picture before call#1", "could not be drawn"),
    ("sdapi", "companion picture before keeping#1", "could not be drawn"),
    ("sdapi", "companion picture after keeping#1", "drawn by AI"),
];

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_picture_it_is_drawn_once() {
    for (dialect, point, comes) in POINTS {
        let (maker, server) = (Maker::new().await, Server::new(vec![vec![Act::Hang]]).await);
        let back_ends = BackEnds::new(&[&server.url], 10.0).drawing(&maker.url, dialect, 0.5);
        let simulator = Simulator::start(quick_simulator()).expect("a simulator");
        let folder = tempfile::tempdir().expect("a folder");
        let settings = |die_at: Option<&str>| {
            let mut all = variables(&simulator.url(), folder.path());
            all.push(("COMPANIONS", back_ends.path().display().to_string()));
            all.extend(die_at.map(|at| ("NAMELESS_DIE_AT", at.to_owned())));
            all
        };
        let mut bot = Bot::serve(&settings(Some(point)));
        let anna = person(&simulator.world(), "anna");
        onboard(&anna, 0).await;
        anna.send_text("/characters");
        press(&anna, "ch:new:vera").await;
        sees_part(&anna, "Vera · AI").await;
        anna.send_text("/picture");
        let told = || {
            let is = |m: &&nameless_simulator::ChatMessage| m.from_bot && m.json.to_string().contains(comes);
            anna.chat().iter().filter(is).count()
        };
        let (since, mut deaths) = (Instant::now(), 0);
        while told() == 0 {
            assert!(since.elapsed() < 2 * PATIENCE, "{dialect}, {point}: nothing comes:\n{}", bot.printed());
            if bot.is_over() {
                deaths += 1;
                bot = Bot::serve(&settings(None));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bot.stop();
        assert_eq!((deaths, told()), (1, 1), "{dialect}, {point}");
        // Before the call nothing was sent, but nobody can know that.
        let drawn = usize::from(comes == "drawn by AI" || !point.contains("before call"));
        assert_eq!((maker.drawn().len(), maker.faults().len()), (drawn, 0), "{dialect}, {point}");
    }
}
