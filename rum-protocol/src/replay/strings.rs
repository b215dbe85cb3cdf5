//! Which texts were told already. A table of our own: std's costs 1.8 KB in the page.

use super::limits::{MAX_INTERNED_BYTES, MAX_INTERNED_TOTAL_BYTES, SOFT_MAX_STRINGS};
use super::model::{Role, StringRef};
use alloc::vec::Vec;

/// Places (a power of two) of a new table.
const FIRST_PLACES: usize = 1_024;

/// Places that are looked at before a text counts as new. A page may choose its texts so that they fall on one place;
/// what that costs is bounded, and a text told twice is told right.
const MAX_PROBES: usize = 32;

/// Numbers of texts by role and text.
pub(super) struct Strings {
    places: Vec<Place>,
    used: usize,
    texts: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    hash: u32,
    /// Where the text stands in `texts`.
    start: u32,
    /// `length << 3 | role`; 0 is a free place.
    length_and_role: u32,
    number: StringRef,
}

/// Where to look, or to write.
pub(super) enum Lookup {
    Known(StringRef),
    /// Not there; it can be remembered here.
    Free(Slot),
    /// Not there, and not to be remembered.
    Unwanted,
}

pub(super) struct Slot {
    place: usize,
    hash: u32,
    length_and_role: u32,
}

impl Strings {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), used: 0, texts: Vec::new() }
    }

    pub(super) fn find(&mut self, role: Role, text: &str) -> Lookup {
        if text.len() > MAX_INTERNED_BYTES {
            return Lookup::Unwanted;
        }
        // Three quarters full.
        if self.used * 4 >= self.places.len() * 3 {
            self.grow();
        }
        let length_and_role = (text.len() as u32) << 3 | role as u32;
        let hash = hash(length_and_role, text.as_bytes());
        let mask = self.places.len() - 1;
        for probe in 0..MAX_PROBES {
            let index = (hash as usize + probe) & mask;
            let place = self.places[index];
            if place.length_and_role == 0 {
                let is_full = self.used >= SOFT_MAX_STRINGS as usize
                    || self.texts.len() + text.len() > MAX_INTERNED_TOTAL_BYTES;
                if is_full {
                    break;
                }
                return Lookup::Free(Slot { place: index, hash, length_and_role });
            }
            if place.hash == hash && place.length_and_role == length_and_role {
                let start = place.start as usize;
                if self.texts.get(start..start + text.len()) == Some(text.as_bytes()) {
                    return Lookup::Known(place.number);
                }
            }
        }
        Lookup::Unwanted
    }

    pub(super) fn remember(&mut self, slot: &Slot, text: &str, number: StringRef) {
        let Slot { place, hash, length_and_role } = *slot;
        let start = self.texts.len() as u32;
        self.texts.extend_from_slice(text.as_bytes());
        self.places[place] = Place { hash, start, length_and_role, number };
        self.used += 1;
    }

    fn grow(&mut self) {
        let count = (self.places.len() * 2).max(FIRST_PLACES);
        let mut places = alloc::vec![Place::default(); count];
        for place in self.places.iter().filter(|place| place.length_and_role != 0) {
            let free = (0..MAX_PROBES)
                .map(|probe| (place.hash as usize + probe) & (count - 1))
                .find(|&index| places[index].length_and_role == 0);
            // One that finds no place is told anew the next time.
            if let Some(index) = free {
                places[index] = *place;
            }
        }
        self.places = places;
    }
}

/// Four bytes at a time; multiplied by 2³² / φ, which spreads what differs in few bits.
fn hash(seed: u32, bytes: &[u8]) -> u32 {
    const SPREAD: u32 = 0x9e37_79b9;
    let mut hash = seed.wrapping_mul(SPREAD);
    for word in bytes.chunks(4) {
        let word = word.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }
    // The last places are taken from the low bits, which know least of what was multiplied.
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// As the encoder does.
    fn intern(strings: &mut Strings, role: Role, text: &str, number: StringRef) -> StringRef {
        match strings.find(role, text) {
            Lookup::Known(known) => known,
            Lookup::Free(slot) => {
                strings.remember(&slot, text, number);
                number
            }
            Lookup::Unwanted => number,
        }
    }

    #[test]
    fn a_text_is_known_by_role_and_bytes_through_growth() {
        let mut strings = Strings::new();
        for number in 0..20_000 {
            assert_eq!(intern(&mut strings, Role::Text, &format!("text {number}"), number), number);
        }
        let again = |strings: &mut Strings, role| {
            (0..20_000).filter(|&n| intern(strings, role, &format!("text {n}"), 99_999) == n).count()
        };
        // All but those that found no place at three quarters full.
        assert!(again(&mut strings, Role::Text) > 19_900);
        assert_eq!(again(&mut strings, Role::Css), 0);
    }

    #[test]
    fn an_empty_text_is_a_text() {
        let mut strings = Strings::new();
        assert_eq!(intern(&mut strings, Role::Text, "", 7), 7);
        assert_eq!(intern(&mut strings, Role::Text, "", 8), 7);
        assert_eq!(intern(&mut strings, Role::Css, "", 9), 9);
    }

    #[test]
    fn long_texts_are_not_kept() {
        let mut strings = Strings::new();
        let long = "x".repeat(MAX_INTERNED_BYTES + 1);
        assert_eq!(intern(&mut strings, Role::Css, &long, 1), 1);
        assert_eq!(intern(&mut strings, Role::Css, &long, 2), 2);
        assert_eq!(strings.texts.len(), 0);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut strings = Strings::new();
        for number in 0..MAX_INTERNED_TOTAL_BYTES / MAX_INTERNED_BYTES + 5 {
            let text = format!("{number:0MAX_INTERNED_BYTES$}");
            intern(&mut strings, Role::Text, &text, number as StringRef);
        }
        // Some may have found no place.
        let kept_bytes = strings.texts.len();
        assert!((MAX_INTERNED_TOTAL_BYTES * 99 / 100..=MAX_INTERNED_TOTAL_BYTES).contains(&kept_bytes));
        // What was kept is still known.
        let first = "0".repeat(MAX_INTERNED_BYTES);
        assert_eq!(intern(&mut strings, Role::Text, &first, 99_999), 0);
    }
}
