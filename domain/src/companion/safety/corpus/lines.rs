//! Ordinary lines made from parts; and what people say who wish to harm themselves, beside what
//! only sounds so.

use crate::random::Random;

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
