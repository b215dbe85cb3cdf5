//! Core Web Vitals with their attribution. Selectors are made of what developers wrote (`ActionEvent::selector`).

use super::geometry::Rect;
use alloc::string::String;
use minicbor::{Decode, Encode};

/// Core Web Vitals of a view. A vital that was not measured is absent, never 0.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct WebVitals {
    /// Largest Contentful Paint. Datadog `view.largest_contentful_paint`.
    #[n(0)]
    pub lcp_us: Option<u64>,
    /// First Contentful Paint. Datadog `view.first_contentful_paint`.
    #[n(1)]
    pub fcp_us: Option<u64>,
    /// Time To First Byte. Datadog `view.first_byte`.
    #[n(2)]
    pub ttfb_us: Option<u64>,
    /// Cumulative Layout Shift, a score without unit. Datadog `view.cumulative_layout_shift`.
    #[n(3)]
    pub cls: Option<f32>,
    /// Interaction to Next Paint. Datadog `view.interaction_to_next_paint`.
    #[n(4)]
    pub inp_us: Option<u64>,
    /// Datadog `view.performance.lcp`.
    #[n(5)]
    pub lcp_attribution: Option<LcpAttribution>,
    /// Datadog `view.performance.cls`.
    #[n(6)]
    pub cls_attribution: Option<ClsAttribution>,
    /// Datadog `view.performance.inp`.
    #[n(7)]
    pub inp_attribution: Option<InpAttribution>,
    /// First Input Delay, for consumers from before INP. Datadog `view.performance.fid`.
    #[n(8)]
    pub fid: Option<FirstInputDelay>,
}

/// What the largest paint was, and where its time went: TTFB, then these three, sum up to LCP.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LcpAttribution {
    /// Datadog `.target_selector`.
    #[n(0)]
    pub selector: Option<String>,
    /// Redacted like a view's URL. Datadog `.resource_url`.
    #[n(1)]
    pub resource_url: Option<String>,
    /// From first byte until the resource was asked for. Datadog `.sub_parts.load_delay`.
    #[n(2)]
    pub load_delay_us: Option<u64>,
    /// Datadog `.sub_parts.load_time`.
    #[n(3)]
    pub load_time_us: Option<u64>,
    /// Datadog `.sub_parts.render_delay`.
    #[n(4)]
    pub render_delay_us: Option<u64>,
}

/// The largest shift of the worst window.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ClsAttribution {
    /// Since the view began. Datadog `.timestamp`.
    #[n(0)]
    pub after_us: Option<u64>,
    /// Datadog `.target_selector`.
    #[n(1)]
    pub selector: Option<String>,
    /// Datadog `.previous_rect`.
    #[n(2)]
    pub previous_rect: Option<Rect>,
    /// Datadog `.current_rect`.
    #[n(3)]
    pub current_rect: Option<Rect>,
}

/// The interaction INP stands for; its three parts sum up to INP.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InpAttribution {
    /// Since the view began. Datadog `.timestamp`.
    #[n(0)]
    pub after_us: Option<u64>,
    /// Datadog `.target_selector`.
    #[n(1)]
    pub selector: Option<String>,
    /// `event.type` of its longest event, such as `pointerup`.
    #[n(2)]
    pub event_type: Option<String>,
    /// Datadog `.sub_parts.input_delay`.
    #[n(3)]
    pub input_delay_us: Option<u64>,
    /// Datadog `.sub_parts.processing_duration`.
    #[n(4)]
    pub processing_us: Option<u64>,
    /// Datadog `.sub_parts.presentation_delay`.
    #[n(5)]
    pub presentation_delay_us: Option<u64>,
}

/// First Input Delay.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct FirstInputDelay {
    /// Datadog `.duration`.
    #[n(0)]
    pub duration_us: u64,
    /// Since the view began. Datadog `.timestamp`.
    #[n(1)]
    pub after_us: u64,
    /// Datadog `.target_selector`.
    #[n(2)]
    pub selector: Option<String>,
}
