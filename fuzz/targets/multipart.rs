//! A body of parts: what was taken apart is put together to the same parts.

#![no_main]

use collector::intake::multipart::Multipart;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPE: &str = "multipart/form-data; boundary=b";

fn read(body: Vec<u8>) -> Option<Multipart> {
    let read = Multipart::read(CONTENT_TYPE, body.into()).now_or_never();
    read.expect("a body in memory is read without waiting").ok()
}

fuzz_target!(|body: &[u8]| {
    if let Some(first) = read(body.to_vec()) {
        let second = read(first.write().to_vec()).expect("what was written can be read");
        assert_eq!(first.write(), second.write());
    }
});
