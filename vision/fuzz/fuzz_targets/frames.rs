//! What the engine reads from a worker that may have been taken over, and the worker from the
//! engine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nameless_vision::protocol::{Answer, Frames, Hello, Request};

fuzz_target!(|bytes: &[u8]| {
    for mut frames in [Frames::of_engine(), Frames::of_worker()] {
        for piece in bytes.chunks(7) {
            frames.push(piece);
            while let Some(Ok(frame)) = frames.next() {
                let _ = (Hello::decode(&frame), Answer::decode(&frame), Request::decode(&frame));
            }
        }
    }
});
