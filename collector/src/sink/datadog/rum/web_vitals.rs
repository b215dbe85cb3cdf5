//! Core Web Vitals of a view, in the two places Datadog has for them.

use super::shape::{ns, round, shapes};
use super::view::Extent;
use rum_protocol::{ClsAttribution, FirstInputDelay, InpAttribution, LcpAttribution, WebVitals};

/// Datadog keeps this many decimals of a CLS score.
const CLS_DECIMALS: f64 = 10_000.0;

shapes! {
    /// What stands in `view` itself.
    struct Vitals<'a> {
        first_byte: Option<u64>,
        first_contentful_paint: Option<u64>,
        largest_contentful_paint: Option<u64>,
        largest_contentful_paint_target_selector: Option<&'a str>,
        first_input_delay: Option<u64>,
        first_input_time: Option<u64>,
        first_input_target_selector: Option<&'a str>,
        interaction_to_next_paint: Option<u64>,
        interaction_to_next_paint_time: Option<u64>,
        interaction_to_next_paint_target_selector: Option<&'a str>,
        cumulative_layout_shift: Option<f64>,
        cumulative_layout_shift_time: Option<u64>,
        cumulative_layout_shift_target_selector: Option<&'a str>,
    }

    /// `view.performance`.
    struct Performance<'a> {
        fcp: Option<Fcp>,
        lcp: Option<Lcp<'a>>,
        fid: Option<Fid<'a>>,
        inp: Option<Inp<'a>>,
        cls: Option<Cls<'a>>,
    }

    struct Fcp {
        timestamp: u64,
    }

    struct Lcp<'a> {
        timestamp: Option<u64>,
        target_selector: Option<&'a str>,
        resource_url: Option<&'a str>,
        sub_parts: Option<LcpParts>,
    }

    struct LcpParts {
        load_delay: u64,
        load_time: u64,
        render_delay: u64,
    }

    struct Fid<'a> {
        duration: u64,
        timestamp: u64,
        target_selector: Option<&'a str>,
    }

    struct Inp<'a> {
        duration: Option<u64>,
        timestamp: Option<u64>,
        target_selector: Option<&'a str>,
        /// Ours; Datadog's type takes more fields than it lists.
        event_type: Option<&'a str>,
        sub_parts: Option<InpParts>,
    }

    struct InpParts {
        input_delay: u64,
        processing_duration: u64,
        presentation_delay: u64,
    }

    struct Cls<'a> {
        score: Option<f64>,
        timestamp: Option<u64>,
        target_selector: Option<&'a str>,
        previous_rect: Option<Rect>,
        current_rect: Option<Rect>,
    }

    struct Rect {
        x: i32,
        y: i32,
        width: u32,
        height: u32,
    }
}

/// A CLS score as it is shown.
pub(crate) fn score(cls: f32) -> Option<f64> {
    round(cls, CLS_DECIMALS)
}

impl<'a> Vitals<'a> {
    pub(super) fn of(vitals: &'a WebVitals) -> Self {
        let (lcp, cls, inp) = (&vitals.lcp_attribution, &vitals.cls_attribution, &vitals.inp_attribution);
        let fid = vitals.fid.as_ref();
        Self {
            first_byte: vitals.ttfb_us.map(ns),
            first_contentful_paint: vitals.fcp_us.map(ns),
            largest_contentful_paint: vitals.lcp_us.map(ns),
            largest_contentful_paint_target_selector: lcp.as_ref().and_then(|lcp| lcp.selector.as_deref()),
            first_input_delay: fid.map(|fid| ns(fid.duration_us)),
            first_input_time: fid.map(|fid| ns(fid.after_us)),
            first_input_target_selector: fid.and_then(|fid| fid.selector.as_deref()),
            interaction_to_next_paint: vitals.inp_us.map(ns),
            interaction_to_next_paint_time: inp.as_ref().and_then(|inp| inp.after_us).map(ns),
            interaction_to_next_paint_target_selector: inp.as_ref().and_then(|inp| inp.selector.as_deref()),
            cumulative_layout_shift: vitals.cls.and_then(score),
            cumulative_layout_shift_time: cls.as_ref().and_then(|cls| cls.after_us).map(ns),
            cumulative_layout_shift_target_selector: cls.as_ref().and_then(|cls| cls.selector.as_deref()),
        }
    }
}

impl<'a> Performance<'a> {
    /// `None` if nothing of it is known. What a measure was made of says something without the measure only
    /// where that stands in an earlier state.
    pub(super) fn of(vitals: &'a WebVitals, extent: Extent) -> Option<Self> {
        let WebVitals { lcp_us, inp_us, .. } = *vitals;
        let cls = vitals.cls.and_then(score);
        let alone = extent == Extent::Changes;
        let attribution = vitals.lcp_attribution.as_ref();
        let has_lcp = lcp_us.is_some() || alone && attribution.is_some();
        let lcp = has_lcp.then(|| lcp(lcp_us, attribution));
        let attribution = vitals.inp_attribution.as_ref();
        let has_inp = inp_us.is_some() || alone && attribution.is_some();
        let inp = has_inp.then(|| inp(inp_us, attribution));
        let attribution = vitals.cls_attribution.as_ref();
        let has_cls = cls.is_some() || alone && attribution.is_some();
        let cls = has_cls.then(|| layout_shift(cls, attribution));
        let fcp = vitals.fcp_us.map(|time| Fcp { timestamp: ns(time) });
        let fid = vitals.fid.as_ref().map(fid);
        let is_empty = fcp.is_none() && !has_lcp && fid.is_none() && !has_inp && !has_cls;
        (!is_empty).then_some(Self { fcp, lcp, fid, inp, cls })
    }
}

fn lcp(lcp_us: Option<u64>, attribution: Option<&LcpAttribution>) -> Lcp<'_> {
    let sub_parts = attribution.and_then(|lcp| {
        Some(LcpParts {
            load_delay: ns(lcp.load_delay_us?),
            load_time: ns(lcp.load_time_us?),
            render_delay: ns(lcp.render_delay_us?),
        })
    });
    Lcp {
        timestamp: lcp_us.map(ns),
        target_selector: attribution.and_then(|lcp| lcp.selector.as_deref()),
        resource_url: attribution.and_then(|lcp| lcp.resource_url.as_deref()),
        sub_parts,
    }
}

fn fid(fid: &FirstInputDelay) -> Fid<'_> {
    Fid {
        duration: ns(fid.duration_us),
        timestamp: ns(fid.after_us),
        target_selector: fid.selector.as_deref(),
    }
}

fn inp(inp_us: Option<u64>, attribution: Option<&InpAttribution>) -> Inp<'_> {
    let sub_parts = attribution.and_then(|inp| {
        Some(InpParts {
            input_delay: ns(inp.input_delay_us?),
            processing_duration: ns(inp.processing_us?),
            presentation_delay: ns(inp.presentation_delay_us?),
        })
    });
    Inp {
        duration: inp_us.map(ns),
        timestamp: attribution.and_then(|inp| inp.after_us).map(ns),
        target_selector: attribution.and_then(|inp| inp.selector.as_deref()),
        event_type: attribution.and_then(|inp| inp.event_type.as_deref()),
        sub_parts,
    }
}

fn layout_shift(cls: Option<f64>, attribution: Option<&ClsAttribution>) -> Cls<'_> {
    Cls {
        score: cls,
        timestamp: attribution.and_then(|cls| cls.after_us).map(ns),
        target_selector: attribution.and_then(|cls| cls.selector.as_deref()),
        previous_rect: attribution.and_then(|cls| cls.previous_rect).map(rect),
        current_rect: attribution.and_then(|cls| cls.current_rect).map(rect),
    }
}

fn rect(rect: rum_protocol::Rect) -> Rect {
    Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height }
}
