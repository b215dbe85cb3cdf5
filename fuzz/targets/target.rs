//! The query of the Datadog door: whatever is in it, it names a known track and passes known parameters on.

#![no_main]

use collector::config::{Config, IntakeConfig, RawConfig};
use collector::intake::target;
use collector::track::Track;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const CONFIG: &str = r#"
    [intake]
    forward_subdomains = ["quota"]
    [[app]]
    id = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    name = "shop"
    allowed_origins = ["*"]
"#;

static INTAKE: LazyLock<IntakeConfig> = LazyLock::new(|| {
    let raw: RawConfig = toml::from_str(CONFIG).expect("TOML");
    Config::try_from(raw).expect("a configuration").intake
});

fuzz_target!(|query: &str| {
    for target in [target::of_forward(&INTAKE, query), target::of_path(&INTAKE, Track::Logs, query)] {
        let Ok(target) = target else { continue };
        assert!(INTAKE.tracks.contains(&target.track));
        assert!(target.subdomain.is_none_or(|name| name == "quota"));
        for (name, value) in target.parameters {
            assert!(name != "dd-api-key" && value.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
});
