//! What is posted. Every body is the same size and differs from every other in its ids: a server may recognise
//! a body it has seen, and then it would be measured doing nothing.

mod replay;
mod rum;
mod small;

use anyhow::{Result, ensure};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// The app all bodies belong to; `xtask` configures the collector for it.
const APPLICATION_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const ORIGIN: &str = "https://claims.example";

/// Bodies of one session before the next begins: ten minutes' worth of a page that is used.
const BODIES_PER_SESSION: u64 = 16;

/// An id to be made unique ends in five of these bytes and a number of its own (in text: ten digits and two),
#[derive(Clone, Copy)]
struct Mark {
    byte: u8,
    /// How many bodies share the id.
    shared_by: u64,
}

/// of which these change with every body
const PER_BODY: Mark = Mark { byte: 0xbb, shared_by: 1 };
/// and these with every session.
const PER_SESSION: Mark = Mark { byte: 0xcc, shared_by: BODIES_PER_SESSION };
const MARK_BYTES: usize = 5;

/// The kinds of body.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum WorkloadName {
    /// A batch of our SDK, plain CBOR, 2 KB: what leaves at page exit
    Small,
    /// A batch of the official Datadog SDK, plain NDJSON, 16 KB
    #[value(name = "rum-16k")]
    Rum16k,
    /// A session replay segment of the official Datadog SDK, multipart, 60 KB
    Replay,
}

/// One place in a request that is written anew for each body.
struct Patch {
    offset: usize,
    is_text: bool,
    shared_by: u64,
}

/// A request and where to make it unique.
pub(crate) struct Workload {
    request: Vec<u8>,
    patches: Vec<Patch>,
}

impl WorkloadName {
    pub(crate) fn build(self, server: SocketAddr) -> Result<Workload> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
        let (target, content_type, body) = match self {
            Self::Small => small::body(now_ms)?,
            Self::Rum16k => rum::body(now_ms),
            Self::Replay => replay::body(now_ms)?,
        };
        Workload::new(server, &target, content_type, &body)
    }
}

impl Workload {
    fn new(server: SocketAddr, target: &str, content_type: &str, body: &[u8]) -> Result<Self> {
        let mut request = head(server, target, content_type, body.len()).into_bytes();
        let start = request.len();
        request.extend_from_slice(body);
        let mut patches = Vec::new();
        for mark in [PER_BODY, PER_SESSION] {
            find(&request, start, mark, &mut patches);
        }
        ensure!(patches.iter().any(|patch| patch.shared_by == 1), "the body has no id to make unique");
        Ok(Self { request, patches })
    }

    pub(crate) fn request(&self) -> &[u8] {
        &self.request
    }

    /// Makes `request` the one of this number.
    pub(crate) fn patch(&self, request: &mut [u8], number: u64) {
        for patch in &self.patches {
            let value = number / patch.shared_by;
            if patch.is_text {
                for (index, digit) in request[patch.offset..][..2 * MARK_BYTES].iter_mut().enumerate() {
                    let nibble = (value >> (4 * (2 * MARK_BYTES - 1 - index))) & 0xf;
                    *digit = b"0123456789abcdef"[nibble as usize];
                }
            } else {
                request[patch.offset..][..MARK_BYTES].copy_from_slice(&value.to_be_bytes()[8 - MARK_BYTES..]);
            }
        }
    }
}

/// Finds a mark as bytes and as hexadecimal text.
fn find(request: &[u8], start: usize, mark: Mark, patches: &mut Vec<Patch>) {
    let binary = [mark.byte; MARK_BYTES];
    let text = format!("{:02x}", mark.byte).repeat(MARK_BYTES).into_bytes();
    for (needle, is_text) in [(&binary[..], false), (&text[..], true)] {
        let mut offset = start;
        while let Some(found) = request[offset..].windows(needle.len()).position(|window| window == needle) {
            patches.push(Patch { offset: offset + found, is_text, shared_by: mark.shared_by });
            offset += found + needle.len();
        }
    }
}

/// The headers Chrome sends with a `fetch` of another origin.
fn head(server: SocketAddr, target: &str, content_type: &str, body_bytes: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\n\
         Host: {server}\r\n\
         Connection: keep-alive\r\n\
         Content-Length: {body_bytes}\r\n\
         sec-ch-ua-platform: \"Windows\"\r\n\
         User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/145.0.0.0 Safari/537.36\r\n\
         sec-ch-ua: \"Chromium\";v=\"145\", \"Google Chrome\";v=\"145\", \"Not?A_Brand\";v=\"24\"\r\n\
         Content-Type: {content_type}\r\n\
         sec-ch-ua-mobile: ?0\r\n\
         Accept: */*\r\n\
         Origin: {ORIGIN}\r\n\
         Sec-Fetch-Site: cross-site\r\n\
         Sec-Fetch-Mode: cors\r\n\
         Sec-Fetch-Dest: empty\r\n\
         Referer: {ORIGIN}/\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Accept-Language: en-US,en;q=0.9\r\n\r\n"
    )
}

/// The target of the official SDK behind a `proxy` URL.
fn datadog_target(track: &str, now_ms: u64) -> String {
    // Of replay the SDK sends neither.
    let of_events =
        if track == "rum" { format!("&batch_time={now_ms}&_dd.api=fetch") } else { String::new() };
    let forward = format!(
        "/api/v2/{track}?ddsource=browser&dd-api-key={APPLICATION_ID}&dd-evp-origin-version=7.16.2\
         &dd-evp-origin=browser&dd-request-id=7a1f7b5c-2f6e-4c1f-9e0d-3c2b1a0f9e8d{of_events}"
    );
    let encoded: String = forward
        .bytes()
        .map(|byte| match byte {
            b'/' | b'?' | b'&' | b'=' => format!("%{byte:02X}"),
            _ => char::from(byte).to_string(),
        })
        .collect();
    format!("/dd?ddforward={encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const ALL: [WorkloadName; 3] = [WorkloadName::Small, WorkloadName::Rum16k, WorkloadName::Replay];

    fn body(request: &[u8]) -> &[u8] {
        &request[crate::head::parse(request).unwrap().bytes..]
    }

    fn workload(name: WorkloadName) -> Workload {
        name.build(([127, 0, 0, 1], 80).into()).unwrap()
    }

    #[test]
    fn every_body_differs_and_none_changes_its_size() {
        for name in ALL {
            let workload = workload(name);
            let mut request = workload.request().to_vec();
            let mut seen = HashSet::new();
            for number in (0..100).chain([1 << 20, 1 << 36]) {
                workload.patch(&mut request, number);
                assert_eq!(request.len(), workload.request().len());
                assert!(seen.insert(request.clone()), "{name:?} {number}");
            }
        }
    }

    #[test]
    fn bodies_have_the_size_the_table_says() {
        for (name, expected) in [
            (WorkloadName::Small, 1_800..2_300),
            (WorkloadName::Rum16k, 15_500..16_500),
            (WorkloadName::Replay, 58_000..64_000),
        ] {
            let size = body(workload(name).request()).len();
            assert!(expected.contains(&size), "{name:?} {size}");
        }
    }

    #[test]
    fn a_small_batch_stays_a_batch() {
        let workload = workload(WorkloadName::Small);
        let mut request = workload.request().to_vec();
        workload.patch(&mut request, 0x12_3456_7890);
        let batch: rum_protocol::Batch = minicbor::decode(body(&request)).unwrap();
        assert!(batch.id.to_text().ends_with("-123456789001"), "{}", batch.id.to_text());
    }

    #[test]
    fn every_line_of_a_datadog_batch_stays_json_of_the_same_session() {
        let workload = workload(WorkloadName::Rum16k);
        let mut request = workload.request().to_vec();
        workload.patch(&mut request, 33);
        let body = std::str::from_utf8(body(&request)).unwrap();
        let mut ids = HashSet::new();
        for line in body.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["application"]["id"], APPLICATION_ID);
            let session = event["session"]["id"].as_str().unwrap();
            assert!(session.ends_with(&format!("{:010x}01", 33 / BODIES_PER_SESSION)), "{session}");
            ids.insert(event["view"]["id"].to_string());
        }
        assert_eq!(ids.len(), 1);
    }
}
