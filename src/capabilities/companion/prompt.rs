//! What a model is asked: the project's rules, the character, what was said.

use super::store::{Open, Said};
use nameless_backends::port::ChatRequest;
use nameless_domain::companion::constants::RECALLED_CHARS;
use nameless_domain::companion::context::{self, Extra, Parts, Prompt, Tokens, TooLong, Turn};
use nameless_domain::companion::persona::Persona;
use nameless_domain::companion::safety::{Side, Window};
use nameless_domain::text::Lang;

/// The rules that stand before every character. Those of adult mode differ in one line.
fn safety(lang: Lang, adult: bool) -> &'static str {
    match (lang, adult) {
        (Lang::Ru, true) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/safety/prompt-adult-ru.txt"))
        }
        (Lang::En, true) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/safety/prompt-adult-en.txt"))
        }
        (Lang::Ru, false) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/safety/prompt-ru.txt"))
        }
        (Lang::En, false) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/safety/prompt-en.txt"))
        }
    }
}

/// What is said to a model whose last reply went in circles.
fn note(lang: Lang, again: bool) -> &'static str {
    match (again, lang) {
        (false, _) => "",
        (true, Lang::Ru) => "(Скажи это иначе, чем раньше: другими словами и с другого начала.)",
        (true, Lang::En) => "(Say it differently than before: in other words, with another beginning.)",
    }
}

/// The examples of a character, as a model reads them.
fn examples(persona: &Persona, lang: Lang) -> String {
    let words = persona.words(lang);
    let head = match lang {
        Lang::Ru => "Так ты говоришь:",
        Lang::En => "This is how you talk:",
    };
    let pairs = words.examples.iter().map(|[said, reply]| format!("— {said}\n{}: {reply}", words.name));
    match words.examples.is_empty() {
        true => String::new(),
        false => std::iter::once(head.to_owned()).chain(pairs).collect::<Vec<_>>().join("\n"),
    }
}

/// What the person wants remembered, as a model reads it before their words. Changes seldom, but it
/// does: so it stands last, where no cache needs it to stay.
fn remembered(facts: &[String], lang: Lang) -> Vec<Extra> {
    let head = match lang {
        Lang::Ru => "(О собеседнике: ",
        Lang::En => "(About the other person: ",
    };
    let one = |(at, fact): (usize, &String)| Extra { priority: at as i32, text: format!("{head}{fact})") };
    facts.iter().enumerate().map(one).collect()
}

/// Older turns that share words with what is said now, as a model reads them before that; first to
/// give way.
fn recalled<'o>(turns: impl Iterator<Item = &'o (i32, Said)>, lang: Lang) -> Vec<Extra> {
    let (person, character) = match lang {
        Lang::Ru => ("(Раньше собеседник говорил: ", " — а ты: "),
        Lang::En => ("(Earlier the other person said: ", " — and you: "),
    };
    let cut = |text: &str| text.chars().take(RECALLED_CHARS).collect::<String>();
    let one = |(at, (_, said)): (usize, &(i32, Said))| Extra {
        priority: -1 - at as i32,
        text: format!("{person}{}{character}{})", cut(&said.asked), cut(&said.reply)),
    };
    turns.enumerate().map(one).collect()
}

/// What a dialog's older turns are summed up in, as a model reads it.
fn summary(open: &Open, lang: Lang) -> String {
    let head = match lang {
        Lang::Ru => "Раньше в этом разговоре:",
        Lang::En => "Earlier in this conversation:",
    };
    if open.summary.is_empty() { String::new() } else { format!("{head}\n{}", open.summary) }
}

/// The prompt for a turn within a budget of tokens, and the number of the last turn that there was
/// no room for; 0: there was room for all.
pub(super) fn of(
    persona: &Persona,
    (open, again): (&Open, bool),
    budget: u32,
    tokens: &Tokens,
) -> Result<(Prompt, i32), TooLong> {
    let lang = Lang::from_code(&open.lang).unwrap_or(Lang::En);
    let said = |side: Side, text: &String| Turn { side, text: text.clone() };
    let greeting = Turn { side: Side::Character, text: persona.words(lang).greeting.clone() };
    let mut history: Vec<Turn> = if open.first == 0 { vec![greeting] } else { Vec::new() };
    // Of which turn each of them is; the greeting is of none.
    let mut numbers = vec![0; history.len()];
    // What was said in adult mode goes to no model where it is off.
    for (turn, number) in open.history.iter().zip(&open.numbers).filter(|(turn, _)| open.adult || !turn.adult)
    {
        history.push(said(Side::Person, &turn.asked));
        history.push(said(Side::Character, &turn.reply));
        numbers.extend([*number, *number]);
    }
    let facts = remembered(&open.facts, lang);
    let (constants, summary) = (examples(persona, lang), summary(open, lang));
    let parts = Parts {
        safety: safety(lang, open.adult),
        persona: &persona.words(lang).about,
        constants: &constants,
        summary: &summary,
        history: &history,
        first: if open.first == 0 { 0 } else { 1 + 2 * open.first },
        extras: &facts,
        note: note(lang, again),
        user: &open.asked,
    };
    let loaded = i32::try_from(open.first).unwrap_or(i32::MAX);
    let cut = |prompt: &Prompt| match prompt.turns_left_out.checked_sub(1) {
        Some(at) => numbers.get(at).copied().unwrap_or_default().max(loaded),
        None => loaded,
    };
    let plain = context::build(&parts, budget, tokens)?;
    // What stands in the prompt anyway is not recalled.
    let before = cut(&plain);
    let older = open.recalled.iter().filter(|(of, said)| *of <= before && (open.adult || !said.adult));
    let found = recalled(older, lang);
    if found.is_empty() {
        return Ok((plain, before));
    }
    let extras: Vec<Extra> = found.into_iter().chain(facts.iter().cloned()).collect();
    let prompt = context::build(&Parts { extras: &extras, ..parts }, budget, tokens)?;
    let before = cut(&prompt);
    Ok((prompt, before))
}

/// The request for a prompt. The session's name tells nothing of anybody.
pub(super) fn request(prompt: &Prompt, most_answer: u32, session: String, again: bool) -> ChatRequest {
    ChatRequest { messages: prompt.messages.clone(), most_answer, session, again }
}

/// What is judged with the turn's own words: those before it, in whichever mode they were said.
pub(super) fn window(open: &Open) -> Window {
    let mut window = Window::default();
    // Told to the model like the history.
    if !open.summary.is_empty() {
        window.push(Side::Character, &open.summary);
    }
    for (_, turn) in &open.recalled {
        window.push(Side::Person, &turn.asked);
        window.push(Side::Character, &turn.reply);
    }
    for turn in &open.history {
        window.push(Side::Person, &turn.asked);
        window.push(Side::Character, &turn.reply);
    }
    // As much a part of what is asked as the words.
    if !open.facts.is_empty() {
        window.push(Side::Person, &open.facts.join("\n"));
    }
    window.push(Side::Person, &open.asked);
    window
}
