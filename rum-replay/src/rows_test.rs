use crate::rows::{KIND, NODE_WORDS, NODES, NONE, Rows, TextSlot, WIRE, key_of};
use rum_protocol::replay::Role;
use std::collections::BTreeMap;

const TEXT: u32 = Role::Text as u32;
const CSS: u32 = Role::Css as u32;
/// `MAX_UNUSED_BYTES`, and what the rows of so many texts take.
const MAX_BYTES: usize = 4 * 1024 * 1024 + 256 * 1024;

fn add(rows: &mut Rows, number: u32) -> u32 {
    let mut words = [0; NODE_WORDS];
    words[0] = key_of(number);
    words[KIND as usize] = 1;
    let row = rows.add(&words);
    rows.found(row);
    row
}

#[test]
fn numbers_are_found_after_any_order_of_adding_and_losing() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut rows = Rows::new();
    let mut model = BTreeMap::new();
    for round in 0..20_000_u32 {
        let number = random.u32(1..600) * 7;
        if let Some(row) = model.remove(&number) {
            rows.lose(row);
        } else {
            let row = add(&mut rows, number);
            rows.set(row, WIRE, round);
            model.insert(number, row);
            // Texts stand between them.
            rows.take(TEXT, number.to_string().as_bytes());
        }
        let asked = random.u32(1..600) * 7;
        assert_eq!(rows.find(asked, NODES), model.get(&asked).copied());
    }
    for row in model.into_values() {
        rows.lose(row);
    }
    assert!((1..600).all(|number| rows.find(number * 7, NODES).is_none()));
}

#[test]
fn memory_of_rows_that_are_gone_is_used_again() {
    let mut rows = Rows::new();
    let mut most = 0;
    for number in 0..200_000 {
        let row = add(&mut rows, number);
        rows.lose(row);
        if number == 1_000 {
            most = rows.bytes();
        }
    }
    assert_eq!(rows.bytes(), most);
}

#[test]
fn no_row_has_no_words() {
    let mut rows = Rows::new();
    add(&mut rows, 1);
    rows.set(NONE, WIRE, 5);
    assert_eq!([rows.get(NONE, 0), rows.get(NONE, WIRE), rows.get(0, 0)], [NONE, NONE, key_of(1)]);
    assert_eq!(rows.find(2, NODES), None);
}

#[test]
fn the_same_text_has_one_row_per_role() {
    let mut rows = Rows::new();
    let row = rows.take(TEXT, b"a");
    assert_eq!(rows.take(TEXT, b"a"), row);
    assert_ne!(rows.take(Role::AttributeValue as u32, b"a"), row);
    assert_eq!((rows.text(row), rows.get(row, WIRE)), ((&b"a"[..], TEXT), NONE));
}

#[test]
fn what_is_released_keeps_its_number_until_the_next_view() {
    let mut rows = Rows::new();
    let row = rows.take(TEXT, b"row 1");
    rows.set(row, WIRE, 5);
    rows.release(row);
    rows.tidy();
    let again = rows.take(TEXT, b"row 1");
    assert_eq!(rows.get(again, WIRE), 5);
    let before = rows.bytes();
    rows.release(again);
    rows.forget_told();
    assert_eq!(rows.bytes(), before - b"row 1".len());
    let anew = rows.take(TEXT, b"row 1");
    assert_eq!(rows.get(anew, WIRE), NONE);
}

#[test]
fn what_is_unused_goes_when_it_is_much() {
    let mut rows = Rows::new();
    let kept = rows.take(CSS, b"kept");
    for number in 0..6_000 {
        let row = rows.take(CSS, format!("{number}{}", "x".repeat(2_000)).as_bytes());
        rows.release(row);
        rows.tidy();
        assert!(rows.bytes() <= MAX_BYTES);
    }
    assert_eq!(rows.take(CSS, b"kept"), kept);
    assert_eq!(rows.text(kept).0, b"kept");
}

#[test]
fn thousands_of_texts_are_found_again() {
    let mut rows = Rows::new();
    let found: Vec<TextSlot> =
        (0..5_000).map(|number| rows.take(TEXT, number.to_string().as_bytes())).collect();
    for (number, row) in found.iter().enumerate() {
        assert_eq!(rows.take(TEXT, number.to_string().as_bytes()), *row);
        assert_eq!(rows.text(*row).0, number.to_string().as_bytes());
    }
}
