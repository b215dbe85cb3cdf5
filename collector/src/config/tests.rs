use super::*;

const APP: &str = r#"
[[app]]
id = "3FA85F64-5717-4562-B3FC-2C963F66AFA6"
name = "pharmacy-claims"
allowed_origins = ["https://claims.example"]
"#;

fn load(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.toml");
    std::fs::write(&path, file).unwrap();
    let lookup = |name: &str| {
        environment.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| (*value).to_owned())
    };
    read(&Flags { config: Some(path), ..flags }, &lookup).and_then(Config::try_from)
}

fn refusal(file: &str) -> String {
    load(file, &[], Flags::default()).expect_err(file).to_string()
}

#[test]
fn the_example_file_shows_every_option_with_its_default() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let example = std::fs::read_to_string(format!("{folder}/collector.example.toml")).unwrap();
    let mut shown: RawConfig = toml::from_str(&example).unwrap();
    shown.app.clear();
    assert_eq!(print(&shown).unwrap(), print(&RawConfig::default()).unwrap());
    assert!(load(&example, &[], Flags::default()).is_ok());
    // Options without a default are there as comments.
    for name in [
        "intake_url",
        "client_token_file",
        "client_token",
        "client_token_aws_secret",
        "hash_key_file",
        "hash_key",
        "certificate_file",
        "key_file",
        "file",
        "otlp_endpoint",
    ] {
        assert!(example.contains(&format!("# {name} = ")), "{name}");
    }
    // And each option's variable is named.
    for name in
        ["COLLECTOR_LISTEN", "COLLECTOR_SINK_STORE_RETENTION_DAYS", "DD_CLIENT_TOKEN", "COLLECTOR_APP"]
    {
        assert!(example.contains(name), "{name}");
    }
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let file =
        format!("listen = \"127.0.0.1:1\"\nviewer_listen = \"127.0.0.1:2\"\ndata_dir = \"file\"\n{APP}");
    let environment = [("COLLECTOR_LISTEN", "127.0.0.1:3"), ("COLLECTOR_VIEWER_LISTEN", "127.0.0.1:4")];
    let flags = Flags { listen: Some("127.0.0.1:5".into()), ..Flags::default() };
    let config = load(&file, &environment, flags).unwrap();
    assert_eq!(config.listen.port(), 5);
    assert_eq!(config.viewer_listen.port(), 4);
    assert_eq!(config.data_dir, PathBuf::from("file"));
}

#[test]
fn the_token_from_the_environment_replaces_the_file_that_held_it() {
    let file = format!("[sink.datadog]\nclient_token_file = \"/nonexistent\"\n{APP}");
    let config =
        load(&file, &[("DD_CLIENT_TOKEN", "pub1"), ("DD_SITE", "us3.datadoghq.com")], Flags::default());
    let datadog = config.unwrap().datadog.unwrap();
    assert_eq!(datadog.client_token, ClientToken::Fixed(Secret::new("pub1")));
    assert_eq!(datadog.intake.as_str(), "https://browser-intake-us3-datadoghq.com/");
}

#[test]
fn no_token_switches_the_datadog_sink_off() {
    assert!(load(APP, &[], Flags::default()).unwrap().datadog.is_none());
    let neither = refusal(&format!("[sink.store]\nenabled = false\n{APP}"));
    assert!(neither.contains("no destination"), "{neither}");
}

#[test]
fn ids_are_lower_case_and_the_id_is_the_public_key_of_an_app_without_token() {
    let config = load(APP, &[], Flags::default()).unwrap();
    assert_eq!(config.apps[0].id, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    assert_eq!(config.apps[0].public_key, config.apps[0].id);
}

fn custom_rule(options: &str) -> String {
    format!("[[scrub.custom]]\n{options}\n{APP}")
}

#[test]
fn an_address_is_kept_as_far_as_it_is_allowed_to_be() {
    let kept = |setting: &str, address: &str| {
        let config = load(&format!("[privacy]\nclient_ip = \"{setting}\"\n{APP}"), &[], Flags::default());
        let kept = config.unwrap().client_ip.kept(address.parse().unwrap());
        kept.map(|address| address.to_string()).unwrap_or_default()
    };
    for (address, truncated) in [("203.0.113.77", "203.0.113.0"), ("2001:db8:aa:bb:cc::1", "2001:db8:aa::")] {
        assert_eq!(kept("full", address), address);
        assert_eq!(kept("truncated", address), truncated);
        assert_eq!(kept("none", address), "");
    }
    assert_eq!(load(APP, &[], Flags::default()).unwrap().client_ip, ClientIp::Truncated);
}

#[test]
fn a_wrong_option_is_named_with_what_was_expected() {
    let cases = [
        (format!("lissten = \"x\"\n{APP}"), ["unknown field `lissten`", "`listen`"]),
        (format!("[sink.datadog]\nsight = \"x\"\n{APP}"), ["sink.datadog", "expected one of `site`"]),
        (format!("[sink.datadog]\nsite = \"evil.example\"\n{APP}"), ["sink.datadog.site", "datadoghq.eu"]),
        (format!("[sink.datadog]\nclient_token = 4242\n{APP}"), ["sink.datadog.client_token", "a string"]),
        (format!("[sink.store]\nretention_days = \"x\"\n{APP}"), ["sink.store.retention_days", "u32"]),
        (
            format!("[sink.datadog]\nintake_url = \"http://dd.example\"\n{APP}"),
            ["intake_url", "expected https"],
        ),
        (format!("[sink.datadog]\nintake_url = \"https://dd.example/x\"\n{APP}"), ["intake_url", "appended"]),
        (format!("listen = \"8080\"\n{APP}"), ["listen", "127.0.0.1:8080"]),
        (format!("[journal]\nmax_file_bytes = 1\n{APP}"), ["journal.max_file_bytes", "at least"]),
        (format!("[journal]\nwhen_full = \"drop\"\n{APP}"), ["journal.when_full", "`drop_replay`"]),
        (format!("[journal]\nmax_age_s = 0\n{APP}"), ["journal.max_age_s", "at least"]),
        (format!("[journal]\ndedupe_window_s = 86401\n{APP}"), ["journal.dedupe_window_s", "at most"]),
        (String::new(), ["`app`", "[[app]]"]),
        (APP.replace("3FA8", "3F"), ["app[0].id", "UUID"]),
        (
            APP.replace("claims.example\"", "claims.example/\""),
            ["allowed_origins", "`https://claims.example`"],
        ),
        (format!("{APP}{APP}"), ["app[1]", "same id"]),
        (format!("[privacy]\nclient_ip = \"half\"\n{APP}"), ["privacy.client_ip", "`truncated`"]),
        (format!("[scrub]\nenabeld = true\n{APP}"), ["scrub.enabeld", "unknown field `enabeld`"]),
        (format!("[scrub.rules]\nemail = \"drop\"\n{APP}"), ["scrub.rules.email", "`replace`"]),
        (format!("[scrub.rules]\nmail = \"mask\"\n{APP}"), ["scrub.rules", "unknown field `mail`"]),
        (format!("[scrub.rules]\nip = \"hash\"\n{APP}"), ["scrub.rules.ip", "scrub.hash_key"]),
        (format!("[scrub]\nhash_key = \"short4242\"\n{APP}"), ["scrub.hash_key", "at least 16"]),
        (custom_rule("name = \"c\"\npattern = '('"), ["scrub.custom[0].pattern", "unclosed group"]),
        (custom_rule("name = \"email\"\npattern = 'x'"), ["scrub.custom[0].name", "another rule"]),
        (custom_rule("name = \"c d\"\npattern = 'x'"), ["scrub.custom[0].name", "letters"]),
        (custom_rule("name = \"c\"\npattern = '[a-z]'"), ["scrub.custom[0].replacement", "scrubbed again"]),
        (custom_rule("name = \"c\"\npattern = 'x'\naction = \"x\""), ["scrub.custom[0].action", "`mask`"]),
        (custom_rule("name = \"c\"\npattern = 'x'\nfields = [\"a..b\"]"), ["scrub.custom[0].fields", "dots"]),
        (format!("[[scrub.field]]\npath = \"\"\naction = \"mask\"\n{APP}"), ["scrub.field[0].path", "dots"]),
        (format!("[intake]\ntracks = [\"spans\"]\n{APP}"), ["intake.tracks[0]", "`rum`, `replay`, `logs`"]),
        (
            format!("[intake]\ntrusted_proxies = [\"10.0.0.0/99\"]\n{APP}"),
            ["intake.trusted_proxies[0]", "IP"],
        ),
        (
            format!("[intake]\nforward_subdomains = [\"a.b\"]\n{APP}"),
            ["intake.forward_subdomains[0]", "without dots"],
        ),
        (format!("[intake]\nmax_reading_bytes = 1\n{APP}"), ["intake.max_reading_bytes", "at least 4194304"]),
        (format!("[limits.rum]\nbytes_per_day = 1\n{APP}"), ["limits.rum", "`requests_per_s`"]),
        (format!("{APP}[app.limits.rumm]\nrequests_per_s = 1"), ["app[0].limits", "rumm"]),
        (
            format!("{APP}[app.limits.logs]\nrequests_per_s = 1\nburst_requests = 0"),
            ["app[0].limits.logs.burst_requests", "at least 1"],
        ),
        (
            format!("[limits.logs]\nrequests_per_s = 0\nburst_requests = 9\n{APP}"),
            ["limits.logs.burst_requests", "beside requests_per_s"],
        ),
        (format!("{APP}consent = \"maybe\""), ["app[0].consent", "`required`"]),
        ("listen = ".into(), ["line 1", "collector.toml"]),
    ];
    for (file, expected) in cases {
        let message = refusal(&file);
        for part in expected {
            assert!(message.contains(part), "`{message}` lacks `{part}`");
        }
        assert!(!message.contains("4242"), "{message}");
    }
}

#[test]
fn a_wrong_option_of_operation_is_named_with_what_was_expected() {
    let cases = [
        (format!("[tls]\ncertificate_file = \"a.pem\"\n{APP}"), ["tls.key_file", "certificate_file"]),
        (format!("[tls]\nkey_file = \"a.pem\"\n{APP}"), ["tls.certificate_file", "key_file"]),
        (format!("[telemetry]\notlp_sample_ratio = 1.5\n{APP}"), ["telemetry.otlp_sample_ratio", "0 to 1"]),
        (format!("[telemetry]\notlp_endpoint = \"ftp://x\"\n{APP}"), ["telemetry.otlp_endpoint", "otlp"]),
        (format!("log = \"info=loud\"\n{APP}"), ["option `log`", "level filter"]),
        (format!("[replay]\nlevel = \"clear\"\n{APP}"), ["replay.level", "`mask-user-input`"]),
        (format!("[replay]\nlocked = true\n{APP}"), ["replay.locked", "unknown field `locked`"]),
        (format!("[replay]\nversion = -1\n{APP}"), ["replay.version", "u32"]),
        (format!("{APP}[app.replay]\nlock = \"yes\""), ["app[0].replay.lock", "a boolean"]),
    ];
    for (file, expected) in cases {
        let message = refusal(&file);
        for part in expected {
            assert!(message.contains(part), "`{message}` lacks `{part}`");
        }
    }
}

#[test]
fn a_wrong_source_of_the_client_token_is_named_with_what_was_expected() {
    let cases = [
        (
            format!("[sink.datadog]\nclient_token = \"a 4242\"\n{APP}"),
            ["sink.datadog.client_token`", "without blanks"],
        ),
        (
            format!("[sink.datadog]\nclient_token_file = \"/nonexistent/token\"\n{APP}"),
            ["sink.datadog.client_token_file`: cannot read /nonexistent/token", "No such file"],
        ),
        (
            format!("[sink.datadog]\nclient_token_file = \"/dev/null\"\n{APP}"),
            ["sink.datadog.client_token_file`: /dev/null", "no token in it"],
        ),
        (
            format!("[sink.datadog]\nclient_token_file = \"x\"\nclient_token_aws_secret = \"x\"\n{APP}"),
            ["sink.datadog`", "give one of"],
        ),
    ];
    for (file, expected) in cases {
        let message = refusal(&file);
        for part in expected {
            assert!(message.contains(part), "`{message}` lacks `{part}`");
        }
        assert!(!message.contains("4242"), "{message}");
    }
}

#[test]
fn a_wrong_variable_is_named_without_its_value() {
    let error = load(APP, &[("COLLECTOR_SHUTDOWN_TIMEOUT_S", "soon")], Flags::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable COLLECTOR_SHUTDOWN_TIMEOUT_S: expected a whole number"
    );
    let apps = r#"[{ id = "3fa85f64-5717-4562-b3fc-2c963f66afa6", name = "shop", allowed_origins = ["*"] }]"#;
    let config = load("", &[("COLLECTOR_APP", apps)], Flags::default()).unwrap();
    assert_eq!(config.apps[0].origins, Origins::Any);
}

#[test]
fn an_apps_own_limits_win_over_the_common_ones_and_those_over_the_defaults() {
    let file = format!(
        "[limits.logs]\nrequests_per_s = 7\n[limits.rum]\nrequests_per_s = 0\n{APP}\
         [app.limits.logs]\nrequests_per_s = 3\nburst_requests = 4\nbytes_per_day = 5"
    );
    let config = load(&file, &[], Flags::default()).unwrap();
    let limit = |track| config.apps[0].limits[&track];
    let rate = |track| limit(track).rate.map(|rate| (rate.per_s.get(), rate.burst.get()));
    assert_eq!((rate(Track::Logs), limit(Track::Logs).bytes_per_day), (Some((3, 4)), Some(5)));
    assert_eq!((rate(Track::Rum), limit(Track::Rum).bytes_per_day), (None, None));
    assert_eq!(rate(Track::Replay), Some((500, 1_000)));
}

#[test]
fn an_apps_own_replay_policy_wins_option_by_option() {
    let environment = [("COLLECTOR_REPLAY_LEVEL", "mask-user-input"), ("COLLECTOR_REPLAY_VERSION", "3")];
    let file = format!("[replay]\nlock = true\n{APP}[app.replay]\nversion = 4\nenabled = false");
    let policy = load(&file, &environment, Flags::default()).unwrap().apps[0].replay;
    let expected = ReplayPolicy { enabled: false, lock: true, level: Level::MaskUserInput, version: 4 };
    assert_eq!(policy, expected);
    let default = load(APP, &[], Flags::default()).unwrap().apps[0].replay;
    assert_eq!(default, ReplayPolicy { enabled: true, lock: false, level: Level::Mask, version: 1 });
    let printed = load(&file, &environment, Flags::default()).unwrap().printed;
    assert!(printed.contains("[app.replay]\nenabled = false\nversion = 4\n"), "{printed}");
}

#[test]
fn the_printed_configuration_holds_no_secret() {
    let file = format!("[sink.datadog]\nclient_token = \"pub4242\"\n{APP}");
    let raw: RawConfig = toml::from_str(&file).unwrap();
    let printed = print(&raw).unwrap();
    assert!(printed.contains("client_token = \"[redacted]\""), "{printed}");
    assert!(!printed.contains("pub4242"));
}

#[cfg(not(feature = "aws"))]
#[test]
fn an_aws_secret_without_the_feature_is_refused_by_name() {
    let message = refusal(&format!("[sink.datadog]\nclient_token_aws_secret = \"datadog\"\n{APP}"));
    assert!(message.contains("sink.datadog.client_token_aws_secret"), "{message}");
    assert!(message.contains("--features aws"), "{message}");
}

#[cfg(feature = "aws")]
#[test]
fn an_aws_secret_is_a_name_or_an_arn_and_perhaps_a_key() {
    let secret = |options: &str| {
        let config = load(&format!("[sink.datadog]\n{options}\n{APP}"), &[], Flags::default());
        match config.unwrap().datadog.unwrap().client_token {
            ClientToken::Aws(secret) => (secret.id, secret.json_key, secret.region),
            other => panic!("{other:?}"),
        }
    };
    let named = secret("client_token_aws_secret = \"datadog/rum#client_token\"");
    assert_eq!(named, ("datadog/rum".into(), Some("client_token".into()), None));
    let arn = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:datadog-AbCdEf";
    let by_arn = secret(&format!("client_token_aws_secret = \"{arn}\""));
    assert_eq!(by_arn, (arn.into(), None, Some("us-gov-west-1".into())));
    let elsewhere =
        secret(&format!("client_token_aws_secret = \"{arn}\"\nclient_token_aws_region = \"eu-west-1\""));
    assert_eq!(elsewhere.2, Some("eu-west-1".into()));
    for (options, part) in [
        ("client_token_aws_secret = \"#key\"", "expected a name or ARN"),
        ("client_token_aws_secret = \"name#\"", "expected a name or ARN"),
        (
            "client_token_aws_secret = \"n\"\nclient_token_aws_endpoint_url = \"http://aws.example\"",
            "expected https",
        ),
        ("client_token_aws_secret = \"n\"\nclient_token_aws_ttl_s = 0", "at least 1"),
    ] {
        let message = refusal(&format!("[sink.datadog]\n{options}\n{APP}"));
        assert!(message.contains(part), "{message}");
    }
}
