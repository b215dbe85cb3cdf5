//! The way to Datadog's intake, one hop after the other, and whether it takes our client token.

use super::{Fault, Report, certificate, event, with_causes};
use crate::config::{App, ClientIp, Config, DatadogConfig};
use crate::sink::datadog::DatadogSink;
use crate::telemetry::Telemetry;
use crate::token::TokenSource;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::StatusCode;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

/// Longest time for each of name, connection and handshake: what the sink allows for all three.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(report: &mut Report<'_>, whole: &Config, app: &App, no_send: bool) {
    let Some(config) = &whole.datadog else {
        let why = "the sink is off, no client token is configured (DD_CLIENT_TOKEN_FILE, DD_CLIENT_TOKEN)";
        report.skip("datadog", why);
        return;
    };
    if !reachable(report, &config.intake).await {
        return;
    }
    if no_send {
        report.skip("datadog client token", "--no-send: only a test event would prove it");
        return;
    }
    let host = config.intake.host_str().unwrap_or_default();
    match taken(config, whole.client_ip, app, host).await {
        Ok(()) => {
            let found = format!("accepted; {host} took a test event (service {}, 202)", event::SERVICE);
            report.ok("datadog client token", &found);
        }
        Err(fault) => report.fail("datadog client token", &fault),
    }
}

/// Name, connection, TLS. Behind a proxy these are the proxy's work, and only the event proves them.
async fn reachable(report: &mut Report<'_>, intake: &Url) -> bool {
    let host = intake.host_str().unwrap_or_default();
    if let Some(proxy) = proxy(intake) {
        report
            .skip("datadog connection", &format!("goes through the proxy {proxy}; the test event proves it"));
        return true;
    }
    match hops(report, intake, host).await {
        Ok(()) => true,
        Err((what, fault)) => {
            report.fail(what, &fault);
            false
        }
    }
}

async fn hops(report: &mut Report<'_>, intake: &Url, host: &str) -> Result<(), (&'static str, Fault)> {
    let port = intake.port_or_known_default().unwrap_or(443);
    let addresses = resolve(host, port).await.map_err(|fault| ("datadog name", fault))?;
    report.ok("datadog name", &format!("{host} resolves"));
    let stream = connect(&addresses, host, port).await.map_err(|fault| ("datadog connection", fault))?;
    report.ok("datadog connection", &format!("{host} port {port} answers"));
    if intake.scheme() == "http" {
        report.skip("datadog TLS", "intake_url is http to this machine");
        return Ok(());
    }
    let version = handshake(stream, host).await.map_err(|fault| ("datadog TLS", fault))?;
    report.ok("datadog TLS", &format!("{version}, the certificate of {host} is trusted"));
    Ok(())
}

/// The proxy that the sink's client would use, without its password.
fn proxy(intake: &Url) -> Option<String> {
    if intake.scheme() == "http" {
        return None;
    }
    let intercept = Matcher::from_env().intercept(&intake.as_str().parse().ok()?)?;
    let uri = intercept.uri();
    Some(uri.port().map_or_else(
        || uri.host().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", uri.host().unwrap_or_default()),
    ))
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    // A URL writes an IPv6 address in brackets, a resolver takes it without.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let answer = timeout(STEP_TIMEOUT, lookup_host((name, port))).await.unwrap_or_else(|_| Err(timed_out()));
    match answer.map(Iterator::collect::<Vec<_>>) {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        answer => {
            let reason = answer.err().map_or("no address".into(), |error| error.to_string());
            let mend = "check sink.datadog.site or intake_url, and this machine's DNS";
            Err(Fault::new(format!("{host} does not resolve ({reason})"), mend))
        }
    }
}

async fn connect(addresses: &[SocketAddr], host: &str, port: u16) -> Result<TcpStream, Fault> {
    let answer =
        timeout(STEP_TIMEOUT, TcpStream::connect(addresses)).await.unwrap_or_else(|_| Err(timed_out()));
    answer.map_err(|error| {
        let mend = format!("open TCP {port} outwards to it, or set HTTPS_PROXY to the proxy that may");
        Fault::new(format!("{host} port {port} does not answer ({error})"), mend)
    })
}

async fn handshake(stream: TcpStream, host: &str) -> Result<&'static str, Fault> {
    let (config, name) = tls(host).map_err(|reason| {
        Fault::new(format!("TLS cannot be set up ({reason})"), "install ca-certificates")
    })?;
    let answer = timeout(STEP_TIMEOUT, TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
    match answer.unwrap_or_else(|_| Err(timed_out())) {
        Ok(stream) => Ok(match stream.get_ref().1.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
            _ => "TLS 1.2",
        }),
        Err(error) => Err(certificate::fault(&error, host).unwrap_or_else(|| {
            let mend = "look at what stands in between, it may cut TLS off";
            Fault::new(format!("the handshake with {host} failed ({error})"), mend)
        })),
    }
}

/// The roots and versions of the sink's client.
fn tls(host: &str) -> Result<(ClientConfig, ServerName<'static>), String> {
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    Ok((config, name))
}

/// Sends a test event by the sink itself.
async fn taken(config: &DatadogConfig, client_ip: ClientIp, app: &App, host: &str) -> Result<(), Fault> {
    let broken = |reason: String| Fault::new(reason, "report it: this is the collector's own fault");
    let telemetry = Telemetry::new().map_err(|error| broken(error.to_string()))?;
    let tokens = TokenSource::new(&config.client_token, telemetry);
    if tokens.current().await.is_none() {
        let mend = "check sink.datadog and what the source allows this machine";
        return Err(Fault::new("the source of the client token gives none", mend));
    }
    let sink = DatadogSink::new(config, tokens).map_err(|error| broken(error.to_string()))?;
    let entry =
        event::entry(app, client_ip).ok_or_else(|| broken("the test event cannot be written".into()))?;
    let answer = sink.probe(&entry).await.ok_or_else(|| broken("the test event has no shape".into()))?;
    match answer {
        Ok(status) if status.is_success() => Ok(()),
        Ok(status) => Err(refusal(status, host)),
        Err(error) => Err(certificate::fault(&error, host).unwrap_or_else(|| {
            let mend = "check the proxy or firewall in between";
            Fault::new(format!("{host} gave no answer ({})", with_causes(&error)), mend)
        })),
    }
}

fn refusal(status: StatusCode, host: &str) -> Fault {
    match status.as_u16() {
        401 | 403 => Fault::new(
            format!("the client token is refused: {host} answered {status}"),
            "take a client token (not an API key) of the organisation and site in sink.datadog.site",
        ),
        300..=399 => Fault::new(
            format!("{host} answered {status}, a redirect, which is never followed"),
            "correct sink.datadog.intake_url: it is not Datadog's intake, or a proxy asks for a login",
        ),
        408 | 429 | 500..=599 => Fault::new(
            format!("{host} answered {status}"),
            "try again later; until then the journal keeps what browsers send",
        ),
        404 | 405 => Fault::new(
            format!("{host} answered {status}, so it is not Datadog's intake"),
            "correct sink.datadog.intake_url",
        ),
        _ => Fault::new(
            format!("{host} answered {status} to a valid event"),
            "a proxy in between may change requests; else report it with this line",
        ),
    }
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", STEP_TIMEOUT.as_secs()))
}
