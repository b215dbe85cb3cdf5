//! What Datadog writes into every event: our batches say it once.

use super::action::{Action, InternalAction};
use super::error::Error;
use super::long_task::LongTask;
use super::resource::{Resource, Trace};
use super::shape::{Identified, one_of, round, shapes};
use super::shared::{Facts, session_type};
use super::view::{Privacy, ReplayStats, Scroll, State, ViewState};
use super::vital::Vital;
use rum_protocol::{Batch, Context, Event, Id, ViewContext};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// `_dd.format_version` of every shape here.
const FORMAT_VERSION: u8 = 2;

/// Percentages and pixel ratios are sent in thousandths.
const RATE_DECIMALS: f64 = 1_000.0;

const EFFECTIVE_TYPES: &[&str] = &["slow-2g", "2g", "3g", "4g"];

type Object<'a> = Cow<'a, Map<String, Value>>;

shapes! {
    /// An event of any kind.
    struct RumEvent<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        date: u64,
        application: Identified<'a>,
        session: Session<'a>,
        view: View<'a>,
        action: Option<OwnOrParent<'a>>,
        error: Option<Error<'a>>,
        resource: Option<Resource<'a>>,
        long_task: Option<LongTask<'a>>,
        vital: Option<Vital<'a>>,
        source: Option<&'static str>,
        service: Option<&'a str>,
        version: Option<&'a str>,
        ddtags: Option<&'a str>,
        usr: Option<&'a Map<String, Value>>,
        account: Option<&'a Map<String, Value>>,
        tab: Option<Tab>,
        connectivity: Option<Connectivity<'a>>,
        display: Option<Display>,
        device: Option<Device<'a>>,
        feature_flags: Option<&'a Map<String, Value>>,
        synthetics: Option<Synthetics<'a>>,
        ci_test: Option<CiTest<'a>>,
        privacy: Option<Privacy>,
        context: Option<Object<'a>>,
        #[serde(rename = "_dd")]
        internal: Internal<'a>,
    }

    struct Session<'a> {
        id: &'a str,
        #[serde(rename = "type")]
        kind: &'a str,
        has_replay: Option<bool>,
        /// Only of a view itself.
        sampled_for_replay: Option<bool>,
    }

    /// The test that drives the page; the type demands both.
    struct Synthetics<'a> {
        test_id: &'a str,
        result_id: &'a str,
    }

    struct CiTest<'a> {
        test_execution_id: &'a str,
    }

    struct View<'a> {
        id: &'a str,
        url: &'a str,
        referrer: Option<&'a str>,
        name: Option<&'a str>,
        in_foreground: Option<bool>,
        /// Only of a view itself.
        #[serde(flatten)]
        state: Option<ViewState<'a>>,
    }

    struct Parent {
        id: String,
    }

    struct Tab {
        id: String,
    }

    struct Connectivity<'a> {
        /// Demanded by the type. A batch is closed in the page that sends it, and this one arrived.
        status: &'static str,
        effective_type: &'a str,
    }

    struct Display {
        viewport: Option<Viewport>,
        /// Only of a view itself.
        scroll: Option<Scroll>,
    }

    struct Viewport {
        width: u32,
        height: u32,
    }

    struct Device<'a> {
        locale: Option<&'a str>,
        locales: Option<&'a [String]>,
        time_zone: Option<&'a str>,
    }

    /// `_dd`.
    struct Internal<'a> {
        format_version: u8,
        sdk_name: Option<&'static str>,
        configuration: Option<Configuration>,
        /// Only of a view itself, with the next three.
        document_version: Option<u32>,
        page_states: Option<Vec<State>>,
        cls: Option<ClsDetails>,
        replay_stats: Option<ReplayStats>,
        /// Only of an action itself.
        action: Option<InternalAction<'a>>,
        /// Only of a resource.
        #[serde(flatten)]
        trace: Option<Trace>,
    }

    struct Configuration {
        /// Demanded by the type; without it the others are left out as well.
        session_sample_rate: f64,
        session_replay_sample_rate: Option<f64>,
        trace_sample_rate: Option<f64>,
        start_session_replay_recording_manually: Option<bool>,
    }

    struct ClsDetails {
        device_pixel_ratio: f64,
    }
}

/// `action`: an action itself, or the one that was going on.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum OwnOrParent<'a> {
    Own(Action<'a>),
    Parent(Parent),
}

/// What the events of a batch have in common, in Datadog's words.
pub(super) struct Envelope<'a> {
    batch: &'a Batch,
    session_id: String,
    views: Vec<SharedView<'a>>,
    shared: Vec<Facts>,
    nobody: Facts,
    tags: String,
}

struct SharedView<'a> {
    id: String,
    context: &'a ViewContext,
}

impl<'a> Envelope<'a> {
    pub(super) fn new(batch: &'a Batch) -> Self {
        let context = &batch.context;
        let views = batch.views.iter().map(|view| SharedView { id: view.id.to_text(), context: view });
        let shared = batch.shared.iter().flatten().map(|shared| Facts::of(shared, context));
        Self {
            batch,
            // The door refused batches without a session.
            session_id: context.session_id.map(Id::to_text).unwrap_or_default(),
            views: views.collect(),
            shared: shared.collect(),
            nobody: Facts::of_nobody(context),
            tags: tags(batch),
        }
    }

    /// An event with what it shares. The door refused batches with an index out of range, so there is one.
    pub(super) fn around<'b>(
        &'b self,
        kind: &'static str,
        event: &'b Event,
        own_context: Option<Map<String, Value>>,
    ) -> Option<RumEvent<'b>> {
        let context = &self.batch.context;
        let view = self.views.get(event.view as usize)?;
        let ViewContext { service, version, .. } = view.context;
        let base = self.base(kind, event)?;
        let view = View { referrer: view.context.referrer.as_deref(), ..base.view };
        Some(RumEvent {
            view: View { in_foreground: event.in_foreground, ..view },
            action: event.action_id.map(|id| OwnOrParent::Parent(Parent { id: id.to_text() })),
            source: Some("browser"),
            service: service.as_deref().or(context.service.as_deref()),
            version: version.as_deref().or(context.version.as_deref()),
            ddtags: Some(&self.tags),
            tab: context.tab_id.map(|id| Tab { id: id.to_text() }),
            device: device(context),
            context: self.facts(event)?.context_with(own_context),
            internal: Internal {
                sdk_name: Some("rum-wasm"),
                configuration: configuration(context),
                ..base.internal
            },
            ..base
        })
    }

    /// What an update of a view repeats: by what Datadog finds the view, and what may have changed in its time.
    pub(super) fn base<'b>(&'b self, kind: &'static str, event: &'b Event) -> Option<RumEvent<'b>> {
        let context = &self.batch.context;
        let view = self.views.get(event.view as usize)?;
        let facts = self.facts(event)?;
        let viewport = context.viewport.map(|size| Viewport { width: size.width, height: size.height });
        Some(RumEvent {
            kind,
            date: event.at_ms,
            application: Identified { id: &context.application_id },
            session: Session {
                id: &self.session_id,
                kind: session_type(context),
                has_replay: view.context.has_replay,
                sampled_for_replay: None,
            },
            view: View {
                id: &view.id,
                url: &view.context.url,
                referrer: None,
                name: view.context.name.as_deref(),
                in_foreground: None,
                state: None,
            },
            action: None,
            error: None,
            resource: None,
            long_task: None,
            vital: None,
            source: None,
            service: None,
            version: None,
            ddtags: None,
            usr: facts.usr.as_ref(),
            account: facts.account.as_ref(),
            tab: None,
            connectivity: one_of(context.effective_type.as_deref(), EFFECTIVE_TYPES)
                .map(|effective_type| Connectivity { status: "connected", effective_type }),
            display: viewport.map(|viewport| Display { viewport: Some(viewport), scroll: None }),
            device: None,
            feature_flags: facts.feature_flags.as_ref(),
            synthetics: synthetics(context),
            ci_test: ci_test(context),
            privacy: None,
            context: facts.context_with(None),
            internal: Internal {
                format_version: FORMAT_VERSION,
                sdk_name: None,
                configuration: None,
                document_version: None,
                page_states: None,
                cls: None,
                replay_stats: None,
                action: None,
                trace: None,
            },
        })
    }

    /// `_dd.cls`: how large a CSS pixel of the rectangles is.
    pub(super) fn cls_details(&self) -> Option<ClsDetails> {
        let ratio = self.batch.context.device_pixel_ratio?;
        Some(ClsDetails { device_pixel_ratio: round(ratio, RATE_DECIMALS)? })
    }

    fn facts(&self, event: &Event) -> Option<&Facts> {
        match event.shared {
            None => Some(&self.nobody),
            Some(index) => self.shared.get(index as usize),
        }
    }
}

fn device(context: &Context) -> Option<Device<'_>> {
    let device = Device {
        locale: context.locale.as_deref(),
        locales: context.locales.as_deref(),
        time_zone: context.time_zone.as_deref(),
    };
    let is_empty = device.locale.is_none() && device.locales.is_none() && device.time_zone.is_none();
    (!is_empty).then_some(device)
}

fn configuration(context: &Context) -> Option<Configuration> {
    let rate = |rate| round(rate, RATE_DECIMALS);
    Some(Configuration {
        session_sample_rate: rate(context.session_sample_rate?)?,
        session_replay_sample_rate: context.session_replay_sample_rate.and_then(rate),
        trace_sample_rate: context.trace_sample_rate.and_then(rate),
        start_session_replay_recording_manually: context.replay_starts_manually,
    })
}

/// In the order of the official SDK, and like it of the set-up alone, whatever a view says of itself. A comma
/// would begin the next tag.
fn tags(batch: &Batch) -> String {
    let context = &batch.context;
    let tags = [
        ("sdk_version", Some(&batch.sdk_version)),
        ("env", context.env.as_ref()),
        ("service", context.service.as_ref()),
        ("version", context.version.as_ref()),
    ];
    let tags = tags.into_iter().filter_map(|(name, value)| {
        value.filter(|value| !value.is_empty()).map(|value| format!("{name}:{}", value.replace(',', "_")))
    });
    tags.collect::<Vec<_>>().join(",")
}

fn synthetics(context: &Context) -> Option<Synthetics<'_>> {
    let is_synthetic = session_type(context) == "synthetics";
    let (test_id, result_id) = (context.test_id.as_deref()?, context.test_result_id.as_deref()?);
    is_synthetic.then_some(Synthetics { test_id, result_id })
}

fn ci_test(context: &Context) -> Option<CiTest<'_>> {
    let test_execution_id = context.test_id.as_deref()?;
    (session_type(context) == "ci_test").then_some(CiTest { test_execution_id })
}
