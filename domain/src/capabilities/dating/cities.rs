//! Cities that people name in place of a position. Each stands for the cell that it lies in, which
//! is all that is ever known of where somebody is.

use super::place::Cell;
use crate::text::Lang;

/// Russian name, English name, latitude, longitude (degrees).
const CITIES: &[(&str, &str, f64, f64)] = &[
    ("Москва", "Moscow", 55.75, 37.62),
    ("Санкт-Петербург", "Saint Petersburg", 59.94, 30.31),
    ("Новосибирск", "Novosibirsk", 55.03, 82.92),
    ("Екатеринбург", "Yekaterinburg", 56.84, 60.61),
    ("Казань", "Kazan", 55.79, 49.12),
    ("Нижний Новгород", "Nizhny Novgorod", 56.33, 44.00),
    ("Красноярск", "Krasnoyarsk", 56.01, 92.87),
    ("Челябинск", "Chelyabinsk", 55.16, 61.40),
    ("Самара", "Samara", 53.20, 50.15),
    ("Уфа", "Ufa", 54.74, 55.97),
    ("Ростов-на-Дону", "Rostov on Don", 47.24, 39.71),
    ("Краснодар", "Krasnodar", 45.04, 38.98),
    ("Омск", "Omsk", 54.99, 73.37),
    ("Воронеж", "Voronezh", 51.67, 39.18),
    ("Пермь", "Perm", 58.01, 56.25),
    ("Волгоград", "Volgograd", 48.71, 44.51),
    ("Саратов", "Saratov", 51.53, 46.03),
    ("Тюмень", "Tyumen", 57.15, 65.53),
    ("Тольятти", "Tolyatti", 53.51, 49.42),
    ("Ижевск", "Izhevsk", 56.85, 53.20),
    ("Барнаул", "Barnaul", 53.35, 83.78),
    ("Ульяновск", "Ulyanovsk", 54.32, 48.40),
    ("Иркутск", "Irkutsk", 52.29, 104.30),
    ("Хабаровск", "Khabarovsk", 48.48, 135.08),
    ("Ярославль", "Yaroslavl", 57.63, 39.87),
    ("Владивосток", "Vladivostok", 43.12, 131.89),
    ("Махачкала", "Makhachkala", 42.98, 47.50),
    ("Томск", "Tomsk", 56.49, 84.95),
    ("Оренбург", "Orenburg", 51.77, 55.10),
    ("Кемерово", "Kemerovo", 55.35, 86.09),
    ("Новокузнецк", "Novokuznetsk", 53.76, 87.12),
    ("Рязань", "Ryazan", 54.63, 39.74),
    ("Набережные Челны", "Naberezhnye Chelny", 55.74, 52.40),
    ("Астрахань", "Astrakhan", 46.35, 48.04),
    ("Пенза", "Penza", 53.20, 45.00),
    ("Киров", "Kirov", 58.60, 49.67),
    ("Липецк", "Lipetsk", 52.61, 39.59),
    ("Чебоксары", "Cheboksary", 56.15, 47.25),
    ("Калининград", "Kaliningrad", 54.71, 20.51),
    ("Тула", "Tula", 54.19, 37.62),
    ("Курск", "Kursk", 51.73, 36.19),
    ("Ставрополь", "Stavropol", 45.04, 41.97),
    ("Сочи", "Sochi", 43.59, 39.73),
    ("Улан-Удэ", "Ulan Ude", 51.83, 107.61),
    ("Тверь", "Tver", 56.86, 35.90),
    ("Магнитогорск", "Magnitogorsk", 53.41, 58.98),
    ("Иваново", "Ivanovo", 57.00, 40.97),
    ("Брянск", "Bryansk", 53.24, 34.36),
    ("Белгород", "Belgorod", 50.60, 36.59),
    ("Сургут", "Surgut", 61.25, 73.40),
    ("Владимир", "Vladimir", 56.13, 40.41),
    ("Чита", "Chita", 52.03, 113.50),
    ("Архангельск", "Arkhangelsk", 64.54, 40.54),
    ("Калуга", "Kaluga", 54.51, 36.26),
    ("Смоленск", "Smolensk", 54.78, 32.05),
    ("Волжский", "Volzhsky", 48.79, 44.78),
    ("Якутск", "Yakutsk", 62.03, 129.73),
    ("Саранск", "Saransk", 54.19, 45.18),
    ("Череповец", "Cherepovets", 59.13, 37.91),
    ("Вологда", "Vologda", 59.22, 39.89),
    ("Орёл", "Oryol", 52.97, 36.07),
    ("Мурманск", "Murmansk", 68.97, 33.08),
    ("Тамбов", "Tambov", 52.72, 41.45),
    ("Петрозаводск", "Petrozavodsk", 61.79, 34.35),
    ("Кострома", "Kostroma", 57.77, 40.93),
    ("Новороссийск", "Novorossiysk", 44.72, 37.77),
    ("Великий Новгород", "Veliky Novgorod", 58.52, 31.27),
    ("Псков", "Pskov", 57.82, 28.33),
    ("Минск", "Minsk", 53.90, 27.57),
    ("Гомель", "Gomel", 52.44, 30.99),
    ("Гродно", "Grodno", 53.67, 23.83),
    ("Брест", "Brest", 52.10, 23.70),
    ("Киев", "Kyiv", 50.45, 30.52),
    ("Харьков", "Kharkiv", 49.99, 36.23),
    ("Одесса", "Odesa", 46.48, 30.73),
    ("Львов", "Lviv", 49.84, 24.03),
    ("Днепр", "Dnipro", 48.46, 35.05),
    ("Алматы", "Almaty", 43.24, 76.89),
    ("Астана", "Astana", 51.17, 71.43),
    ("Шымкент", "Shymkent", 42.32, 69.59),
    ("Караганда", "Karaganda", 49.81, 73.09),
    ("Ташкент", "Tashkent", 41.30, 69.24),
    ("Самарканд", "Samarkand", 39.65, 66.96),
    ("Бишкек", "Bishkek", 42.87, 74.59),
    ("Душанбе", "Dushanbe", 38.56, 68.77),
    ("Ереван", "Yerevan", 40.18, 44.51),
    ("Тбилиси", "Tbilisi", 41.72, 44.78),
    ("Батуми", "Batumi", 41.64, 41.64),
    ("Баку", "Baku", 40.41, 49.87),
    ("Кишинёв", "Chisinau", 47.01, 28.86),
    ("Рига", "Riga", 56.95, 24.11),
    ("Вильнюс", "Vilnius", 54.69, 25.28),
    ("Таллин", "Tallinn", 59.44, 24.75),
    ("Берлин", "Berlin", 52.52, 13.40),
    ("Мюнхен", "Munich", 48.14, 11.58),
    ("Гамбург", "Hamburg", 53.55, 9.99),
    ("Вена", "Vienna", 48.21, 16.37),
    ("Прага", "Prague", 50.08, 14.44),
    ("Варшава", "Warsaw", 52.23, 21.01),
    ("Белград", "Belgrade", 44.79, 20.45),
    ("Стамбул", "Istanbul", 41.01, 28.98),
    ("Анталья", "Antalya", 36.90, 30.70),
    ("Тель-Авив", "Tel Aviv", 32.08, 34.78),
    ("Дубай", "Dubai", 25.20, 55.27),
    ("Лондон", "London", 51.51, -0.13),
    ("Париж", "Paris", 48.86, 2.35),
    ("Рим", "Rome", 41.90, 12.50),
    ("Мадрид", "Madrid", 40.42, -3.70),
    ("Барселона", "Barcelona", 41.39, 2.17),
    ("Лиссабон", "Lisbon", 38.72, -9.14),
    ("Амстердам", "Amsterdam", 52.37, 4.90),
    ("Хельсинки", "Helsinki", 60.17, 24.94),
    ("Стокгольм", "Stockholm", 59.33, 18.07),
    ("Нью-Йорк", "New York", 40.71, -74.01),
    ("Лос-Анджелес", "Los Angeles", 34.05, -118.24),
    ("Торонто", "Toronto", 43.65, -79.38),
    ("Бангкок", "Bangkok", 13.76, 100.50),
    ("Пхукет", "Phuket", 7.88, 98.39),
    ("Денпасар", "Denpasar", -8.65, 115.22),
];

/// Short names that everybody uses.
const SHORT: &[(&str, &str)] = &[
    ("спб", "Saint Petersburg"),
    ("питер", "Saint Petersburg"),
    ("петербург", "Saint Petersburg"),
    ("мск", "Moscow"),
    ("екб", "Yekaterinburg"),
    ("ростов", "Rostov on Don"),
    ("нижний", "Nizhny Novgorod"),
    ("kiev", "Kyiv"),
];

/// The cell of a city by its name, however it is capitalised.
pub fn find(words: &str) -> Option<Cell> {
    let wanted = plain(words);
    let short = SHORT.iter().find(|(short, _)| *short == wanted).map(|(_, name)| plain(name));
    let wanted = short.unwrap_or(wanted);
    let found = CITIES.iter().find(|(ru, en, ..)| plain(ru) == wanted || plain(en) == wanted)?;
    Cell::of(found.2, found.3)
}

/// How many there are.
pub fn count() -> usize {
    CITIES.len()
}

/// The name of the city of this number.
pub fn name(n: usize, lang: Lang) -> Option<&'static str> {
    CITIES.get(n).map(|(ru, en, ..)| match lang {
        Lang::Ru => *ru,
        Lang::En => *en,
    })
}

/// A word for the city of this number that does not change when the list does.
pub fn id(n: usize) -> Option<String> {
    name(n, Lang::En).map(|name| name.to_lowercase().replace(' ', "-"))
}

/// The number of the city of this word.
pub fn of_id(word: &str) -> Option<usize> {
    (0..CITIES.len()).find(|n| id(*n).as_deref() == Some(word))
}

/// Where the city of this number lies.
pub fn cell_of(n: usize) -> Option<Cell> {
    CITIES.get(n).and_then(|city| Cell::of(city.2, city.3))
}

/// The city that lies in a cell, if one does, and the one that is nearest to it.
pub fn around(cell: Cell) -> (Option<usize>, Option<usize>) {
    let far = |n: usize| cell_of(n).map_or(f64::INFINITY, |city| cell.distance_km(city));
    let nearest = (0..CITIES.len()).min_by(|a, b| far(*a).total_cmp(&far(*b)));
    (nearest.filter(|n| cell_of(*n) == Some(cell)), nearest)
}

/// A name without what people write differently.
fn plain(words: &str) -> String {
    let lower = words.trim().to_lowercase().replace('ё', "е");
    let letters = lower.chars().map(|c| if c.is_alphabetic() { c } else { ' ' }).collect::<String>();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}
