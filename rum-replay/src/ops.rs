//! Reads the packed operations of `js-loader/src/replay/ops.ts`, which says what each of them means.
//!
//! A batch is looked through as a whole before anything of it is done: one that is torn changes nothing. What is behind a
//! word (a node, a name, a state) is judged where it is used.

/// The list of operations, once for us and once for the test that compares it with the other side's.
macro_rules! operations {
    ($($name:ident = $number:literal,)*) => {
        $(#[allow(missing_docs, reason = "ops.ts has the words of each")] pub const $name: i32 = $number;)*
        #[cfg(test)]
        const ALL: &[(&str, i32)] = &[$((stringify!($name), $number),)*];
    };
}

operations! {
    ELEMENT = 1,
    TEXT = 2,
    DOC_TYPE = 3,
    DOCUMENT = 4,
    SHADOW_ROOT = 5,
    C_DATA = 6,
    REMOVE = 7,
    MOVE = 8,
    ATTRIBUTE = 9,
    ATTRIBUTE_REMOVED = 10,
    DATA = 11,
    INPUT_VALUE = 12,
    INPUT_SELECTION = 13,
    SCROLL_POSITION = 14,
    SIZE = 15,
    MEDIA_PLAYS = 16,
    TOP_LAYER = 17,
    DEFINED = 18,
    SHEET = 20,
    ATTACH_SHEETS = 21,
    RULE_INSERTED = 22,
    RULE_DELETED = 23,
    WALKED = 30,
    POINTER_MOVED = 40,
    INTERACTION = 41,
    SCROLLED = 42,
    RESIZED = 43,
    VISUAL_VIEWPORT = 44,
    FOCUS = 45,
    MEDIA = 46,
    SELECTED = 47,
    POINTER = 48,
    FRUSTRATION = 49,
}

/// Bytes of a word.
pub const WORD_BYTES: usize = 4;
/// Most words an operation has before those that are counted.
const MAX_FIXED_WORDS: usize = 8;

/// The word of a name: its number, the role of an attribute's value, whether it is new and therefore the next text.
#[derive(Clone, Copy)]
pub struct NameWord(pub i32);

impl NameWord {
    pub fn number(self) -> usize {
        self.0.cast_unsigned() as usize >> 4
    }

    pub fn role(self) -> i32 {
        self.0 >> 1 & 7
    }

    pub fn is_new(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Operations that are still to be done.
pub struct Batch<'a> {
    words: &'a [u8],
    texts: &'a str,
}

impl<'a> Batch<'a> {
    /// A batch that is whole: every operation is known and has its words, and there are as many texts as they
    /// ask for.
    pub fn checked(words: &'a [u8], texts: &'a [u8]) -> Option<Self> {
        let mut batch = Self { words, texts: core::str::from_utf8(texts).ok()? };
        let mut wanted: usize = 0;
        while !batch.words.is_empty() {
            wanted = batch.skip()?.checked_add(wanted)?;
        }
        // No text and one empty text look the same.
        let there = if texts.is_empty() { wanted.min(1) } else { texts.iter().filter(|&&byte| byte == 0).count() + 1 };
        batch.words = words;
        (wanted == there).then_some(batch)
    }

    /// The next word; only the check meets the end.
    pub fn word(&mut self) -> Option<i32> {
        let (word, rest) = self.words.split_first_chunk::<WORD_BYTES>()?;
        self.words = rest;
        Some(i32::from_le_bytes(*word))
    }

    /// The next word, which the check has seen.
    pub fn next(&mut self) -> i32 {
        self.word().unwrap_or_default()
    }

    /// The next word: a number of the page, a count, an index.
    pub fn number(&mut self) -> u32 {
        self.next().cast_unsigned()
    }

    /// The next text.
    pub fn text(&mut self) -> &'a str {
        let (text, rest) = self.texts.split_once('\0').unwrap_or((self.texts, ""));
        self.texts = rest;
        text
    }

    /// Goes over an operation; answers how many texts it has.
    fn skip(&mut self) -> Option<usize> {
        let op = self.word()?;
        let (words, mut texts) = match op {
            WALKED => (0, 0),
            REMOVE | DEFINED => (1, 0),
            DATA | INPUT_VALUE => (1, 1),
            ATTRIBUTE | RULE_INSERTED => (2, 1),
            DOCUMENT | SHADOW_ROOT | ATTRIBUTE_REMOVED | INPUT_SELECTION | MEDIA_PLAYS | TOP_LAYER | ATTACH_SHEETS | RULE_DELETED
            | FOCUS => (2, 0),
            C_DATA | MOVE | SCROLL_POSITION | SIZE | RESIZED | FRUSTRATION => (3, 0),
            TEXT => (3, 1),
            DOC_TYPE => (3, 3),
            SHEET | SCROLLED | MEDIA => (4, 0),
            ELEMENT | POINTER_MOVED | SELECTED => (5, 0),
            INTERACTION | POINTER => (6, 0),
            VISUAL_VIEWPORT => (8, 0),
            _ => return None,
        };
        let mut fixed = [0; MAX_FIXED_WORDS];
        for word in fixed.iter_mut().take(words) {
            *word = self.word()?;
        }
        match op {
            ELEMENT => {
                texts += usize::from(NameWord(fixed[3]).is_new());
                for _ in 0..usize::try_from(fixed[4]).ok()? {
                    texts += 1 + usize::from(NameWord(self.word()?).is_new());
                }
            }
            ATTRIBUTE | ATTRIBUTE_REMOVED => texts += usize::from(NameWord(fixed[1]).is_new()),
            DEFINED => texts += usize::try_from(fixed[0]).ok()?,
            SHEET => texts += usize::try_from(fixed[2]).ok()?.checked_add(usize::try_from(fixed[3]).ok()?)?,
            ATTACH_SHEETS => {
                let sheets = usize::try_from(fixed[1]).ok()?.checked_mul(WORD_BYTES)?;
                self.words = self.words.get(sheets..)?;
            }
            _ => {}
        }
        Some(texts)
    }

    /// Whether something is left to be done.
    pub fn is_done(&self) -> bool {
        self.words.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPS_TS: &str = include_str!("../../js-loader/src/replay/ops.ts");

    fn bytes(words: &[i32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn is_whole(words: &[i32], texts: &str) -> bool {
        Batch::checked(&bytes(words), texts.as_bytes()).is_some()
    }

    /// `ShadowRoot` as `SHADOW_ROOT`.
    fn constant_case(name: &str) -> String {
        let mut constant = String::new();
        for character in name.chars() {
            if character.is_ascii_uppercase() && !constant.is_empty() {
                constant.push('_');
            }
            constant.push(character.to_ascii_uppercase());
        }
        constant
    }

    #[test]
    fn both_sides_number_the_operations_alike() {
        let list = OPS_TS.split_once("const enum Op {").unwrap().1.split_once("\n}").unwrap().0;
        let theirs: Vec<(String, i32)> = list
            .lines()
            .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
            .map(|(name, number)| (constant_case(name), number.parse().unwrap()))
            .collect();
        let ours: Vec<_> = ALL.iter().map(|&(name, number)| (name.to_owned(), number)).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_operation_has_as_many_words_as_its_description_lists() {
        let list = OPS_TS.split_once("const enum Op {").unwrap().1.split_once("\n}").unwrap().0;
        let mut description = String::new();
        let mut seen = 0;
        for line in list.lines().map(str::trim) {
            if let Some((_, number)) = line.trim_end_matches(',').split_once(" = ") {
                // The words are what stands before the first colon or full stop; those that are counted may be none.
                let listed = description.split([':', '.']).next().unwrap().replace(", then a name * each", "");
                let listed = listed.replace(", then sheet each", "").replace(", then * each", "");
                let listed = listed.replace(", then for each attribute its name and its value *", "");
                let parts: Vec<&str> = listed.split([',']).map(str::trim).filter(|part| !part.is_empty()).collect();
                let texts = parts.iter().filter(|part| part.starts_with('*')).count();
                let words = match number {
                    "30" => 0,
                    "44" => 8,
                    _ => parts.len() - texts,
                };
                let mut operation = vec![0; words + 1];
                operation[0] = number.parse().unwrap();
                let texts = vec![""; texts].join("\0");
                assert!(is_whole(&operation, &texts), "{number}: {description}");
                assert!(!is_whole(&operation[..words], &texts), "{number} with a word less: {description}");
                description.clear();
                seen += 1;
            } else {
                description += line.trim_start_matches(['/', '*', ' ']).trim_end_matches("*/").trim_end();
                description.push(' ');
            }
        }
        assert_eq!(seen, ALL.len());
    }

    #[test]
    fn a_torn_batch_is_told() {
        let known = 5 << 4 | 2 << 1;
        assert!(is_whole(&[], ""));
        assert!(is_whole(&[ELEMENT, 1, 0, 0, known | 1, 2, known | 1, known], "DIV\0class\0a\0b"));
        assert!(!is_whole(&[ELEMENT, 1, 0, 0, known | 1, 2, known | 1, known], "DIV\0class\0a"));
        assert!(!is_whole(&[ELEMENT, 1, 0, 0, known | 1, 3, known | 1, known], "DIV\0class\0a\0b"));
        assert!(!is_whole(&[ELEMENT, 1, 0, 0, known, -1], ""));
        assert!(!is_whole(&[24, 1], ""));
        assert!(!is_whole(&[ATTACH_SHEETS, 1, i32::MAX], ""));
        assert!(!is_whole(&[SHEET, 1, 0, i32::MAX, i32::MAX], ""));
        assert!(!is_whole(&[DEFINED, i32::MAX], ""));
        assert!(Batch::checked(&bytes(&[WALKED])[..3], b"").is_none());
        assert!(Batch::checked(&bytes(&[DATA, 1]), b"\xff").is_none());
    }

    #[test]
    fn words_and_texts_come_in_their_order() {
        let words = bytes(&[DATA, 1, DATA, -2]);
        let mut batch = Batch::checked(&words, "a\0b".as_bytes()).unwrap();
        assert_eq!((batch.next(), batch.next(), batch.text()), (DATA, 1, "a"));
        assert_eq!((batch.next(), batch.next(), batch.text()), (DATA, -2, "b"));
        assert!(batch.is_done());
    }
}
