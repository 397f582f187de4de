use super::*;

const GOOD: &str = r#"
    [day]
    person = 0.2
    all = 10
    [help]
    confirmed = "the operator"
    ru = "помощь"
    en = "help"
    [[model]]
    name = "one"
    url = "https://example.org/v1"
    key_env = "KEY"
    models = ["m"]
    context = 8192
    answer = 400
    prompt = 0.5
    reply = 1.5
    cap = 3
"#;

fn wrong(text: &str) -> String {
    match of_text(text, |name| (name == "KEY").then(|| "secret".to_owned())) {
        Ok(_) => String::new(),
        Err(mistakes) => mistakes.join("\n"),
    }
}

#[test]
fn a_whole_one_is_taken() {
    let back_ends = of_text(GOOD, |_| Some("secret".to_owned())).unwrap_or_else(|_| panic!("back ends"));
    let [one] = &back_ends.models[..] else { panic!("one") };
    let price = TokenPrice { prompt: Micros(500_000), answer: Micros(1_500_000) };
    assert_eq!((one.price, one.cap), (Price::Tokens(price), Micros(3_000_000)));
    assert_eq!((back_ends.person, back_ends.all), (Micros(200_000), Micros(10_000_000)));
    assert_eq!(back_ends.rates, Rates { minute: 10, hour: 100, script: true });
    assert!(!back_ends.adult && !one.adult, "off unless somebody says otherwise");
    let text = GOOD.replace("[day]", "adult = true\n[day]").replace("cap = 3", "cap = 3\nadult = true");
    let back_ends = of_text(&text, |_| Some("secret".to_owned())).unwrap_or_else(|_| panic!("back ends"));
    assert!(back_ends.adult && back_ends.models[0].adult);
}

#[test]
fn each_mistake_is_named() {
    for (from, to, told) in [
        ("reply = 1.5", "", "price is missing"),
        ("reply = 1.5", "reply = -1", "price is missing"),
        ("cap = 3", "", "give cap"),
        ("cap = 3", "free = true", "price is missing"),
        ("confirmed = \"the operator\"", "", "help.confirmed is empty"),
        ("ru = \"помощь\"", "ru = \" \"", "help.ru"),
        ("person = 0.2", "person = nan", "day.person is no amount"),
        ("person = 0.2", "", "missing field `person`"),
        ("key_env = \"KEY\"", "key_env = \"OTHER\"", "OTHER, its key_env, is not set"),
        ("key_env = \"KEY\"", "key_file = \"/nowhere/key\"", "key_file: "),
        ("url = \"https://example.org/v1\"", "url = \"example\"", "not an address"),
        ("name = \"one\"", "name = \"One\"", "name is 1 to 32"),
        ("context = 8192", "context = 700", "context is"),
        ("models = [\"m\"]", "models = []", "models names one"),
        ("answer = 400", "answer = 400\ncolour = 3", "unknown field"),
        ("[day]", "adult = true\n[day]", "needs a [[model]]"),
        ("[day]", "[day]\npictures = -1", "day.pictures is no amount"),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"one\"\nurl = \"http://a\"\ndialect = \"sdapi\"\nfree = true",
            "another one's",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"http://a\"\ndialect = \"sdapi\"",
            "price is missing",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"http://a\"\ndialect = \"sdapi\"\nprice = 1",
            "give cap",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"http://a\"\ndialect = \"comfyui\"\nfree = true",
            "give workflow",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"http://a\"\ndialect = \"sdapi\"\nfree = true\nsize = [7, 7]",
            "size is",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"a\"\ndialect = \"sdapi\"\nfree = true",
            "not an address",
        ),
        (
            "cap = 3",
            "cap = 3\n[[image]]\nname = \"i\"\nurl = \"http://a\"\ndialect = \"sdapi\"\nfree = true\nadult = true",
            "an image has adult",
        ),
        ("answer = 400", "answer = 400\nadult = true", "and the file has not"),
    ] {
        let said = wrong(&GOOD.replace(from, to));
        assert!(said.contains(told), "{to}: {said}");
    }
    assert_eq!(wrong(GOOD), "");
    let twice = GOOD.split_once("[[model]]").map(|(_, model)| format!("{GOOD}\n[[model]]{model}"));
    assert!(wrong(&twice.expect("a model")).contains("another one's"));
}

const EMBEDDING: &str = r#"
    [embedding]
    name = "meaning"
    url = "https://example.org/v1"
    model = "small"
    dimensions = 384
    price = 0.02
    cap = 1
"#;

#[test]
fn who_makes_vectors_has_a_price_a_length_and_a_name_of_its_own() {
    let whole = format!("{GOOD}{EMBEDDING}");
    let back_ends = of_text(&whole, |_| Some("secret".to_owned())).unwrap_or_else(|_| panic!("back ends"));
    let end = back_ends.embedding.expect("one");
    let price = TokenPrice { prompt: Micros(20_000), answer: Micros::ZERO };
    assert_eq!((end.price, end.cap, end.adult), (Price::Tokens(price), Micros(1_000_000), false));
    assert_eq!((end.wait.as_millis(), &*end.space), (400, "small:384:"));
    for (from, to, told) in [
        ("price = 0.02", "", "price is missing"),
        ("price = 0.02", "price = -1", "price is missing"),
        ("price = 0.02", "price = 1\n    free = true", "price is missing"),
        ("cap = 1", "", "give cap"),
        ("dimensions = 384", "dimensions = 0", "dimensions is"),
        ("dimensions = 384", "dimensions = 5000", "dimensions is"),
        ("dimensions = 384", "", "missing field `dimensions`"),
        ("model = \"small\"", "model = \" \"", "model is"),
        ("cap = 1", "cap = 1\n    wait = 10", "wait is"),
        ("cap = 1", "cap = 1\n    least = 1.5", "least is"),
        ("cap = 1", "cap = 1\n    least = nan", "least is"),
        ("cap = 1", "cap = 1\n    places = 0", "places is"),
        ("cap = 1", "cap = 1\n    adult = true", "and the file has not"),
        ("cap = 1", "cap = 1\n    key_env = \"OTHER\"", "OTHER, its key_env, is not set"),
        ("name = \"meaning\"", "name = \"one\"", "another one's"),
        ("name = \"meaning\"", "name = \"Meaning\"", "name is 1 to 32"),
        ("url = \"https://example.org/v1\"", "url = \"example\"", "not an address"),
        ("cap = 1", "cap = 1\n    colour = 3", "unknown field"),
    ] {
        let said = wrong(&format!("{GOOD}{}", EMBEDDING.replace(from, to)));
        assert!(said.contains(told), "{to}: {said}");
    }
    assert_eq!(wrong(&whole), "");
}

/// What ships says what is missing, and nothing else.
#[test]
fn the_example_is_nearly_whole() {
    let said = wrong(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/backends.toml")));
    assert!(said.contains("help.confirmed") && said.contains("no [[model]]"), "{said}");
    let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/backends.toml"));
    let part = |name: &str| -> String {
        let lines = example.lines().skip_while(|line| *line != format!("# {name}"));
        let lines = lines.take_while(|line| !line.is_empty());
        lines.filter_map(|line| Some(format!("{}\n", line.strip_prefix("# ")?))).collect()
    };
    let (head, _) = GOOD.split_once("[[model]]").expect("a model");
    let text = format!("{head}\n{}\n{}", part("[[model]]"), part("[embedding]"));
    assert!(text.contains("dimensions"), "{text}");
    let text = text.replace("OPENROUTER_KEY", "KEY");
    assert_eq!(wrong(&text), "");
}
