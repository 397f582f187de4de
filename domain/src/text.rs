//! Texts as keys. The domain names what is to be said; the locale files say how.

use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A language the bot speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Lang; 2] = [Lang::Ru, Lang::En];

    /// Two-letter code, as in the locale files and in Telegram's `language_code`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Ru => "ru",
            Lang::En => "en",
        }
    }

    /// The language of a code such as `ru` or `en-GB`; none if the bot does not speak it.
    pub fn from_code(code: &str) -> Option<Lang> {
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        Lang::ALL.into_iter().find(|l| l.code().eq_ignore_ascii_case(primary))
    }

    /// What to speak to a person whose Telegram says `code`. Russian for the languages whose
    /// speakers mostly read it, English for the rest.
    pub fn guess(code: Option<&str>) -> Lang {
        match code.map(|c| c.split(['-', '_']).next().unwrap_or_default()) {
            Some("ru" | "be" | "uk" | "kk" | "ky" | "uz" | "tg" | "tt") => Lang::Ru,
            _ => Lang::En,
        }
    }
}

/// A value placed into a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A number; plural rules apply to it.
    Number(i64),
    /// A text that needs no translation. Never anything that identifies a person.
    Text(Cow<'static, str>),
    /// A date and a time, written as the language does, in UTC.
    Moment(Millis),
    /// Another key, translated first (the name of a setting inside a sentence).
    Key(&'static str),
    /// Several keys, translated and joined with commas.
    Keys(Vec<&'static str>),
    /// Commands, each on a line with what it does, which is a key.
    Commands(Vec<(&'static str, &'static str)>),
}

/// A text to be said: a key of the locale files and its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Msg {
    /// Key in `config/locales/*.ftl`.
    pub key: &'static str,
    /// Arguments by name.
    pub args: Vec<(&'static str, Arg)>,
}

impl Msg {
    /// A text without arguments.
    pub const fn new(key: &'static str) -> Msg {
        Msg { key, args: Vec::new() }
    }

    /// The same with a number placed into it.
    pub fn number(mut self, name: &'static str, value: i64) -> Msg {
        self.args.push((name, Arg::Number(value)));
        self
    }

    /// The same with `$emoji`, one of Telegram's dice.
    pub fn emoji(mut self, emoji: &str) -> Msg {
        self.args.push(("emoji", Arg::Text(Cow::Owned(emoji.to_owned()))));
        self
    }

    /// The same with words placed into it that need no translation. Never anything that identifies
    /// a person to others.
    pub fn words(mut self, name: &'static str, words: String) -> Msg {
        self.args.push((name, Arg::Text(Cow::Owned(words))));
        self
    }

    /// The same with a date and time placed into it.
    pub fn moment(mut self, name: &'static str, at: Millis) -> Msg {
        self.args.push((name, Arg::Moment(at)));
        self
    }

    /// The same with another key's text placed into it.
    pub fn key(mut self, name: &'static str, key: &'static str) -> Msg {
        self.args.push((name, Arg::Key(key)));
        self
    }

    /// The same with a list of commands placed into it.
    pub fn commands(mut self, name: &'static str, commands: Vec<(&'static str, &'static str)>) -> Msg {
        self.args.push((name, Arg::Commands(commands)));
        self
    }

    /// The same with a list of keys' texts placed into it.
    pub fn keys(mut self, name: &'static str, keys: Vec<&'static str>) -> Msg {
        self.args.push((name, Arg::Keys(keys)));
        self
    }
}

/// One button of an inline keyboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Button {
    /// Its label.
    pub label: Msg,
    /// A tick in front of the label: this is the present choice.
    pub chosen: bool,
    /// What happens when it is pressed.
    pub action: Action,
}

/// What a pressed button does (<https://core.telegram.org/bots/api#inlinekeyboardbutton>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The bot is told this, at most 64 bytes: `feature:verb:argument...`.
    Data(String),
    /// Opens an address.
    Url(String),
    /// Opens a Mini App at this address.
    WebApp(String),
    /// Pays the invoice that the message is. Must be the first button of the first row.
    Pay,
    /// Copies a text, at most 256 characters.
    Copy(String),
}

impl Button {
    /// A button that is not ticked.
    pub fn new(key: &'static str, data: impl Into<String>) -> Button {
        Button::with(key, Action::Data(data.into()))
    }

    /// A button that does something else than telling the bot.
    pub fn with(key: &'static str, action: Action) -> Button {
        Button { label: Msg::new(key), chosen: false, action }
    }

    /// What the bot is told when it is pressed, if it is.
    pub fn data(&self) -> Option<&str> {
        match &self.action {
            Action::Data(data) => Some(data),
            _ => None,
        }
    }

    /// The same, ticked if `chosen`.
    pub fn chosen(mut self, chosen: bool) -> Button {
        self.chosen = chosen;
        self
    }
}

/// What a user is shown: a text and the buttons under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// The text.
    pub text: Msg,
    /// Rows of buttons, top first; empty for none.
    pub keyboard: Vec<Vec<Button>>,
}

impl Screen {
    /// A text without buttons.
    pub const fn text(key: &'static str) -> Screen {
        Screen { text: Msg::new(key), keyboard: Vec::new() }
    }

    /// A screen with this text and no buttons yet.
    pub fn of(text: Msg) -> Screen {
        Screen { text, keyboard: Vec::new() }
    }

    /// The same with one more row of buttons below.
    pub fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Screen {
        self.keyboard.push(buttons.into_iter().collect());
        self
    }
}
