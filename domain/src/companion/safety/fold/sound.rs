//! How words sound, so that every habit of transliteration is one.

/// How a Russian word sounds, in Latin letters that every habit of transliteration folds to. Empty
/// if the word holds anything but letters.
pub(in crate::companion::safety) fn sound(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    if word.chars().all(|c| c.is_ascii_lowercase()) {
        sound_of_latin(word, &mut out);
    } else {
        for c in word.chars() {
            let Some(sound) = sound_of(c) else { return String::new() };
            out.push_str(sound);
        }
    }
    out
}

fn sound_of(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ж' => "j",
        'з' => "z",
        'и' | 'й' | 'ы' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "h",
        'ц' => "c",
        'ч' => "q",
        'ш' | 'щ' => "w",
        'ъ' | 'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        _ => return None,
    })
}

fn sound_of_latin(word: &str, out: &mut String) {
    const GROUPS: [(&str, &str); 24] = [
        ("shch", "w"),
        ("sch", "w"),
        ("sh", "w"),
        ("ch", "q"),
        ("zh", "j"),
        ("kh", "h"),
        ("ts", "c"),
        ("tz", "c"),
        ("ph", "f"),
        ("ck", "k"),
        ("yo", "e"),
        ("jo", "e"),
        ("ye", "e"),
        ("je", "e"),
        ("ju", "iu"),
        ("yu", "iu"),
        ("ja", "ia"),
        ("ya", "ia"),
        ("iy", "ii"),
        ("yj", "ii"),
        ("ij", "ii"),
        ("w", "v"),
        ("x", "h"),
        ("y", "i"),
    ];
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        if let Some((from, to)) = GROUPS.iter().find(|(from, _)| rest.starts_with(from)) {
            out.push_str(to);
            rest = &rest[from.len()..];
            continue;
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
}
