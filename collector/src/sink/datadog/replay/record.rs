//! Records, in the order of keys the official SDK writes them.

use super::Dialect;
use super::change::Changes;
use super::json::Json;
use crate::sink::datadog::rum::action::frustrations;
use rum_protocol::replay::{
    InteractionKind, MediaState, PointerKind, PointerPhase, Position, Record, RecordKind, VisualViewport,
};

/// Whether the view can be shown from this record on, as Datadog's SDK counts it.
pub(super) fn shows_all(kind: &RecordKind, index_in_view: u32) -> bool {
    matches!(kind, RecordKind::FullSnapshot(_))
        || (matches!(kind, RecordKind::Changes(_)) && index_in_view == 0)
}

/// Writes a record, unless the dialect has none for it; what is written of it then is no use.
pub(super) fn write(json: &mut Json, next_node: &mut u32, record: &Record, dialect: Dialect) -> bool {
    let type_of_record = match &record.kind {
        RecordKind::FullSnapshot(changes) => {
            *next_node = 0;
            let mut data = Changes::begin(json, next_node, dialect);
            data.fixed_names();
            data.write_all(changes);
            data.end();
            "\"format\":1,\"type\":2"
        }
        RecordKind::Changes(changes) => {
            let mut data = Changes::begin(json, next_node, dialect);
            data.write_all(changes);
            if !data.end() {
                return false;
            }
            "\"type\":12"
        }
        RecordKind::ViewEnd => {
            json.raw("{\"type\":7,\"timestamp\":").number(record.at_ms).raw("}");
            return true;
        }
        RecordKind::Meta { width, height, href } => {
            json.raw("{\"data\":{\"height\":").number(*height).raw(",\"href\":").text(href);
            json.raw(",\"width\":").number(*width).raw("},");
            "\"type\":4"
        }
        RecordKind::Focus(has_focus) => {
            json.raw("{\"data\":{\"has_focus\":").raw(if *has_focus { "true" } else { "false" }).raw("},");
            "\"type\":6"
        }
        RecordKind::VisualViewport(viewport) => {
            visual_viewport(json, viewport);
            "\"type\":8"
        }
        RecordKind::Frustration { kinds, interaction } => {
            frustration(json, *kinds, *interaction);
            "\"type\":9"
        }
        RecordKind::Selection { .. } | RecordKind::Media { .. } => match ours(json, &record.kind, dialect) {
            Some(type_of_record) => type_of_record,
            None => return false,
        },
        happened => {
            incremental(json, happened);
            "\"type\":3"
        }
    };
    json.raw(type_of_record).raw(",\"timestamp\":").number(record.at_ms).raw("}");
    true
}

/// What Datadog has no word for, or not always, up to its type.
fn ours(json: &mut Json, kind: &RecordKind, dialect: Dialect) -> Option<&'static str> {
    let ours = match kind {
        RecordKind::Media { node, state } => match media(*state) {
            Media::Played(kind) => {
                json.raw("{\"data\":{\"source\":7,\"id\":")
                    .number(*node)
                    .raw(",\"type\":")
                    .raw(kind)
                    .raw("},");
                return Some("\"type\":3");
            }
            Media::Ours(state, value) => {
                json.raw("{\"data\":{\"id\":").number(*node).raw(",\"state\":\"").raw(state);
                json.raw("\",\"value\":").float(value).raw("},");
                "\"type\":101"
            }
        },
        RecordKind::Selection { start, start_offset, end, end_offset } => {
            json.raw("{\"data\":{\"start\":").number(*start).raw(",\"startOffset\":").number(*start_offset);
            json.raw(",\"end\":").number(*end).raw(",\"endOffset\":").number(*end_offset).raw("},");
            "\"type\":100"
        }
        _ => return None,
    };
    // What was written is taken back by the caller.
    (dialect == Dialect::Viewer).then_some(ours)
}

/// Type 3, up to its type.
fn incremental(json: &mut Json, kind: &RecordKind) {
    if let RecordKind::Interaction { number: number @ 1.., .. } = kind {
        json.raw("{\"id\":").number(*number).raw(",\"data\":{\"source\":");
    } else {
        json.raw("{\"data\":{\"source\":");
    }
    match kind {
        RecordKind::PointerMoves { is_touch, positions: all } => {
            json.raw(if *is_touch { "6" } else { "1" });
            positions(json, all);
        }
        RecordKind::Interaction { kind, node, x, y, .. } => {
            json.raw("2,\"id\":").number(*node).raw(",\"type\":").number(*kind as u32);
            if !matches!(kind, InteractionKind::Focus | InteractionKind::Blur) {
                json.raw(",\"x\":").signed(*x).raw(",\"y\":").signed(*y);
            }
        }
        RecordKind::Scroll { node, x, y } => {
            json.raw("3,\"id\":").number(*node).raw(",\"x\":").signed(*x).raw(",\"y\":").signed(*y);
        }
        RecordKind::Resize { width, height } => {
            json.raw("4,\"width\":").number(*width).raw(",\"height\":").number(*height);
        }
        RecordKind::Rule { owner, index, inserted: Some(rule) } => {
            json.raw("8,\"id\":").number(*owner).raw(",\"adds\":[{\"rule\":").text(rule);
            json.raw(",\"index\":").number(*index).raw("}]");
        }
        RecordKind::Rule { owner, index, inserted: None } => {
            json.raw("8,\"id\":").number(*owner).raw(",\"removes\":[{\"index\":").number(*index).raw("}]");
        }
        RecordKind::Pointer { phase, kind, pointer, x, y } => {
            json.raw("9,\"pointerEventType\":\"").raw(phase_name(*phase));
            json.raw("\",\"pointerType\":\"").raw(pointer_name(*kind));
            json.raw("\",\"pointerId\":").signed(*pointer);
            json.raw(",\"x\":").signed(*x).raw(",\"y\":").signed(*y);
        }
        _ => {}
    }
    json.raw("},");
}

fn positions(json: &mut Json, positions: &[Position]) {
    json.raw(",\"positions\":[");
    for (index, Position { node, x, y, offset_ms }) in positions.iter().enumerate() {
        json.raw(if index == 0 { "{\"id\":" } else { ",{\"id\":" }).number(*node);
        json.raw(",\"timeOffset\":").signed(*offset_ms);
        json.raw(",\"x\":").signed(*x).raw(",\"y\":").signed(*y).raw("}");
    }
    json.raw("]");
}

fn visual_viewport(json: &mut Json, viewport: &VisualViewport) {
    let VisualViewport { offset_left, offset_top, page_left, page_top, width, height, scale } = *viewport;
    json.raw("{\"data\":{\"scale\":").float(scale);
    json.raw(",\"offsetLeft\":").float(offset_left).raw(",\"offsetTop\":").float(offset_top);
    json.raw(",\"pageLeft\":").float(page_left).raw(",\"pageTop\":").float(page_top);
    json.raw(",\"height\":").float(height).raw(",\"width\":").float(width).raw("},");
}

fn frustration(json: &mut Json, kinds: u8, interaction: u32) {
    json.raw("{\"data\":{\"frustrationTypes\":[");
    for (index, name) in frustrations(kinds.into()).into_iter().enumerate() {
        json.raw(if index == 0 { "" } else { "," }).text(name);
    }
    json.raw("],\"recordIds\":[").number(interaction).raw("]},");
}

enum Media {
    /// Datadog's `type`.
    Played(&'static str),
    Ours(&'static str, f32),
}

fn media(state: MediaState) -> Media {
    match state {
        MediaState::Playing => Media::Played("0"),
        MediaState::Paused => Media::Played("1"),
        MediaState::Seeked(time) => Media::Ours("seeked", time),
        MediaState::Rate(rate) => Media::Ours("rate", rate),
        MediaState::Volume(volume) => Media::Ours("volume", volume),
    }
}

fn phase_name(phase: PointerPhase) -> &'static str {
    match phase {
        PointerPhase::Down => "down",
        PointerPhase::Up => "up",
        PointerPhase::Move => "move",
    }
}

fn pointer_name(kind: PointerKind) -> &'static str {
    match kind {
        PointerKind::Mouse => "mouse",
        PointerKind::Touch => "touch",
        PointerKind::Pen => "pen",
    }
}
