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

/// `None` for a vital of a kind newer than this collector, with neither a duration nor a step; the door counted
/// it.
pub(super) fn vital(vital: &VitalEvent) -> Option<Vital<'_>> {
    let step_type = vital.step_type.map(|step| match step {
        StepType::Start => "start",
        StepType::End => "end",
    });
    let is_step = step_type.is_some() && vital.vital_type != Some(VitalType::Duration);
    let duration = vital.duration_us.map(ns).filter(|_| !is_step);
    let kind = match (duration, step_type) {
        (Some(_), _) => "duration",
        (None, Some(_)) => "operation_step",
        (None, None) => return None,
    };
    let is_step = kind == "operation_step";
    Some(Vital {
        id: vital.id.to_text(),
        kind,
        name: &vital.name,
        description: vital.description.as_deref(),
        duration,
        step_type: step_type.filter(|_| is_step),
        operation_key: vital.operation_key.as_deref().filter(|_| is_step),
        failure_reason: vital.failure_reason.filter(|_| is_step).map(|reason| match reason {
            FailureReason::Error => "error",
            FailureReason::Abandoned => "abandoned",
            FailureReason::Other => "other",
        }),
    })
}
