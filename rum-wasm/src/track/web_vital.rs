//! LCP, CLS, INP, FCP and TTFB of one view.
//!
//! The definitions are those of Google's `web-vitals` library, and a test compares the two in the same page
//! run. A vital that was not measured is absent, never 0.

use crate::fields::Fields;
use crate::signal::PageTime;
use alloc::vec::Vec;
use rum_protocol::LoadingType;
use rum_protocol::keys::web_vitals;

/// Vitals of one view while it is being measured.
#[derive(Debug)]
pub struct VitalTracker {
    loading_type: LoadingType,
    activation_start: PageTime,
    /// Paints at or after this time do not count: the page was hidden, or (LCP only) the user acted.
    first_hidden: PageTime,
    first_input: PageTime,
    fcp_ms: Option<f64>,
    lcp_ms: Option<f64>,
    ttfb_ms: Option<f64>,
    cls: LayoutShiftWindow,
    inp: InteractionList,
}

impl VitalTracker {
    /// Vitals of a document load. `activation_start` is when a prerendered page was shown (0 otherwise),
    /// `first_hidden` when the page was first hidden (infinity: never).
    pub fn for_load(activation_start: PageTime, first_hidden: PageTime) -> Self {
        Self::new(LoadingType::InitialLoad, activation_start, first_hidden, 0)
    }

    /// Vitals of a later view of the same document. It has no paints of its own that browsers report, except
    /// after the back-forward cache ([`Self::restored_paint`]). `interaction_count` is the page's so far.
    pub fn for_later_view(loading_type: LoadingType, interaction_count: u32) -> Self {
        Self::new(loading_type, 0.0, PageTime::INFINITY, interaction_count)
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
            first_hidden,
            first_input: PageTime::INFINITY,
            fcp_ms: None,
            lcp_ms: None,
            ttfb_ms: None,
            cls: LayoutShiftWindow::default(),
            inp: InteractionList { count_at_start: interactions, count: interactions, longest: Vec::new() },
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

    /// A candidate for Largest Contentful Paint; the last one counts. Scrolling is left to the browser, which
    /// stops reporting candidates then.
    pub fn largest_contentful_paint(&mut self, at: PageTime) {
        if self.loading_type == LoadingType::InitialLoad && at < self.first_hidden.min(self.first_input) {
            self.lcp_ms = Some((at - self.activation_start).max(0.0));
        }
    }

    /// A layout shift without recent user input.
    pub fn layout_shift(&mut self, at: PageTime, value: f64) {
        self.cls.add(at, value);
    }

    /// One event of an interaction.
    pub fn event_timing(&mut self, interaction_id: u32, duration_ms: f64) {
        self.inp.add(interaction_id, duration_ms);
    }

    /// `performance.interactionCount` as it stands.
    pub fn interaction_count(&mut self, count: u32) {
        self.inp.count = self.inp.count.max(count);
    }

    /// `performance.interactionCount` as last read.
    pub fn interactions_so_far(&self) -> u32 {
        self.inp.count
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
        self.lcp_ms = Some(after_ms);
        self.ttfb_ms = Some(0.0);
    }

    /// What is known now, as fields of `WebVitals`. `start` is when the view began.
    pub fn fields(&self, _start: PageTime) -> Fields {
        // As in CrUX, the CLS of a document load counts only once something was painted in a visible page.
        let painted = self.loading_type != LoadingType::InitialLoad || self.fcp_ms.is_some();
        let mut fields = Fields::default();
        fields.optional_micros(web_vitals::LCP_US, self.lcp_ms);
        fields.optional_micros(web_vitals::FCP_US, self.fcp_ms);
        fields.optional_micros(web_vitals::TTFB_US, self.ttfb_ms);
        if painted {
            fields.score(web_vitals::CLS, self.cls.worst as f32);
        }
        fields.optional_micros(web_vitals::INP_US, self.inp.estimate_p98(self.loading_type));
        fields
    }
}

/// CLS: the worst window of shifts, at most 1 s apart and 5 s long in all.
#[derive(Debug, Default)]
struct LayoutShiftWindow {
    first: PageTime,
    last: PageTime,
    score: f64,
    worst: f64,
}

impl LayoutShiftWindow {
    const MAX_GAP_MS: f64 = 1_000.0;
    const MAX_LENGTH_MS: f64 = 5_000.0;

    fn add(&mut self, at: PageTime, value: f64) {
        let continues =
            self.score > 0.0 && at - self.last < Self::MAX_GAP_MS && at - self.first < Self::MAX_LENGTH_MS;
        if continues {
            self.score += value;
        } else {
            self.first = at;
            self.score = value;
        }
        self.last = at;
        self.worst = self.worst.max(self.score);
    }
}

/// INP: the longest interactions of the view.
#[derive(Debug)]
struct InteractionList {
    count_at_start: u32,
    count: u32,
    /// Longest first, at most [`Self::MAX_LENGTH`]: (interaction id, duration in ms).
    longest: Vec<(u32, f64)>,
}

impl InteractionList {
    /// Enough for the 98th percentile of 500 interactions.
    const MAX_LENGTH: usize = 10;
    /// One in fifty interactions is left out as an outlier.
    const PER_OUTLIER: u32 = 50;
    /// Browsers report no event shorter than 16 ms and round to 8 ms: an interaction that was counted but
    /// never reported took this long.
    const UNREPORTED_MS: f64 = 8.0;

    fn add(&mut self, interaction_id: u32, mut duration_ms: f64) {
        if let Some(known) = self.longest.iter().position(|(id, _)| *id == interaction_id) {
            // An interaction is as long as its longest event, never their sum.
            duration_ms = duration_ms.max(self.longest.remove(known).1);
        }
        // Kept in order by insertion: a general sort would cost 3 KB of wasm for ten items.
        let place = self.longest.iter().take_while(|(_, known_ms)| *known_ms >= duration_ms).count();
        self.longest.insert(place, (interaction_id, duration_ms));
        self.longest.truncate(Self::MAX_LENGTH);
    }

    fn estimate_p98(&self, loading_type: LoadingType) -> Option<f64> {
        let count = self.count.saturating_sub(self.count_at_start);
        if let Some(last) = self.longest.len().checked_sub(1) {
            let outliers = (count / Self::PER_OUTLIER) as usize;
            return Some(self.longest[outliers.min(last)].1);
        }
        // On a document load the `first-input` entry reports even the fastest first interaction.
        (count > 0 && loading_type != LoadingType::InitialLoad).then_some(Self::UNREPORTED_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rum_protocol::WebVitals;

    impl VitalTracker {
        /// What a reader of the fields reads.
        fn vitals(&self) -> WebVitals {
            minicbor::decode(&self.fields(0.0).into_map()).unwrap()
        }
    }

    fn load() -> VitalTracker {
        VitalTracker::for_load(0.0, PageTime::INFINITY)
    }

    #[test]
    fn nothing_measured_is_absent() {
        assert_eq!(load().vitals(), WebVitals::default());
    }

    #[test]
    fn a_stable_page_has_a_cls_of_zero_once_painted() {
        let mut vitals = load();
        vitals.first_contentful_paint(120.0);
        assert_eq!(vitals.vitals().cls, Some(0.0));
    }

    #[test]
    fn paints_after_the_page_was_hidden_do_not_count() {
        let mut vitals = VitalTracker::for_load(0.0, 100.0);
        vitals.first_contentful_paint(100.0);
        vitals.largest_contentful_paint(150.0);
        vitals.layout_shift(10.0, 0.2);
        assert_eq!(vitals.vitals(), WebVitals::default());
    }

    #[test]
    fn the_last_lcp_candidate_before_input_wins() {
        let mut vitals = load();
        vitals.largest_contentful_paint(100.0);
        vitals.input(300.0);
        vitals.largest_contentful_paint(200.5);
        vitals.largest_contentful_paint(300.0);
        assert_eq!(vitals.vitals().lcp_us, Some(200_500));
    }

    #[test]
    fn prerendered_pages_measure_from_activation() {
        let mut vitals = VitalTracker::for_load(500.0, PageTime::INFINITY);
        vitals.loaded(Some(80.0));
        vitals.first_contentful_paint(520.0);
        vitals.largest_contentful_paint(400.0);
        let measured = vitals.vitals();
        assert_eq!((measured.ttfb_us, measured.fcp_us, measured.lcp_us), (Some(0), Some(20_000), Some(0)));
    }

    #[test]
    fn cls_is_the_worst_window() {
        let mut vitals = load();
        vitals.first_contentful_paint(1.0);
        for at in [0.0, 900.0, 1_800.0] {
            vitals.layout_shift(at, 0.1);
        }
        vitals.layout_shift(2_800.0, 0.25); // a gap of a whole second: a new window
        let cls = vitals.vitals().cls.unwrap();
        assert!((cls - 0.3).abs() < 1e-6, "{cls}");
        for step in 0..10 {
            vitals.layout_shift(10_000.0 + f64::from(step) * 600.0, 0.1); // 5.4 s: cut at 5 s
        }
        let cls = vitals.vitals().cls.unwrap();
        assert!((cls - 0.9).abs() < 1e-6, "{cls}");
    }

    #[test]
    fn inp_takes_the_longest_event_of_an_interaction() {
        let mut vitals = load();
        vitals.interaction_count(1);
        for duration_ms in [16.0, 320.0, 24.0] {
            vitals.event_timing(7, duration_ms);
        }
        assert_eq!(vitals.vitals().inp_us, Some(320_000));
    }

    #[test]
    fn one_interaction_in_fifty_is_an_outlier() {
        let mut vitals = load();
        for id in 1..=12 {
            vitals.event_timing(id, f64::from(id) * 100.0);
        }
        vitals.interaction_count(49);
        assert_eq!(vitals.vitals().inp_us, Some(1_200_000));
        vitals.interaction_count(100);
        assert_eq!(vitals.vitals().inp_us, Some(1_000_000));
        vitals.interaction_count(10_000);
        assert_eq!(vitals.vitals().inp_us, Some(300_000));
    }

    #[test]
    fn a_later_view_counts_its_own_interactions_only() {
        let mut vitals = VitalTracker::for_later_view(LoadingType::RouteChange, 5);
        assert_eq!(vitals.vitals().inp_us, None);
        vitals.interaction_count(6);
        assert_eq!(vitals.vitals().inp_us, Some(8_000));
    }

    #[test]
    fn a_restored_page_has_its_own_paint_and_no_waiting_for_the_server() {
        let mut vitals = VitalTracker::for_later_view(LoadingType::BackForwardCache, 0);
        vitals.first_contentful_paint(9.0);
        vitals.restored_paint(31.5);
        let measured = vitals.vitals();
        assert_eq!(
            (measured.fcp_us, measured.lcp_us, measured.ttfb_us),
            (Some(31_500), Some(31_500), Some(0))
        );
    }
}
