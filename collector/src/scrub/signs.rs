//! What the bytes of a text allow to be in it: the gate before the patterns.
//!
//! The alternation of all patterns costs several nanoseconds a byte, and nearly every value is harmless. So
//! each pattern's unmistakable part (the `@` of an address, the `:` after "password", eight digits near each
//! other) is looked for first, in one pass over the bytes. Every sign may err on the side of "perhaps", never
//! on that of "no": a property test holds them against the patterns themselves, and whoever adds a pattern
//! adds its sign here.

/// Longest stretch before a number in which the word that names it can begin (bytes): "medical record
/// number", four signs, three letters and a hyphen.
const MAX_NAME_BYTES: usize = 32;

/// Fewest digits of a number that is named, and of one that is not, all its groups together.
const MIN_NAMED_DIGITS: usize = 4;
const MIN_DIGITS: usize = 8;

/// Groups of digits in an address of IPv4, and colons in one of IPv6 without `::`.
const IPV4_GROUPS: usize = 4;
const IPV6_COLONS: usize = 7;

/// Most signs between two groups of digits of one number, as in `+1 (555) 234-5678`.
const MAX_GAP_BYTES: usize = 3;

/// What is in a text, as far as one look at its bytes can tell.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Signs {
    /// A pattern may fit.
    pub(super) pattern: bool,
    /// Which of the signs around parameters there are.
    marks: u8,
}

const AT: u8 = 1;
const QUERY: u8 = 2;
const HASH: u8 = 4;
const EQUALS: u8 = 8;

/// What a byte may be the beginning of.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Class {
    Plain,
    Digit,
    At,
    Percent,
    Query,
    Hash,
    /// `=` and `:`, after a name.
    Assignment,
    /// A blank or `+`, after `Bearer`.
    Blank,
    /// A letter or sign that known secrets have at their beginning.
    Known,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        classes[digit as usize] = Class::Digit;
        digit += 1;
    }
    classes[b'@' as usize] = Class::At;
    classes[b'%' as usize] = Class::Percent;
    classes[b'?' as usize] = Class::Query;
    classes[b'#' as usize] = Class::Hash;
    classes[b'=' as usize] = Class::Assignment;
    classes[b':' as usize] = Class::Assignment;
    classes[b' ' as usize] = Class::Blank;
    classes[b'+' as usize] = Class::Blank;
    classes[b'J' as usize] = Class::Known;
    classes[b'I' as usize] = Class::Known;
    classes[b'_' as usize] = Class::Known;
    classes[b'-' as usize] = Class::Known;
    classes
};

impl Signs {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        if is_uuid(text) {
            return signs;
        }
        let mut digits = Digits::default();
        let mut colons = Colons::default();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            match CLASSES[usize::from(byte)] {
                Class::Plain => {}
                Class::Digit => {
                    let end = at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    signs.pattern |= digits.read(text, at, end);
                    at = end;
                    continue;
                }
                Class::At => {
                    signs.marks |= AT;
                    signs.pattern |= is_address(text, at, at + 1);
                }
                Class::Percent => {
                    let rest = &text[at + 1..];
                    if rest.starts_with(b"40") {
                        signs.marks |= AT;
                        signs.pattern |= is_address(text, at, at + 3);
                    }
                    signs.pattern |= rest.starts_with(b"20") && follows_scheme(&text[..at]);
                }
                Class::Query => signs.marks |= QUERY,
                Class::Hash => signs.marks |= HASH,
                Class::Assignment => {
                    signs.marks |= if byte == b'=' { EQUALS } else { 0 };
                    signs.pattern |= follows_secret_name(&text[..at]);
                    signs.pattern |= byte == b':' && colons.read(text, at);
                }
                Class::Blank => signs.pattern |= follows_scheme(&text[..at]),
                Class::Known => signs.pattern |= begins_known_secret(text, at),
            }
            at += 1;
        }
        signs
    }

    /// Whether there may be parameters or credentials. What stands alone behind `?` counts in a URL only.
    pub(super) fn parameters(self, is_url: bool) -> bool {
        let has = |mark: u8| self.marks & mark != 0;
        has(AT) || has(QUERY | HASH) && has(EQUALS) || is_url && has(QUERY)
    }
}

/// Ids are everywhere, and full of digits.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether a sign that may be the `@` of an address has something right before and after it.
fn is_address(text: &[u8], at: usize, after: usize) -> bool {
    const NO_NAMES: &[u8] = br#""'<>()[]{}@,;:=/\?&|*`"#;
    let before = at.checked_sub(1).map(|before| text[before]);
    let before = before.is_some_and(|byte| byte > b' ' && !NO_NAMES.contains(&byte));
    before
        && text.get(after).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte >= 0x80)
}

fn ends_with(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
}

/// Whether what came before is `Bearer` or `Basic`, or blanks after it.
fn follows_scheme(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    matches!(before.last(), Some(b'r' | b'R' | b'c' | b'C'))
        && (ends_with(before, b"bearer") || ends_with(before, b"basic"))
}

/// Whether what came before is the name of a secret, perhaps in quotes.
fn follows_secret_name(before: &[u8]) -> bool {
    const ENDS: [&[u8]; 8] =
        [b"key", b"token", b"secret", b"password", b"passwd", b"passphrase", b"pwd", b"sessionid"];
    let mut before = before;
    while let [rest @ .., b' ' | b'"' | b'\'' | b'\\'] = before {
        before = rest;
    }
    match before.last().map(u8::to_ascii_lowercase) {
        Some(b'y' | b'n' | b't' | b'd' | b'e') => {
            ENDS.iter().any(|end| ends_with(before, end)) || ends_with(before, b"phpsessid")
        }
        _ => false,
    }
}

/// Whether a letter or sign is the telling one of a JWT, of a well-known key or of a private key.
fn begins_known_secret(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let after = text.get(at + 1).copied().unwrap_or(b' ');
    match (text[at], before.last()) {
        (b'J', Some(b'y')) => before.ends_with(b"ey"),
        (b'I', Some(b'K' | b'S')) => after == b'A' && before.len() >= 2,
        (b'I', Some(b'A')) => after == b'z',
        (b'_', Some(b'k')) => before.ends_with(b"sk") || before.ends_with(b"rk"),
        (b'_', Some(b'p' | b'o' | b'u' | b's' | b'r')) => {
            before.len() >= 3 && &before[before.len() - 3..before.len() - 1] == b"gh"
        }
        (b'_', Some(b't')) => before.ends_with(b"github_pat"),
        (b'-', Some(b'k')) => before.ends_with(b"sk"),
        (b'-', Some(b't')) => before.ends_with(b"glpat"),
        (b'-', Some(b'-')) => text[at..].starts_with(b"-BEGIN "),
        (b'-', Some(_)) => before.len() >= 4 && &before[before.len() - 4..before.len() - 1] == b"xox",
        _ => false,
    }
}

/// Groups of digits so close to each other that they may be one number.
#[derive(Default)]
struct Digits {
    end: usize,
    groups: usize,
    count: usize,
}

impl Digits {
    /// Takes a group in; says whether there may be a number now.
    fn read(&mut self, text: &[u8], start: usize, end: usize) -> bool {
        let length = end - start;
        let gap = &text[self.end..start];
        let goes_on = self.groups > 0
            && gap.len() <= MAX_GAP_BYTES
            && gap.iter().all(|byte| matches!(byte, b' ' | b'.' | b'-' | b'(' | b')'));
        if !goes_on {
            (self.groups, self.count) = (0, 0);
        }
        self.end = end;
        self.groups += 1;
        self.count += length;
        self.count >= MIN_DIGITS
            || self.groups >= IPV4_GROUPS
            || length >= MIN_NAMED_DIGITS && is_named(&text[..start])
            || length >= 2 && begins_iban(&text[..start])
    }
}

/// Whether what came before a number may name it.
fn is_named(before: &[u8]) -> bool {
    let close =
        |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b':' | b'#' | b'=' | b'-' | b'.');
    if !before.last().is_some_and(close) {
        return false;
    }
    let near = &before[before.len().saturating_sub(MAX_NAME_BYTES)..];
    let has = |word: &[u8]| near.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"mrn") || has(b"rx") || has(b"medical record") || has(b"prescription")
}

fn begins_iban(before: &[u8]) -> bool {
    matches!(before, [.., b'A'..=b'Z', b'A'..=b'Z'])
}

/// Colons between groups of an IPv6 address.
#[derive(Default)]
struct Colons {
    last: usize,
    count: usize,
}

impl Colons {
    /// Takes a colon in; says whether there may be an address now.
    fn read(&mut self, text: &[u8], at: usize) -> bool {
        let is_hex = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
        if !at.checked_sub(1).is_some_and(is_hex) {
            return false;
        }
        let goes_on = self.count > 0 && text[self.last + 1..at].iter().all(u8::is_ascii_hexdigit);
        self.count = if goes_on { self.count + 1 } else { 1 };
        self.last = at;
        self.count >= IPV6_COLONS || text.get(at + 1) == Some(&b':') && is_hex(at + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Signs;

    #[test]
    fn what_events_are_full_of_is_told_harmless() {
        for harmless in [
            "Cannot read properties of undefined (reading 'lines')",
            "https://cdn.shop.example/assets/claims-9f8e7d6c.js",
            "TypeError: x\n  at renderTable @ https://cdn.shop.example/assets/claims-9f8e7d6c.js:1:48211\n",
            "BODY>MAIN>SECTION:nth-of-type(2)>FORM.claim-form>BUTTON.btn.btn-primary",
            "#claim-table>TBODY>TR:nth-of-type(1)",
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "BUTTON#save.onclick",
            "logo@",
            "2026.11.3",
        ] {
            let signs = Signs::of(harmless.as_bytes());
            assert!(!signs.pattern, "{harmless}");
        }
    }
}
