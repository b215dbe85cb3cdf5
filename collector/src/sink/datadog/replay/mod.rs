//! Our segments of session replay as Datadog's: JSON with the same numbers of nodes, texts and style sheets, deflated, in a form
//! with what Datadog wants to know before it opens it.
//!
//! ```text
//! segment  zlib of {"records":[…],start,end,creation_reason,records_count,has_full_snapshot,index_in_view,…}
//! event    {raw_segment_size,compressed_segment_size,start,…}
//! ```
//! The reference is npm `@datadog/browser-rum`: `src/types/sessionReplay.ts` for the records, `src/domain/segmentCollection`
//! for what is around them. Our own viewer reads the same JSON, with the records and changes that Datadog has no
//! word for.

mod change;
mod json;
mod record;

#[cfg(test)]
mod test;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use json::Json;
use rum_protocol::replay::{CreationReason, Segment, SegmentHead};
use std::cell::RefCell;
use uuid::Uuid;

/// Who reads the JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// Datadog: records and changes of our own are left out.
    Datadog,
    /// Our viewer: everything is told.
    Viewer,
}

/// The JSON of a segment.
pub fn segment_json(segment: &Segment, dialect: Dialect) -> Vec<u8> {
    written(segment, dialect).json
}

/// The body that brings a segment to Datadog, and its content type; `None` if nothing in it is told there.
pub fn multipart(segment: &Segment) -> Option<(String, Bytes)> {
    let Written { json, metadata_start, start_ms, records_count } = written(segment, Dialect::Datadog);
    if records_count == 0 {
        return None;
    }
    let packed = deflate(&json);
    let boundary = format!("----rum-wasm-{}", Uuid::new_v4().simple());
    let filename = format!("{}-{start_ms}", segment.head.session_id.to_text());
    let part = |body: &mut Vec<u8>, name: &str, filename: &str, content_type: &str| {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {content_type}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
    };
    let mut body = Vec::with_capacity(packed.len() + MAX_FORM_BYTES);
    part(&mut body, "segment", &filename, "application/octet-stream");
    body.extend_from_slice(&packed);
    body.extend_from_slice(b"\r\n");
    part(&mut body, "event", "blob", "application/json");
    let sizes =
        format!("{{\"raw_segment_size\":{},\"compressed_segment_size\":{},", json.len(), packed.len());
    body.extend_from_slice(sizes.as_bytes());
    // Datadog's metadata are the segment's own, without the line's end.
    body.extend_from_slice(json[metadata_start..].trim_ascii_end());
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Some((format!("multipart/form-data; boundary={boundary}"), body.into()))
}

/// Room for what is around the segment in the form: its heads and metadata take some 900 bytes.
const MAX_FORM_BYTES: usize = 2_048;

struct Written {
    json: Vec<u8>,
    /// Where, behind the records, what is known of them begins.
    metadata_start: usize,
    start_ms: u64,
    records_count: u32,
}

fn written(segment: &Segment, dialect: Dialect) -> Written {
    let head = &segment.head;
    let mut json = Json::default();
    let mut told = Told { next_node: head.first_node, ..Told::default() };
    json.raw("{\"records\":[");
    for record in &segment.records {
        let before = json.len();
        if told.count > 0 {
            json.raw(",");
        }
        if record::write(&mut json, &mut told.next_node, record, dialect) {
            told.add(record.at_ms, record::shows_all(&record.kind, head.index_in_view));
        } else {
            json.truncate(before);
        }
    }
    json.raw("],");
    let metadata_start = json.len();
    let start_ms = told.start_ms.unwrap_or(head.start_ms);
    write_metadata(&mut json, head, &told, start_ms);
    Written { json: json.into_bytes(), metadata_start, start_ms, records_count: told.count }
}

/// What is known of the records that were written.
#[derive(Default)]
struct Told {
    next_node: u32,
    count: u32,
    start_ms: Option<u64>,
    end_ms: u64,
    has_full_snapshot: bool,
}

impl Told {
    fn add(&mut self, at_ms: u64, shows_all: bool) {
        self.count += 1;
        // The order of records is that in which they were taken, not that of their times.
        self.start_ms = Some(self.start_ms.map_or(at_ms, |start_ms| start_ms.min(at_ms)));
        self.end_ms = self.end_ms.max(at_ms);
        self.has_full_snapshot |= shows_all;
    }
}

fn write_metadata(json: &mut Json, head: &SegmentHead, told: &Told, start_ms: u64) {
    json.raw("\"start\":").number(start_ms);
    json.raw(",\"end\":").number(told.end_ms.max(start_ms));
    json.raw(",\"creation_reason\":\"").raw(reason(head.creation_reason));
    json.raw("\",\"records_count\":").number(told.count);
    json.raw(",\"has_full_snapshot\":").raw(if told.has_full_snapshot { "true" } else { "false" });
    json.raw(",\"index_in_view\":").number(head.index_in_view);
    json.raw(",\"source\":\"browser\",\"application\":{\"id\":").text(&head.application_id);
    json.raw("},\"session\":{\"id\":\"").raw(&head.session_id.to_text());
    json.raw("\"},\"view\":{\"id\":\"").raw(&head.view_id.to_text());
    json.raw("\"}}\n");
}

fn reason(reason: Option<CreationReason>) -> &'static str {
    match reason {
        Some(CreationReason::Init) => "init",
        // Of a reason newer than this collector nothing is known but that it was none of the others.
        Some(CreationReason::Duration) | None => "segment_duration_limit",
        Some(CreationReason::Bytes) => "segment_bytes_limit",
        Some(CreationReason::ViewChange) => "view_change",
        Some(CreationReason::PageExit) => "before_unload",
        Some(CreationReason::Hidden) => "visibility_hidden",
        Some(CreationReason::Frozen) => "page_frozen",
    }
}

/// Makes the zlib stream Datadog's own SDK makes: all content flushed to a byte's end, then an empty last block
/// (`03 00`) and the checksum. Datadog joins the segments of a view without inflating them.
fn deflate(json: &[u8]) -> Vec<u8> {
    /// Room (bytes) for the end of a stream.
    const SPARE_BYTES: usize = 64;
    thread_local! {
        /// Used again, as in `intake::decode`. Level 2: lists of numbers are a quarter shorter than at level 1 for a third
        /// more CPU; level 6 saves another tenth and costs three times that.
        static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(2), true));
    }
    DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        let mut stream = Vec::with_capacity(json.len() / 4 + SPARE_BYTES);
        let mut flush = FlushCompress::Sync;
        loop {
            let rest = &json[deflater.total_in() as usize..];
            // Only a stream that ended before could fail.
            if let Ok(Status::StreamEnd) | Err(_) = deflater.compress_vec(rest, &mut stream, flush) {
                return stream;
            }
            let is_done = deflater.total_in() == json.len() as u64 && stream.len() < stream.capacity();
            if is_done {
                flush = FlushCompress::Finish;
            }
            stream.reserve(rest.len() / 4 + SPARE_BYTES);
        }
    })
}
