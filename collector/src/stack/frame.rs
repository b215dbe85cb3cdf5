//! One line of a stack.

/// Where a script was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Frame<'a> {
    /// Name of the function, as the browser gives it.
    pub(super) function: &'a str,
    /// `url:line:column`, or what the browser has in place of it.
    pub(super) place: &'a str,
}

const ANONYMOUS: &str = "<anonymous>";

impl<'a> Frame<'a> {
    /// Reads a line; nothing for one that is no frame.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        match line.strip_prefix("at ") {
            Some(frame) => Some(Self::of_datadog(frame).unwrap_or_else(|| Self::of_chromium(frame))),
            None => Self::of_firefox_or_safari(line),
        }
    }

    fn new(function: &'a str, place: &'a str) -> Self {
        Self { function: if function.is_empty() { ANONYMOUS } else { function }, place }
    }

    /// `load @ url:10:7`: what is in form already stays so.
    fn of_datadog(frame: &'a str) -> Option<Self> {
        frame.split_once(" @ ").map(|(function, place)| Self::new(function, place))
    }

    /// `load (url:10:7)`, `async url:10:7`, `eval (eval at load (url:10:7), <anonymous>:1:1)`, `map (<anonymous>)`.
    fn of_chromium(frame: &'a str) -> Self {
        let place = |text: &'a str| text.strip_prefix("async ").unwrap_or(text);
        // Names may have parentheses, and so may URLs; the place ends the line.
        let Some((function, inside)) = frame.strip_suffix(')').and_then(|frame| frame.split_once(" ("))
        else {
            return Self::new("", place(frame));
        };
        let Some(origin) = inside.strip_prefix("eval at ") else { return Self::new(function, inside) };
        // Evaluated text has no URL: where it was evaluated has.
        let innermost = origin.rsplit(" (").next().unwrap_or(origin);
        Self::new(function, innermost.split(')').next().unwrap_or(innermost))
    }

    /// `load@url:10:7`, `@url:20:1`, `eval@url line 3 > eval:1:1`, `map@[native code]`.
    fn of_firefox_or_safari(line: &'a str) -> Option<Self> {
        let (function, place) = match line.split_once('@') {
            // An address may have one, too.
            Some((function, place)) if !function.contains("://") => (function, place),
            _ => ("", line),
        };
        // `line 3 > eval:1:1`: as above. The number is that of the line.
        if let Some((origin, _)) = place.split_once(" > ") {
            return Some(Self::new(function, origin));
        }
        is_place(place).then(|| Self::new(function, place))
    }
}

/// `...:10:7`, `...:10`, `[native code]`, or a function of WebAssembly.
fn is_place(text: &str) -> bool {
    let ends_with_number = text
        .rsplit_once(':')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    // Words and a number are a message; addresses have no spaces.
    (ends_with_number && !text.contains(' '))
        || text.contains("wasm-function[")
        || (text.starts_with('[') && text.ends_with(" code]"))
}
