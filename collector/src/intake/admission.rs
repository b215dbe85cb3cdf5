//! The decision to read a request at all, and how much of it. Cheap questions first: nothing is inflated or
//! parsed for a caller who is not known.

use super::decode::DecodeError;
use crate::config::App;
use crate::journal::JournalError;
use crate::outcome::Outcome;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Longest time for a whole body to arrive. 1 MiB takes 26 s at 40 KB/s, a poor mobile line; a peer slower
/// than that holds a connection for nothing.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Most memory taken before the first byte of a body: a full batch of the official SDK.
const MAX_EAGER_BYTES: usize = 16 * 1024;

/// Most bytes of a refused body read and thrown away, and the time for it. Closing a connection with bytes
/// unread resets it, and the browser would see a network error instead of the reason.
const DISCARD_LIMIT_BYTES: usize = 8 * 1024 * 1024;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request is refused.
#[derive(Debug)]
pub struct Refusal {
    /// Decides the status and the metric.
    pub outcome: Outcome,
    /// One line for the caller. It describes the request, never our insides.
    pub reason: Cow<'static, str>,
}

/// A refusal with the app it concerns, where that is known by then.
pub type Refused = (Option<Arc<App>>, Refusal);

impl Refusal {
    /// Makes a refusal.
    pub fn new(outcome: Outcome, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { outcome, reason: reason.into() }
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        let outcome = match &error {
            DecodeError::InflatedTooLarge { .. } => Outcome::InflatedTooLarge,
            DecodeError::ProtocolTooNew { .. } => Outcome::ProtocolTooNew,
            DecodeError::ApplicationMismatch => Outcome::ApplicationMismatch,
            DecodeError::Zlib
            | DecodeError::Batch(_)
            | DecodeError::Event { .. }
            | DecodeError::Unscrubbable { .. } => Outcome::Malformed,
        };
        Self::new(outcome, error.to_string())
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        match error {
            // The operating system's words stay in the log.
            JournalError::Unavailable(_) | JournalError::Closed => {
                Self::new(Outcome::JournalUnavailable, "the collector cannot store data at the moment")
            }
            JournalError::Full => Self::new(Outcome::JournalFull, "the collector has no room at the moment"),
            JournalError::Overloaded => Self::new(Outcome::Overloaded, "the collector is busy"),
        }
    }
}

/// The apps by their public keys.
#[derive(Debug)]
pub struct Registry(HashMap<String, Arc<App>>);

impl Registry {
    /// Indexes the configured apps.
    pub fn new(apps: &[App]) -> Self {
        Self(apps.iter().map(|app| (app.public_key.clone(), Arc::new(app.clone()))).collect())
    }

    /// The app of this key, if pages of this origin may send its data.
    pub fn admit(&self, key: Option<&str>, origin: Option<&str>) -> Result<Arc<App>, Refused> {
        let app = key
            .and_then(|key| self.0.get(key))
            .ok_or((None, Refusal::new(Outcome::UnknownKey, "no app has this key")))?;
        if !app.origins.allows(origin) {
            let reason = match origin {
                Some(_) => "the app does not list this origin",
                None => "the request names no origin",
            };
            return Err((Some(app.clone()), Refusal::new(Outcome::OriginNotAllowed, reason)));
        }
        Ok(app.clone())
    }
}

/// Reads a body of at most `limit_bytes`: refused by its declared length before the first byte, else by
/// counting. On refusal the rest stays in `body`.
pub async fn read_body(headers: &HeaderMap, body: &mut Body, limit_bytes: usize) -> Result<Bytes, Refusal> {
    let too_large =
        || Refusal::new(Outcome::BodyTooLarge, format!("the body is larger than {limit_bytes} bytes"));
    let declared = declared_length(headers);
    if declared.is_some_and(|declared| declared > limit_bytes) {
        return Err(too_large());
    }
    let deadline = Instant::now() + BODY_TIMEOUT;
    // A declared length is a promise of a stranger: memory follows the bytes, not the promise.
    let mut read = BytesMut::with_capacity(declared.unwrap_or(0).min(MAX_EAGER_BYTES));
    loop {
        let frame = timeout_at(deadline, body.frame())
            .await
            .map_err(|_| Refusal::new(Outcome::BodyTimedOut, "the body took too long to arrive"))?;
        match frame {
            None => return Ok(read.freeze()),
            Some(Err(_)) => {
                return Err(Refusal::new(Outcome::BodyInterrupted, "the body ended before its length"));
            }
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                if read.len() + data.len() > limit_bytes {
                    return Err(too_large());
                }
                read.extend_from_slice(&data);
            }
        }
    }
}

/// Throws the rest of a refused body away, within bounds.
pub async fn discard(headers: &HeaderMap, mut body: Body) {
    // A client that waits for "100 Continue" has sent nothing, and reading would invite it to.
    if headers.contains_key(header::EXPECT)
        || declared_length(headers).is_some_and(|declared| declared > DISCARD_LIMIT_BYTES)
    {
        return;
    }
    let mut discarded = 0;
    let reading = async {
        while discarded < DISCARD_LIMIT_BYTES {
            match body.frame().await {
                Some(Ok(frame)) => discarded += frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => return,
            }
        }
    };
    // Running out of time is one of the two ways this is meant to end.
    timeout(DISCARD_TIMEOUT, reading).await.ok();
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};

    fn body(chunks: &[&'static str]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok::<_, std::io::Error>(*chunk)).collect();
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn a_body_is_counted_as_it_arrives() {
        let read = read_body(&HeaderMap::new(), &mut body(&["abc", "de"]), 5).await.unwrap();
        assert_eq!(read, "abcde");
        let error = read_body(&HeaderMap::new(), &mut body(&["abc", "def"]), 5).await.unwrap_err();
        assert_eq!(error.outcome, Outcome::BodyTooLarge);
    }

    #[tokio::test]
    async fn a_declared_length_beyond_the_limit_is_refused_before_the_first_byte() {
        let headers = HeaderMap::from_iter([(header::CONTENT_LENGTH, "6".parse().unwrap())]);
        let mut untouched = Body::from_stream(stream::once(async {
            panic!("the body was read");
            #[allow(unreachable_code)]
            Ok::<&str, std::io::Error>("")
        }));
        let error = read_body(&headers, &mut untouched, 5).await.unwrap_err();
        assert_eq!(error.outcome, Outcome::BodyTooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_given_up_after_half_a_minute() {
        let trickle = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, std::io::Error>("."), ()))
        });
        let started = Instant::now();
        let error =
            read_body(&HeaderMap::new(), &mut Body::from_stream(trickle.boxed()), 1_000).await.unwrap_err();
        assert_eq!((error.outcome, started.elapsed().as_secs()), (Outcome::BodyTimedOut, 30));
    }

    #[tokio::test(start_paused = true)]
    async fn discarding_ends_with_the_body_the_bytes_or_the_time() {
        discard(&HeaderMap::new(), body(&["abc"])).await;
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(64 * 1024)));
        discard(&HeaderMap::new(), Body::from_stream(endless)).await;
        let started = Instant::now();
        discard(&HeaderMap::new(), Body::from_stream(stream::pending::<std::io::Result<&str>>())).await;
        assert_eq!(started.elapsed(), DISCARD_TIMEOUT);
    }
}
