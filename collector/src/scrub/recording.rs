//! Segments of our own replay: each text once, where it is defined, by its role. What becomes of it is what becomes of
//! it in Datadog's JSON of the same segment; a property test holds one against the other.

use super::Scrubber;
use super::field::Path;
use super::place::Place;
use super::report::Report;
use rum_protocol::replay::{Change, RecordKind, Role, Segment};

/// Where the texts of changes, the URL of a view and a rule that was inserted stand in Datadog's JSON. Lists have no
/// keys, so nothing tells the texts of one role from those of another.
const CHANGES: [&str; 2] = ["records", "data"];
const HREF: [&str; 3] = ["records", "data", "href"];
const RULE: [&str; 4] = ["records", "data", "adds", "rule"];

impl Scrubber {
    /// Scrubs a segment in place: texts, values, URLs and the URLs in style sheets; never names of nodes and attributes.
    pub fn scrub_recording(&self, segment: &mut Segment, report: &mut Report) {
        let (changes, href, rule) = (Path::of(&CHANGES), Path::of(&HREF), Path::of(&RULE));
        for record in &mut segment.records {
            match &mut record.kind {
                RecordKind::Meta { href: url, .. } => self.scrub_in_place(&href, Place::Url, url, report),
                RecordKind::FullSnapshot(told) | RecordKind::Changes(told) => {
                    for change in told {
                        if let Change::AddStrings { role, texts } = change
                            && let Some(place) = place(*role)
                        {
                            for text in texts {
                                self.scrub_in_place(&changes, place, text, report);
                            }
                        }
                    }
                }
                RecordKind::Rule { inserted: Some(text), .. } => {
                    self.scrub_in_place(&rule, Place::Css, text, report);
                }
                RecordKind::Focus(_)
                | RecordKind::ViewEnd
                | RecordKind::VisualViewport(_)
                | RecordKind::Frustration { .. }
                | RecordKind::PointerMoves { .. }
                | RecordKind::Interaction { .. }
                | RecordKind::Scroll { .. }
                | RecordKind::Resize { .. }
                | RecordKind::Media { .. }
                | RecordKind::Rule { inserted: None, .. }
                | RecordKind::Pointer { .. }
                | RecordKind::Selection { .. } => {}
            }
        }
    }

    fn scrub_in_place(&self, path: &Path<'_>, place: Place, text: &mut String, report: &mut Report) {
        if let Some(scrubbed) = self.scrub_string(path, place, text, report) {
            *text = scrubbed;
        }
    }
}

/// How texts of a role are read; `None` for those that are names.
fn place(role: Role) -> Option<Place> {
    match role {
        Role::NodeName | Role::AttributeName => None,
        Role::AttributeValue | Role::Text | Role::FormInput => Some(Place::Text),
        Role::Css => Some(Place::Css),
        Role::Url => Some(Place::Url),
    }
}
