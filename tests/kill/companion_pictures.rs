//! I16: the process ends at named moments around a picture. It is drawn once, and told once or said
//! not to come.

use super::process::PATIENCE;
use super::vera::Place;
use crate::maker::Maker;
use crate::model::{Act, Server};
use crate::support::characters::BackEnds;
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
        let place = Place::new(back_ends);
        let mut bot = place.serve(Some(point));
        let anna = place.anna().await;
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
                bot = place.serve(None);
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
