//! Where what the page gave a number is kept. The page counts nodes for as long as it lives and never uses a number again,
//! so those that are there are spread thinly over a long row: a page of the table is there as long as one of its numbers.

use alloc::vec;
use alloc::vec::Vec;

/// No place, no number, no text.
pub(crate) const NONE: u32 = u32::MAX;

/// Numbers of a table's page.
const PAGE: usize = 512;
/// Numbers are below this; a page would need weeks to count so far, and the row of pages takes at most 25 MB.
const MAX_NUMBER: u32 = 1 << 30;

/// Numbers (never 0) and a place for each.
pub(crate) struct Places {
    /// Places by number, and how many there are.
    pages: Vec<Vec<u32>>,
}

impl Places {
    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    /// The place of a number; [`NONE`] if it has none.
    pub(crate) fn get(&self, number: u32) -> u32 {
        let page = self.pages.get(number as usize / PAGE);
        page.and_then(|page| page.get(number as usize % PAGE)).copied().unwrap_or(NONE)
    }

    /// Gives a number, which has none, its place. Answers whether it can have one.
    pub(crate) fn put(&mut self, number: u32, place: u32) -> bool {
        if number == 0 || number >= MAX_NUMBER {
            return false;
        }
        let at = number as usize / PAGE;
        while self.pages.len() <= at {
            self.pages.push(Vec::new());
        }
        let page = &mut self.pages[at];
        if page.is_empty() {
            *page = vec![NONE; PAGE + 1];
            page[PAGE] = 0;
        }
        page[number as usize % PAGE] = place;
        page[PAGE] += 1;
        true
    }

    /// Forgets a number that has a place.
    pub(crate) fn drop(&mut self, number: u32) {
        let Some(page) = self.pages.get_mut(number as usize / PAGE).filter(|page| !page.is_empty()) else {
            return;
        };
        page[number as usize % PAGE] = NONE;
        page[PAGE] -= 1;
        if page[PAGE] == 0 {
            *page = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn numbers_are_found_after_any_order_of_putting_and_forgetting() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut places = Places::new();
        let mut model = BTreeMap::new();
        for round in 0..20_000_u32 {
            let number = random.u32(1..600) * 7;
            if model.remove(&number).is_some() {
                places.drop(number);
            } else {
                assert!(places.put(number, round));
                model.insert(number, round);
            }
            let asked = random.u32(1..600) * 7;
            assert_eq!(places.get(asked), model.get(&asked).copied().unwrap_or(NONE));
        }
        for number in model.into_keys() {
            places.drop(number);
        }
        assert!(places.pages.iter().all(Vec::is_empty), "memory goes with the numbers");
    }

    #[test]
    fn what_cannot_be_a_number_has_no_place() {
        let mut places = Places::new();
        assert!(!places.put(0, 1) && !places.put(u32::MAX, 1));
        assert!(places.put(3, 9));
        assert_eq!([0, 2, 3, 513, u32::MAX].map(|number| places.get(number)), [NONE, NONE, 9, NONE, NONE]);
    }
}
