//! Everything that a worker does with a file before a model sees it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nameless_vision::{codes, header, limits::Limits, pdq, picture::Picture};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(header) = header::look(bytes, &limits) else { return };
    let Ok(picture) = Picture::decode(bytes, &header, &limits) else { return };
    assert_eq!(picture.rgb.len(), picture.width as usize * picture.height as usize * 3);
    let _ = pdq::hash(picture.luma(), picture.width as usize, picture.height as usize);
    assert!(codes::count(&picture) <= 4);
    assert!(picture.jpeg(90).is_ok());
});
