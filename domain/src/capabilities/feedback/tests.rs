use super::*;
use crate::capabilities;
use crate::session::tests::{Bench, said};

fn asked(out: &[Effect]) -> Option<(Seq, &str)> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::Feedback(Request::Keep { seq, words })) => {
            Some((*seq, words.as_str()))
        }
        _ => None,
    })
}

#[test]
fn what_is_written_behind_the_command_is_for_the_operators() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        let mut bench = make();
        let out = bench.text("/feedback  the search is slow \n at night ");
        let (seq, words) = asked(&out).expect("a request");
        assert_eq!((seq.0, words), (bench.seq, "the search is slow \n at night"));
        assert!(said(&out).is_empty(), "the store is asked first");
        for bare in ["/feedback", "/feedback@NamelessBot", "/Feedback!", "/feedback \n"] {
            let out = bench.text(bare);
            assert_eq!((asked(&out), said(&out)), (None, vec!["feedback-how"]), "{bare}");
        }
    }
}

#[test]
fn one_that_comes_again_is_kept_again_under_the_same_name() {
    let mut bench = Bench::idle();
    let first = bench.text("/feedback hello");
    let seq = bench.seq;
    bench.text("/search");
    let again = bench.at(seq, bench.words("/feedback hello"));
    assert_eq!(asked(&first), asked(&again));
}

#[test]
fn each_answer_has_its_line() {
    for (event, key) in [
        (Event::Kept, "feedback-thanks"),
        (Event::TooSoon, "feedback-too-soon"),
        (Event::NotKept, "feedback-not-kept"),
    ] {
        let out =
            Bench::idle().event(crate::session::Event::Capability(capabilities::Event::Feedback(event)));
        assert_eq!(said(&out), [key]);
    }
}
