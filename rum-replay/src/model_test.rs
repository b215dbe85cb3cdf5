//! The engine against a plain model of a page: after random operations what it tells, put together by a reader that knows
//! only the records, is the model; and so is a snapshot it makes from its mirror.

#![allow(clippy::cast_possible_wrap, reason = "numbers of a test are small")]

mod driver;
mod packer;
mod page;
mod reader;

use crate::engine::{Engine, status};
use crate::ops::{self, Batch};
use driver::Driver;
pub(crate) use packer::{Packer, records};
use page::{Page, Seen, SeenSheet};
use reader::Reader;
use rum_protocol::replay::Role;
use std::collections::BTreeMap;

/// The page as a recorder finds it that begins now.
fn walked_anew(page: &Page) -> Reader {
    let mut packer = Packer::default();
    for (number, SeenSheet { rules, media, is_disabled }) in &page.sheets {
        packer.add(&[
            ops::SHEET,
            *number as i32,
            i32::from(*is_disabled),
            rules.len() as i32,
            media.len() as i32,
        ]);
        for text in rules.iter().chain(media) {
            packer.text(text);
        }
    }
    walk(page, page.root.unwrap(), &mut packer);
    for name in &page.defined {
        packer.add(&[ops::DEFINED, 1]).text(name);
    }
    packer.add(&[ops::WALKED]);
    let (words, texts) = packer.take();
    let mut engine = Engine::new();
    engine.batch(0, &words, &texts);
    let mut reader = Reader::default();
    engine.view(0, [1, 1, 1], b"");
    reader.read(&records(0, &engine.work(usize::MAX)));
    reader
}

fn walk(page: &Page, id: u32, packer: &mut Packer) {
    let Seen { kind, attributes, text, state, children, shadow, parent, sheets } = &page.nodes[&id];
    let (own, parent) = (id as i32, parent.unwrap_or(0) as i32);
    match kind.as_str() {
        "#document" => packer.add(&[ops::DOCUMENT, own, parent]),
        "#shadow-root" => packer.add(&[ops::SHADOW_ROOT, own, parent]),
        "#text" => packer.add(&[ops::TEXT, own, parent, 0]).text(text),
        "#doctype" => text
            .split('|')
            .fold(packer.add(&[ops::DOC_TYPE, own, parent, 0]), |packer, text| packer.text(text)),
        "#cdata-section" => packer.add(&[ops::C_DATA, own, parent, 0]),
        name => {
            packer
                .add(&[ops::ELEMENT, own, parent, 0])
                .name(name, Role::NodeName)
                .add(&[attributes.len() as i32]);
            attributes.iter().fold(&mut *packer, |packer, (name, value)| {
                packer.name(name, Role::AttributeValue).text(value)
            })
        }
    };
    if let Some(scroll) = state.get("scroll") {
        let position: Vec<i32> = scroll.split(' ').map(|part| part.parse().unwrap()).collect();
        packer.add(&[ops::SCROLL_POSITION, own]).add(&position);
    }
    if let Some(value) = state.get("value") {
        packer.add(&[ops::INPUT_VALUE, own]).text(value);
    }
    if !sheets.is_empty() {
        packer.add(&[ops::ATTACH_SHEETS, own, sheets.len() as i32]);
        for sheet in sheets {
            packer.add(&[*sheet as i32]);
        }
    }
    for child in shadow.iter().chain(children) {
        walk(page, *child, packer);
    }
}

#[test]
fn what_is_told_is_the_page_after_every_batch_and_so_is_a_snapshot() {
    for seed in 0..40 {
        let mut driver = Driver::new(seed);
        let mut owned = BTreeMap::new();
        let mut engine = Engine::new();
        let mut reader = Reader::default();
        driver.packer.add(&[ops::WALKED]);
        for batch in 0..60_u64 {
            for _ in 0..driver.random.usize(..30) {
                driver.step();
                driver.forget_sheets(&mut owned);
            }
            let (words, texts) = driver.packer.take();
            let at_ms = 1_000 + batch * 100;
            engine.segment(at_ms);
            let answer = engine.batch(at_ms, &words, &texts);
            assert_eq!((answer.status, answer.dropped), (status::WALKED, 0), "seed {seed}, batch {batch}");
            reader.read(&records(at_ms, &answer));
            // A view begins at first, and now and then.
            if batch == 0 || driver.random.u32(..8) == 0 {
                engine.view(at_ms, [800, 600, 1], b"https://shop.example/");
                let mut snapshot = Reader::default();
                snapshot.read(&records(at_ms, &engine.work(usize::MAX)));
                assert_eq!(snapshot.page.text(), driver.page.text(), "seed {seed}, snapshot at {batch}");
                reader = snapshot;
            }
            assert_eq!(reader.page.text(), driver.page.text(), "seed {seed}, batch {batch}");
        }
        // What a walk of the page leaves out here is left out of the comparison.
        for node in driver.page.nodes.values_mut() {
            node.state.retain(|what, _| matches!(*what, "scroll" | "value"));
        }
        let anew = walked_anew(&driver.page).page.text();
        assert_eq!(anew, driver.page.text(), "seed {seed}");
    }
}

#[test]
fn no_words_whatever_harm_the_mirror() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut engine = Engine::new();
    let mut driver = Driver::new(5);
    driver.packer.add(&[ops::WALKED]);
    let (words, texts) = driver.packer.take();
    engine.batch(0, &words, &texts);
    engine.view(0, [1, 1, 1], b"");
    let mut taken = 0;
    for round in 0..30_000_u64 {
        let mut words = Vec::new();
        let mut wanted = 0;
        for _ in 0..random.usize(1..5) {
            let mut operation = vec![random.u8(..50).into()];
            for letter in ops::shape(operation[0]).unwrap_or_default() {
                match letter {
                    b't' => wanted += 1,
                    b'c' => {
                        operation.push(random.i32(0..3));
                        wanted += operation.last().copied().unwrap();
                    }
                    b'e' | b's' => operation.push(0),
                    b'0'..=b'9' => operation.push(random.i32(..=i32::from(letter - b'0'))),
                    b'a' => operation.push(random.i32(..64) << 1),
                    b'm' => operation.push(random.i32(..)),
                    _ => operation.push(random.i32(0..12)),
                }
            }
            words.extend(operation.iter().flat_map(|word: &i32| word.to_le_bytes()));
        }
        let texts = vec!["x"; wanted as usize].join("\0");
        taken += u32::from(Batch::checked(&words, texts.as_bytes()).is_some());
        engine.segment(round);
        let answer = engine.batch(round, &words, texts.as_bytes());
        let told = records(round, &answer);
        assert_eq!(told.len() as u32, answer.records);
        if round % 500 == 0 {
            engine.view(round, [1, 1, 1], b"");
            records(round, &engine.work(usize::MAX));
        }
    }
    assert!(taken > 5_000, "most of it is well formed: {taken}");
}
