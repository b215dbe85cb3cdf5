//! The intake port with a certificate of its own.

use crate::batches::{batch, encoded};
use crate::certificates::{Authority, Validity};
use crate::fake_intake::FakeIntake;
use crate::harness::{ORIGIN, PUBLIC_KEY, Stack, eventually};
use reqwest::{Certificate, Client};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) fn options(folder: &Path) -> String {
    format!(
        "[tls]\ncertificate_file = \"{0}/certificate.pem\"\nkey_file = \"{0}/key.pem\"\n",
        folder.display()
    )
}

pub(crate) fn write_pair(authority: &Authority, folder: &Path) {
    let (certificate, key) = authority.certificate("127.0.0.1", Validity::Now);
    std::fs::write(folder.join("certificate.pem"), certificate).unwrap();
    std::fs::write(folder.join("key.pem"), key).unwrap();
}

/// A client that trusts this authority only.
pub(crate) fn trusting(authority: &Authority) -> Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    let root = Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([root]).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_taken_over_tls_and_plain_http_is_told_so() {
    let mut fake = FakeIntake::start().await;
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    write_pair(&authority, folder.path());
    let stack = Stack::start_with(&fake.url(), &options(folder.path())).await;
    let client = trusting(&authority);
    let url = format!("https://{}/v1?k={PUBLIC_KEY}", stack.intake());
    let post = || client.post(&url).header("origin", ORIGIN).body(encoded(&batch(1))).send();
    let answer = post().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
    fake.next().await;
    // Plain HTTP, with more behind it than the server looks at.
    let mut plain = TcpStream::connect(stack.intake()).await.unwrap();
    let request =
        format!("POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{}", "x".repeat(9_000));
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    plain.read_to_string(&mut text).await.unwrap();
    drop(plain);
    assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nthis port speaks TLS: use https\r\n"), "{text}");
    // Who trusts somebody else ends the handshake itself.
    assert!(trusting(&Authority::new()).get(&url).send().await.is_err());
    let metrics = format!("https://{}/metrics", stack.intake());
    for reason in ["plain_http", "handshake_failed"] {
        let line = format!("collector_connections_refused_total{{reason=\"{reason}\"}} 1");
        eventually(&line, || async {
            client.get(&metrics).send().await.unwrap().text().await.unwrap().contains(&line)
        })
        .await;
    }
    stack.stop().await;
}
