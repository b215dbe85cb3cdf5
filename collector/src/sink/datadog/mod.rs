//! The Datadog intake: where it is, how it is asked, and what its answers mean.
//!
//! | answer | meaning | what happens |
//! |---|---|---|
//! | 2xx | taken | acknowledged |
//! | 400, 413, 422 | this body will not be taken in one piece | halved down to single events; those still refused are dead letters |
//! | 415 | it will never be taken | dead letter |
//! | 401, 403 | our token is refused; a rotated token must not empty the journal | with another token at once, else held, with an alarm |
//! | 408, 429, 5xx, no answer | not now | retried with back-off, `Retry-After` obeyed |
//! | anything else, redirects too | we are not talking to the intake | held, with an alarm |
//!
//! Datadog publishes no limits for this intake, so they are learnt from its answers; the bodies of the official
//! SDK pass as they came and ours stay below 60 KiB of CBOR. Segments of replay and profiles are of one piece.

mod part;
pub mod replay;
pub(crate) mod rum;
mod segment;

#[cfg(test)]
mod part_test;

use super::{Pace, Parcel, Refusal, Sink, Taken, owed_body, plain_body, read_batch};
use crate::config::DatadogConfig;
use crate::journal::{Content, Entry, Header};
use crate::token::{Token, TokenSource};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use part::Events;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Response, StatusCode, redirect};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use url::Url;

/// Requests at the intake at once, to begin with and at most. At 100 ms an answer the first moves 40 bodies a
/// second, the peak of 100,000 sessions a day, and the last 640, which empties an hour's backlog in minutes.
/// Each is a connection and a body in memory.
const FIRST_REQUESTS: usize = 4;
const MAX_REQUESTS: usize = 64;

/// Longest time to reach the intake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time for a whole request and its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read; of a refusal they go to the dead letter.
const MAX_DETAIL_BYTES: usize = 1_024;

/// What browsers send for a string body; it is what the official SDK sends.
const PLAIN_TEXT: &str = "text/plain;charset=UTF-8";

/// Not in `reqwest`'s list of well-known names.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Why the sink cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DatadogSetupError {
    /// TLS or the list of trusted roots is missing.
    #[error("the HTTP client for the Datadog intake cannot be made: {0}")]
    Client(reqwest::Error),
}

/// The sink.
pub struct DatadogSink {
    client: Client,
    intake: Url,
    tokens: Arc<TokenSource>,
    /// Newest token with which an entry was held; any newer one is worth another try.
    held_with: AtomicU64,
}

/// A request to the intake, but for host and token.
struct IntakeRequest {
    path: &'static str,
    /// Label before the intake's host name.
    subdomain: Option<String>,
    parameters: Vec<(String, String)>,
    content_type: HeaderValue,
    body: Bytes,
}

/// Why a body was not taken.
enum Answer {
    /// As [`Refusal`] says.
    Refused(Refusal),
    /// Not in one piece, but its parts may be.
    Divisible { reason: String, detail: String },
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl DatadogSink {
    /// Prepares a client; nothing is sent yet.
    pub fn new(config: &DatadogConfig, tokens: Arc<TokenSource>) -> Result<Self, DatadogSetupError> {
        // Fails only if a provider is installed already, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let loopback = config.intake.scheme() == "http";
        let builder = Client::builder()
            // Where a redirect points to has not been checked by anybody.
            .redirect(redirect::Policy::none())
            .referer(false)
            .https_only(!loopback)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT);
        // An intake on this machine is not reached through a proxy on another.
        let builder = if loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(DatadogSetupError::Client)?;
        Ok(Self { client, intake: config.intake.clone(), tokens, held_with: AtomicU64::new(0) })
    }

    /// Sends an entry once and gives the bare answer: `collector check` names what delivery only reacts to.
    /// `None` if there is no token, or no event of the entry has a shape at the intake.
    pub async fn probe(&self, entry: &Entry) -> Option<reqwest::Result<StatusCode>> {
        let request = request_of(entry).ok().flatten()?;
        let token = self.tokens.current().await?;
        Some(self.post(&entry.header, &request, &token).await.map(|answer| answer.status()))
    }

    /// Sends an entry and, if it is not taken in one piece, its parts until nothing of it is owed.
    async fn deliver_one(&self, parcel: &mut Parcel) -> Result<Taken, Refusal> {
        if !parcel.progress.is_divided() {
            match self.send_entry(&parcel.entry).await {
                Ok(()) => return Ok(Taken::Whole),
                Err(Answer::Refused(refusal)) => return Err(refusal),
                Err(Answer::Divisible { reason, detail }) => match Events::of(&parcel.entry)? {
                    Some(events) => parcel.progress.divide(events.len()),
                    None => return Err(Refusal::Never { reason, detail }),
                },
            }
        }
        let Some(events) = Events::of(&parcel.entry)? else { return Ok(Taken::Whole) };
        while let Some(part) = part::next_part(parcel, &events)? {
            match self.send_entry(&part).await {
                Ok(()) => parcel.progress.taken(),
                Err(Answer::Divisible { reason, detail }) => parcel.progress.refused(reason, detail, true),
                Err(Answer::Refused(Refusal::Never { reason, detail })) => {
                    parcel.progress.refused(reason, detail, false);
                }
                // What was taken is noted in the parcel and not sent again.
                Err(Answer::Refused(passing)) => return Err(passing),
            }
        }
        parcel.progress.finish(&parcel.entry, &events)
    }

    async fn send_entry(&self, entry: &Entry) -> Result<(), Answer> {
        match request_of(entry)? {
            Some(request) => self.send(&entry.header, request).await,
            // Nothing but kinds newer than this collector; they were counted at the door.
            None => Ok(()),
        }
    }

    async fn send(&self, header: &Header, request: IntakeRequest) -> Result<(), Answer> {
        let Some(mut token) = self.tokens.current().await else {
            return Err(Refusal::Hold { reason: "there is no client token yet".into() }.into());
        };
        let mut answer = self.post(header, &request, &token).await.map_err(unanswered)?;
        if is_token_refusal(answer.status())
            && let Some(newer) = self.tokens.newer_than(token.generation()).await
        {
            token = newer;
            answer = self.post(header, &request, &token).await.map_err(unanswered)?;
        }
        let judgement = judge(answer).await;
        if let Err(Answer::Refused(Refusal::Hold { .. })) = judgement {
            self.held_with.fetch_max(token.generation(), Ordering::Relaxed);
        }
        judgement
    }

    async fn post(
        &self,
        header: &Header,
        request: &IntakeRequest,
        token: &Token,
    ) -> reqwest::Result<Response> {
        let answer = self
            .client
            .post(self.url(request, token))
            .headers(headers(header, &request.content_type))
            .body(request.body.clone())
            .send()
            .await;
        // The URL holds the token.
        answer.map_err(reqwest::Error::without_url)
    }

    /// The only place where the token is used. It stands where the official SDK puts it, after `ddsource`.
    fn url(&self, request: &IntakeRequest, token: &Token) -> Url {
        let mut url = self.intake.clone();
        url.set_path(request.path);
        if let (Some(label), Some(host)) = (&request.subdomain, self.intake.domain()) {
            // A configured label of plain characters before the configured host: nothing a page invented.
            url.set_host(Some(&format!("{label}.{host}"))).ok();
        }
        let mut query = url.query_pairs_mut();
        let source = request.parameters.iter().find(|(name, _)| name == "ddsource");
        query.append_pair("ddsource", source.map_or("browser", |(_, source)| source));
        query.append_pair("dd-api-key", token.secret().expose());
        query.extend_pairs(request.parameters.iter().filter(|(name, _)| name != "ddsource"));
        drop(query);
        url
    }
}

impl Sink for DatadogSink {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn pace(&self) -> Pace {
        Pace { first_requests: FIRST_REQUESTS, max_requests: MAX_REQUESTS, max_group_entries: 1 }
    }

    fn deliver<'a>(&'a self, parcels: &'a mut [Parcel]) -> BoxFuture<'a, Vec<Result<Taken, Refusal>>> {
        async move {
            let mut answers = Vec::with_capacity(parcels.len());
            for parcel in parcels {
                answers.push(self.deliver_one(parcel).await);
            }
            answers
        }
        .boxed()
    }

    fn may_resume(&self) -> BoxFuture<'_, ()> {
        self.tokens.renewed_after(self.held_with.load(Ordering::Relaxed)).boxed()
    }
}

/// The events of an entry as Datadog would get them, one JSON object per line, or the JSON of our segment; `None` for a
/// multipart body.
pub fn events(entry: &Entry) -> Result<Option<Bytes>, Refusal> {
    match &entry.header.content {
        Content::Batch => Ok(Some(rum::body(&read_batch(entry)?)?)),
        Content::Segment => segment::events(entry).map(Some),
        Content::Datadog { content_type: Some(_), .. } => Ok(None),
        Content::Datadog { .. } => plain_body(entry).map(Some),
    }
}

// By value, because that is what `map_err` hands over.
#[allow(clippy::needless_pass_by_value)]
fn unanswered(error: reqwest::Error) -> Refusal {
    Refusal::Retry { reason: describe(&error), after: None }
}

fn request_of(entry: &Entry) -> Result<Option<IntakeRequest>, Refusal> {
    match &entry.header.content {
        Content::Batch => rum::request(entry),
        Content::Segment => segment::request(entry),
        Content::Datadog { .. } => forwarded(entry).map(Some),
    }
}

/// What the official SDK asked for, body byte by byte.
fn forwarded(entry: &Entry) -> Result<IntakeRequest, Refusal> {
    let never = |reason: &str| Refusal::Never { reason: reason.into(), detail: String::new() };
    let Content::Datadog { parameters, deflated, content_type, subdomain } = &entry.header.content else {
        return Err(never("not from the Datadog door"));
    };
    let content_type = match content_type {
        Some(content_type) => {
            HeaderValue::from_str(content_type).map_err(|_| never("its content type cannot be a header"))?
        }
        // The SDK sends compressed bodies as a blob, whose type has no charset.
        None if *deflated => HeaderValue::from_static("text/plain"),
        None => HeaderValue::from_static(PLAIN_TEXT),
    };
    let (path, body) = (entry.header.track.path(), owed_body(entry)?);
    let (parameters, subdomain) = (parameters.clone(), subdomain.clone());
    Ok(IntakeRequest { path, subdomain, parameters, content_type, body })
}

fn headers(header: &Header, content_type: &HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type.clone());
    let address = header.client_address.map(|address| address.to_string());
    for (name, value) in [(X_FORWARDED_FOR, address.as_ref()), (USER_AGENT, header.user_agent.as_ref())] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn is_token_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

async fn judge(answer: Response) -> Result<(), Answer> {
    let status = answer.status();
    let reason = format!("the Datadog intake answered {status}");
    match status {
        status if status.is_success() => {
            // A connection whose answer was not read to its end is not used again.
            detail(answer).await;
            Ok(())
        }
        // 400 as well: one bad event among many must not take the others with it.
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(Answer::Divisible { reason, detail: detail(answer).await })
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Err(Refusal::Never { reason, detail: detail(answer).await }.into())
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(Refusal::Retry { reason, after: retry_after(answer.headers()) }.into())
        }
        status if status.is_server_error() => {
            Err(Refusal::Retry { reason, after: retry_after(answer.headers()) }.into())
        }
        _ => Err(Refusal::Hold { reason }.into()),
    }
}

async fn detail(mut answer: Response) -> String {
    let mut text = Vec::new();
    while text.len() < MAX_DETAIL_BYTES {
        match answer.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    text.truncate(MAX_DETAIL_BYTES);
    String::from_utf8_lossy(&text).into_owned()
}

/// Seconds only: Datadog sends no dates, and our own pause does for anything else.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// An error with its causes: "error sending request" alone helps nobody.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
