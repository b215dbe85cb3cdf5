//! Reading a body: bounded in bytes, in time, and in what all bodies together take.

use super::admission::Refusal;
use crate::outcome::Outcome;
use crate::track::Lane;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// Longest time without a byte. A peer slower than that holds a connection for nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Slowest line whose bodies are waited for (bytes/s): a poor mobile one.
const SLOWEST_BYTES_PER_S: u64 = 40 * 1024;

/// Time that even a short body may take.
const SHORTEST_DEADLINE: Duration = Duration::from_secs(10);

/// Most memory taken before the first byte of a body: a full batch of the official SDK.
const MAX_EAGER_BYTES: usize = 16 * 1024;

/// Most bytes of a refused body read and thrown away, and the time for it. Closing a connection with bytes
/// unread resets it, and the browser would see a network error instead of the reason.
const DISCARD_LIMIT_BYTES: usize = 8 * 1024 * 1024;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// The memory for bodies that are being read: replay's is not taken from events.
#[derive(Debug)]
pub struct ReadingRoom {
    events: Arc<Semaphore>,
    replay: Arc<Semaphore>,
}

/// A body with its share of the room, given back when dropped.
#[derive(Debug)]
pub(super) struct ReadBody {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl ReadingRoom {
    /// As much for each lane.
    pub fn new(bytes_per_lane: usize) -> Self {
        let room = || Arc::new(Semaphore::new(bytes_per_lane));
        Self { events: room(), replay: room() }
    }

    /// Reads a body of at most `limit_bytes`: refused by its declared length before the first byte, else by
    /// counting. On refusal the rest stays in `body`.
    pub(super) async fn read(
        &self,
        lane: Lane,
        headers: &HeaderMap,
        body: &mut Body,
        limit_bytes: usize,
    ) -> Result<ReadBody, Refusal> {
        let too_large =
            || Refusal::new(Outcome::BodyTooLarge, format!("the body is larger than {limit_bytes} bytes"));
        let declared = declared_length(headers);
        if declared.is_some_and(|declared| declared > limit_bytes) {
            return Err(too_large());
        }
        let deadline = Instant::now() + time_for(limit_bytes);
        let mut read = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        loop {
            let next = timeout_at(deadline.min(Instant::now() + IDLE_TIMEOUT), body.frame()).await;
            match next.map_err(|_| Refusal::new(Outcome::BodyTimedOut, "the body took too long to arrive"))? {
                None => return Ok(ReadBody { bytes: read.freeze(), _room: room }),
                Some(Err(_)) => {
                    return Err(Refusal::new(Outcome::BodyInterrupted, "the body ended before its length"));
                }
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if read.len() + data.len() > limit_bytes {
                        return Err(too_large());
                    }
                    self.take(lane, data.len(), &mut room)?;
                    if read.is_empty() && declared == Some(data.len()) {
                        // All of it at once, as most bodies come: it need not be copied.
                        return Ok(ReadBody { bytes: data, _room: room });
                    }
                    if read.is_empty() {
                        // A declared length is a promise of a stranger: memory follows the bytes.
                        read.reserve(declared.unwrap_or(0).min(MAX_EAGER_BYTES));
                    }
                    read.extend_from_slice(&data);
                }
            }
        }
    }

    fn take(
        &self,
        lane: Lane,
        bytes: usize,
        taken: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<(), Refusal> {
        let room = match lane {
            Lane::Events => &self.events,
            Lane::Replay => &self.replay,
        };
        let busy = || Refusal::new(Outcome::Overloaded, "the collector is busy");
        let bytes = u32::try_from(bytes).map_err(|_| busy())?;
        let more = room.clone().try_acquire_many_owned(bytes).map_err(|_| busy())?;
        match taken {
            Some(taken) => taken.merge(more),
            None => *taken = Some(more),
        }
        Ok(())
    }
}

/// Time for a body of this size over the slowest line.
fn time_for(limit_bytes: usize) -> Duration {
    SHORTEST_DEADLINE + Duration::from_secs(limit_bytes as u64 / SLOWEST_BYTES_PER_S)
}

/// Throws the rest of a refused body away, within bounds.
pub(super) async fn discard(headers: &HeaderMap, mut body: Body) {
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

/// What `Content-Length` promises.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<usize> {
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

    async fn read(headers: &HeaderMap, mut body: Body, limit_bytes: usize) -> Result<Bytes, Refusal> {
        let room = ReadingRoom::new(limit_bytes);
        room.read(Lane::Events, headers, &mut body, limit_bytes).await.map(|read| read.bytes)
    }

    #[tokio::test]
    async fn a_body_is_counted_as_it_arrives() {
        let none = HeaderMap::new();
        assert_eq!(read(&none, body(&["abc", "de"]), 5).await.unwrap(), "abcde");
        assert_eq!(read(&none, body(&["abc", "def"]), 5).await.unwrap_err().outcome, Outcome::BodyTooLarge);
        assert_eq!(read(&none, body(&[]), 5).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_declared_length_beyond_the_limit_is_refused_before_the_first_byte() {
        let headers = HeaderMap::from_iter([(header::CONTENT_LENGTH, "6".parse().unwrap())]);
        let untouched = Body::from_stream(stream::once(async {
            panic!("the body was read");
            #[allow(unreachable_code)]
            Ok::<&str, std::io::Error>("")
        }));
        assert_eq!(read(&headers, untouched, 5).await.unwrap_err().outcome, Outcome::BodyTooLarge);
    }

    #[tokio::test]
    async fn bodies_share_the_room_of_their_lane_and_give_it_back() {
        let room = ReadingRoom::new(8);
        let none = HeaderMap::new();
        let read = |lane| {
            let room = &room;
            let none = &none;
            async move { room.read(lane, none, &mut body(&["abc", "de"]), 5).await }
        };
        let first = read(Lane::Events).await.unwrap();
        assert_eq!(read(Lane::Events).await.unwrap_err().outcome, Outcome::Overloaded);
        assert_eq!(read(Lane::Replay).await.unwrap().bytes, "abcde");
        drop(first);
        assert_eq!(read(Lane::Events).await.unwrap().bytes, "abcde");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_or_trickles_is_given_up() {
        let started = Instant::now();
        let silent = Body::from_stream(stream::pending::<std::io::Result<&str>>());
        let refusal = read(&HeaderMap::new(), silent, 1_000).await.unwrap_err();
        assert_eq!((refusal.outcome, started.elapsed().as_secs()), (Outcome::BodyTimedOut, 10));
        let trickle = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, std::io::Error>("."), ()))
        });
        let started = Instant::now();
        let refusal =
            read(&HeaderMap::new(), Body::from_stream(trickle.boxed()), 1024 * 1024).await.unwrap_err();
        assert_eq!((refusal.outcome, started.elapsed().as_secs()), (Outcome::BodyTimedOut, 35));
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
