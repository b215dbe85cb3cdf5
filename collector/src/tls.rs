//! TLS on the intake port: TLS 1.2 and 1.3 by rustls, HTTP/1.1 inside. Certificate and key are read at the
//! start, on SIGHUP, and whenever a look finds that one of the files has changed, so a renewed certificate
//! needs no restart. Files that do not fit each other change nothing: the old certificate stays, and a log
//! line says why. Connections keep the certificate they began with.

use crate::config::TlsConfig;
use crate::telemetry::Telemetry;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

/// Longest time for a handshake. Three round trips of a poor mobile line take two seconds.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause between looks at the files. Certificates are renewed days before they expire.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// First byte of a TLS connection (RFC 8446, section 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// For who speaks plain HTTP. With CORS, so that a page's console shows the status.
const PLAIN_REFUSAL: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n\
      Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nthis port speaks TLS: use https\r\n";

/// Most bytes of a plain request read and thrown away: closing with bytes unread would reset the connection
/// and take the answer with it.
const DISCARD_LIMIT_BYTES: usize = 64 * 1024;

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("option `tls.{option}`: cannot read {path}: {source}", path = path.display())]
    File {
        /// `certificate_file` or `key_file`.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file does not hold what it should. The PEM reader's own words could quote a key.
    #[error("option `tls.{option}`: {path} holds no {expected} in PEM form", path = path.display())]
    Pem {
        /// `certificate_file` or `key_file`.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// `certificate` or `private key`.
        expected: &'static str,
    },
    /// Key and certificate do not belong together, or their kind is not supported.
    #[error("option `tls`: certificate and key cannot be used: {0}")]
    Pair(rustls::Error),
}

/// The certificate in force.
pub struct Certificates {
    state: Mutex<State>,
    telemetry: Telemetry,
}

struct State {
    files: Files,
    server: Arc<ServerConfig>,
}

/// What the files held when they were last looked at, and where they were.
#[derive(PartialEq)]
pub(crate) struct Files {
    config: TlsConfig,
    certificate: Vec<u8>,
    /// The key itself is not kept a second time.
    key: [u8; 32],
}

impl Certificates {
    /// Reads both files.
    pub fn load(config: &TlsConfig, telemetry: Telemetry) -> Result<Self, TlsError> {
        let (files, server) = read(config)?;
        Ok(Self { state: Mutex::new(State { files, server: Arc::new(server) }), telemetry })
    }

    /// What new connections are greeted with.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).server.clone()
    }

    /// Reads both files again, or others; true if there was anything new. An error leaves all as it was.
    pub fn renew(&self, config: &TlsConfig) -> Result<bool, TlsError> {
        let (files, server) = read(config)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let new = files != state.files;
        if new {
            *state = State { files, server: Arc::new(server) };
            info!(event = "certificate_renewed", file = %config.certificate_file.display());
        }
        Ok(new)
    }

    /// Looks at the files until stopped.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut last_error = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK_AGAIN) => {}
            }
            let config = self.state.lock().unwrap_or_else(PoisonError::into_inner).files.config.clone();
            let error = self.renew(&config).err().map(|error| error.to_string());
            // Once per fault: between the two files of one renewal they do not fit, and that is over soon.
            if let Some(reason) = error.as_ref().filter(|_| error != last_error) {
                error!(event = "certificate_not_renewed", %reason, effect = "the old one stays");
            }
            last_error = error;
        }
    }

    /// The handshake, for so long as it may take. `None` if there will be no HTTP on this connection.
    pub async fn greet(&self, stream: TcpStream, stop: &CancellationToken) -> Option<TlsStream<TcpStream>> {
        let greeted = tokio::select! {
            () = stop.cancelled() => return None,
            greeted = timeout(HANDSHAKE_TIMEOUT, greet(stream, self.current())) => greeted,
        };
        let reason = match greeted {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(Refused::Plain)) => "plain_http",
            Ok(Err(Refused::Handshake)) => "handshake_failed",
            Err(_) => "handshake_timed_out",
        };
        self.telemetry.count_refused_connection(reason);
        None
    }
}

enum Refused {
    Plain,
    Handshake,
}

async fn greet(mut stream: TcpStream, config: Arc<ServerConfig>) -> Result<TlsStream<TcpStream>, Refused> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1..) if first[0] != HANDSHAKE_RECORD => {
            refuse_plain(&mut stream).await.ok();
            Err(Refused::Plain)
        }
        Ok(1..) => TlsAcceptor::from(config).accept(stream).await.map_err(|_| Refused::Handshake),
        Ok(_) | Err(_) => Err(Refused::Handshake),
    }
}

async fn refuse_plain(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(PLAIN_REFUSAL).await?;
    stream.shutdown().await?;
    let (mut discarded, mut buffer) = (0, [0; 4096]);
    while discarded < DISCARD_LIMIT_BYTES {
        match stream.read(&mut buffer).await? {
            0 => break,
            read => discarded += read,
        }
    }
    Ok(())
}

/// Reads both files and tries whether they fit.
pub(crate) fn read(config: &TlsConfig) -> Result<(Files, ServerConfig), TlsError> {
    let file = |option, path: &PathBuf| {
        std::fs::read(path).map_err(|source| TlsError::File { option, path: path.clone(), source })
    };
    let certificate = file("certificate_file", &config.certificate_file)?;
    let key = file("key_file", &config.key_file)?;
    let chain = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::Pem {
            option: "certificate_file",
            path: config.certificate_file.clone(),
            expected: "certificate",
        })?;
    let private = PrivateKeyDer::from_pem_slice(&key).map_err(|_| TlsError::Pem {
        option: "key_file",
        path: config.key_file.clone(),
        expected: "private key",
    })?;
    let server = server(chain, private).map_err(TlsError::Pair)?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &key);
    let mut files = Files { config: config.clone(), certificate, key: [0; 32] };
    files.key.copy_from_slice(digest.as_ref());
    Ok((files, server))
}

fn server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Pages come back every 30 s: a ticket spares them and us the signature.
    server.ticketer = rustls::crypto::ring::Ticketer::new()?;
    Ok(server)
}
