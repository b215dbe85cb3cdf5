//! SIGHUP: the configuration is read again, from all its layers. A wrong one changes nothing and is named in a
//! log line; of a right one, what can change while the collector runs does so at once, and what cannot is
//! listed as needing a restart. Nobody has to remember which is which.

use crate::audit::AUDIT;
use crate::config::{ClientToken, Config, ConfigError, RawConfig};
use crate::intake::Intake;
use crate::logging::{LogFilter, Logging};
use crate::settings::Settings;
use crate::sink::store::StoreSink;
use crate::tls::{Certificates, TlsError};
use crate::token::TokenSource;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use toml::{Table, Value};
use tracing::{error, info, warn};

/// What takes effect at once, each with all below it. Every other option needs a restart.
const LIVE: [&str; 13] = [
    "app",
    "intake.forward_subdomains",
    "intake.tracks",
    "intake.trusted_proxies",
    "limits",
    "log",
    "privacy",
    "replay",
    "scrub",
    "sink.store.max_replay_bytes",
    "sink.store.retention_days",
    "tls.certificate_file",
    "tls.key_file",
];

/// What a new configuration is applied to.
pub struct Reloader {
    in_force: Mutex<InForce>,
    intake: Arc<Intake>,
    certificates: Option<Arc<Certificates>>,
    store: Option<Arc<StoreSink>>,
    tokens: Option<Arc<TokenSource>>,
}

/// What the process works by, which is not all that the file says.
struct InForce {
    options: Table,
    /// Printed options do not show it.
    client_token: Option<ClientToken>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Filter(String),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What changed, the client token if that is new, and the digest of it all.
type Applied = (Changes, Option<ClientToken>, String);

/// Names of options that differ from those in force.
#[derive(Debug, Default, Eq, PartialEq)]
struct Changes {
    live: BTreeSet<String>,
    needs_restart: BTreeSet<String>,
}

impl Reloader {
    /// Begins with the configuration of the start.
    pub fn new(
        config: &Config,
        intake: Arc<Intake>,
        certificates: Option<Arc<Certificates>>,
        store: Option<Arc<StoreSink>>,
        tokens: Option<Arc<TokenSource>>,
    ) -> Self {
        let in_force = InForce { options: options(config), client_token: client_token(config) };
        Self { in_force: Mutex::new(in_force), intake, certificates, store, tokens }
    }

    /// Applies a configuration as far as that can be done, or none of it, and logs which.
    pub async fn reload(&self, raw: Result<RawConfig, ConfigError>, logging: &Logging) {
        match raw.map_err(Refused::from).and_then(|raw| self.apply(raw, logging)) {
            Ok((changes, token, digest)) => {
                if let (Some(tokens), Some(token)) = (&self.tokens, token) {
                    tokens.replace(&token).await;
                }
                let changed = join(&changes.live);
                info!(target: AUDIT, event = "configuration_reloaded", changed, digest);
                if !changes.needs_restart.is_empty() {
                    let options = join(&changes.needs_restart);
                    warn!(event = "restart_needed", options, effect = "the old values stay until then");
                }
            }
            Err(reason) => {
                error!(target: AUDIT, event = "configuration_refused", %reason, effect = "the old one stays in force");
            }
        }
    }

    /// Everything that can fail comes before the first change.
    fn apply(&self, raw: RawConfig, logging: &Logging) -> Result<Applied, Refused> {
        let config = Config::try_from(raw)?;
        let filter = LogFilter::parse(&config.log).map_err(Refused::Filter)?;
        if let (Some(certificates), Some(tls)) = (&self.certificates, &config.tls) {
            certificates.renew(tls)?;
        }
        let mut in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = options(&config);
        let mut changes = changes(&in_force.options, &wanted);
        if self.certificates.is_some() != config.tls.is_some() {
            // Another protocol on the port, not another certificate.
            let (tls, live) = changes.live.into_iter().partition(|name| name.starts_with("tls."));
            changes.live = live;
            changes.needs_restart.extend::<BTreeSet<_>>(tls);
        }
        let token = self.changed_token(&mut in_force, client_token(&config), &mut changes);
        self.intake.settings.set(Settings::new(&config));
        logging.set(filter);
        if let (Some(store), Some(config)) = (&self.store, config.store) {
            store.set_bounds(config);
        }
        // Not the others: they are reported again until the restart.
        for name in &changes.live {
            adopt(&mut in_force.options, &wanted, &name.split('.').collect::<Vec<_>>());
        }
        Ok((changes, token, config.digest()))
    }

    /// Another token, or another source of it; whether there is one at all needs a restart.
    fn changed_token(
        &self,
        in_force: &mut InForce,
        wanted: Option<ClientToken>,
        changes: &mut Changes,
    ) -> Option<ClientToken> {
        const NAME: &str = "sink.datadog.client_token";
        if in_force.client_token == wanted {
            return None;
        }
        if self.tokens.is_none() || wanted.is_none() {
            changes.needs_restart.insert(NAME.into());
            return None;
        }
        let named: Vec<_> =
            changes.needs_restart.iter().filter(|name| name.starts_with(NAME)).cloned().collect();
        for name in named {
            changes.needs_restart.remove(&name);
            changes.live.insert(name);
        }
        changes.live.insert(NAME.into());
        in_force.client_token.clone_from(&wanted);
        wanted
    }
}

fn client_token(config: &Config) -> Option<ClientToken> {
    config.datadog.as_ref().map(|datadog| datadog.client_token.clone())
}

fn options(config: &Config) -> Table {
    // It was printed by the same crate.
    config.printed.parse().unwrap_or_default()
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn changes(old: &Table, new: &Table) -> Changes {
    let mut names = BTreeSet::new();
    differing(old, new, "", &mut names);
    let is_live = |name: &String| {
        LIVE.iter()
            .any(|live| name.strip_prefix(live).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let (live, needs_restart) = names.into_iter().partition(is_live);
    Changes { live, needs_restart }
}

/// Paths of all values that are not the same; a list is one value.
fn differing(old: &Table, new: &Table, above: &str, names: &mut BTreeSet<String>) {
    for key in old.keys().chain(new.keys()) {
        let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match (old.get(key), new.get(key)) {
            (Some(Value::Table(old)), Some(Value::Table(new))) => differing(old, new, &name, names),
            (old, new) if old != new => {
                names.insert(name);
            }
            _ => {}
        }
    }
}

fn adopt(options: &mut Table, wanted: &Table, path: &[&str]) {
    let Some((first, below)) = path.split_first() else { return };
    match (options.get_mut(*first), wanted.get(*first)) {
        (Some(Value::Table(options)), Some(Value::Table(wanted))) if !below.is_empty() => {
            adopt(options, wanted, below);
        }
        (_, Some(value)) => {
            options.insert((*first).to_owned(), value.clone());
        }
        (_, None) => {
            options.remove(*first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn what_can_change_is_told_from_what_cannot() {
        let old = table(
            "listen = \"a\"\nlog = \"info\"\n[scrub.rules]\nip = \"mask\"\n[journal]\nmax_file_age_s = 1",
        );
        let new = table(
            "listen = \"b\"\nlog = \"info\"\nlogger = 1\n[scrub.rules]\nip = \"allow\"\n[tls]\nkey_file = \"k\"\n\
             [journal]\nmax_file_age_s = 2",
        );
        let changes = changes(&old, &new);
        assert_eq!(join(&changes.live), "scrub.rules.ip");
        // A whole new table is one change, and `logger` is not below `log`.
        assert_eq!(join(&changes.needs_restart), "journal.max_file_age_s, listen, logger, tls");
    }

    #[test]
    fn only_adopted_options_are_in_force() {
        let mut options = table("a = 1\n[b]\nc = 1\nd = 1");
        let wanted = table("a = 2\n[b]\nc = 2");
        adopt(&mut options, &wanted, &["b", "c"]);
        adopt(&mut options, &wanted, &["b", "d"]);
        assert_eq!(options, table("a = 1\n[b]\nc = 2"));
    }
}
