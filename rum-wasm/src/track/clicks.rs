//! Clicks, from when they happen until what they caused is over: then each becomes an action with its duration,
//! what happened meanwhile, and whether it frustrated its user. The rules are Datadog's.

use super::activity::PageActivity;
use super::view::Counts;
use crate::fields::Fields;
use crate::signal::{Click, PageTime, SignalKind};
use alloc::vec::Vec;
use rum_protocol::keys::action_event;
use rum_protocol::{ActionType, EventKind, Frustration, Id};

/// What a click caused is over after this long at the latest.
pub const MAX_DURATION_MS: f64 = 10_000.0;
/// Three clicks on the same spot within this time are made in rage.
pub const RAGE_MS: f64 = 1_000.0;
/// The same spot, CSS pixels.
const MAX_DISTANCE: f64 = 100.0;

const RAGE: u32 = Frustration::RageClick as u32;
const DEAD: u32 = Frustration::DeadClick as u32;
const ERROR: u32 = Frustration::ErrorClick as u32;

/// A click whose consequences are not over.
#[derive(Debug)]
pub struct Pending {
    id: Id,
    /// When it was clicked.
    pub at: PageTime,
    /// Where.
    x: f64,
    y: f64,
    /// Sum of the frustrations it cannot be.
    ignored: u32,
    facts: Vec<u8>,
    /// Whether it follows the one before it on the same spot.
    follows: bool,
    frustrations: u32,
    activity: PageActivity,
    counts: Counts,
}

impl Pending {
    /// When it is known what it caused, if nothing more happens.
    fn caused_by(&self) -> PageTime {
        let latest = self.at + MAX_DURATION_MS;
        self.activity.due().unwrap_or(latest).min(latest)
    }

    /// When that is known, and whether another click follows.
    fn known_at(&self) -> PageTime {
        self.caused_by().max(self.at + RAGE_MS)
    }

    /// Fields of an `ActionEvent`, and the sum of the kinds of frustration it was. With `is_leaving` the page or view is
    /// being left, which may be what was to happen.
    pub fn into_fields(self, now: PageTime, is_leaving: bool) -> (Fields, u32) {
        let mut frustrations = self.frustrations;
        let mut fields = Fields::default();
        fields.id(action_event::ID, self.id);
        fields.number(action_event::ACTION_TYPE, ActionType::Click as u64);
        if self.activity.has_any() {
            let end = self.activity.quiet_since(now).unwrap_or(now).min(self.at + MAX_DURATION_MS);
            fields.micros(action_event::DURATION_US, end - self.at);
        } else if !is_leaving {
            frustrations |= DEAD;
        }
        if self.counts.errors > 0 {
            frustrations |= ERROR;
        }
        frustrations &= !self.ignored;
        for (key, number) in [
            (action_event::FRUSTRATIONS, u64::from(frustrations)),
            (action_event::ERROR_COUNT, self.counts.errors),
            (action_event::RESOURCE_COUNT, self.counts.resources),
            (action_event::LONG_TASK_COUNT, self.counts.long_tasks),
        ] {
            fields.number(key, number);
        }
        fields.append(&self.facts);
        (fields, frustrations)
    }
}

/// All clicks whose consequences are not over, in order.
#[derive(Debug, Default)]
pub struct Clicks {
    pending: Vec<Pending>,
}

impl Clicks {
    /// Takes a click, told at `now`: what it causes begins then, however long the browser was busy before.
    pub fn add(&mut self, id: Id, at: PageTime, mut click: Click<'_>, now: PageTime) {
        let mut activity = PageActivity::after(now);
        if click.is_early {
            // Nobody looked at the page, so nobody calls it dead.
            click.ignored |= DEAD;
            activity = PageActivity::after(at);
        }
        let follows = self.pending.last().is_some_and(|last| {
            let (x, y) = (click.x - last.x, click.y - last.y);
            click.is_same_target && at - last.at <= RAGE_MS && x * x + y * y <= MAX_DISTANCE * MAX_DISTANCE
        });
        if follows {
            self.excuse_last(click.ignored);
        }
        let counts = Counts::default();
        let Click { x, y, ignored, .. } = click;
        let facts = click.facts.into();
        self.pending.push(Pending {
            id,
            at,
            x,
            y,
            ignored,
            facts,
            follows,
            frustrations: 0,
            activity,
            counts,
        });
    }

    /// Takes a signal that may be about page activity.
    pub fn hear(&mut self, at: PageTime, kind: &SignalKind<'_>) {
        for pending in &mut self.pending {
            pending.activity.hear(at, kind);
        }
    }

    /// Whether page activity is wanted.
    pub fn await_quiet(&self, now: PageTime) -> bool {
        self.pending.iter().any(|pending| pending.caused_by() > now)
    }

    /// The user scrolled, typed or selected something: the last click was neither dead nor made in rage.
    pub fn user_reacted(&mut self) {
        self.excuse_last(RAGE | DEAD);
    }

    /// With those before it on the same spot: a double click selects a word, the first of the two nothing.
    fn excuse_last(&mut self, ignored: u32) {
        for pending in self.pending.iter_mut().rev() {
            pending.ignored |= ignored;
            if !pending.follows {
                break;
            }
        }
    }

    /// Counts an event to the click it follows from; answers its id. Of several on one spot it is the first,
    /// which stands for all of them if they were made in rage.
    pub fn count(&mut self, kind: u32, at: PageTime) -> Option<Id> {
        let mut index =
            self.pending.iter().rposition(|pending| at >= pending.at && at < pending.caused_by())?;
        while self.pending.get(index).is_some_and(|pending| pending.follows) {
            index -= 1;
        }
        let pending = self.pending.get_mut(index)?;
        (kind != EventKind::ACTION && pending.counts.add(kind)).then_some(pending.id)
    }

    /// When [`Self::take_known`] may have something to give.
    pub fn due(&self) -> Option<PageTime> {
        self.chains().map(known_at).reduce(f64::min)
    }

    /// Takes one of which all is known at `now`. Clicks made in rage are one.
    pub fn take_known(&mut self, now: PageTime) -> Option<Pending> {
        let mut start = 0;
        let mut length = 0;
        for chain in self.chains() {
            if known_at(chain) <= now {
                length = if is_rage(chain) { chain.len() } else { 1 };
                break;
            }
            start += chain.len();
        }
        if length == 0 {
            return None;
        }
        let mut first = self.pending.remove(start);
        for _ in 1..length {
            let next = self.pending.remove(start);
            first.frustrations = RAGE;
            first.counts.errors += next.counts.errors;
            first.counts.resources += next.counts.resources;
            first.counts.long_tasks += next.counts.long_tasks;
        }
        if let Some(next) = self.pending.get_mut(start) {
            next.follows = false;
        }
        Some(first)
    }

    /// Clicks on one spot, each soon after the one before.
    fn chains(&self) -> impl Iterator<Item = &[Pending]> {
        self.pending.chunk_by(|_, next| next.follows)
    }
}

/// When all is known of a chain.
fn known_at(chain: &[Pending]) -> PageTime {
    chain.iter().map(Pending::known_at).fold(0.0, f64::max)
}

fn is_rage(chain: &[Pending]) -> bool {
    chain.iter().all(|pending| pending.ignored & RAGE == 0)
        && chain.windows(3).any(|three| three[2].at - three[0].at <= RAGE_MS)
}
