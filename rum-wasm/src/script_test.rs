//! What the engine's tests share: an engine with a scripted clock, the signals they script, and readers of what
//! left it, which is decoded as the collector would.

use crate::engine::{Effect, Engine, Start};
use crate::fields::Fields;
use crate::session::Session;
use crate::signal::{Click, Signal, SignalKind};
use crate::upload::Post;
use rum_protocol::{Batch, EventKind, ViewContext, ViewEvent, WebVitals, keys};
use std::sync::atomic::{AtomicU8, Ordering};

pub(crate) const TIME_ORIGIN_MS: f64 = 1_795_000_000_000.0;

/// Differs with each call, so that ids do.
fn random() -> [u8; 16] {
    static COUNT: AtomicU8 = AtomicU8::new(0);
    let mut bytes = [0; 16];
    bytes[0] = COUNT.fetch_add(1, Ordering::Relaxed);
    bytes
}

/// An engine, its clock, and what it asked for.
pub(crate) struct Script {
    pub(crate) engine: Engine,
    pub(crate) now: f64,
    pub(crate) posts: Vec<Post>,
    pub(crate) stored: Vec<Session>,
    pub(crate) warnings: Vec<&'static str>,
    pub(crate) views_begun: Vec<ViewContext>,
    pub(crate) is_watching: bool,
    pub(crate) moments: Vec<(f64, u32)>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(100.0, None)
    }

    /// With query parameters that may be kept.
    pub(crate) fn allowing(parameters: &str) -> Self {
        Self::started(|start| start.allowed_parameters = parameters.into())
    }

    pub(crate) fn prerendered(activation_start: f64) -> Self {
        Self::started(|start| start.activation_start = activation_start)
    }

    pub(crate) fn with(session_sample_rate: f32, stored_session: Option<Session>) -> Self {
        Self::started(|start| {
            start.session_sample_rate = session_sample_rate;
            start.stored_session = stored_session.unwrap_or(start.stored_session);
        })
    }

    /// With a start that differs from the ordinary.
    pub(crate) fn started(change: impl FnOnce(&mut Start)) -> Self {
        let mut context = Fields::default();
        context.text(keys::context::APPLICATION_ID, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
        let mut start = Start {
            context: context.bytes().to_vec(),
            session_sample_rate: 100.0,
            on_error_sample_rate: 0.0,
            time_origin_ms: TIME_ORIGIN_MS,
            now: 100.0,
            url: "https://shop.example/claims?member=42#top".into(),
            referrer: String::new(),
            activation_start: 0.0,
            first_hidden: f64::INFINITY,
            stored_session: Session::stored(&[], 0.0, 0.0, false),
            allowed_parameters: String::new(),
            random,
            hook: None,
        };
        change(&mut start);
        Self {
            engine: Engine::new(start),
            now: 100.0,
            posts: Vec::new(),
            stored: Vec::new(),
            warnings: Vec::new(),
            views_begun: Vec::new(),
            is_watching: false,
            moments: Vec::new(),
        }
    }

    /// Time passes until `now`, then something happens.
    pub(crate) fn at(&mut self, now: f64, kind: SignalKind<'_>) -> &mut Self {
        self.now = now;
        self.late(now, kind)
    }

    /// Something that happened at `at` is told now.
    pub(crate) fn late(&mut self, at: f64, kind: SignalKind<'_>) -> &mut Self {
        for effect in self.engine.handle(Signal { at, kind }, self.now) {
            match effect {
                Effect::Post(post) => self.posts.push(post),
                Effect::StoreSession(session) => self.stored.push(session),
                Effect::WatchActivity(is_on) => self.is_watching = is_on,
                Effect::Moment(at, kinds) => self.moments.push((at, kinds)),
                Effect::Warn(text) => self.warnings.push(text),
                Effect::ViewBegan(context, _) => {
                    let map = [&[0xbf], &context[..], &[0xff]].concat();
                    self.views_begun.push(minicbor::decode(&map).expect("a view's context"));
                }
            }
        }
        self
    }

    pub(crate) fn answer(&mut self, now: f64, status: u16) -> &mut Self {
        let slot = self.posts.last().expect("a post to answer").slot;
        self.at(now, SignalKind::Answered { slot, status, retry_after_s: None })
    }

    pub(crate) fn batches(&self) -> Vec<Batch> {
        self.posts.iter().map(|post| minicbor::decode(&post.body).expect("a batch")).collect()
    }

    pub(crate) fn last_batch(&self) -> Batch {
        self.batches().pop().expect("a batch")
    }
}

pub(crate) fn click() -> SignalKind<'static> {
    let mut facts = Fields::default();
    facts.text(keys::action_event::NAME, "button#refill");
    SignalKind::Click(Click { facts: facts.bytes().to_vec().leak(), ..Click::default() })
}

pub(crate) fn route(url: &str) -> SignalKind<'_> {
    SignalKind::ViewChanged { url, labels: &[], is_new: true }
}

/// Something done that is over at once, unlike a click.
pub(crate) fn reported() -> SignalKind<'static> {
    SignalKind::CustomAction { name: "paid", facts: &[] }
}

pub(crate) fn error(message: &str) -> SignalKind<'_> {
    SignalKind::Error { texts: message, facts: &[] }
}

pub(crate) fn event_timing(interaction_id: u32, duration_ms: f64) -> SignalKind<'static> {
    SignalKind::EventTiming { interaction_id, duration_ms, facts: &[] }
}

pub(crate) fn paint(interaction_id: u32) -> SignalKind<'static> {
    SignalKind::LargestContentfulPaint { interaction_id, resource_url: "", facts: &[] }
}

pub(crate) fn view(batch: &Batch) -> &ViewEvent {
    batch
        .events
        .iter()
        .rev()
        .find_map(|event| match &event.kind {
            EventKind::View(view) | EventKind::ViewUpdate(view) => Some(view),
            _ => None,
        })
        .expect("a view state")
}

pub(crate) fn vitals_of(view: &ViewEvent) -> &WebVitals {
    view.vitals.as_ref().expect("the state names its vitals")
}

pub(crate) fn kinds(batch: &Batch) -> String {
    let letter = |kind: &EventKind| match kind {
        EventKind::View(_) => 'v',
        EventKind::ViewUpdate(_) => 'u',
        EventKind::Resource(_) => 'r',
        EventKind::LongTask(_) => 'l',
        EventKind::Vital(_) => 'd',
        EventKind::Action(_) => 'a',
        EventKind::Error(_) => 'e',
        EventKind::Unknown { .. } => '?',
    };
    batch.events.iter().map(|event| letter(&event.kind)).collect()
}
