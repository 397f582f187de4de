//! `multipart/form-data` over a body that is already in memory: parts are slices, nothing is
//! copied.

use actix_web::web::Bytes;
use memchr::memmem;

/// One part of a form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) mime: Option<String>,
    pub(crate) bytes: Bytes,
}

/// Parts of a form at most.
const MAX_PARTS: usize = 200;

/// The `boundary` of a content type.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let rest = content_type.split(';').skip(1).find_map(|p| p.trim().strip_prefix("boundary="))?;
    let boundary = rest.trim().trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= 200).then_some(boundary)
}

/// All parts, or `None` where the form is broken.
pub(crate) fn parse(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(delimiter.as_bytes());
    // The first delimiter may stand at the very start, without a line break before it.
    let first = &delimiter.as_bytes()[2..];
    let mut at = match body.starts_with(first) {
        true => first.len(),
        false => finder.find(body)? + delimiter.len(),
    };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let start = at + memmem::find(rest, b"\r\n")? + 2;
        let end = start + finder.find(body.get(start..)?)?;
        if parts.len() >= MAX_PARTS {
            return None;
        }
        parts.push(part(body, start, end)?);
        at = end + delimiter.len();
    }
}

fn part(body: &Bytes, start: usize, end: usize) -> Option<Part> {
    let raw = body.get(start..end)?;
    let (head_end, content) = match raw.starts_with(b"\r\n") {
        true => (0, 2),
        false => memmem::find(raw, b"\r\n\r\n").map(|n| (n, n + 4))?,
    };
    let head = std::str::from_utf8(&raw[..head_end]).ok()?;
    let (mut name, mut file_name, mut mime) = (None, None, None);
    for line in head.split("\r\n") {
        let Some((key, value)) = line.split_once(':') else { continue };
        if key.eq_ignore_ascii_case("content-disposition") {
            name = parameter(value, "name");
            file_name = parameter(value, "filename*")
                .and_then(|v| extended(&v))
                .or_else(|| parameter(value, "filename"));
        } else if key.eq_ignore_ascii_case("content-type") {
            mime = Some(value.trim().to_owned());
        }
    }
    Some(Part { name: name?, file_name, mime, bytes: body.slice(start + content..end) })
}

/// The value of `key` in a header such as `form-data; name="a"; filename="b.txt"`.
fn parameter(header: &str, key: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once(';') {
        let after = after.trim_start();
        let (found, value) = after.split_once('=')?;
        let (value, tail) = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = value.find(';').unwrap_or(value.len());
                (value[..end].trim().to_owned(), &value[end..])
            }
        };
        if found.trim().eq_ignore_ascii_case(key) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// Text up to the closing quote, and what comes after it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &quoted[at + 1..])),
            '\\' => out.push(chars.next()?.1),
            c => out.push(c),
        }
    }
    None
}

/// `UTF-8''name%20with%20escapes`.
fn extended(value: &str) -> Option<String> {
    let encoded = value.splitn(3, '\'').nth(2)?;
    let mut out = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let hex = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Option<Vec<Part>> {
        parse(&Bytes::copy_from_slice(text.as_bytes()), "XX")
    }

    #[test]
    fn parts_keep_names_files_and_bytes() {
        let parts = form(
            "--XX\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n42\r\n--XX\r\n\
             content-disposition: form-data; name=\"p\"; filename=\"a \\\"b\\\".jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n\r\n--X\r\n\r\n--XX--\r\n",
        )
        .unwrap();
        assert_eq!(parts[0].name, "chat_id");
        assert_eq!(parts[0].bytes, "42");
        assert_eq!(parts[1].file_name.as_deref(), Some("a \"b\".jpg"));
        assert_eq!(parts[1].mime.as_deref(), Some("image/jpeg"));
        assert_eq!(parts[1].bytes, "\r\n--X\r\n");
    }

    #[test]
    fn extended_names_are_decoded() {
        let parts = form(
            "--XX\r\nContent-Disposition: form-data; name=d; filename*=utf-8''%D1%8F.txt\r\n\r\nx\r\n--XX--",
        )
        .unwrap();
        assert_eq!(parts[0].file_name.as_deref(), Some("я.txt"));
    }

    #[test]
    fn broken_forms_are_refused() {
        for bad in [
            "",
            "--XX",
            "--XX\r\n",
            "--XX\r\nx",
            "--XX\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--",
        ] {
            assert_eq!(form(bad), None, "{bad:?}");
        }
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
