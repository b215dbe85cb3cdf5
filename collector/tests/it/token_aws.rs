//! The client token comes from AWS Secrets Manager: the real binary, with AWS's environment as a container has it.

use crate::batches::{action_id, batch, encoded};
use crate::fake_intake::{FakeIntake, TOKEN};
use crate::fake_secrets_manager::{
    ACCESS_KEY, FakeSecretsManager, REGION, SECRET_ID, SECRET_KEY, SESSION_TOKEN,
};
use crate::harness::{PUBLIC_KEY, Process, browser_request, client, configuration, eventually};
use crate::token::{assert_untold, taken};
use reqwest::{Client, Method};
use std::collections::BTreeSet;
use tempfile::TempDir;

const SECOND: &str = "pub-the-second-token-0123456789";

/// Longer than any test: what changes earlier changed because it was asked for.
const LONG_TTL_S: u64 = 3_600;

struct Set {
    folder: TempDir,
    process: Process,
    client: Client,
}

impl Set {
    fn start(intake: &FakeIntake, secrets: &FakeSecretsManager, secret: &str, ttl_s: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = format!(
            "client_token_aws_secret = \"{secret}\"\nclient_token_aws_endpoint_url = \"http://{}\"\n\
             client_token_aws_ttl_s = {ttl_s}",
            secrets.address
        );
        let text = configuration(folder.path(), &intake.url(), "");
        let text = text.replace(&format!("client_token = \"{TOKEN}\""), &options);
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, format!("log = \"trace\"\n{text}")).unwrap();
        let environment = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_SESSION_TOKEN", SESSION_TOKEN),
            ("AWS_REGION", REGION),
        ];
        Self { folder, process: Process::start_in(&file, &environment), client: client() }
    }

    async fn post(&self, number: u64) {
        let path = format!("/v1?k={PUBLIC_KEY}");
        let request = browser_request(&self.client, Method::POST, self.process.intake, &path);
        assert_eq!(request.body(encoded(&batch(number))).send().await.unwrap().status(), 202);
    }

    async fn measures(&self, part: &str) -> bool {
        let url = format!("http://{}/metrics", self.process.intake);
        self.client.get(url).send().await.unwrap().text().await.unwrap().contains(part)
    }

    async fn refreshed(&self, result: &str, times: u32) {
        let name = format!("collector_client_token_refreshes_total{{result=\"{result}\",source=\"aws\"}}");
        let expected = &format!("{name} {times}");
        eventually(expected, || self.measures(expected)).await;
    }

    /// Ends it and looks for secrets in what it left.
    fn end(self) {
        let (_, lines) = self.process.terminate();
        assert!(lines.iter().any(|line| line["target"].as_str().unwrap_or_default().starts_with("aws")));
        assert_untold(&self.folder, &lines, &[TOKEN, SECOND, SECRET_KEY, SESSION_TOKEN]);
    }
}

fn json(token: &str) -> String {
    format!(r#"{{"site": "datadoghq.com", "client_token": "{token}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_fetched_through_throttling_and_fetched_anew_when_it_is_refused() {
    let mut intake = FakeIntake::start().await;
    let secrets = FakeSecretsManager::start(Some(&json(TOKEN))).await;
    secrets.fail(&[(400, "ThrottlingException"), (500, "InternalServiceError")]);
    let set = Set::start(&intake, &secrets, &format!("{SECRET_ID}#client_token"), LONG_TTL_S);
    set.post(0).await;
    assert_eq!(taken(&mut intake, 1).await, BTreeSet::from([action_id(0)]));
    assert_eq!(secrets.received(), 3, "one fetch of three attempts");
    // Rotated at both ends, as a rotation function does it.
    secrets.rotate(&json(SECOND));
    intake.rotate_token(SECOND);
    for number in 1..=12 {
        set.post(number).await;
    }
    assert_eq!(taken(&mut intake, 12).await, (1..=12).map(action_id).collect());
    set.refreshed("rotated", 1).await;
    assert!(secrets.received() <= 5, "all refused requests share one fetch: {}", secrets.received());
    eventually("no alarm", || set.measures(r#"collector_delivery_held{lane="events",sink="datadog"} 0"#))
        .await;
    set.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_fetched_anew_when_its_time_is_up() {
    let mut intake = FakeIntake::start().await;
    let secrets = FakeSecretsManager::start(Some(TOKEN)).await;
    let set = Set::start(&intake, &secrets, SECRET_ID, 1);
    set.post(0).await;
    taken(&mut intake, 1).await;
    secrets.rotate(SECOND);
    set.refreshed("rotated", 1).await;
    intake.rotate_token(SECOND);
    set.post(1).await;
    // Not refused once: the new token was there first.
    assert_eq!(intake.next().await.status, 202);
    set.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_fetch_leaves_the_last_good_token_in_use() {
    let mut intake = FakeIntake::start().await;
    let secrets = FakeSecretsManager::start(Some(TOKEN)).await;
    let set = Set::start(&intake, &secrets, SECRET_ID, 1);
    set.refreshed("loaded", 1).await;
    secrets.fail(&[(400, "AccessDeniedException")]);
    set.refreshed("failed", 1).await;
    secrets.rotate(&json(TOKEN));
    set.refreshed("failed", 2).await;
    set.post(0).await;
    assert_eq!(intake.next().await.status, 202);
    set.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_batches_are_taken_and_kept_until_there_is_one() {
    let mut intake = FakeIntake::start().await;
    let secrets = FakeSecretsManager::start(None).await;
    let set = Set::start(&intake, &secrets, &format!("{SECRET_ID}#client_token"), LONG_TTL_S);
    set.refreshed("failed", 1).await;
    set.post(0).await;
    eventually("the alarm", || set.measures(r#"collector_delivery_held{lane="events",sink="datadog"} 1"#))
        .await;
    secrets.rotate(&json(TOKEN));
    assert_eq!(taken(&mut intake, 1).await, BTreeSet::from([action_id(0)]));
    eventually("all is clear", || set.measures(r#"collector_delivery_held{lane="events",sink="datadog"} 0"#))
        .await;
    set.end();
}
