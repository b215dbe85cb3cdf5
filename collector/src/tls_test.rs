//! Handshakes that do not come to an end, and files that change, in virtual time.

use crate::config::TlsConfig;
use crate::telemetry::Telemetry;
use crate::tls::{Certificates, TlsError};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

fn write_pair(folder: &Path) -> TlsConfig {
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let config =
        TlsConfig { certificate_file: folder.join("certificate.pem"), key_file: folder.join("key.pem") };
    fs::write(&config.certificate_file, pair.cert.pem()).unwrap();
    fs::write(&config.key_file, pair.signing_key.serialize_pem()).unwrap();
    config
}

#[tokio::test(start_paused = true)]
async fn a_slow_handshake_is_cut_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = Telemetry::new().unwrap();
    let certificates = Certificates::load(&write_pair(folder.path()), telemetry.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    // A record begins and never ends.
    client.write_all(&[22, 3, 1]).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let started = Instant::now();
    assert!(certificates.greet(stream, &CancellationToken::new()).await.is_none());
    assert_eq!(started.elapsed().as_secs(), 10);
    assert_eq!(client.read(&mut [0; 16]).await.unwrap_or(0), 0, "the connection is closed");
    let metrics = telemetry.render();
    assert!(
        metrics.contains("collector_connections_refused_total{reason=\"handshake_timed_out\"} 1"),
        "{metrics}"
    );
}

#[tokio::test(start_paused = true)]
async fn changed_files_are_taken_and_wrong_ones_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_pair(folder.path());
    let certificates = Arc::new(Certificates::load(&config, Telemetry::new().unwrap()).unwrap());
    let first = certificates.current();
    let stop = CancellationToken::new();
    let watching = tokio::spawn(certificates.clone().watch(stop.clone()));
    let a_look = Duration::from_secs(31);
    sleep(a_look).await;
    assert!(Arc::ptr_eq(&first, &certificates.current()), "nothing changed");
    fs::write(&config.key_file, "no key").unwrap();
    sleep(a_look).await;
    assert!(Arc::ptr_eq(&first, &certificates.current()), "a broken key changes nothing");
    write_pair(folder.path());
    sleep(a_look).await;
    assert!(!Arc::ptr_eq(&first, &certificates.current()));
    stop.cancel();
    watching.await.unwrap();
}

#[test]
fn a_wrong_file_is_named_and_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let load = |config: &TlsConfig| match Certificates::load(config, Telemetry::new().unwrap()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let config = write_pair(folder.path());
    assert_eq!(load(&config), "");
    let missing = TlsConfig { certificate_file: "/nonexistent".into(), ..config.clone() };
    assert!(load(&missing).starts_with("option `tls.certificate_file`: cannot read /nonexistent: "));
    let swapped =
        TlsConfig { certificate_file: config.key_file.clone(), key_file: config.certificate_file.clone() };
    assert!(load(&swapped).ends_with("key.pem holds no certificate in PEM form"), "{}", load(&swapped));
    fs::write(&config.key_file, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END").unwrap();
    assert!(load(&config).ends_with("key.pem holds no private key in PEM form"), "{}", load(&config));
    let other = tempfile::tempdir().unwrap();
    let stranger = TlsConfig { key_file: write_pair(other.path()).key_file, ..config };
    let error = Certificates::load(&stranger, Telemetry::new().unwrap()).err().unwrap();
    assert!(matches!(error, TlsError::Pair(_)), "{error}");
}
