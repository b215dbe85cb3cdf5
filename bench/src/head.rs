//! As much of HTTP/1.1 as two ends that are both ours or well known need: where a message's head ends, and the
//! headers that decide about its body and its connection.

/// What a head says about its message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of the head, its empty line included.
    pub(crate) bytes: usize,
    /// Length of the body; 0 where none is declared. Nothing here speaks in chunks.
    pub(crate) body_bytes: usize,
    /// Whether the sender closes the connection after this message.
    pub(crate) closes: bool,
}

/// The head at the start of `read`, once it is complete.
pub(crate) fn parse(read: &[u8]) -> Option<Head> {
    let bytes = read.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let mut lines = read[..bytes].split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let mut head = Head { bytes, body_bytes: 0, closes: contains(first, b"HTTP/1.0") };
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            head.body_bytes = std::str::from_utf8(value).ok()?.parse().ok()?;
        } else if name.eq_ignore_ascii_case(b"connection") {
            head.closes = value.eq_ignore_ascii_case(b"close");
        }
    }
    Some(head)
}

/// The status of an answer.
pub(crate) fn status(head: &[u8]) -> Option<u16> {
    std::str::from_utf8(head.get(9..12)?).ok()?.parse().ok()
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(parse(&answer[..answer.len() - 6]), None);
        let head = parse(answer).unwrap();
        assert_eq!(head, Head { bytes: answer.len() - 5, body_bytes: 5, closes: false });
        assert_eq!(status(answer), Some(202));
    }

    #[test]
    fn who_closes_says_so_or_speaks_the_old_version() {
        let closes = |text: &str| parse(text.as_bytes()).unwrap().closes;
        assert!(closes("HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\n"));
        assert!(closes("POST / HTTP/1.0\r\nHost: a\r\n\r\n"));
        assert!(!closes("POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assert!(!closes("POST / HTTP/1.1\r\n\r\n"));
    }
}
