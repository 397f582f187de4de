//! Files that a method of a capability's own names in its parameters: one under the field of its
//! kind, as `photo`, or photos as the `media` of an album's items.

use super::handle;
use nameless_domain::outgoing::{Call, Method};
use nameless_domain::relay::content::OutMedia;
use reqwest::multipart::Form;
use serde_json::{Map, Value, json};

/// The parameters as Telegram takes them: what the engine notes of whose a handle is is left out.
pub(super) fn parameters(own: &Method) -> String {
    if own.files.is_empty() {
        return own.parameters.clone();
    }
    let names: Vec<String> = own.files.iter().map(|file| handle::bare(&file.file_id).to_owned()).collect();
    Value::Object(put(own, &names)).to_string()
}

/// The same as fields of a form, with these names of the files. Whither it goes stands in the form
/// already.
pub(super) fn fields(form: Form, own: &Method, names: &[String]) -> Form {
    let fields = put(own, names).into_iter().filter(|(name, _)| name != "chat_id");
    fields.fold(form, |form, (name, value)| match value {
        Value::String(text) => form.text(name, text),
        other => form.text(name, other.to_string()),
    })
}

/// The parameters with these names in place of the handles.
fn put(own: &Method, names: &[String]) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = serde_json::from_str(&own.parameters).unwrap_or_default();
    match parameters.get_mut("media").and_then(Value::as_array_mut) {
        Some(items) => {
            for (item, name) in items.iter_mut().filter_map(Value::as_object_mut).zip(names) {
                item.insert("media".into(), json!(name));
            }
        }
        None => {
            if let (Some(file), Some(name)) = (own.files.first(), names.first()) {
                parameters.insert(file.kind.field().into(), json!(name));
            }
        }
    }
    parameters
}

/// An album without the photos that cannot be had any more; none if that leaves none. One alone is
/// no album.
pub(super) fn only(own: &Method, is_there: impl Fn(&OutMedia) -> bool) -> Option<Method> {
    let mut parameters: Map<String, Value> = serde_json::from_str(&own.parameters).ok()?;
    let Some(Value::Array(items)) = parameters.remove("media") else { return None };
    let both = own.files.iter().zip(items).filter(|(file, _)| is_there(file));
    let (files, items): (Vec<OutMedia>, Vec<Value>) = both.map(|(file, item)| (file.clone(), item)).unzip();
    let name = match &*items {
        [] => return None,
        [one] => {
            for (part, of) in [("photo", "media"), ("has_spoiler", "has_spoiler")] {
                if let Some(value) = one.get(of) {
                    parameters.insert(part.into(), value.clone());
                }
            }
            "sendPhoto"
        }
        _ => {
            parameters.insert("media".into(), Value::Array(items));
            own.name
        }
    };
    let parameters = Value::Object(parameters).to_string();
    Some(Method { name, parameters, shows: own.shows, files, ..Method::default() })
}

/// The words of a photo that cannot be had any more, without it.
pub(super) fn without_photo(own: &Method) -> Option<Call> {
    if own.name != "sendPhoto" || own.files.is_empty() {
        return None;
    }
    let mut parameters: Map<String, Value> = serde_json::from_str(&own.parameters).ok()?;
    let words = parameters.remove("caption")?;
    for part in ["photo", "has_spoiler"] {
        parameters.remove(part);
    }
    parameters.insert("text".into(), words);
    parameters.insert("link_preview_options".into(), json!({ "is_disabled": true }));
    Some(text(Value::Object(parameters).to_string()))
}

/// A message of words alone.
pub(super) fn text(parameters: String) -> Call {
    Call::Method(Box::new(Method { name: "sendMessage", parameters, shows: true, ..Method::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::relay::content::MediaKind;

    fn photo(handle: &str) -> OutMedia {
        serde_json::from_value(json!({ "kind": "photo", "file_id": handle, "unique_id": "u" }))
            .map(|media: OutMedia| OutMedia { kind: MediaKind::Photo, ..media })
            .expect("a photo")
    }

    fn method(name: &'static str, parameters: Value, photos: &[&str]) -> Method {
        let files = photos.iter().map(|handle| photo(handle)).collect();
        Method { name, parameters: parameters.to_string(), shows: true, files, ..Method::default() }
    }

    fn read(words: &str) -> Value {
        serde_json::from_str(words).expect("JSON")
    }

    #[test]
    fn telegram_hears_its_own_names_of_photos() {
        let one = method("sendPhoto", json!({ "photo": "3:AgAC", "caption": "\"3:AgAC\"" }), &["3:AgAC"]);
        assert_eq!(read(&parameters(&one)), json!({ "photo": "AgAC", "caption": "\"3:AgAC\"" }));
        let items = json!([{ "type": "photo", "media": "3:a" }, { "type": "photo", "media": "b" }]);
        let album = method("sendMediaGroup", json!({ "chat_id": 7, "media": items }), &["3:a", "b"]);
        let said = read(&parameters(&album));
        assert_eq!((&said["media"][0]["media"], &said["media"][1]["media"]), (&json!("a"), &json!("b")));
        // Of another kind: under its own field.
        let mut voice = method("sendVoice", json!({ "voice": "3:AwAC" }), &["3:AwAC"]);
        voice.files[0].kind = MediaKind::Voice;
        assert_eq!(read(&parameters(&voice)), json!({ "voice": "AwAC" }));
        // Without photos it stays as it was written.
        let plain = method("sendInvoice", json!({ "photo": "3:x" }), &[]);
        assert_eq!(parameters(&plain), plain.parameters);
    }

    #[test]
    fn an_album_comes_without_what_is_gone() {
        let item =
            |name: &str, veiled: bool| json!({ "type": "photo", "media": name, "has_spoiler": veiled });
        let items = json!([item("3:a", false), item("b", true), item("c", false)]);
        let all = method("sendMediaGroup", json!({ "chat_id": 7, "media": items }), &["3:a", "b", "c"]);
        let here = |photo: &OutMedia| !photo.file_id.starts_with("3:");
        let two = only(&all, here).expect("two are there");
        assert_eq!((two.name, two.files.len()), ("sendMediaGroup", 2));
        assert_eq!(read(&two.parameters)["media"], json!([item("b", true), item("c", false)]));
        let one = only(&all, |photo| photo.file_id == "b").expect("one is there");
        assert_eq!((one.name, one.files.len()), ("sendPhoto", 1));
        assert_eq!(read(&one.parameters), json!({ "chat_id": 7, "photo": "b", "has_spoiler": true }));
        assert_eq!(only(&all, |_| false), None);
        assert_eq!(only(&method("sendPhoto", json!({ "photo": "3:a" }), &["3:a"]), here), None);
    }

    #[test]
    fn a_photo_that_is_gone_leaves_its_words() {
        let all = json!({ "chat_id": 7, "photo": "3:x", "caption": "Lisa, 28", "has_spoiler": true,
            "protect_content": true });
        let Some(Call::Method(said)) = without_photo(&method("sendPhoto", all, &["3:x"])) else {
            panic!("nothing is said")
        };
        let link = json!({ "is_disabled": true });
        assert_eq!((said.name, said.files.len()), ("sendMessage", 0));
        assert_eq!(
            read(&said.parameters),
            json!({ "chat_id": 7, "text": "Lisa, 28", "protect_content": true, "link_preview_options": link })
        );
        assert_eq!(without_photo(&method("sendPhoto", json!({ "photo": "x" }), &["x"])), None);
        assert_eq!(without_photo(&method("sendMediaGroup", json!({ "caption": "x" }), &["x"])), None);
    }
}
