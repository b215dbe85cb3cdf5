//! Reads the packed operations of `js-loader/src/replay/ops.ts`, which says what each of them means.
//!
//! A batch is looked through as a whole before anything of it is done: one that is torn changes nothing. What is behind a
//! word (a node, a name, a state) is judged where it is used.

/// The list of operations, once for us and once for the test that compares it with the other side's.
macro_rules! operations {
    ($($name:ident = $number:literal,)*) => {
        $(#[allow(missing_docs, reason = "ops.ts has the words of each")] pub(crate) const $name: i32 = $number;)*
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
    FRUSTRATION = 49,
}

/// Bytes of a word.
pub(crate) const WORD_BYTES: usize = 4;
/// Most words an operation has beside those that are counted.
pub(crate) const MAX_WORDS: usize = 8;

/// The words of an operation, a letter each: what it is, and where it goes in a record (`write.rs`).
///
/// `w` anything; `a` a name, with a text if it is new; `t` no word but a text; `c` so many texts; `e` so many attributes,
/// each a name and a text; `s` so many words; a digit: a number up to it. Of what is told as it stands: `m` ms, `n` a node,
/// `x`, `y`, `#` a number, `f` thousandths.
pub(crate) fn shape(op: i32) -> Option<&'static [u8]> {
    *SHAPES.get(op as usize)?
}

/// By number: a table is a third of a `match`.
const SHAPES: [Option<&[u8]>; 50] = {
    let mut shapes: [Option<&[u8]>; 50] = [None; 50];
    shapes[WALKED as usize] = Some(b"");
    shapes[REMOVE as usize] = Some(b"w");
    shapes[DOCUMENT as usize] = Some(b"ww");
    shapes[SHADOW_ROOT as usize] = Some(b"ww");
    shapes[RULE_DELETED as usize] = Some(b"ww");
    shapes[C_DATA as usize] = Some(b"www");
    shapes[MOVE as usize] = Some(b"www");
    shapes[ELEMENT as usize] = Some(b"wwwae");
    shapes[TEXT as usize] = Some(b"wwwt");
    shapes[DOC_TYPE as usize] = Some(b"wwwttt");
    shapes[ATTRIBUTE as usize] = Some(b"wat");
    shapes[ATTRIBUTE_REMOVED as usize] = Some(b"wa");
    shapes[DATA as usize] = Some(b"wt");
    shapes[INPUT_VALUE as usize] = Some(b"wt");
    shapes[INPUT_SELECTION as usize] = Some(b"w2");
    shapes[SCROLL_POSITION as usize] = Some(b"wxy");
    shapes[SIZE as usize] = Some(b"w##");
    shapes[MEDIA_PLAYS as usize] = Some(b"w1");
    shapes[TOP_LAYER as usize] = Some(b"w3");
    shapes[DEFINED as usize] = Some(b"c");
    shapes[SHEET as usize] = Some(b"wwcc");
    shapes[ATTACH_SHEETS as usize] = Some(b"ws");
    shapes[RULE_INSERTED as usize] = Some(b"wwt");
    shapes[POINTER_MOVED as usize] = Some(b"mnxy1");
    shapes[INTERACTION as usize] = Some(b"m9nxy#");
    shapes[SCROLLED as usize] = Some(b"mnxy");
    shapes[RESIZED as usize] = Some(b"m##");
    shapes[VISUAL_VIEWPORT as usize] = Some(b"mfffffff");
    shapes[FOCUS as usize] = Some(b"m1");
    shapes[MEDIA as usize] = Some(b"mn4f");
    shapes[SELECTED as usize] = Some(b"mn#n#");
    shapes[FRUSTRATION as usize] = Some(b"m7#");
    shapes
};

/// The word of a name: its number, the role of an attribute's value, whether it is new and therefore the next text.
#[derive(Clone, Copy)]
pub(crate) struct NameWord(pub(crate) u32);

impl NameWord {
    pub(crate) fn number(self) -> usize {
        self.0 as usize >> 4
    }

    pub(crate) fn role(self) -> u32 {
        self.0 >> 1 & 7
    }

    pub(crate) fn is_new(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Operations that are still to be done.
pub(crate) struct Batch<'a> {
    words: &'a [u8],
    /// As they are: a `TextEncoder` wrote them, and who decodes them looks at them again.
    texts: &'a [u8],
}

impl<'a> Batch<'a> {
    /// A batch that is whole: every operation is known, has its words, and there are as many texts as they ask for.
    pub(crate) fn checked(words: &'a [u8], texts: &'a [u8]) -> Option<Self> {
        let mut batch = Self { words, texts };
        let mut wanted = 0;
        while !batch.is_done() {
            batch.skip(&mut wanted)?;
        }
        // No text and one empty text look the same.
        let there = if texts.is_empty() {
            wanted.min(1)
        } else {
            1 + texts.iter().map(|&byte| u64::from(byte == 0)).sum::<u64>()
        };
        batch.words = words;
        (wanted == there).then_some(batch)
    }

    /// The next word, which the check has seen.
    pub(crate) fn next(&mut self) -> i32 {
        self.word().unwrap_or_default().cast_signed()
    }

    /// The next word: a number of the page, a count, an index.
    pub(crate) fn number(&mut self) -> u32 {
        self.word().unwrap_or_default()
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> &'a [u8] {
        let end = self.texts.iter().position(|&byte| byte == 0).unwrap_or(self.texts.len());
        let (text, rest) = self.texts.split_at_checked(end).unwrap_or_default();
        self.texts = rest.get(1..).unwrap_or_default();
        text
    }

    /// Whether nothing is left to be done.
    pub(crate) fn is_done(&self) -> bool {
        self.words.is_empty()
    }

    #[inline(never)]
    fn word(&mut self) -> Option<u32> {
        let (word, rest) = self.words.split_first_chunk::<WORD_BYTES>()?;
        self.words = rest;
        Some(u32::from_le_bytes(*word))
    }

    /// Goes over an operation, and counts its texts.
    fn skip(&mut self, texts: &mut u64) -> Option<()> {
        for &letter in shape(self.word()?.cast_signed())? {
            if letter == b't' {
                *texts += 1;
                continue;
            }
            let word = self.word()?;
            let is_new = |word| u64::from(NameWord(word).is_new());
            match letter {
                b'a' => *texts += is_new(word),
                b'c' => *texts += u64::from(word),
                b'e' => {
                    for _ in 0..word {
                        *texts += 1 + is_new(self.word()?);
                    }
                }
                b's' => {
                    for _ in 0..word {
                        self.word()?;
                    }
                }
                b'0'..=b'9' if word > u32::from(letter - b'0') => return None,
                _ => {}
            }
        }
        Some(())
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
        for line in list.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            if let Some((_, number)) = line.trim_end_matches(',').split_once(" = ") {
                // The words are what stands before the first colon or full stop; those that are counted may be none.
                let listed =
                    description.split([':', '.']).next().unwrap().replace(", then a name * each", "");
                let listed = listed.replace(", then sheet each", "").replace(", then * each", "");
                let listed = listed.replace(", then for each attribute its name and its value *", "");
                let listed: String = listed
                    .replace("1,000", "1000")
                    .split('(')
                    .filter_map(|part| part.rsplit(')').next())
                    .collect();
                let parts: Vec<&str> =
                    listed.split([',']).map(str::trim).filter(|part| !part.is_empty()).collect();
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
                assert!(
                    words == 0 || !is_whole(&operation[..words], &texts),
                    "{number} with a word less: {description}"
                );
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
        assert!(!is_whole(&[SHEET, 1, 0, -1, -1], ""));
        assert!(!is_whole(&[TOP_LAYER, 1, 4], "") && is_whole(&[TOP_LAYER, 1, 3], ""));
        assert!(!is_whole(&[DEFINED, i32::MAX], ""));
        assert!(Batch::checked(&bytes(&[WALKED])[..3], b"").is_none());
    }

    #[test]
    fn words_and_texts_come_in_their_order() {
        let words = bytes(&[DATA, 1, DATA, -2]);
        let mut batch = Batch::checked(&words, "a\0b".as_bytes()).unwrap();
        assert_eq!((batch.next(), batch.next(), batch.text()), (DATA, 1, &b"a"[..]));
        assert_eq!((batch.next(), batch.next(), batch.text()), (DATA, -2, &b"b"[..]));
        assert!(batch.is_done());
    }
}
