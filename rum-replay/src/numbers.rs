//! Where something of a number is kept: the page numbers nodes and sheets for as long as it lives, we keep those that are
//! there. A table with open addresses, for std's costs 1.8 KB.

use alloc::vec;
use alloc::vec::Vec;

/// No place, no number, no text.
pub const NONE: u32 = u32::MAX;

/// Entries a new table has room for. A power of two, as every length of it.
const FIRST_LENGTH: usize = 64;

/// Numbers (never 0) and a place for each.
#[derive(Default)]
pub struct Numbers {
    /// Number and place; number 0 is a free entry. At most three quarters are taken.
    entries: Vec<(u32, u32)>,
    taken: usize,
}

impl Numbers {
    /// The place of a number; [`NONE`] if it has none.
    pub fn get(&self, number: u32) -> u32 {
        match self.entries.get(self.find(number)) {
            Some(&(found, place)) if found == number && number != 0 => place,
            _ => NONE,
        }
    }

    /// Gives a number its place.
    pub fn put(&mut self, number: u32, place: u32) {
        if self.taken * 4 >= self.entries.len() * 3 {
            let longer = vec![(0, 0); (self.entries.len() * 2).max(FIRST_LENGTH)];
            for (number, place) in core::mem::replace(&mut self.entries, longer) {
                let at = self.find(number);
                if number != 0 {
                    self.entries[at] = (number, place);
                }
            }
        }
        let at = self.find(number);
        self.taken += usize::from(self.entries[at].0 == 0);
        self.entries[at] = (number, place);
    }

    /// Forgets a number.
    pub fn drop(&mut self, number: u32) {
        if self.get(number) == NONE {
            return;
        }
        let mut hole = self.find(number);
        self.entries[hole] = (0, 0);
        self.taken -= 1;
        // What was put further on because of it must be found again: it moves up.
        let mask = self.entries.len() - 1;
        let mut at = (hole + 1) & mask;
        while self.entries[at].0 != 0 {
            let home = self.home(self.entries[at].0);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.entries[hole] = core::mem::take(&mut self.entries[at]);
                hole = at;
            }
            at = (at + 1) & mask;
        }
    }

    /// The entry of a number, or the free one it would get. There always is a free one.
    fn find(&self, number: u32) -> usize {
        let mask = self.entries.len().wrapping_sub(1);
        let mut at = self.home(number);
        while let Some(&(found, _)) = self.entries.get(at) {
            if found == 0 || found == number {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    /// Where to look first. Numbers come in rows, which the multiplication spreads (Fibonacci hashing).
    fn home(&self, number: u32) -> usize {
        number.wrapping_mul(0x9e37_79b9) as usize >> 4 & self.entries.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn numbers_are_found_after_any_order_of_putting_and_forgetting() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut numbers = Numbers::default();
        let mut model = BTreeMap::new();
        for round in 0..20_000_u32 {
            let number = random.u32(1..500) * 64;
            if random.bool() {
                numbers.put(number, round);
                model.insert(number, round);
            } else {
                numbers.drop(number);
                model.remove(&number);
            }
            let asked = random.u32(1..500) * 64;
            assert_eq!(numbers.get(asked), model.get(&asked).copied().unwrap_or(NONE));
        }
        assert_eq!(numbers.taken, model.len());
    }

    #[test]
    fn zero_and_what_was_never_put_have_no_place() {
        let mut numbers = Numbers::default();
        assert_eq!([numbers.get(0), numbers.get(3)], [NONE, NONE]);
        numbers.put(3, 9);
        numbers.drop(4);
        assert_eq!([numbers.get(0), numbers.get(3)], [NONE, 9]);
    }
}
