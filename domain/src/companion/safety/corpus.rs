//! The corpora of the detector's tests: ordinary lines made from parts, invented stems, and the
//! tricks that disguise them. Nothing explicit is written here: the stems mean nothing.

use crate::random::Random;

/// Invented stems as a lexicon.
pub const LEXICON: &str = "
[sexual]
бзыркл*
глумпан*
шныгол*
хрюмзик*
фуфырк*
зёмбрик*
дрыйкан*
пчихун*
мырчаг*
жлябун*
щурбал*
кудряпс*
тыльгоч*
вячинд*
гюрзак*
нюхтопл*
чвякот*
цырбул*
эклымаг*
лопчихан*
blorfin*
snergal*
quampot*
zibblet*
frondick*
glimmot*
tharnip*
wuzzgar*
plonket*
drabsin*
skerfol*
morblat*
vintrag*
chumfrel*
yorbist*
krandel*
jelfron*
hobsnat*
gruzpel*
stornik*
[minor]
пупсявк*
кнопсик*
tinklet*
smolkin*
[undressing]
сплюхивал*
deplumfer*
[partial]
полублямк*
semiglorp*
[full]
блямкнут*
fullglorp*
";

/// The invented stems of a lexicon's sexual section: Russian, then English.
pub fn stems() -> (Vec<&'static str>, Vec<&'static str>) {
    let section = LEXICON.split("[minor]").next().unwrap_or_default();
    let stems = section.lines().filter_map(|line| line.strip_suffix('*'));
    stems.partition(|stem| !stem.is_ascii())
}

/// A way to disguise a word: messages that a person would send, one after another.
pub struct Trick {
    /// Name, as in docs/safety.md.
    pub name: &'static str,
    /// Whether the detector claims to see it at all.
    pub claimed: bool,
    /// The disguise; none where it does not apply to the word.
    pub disguise: fn(&str, &mut Random) -> Option<Vec<String>>,
}

fn each(word: &str, change: impl Fn(char) -> String) -> String {
    word.chars().map(change).collect()
}

fn joined(word: &str, with: &str) -> Option<Vec<String>> {
    let letters: Vec<String> = word.chars().map(String::from).collect();
    Some(vec![format!("ну {} да", letters.join(with))])
}

fn one(text: String) -> Option<Vec<String>> {
    Some(vec![format!("ok {text}, yes")])
}

/// A change that must alter the word to count.
fn changed(word: &str, new: String) -> Option<Vec<String>> {
    (new != word).then(|| one(new)).flatten()
}

fn halves(word: &str) -> (String, String) {
    let letters: Vec<char> = word.chars().collect();
    let (a, b) = letters.split_at(letters.len() / 2);
    (a.iter().collect(), b.iter().collect())
}

fn swap(word: &str, pairs: &[(char, &str)]) -> String {
    each(word, |c| {
        pairs.iter().find(|(from, _)| *from == c).map_or(c.to_string(), |(_, to)| (*to).to_owned())
    })
}

const LEET_EN: &[(char, &str)] =
    &[('o', "0"), ('i', "1"), ('e', "3"), ('a', "4"), ('s', "$"), ('t', "7"), ('g', "9")];
const LEET_RU: &[(char, &str)] = &[('о', "0"), ('з', "3"), ('ч', "4"), ('б', "6"), ('а', "@"), ('и', "1")];
const ALIKE_RU: &[(char, &str)] = &[
    ('а', "a"),
    ('с', "c"),
    ('е', "e"),
    ('о', "o"),
    ('р', "p"),
    ('х', "x"),
    ('у', "y"),
    ('к', "k"),
    ('м', "m"),
    ('т', "t"),
];
const ALIKE_EN: &[(char, &str)] =
    &[('a', "а"), ('c', "с"), ('e', "е"), ('o', "о"), ('p', "р"), ('x', "х"), ('y', "у")];
const SCIENTIFIC: &[(char, &str)] = &[
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "yo"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "y"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "kh"),
    ('ц', "ts"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "shch"),
    ('ъ', ""),
    ('ь', ""),
    ('ы', "y"),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
];

/// Every trick, in the table's order.
pub const TRICKS: &[Trick] = &[
    Trick { name: "plain", claimed: true, disguise: |w, _| one(w.to_owned()) },
    Trick {
        name: "an ending added",
        claimed: true,
        disguise: |w, _| one(format!("{w}{}", if w.is_ascii() { "ing" } else { "ами" })),
    },
    Trick { name: "capitals", claimed: true, disguise: |w, _| one(w.to_uppercase()) },
    Trick {
        name: "full-width and circled letters",
        claimed: true,
        disguise: |w, random| {
            let base = if random.chance(50) { 0xFF41 } else { 0x24D0 };
            let wide = |c: char| char::from_u32(base + c as u32 - 'a' as u32).unwrap_or(c).to_string();
            if w.is_ascii() { one(each(w, wide)) } else { None }
        },
    },
    Trick {
        name: "invisible characters",
        claimed: true,
        disguise: |w, _| one(each(w, |c| format!("{c}\u{200b}\u{ad}"))),
    },
    Trick { name: "accents", claimed: true, disguise: |w, _| one(each(w, |c| format!("{c}\u{301}"))) },
    Trick { name: "ё and е", claimed: true, disguise: |w, _| changed(w, w.replace('ё', "е")) },
    Trick { name: "letters spaced", claimed: true, disguise: |w, _| joined(w, " ") },
    Trick { name: "letters dotted", claimed: true, disguise: |w, _| joined(w, ".") },
    Trick {
        name: "a sign inside",
        claimed: true,
        disguise: |w, random| {
            let (a, b) = halves(w);
            one(format!("{a}{}{b}", ["-", "*", "_", "."][random.below(4) as usize]))
        },
    },
    Trick {
        name: "letters drawn out",
        claimed: true,
        disguise: |w, random| {
            let at = random.below(w.chars().count() as u64) as usize;
            one(w
                .chars()
                .enumerate()
                .map(|(i, c)| c.to_string().repeat(if i == at { 5 } else { 1 }))
                .collect())
        },
    },
    Trick {
        name: "digits and signs for letters",
        claimed: true,
        disguise: |w, _| changed(w, swap(&swap(w, LEET_EN), LEET_RU)),
    },
    Trick {
        name: "look-alikes of the other alphabet",
        claimed: true,
        disguise: |w, _| changed(w, if w.is_ascii() { swap(w, ALIKE_EN) } else { swap(w, ALIKE_RU) }),
    },
    Trick {
        name: "Russian in Latin letters",
        claimed: true,
        disguise: |w, _| changed(w, swap(w, SCIENTIFIC)),
    },
    Trick {
        name: "letters spaced, with dashes and look-alikes",
        claimed: true,
        disguise: |w, _| joined(&swap(w, if w.is_ascii() { ALIKE_EN } else { ALIKE_RU }), "  -  "),
    },
    Trick {
        name: "split over two messages",
        claimed: true,
        disguise: |w, _| {
            let (a, b) = halves(w);
            Some(vec![a, b])
        },
    },
    Trick {
        name: "a letter a message",
        claimed: true,
        disguise: |w, _| Some(w.chars().take(8).map(String::from).collect()),
    },
    Trick {
        name: "split by a space",
        claimed: false,
        disguise: |w, _| {
            let (a, b) = halves(w);
            one(format!("{a} {b}"))
        },
    },
    Trick { name: "written backwards", claimed: false, disguise: |w, _| one(w.chars().rev().collect()) },
    Trick {
        name: "two letters swapped",
        claimed: false,
        disguise: |w, _| {
            let mut letters: Vec<char> = w.chars().collect();
            letters.swap(2, 3);
            changed(w, letters.into_iter().collect())
        },
    },
    Trick {
        name: "a letter left out",
        claimed: false,
        disguise: |w, _| one(w.chars().enumerate().filter(|(i, _)| *i != 2).map(|(_, c)| c).collect()),
    },
    Trick {
        name: "a letter starred",
        claimed: false,
        disguise: |w, _| one(w.chars().enumerate().map(|(i, c)| if i == 2 { '*' } else { c }).collect()),
    },
];

const PARTS: &[(&str, &[&str])] = &[
    (
        "{имя}",
        &[
            "Маша",
            "Олег",
            "Саша",
            "Лена",
            "Дима",
            "Катя",
            "Игорь",
            "Настя",
            "Артём",
            "Вика",
            "бабушка",
            "сосед",
        ],
    ),
    (
        "{место}",
        &[
            "в парке",
            "на даче",
            "в Казани",
            "у реки",
            "в кино",
            "на работе",
            "в метро",
            "дома",
            "в Эссексе",
            "на катке",
        ],
    ),
    (
        "{еда}",
        &[
            "борщ",
            "пельмени",
            "пиццу",
            "шарлотку",
            "суп с фрикадельками",
            "блины",
            "кашу",
            "салат",
            "голубцы",
        ],
    ),
    (
        "{вещь}",
        &[
            "велосипед",
            "ноутбук",
            "гитару",
            "палатку",
            "чайник",
            "книгу",
            "телефон",
            "зонт",
            "секстант",
            "раздатку",
        ],
    ),
    (
        "{день}",
        &["вчера", "сегодня", "завтра", "в субботу", "на выходных", "летом", "вечером", "утром", "в пятницу"],
    ),
    (
        "{как}",
        &["весело", "тихо", "странно", "скучно", "здорово", "холодно", "душно", "уютно", "по-детски смешно"],
    ),
    ("{n}", &["3", "5", "7", "10", "12", "14", "15", "16", "20", "25", "40", "100"]),
    (
        "{name}",
        &[
            "Anna",
            "Mike",
            "Olga",
            "Tom",
            "Lucy",
            "Sam",
            "Nina",
            "Jack",
            "my boss",
            "the neighbour",
            "grandma",
            "Ben",
        ],
    ),
    (
        "{place}",
        &[
            "in the park",
            "at work",
            "in Essex",
            "by the river",
            "at home",
            "in Sussex",
            "on the train",
            "in Middlesex",
            "at the gym",
            "downtown",
        ],
    ),
    (
        "{food}",
        &[
            "soup",
            "pizza",
            "pancakes",
            "a sandwich",
            "ramen",
            "salad",
            "cookies",
            "a pie",
            "tacos",
            "chicken breast",
        ],
    ),
    (
        "{thing}",
        &[
            "a bike",
            "a laptop",
            "a guitar",
            "a tent",
            "a kettle",
            "a book",
            "a phone",
            "an umbrella",
            "a sextant",
            "a camera",
        ],
    ),
    (
        "{day}",
        &[
            "yesterday",
            "today",
            "tomorrow",
            "on Saturday",
            "this weekend",
            "last summer",
            "tonight",
            "in the morning",
            "on Friday",
        ],
    ),
    ("{how}", &["fun", "quiet", "strange", "boring", "great", "cold", "noisy", "cosy", "a bit silly"]),
    ("{mood}", &["😀", "🙂", "", "!", "...", "😅", ")))", "👍", "❤️", "?!"]),
];

const LINES: &[&str] = &[
    "{день} мы с другом ({имя}) были {место}, было {как} {mood}",
    "{имя} готовит {еда}, а я сижу {место}{mood}",
    "купила {вещь} за {n} тысяч, {день} привезут {mood}",
    "приду через {n} минут, встретимся {место}?",
    "мне {n} раз звонили {день}, но я {место}",
    "у нас {место} минус {n} градусов и {как} {mood}",
    "{имя} опять забыл {вещь} {место} {mood}",
    "осталось {n} дней до отпуска, {день} соберу {вещь}",
    "мы дружим уже {n} лет, познакомились {место} {mood}",
    "{n} лет назад тут было {как}, {имя} помнит",
    "сын учится в 7 классе, {день} у него олимпиада, {имя} переживает {mood}",
    "дочке {n} лет, любит {еда} {mood}",
    "дети спят, {день} пойдём гулять {место}",
    "умираю со смеху, {имя} уронил {вещь} {место} {mood}",
    "хочу {еда} просто до смерти {mood} {день} приготовлю",
    "сегодня убил {n} часов на {вещь}, вышло {как}",
    "не хочу жить в городе, {место} {как} {mood}",
    "голые стены, ремонт идёт {n} месяцев, {день} привезут {вещь}",
    "поезд в 17:{n}, я {место}, возьми {вещь}",
    "а {имя} правда любит {еда}? {mood}",
    "расскажи, где ты {день} была, {место}? {mood}",
    "сняла пальто, налила чай, включила кино {место} {mood} {имя} придёт в {n}",
    "у меня болит голова, {день} отлежусь, {имя} купит {еда}",
    "скидка {n}% на {вещь}, {день} последний шанс {mood}",
    "ребята, кто {день} {место}? {имя} зовёт на {еда}",
    "это самое {как} место, {имя} был {n} раз",
    "{day} I met {name} {place}, it was {how} {mood}",
    "{name} is cooking {food} and I am {place} {mood}",
    "bought {thing} for {n} dollars, it comes {day}",
    "I will be there in {n} minutes, meet me {place}?",
    "{name} called me {n} times {day} {mood}",
    "it is {n} degrees {place} and {how} {mood}",
    "{name} forgot {thing} {place} again {mood}",
    "{n} days until the holiday, packing {thing} {day}",
    "we have been friends for {n} years, we met {place} {mood}",
    "{n} years ago it was {how} {place}, {name} remembers",
    "my son is in 7th grade, {name} helps him {day} {mood}",
    "my daughter is {n} years old and loves {food} {mood}",
    "the kids are asleep, {day} we go for a walk {place}",
    "want to die laughing, {name} dropped {thing} {place} {mood}",
    "I could kill for {food} right now {mood} {day} maybe",
    "killed {n} hours on {thing} {day}, it was {how}",
    "I don't want to live in the city, it is {how} {place} {mood}",
    "you can see it with the naked eye {place}, {name} says {mood} {n}",
    "a minor issue with {thing}, {name} fixes it {day} {mood}",
    "the train leaves at 17:{n}, I am {place}, bring {thing}",
    "does {name} really like {food}? {mood} {day}",
    "tell me where you were {day}, {place}? {mood}",
    "took off my coat, made tea, a film {place} {mood} {name} comes at {n}",
    "{n}% off {thing} {day}, last chance {mood}",
    "guys, who is {place} {day}? {name} wants {food}",
    "I cut myself some {food}, {name} laughed {mood} {day}",
];

/// So many different ordinary lines.
pub fn ordinary(count: usize) -> Vec<String> {
    let mut random = Random::new(17);
    let mut all = std::collections::BTreeSet::new();
    let mut lines = Vec::with_capacity(count);
    while lines.len() < count {
        let mut line = LINES[random.below(LINES.len() as u64) as usize].to_owned();
        for (slot, words) in PARTS {
            while line.contains(slot) {
                line = line.replacen(slot, words[random.below(words.len() as u64) as usize], 1);
            }
        }
        if all.insert(line.clone()) {
            lines.push(line);
        }
    }
    lines
}

/// What people say who wish to harm themselves, beside what only sounds so.
pub const SELF_HARM: &[&str] = &[
    "я хочу умереть",
    "больше не хочу жить",
    "жить не хочется совсем",
    "думаю о самоубийстве каждый день",
    "хочу покончить с собой",
    "иногда думаю, что лучше бы я умерла",
    "снова режу себя",
    "не вижу, зачем дальше, нет смысла жить",
    "с у и ц и д",
    "хочу у.м.е.р.е.т.ь",
    "наверное наглотаюсь таблеток",
    "хочy yмepeть",
    "I want to die",
    "i wanna die",
    "I'm going to kill myself",
    "thinking about suicide again",
    "i don't want to live anymore",
    "everyone would be better off dead without me, I mean me, better off dead",
    "i keep cutting myself",
    "there is no reason to live",
    "i want to end it all",
    "I wish I was dead",
    "k i l l myself",
    "su1c1de",
];

/// Which nobody says that means it.
pub const NOT_SELF_HARM: &[&str] = &[
    "умираю со смеху",
    "хочу умереть со смеху",
    "убить время",
    "убийственный фильм",
    "смотрел Отряд самоубийц",
    "не хочу жить в Москве",
    "я не хочу умереть в пробке",
    "эта пробка меня убьёт",
    "want to die of laughter",
    "this traffic kills me",
    "i cut myself shaving",
    "Suicide Squad was bad",
    "i don't want to live in London",
    "dying to see you",
    "my phone died",
    "killed it on stage",
];
