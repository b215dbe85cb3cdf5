//! A body of our own SDK: what is taken for a batch survives being written and read again.

#![no_main]

use collector::intake::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(batch) = decode::batch(body) {
        let written = minicbor::to_vec(&batch).expect("a batch that was read can be written");
        let again = decode::batch(&written).expect("a batch that was written can be read");
        // Not compared as values: a CLS of NaN equals nothing.
        assert_eq!(written, minicbor::to_vec(&again).expect("and written"));
    }
});
