//! Where an option may be written, weakest first: the default, the file, `DD_*`, `COLLECTOR_*`, a flag.
//! The layers are joined as TOML tables, so that a name or type is wrong in one way only.

use super::intake::default_limits;
use super::raw::RawConfig;
use super::{ConfigError, Flags};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// File read when no `--config` is given and it exists.
const DEFAULT_FILE: &str = "collector.toml";

/// Environment variable that names the file.
const FILE_VARIABLE: &str = "COLLECTOR_CONFIG";

/// How the text of a variable becomes a value.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Number,
    Switch,
    /// An inline TOML value.
    Toml,
}

/// Every environment variable and the option it sets; a later one wins over an earlier one.
const VARIABLES: &[(&str, &[&str], Form)] = &[
    ("DD_SITE", &["sink", "datadog", "site"], Form::Text),
    ("DD_CLIENT_TOKEN_FILE", &["sink", "datadog", "client_token_file"], Form::Text),
    ("DD_CLIENT_TOKEN", &["sink", "datadog", "client_token"], Form::Text),
    ("COLLECTOR_LISTEN", &["listen"], Form::Text),
    ("COLLECTOR_VIEWER_LISTEN", &["viewer_listen"], Form::Text),
    ("COLLECTOR_DATA_DIR", &["data_dir"], Form::Text),
    ("COLLECTOR_LOG", &["log"], Form::Text),
    ("COLLECTOR_SHUTDOWN_TIMEOUT_S", &["shutdown_timeout_s"], Form::Number),
    ("COLLECTOR_DRAIN_DELAY_S", &["drain_delay_s"], Form::Number),
    ("COLLECTOR_INTAKE_TRACKS", &["intake", "tracks"], Form::Toml),
    ("COLLECTOR_INTAKE_TRUSTED_PROXIES", &["intake", "trusted_proxies"], Form::Toml),
    ("COLLECTOR_INTAKE_FORWARD_SUBDOMAINS", &["intake", "forward_subdomains"], Form::Toml),
    (
        "COLLECTOR_INTAKE_MAX_CONNECTIONS_PER_ADDRESS",
        &["intake", "max_connections_per_address"],
        Form::Number,
    ),
    ("COLLECTOR_INTAKE_MAX_READING_BYTES", &["intake", "max_reading_bytes"], Form::Number),
    ("COLLECTOR_LIMITS", &["limits"], Form::Toml),
    ("COLLECTOR_TLS_CERTIFICATE_FILE", &["tls", "certificate_file"], Form::Text),
    ("COLLECTOR_TLS_KEY_FILE", &["tls", "key_file"], Form::Text),
    ("COLLECTOR_AUDIT_FILE", &["audit", "file"], Form::Text),
    ("COLLECTOR_TELEMETRY_OTLP_ENDPOINT", &["telemetry", "otlp_endpoint"], Form::Text),
    ("COLLECTOR_TELEMETRY_OTLP_SAMPLE_RATIO", &["telemetry", "otlp_sample_ratio"], Form::Toml),
    ("COLLECTOR_JOURNAL_MAX_FILE_BYTES", &["journal", "max_file_bytes"], Form::Number),
    ("COLLECTOR_JOURNAL_MAX_FILE_AGE_S", &["journal", "max_file_age_s"], Form::Number),
    ("COLLECTOR_JOURNAL_MAX_TOTAL_BYTES", &["journal", "max_total_bytes"], Form::Number),
    ("COLLECTOR_JOURNAL_WHEN_FULL", &["journal", "when_full"], Form::Text),
    ("COLLECTOR_JOURNAL_MAX_AGE_S", &["journal", "max_age_s"], Form::Number),
    ("COLLECTOR_JOURNAL_DEDUPE_WINDOW_S", &["journal", "dedupe_window_s"], Form::Number),
    ("COLLECTOR_SINK_DATADOG_SITE", &["sink", "datadog", "site"], Form::Text),
    ("COLLECTOR_SINK_DATADOG_INTAKE_URL", &["sink", "datadog", "intake_url"], Form::Text),
    ("COLLECTOR_SINK_DATADOG_CLIENT_TOKEN_FILE", &["sink", "datadog", "client_token_file"], Form::Text),
    ("COLLECTOR_SINK_DATADOG_CLIENT_TOKEN", &["sink", "datadog", "client_token"], Form::Text),
    (
        "COLLECTOR_SINK_DATADOG_CLIENT_TOKEN_AWS_SECRET",
        &["sink", "datadog", "client_token_aws_secret"],
        Form::Text,
    ),
    (
        "COLLECTOR_SINK_DATADOG_CLIENT_TOKEN_AWS_REGION",
        &["sink", "datadog", "client_token_aws_region"],
        Form::Text,
    ),
    (
        "COLLECTOR_SINK_DATADOG_CLIENT_TOKEN_AWS_ENDPOINT_URL",
        &["sink", "datadog", "client_token_aws_endpoint_url"],
        Form::Text,
    ),
    (
        "COLLECTOR_SINK_DATADOG_CLIENT_TOKEN_AWS_TTL_S",
        &["sink", "datadog", "client_token_aws_ttl_s"],
        Form::Number,
    ),
    ("COLLECTOR_SINK_STORE_ENABLED", &["sink", "store", "enabled"], Form::Switch),
    ("COLLECTOR_SINK_STORE_RETENTION_DAYS", &["sink", "store", "retention_days"], Form::Number),
    ("COLLECTOR_SINK_STORE_MAX_REPLAY_BYTES", &["sink", "store", "max_replay_bytes"], Form::Number),
    ("COLLECTOR_PRIVACY_CLIENT_IP", &["privacy", "client_ip"], Form::Text),
    ("COLLECTOR_PRIVACY_HONOUR_GPC", &["privacy", "honour_gpc"], Form::Switch),
    ("COLLECTOR_SCRUB_ALLOWED_PARAMETERS", &["scrub", "allowed_parameters"], Form::Toml),
    ("COLLECTOR_SCRUB_SECRET_KEYS", &["scrub", "secret_keys"], Form::Toml),
    ("COLLECTOR_SCRUB_HASH_KEY_FILE", &["scrub", "hash_key_file"], Form::Text),
    ("COLLECTOR_SCRUB_HASH_KEY", &["scrub", "hash_key"], Form::Text),
    ("COLLECTOR_SCRUB_RULES", &["scrub", "rules"], Form::Toml),
    ("COLLECTOR_SCRUB_CUSTOM", &["scrub", "custom"], Form::Toml),
    ("COLLECTOR_SCRUB_FIELD", &["scrub", "field"], Form::Toml),
    ("COLLECTOR_REPLAY_ENABLED", &["replay", "enabled"], Form::Switch),
    ("COLLECTOR_REPLAY_LOCK", &["replay", "lock"], Form::Switch),
    ("COLLECTOR_REPLAY_LEVEL", &["replay", "level"], Form::Text),
    ("COLLECTOR_REPLAY_VERSION", &["replay", "version"], Form::Number),
    ("COLLECTOR_APP", &["app"], Form::Toml),
];

/// Options that mean the same thing: the stronger layer's replaces the weaker layer's others.
const ALTERNATIVES: [&[&str]; 2] =
    [&["client_token", "client_token_file", "client_token_aws_secret"], &["hash_key", "hash_key_file"]];

/// Joins all layers. `environment` looks a variable up; it is an argument so that tests need not touch the
/// process environment.
pub(super) fn join(
    flags: &Flags,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<RawConfig, ConfigError> {
    let mut table = read_file(flags, environment)?;
    for &(name, path, form) in VARIABLES {
        // An empty variable is how shells and compose files spell "not set".
        if let Some(text) = environment(name).filter(|text| !text.is_empty()) {
            set(&mut table, path, parse(name, &text, form)?)?;
        }
    }
    for (path, text) in
        [("listen", &flags.listen), ("viewer_listen", &flags.viewer_listen), ("data_dir", &flags.data_dir)]
    {
        if let Some(text) = text {
            set(&mut table, &[path], Value::String(text.clone()))?;
        }
    }
    let raw: Result<RawConfig, _> = serde_path_to_error::deserialize(table);
    let mut raw = raw.map_err(|error| ConfigError::Option {
        path: error.path().to_string(),
        reason: first_line(&error.inner().to_string()),
    })?;
    // A table of one track does not take the other tracks' limits away.
    let given = std::mem::replace(&mut raw.limits, default_limits());
    raw.limits.extend(given);
    Ok(raw)
}

fn read_file(flags: &Flags, environment: &dyn Fn(&str) -> Option<String>) -> Result<Table, ConfigError> {
    let named = flags.config.clone().or_else(|| environment(FILE_VARIABLE).map(PathBuf::from));
    let path = match named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => PathBuf::from(DEFAULT_FILE),
        None => return Ok(Table::new()),
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| ConfigError::File { path: path.clone(), reason: error.to_string() })?;
    // Only `message()`: the full text of a TOML error quotes the line, which may hold a token.
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        ConfigError::File { path, reason: format!("line {line}: {}", error.message()) }
    })
}

fn parse(name: &str, text: &str, form: Form) -> Result<Value, ConfigError> {
    let wrong = |expected: &str| ConfigError::Variable { name: name.into(), expected: expected.into() };
    match form {
        Form::Text => Ok(Value::String(text.into())),
        Form::Number => text.parse().map(Value::Integer).map_err(|_| wrong("a whole number")),
        Form::Switch => text.parse().map(Value::Boolean).map_err(|_| wrong("true or false")),
        Form::Toml => format!("value = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut table| table.remove("value"))
            .ok_or_else(|| wrong("an inline TOML value such as [{ id = \"…\", name = \"…\" }]")),
    }
}

fn set(table: &mut Table, path: &[&str], value: Value) -> Result<(), ConfigError> {
    let Some((last, folders)) = path.split_last() else { return Ok(()) };
    let mut table = table;
    for folder in folders {
        let entry = table.entry(*folder).or_insert_with(|| Value::Table(Table::new()));
        table = entry.as_table_mut().ok_or_else(|| ConfigError::Option {
            path: (*folder).into(),
            reason: "expected a table".into(),
        })?;
    }
    for name in ALTERNATIVES.iter().filter(|names| names.contains(last)).copied().flatten() {
        table.remove(*name);
    }
    table.insert((*last).into(), value);
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
