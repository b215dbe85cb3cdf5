//! The state of a view, and how a newly arrived state joins the stored one.
//!
//! States come whole (`view`) or in part (`view_update`, or a child event that only proves the view exists),
//! and after retries out of order. A later state wins; an earlier one that arrives late fills what is
//! missing and raises what can only grow, so no order of arrival loses a measurement.

use rusqlite::{Connection, OptionalExtension, Row, params};

/// How much of the view a state tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// Everything: what is absent is not there.
    Whole,
    /// Only what changed: what is absent is as before.
    Part,
}

/// A state of a view, as it arrived or as it is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ViewState {
    pub(super) application_id: String,
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) client: &'static str,
    pub(super) url: String,
    pub(super) started_ms: u64,
    pub(super) received_ms: u64,
    /// 0 for a view known only from its actions or errors.
    pub(super) document_version: u64,
    pub(super) details: Details,
}

/// What a view may leave open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Details {
    pub(super) name: Option<String>,
    pub(super) loading_type: Option<String>,
    pub(super) is_active: Option<bool>,
    pub(super) time_spent_us: Option<u64>,
    pub(super) action_count: Option<u64>,
    pub(super) error_count: Option<u64>,
    pub(super) resource_count: Option<u64>,
    pub(super) long_task_count: Option<u64>,
    pub(super) frustration_count: Option<u64>,
    pub(super) loading_time_us: Option<u64>,
    pub(super) lcp_us: Option<u64>,
    pub(super) fcp_us: Option<u64>,
    pub(super) ttfb_us: Option<u64>,
    pub(super) cls: Option<f64>,
    pub(super) inp_us: Option<u64>,
}

/// Names of our SDK and of the official one in `client`.
pub(super) const RUM_WASM: &str = "rum-wasm";
pub(super) const DATADOG: &str = "datadog";

impl ViewState {
    /// Joins a state that arrived with the stored one.
    pub(super) fn join(stored: Self, arrived: Self, extent: Extent) -> Self {
        let received_ms = stored.received_ms.min(arrived.received_ms);
        let started_ms = match (stored.document_version, arrived.document_version) {
            // Of two guesses, the earlier child is nearer to the start.
            (0, 0) => stored.started_ms.min(arrived.started_ms),
            (_, 0) => stored.started_ms,
            _ => arrived.started_ms,
        };
        let (mut joined, details) = if arrived.document_version > stored.document_version {
            let details = match extent {
                Extent::Whole => arrived.details.clone(),
                Extent::Part => arrived.details.clone().or(stored.details),
            };
            (arrived, details)
        } else {
            let details = stored.details.clone().or_growing(arrived.details);
            (stored, details)
        };
        joined.details = details;
        Self { started_ms, received_ms, ..joined }
    }

    /// The stored state of a view.
    pub(super) fn load(
        connection: &Connection,
        application_id: &str,
        id: &str,
    ) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached("SELECT * FROM view WHERE application_id = ? AND id = ?")?
            .query_row(params![application_id, id], from_row)
            .optional()
    }

    /// Stores the state in place of an earlier one. Not `INSERT OR REPLACE`, which would delete the row and its
    /// places in the indexes first.
    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let details = &self.details;
        connection
            .prepare_cached(
                "INSERT INTO view (application_id, id, session_id, client, url, name, loading_type,
                     started_ms, received_ms, document_version, is_active, time_spent_us, action_count,
                     error_count, lcp_us, fcp_us, ttfb_us, cls, inp_us, resource_count, long_task_count,
                     frustration_count, loading_time_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                     ?20, ?21, ?22, ?23)
                 ON CONFLICT (application_id, id) DO UPDATE SET
                     session_id = ?3, client = ?4, url = ?5, name = ?6, loading_type = ?7, started_ms = ?8,
                     received_ms = ?9, document_version = ?10, is_active = ?11, time_spent_us = ?12,
                     action_count = ?13, error_count = ?14, lcp_us = ?15, fcp_us = ?16, ttfb_us = ?17,
                     cls = ?18, inp_us = ?19, resource_count = ?20, long_task_count = ?21,
                     frustration_count = ?22, loading_time_us = ?23",
            )?
            .execute(params![
                self.application_id,
                self.id,
                self.session_id,
                self.client,
                self.url,
                details.name,
                details.loading_type,
                self.started_ms.cast_signed(),
                self.received_ms.cast_signed(),
                self.document_version.cast_signed(),
                details.is_active,
                details.time_spent_us.map(u64::cast_signed),
                details.action_count.map(u64::cast_signed),
                details.error_count.map(u64::cast_signed),
                details.lcp_us.map(u64::cast_signed),
                details.fcp_us.map(u64::cast_signed),
                details.ttfb_us.map(u64::cast_signed),
                details.cls,
                details.inp_us.map(u64::cast_signed),
                details.resource_count.map(u64::cast_signed),
                details.long_task_count.map(u64::cast_signed),
                details.frustration_count.map(u64::cast_signed),
                details.loading_time_us.map(u64::cast_signed),
            ])
            .map(drop)
    }
}

impl Details {
    fn or(self, earlier: Self) -> Self {
        Self {
            name: self.name.or(earlier.name),
            loading_type: self.loading_type.or(earlier.loading_type),
            is_active: self.is_active.or(earlier.is_active),
            time_spent_us: self.time_spent_us.or(earlier.time_spent_us),
            action_count: self.action_count.or(earlier.action_count),
            error_count: self.error_count.or(earlier.error_count),
            resource_count: self.resource_count.or(earlier.resource_count),
            long_task_count: self.long_task_count.or(earlier.long_task_count),
            frustration_count: self.frustration_count.or(earlier.frustration_count),
            loading_time_us: self.loading_time_us.or(earlier.loading_time_us),
            lcp_us: self.lcp_us.or(earlier.lcp_us),
            fcp_us: self.fcp_us.or(earlier.fcp_us),
            ttfb_us: self.ttfb_us.or(earlier.ttfb_us),
            cls: self.cls.or(earlier.cls),
            inp_us: self.inp_us.or(earlier.inp_us),
        }
    }

    /// As [`Self::or`], but counts, time spent, LCP and CLS only ever grow, so the larger is the later one.
    /// INP may shrink: it is a percentile.
    fn or_growing(self, earlier: Self) -> Self {
        let cls = match (self.cls, earlier.cls) {
            (Some(cls), Some(earlier)) => Some(cls.max(earlier)),
            (cls, earlier) => cls.or(earlier),
        };
        Self {
            time_spent_us: self.time_spent_us.max(earlier.time_spent_us),
            action_count: self.action_count.max(earlier.action_count),
            error_count: self.error_count.max(earlier.error_count),
            resource_count: self.resource_count.max(earlier.resource_count),
            long_task_count: self.long_task_count.max(earlier.long_task_count),
            frustration_count: self.frustration_count.max(earlier.frustration_count),
            lcp_us: self.lcp_us.max(earlier.lcp_us),
            cls,
            ..self.or(earlier)
        }
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ViewState> {
    let number = |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, i64>(name)?.cast_unsigned());
    let maybe =
        |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(name)?.map(i64::cast_unsigned));
    Ok(ViewState {
        application_id: row.get("application_id")?,
        id: row.get("id")?,
        session_id: row.get("session_id")?,
        client: if row.get::<_, String>("client")? == DATADOG { DATADOG } else { RUM_WASM },
        url: row.get("url")?,
        started_ms: number("started_ms")?,
        received_ms: number("received_ms")?,
        document_version: number("document_version")?,
        details: Details {
            name: row.get("name")?,
            loading_type: row.get("loading_type")?,
            is_active: row.get("is_active")?,
            time_spent_us: maybe("time_spent_us")?,
            action_count: maybe("action_count")?,
            error_count: maybe("error_count")?,
            resource_count: maybe("resource_count")?,
            long_task_count: maybe("long_task_count")?,
            frustration_count: maybe("frustration_count")?,
            loading_time_us: maybe("loading_time_us")?,
            lcp_us: maybe("lcp_us")?,
            fcp_us: maybe("fcp_us")?,
            ttfb_us: maybe("ttfb_us")?,
            cls: row.get("cls")?,
            inp_us: maybe("inp_us")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(document_version: u64, details: Details) -> ViewState {
        ViewState { document_version, details, ..ViewState::default() }
    }

    #[test]
    fn a_later_whole_state_replaces_and_a_later_part_adds() {
        let first =
            state(1, Details { name: Some("cart".into()), error_count: Some(1), ..Details::default() });
        let part = state(2, Details { error_count: Some(2), ..Details::default() });
        let joined = ViewState::join(first, part, Extent::Part);
        assert_eq!((joined.document_version, joined.details.error_count), (2, Some(2)));
        assert_eq!(joined.details.name.as_deref(), Some("cart"));
        let whole = state(3, Details { error_count: Some(3), ..Details::default() });
        assert_eq!(ViewState::join(joined, whole, Extent::Whole).details.name, None);
    }

    #[test]
    fn states_end_alike_in_every_order_of_arrival() {
        let states = [
            (
                state(1, Details { lcp_us: Some(5), error_count: Some(0), ..Details::default() }),
                Extent::Whole,
            ),
            (state(2, Details { lcp_us: Some(9), ..Details::default() }), Extent::Part),
            (state(3, Details { error_count: Some(2), cls: Some(0.1), ..Details::default() }), Extent::Part),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let joined = order
                .into_iter()
                .map(|index| states[index].clone())
                .reduce(|(stored, _), (arrived, extent)| {
                    let once = ViewState::join(stored, arrived.clone(), extent);
                    // A second delivery of the same state changes nothing.
                    assert_eq!(ViewState::join(once.clone(), arrived, extent), once);
                    (once, extent)
                })
                .unwrap()
                .0;
            let details = joined.details;
            assert_eq!(
                (details.lcp_us, details.error_count, details.cls),
                (Some(9), Some(2), Some(0.1)),
                "{order:?}"
            );
        }
    }
}
