//! `RumVitalDurationEvent` and `RumVitalOperationStepEvent`.

use super::shape::{ns, shapes};
use rum_protocol::{FailureReason, StepType, VitalEvent, VitalType};

shapes! {
    /// `vital`.
    struct Vital<'a> {
        id: String,
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'a str,
        description: Option<&'a str>,
        duration: Option<u64>,
        step_type: Option<&'static str>,
        operation_key: Option<&'a str>,
        failure_reason: Option<&'static str>,
    }
}

/// Datadog's words for what kind of a vital it is.
pub(crate) struct Words {
    pub(crate) kind: &'static str,
    pub(crate) step_type: Option<&'static str>,
    pub(crate) failure_reason: Option<&'static str>,
}

/// `None` for a vital of a kind newer than this collector, with neither a duration nor a step; the door counted
/// it.
pub(crate) fn words(vital: &VitalEvent) -> Option<Words> {
    let step = vital
        .step_type
        .filter(|_| vital.duration_us.is_none() || vital.vital_type != Some(VitalType::Duration));
    let Some(step) = step else {
        vital.duration_us?;
        return Some(Words { kind: "duration", step_type: None, failure_reason: None });
    };
    Some(Words {
        kind: "operation_step",
        step_type: Some(match step {
            StepType::Start => "start",
            StepType::End => "end",
        }),
        failure_reason: vital.failure_reason.map(|reason| match reason {
            FailureReason::Error => "error",
            FailureReason::Abandoned => "abandoned",
            FailureReason::Other => "other",
        }),
    })
}

pub(super) fn vital(vital: &VitalEvent) -> Option<Vital<'_>> {
    let Words { kind, step_type, failure_reason } = words(vital)?;
    Some(Vital {
        id: vital.id.to_text(),
        kind,
        name: &vital.name,
        description: vital.description.as_deref(),
        duration: vital.duration_us.filter(|_| step_type.is_none()).map(ns),
        step_type,
        operation_key: vital.operation_key.as_deref().filter(|_| step_type.is_some()),
        failure_reason,
    })
}
