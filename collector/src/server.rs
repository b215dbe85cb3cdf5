//! Accepting connections and serving a router on them: bounded in number and patience, and stoppable
//! without breaking a request. `axum::serve` bounds neither.

use crate::connections::Connections;
use crate::tls::Certificates;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::warn;

/// Most open connections per port. Each holds a read buffer of at most `MAX_HEADER_BYTES`.
const MAX_CONNECTIONS: usize = 8_192;

/// Longest time for a request's head, which also ends idle connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Largest request head (bytes). `ddforward` is below 1 KiB.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Pause after a failed `accept`, usually for want of file descriptors: time for some to be returned.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The socket's other end, an extension of every request.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// A port and what is behind it.
pub struct Port {
    /// Where connections come from.
    pub listener: TcpListener,
    /// What answers them.
    pub router: Router,
    /// For TLS, where the port speaks it.
    pub certificates: Option<Arc<Certificates>>,
    /// How many one address may have.
    pub connections: Arc<Connections>,
}

/// Serves until `stop`, then lets open requests finish for at most `grace`.
pub async fn serve(port: Port, stop: CancellationToken, grace: Duration) {
    let Port { listener, router, certificates, connections } = port;
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        // The permit comes first: connections beyond the limit wait in the kernel, not in our memory.
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                let permit = permits.clone().acquire_owned().await;
                (permit, listener.accept().await)
            } => accepted,
        };
        let (stream, peer, permit) = match accepted {
            (Ok(permit), Ok((stream, peer))) => (stream, peer, permit),
            (_, Err(error)) => {
                warn!(event = "accept_failed", %error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
            (Err(_), _) => break,
        };
        // An IPv4 peer on a dual-stack socket is still an IPv4 peer.
        let peer = PeerAddress(peer.ip().to_canonical());
        // Closed without a word: an answer would cost more than the connection.
        let Some(place) = connections.take_place(peer.0) else { continue };
        // Answers are one small packet; waiting to fill it only delays them.
        stream.set_nodelay(true).ok();
        let (router, watcher, stop) = (router.clone(), graceful.watcher(), stop.clone());
        let certificates = certificates.clone();
        tokio::spawn(async move {
            match certificates {
                None => converse(stream, peer, router, watcher).await,
                Some(certificates) => {
                    if let Some(stream) = certificates.greet(stream, &stop).await {
                        converse(stream, peer, router, watcher).await;
                    }
                }
            }
            drop((permit, place));
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        warn!(event = "requests_cut_off", waited_s = grace.as_secs());
    }
}

/// One connection, request after request, until its end.
async fn converse<S>(stream: S, peer: PeerAddress, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        // A page that is left may close its side behind the last body; that body counts all the same.
        .half_close(true)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // A broken connection is the peer's affair; its request is counted where it was read.
    watcher.watch(connection).await.ok();
}
