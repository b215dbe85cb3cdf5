//! LCP, CLS, INP, FCP, TTFB and FID of one view, with what they are due to.
//!
//! The definitions are those of Google's `web-vitals` library, and tests compare the two in the same page
//! run. A vital that was not measured is absent, never 0.

pub mod cls;
pub mod inp;
#[cfg(test)]
mod web_vital_test;

use crate::fields::Fields;
use crate::privacy::UrlRules;
use crate::signal::PageTime;
use cls::LayoutShiftWindow;
use inp::{Interaction, InteractionList};
use rum_protocol::LoadingType;
use rum_protocol::keys::{cls_attribution, first_input_delay, inp_attribution, lcp_attribution, web_vitals};

/// Vitals of one view while it is being measured.
#[derive(Debug)]
pub struct VitalTracker {
    loading_type: LoadingType,
    activation_start: PageTime,
    has_no_shifts: bool,
    has_no_largest_paints: bool,
    /// Paints at or after this time do not count: the page was hidden, or (LCP only) the user acted.
    first_hidden: PageTime,
    first_input: PageTime,
    fcp_ms: Option<f64>,
    lcp_ms: Option<f64>,
    lcp_cause: Fields,
    ttfb_ms: Option<f64>,
    /// The interaction that made a route change a soft navigation: its id, and when it began.
    soft: Option<(u32, PageTime)>,
    cls: LayoutShiftWindow,
    inp: InteractionList,
    fid: Fields,
}

impl VitalTracker {
    /// Vitals of a document load. `activation_start` is when a prerendered page was shown (0 otherwise),
    /// `first_hidden` when the page was first hidden (infinity: never).
    pub fn for_load(activation_start: PageTime, first_hidden: PageTime) -> Self {
        Self::new(LoadingType::InitialLoad, activation_start, first_hidden, 0)
    }

    /// Vitals of the view after this one in the same document. It has no paints of its own that browsers report,
    /// except after the back-forward cache ([`Self::restored_paint`]) and of a soft navigation
    /// ([`Self::soft_navigation`]). `interaction_count` is the page's so far.
    #[must_use]
    pub fn for_next_view(&self, loading_type: LoadingType, interaction_count: u32) -> Self {
        let mut next = Self::new(loading_type, 0.0, PageTime::INFINITY, interaction_count);
        next.cannot_observe(self.has_no_shifts, self.has_no_largest_paints);
        next
    }

    /// What the browser cannot observe must be absent, not 0.
    pub fn cannot_observe(&mut self, shifts: bool, largest_paints: bool) {
        self.has_no_shifts = shifts;
        self.has_no_largest_paints = largest_paints;
    }

    fn new(
        loading_type: LoadingType,
        activation_start: PageTime,
        first_hidden: PageTime,
        interactions: u32,
    ) -> Self {
        Self {
            loading_type,
            activation_start,
            has_no_shifts: false,
            has_no_largest_paints: false,
            first_hidden,
            first_input: PageTime::INFINITY,
            fcp_ms: None,
            lcp_ms: None,
            lcp_cause: Fields::default(),
            ttfb_ms: None,
            soft: None,
            cls: LayoutShiftWindow::default(),
            inp: InteractionList::new(interactions),
            fid: Fields::default(),
        }
    }

    /// The document was loaded. `response_start` is absent where the browser gave none that is valid.
    pub fn loaded(&mut self, response_start: Option<PageTime>) {
        if self.loading_type == LoadingType::InitialLoad {
            self.ttfb_ms = response_start.map(|start| (start - self.activation_start).max(0.0));
        }
    }

    /// First Contentful Paint at `at`.
    pub fn first_contentful_paint(&mut self, at: PageTime) {
        if self.loading_type == LoadingType::InitialLoad && at < self.first_hidden {
            self.fcp_ms = Some((at - self.activation_start).max(0.0));
        }
    }

    /// What the browser holds for a navigation without a load: a route change that an interaction caused and that
    /// was painted at `at`. Its measures count from the interaction, as those of web-vitals do.
    pub fn soft_navigation(
        &mut self,
        at: PageTime,
        id: u32,
        interaction_start: PageTime,
        view_start: PageTime,
    ) {
        // The browser also counts changes of the query, which are no view of their own.
        let is_this = interaction_start <= view_start && view_start <= at;
        if self.loading_type == LoadingType::RouteChange && self.soft.is_none() && is_this {
            self.soft = Some((id, interaction_start));
            self.fcp_ms = Some(at - interaction_start);
            self.ttfb_ms = Some(0.0);
        }
    }

    /// Whether the paints of an interaction are this view's; those of the document load have none (0).
    pub fn is_painted_by(&self, interaction_id: u32) -> bool {
        match self.soft {
            Some((id, _)) => id == interaction_id,
            None => interaction_id == 0 && self.loading_type == LoadingType::InitialLoad,
        }
    }

    /// A candidate for Largest Contentful Paint ([`Self::is_painted_by`]); the last one counts. Scrolling is left
    /// to the browser, which stops reporting candidates then.
    pub fn largest_contentful_paint(
        &mut self,
        at: PageTime,
        resource_url: &str,
        facts: &[u8],
        urls: &UrlRules,
    ) {
        if at < self.first_hidden.min(self.first_input) {
            let base = self.soft.map_or(self.activation_start, |(_, start)| start);
            self.lcp_ms = Some((at - base).max(0.0));
            self.lcp_cause = Fields::default();
            self.lcp_cause.append(facts);
            self.lcp_cause.optional_text(lcp_attribution::RESOURCE_URL, &urls.redact(resource_url));
        }
    }

    /// A layout shift without recent user input, `after_ms` after the view began.
    pub fn layout_shift(&mut self, at: PageTime, after_ms: f64, value: f64, facts: &[u8]) {
        self.cls.add(at, value, caused(cls_attribution::AFTER_US, after_ms, facts));
    }

    /// One event of an interaction, `after_ms` after the view began.
    pub fn event_timing(&mut self, id: u32, duration_ms: f64, after_ms: f64, facts: &[u8]) {
        self.inp.add(Interaction {
            id,
            duration_ms,
            cause: caused(inp_attribution::AFTER_US, after_ms, facts),
        });
    }

    /// The first input of the page, `after_ms` after the view began.
    pub fn first_input(&mut self, at: PageTime, after_ms: f64, facts: &[u8]) {
        if at < self.first_hidden {
            self.fid = caused(first_input_delay::AFTER_US, after_ms, facts);
        }
    }

    /// `performance.interactionCount` as it stands.
    pub fn interaction_count(&mut self, count: u32) {
        self.inp.set_count(count);
    }

    /// `performance.interactionCount` as last read.
    pub fn interactions_so_far(&self) -> u32 {
        self.inp.count()
    }

    /// A click or key: no paint after it is an LCP candidate.
    pub fn input(&mut self, at: PageTime) {
        self.first_input = self.first_input.min(at);
    }

    /// The page was hidden.
    pub fn hidden(&mut self, at: PageTime) {
        self.first_hidden = self.first_hidden.min(at);
    }

    /// The first paint after the back-forward cache, `after_ms` after the restore.
    pub fn restored_paint(&mut self, after_ms: f64) {
        self.fcp_ms = Some(after_ms);
        self.lcp_ms = (!self.has_no_largest_paints).then_some(after_ms);
        self.ttfb_ms = Some(0.0);
    }

    /// What is known now, as fields of `WebVitals`.
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        fields.optional_micros(web_vitals::LCP_US, self.lcp_ms);
        fields.optional_micros(web_vitals::FCP_US, self.fcp_ms);
        fields.optional_micros(web_vitals::TTFB_US, self.ttfb_ms);
        fields.optional_micros(web_vitals::INP_US, self.inp.estimate_p98(self.loading_type));
        fields.optional_map(web_vitals::LCP_ATTRIBUTION, &self.lcp_cause);
        // As in CrUX, the CLS of a document load counts only once something was painted in a visible page.
        let painted = self.loading_type != LoadingType::InitialLoad || self.fcp_ms.is_some();
        if painted && !self.has_no_shifts {
            fields.score(web_vitals::CLS, self.cls.worst() as f32);
            fields.optional_map(web_vitals::CLS_ATTRIBUTION, self.cls.cause());
        }
        if let Some(cause) = self.inp.cause() {
            fields.map(web_vitals::INP_ATTRIBUTION, cause);
        }
        fields.optional_map(web_vitals::FID, &self.fid);
        fields
    }
}

/// What a measure is due to: when it was, and what the adapter knew of it.
#[inline(never)]
fn caused(after_key: u32, after_ms: f64, facts: &[u8]) -> Fields {
    let mut cause = Fields::default();
    cause.micros(after_key, after_ms);
    cause.append(facts);
    cause
}
