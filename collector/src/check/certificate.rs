//! Our own certificate, and what is wrong with others', in an operator's words.

use super::{Fault, Report};
use crate::config::TlsConfig;
use crate::tls;
use rustls::CertificateError as Wrong;
use std::error::Error;
use std::io;

/// Whether the intake port could greet with its certificate. Only `--url` proves that browsers accept it.
pub(super) fn check(report: &mut Report<'_>, config: Option<&TlsConfig>) {
    let Some(config) = config else { return };
    match tls::read(config) {
        Ok(_) => {
            let file = config.certificate_file.display();
            report.ok("certificate", &format!("{file} and its key fit each other"));
        }
        Err(error) => {
            let mend = "give certificate and key of one pair, readable by the user that runs the collector";
            report.fail("certificate", &Fault::new(error.to_string(), mend));
        }
    }
}

/// The fault of a failed handshake, if its cause is in there. `host` is who should have answered.
pub(super) fn fault(error: &(dyn Error + 'static), host: &str) -> Option<Fault> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(of_tls(error, host));
        }
        // What an `io::Error` wraps is not among its sources.
        if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            cause = Some(wrapped);
            continue;
        }
        cause = error.source();
    }
    None
}

fn of_tls(error: &rustls::Error, host: &str) -> Fault {
    let clock = "compare this machine's clock; if it is right, the certificate must be renewed";
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Wrong::Expired | Wrong::ExpiredContext { .. } => {
                Fault::new(format!("the certificate of {host} has expired"), clock)
            }
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
                Fault::new(format!("the certificate of {host} is not valid yet"), clock)
            }
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                let found = format!("the certificate is for {}, not for {host}", names(wrong));
                Fault::new(found, "something else answers there: correct the URL, or what stands in between")
            }
            // A self-signed certificate that calls itself an authority ends in `Other`, an authority of the same
            // name as a trusted one in `BadSignature`.
            Wrong::UnknownIssuer | Wrong::BadSignature | Wrong::Other(_) => unknown_root(host),
            Wrong::Revoked => {
                Fault::new(format!("the certificate of {host} is revoked"), "it must be replaced")
            }
            wrong => Fault::new(
                format!("the certificate of {host} cannot be accepted ({wrong})"),
                "it must be replaced",
            ),
        },
        rustls::Error::InvalidMessage(_) => {
            Fault::new(format!("{host} does not answer in TLS"), "correct scheme or port of the URL")
        }
        error => Fault::new(
            format!("no TLS with {host} ({error})"),
            "TLS 1.2 or 1.3 is needed; look at what stands in between",
        ),
    }
}

fn unknown_root(host: &str) -> Fault {
    Fault::new(
        format!("the certificate of {host} is self-signed or its root is not trusted here"),
        "install ca-certificates, or the root of a proxy that opens TLS (SSL_CERT_FILE names a file)",
    )
}

fn names(wrong: &Wrong) -> String {
    /// More would hide the line.
    const MAX_NAMES: usize = 3;
    let presented = match wrong {
        Wrong::NotValidForNameContext { presented, .. } => presented.as_slice(),
        _ => &[],
    };
    // rustls gives them as `DnsName("shop.example")`.
    let names: Vec<_> = presented
        .iter()
        .take(MAX_NAMES)
        .map(|name| name.split('"').nth(1).unwrap_or(name).to_owned())
        .collect();
    if names.is_empty() { "another name".into() } else { names.join(", ") }
}
