//! Styles and modules of the pages, packed once: a phone on a slow network is the usual reader.

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use miniz_oxide::deflate::compress_to_vec;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
/// As small as it gets: each is packed once in the life of a process.
const LEVEL: u8 = 9;

/// A file of `web/app/`.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../../web/app/", $name))
    };
}

/// Name, kind, content of modules.
macro_rules! modules {
    ($($name:literal)*) => {
        &[$(($name, JS, file!($name)),)* ("app.css", CSS, STYLES)]
    };
}

/// The styles as one: on a slow network each request costs more than what it brings.
const STYLES: &str = concat!(file!("base.css"), file!("deck.css"), file!("parts.css"));

/// What the page is made of.
const FILES: &[(&str, &str, &str)] = modules! {
    "acts.js" "album.js" "answers.js" "api.js" "ask.js" "card.js" "deck.js" "discover.js" "dom.js" "drag.js" "early.js" "edit.js"
    "feed.js" "fields.js" "gate.js" "goods.js" "i18n.js" "icons.js" "later.js" "likes.js" "main.js" "matches.js" "moment.js" "onboard.js"
    "photos.js" "problems.js" "profile.js" "queue.js" "router.js" "say.js" "settings.js" "sheet.js" "shots.js"
    "state.js" "states.js" "stats.js" "talk.js" "tg.js" "theme.js" "words-en.js" "words-ru.js"
};

const INDEX: &str = include_str!("../../../../web/app/index.html");

/// Content as it is sent, plain and packed.
pub(super) struct Kept {
    kind: &'static str,
    plain: String,
    packed: Vec<u8>,
    tag: String,
}

impl Kept {
    /// Packs it.
    pub fn new(kind: &'static str, plain: &str) -> Kept {
        let hash = hex(&Sha256::digest(plain));
        Kept { kind, plain: plain.to_owned(), packed: gzip(plain.as_bytes()), tag: format!("\"{hash}\"") }
    }

    /// The answer to a request for it; `more` adds headers.
    pub fn answer(&self, request: &HttpRequest, more: impl Fn(&mut HttpResponseBuilder)) -> HttpResponse {
        let asked = |name: HeaderName| {
            request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let is_known = asked(IF_NONE_MATCH).is_some_and(|tags| tags.contains(&self.tag));
        let mut answer = match is_known {
            true => HttpResponse::NotModified(),
            false => HttpResponse::Ok(),
        };
        answer.insert_header((ETAG, self.tag.as_str())).insert_header((VARY, "accept-encoding"));
        answer.insert_header(("x-content-type-options", "nosniff"));
        more(&mut answer);
        if is_known {
            return answer.finish();
        }
        answer.content_type(self.kind);
        match asked(ACCEPT_ENCODING).is_some_and(|accepted| accepted.contains("gzip")) {
            true => answer.insert_header((CONTENT_ENCODING, "gzip")).body(self.packed.clone()),
            false => answer.body(self.plain.clone()),
        }
    }
}

/// Every file, packed.
fn all() -> &'static [(&'static str, Kept)] {
    static ALL: OnceLock<Vec<(&str, Kept)>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().map(|(name, kind, text)| (*name, Kept::new(kind, text))).collect())
}

/// Changes when a file does: addresses carry it, so that browsers may keep files for long.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        for (.., content) in FILES {
            hash.update(content);
        }
        hex(&hash.finalize())
    })
}

/// The modules that the first screen takes: those that the page names, and all that they import.
/// `import()` brings the others when they are wanted.
fn first() -> Vec<&'static str> {
    let mut found = vec!["early.js", "main.js"];
    let mut at = 0;
    while let Some(name) = found.get(at) {
        let text = FILES.iter().find(|(known, ..)| known == name).map_or("", |(.., text)| *text);
        let imports = text.split(" from './").skip(1).filter_map(|rest| rest.split('\'').next());
        let new: Vec<_> = imports.filter(|import| !found.contains(import)).collect();
        found.extend(new);
        at += 1;
    }
    found
}

/// The page. Modules are named in it, so that a browser fetches them side by side, and not one
/// after the other as it finds them.
pub(super) fn index() -> String {
    let line = |name| format!("<link rel=\"modulepreload\" href=\"/app/assets/{{version}}/{name}\">\n");
    let lines: String = first().into_iter().map(line).collect();
    INDEX.replace("{modules}\n", &lines).replace("{version}", version())
}

/// `GET /app/assets/{version}/{file}`. Of another version, as during a roll-out over several nodes,
/// comes what there is, and nobody keeps it.
pub(super) async fn give(request: HttpRequest) -> HttpResponse {
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let Some((_, kept)) = all().iter().find(|(name, _)| *name == part("file")) else {
        return HttpResponse::NotFound().finish();
    };
    let caching = match part("version") == version() {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    kept.answer(&request, |answer| _ = answer.insert_header((CACHE_CONTROL, caching)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// As RFC 1952 has it: no name, no time, the checksum and the length at the end.
fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    packed.extend(compress_to_vec(plain, LEVEL));
    packed.extend(crc32fast::hash(plain).to_le_bytes());
    packed.extend((plain.len() as u32).to_le_bytes());
    packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// A file that is not in the list would be missed by the page, and only when it is asked for.
    #[test]
    fn every_file_is_served() {
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        let folder = Path::new(&package).join("web/app");
        let (mut there, mut styles) = (BTreeSet::from(["app.css".to_owned()]), 0);
        for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a plain name");
            if name.ends_with(".css") {
                let text = std::fs::read_to_string(entry.path()).expect("a text");
                assert!(STYLES.contains(&text), "{name}");
                styles += text.len();
            } else if name != "index.html" {
                there.insert(name);
            }
        }
        assert_eq!(styles, STYLES.len());
        let listed: BTreeSet<String> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(there, listed);
    }

    /// A phone loads them over 3G: everything together, packed, in at most 120 KB.
    #[test]
    fn all_that_is_sent_is_small() {
        let files: usize = all().iter().map(|(_, kept)| kept.packed.len()).sum();
        let page = Kept::new(JS, &index()).packed.len();
        assert!(files + page <= 120_000, "{} bytes", files + page);
    }

    /// Who only looks at cards does not wait for the rest, and every import leads to a file.
    #[test]
    fn the_first_screen_takes_a_part_of_them() {
        let first = first();
        assert!(first.contains(&"discover.js") && !first.contains(&"settings.js"), "{first:?}");
        for (name, _, text) in FILES {
            for import in text.split("from './").skip(1).filter_map(|rest| rest.split('\'').next()) {
                assert!(FILES.iter().any(|(known, ..)| *known == import), "{name}: {import}");
            }
        }
    }

    /// Nothing inline, and nothing from elsewhere but Telegram's script.
    #[test]
    fn the_page_keeps_to_its_policy() {
        let page = index();
        assert_eq!(page.matches("https://").count(), 1, "{page}");
        assert!(page.contains("src=\"https://telegram.org/js/telegram-web-app.js\""));
        assert!(!page.contains("style=") && !page.contains("{version}") && !page.contains("{modules}"));
        for script in page.split("<script").skip(1) {
            let (opening, rest) = script.split_once('>').expect("an end");
            assert!(opening.contains("src=") && rest.starts_with("</script>"), "{opening}");
        }
        for (name, _, text) in FILES {
            for wrong in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!text.contains(wrong), "{name}: {wrong}");
            }
        }
    }
}
