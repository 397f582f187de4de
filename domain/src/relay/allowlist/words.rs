//! The words that the rules go by, each with what it stands for.

use super::fold::{self, Folded};

/// What a word stands for: a set of the constants below.
pub(super) type Class = u16;

/// The name of a messenger or network.
pub(super) const MESSENGER: Class = 1;
/// "Phone", "number": a number may follow, if no other number is meant.
pub(super) const PHONE: Class = 1 << 1;
/// "Call me": a number is near.
pub(super) const CALL: Class = 1 << 2;
/// "Nick", "username".
pub(super) const NICK: Class = 1 << 3;
/// "Mail".
pub(super) const MAIL: Class = 1 << 4;
/// A provider of mail.
pub(super) const PROVIDER: Class = 1 << 5;
/// The at-sign in words.
pub(super) const AT: Class = 1 << 6;
/// The dot in words.
pub(super) const DOT: Class = 1 << 7;
/// The slash in words.
pub(super) const SLASH: Class = 1 << 8;
/// "Site", "follow": a link may follow.
pub(super) const SITE: Class = 1 << 9;
/// "Card".
pub(super) const CARD: Class = 1 << 10;
/// "Order", "flight", "seed": the number is no person's.
pub(super) const REFERENCE: Class = 1 << 11;
/// What is counted.
pub(super) const UNIT: Class = 1 << 12;
/// A word that may stand between a messenger and a name.
pub(super) const FILLER: Class = 1 << 13;
/// A word that is nobody's name in a network.
pub(super) const PLAIN: Class = 1 << 14;
/// A number in words, see [`number`].
pub(super) const NUMBER: Class = 1 << 15;

/// Words of these classes make a text suspicious by themselves.
pub(super) const GATE: Class = MESSENGER | NICK | MAIL | PROVIDER | AT | DOT | SLASH;

/// Letters after a stem that a pattern with `*` allows.
const ENDING: usize = 4;

/// Words by class; `*` stands for an ending.
const LISTS: &[(Class, &str)] = &[
    (
        MESSENGER,
        "инст инста инсты инсте инсту инстой инстик инстаграм* тг телега телеги телеге телегу телегой \
         телеграм* вк вконтакте дс дискорд* скайп* снап снапе снапчат* снэп* тикток* твич* стим стиме стима \
         фейсбук* фб одноклассник* ютуб* твиттер* аська аське insta instagram ig tg telegram tele vk \
         discord disc ds skype snap snapchat sc kik wechat tiktok twitch steam facebook fb twitter onlyfans \
         icq reddit linkedin line",
    ),
    (MESSENGER | CALL, "ватсап* вацап* вотсап* воцап* вайбер* вибер* whatsapp viber"),
    (
        PHONE,
        "тел тлф телефон* номер номера номеру номером номере номерок мобильн* сотов* домашний городской tel \
         phone number cell mobile",
    ),
    (
        CALL,
        "звони звоните звоните звякни позвони позвоните набери наберите набирай перезвони перезвоните маякни \
         смс call text ring dial sms",
    ),
    (NICK, "ник ником никнейм* юзер* юз логин* айди ид id username user nick nickname handle login"),
    (MAIL, "почта почту почте почты мыло емейл* имейл* email"),
    (MAIL | PROVIDER, "мейл* mail"),
    (
        PROVIDER,
        "гмейл* гмайл* джимейл* яндекс* рамблер* gmail yandex outlook hotmail yahoo icloud proton bk inbox rambler",
    ),
    (AT, "собака собаки собаку собачка собачки собачку"),
    (DOT, "точка тчк dot"),
    (SLASH, "слеш слэш slash"),
    (
        SITE,
        "сайт* канал канале блог* ссылк* заходи заходите подпишись подписывайся глянь портфолио site website \
         blog link channel visit portfolio follow",
    ),
    (CARD, "карта карту карте карты сбер* тиньк* card"),
    (
        REFERENCE,
        "заказ* трек трека накладн* штрихкод* артикул* сид сида рейс* поезд* билет* версия очеред* дома \
         квартир* комнат* отел* код кода пароль пин isbn seed order tracking flight room code password pin version ticket",
    ),
    (
        UNIT,
        "руб рубл* р человек людей тенге гривен доллар* бакс* евро просмотр* подписчик* км лет раз шт сум тыс \
         млн млрд м мм см мс сек секунд* байт* бит гб мб грн юаней йен вон голос* сообщени* слов знаков шагов км \
         meters km bytes seconds ms people views dollars euros bucks usd followers likes years",
    ),
    (
        FILLER,
        "в на я мой моя моё мое мне меня это как вот есть там у же просто по под имя мою моём ищи найди пиши \
         кину лови держи добавь добавляй аккаунт акк профиль такой is my me the i im on as in s name it its here add \
         find account profile m at",
    ),
    (
        PLAIN,
        "premium desktop nitro bots only live stories story shorts reels gold music beta lite group groups \
         chat chats channel video videos photo photos meme memes better worse dead down gone boring private \
         public banned hacked deleted closed open broken empty fake full free cool good great nice best fine \
         okay stupid dumb lame funny mine yours same there tomorrow today tonight later soon never always \
         please thanks sorry nope yeah sure maybe lmao haha with without from about people girls guys anyone \
         someone everyone models model waste lagging working blocked apps crypto scam trash toxic addictive \
         overrated everywhere what when where they them this that want need have more less most first last \
         something nothing anything because really very plus next back again over under which while than then \
         just like love hate works dota dota2 gta5 csgo windows android iphone xbox player client server \
         messenger update version support business story status widget home work noon night school office \
         party midnight once gym uni here media import override property param return staticmethod test \
         charset keyframes channel all rock jazz gaming streams stream \
         deck prime turbo play fest wallet stars ton boost overlay kids mini pay team controller sale gift card \
         cards keys mods picture taken cute ugly secret basic huge small big tiny short long weird strange slow \
         fast hard easy simple clean dirty cheap crazy insane lost late early ready wrong right true false real \
         okay alright perfect awesome amazing terrible horrible awful addict addiction cancer random spam hell \
         paradise useless history pointless empty blank clear quiet loud safe unsafe expensive difficult \
         garbage fire lame mess life king queen home hidden locked broke stuck ruined gone forever nothing admin root user guest password",
    ),
];

/// Numbers in words: value of each.
const NUMBERS: &[(&str, u16)] = &[
    ("ноль", 0),
    ("нуль", 0),
    ("нолик", 0),
    ("один", 1),
    ("одна", 1),
    ("единица", 1),
    ("два", 2),
    ("две", 2),
    ("двойка", 2),
    ("три", 3),
    ("тройка", 3),
    ("четыре", 4),
    ("пять", 5),
    ("шесть", 6),
    ("семь", 7),
    ("семёрка", 7),
    ("восемь", 8),
    ("восьмёрка", 8),
    ("восьмерка", 8),
    ("девять", 9),
    ("десять", 10),
    ("одиннадцать", 11),
    ("двенадцать", 12),
    ("тринадцать", 13),
    ("четырнадцать", 14),
    ("пятнадцать", 15),
    ("шестнадцать", 16),
    ("семнадцать", 17),
    ("восемнадцать", 18),
    ("девятнадцать", 19),
    ("двадцать", 20),
    ("тридцать", 30),
    ("сорок", 40),
    ("пятьдесят", 50),
    ("шестьдесят", 60),
    ("семьдесят", 70),
    ("восемьдесят", 80),
    ("девяносто", 90),
    ("сто", 100),
    ("двести", 200),
    ("триста", 300),
    ("четыреста", 400),
    ("пятьсот", 500),
    ("шестьсот", 600),
    ("семьсот", 700),
    ("восемьсот", 800),
    ("девятьсот", 900),
    ("zero", 0),
    ("oh", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

/// The first two letters of a word: what the dictionary is sorted by.
type Key = (char, char);

/// One entry of the dictionary.
struct Entry {
    key: Key,
    stem: &'static str,
    /// Whether an ending may follow.
    open: bool,
    class: Class,
}

/// The lists in alphabetical order.
static DICTIONARY: std::sync::LazyLock<Vec<Entry>> = std::sync::LazyLock::new(|| {
    let listed = LISTS.iter().flat_map(|&(class, words)| words.split_whitespace().map(move |w| (w, class)));
    let numbers = NUMBERS.iter().map(|&(word, _)| (word, NUMBER));
    let mut all: Vec<Entry> = listed
        .chain(numbers)
        .map(|(word, class)| {
            let stem = word.trim_end_matches('*');
            let mut letters = stem.chars();
            let key = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
            Entry { key, stem, open: stem.len() < word.len(), class }
        })
        .collect();
    all.sort_by_key(|e| (e.key, e.stem));
    all
});

/// What a folded word stands for; 0 if it is none of the listed ones.
pub(super) fn class(word: &[Folded]) -> Class {
    let Some(first) = word.first() else { return 0 };
    let key = (first.c, word.get(1).map_or('\0', |f| f.c));
    let dictionary = &*DICTIONARY;
    let start = dictionary.partition_point(|e| e.key < key);
    let mut class = 0;
    for entry in dictionary[start..].iter().take_while(|e| e.key == key) {
        let mut left = word.iter().map(|f| f.c);
        if entry.stem.chars().all(|c| left.next() == Some(c)) {
            let rest = left.len();
            if rest == 0 || entry.open && rest <= ENDING && left.all(char::is_alphabetic) {
                class |= entry.class;
            }
        }
    }
    class
}

/// The value of a number in words.
pub(super) fn number(word: &[Folded]) -> Option<u16> {
    NUMBERS.iter().find(|(w, _)| w.chars().eq(word.iter().map(|f| f.c))).map(|&(_, value)| value)
}

/// Bits of the filter.
const BITS: usize = 1 << 16;

/// A filter over the first four letters of a word: a bit for each hash of those that begin a word
/// of [`GATE`] or a number. A word without its bit is neither.
struct Filter([u64; BITS / 64]);

static FILTER: std::sync::LazyLock<Box<Filter>> = std::sync::LazyLock::new(|| {
    let mut filter = Box::new(Filter([0; BITS / 64]));
    for entry in DICTIONARY.iter().filter(|e| e.class & (GATE | NUMBER) != 0) {
        // With an ending the word is longer; what is longer than eight bytes is as long as that.
        for more in 0..=if entry.open { ENDING } else { 0 } {
            // Of all letters only "ё" has other last bits in upper case.
            for stem in [entry.stem, &entry.stem.to_uppercase()] {
                let word = format!("{stem}{}", &"яяяяяяяя"[..2 * more]);
                let (_, hash) = beginning(word.as_bytes(), 0);
                filter.0[hash / 64] |= 1 << (hash % 64);
            }
        }
    }
    filter
});

/// Where the word that begins at byte `at` ends, or its letters of one script, and a hash of its
/// first four letters (of eight, if they are ASCII), whatever their case.
#[inline]
fn beginning(bytes: &[u8], at: usize) -> (usize, usize) {
    let eight = match (bytes[at..].first_chunk(), bytes.last_chunk()) {
        (Some(eight), _) => u64::from_le_bytes(*eight),
        (None, Some(last)) => u64::from_le_bytes(*last) >> (8 * (8 + at - bytes.len())),
        (None, None) => bytes[at..].iter().rev().fold(0, |eight, &b| eight << 8 | u64::from(b)),
    };
    // The last five bits of a letter, of its second byte if it has two, are the same in either
    // case.
    let (end, letters) = if eight & 0x80 != 0 {
        // Two bytes a letter, the first of which is D0 or D1: four letters at once.
        let other = (eight & 0x00FE_00FE_00FE_00FE) ^ 0x00D0_00D0_00D0_00D0;
        let mut end = at + (other.trailing_zeros() as usize / 16 * 2).max(2);
        if other == 0 {
            while bytes.get(end).is_some_and(|b| b & 0xFE == 0xD0) {
                end += 2;
            }
        }
        (end, 0x1F00_1F00_1F00_1F00)
    } else {
        let mut end = at + 1;
        while bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
            end += 1;
        }
        (end, 0x1F1F_1F1F)
    };
    let len = (end - at).min(8);
    let key = eight & (u64::MAX >> (64 - 8 * len)) & letters | len as u64;
    (end, (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize)
}

/// Looks words up quickly: most are none of those that matter to [`super::gate`].
pub(super) struct Gate(&'static Filter);

impl Gate {
    /// The filter, made at the first call.
    pub fn new() -> Gate {
        Gate(&FILTER)
    }

    /// The word that begins at byte `at` of `text`: where it ends, or its letters of one script,
    /// and its class; 0 for what cannot be a gate word or a number.
    #[inline]
    pub fn word(&self, text: &str, at: usize) -> (usize, Class) {
        let (end, hash) = beginning(text.as_bytes(), at);
        let listed = self.0.0[hash / 64] >> (hash % 64) & 1 != 0;
        (end, if listed { looked_up(&text[at..]) } else { 0 })
    }
}

/// The class of the word that `text` begins with.
#[cold]
fn looked_up(text: &str) -> Class {
    /// Characters of the longest listed word with its ending.
    const LONGEST: usize = 20;
    let mut word = [Folded { c: ' ', at: 0 }; LONGEST];
    let mut len = 0;
    for c in text.chars().filter_map(fold::fold).take_while(|&c| fold::is_word(c)) {
        if len == LONGEST {
            return 0;
        }
        word[len].c = c;
        len += 1;
    }
    class(&word[..len])
}

#[cfg(test)]
mod tests {
    use super::super::fold::FoldedText;
    use super::*;

    fn of(word: &str) -> Class {
        class(&FoldedText::new(word).chars)
    }

    #[test]
    fn words_and_their_endings() {
        assert_eq!(of("Инста"), MESSENGER);
        assert_eq!(of("телеграмме"), MESSENGER);
        assert_eq!(of("whatsapp"), MESSENGER | CALL);
        assert_eq!(of("mail"), MAIL | PROVIDER);
        assert_eq!(of("восемь"), NUMBER);
        for word in ["институт", "никто", "никогда", "телевизор", "номерной", "звонить", "instant", "", "9"]
        {
            assert_eq!(of(word), 0, "{word}");
        }
    }

    #[test]
    fn the_filter_lets_every_gate_word_through() {
        for entry in DICTIONARY.iter() {
            let ended = format!("{}{}", entry.stem, if entry.open { "ом" } else { "" });
            for word in [entry.stem.to_owned(), entry.stem.to_uppercase(), ended] {
                for text in [word.clone(), format!("{word} "), format!("{word}: x"), format!("{word}»")] {
                    if entry.class & (GATE | NUMBER) != 0 {
                        assert_eq!(Gate::new().word(&text, 0).1, of(&word), "{text}");
                    }
                }
            }
        }
    }
}
