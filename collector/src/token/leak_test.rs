//! No part of a token in what the module says, whatever is wrong with it.

use super::*;
use crate::config::{self, Config, Flags};
use proptest::prelude::*;
use std::io::Write;
use std::sync::Mutex as StdMutex;
use tracing_subscriber::fmt::MakeWriter;

/// Shortest run of a token's characters that counts as a part of it.
const PART_CHARS: usize = 6;

#[derive(Clone, Default)]
struct Log(Arc<StdMutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn configuration(options: &str) -> String {
    format!(
        "[sink.datadog]\n{options}\n[[app]]\nid = \"3fa85f64-5717-4562-b3fc-2c963f66afa6\"\nname = \"a\"\n\
         allowed_origins = [\"*\"]\n"
    )
}

/// Everything configuration says to a person about these options: errors, `config print`, `Debug`.
fn said(options: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.toml");
    fs_write(&file, configuration(options).as_bytes());
    match config::read(&Flags { config: Some(file), ..Flags::default() }, &|_| None) {
        Err(error) => format!("{error} {error:?}"),
        Ok(raw) => {
            let printed = config::print(&raw).unwrap();
            let checked = Config::try_from(raw.clone());
            let error = checked.as_ref().err().map(ToString::to_string);
            format!("{printed} {raw:?} {checked:?} {error:?}")
        }
    }
}

fn fs_write(path: &std::path::Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
}

/// Every way in which a file can be wrong although it holds the token.
fn spoiled(token: &str) -> Vec<Vec<u8>> {
    let mut spoiled: Vec<Vec<u8>> = [
        format!("{token} {token}"),
        format!("DD_CLIENT_TOKEN= {token}"),
        format!("{token}\n{token}\n"),
        token.repeat(MAX_TOKEN_BYTES),
        format!("{token}\u{e9}"),
    ]
    .map(String::into_bytes)
    .into();
    spoiled.push([token.as_bytes(), &[0xff]].concat());
    spoiled
}

fn assert_absent(token: &str, text: &str) {
    for start in 0..=token.len() - PART_CHARS {
        let part = &token[start..start + PART_CHARS];
        assert!(!text.contains(part), "`{part}` of `{token}` is in: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn configuration_never_shows_a_token(token in "[A-Za-z0-9]{24,40}") {
        let quoted = format!("{token:?}");
        for options in [
            format!("client_token = {quoted}"),
            format!("client_token = \"{token} x\""),
            format!("client_token = [{quoted}]"),
            format!("client_token = {quoted}\nclient_token_file = \"/nonexistent\""),
            format!("client_token = {quoted}\nclient_token_aws_secret = \"name\""),
            format!("client_token = {quoted} trailing"),
            format!("client_token = \"{token}"),
        ] {
            assert_absent(&token, &said(&options));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for content in spoiled(&token).into_iter().chain([token.clone().into_bytes()]) {
            fs_write(&path, &content);
            assert_absent(&token, &said(&format!("client_token_file = {path:?}")));
            if let Err(error) = file::read(&path) {
                assert_absent(&token, &format!("{error} {error:?}"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_never_shows_a_token_at_any_level() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let (old, new) = ("pub0a1b2c3d4e5f60718293a4b5c6d7e8f", "pubf9e8d7c6b5a49382716050f4e3d2c1b");
    fs_write(&path, old.as_bytes());
    let telemetry = Telemetry::new().unwrap();
    let token = file::read(&path).unwrap();
    let source = TokenSource::new(&ClientToken::File { path: path.clone(), token }, telemetry.clone());
    for content in spoiled(old).into_iter().chain([new.into(), Vec::new(), old.into()]) {
        fs_write(&path, &content);
        source.newer_than(u64::MAX - 1).await;
    }
    std::fs::remove_file(&path).unwrap();
    source.newer_than(u64::MAX - 1).await;
    let text = log.text();
    // The test would prove nothing about a log that says nothing.
    assert_eq!(text.matches("secret_rotated").count(), 2, "{text}");
    assert_eq!(text.matches("\"target\":\"audit\"").count(), 2, "{text}");
    assert_eq!(text.matches("client_token_not_read").count(), spoiled(old).len() + 2, "{text}");
    for token in [old, new] {
        assert_absent(token, &text);
        assert_absent(token, &telemetry.render());
    }
}

#[test]
fn no_error_of_the_module_shows_a_token() {
    let token = "pub0a1b2c3d4e5f60718293a4b5c6d7e8f";
    let mut errors: Vec<TokenError> = vec![
        TokenError::Read { path: "/run/secrets/token".into(), source: io::ErrorKind::NotFound.into() },
        TokenError::Empty,
        TokenError::Malformed,
    ];
    errors.extend(parse(&format!("{token} {token}")).err());
    #[cfg(feature = "aws")]
    errors.extend(aws::errors_about(token));
    for error in errors {
        assert_absent(token, &format!("{error} {error:?}"));
    }
}
