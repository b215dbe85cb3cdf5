//! A session replay segment of the official Datadog SDK: a form of two parts, `segment`, zlib of the records,
//! and `event`, what they are.

use super::{APPLICATION_ID, datadog_target};
use anyhow::Result;
use flate2::{Compress, Compression, FlushCompress};
use serde_json::json;
use std::fmt::Write as _;

/// The SDK closes a segment at this many compressed bytes.
const SEGMENT_BYTES: usize = 60_000;
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW5";
/// Ids of the session and the view, marked as in [`super::Mark`].
const SESSION: &str = "5e55105e-0000-4000-8000-cccccccccc01";
const VIEW: &str = "7e575e1d-0000-4000-8000-bbbbbbbbbb02";
/// Words of a page, as a masked snapshot still has them in names, classes and styles.
const WORDS: [&str; 24] = [
    "claim", "member", "row", "cell", "button", "panel", "header", "list", "item", "active", "label",
    "value", "flex", "grid", "table", "column", "status", "pending", "price", "field", "icon", "link",
    "card", "footer",
];

pub(super) fn body(now_ms: u64) -> Result<(String, &'static str, Vec<u8>)> {
    let segment = segment(now_ms)?;
    let event = json!({
        "raw_segment_size": segment.raw_bytes,
        "compressed_segment_size": segment.zlib.len(),
        "start": now_ms - 5_000,
        "end": now_ms,
        "creation_reason": "segment_bytes_limit",
        "records_count": segment.records,
        "has_full_snapshot": false,
        "index_in_view": 1,
        "source": "browser",
        "application": { "id": APPLICATION_ID },
        "session": { "id": SESSION },
        "view": { "id": VIEW },
    });
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"segment\"; filename=\"{SESSION}-{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        now_ms - 5_000
    )
    .into_bytes();
    body.extend_from_slice(&segment.zlib);
    body.extend_from_slice(
        format!(
            "\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"event\"; filename=\"blob\"\r\n\
             Content-Type: application/json\r\n\r\n{event}\r\n--{BOUNDARY}--\r\n"
        )
        .as_bytes(),
    );
    let content_type = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW5";
    Ok((datadog_target("replay", now_ms), content_type, body))
}

struct Segment {
    zlib: Vec<u8>,
    raw_bytes: u64,
    records: u32,
}

/// Records of a busy page until the segment is full, each flushed as the SDK's worker does.
fn segment(now_ms: u64) -> Result<Segment> {
    let mut zlib = Compress::new(Compression::default(), true);
    let mut compressed = Vec::with_capacity(2 * SEGMENT_BYTES);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut text = "{\"records\":[".to_owned();
    let mut records = 0;
    // What a flush adds to the limit is one record.
    while compressed.len() < SEGMENT_BYTES - 600 {
        if records > 0 {
            text.push(',');
        }
        push_record(&mut text, now_ms - 5_000 + u64::from(records) * 16, &mut random);
        zlib.compress_vec(text.as_bytes(), &mut compressed, FlushCompress::Sync)?;
        text.clear();
        records += 1;
    }
    // No mark in here: behind zlib nothing can be made unique, and the same ids stand in the `event` part.
    let metadata = json!({
        "application": { "id": APPLICATION_ID },
        "session": { "id": "5e55105e-0000-4000-8000-000000000001" },
        "view": { "id": "7e575e1d-0000-4000-8000-000000000002" },
        "start": now_ms - 5_000,
        "end": now_ms,
        "creation_reason": "segment_bytes_limit",
        "records_count": records,
        "has_full_snapshot": false,
        "index_in_view": 1,
        "source": "browser",
    });
    text = format!("],{}\n", metadata.to_string().trim_start_matches('{'));
    zlib.compress_vec(text.as_bytes(), &mut compressed, FlushCompress::Finish)?;
    Ok(Segment { zlib: compressed, raw_bytes: zlib.total_in(), records })
}

/// A record of type 12, "change": strings, nodes that use them, and an attribute.
fn push_record(text: &mut String, at_ms: u64, random: &mut Random) {
    let (a, b, c) = (random.word(), random.word(), random.word());
    let (node, row) = (random.below(20_000), random.below(5_000));
    // Writing into a String does not fail.
    let _ = write!(
        text,
        "{{\"type\":12,\"timestamp\":{at_ms},\"data\":[[0,\"{a}-{b}\",\"{c}--{row}\",\"/assets/{a}/{node}.svg\"],\
         [1,[{},\"DIV\",[\"class\",\"{b}__{c} {a}\"],[\"data-row\",\"***\"]],[1,\"SPAN\",[\"style\",\"width:{}px;transform:translate({}px,{row}px)\"]],\
         [1,\"#text\",\"{}\"]],[3,[{node},[\"aria-expanded\",\"true\"]]]]}}",
        random.below(400),
        random.below(1_200),
        random.below(900),
        "x".repeat(random.below(24) as usize + 3),
    );
}

/// xorshift64: the same segment on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read;

    #[test]
    fn a_segment_inflates_to_the_records_it_counts() {
        let segment = segment(1_795_000_000_000).unwrap();
        let mut text = String::new();
        ZlibDecoder::new(&segment.zlib[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.len() as u64, segment.raw_bytes);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["records"].as_array().unwrap().len() as u64, u64::from(segment.records));
    }
}
