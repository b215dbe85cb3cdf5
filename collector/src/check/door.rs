//! Through a collector that runs: its probes, and on each origin what a browser would do there: a test batch, and the
//! question what it may record.

use super::{CheckOptions, Fault, Report, certificate, event, origin_fault, with_causes};
use crate::config::{App, Config, Consent};
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE,
    HeaderMap, LOCATION, ORIGIN, USER_AGENT,
};
use reqwest::{Client, Method, StatusCode, redirect};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::Url;

/// Longest time for one request. The collector answers in milliseconds; a load balancer may be far away.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Most characters of an answer's text that are shown.
const MAX_SHOWN_CHARS: usize = 120;

const WHAT: &str = "collector";

/// A collector and how it was named.
struct Door {
    client: Client,
    url: Url,
    /// By `--url`, so it must be there; else by the configuration, where it may not be started yet.
    named: bool,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

pub(super) async fn check(
    report: &mut Report<'_>,
    config: &Config,
    subjects: &[(&App, Vec<String>)],
    options: &CheckOptions,
) {
    let door = match Door::new(config, options.url.as_ref()) {
        Ok(door) => door,
        Err(why) => return report.skip(WHAT, &why),
    };
    if !door.is_there(report).await {
        return;
    }
    for (app, origins) in subjects {
        for origin in origins {
            let what = format!("origin {origin}");
            match door.preflight(app, origin).await {
                Ok(()) => report.ok(&what, &format!("the preflight for app {} allows POST", app.name)),
                Err(fault) => {
                    report.fail(&what, &fault);
                    continue;
                }
            }
            if options.no_send {
                report.skip(&what, "--no-send: no test batch");
            } else {
                match door.post(app, origin).await {
                    Ok(()) => report.ok(&what, &format!("a test batch of app {} is taken (202)", app.name)),
                    Err(fault) => {
                        report.fail(&what, &fault);
                        continue;
                    }
                }
            }
            match door.policy(app, origin).await {
                Ok(policy) => report.ok(&what, &format!("recorders of app {} are told {policy}", app.name)),
                Err(fault) => report.fail(&what, &fault),
            }
        }
    }
}

impl Door {
    fn new(config: &Config, named: Option<&Url>) -> Result<Self, String> {
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .user_agent(event::USER_AGENT)
            .timeout(REQUEST_TIMEOUT);
        rustls::crypto::ring::default_provider().install_default().ok();
        let (builder, url) = if let Some(url) = named {
            (builder, url.clone())
        } else {
            // The certificate names what browsers ask for, not this machine's address.
            (builder.no_proxy().tls_danger_accept_invalid_certs(true), local_url(config)?)
        };
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { client, url, named: named.is_some() })
    }

    /// Whether there is anything to go on with.
    async fn is_there(&self, report: &mut Report<'_>) -> bool {
        let url = self.url.as_str().trim_end_matches('/');
        let live = match self.probe("/livez").await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() && !self.named => {
                let why = format!("nothing listens at {url}: start it and check again, or name it by --url");
                report.skip(WHAT, &why);
                return false;
            }
            Err(error) => {
                report.fail(WHAT, &self.unreachable(&error));
                return false;
            }
        };
        match (self.named, live.status.as_u16()) {
            (_, 200) => {}
            // A load balancer may keep the probes to itself, and does well.
            (true, 403 | 404) => {
                report.skip(WHAT, &format!("{url} shows no probes to the outside"));
                return true;
            }
            (_, status) => {
                let found = format!("{url}/livez answered {status}, so it is no collector");
                report.fail(WHAT, &Fault::new(found, "correct listen, or name the collector by --url"));
                return false;
            }
        }
        match self.probe("/readyz").await {
            Ok(answer) if answer.status == StatusCode::OK => {
                let unjudged = if !self.named && self.url.scheme() == "https" {
                    "; whether browsers accept its certificate, --url tells"
                } else {
                    ""
                };
                report.ok(WHAT, &format!("{url} is live and ready{unjudged}"));
                true
            }
            Ok(answer) => {
                let found = format!("{url} is not ready: {}", answer.text);
                report.fail(WHAT, &Fault::new(found, "its log says why"));
                false
            }
            Err(error) => {
                report.fail(WHAT, &self.unreachable(&error));
                false
            }
        }
    }

    async fn probe(&self, path: &str) -> reqwest::Result<Answer> {
        let mut url = self.url.clone();
        url.set_path(path);
        read(self.client.get(url)).await
    }

    async fn preflight(&self, app: &App, origin: &str) -> Result<(), Fault> {
        let request = self
            .client
            .request(Method::OPTIONS, self.intake(app, "/v1"))
            .header(ORIGIN, origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let answer = read(request).await.map_err(|error| self.unreachable(&error))?;
        let methods = answer.headers.get(ACCESS_CONTROL_ALLOW_METHODS).and_then(|value| value.to_str().ok());
        let allowed = methods.is_some_and(|methods| methods.contains("POST") || methods == "*");
        if !answer.status.is_success() || !allowed {
            let found = format!("the preflight is answered {} and does not allow POST", answer.status);
            return Err(Fault::new(found, "let what stands in front pass OPTIONS on to the collector"));
        }
        cors(&answer, origin)
    }

    async fn post(&self, app: &App, origin: &str) -> Result<(), Fault> {
        let body = event::encode(&event::batch(app)).unwrap_or_default();
        let request = self
            .client
            .post(self.intake(app, "/v1"))
            .header(ORIGIN, origin)
            .header(CONTENT_TYPE, "text/plain;charset=UTF-8")
            .header(USER_AGENT, event::USER_AGENT)
            .body(body);
        let answer = read(request).await.map_err(|error| self.unreachable(&error))?;
        if answer.status == StatusCode::ACCEPTED {
            cors(&answer, origin)
        } else {
            Err(refusal("a test batch", &answer, app, origin))
        }
    }

    /// What a page may record, as the collector tells it.
    async fn policy(&self, app: &App, origin: &str) -> Result<String, Fault> {
        let request = self.client.get(self.intake(app, "/v1/p")).header(ORIGIN, origin);
        let answer = read(request).await.map_err(|error| self.unreachable(&error))?;
        if answer.status == StatusCode::OK && answer.text.starts_with('{') {
            cors(&answer, origin).map(|()| answer.text)
        } else {
            Err(refusal("a recorder's question", &answer, app, origin))
        }
    }

    /// Where pages of the app find a door.
    fn intake(&self, app: &App, door: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{door}", self.url.path().trim_end_matches('/')));
        url.query_pairs_mut().clear().append_pair("k", &app.public_key);
        if app.consent == Consent::Required {
            // Nobody is behind this batch who could object.
            url.query_pairs_mut().append_pair("c", "1");
        }
        url
    }

    fn unreachable(&self, error: &reqwest::Error) -> Fault {
        let host = self.url.host_str().unwrap_or_default();
        certificate::fault(error, host).unwrap_or_else(|| {
            let found = format!("{host} gave no answer ({})", with_causes(error));
            Fault::new(found, "check the name, the port and what stands in front of the collector")
        })
    }
}

/// Where the configured address is reached from this machine.
fn local_url(config: &Config) -> Result<Url, String> {
    let listen = config.listen;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    if listen.port() == 0 {
        return Err("listen has port 0, so its port is not known: name the collector by --url".into());
    }
    Url::parse(&format!("{scheme}://{}", SocketAddr::new(ip, listen.port())))
        .map_err(|error| error.to_string())
}

async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    // `without_url`: the URL holds the public key.
    let answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.map_err(reqwest::Error::without_url)?;
    let text = text.lines().next().unwrap_or_default().chars().take(MAX_SHOWN_CHARS).collect();
    Ok(Answer { status, headers, text })
}

/// Without exactly one fitting header the browser hides the answer from the SDK.
fn cors(answer: &Answer, origin: &str) -> Result<(), Fault> {
    let given: Vec<_> = answer.headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter().collect();
    match given[..] {
        [one] if one == origin => Ok(()),
        [] => Err(Fault::new(
            format!("answered {} without Access-Control-Allow-Origin", answer.status),
            "let what stands in front keep the collector's headers and pass Origin on to it",
        )),
        [_] => Err(Fault::new(
            "Access-Control-Allow-Origin is that of another origin",
            "a cache in front answered: let it cache no POST and no OPTIONS, and obey Vary",
        )),
        _ => Err(Fault::new(
            "Access-Control-Allow-Origin is there more than once",
            "something in front adds its own: leave CORS to the collector",
        )),
    }
}

fn refusal(what: &str, answer: &Answer, app: &App, origin: &str) -> Fault {
    let Answer { status, text, headers } = answer;
    let found = format!("{what} is answered {status}: {text}");
    let mend = match (status.as_u16(), text.as_str()) {
        (403, "no app has this key") => {
            format!(
                "the running collector has another configuration: reload it, [[app]] {} is new to it",
                app.name
            )
        }
        (403, "the app does not list this origin") => {
            let Fault { mend, .. } = origin_fault(&app.name, origin);
            format!("the running collector has another configuration: {mend} there and reload it")
        }
        (404, _) => "the URL's path may have one word, below which the collector sees /v1".into(),
        (413, _) => "something in front limits bodies: allow at least 1 MiB".into(),
        (426, _) => "the running collector is older than this command: upgrade it".into(),
        (429, _) => "the app is at its limit; try again later, or raise it".into(),
        (503, _) => "the log of the collector says why".into(),
        (300..=399, _) => {
            let target = headers.get(LOCATION).and_then(|target| target.to_str().ok()).unwrap_or("elsewhere");
            format!(
                "it redirects to {target}, which browsers do not follow for every post: use the final URL"
            )
        }
        _ => "something in front may have answered: compare with the log of the collector".into(),
    };
    Fault::new(found, mend)
}
