//! Files and what their first sender told about them.
//!
//! As in Telegram, a file keeps the attributes it was uploaded with: resending it by `file_id`
//! shows the same file name, performer or sticker set to the receiver; only a new upload makes a
//! file with new ones.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::web::Bytes;
use serde_json::{Map, Value, json};

/// What a file can be sent as; fixed when it is first sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Photo,
    Video,
    Animation,
    Audio,
    Document,
    Voice,
    VideoNote,
    Sticker,
}

impl FileKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Photo,
        Self::Video,
        Self::Animation,
        Self::Audio,
        Self::Document,
        Self::Voice,
        Self::VideoNote,
        Self::Sticker,
    ];

    /// The field of a `Message` and the parameter of the send method.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Voice => "voice",
            Self::VideoNote => "video_note",
            Self::Sticker => "sticker",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.field() == name)
    }

    /// As Telegram's error texts call it.
    pub(crate) fn telegram_name(self) -> &'static str {
        match self {
            Self::Photo => "Photo",
            Self::Video => "Video",
            Self::Animation => "Animation",
            Self::Audio => "Audio",
            Self::Document => "Document",
            Self::Voice => "VoiceNote",
            Self::VideoNote => "VideoNote",
            Self::Sticker => "Sticker",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Photo => "photos",
            Self::Video => "videos",
            Self::Animation => "animations",
            Self::Audio => "music",
            Self::Document => "documents",
            Self::Voice => "voice",
            Self::VideoNote => "video_notes",
            Self::Sticker => "stickers",
        }
    }

    fn mime_and_ending(self) -> (&'static str, &'static str) {
        match self {
            Self::Photo => ("image/jpeg", "jpg"),
            Self::Video | Self::Animation | Self::VideoNote => ("video/mp4", "mp4"),
            Self::Audio => ("audio/mpeg", "mp3"),
            Self::Document => ("application/octet-stream", "bin"),
            Self::Voice => ("audio/ogg", "oga"),
            Self::Sticker => ("image/webp", "webp"),
        }
    }

    /// Attributes that Telegram always shows for this kind.
    fn default_attributes(self) -> Map<String, Value> {
        let value = match self {
            Self::Photo => json!({"width": 1280, "height": 960}),
            Self::Video | Self::Animation => json!({"width": 640, "height": 360, "duration": 5}),
            Self::Audio => json!({"duration": 30}),
            Self::Document => json!({}),
            Self::Voice => json!({"duration": 3}),
            Self::VideoNote => json!({"length": 240, "duration": 5}),
            Self::Sticker => json!({
                "type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false,
            }),
        };
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

/// A file as it was first sent.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) no: u64,
    pub(crate) kind: FileKind,
    pub(crate) bytes: Bytes,
    pub(crate) mime: String,
    attributes: Map<String, Value>,
}

/// Who a file id is for: ids of one bot mean nothing to another bot or to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewer {
    Bot(u32),
    Person,
}

/// Prefix of every file id; looks like Telegram's and marks the string for the change of view.
const ID_PREFIX: &str = "AgACAgISim";

pub(crate) fn file_id(no: u64, viewer: Viewer, size: usize) -> String {
    match viewer {
        Viewer::Bot(index) => format!("{ID_PREFIX}b{index}x{no}s{size}"),
        Viewer::Person => format!("{ID_PREFIX}u0x{no}s{size}"),
    }
}

pub(crate) fn parse_file_id(id: &str) -> Option<(u64, Viewer, usize)> {
    let rest = id.strip_prefix(ID_PREFIX)?;
    let viewer = rest.get(..1)?;
    let (index, rest) = rest.get(1..)?.split_once('x')?;
    let (no, size) = rest.split_once('s')?;
    let index: u32 = index.parse().ok()?;
    let viewer = match viewer {
        "b" => Viewer::Bot(index),
        "u" => Viewer::Person,
        _ => return None,
    };
    Some((no.parse().ok()?, viewer, size.parse().ok()?))
}

/// Rewrites every file id below `value` for another viewer.
pub(crate) fn change_view(value: &mut Value, viewer: Viewer) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match inner {
                    Value::String(id) if key == "file_id" => {
                        if let Some((no, _, size)) = parse_file_id(id) {
                            *id = file_id(no, viewer, size);
                        }
                    }
                    _ => change_view(inner, viewer),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change_view(item, viewer)),
        _ => {}
    }
}

impl File {
    pub(crate) fn file_id(&self, viewer: Viewer) -> String {
        let size = if self.kind == FileKind::Photo { PHOTO_SIDES.len() - 1 } else { 0 };
        file_id(self.no, viewer, size)
    }

    /// The same for every viewer; cannot be used to download.
    pub(crate) fn unique_id(&self, size: usize) -> String {
        format!("AQADSim{:x}s{size}", self.no.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The value of the message's field of this kind.
    pub(crate) fn object(&self, viewer: Viewer) -> Value {
        if self.kind == FileKind::Photo {
            return self.photo_sizes(viewer);
        }
        let mut object = self.attributes.clone();
        object.insert("file_id".into(), self.file_id(viewer).into());
        object.insert("file_unique_id".into(), self.unique_id(0).into());
        object.insert("file_size".into(), self.bytes.len().into());
        if !matches!(self.kind, FileKind::Sticker | FileKind::VideoNote) {
            object.insert("mime_type".into(), self.mime.clone().into());
        }
        Value::Object(object)
    }

    fn photo_sizes(&self, viewer: Viewer) -> Value {
        let side = |name: &str| self.attributes.get(name).and_then(Value::as_u64).unwrap_or(1).max(1);
        let (width, height) = (side("width"), side("height"));
        let longest = width.max(height);
        PHOTO_SIDES
            .iter()
            .enumerate()
            .map(|(n, limit)| {
                let shown = longest.min(*limit);
                json!({
                    "file_id": file_id(self.no, viewer, n),
                    "file_unique_id": self.unique_id(n),
                    "file_size": self.bytes.len() * (n + 1) / PHOTO_SIDES.len(),
                    "width": (width * shown / longest).max(1),
                    "height": (height * shown / longest).max(1),
                })
            })
            .collect()
    }

    /// A photo as the small picture of another file.
    pub(crate) fn thumbnail(&self, viewer: Viewer) -> Value {
        json!({
            "file_id": file_id(self.no, viewer, 1),
            "file_unique_id": self.unique_id(1),
            "file_size": self.bytes.len(),
            "width": PHOTO_SIDES[1],
            "height": PHOTO_SIDES[1],
        })
    }

    /// Path below `/file/bot<token>/`.
    pub(crate) fn path(&self) -> String {
        format!("{}/file_{}.{}", self.kind.folder(), self.no, self.kind.mime_and_ending().1)
    }

    /// The number of the file at `path`.
    pub(crate) fn number_of_path(path: &str) -> Option<u64> {
        let name = path.rsplit('/').next()?;
        name.strip_prefix("file_")?.split('.').next()?.parse().ok()
    }
}

/// Longest sides of the sizes of a photo, in pixels.
const PHOTO_SIDES: [u64; 3] = [90, 320, 1280];

#[derive(Debug, Default)]
struct Shelf {
    first: u64,
    files: VecDeque<Arc<File>>,
    bytes: usize,
}

/// All files; bounded in number and bytes, the oldest are forgotten.
#[derive(Debug)]
pub(crate) struct FileStore {
    shelf: RwLock<Shelf>,
    max_files: usize,
    max_bytes: usize,
}

impl FileStore {
    pub(crate) fn new(max_files: usize, max_bytes: usize) -> Self {
        Self { shelf: RwLock::default(), max_files: max_files.max(1), max_bytes }
    }

    /// Keeps a new file. Without bytes it gets a tiny one of its kind.
    pub(crate) fn add(
        &self,
        kind: FileKind,
        bytes: Option<Bytes>,
        mime: Option<String>,
        given: Map<String, Value>,
    ) -> Arc<File> {
        let bytes = bytes.unwrap_or_else(|| sample(kind));
        let mut attributes = kind.default_attributes();
        attributes.extend(given);
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let no = shelf.first + shelf.files.len() as u64;
        let mime = mime.unwrap_or_else(|| kind.mime_and_ending().0.to_owned());
        let file = Arc::new(File { no, kind, bytes, mime, attributes });
        shelf.bytes += file.bytes.len();
        shelf.files.push_back(file.clone());
        while shelf.files.len() > self.max_files || (shelf.bytes > self.max_bytes && shelf.files.len() > 1) {
            if let Some(oldest) = shelf.files.pop_front() {
                shelf.first += 1;
                shelf.bytes -= oldest.bytes.len();
            }
        }
        file
    }

    pub(crate) fn get(&self, no: u64) -> Option<Arc<File>> {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let at = usize::try_from(no.checked_sub(shelf.first)?).ok()?;
        shelf.files.get(at).cloned()
    }

    /// The file that `id` means to `viewer`.
    pub(crate) fn find(&self, id: &str, viewer: Viewer) -> Option<Arc<File>> {
        let (no, owner, _) = parse_file_id(id)?;
        if owner != viewer {
            return None;
        }
        self.get(no)
    }
}

/// A grey pixel, the smallest file that a browser shows.
const PIXEL: &[u8] = include_bytes!("pixel.jpg");

fn sample(kind: FileKind) -> Bytes {
    match kind {
        FileKind::Photo => Bytes::from_static(PIXEL),
        FileKind::Voice => Bytes::from_static(b"OggS simulated voice"),
        FileKind::Document => Bytes::from_static(b"simulated document"),
        _ => Bytes::from_static(b"simulated media"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_belong_to_one_viewer() {
        let store = FileStore::new(10, 1000);
        let file = store.add(FileKind::Photo, None, None, Map::new());
        let id = file.file_id(Viewer::Bot(3));
        assert!(store.find(&id, Viewer::Bot(3)).is_some());
        assert!(store.find(&id, Viewer::Bot(4)).is_none());
        assert!(store.find(&id, Viewer::Person).is_none());
        assert!(store.find("nonsense", Viewer::Person).is_none());
    }

    #[test]
    fn the_oldest_files_are_forgotten() {
        let store = FileStore::new(2, 1000);
        let first = store.add(FileKind::Voice, None, None, Map::new());
        for _ in 0..2 {
            store.add(FileKind::Voice, None, None, Map::new());
        }
        assert!(store.get(first.no).is_none());
        assert!(store.get(first.no + 2).is_some());
    }
}
