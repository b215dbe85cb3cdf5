//! Bodies of several parts (RFC 7578), as the official SDK sends replay segments and profiles: taken apart,
//! and put together again where a rule changed one.

use super::admission::Refusal;
use crate::outcome::Outcome;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::{FutureExt, stream};

/// Most parts of a body: the SDK sends two.
const MAX_PARTS: usize = 8;

/// A body of parts.
#[derive(Debug)]
pub struct Multipart {
    boundary: String,
    /// In their order.
    pub parts: Vec<Part>,
}

/// One part.
#[derive(Debug)]
pub struct Part {
    headers: HeaderMap,
    /// As the form has it.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

impl Multipart {
    /// Takes a body apart. The parts share its memory or are copied once; it is bounded already.
    pub async fn read(content_type: &str, body: Bytes) -> Result<Self, Refusal> {
        let boundary = multer::parse_boundary(content_type)
            .map_err(|_| malformed("the content type is not multipart/form-data with a boundary"))?;
        let chunks = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
        let mut reader = multer::Multipart::new(chunks, &boundary);
        let mut parts = Vec::new();
        while let Some(field) = reader.next_field().await.map_err(|_| malformed("a part is broken"))? {
            if parts.len() == MAX_PARTS {
                return Err(malformed("there are too many parts"));
            }
            let name = field.name().ok_or_else(|| malformed("a part has no name"))?.to_owned();
            let headers = field.headers().clone();
            let bytes = field.bytes().await.map_err(|_| malformed("a part is cut short"))?;
            parts.push(Part { headers, name, bytes });
        }
        Ok(Self { boundary, parts })
    }

    /// The same where nothing can wait: all of the body is in memory, so reading it never does.
    pub fn read_at_once(content_type: &str, body: Bytes) -> Result<Self, Refusal> {
        Self::read(content_type, body).now_or_never().unwrap_or_else(|| Err(malformed("a part is broken")))
    }

    /// The body, with the boundary it had.
    pub fn write(&self) -> Bytes {
        let mut body = Vec::new();
        for part in &self.parts {
            line(&mut body, &["--", &self.boundary]);
            for (name, spelled) in
                [(header::CONTENT_DISPOSITION, "Content-Disposition"), (header::CONTENT_TYPE, "Content-Type")]
            {
                if let Some(value) = part.headers.get(name) {
                    body.extend_from_slice(spelled.as_bytes());
                    body.extend_from_slice(b": ");
                    body.extend_from_slice(value.as_bytes());
                    line(&mut body, &[]);
                }
            }
            line(&mut body, &[]);
            body.extend_from_slice(&part.bytes);
            line(&mut body, &[]);
        }
        line(&mut body, &["--", &self.boundary, "--"]);
        body.into()
    }
}

fn line(body: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        body.extend_from_slice(text.as_bytes());
    }
    body.extend_from_slice(b"\r\n");
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Outcome::Malformed, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryAbC";
    const BODY: &[u8] = b"------WebKitFormBoundaryAbC\r\n\
        Content-Disposition: form-data; name=\"segment\"; filename=\"s-1\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\x78\x9c\r\n--\x00\xff\r\n\
        ------WebKitFormBoundaryAbC\r\n\
        Content-Disposition: form-data; name=\"event\"; filename=\"blob\"\r\n\
        Content-Type: application/json\r\n\r\n{}\r\n\
        ------WebKitFormBoundaryAbC--\r\n";

    #[tokio::test]
    async fn a_body_of_the_official_sdk_is_written_as_it_was_read() {
        let read = Multipart::read(TYPE, Bytes::from_static(BODY)).await.unwrap();
        let parts: Vec<_> = read.parts.iter().map(|part| (part.name.as_str(), part.bytes.as_ref())).collect();
        assert_eq!(parts, [("segment", &b"\x78\x9c\r\n--\x00\xff"[..]), ("event", b"{}")]);
        assert_eq!(read.write(), BODY);
    }

    #[tokio::test]
    async fn what_is_no_whole_multipart_body_is_refused() {
        let cut = BODY.len() - 40;
        for (content_type, body) in [
            ("text/plain", BODY),
            ("multipart/form-data", BODY),
            (TYPE, &BODY[..cut]),
            (TYPE, b"{}"),
            (TYPE, b""),
            (TYPE, b"------WebKitFormBoundaryAbC\r\nContent-Disposition: form-data\r\n\r\nx\r\n------WebKitFormBoundaryAbC--\r\n"),
        ] {
            let refusal = Multipart::read(content_type, Bytes::copy_from_slice(body)).await.unwrap_err();
            assert_eq!(refusal.outcome, Outcome::Malformed, "{content_type} {}", body.len());
        }
        let part = "------WebKitFormBoundaryAbC\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
        let many = format!("{}------WebKitFormBoundaryAbC--\r\n", part.repeat(MAX_PARTS + 1));
        assert!(Multipart::read(TYPE, many.into()).await.is_err());
    }
}
