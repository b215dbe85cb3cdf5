//! A name and a selector for a clicked element that are safe to show: made of what developers wrote (tag,
//! role, id), never of what the page shows to its user.

use crate::signal::ClickTarget;
use alloc::string::String;
use rum_protocol::NameSource;

/// The selector: `tag#id`, or the tag alone where the id is not stable.
pub fn selector(target: &ClickTarget) -> String {
    with_id(&target.tag, &target.id)
}

/// The name: the explicit attribute, else `role#id`, such as `button#refill`.
pub fn name(target: &ClickTarget) -> (String, NameSource) {
    if target.action_name.is_empty() {
        (with_id(role(target), &target.id), NameSource::MaskPlaceholder)
    } else {
        (target.action_name.clone(), NameSource::CustomAttribute)
    }
}

fn role(target: &ClickTarget) -> &str {
    match target.tag.as_str() {
        _ if is_plain_word(&target.role) => &target.role,
        "a" => "link",
        tag => tag,
    }
}

fn with_id(word: &str, id: &str) -> String {
    let mut text = String::from(word);
    if is_plain_word(id) {
        text.push('#');
        text.push_str(id);
    }
    text
}

/// An id with a digit, a colon or the like is made up per render or carries a record number
/// (`patient-10442`); it is neither stable nor ours to send.
fn is_plain_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(tag: &str, id: &str, role: Option<&str>, action_name: Option<&str>) -> ClickTarget {
        ClickTarget {
            tag: tag.into(),
            id: id.into(),
            role: role.unwrap_or_default().into(),
            action_name: action_name.unwrap_or_default().into(),
            ..ClickTarget::default()
        }
    }

    #[test]
    fn the_explicit_attribute_wins() {
        let named = target("button", "refill", None, Some("Refill"));
        assert_eq!(name(&named), ("Refill".into(), NameSource::CustomAttribute));
    }

    #[test]
    fn else_role_and_stable_id_make_the_name() {
        for (clicked, expected) in [
            (target("button", "refill", None, None), "button#refill"),
            (target("a", "", None, None), "link"),
            (target("div", "menu", Some("menuitem"), Some("")), "menuitem#menu"),
            (target("div", "", Some("Ann's pills"), None), "div"),
        ] {
            assert_eq!(name(&clicked), (String::from(expected), NameSource::MaskPlaceholder));
        }
    }

    #[test]
    fn ids_that_may_carry_a_record_number_are_left_out() {
        for id in ["patient-10442", ":r1:", "ann@example.org", ""] {
            assert_eq!(selector(&target("tr", id, None, None)), "tr", "{id}");
        }
    }
}
