//! What the targets share.

use collector::config::{self, RawConfig};
use collector::scrub::Scrubber;
use std::sync::LazyLock;

/// The rules as they are without configuration.
pub static SCRUBBER: LazyLock<Scrubber> =
    LazyLock::new(|| config::scrubber(&RawConfig::default()).expect("the defaults are a configuration"));
