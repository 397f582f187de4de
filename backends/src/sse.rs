//! Server-sent events from bytes: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
//!
//! Cut on bytes, as a part may end within a character. Lines end with LF, CR or CRLF; comments,
//! which servers send to keep a connection open, are left out; what is kept is bounded.

/// Bytes of one line, and of one event's data, at most.
const MOST: usize = 256 * 1024;

/// A line or an event is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line is too long")]
pub struct LineTooLong;

/// Reads a stream part by part.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    begun: bool,
}

impl Reader {
    /// Takes the next part, gives the data of the events that it completes.
    pub fn push(&mut self, part: &[u8]) -> Result<Vec<String>, LineTooLong> {
        let mut events = Vec::new();
        let mut rest = part;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
                self.keep(rest)?;
                break;
            };
            self.keep(&rest[..end])?;
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(events)
    }

    /// The stream has ended: an event without its empty line counts, as servers that stop behind
    /// the last one are many.
    pub fn end(mut self) -> Result<Option<String>, LineTooLong> {
        let last = if self.line.is_empty() { None } else { self.end_line()? };
        Ok(last.or_else(|| self.event()))
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), LineTooLong> {
        if self.line.len() + bytes.len() > MOST {
            return Err(LineTooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<String>, LineTooLong> {
        let bytes = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        let line = if std::mem::replace(&mut self.begun, true) {
            &line
        } else {
            line.trim_start_matches('\u{feff}')
        };
        if line.is_empty() {
            return Ok(self.event());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            if self.data.len() + value.len() >= MOST {
                return Err(LineTooLong);
            }
            if self.has_data {
                self.data.push('\n');
            }
            self.data.push_str(value);
            self.has_data = true;
        }
        Ok(None)
    }

    fn event(&mut self) -> Option<String> {
        std::mem::take(&mut self.has_data).then(|| std::mem::take(&mut self.data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], every: usize) -> Vec<String> {
        let mut reader = Reader::default();
        let mut all: Vec<String> = bytes.chunks(every).flat_map(|part| reader.push(part).unwrap()).collect();
        all.extend(reader.end().unwrap());
        all
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let stream = "\u{feff}: hello\r\ndata: {\"a\":\"й😀\"}\r\n\r\ndata:no space\n\nevent: x\nid: 1\ndata: a\ndata: b\r\r\
            : keep-alive\n\n\n\ndata\n\ndata: last";
        for every in 1..stream.len() {
            assert_eq!(
                read(stream.as_bytes(), every),
                ["{\"a\":\"й😀\"}", "no space", "a\nb", "", "last"],
                "{every}"
            );
        }
    }

    #[test]
    fn endless_lines_and_events_are_refused() {
        let mut reader = Reader::default();
        let part = [b'x'; 4_096];
        let refused = (0..10_000).find(|_| reader.push(&part).is_err());
        assert!(refused.is_some() && reader.line.len() <= MOST);
        let mut reader = Reader::default();
        let refused =
            (0..10_000).find(|_| reader.push(b"data: 0123456789012345678901234567890123456789\n").is_err());
        assert!(refused.is_some() && reader.data.len() <= MOST);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_end_it() {
        assert_eq!(read(b"data: \xff\xfe!\n\n", 3), ["\u{fffd}\u{fffd}!"]);
    }
}
