//! Vitals the application defines itself: durations and operations.

use crate::Id;
use alloc::string::String;
use minicbor::{Decode, Encode};

/// A duration the application measured, or a step of an operation it named.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct VitalEvent {
    /// Datadog `vital.id`.
    #[n(0)]
    pub id: Id,
    /// Datadog `vital.type`; `None` for a type newer than the reader.
    #[cbor(n(1), decode_with = "crate::optional::known")]
    pub vital_type: Option<VitalType>,
    /// Datadog `vital.name`.
    #[n(2)]
    pub name: String,
    /// Of a duration. Datadog `vital.duration`.
    #[n(3)]
    pub duration_us: Option<u64>,
    /// Of an operation step. Datadog `vital.step_type`.
    #[cbor(n(4), decode_with = "crate::optional::known")]
    pub step_type: Option<StepType>,
    /// Tells operations of one name apart. Datadog `vital.operation_key`.
    #[n(5)]
    pub operation_key: Option<String>,
    /// Of a last step that failed. Datadog `vital.failure_reason`.
    #[cbor(n(6), decode_with = "crate::optional::known")]
    pub failure_reason: Option<FailureReason>,
    /// Datadog `vital.description`.
    #[n(7)]
    pub description: Option<String>,
    /// The application's own facts, as the text of one JSON object. Datadog `context`.
    #[n(8)]
    pub context_json: Option<String>,
}

/// Datadog `vital.type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum VitalType {
    /// `duration`
    #[n(0)]
    Duration,
    /// `operation_step`
    #[n(1)]
    OperationStep,
}

/// Datadog `vital.step_type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum StepType {
    /// `start`
    #[n(0)]
    Start,
    /// `end`
    #[n(1)]
    End,
}

/// Datadog `vital.failure_reason`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum FailureReason {
    /// `error`
    #[n(0)]
    Error,
    /// `abandoned`
    #[n(1)]
    Abandoned,
    /// `other`
    #[n(2)]
    Other,
}
