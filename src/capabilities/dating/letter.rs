//! Letters as they are shown: from whom, what they hold, and a button that answers. That one is the
//! first: by it a reply is known to be for whoever wrote.
//!
//! Words that follow each other come in one message, each file in one of its own: there the name
//! stands on the button, as not every kind has words below it.

use super::store::Bundle;
use crate::telegram::NEUTRAL_TAGS;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Matched, Sheet, Shown, Token};
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::ids::UserId;
use nameless_domain::relay::content::{Entity, EntityKind, MediaKind, OutMedia, Rich};
use nameless_domain::text::{Button, Lang, Msg};
use serde_json::{Map, Value, json};

/// Marks that Telegram takes in a text (docs/limits.md).
const MARKS: usize = 100;

/// The line above words.
const HEAD: &str = "dating-letter-head";
/// The one in place of a file that Telegram, or its receiver's settings, let not through.
const LOST: &str = "dating-letter-lost";

/// Length as Telegram counts it.
fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// Says letters of somebody to somebody.
struct Told<'a> {
    of: &'a Matched,
    texts: &'a dyn Texts,
    lang: Lang,
    to: UserId,
    is_silent: bool,
}

/// The calls that show letters, in their order.
pub(super) fn show(bundle: &Bundle, texts: &dyn Texts, to: UserId) -> Event {
    let told = Told { of: &bundle.of, texts, lang: bundle.lang, to, is_silent: bundle.is_silent };
    let is_file = |(_, letter): &(Token, Letter)| letter.file.is_some();
    let runs = bundle.letters.chunk_by(|one, next| !is_file(one) && !is_file(next));
    let sheets = runs.filter_map(|run| {
        let (name, first) = run.first()?;
        Some(match &first.file {
            Some(file) => told.file(*name, file, &first.words),
            None => {
                let parameters = told.words(*name, HEAD, run.iter().map(|(_, letter)| &letter.words));
                Sheet { file: None, parameters, instead: None }
            }
        })
    });
    let mut sheets: Vec<Sheet> = sheets.collect();
    match sheets.pop() {
        // As it was before files went by letter: a node of that version may tell it.
        Some(Sheet { file: None, parameters, .. }) if sheets.is_empty() => {
            Event::Show { method: Shown::Text, parameters, photos: Vec::new() }
        }
        last => {
            sheets.extend(last);
            Event::Letters(sheets)
        }
    }
}

impl Told<'_> {
    /// Words of several letters, of which the first is called so, below this line.
    fn words<'a>(&self, name: Token, head: &'static str, all: impl Iterator<Item = &'a Rich>) -> String {
        let mut text = self.texts.plain(self.lang, &self.named(Msg::new(head)));
        let mut entities = vec![Entity { kind: EntityKind::Bold, offset: 0, length: units(&text) }];
        for one in all {
            text.push_str("\n\n");
            let from = units(&text);
            text.push_str(&one.text);
            let moved = |e: &Entity| Entity { offset: e.offset.saturating_add(from), ..e.clone() };
            entities.extend(one.entities.iter().map(moved));
        }
        entities.truncate(MARKS);
        let answer = Button::new("dating-button-letter", self.answers());
        let mut parameters = self.below(name, &answer);
        parameters.insert("text".into(), json!(text));
        parameters.insert("entities".into(), json!(entities));
        parameters.insert("link_preview_options".into(), json!({ "is_disabled": true }));
        Value::Object(parameters).to_string()
    }

    /// A letter with a file.
    fn file(&self, name: Token, file: &OutMedia, words: &Rich) -> Sheet {
        let label = self.named(Msg::new("dating-button-letter-of"));
        let answer = Button { label, ..Button::new("dating-button-letter-of", self.answers()) };
        let mut parameters = self.below(name, &answer);
        let mut put = |name: &str, value: Value| _ = parameters.insert(name.to_owned(), value);
        put(file.kind.field(), json!(file.file_id));
        if !words.text.is_empty() {
            put("caption", json!(words.text));
            put("caption_entities", json!(words.entities.iter().take(MARKS).collect::<Vec<_>>()));
        }
        if file.kind.behind_spoiler() {
            put("has_spoiler", json!(file.spoiler));
            put("show_caption_above_media", json!(file.caption_above));
        }
        // Its own tags, or what Telegram makes of a file by itself, would show.
        match file.kind {
            MediaKind::Audio if file.launder.is_some() => {
                put("title", json!(NEUTRAL_TAGS.0));
                put("performer", json!(NEUTRAL_TAGS.1));
            }
            MediaKind::Document if file.launder.is_some() => {
                put("disable_content_type_detection", json!(true));
            }
            _ => {}
        }
        let below = Some(words).filter(|words| !words.text.is_empty());
        let instead = Some(self.words(name, LOST, below.into_iter()));
        Sheet { file: Some(file.clone()), parameters: Value::Object(parameters).to_string(), instead }
    }

    /// What tells the bot to whom a reply goes.
    fn answers(&self) -> String {
        format!("dt:letter:{}", self.of.token)
    }

    fn named(&self, msg: Msg) -> Msg {
        msg.words("name", self.of.name.clone()).number("age", self.of.age.into())
    }

    /// What every message of letters has: whither it goes, and the buttons below it.
    fn below(&self, name: Token, answer: &Button) -> Map<String, Value> {
        let label = |button: &Button| self.texts.label(self.lang, button);
        let key = |button: &Button| json!({ "text": label(button), "callback_data": button.data() });
        let report = Button::new("dating-button-letter-report", format!("dt:letter_report:{name}"));
        let mut parameters = Map::new();
        parameters.insert("chat_id".into(), json!(self.to.0));
        parameters.insert("disable_notification".into(), json!(self.is_silent));
        let keys = json!({ "inline_keyboard": [[key(answer)], [key(&report)]] });
        parameters.insert("reply_markup".into(), keys);
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says the name alone, and keys for labels.
    struct Bare;

    impl Texts for Bare {
        fn html(&self, _: Lang, msg: &Msg) -> String {
            msg.key.to_owned()
        }
        fn label(&self, _: Lang, button: &Button) -> String {
            button.label.key.to_owned()
        }
        fn plain(&self, _: Lang, _: &Msg) -> String {
            "🕊 Tom".to_owned()
        }
    }

    fn bundle(letters: Vec<Letter>) -> Bundle {
        Bundle {
            of: Matched { token: Token(0xff), name: "Tom".to_owned(), age: 28 },
            sender: UserId(4_711),
            theirs: Token(0xee),
            letters: letters.into_iter().enumerate().map(|(n, one)| (Token(n as u64 + 1), one)).collect(),
            lang: Lang::En,
            is_silent: true,
        }
    }

    fn words(text: &str) -> Letter {
        Letter { words: Rich::plain(text), file: None }
    }

    fn file(kind: MediaKind, launder: Option<&str>, words: &str) -> Letter {
        let file = OutMedia {
            kind,
            file_id: "3:AgAC".into(),
            unique_id: "unique".into(),
            launder: launder.map(Into::into),
            size: None,
            caption: Rich::default(),
            spoiler: kind.behind_spoiler(),
            caption_above: false,
            veiled: false,
            agreed: true,
            preview: Some("preview".into()),
        };
        Letter { words: Rich::plain(words), file: Some(file) }
    }

    fn read(parameters: &str) -> Value {
        serde_json::from_str(parameters).expect("JSON")
    }

    #[test]
    fn formatting_stays_on_its_words_and_the_first_button_answers() {
        let bold = Entity { kind: EntityKind::Bold, offset: 3, length: 2 };
        let second = Rich { text: "🙂 no".to_owned(), entities: vec![bold] };
        let bundle = bundle(vec![words("yes"), Letter { words: second, file: None }]);
        let Event::Show { parameters, .. } = show(&bundle, &Bare, UserId(7)) else { panic!() };
        let shown = read(&parameters);
        assert_eq!(shown["text"], "🕊 Tom\n\nyes\n\n🙂 no");
        // 6 units of the head, 2, 3, 2, then 3 to the words.
        assert_eq!(shown["entities"][0], json!({ "type": "bold", "offset": 0, "length": 6 }));
        assert_eq!(shown["entities"][1], json!({ "type": "bold", "offset": 16, "length": 2 }));
        assert_eq!(shown["disable_notification"], true);
        let rows = &shown["reply_markup"]["inline_keyboard"];
        assert_eq!(rows[0][0]["callback_data"], "dt:letter:00000000000000ff");
        assert_eq!(rows[1][0]["callback_data"], "dt:letter_report:0000000000000001");
    }

    #[test]
    fn files_come_between_the_words_in_their_order() {
        let all = vec![
            words("one"),
            words("two"),
            file(MediaKind::Photo, None, "a view"),
            file(MediaKind::Sticker, Some("sticker"), ""),
            words("three"),
        ];
        let Event::Letters(sheets) = show(&bundle(all), &Bare, UserId(7)) else { panic!() };
        let kinds: Vec<Option<MediaKind>> =
            sheets.iter().map(|sheet| sheet.file.as_ref().map(|file| file.kind)).collect();
        assert_eq!(kinds, [None, Some(MediaKind::Photo), Some(MediaKind::Sticker), None]);
        let all: Vec<Value> = sheets.iter().map(|sheet| read(&sheet.parameters)).collect();
        assert_eq!(all[0]["text"], "🕊 Tom\n\none\n\ntwo");
        assert_eq!((&all[1]["photo"], &all[1]["caption"]), (&json!("3:AgAC"), &json!("a view")));
        assert_eq!((&all[1]["has_spoiler"], &all[2]["has_spoiler"]), (&json!(true), &Value::Null));
        assert_eq!((&all[2]["sticker"], &all[2]["caption"]), (&json!("3:AgAC"), &Value::Null));
        assert_eq!(all[3]["text"], "🕊 Tom\n\nthree");
        // What is said where a file does not get through leads back as well.
        let lost: Vec<Option<Value>> =
            sheets.iter().map(|sheet| sheet.instead.as_deref().map(read)).collect();
        let [None, Some(photo), Some(sticker), None] = &lost[..] else { panic!("{lost:?}") };
        assert_eq!((&photo["text"], &sticker["text"]), (&json!("🕊 Tom\n\na view"), &json!("🕊 Tom")));
        assert_eq!(
            photo["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
            "dt:letter:00000000000000ff"
        );
        for (n, (shown, name)) in all.iter().zip([1, 3, 4, 5]).enumerate() {
            let rows = &shown["reply_markup"]["inline_keyboard"];
            assert_eq!(rows[0][0]["callback_data"], "dt:letter:00000000000000ff", "{n}");
            assert_eq!(rows[1][0]["callback_data"], format!("dt:letter_report:{name:016x}"), "{n}");
            // I5: nothing of who wrote, and nothing by which the file is known elsewhere.
            let shown = shown.to_string();
            assert!(
                !shown.contains("4711") && !shown.contains("unique") && !shown.contains("00ee"),
                "{shown}"
            );
        }
    }

    #[test]
    fn tags_of_a_renamed_file_are_neutral() {
        let one = |kind, launder| {
            let all = vec![file(kind, launder, "")];
            let Event::Letters(sheets) = show(&bundle(all), &Bare, UserId(7)) else { panic!() };
            read(&sheets[0].parameters)
        };
        let song = one(MediaKind::Audio, Some("audio.mp3"));
        assert_eq!((&song["title"], &song["performer"]), (&json!("audio"), &json!("-")));
        assert_eq!(one(MediaKind::Audio, None)["title"], Value::Null);
        let file = one(MediaKind::Document, Some("file.pdf"));
        assert_eq!(file["disable_content_type_detection"], true);
        assert_eq!(one(MediaKind::Document, None)["disable_content_type_detection"], Value::Null);
    }
}
