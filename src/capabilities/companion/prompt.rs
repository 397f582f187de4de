//! What a model is asked: the project's rules, the character, what was said.

use super::store::{Open, Said};
use nameless_backends::port::ChatRequest;
use nameless_domain::companion::constants::{RECALL_SHARE, RECALLED_CHARS};
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

/// What is told of one side of a recalled turn.
fn cut(text: &str) -> String {
    text.chars().take(RECALLED_CHARS).collect()
}

/// Older turns that share words with what is said now, as a model reads them before that; first to
/// give way.
fn recalled<'o>(turns: impl Iterator<Item = &'o (i32, Said)>, lang: Lang) -> Vec<Extra> {
    let (person, character) = match lang {
        Lang::Ru => ("(Раньше собеседник говорил: ", " — а ты: "),
        Lang::En => ("(Earlier the other person said: ", " — and you: "),
    };
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
    // The history ends where it would with something recalled, whether there is something or not:
    // what comes and goes with each turn must not move its beginning. Who says more than that
    // leaves has all of it.
    let plain = context::build(&parts, budget - recall_share(budget), tokens)
        .or_else(|_| context::build(&parts, budget, tokens))?;
    let from = plain.turns_left_out;
    let before = match from.checked_sub(1) {
        Some(at) => numbers.get(at).copied().unwrap_or_default().max(loaded),
        None => loaded,
    };
    // What stands in the prompt anyway is not recalled.
    let older = open.recalled.iter().filter(|(of, said)| *of <= before && (open.adult || !said.adult));
    // It takes nobody's place: it has its share, and the room that is left.
    let mut room = budget.saturating_sub(plain.tokens);
    let fits = |line: &Extra| match room.checked_sub(line.cost(tokens)) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    };
    let found: Vec<Extra> = recalled(older, lang).into_iter().filter(fits).collect();
    if found.is_empty() && plain.extras_left_out == 0 {
        return Ok((plain, before));
    }
    let extras: Vec<Extra> = found.into_iter().chain(facts.iter().cloned()).collect();
    let left = Parts { extras: &extras, history: &history[from..], first: parts.first + from, ..parts };
    let mut prompt = context::build(&left, budget, tokens)?;
    prompt.turns_left_out += from;
    Ok((prompt, before))
}

/// Tokens of a budget that are kept for what is recalled.
fn recall_share(budget: u32) -> u32 {
    (budget / 100 * RECALL_SHARE.0).min(RECALL_SHARE.1)
}

/// The request for a prompt. The session's name tells nothing of anybody.
pub(super) fn request(prompt: &Prompt, most_answer: u32, session: String, again: bool) -> ChatRequest {
    ChatRequest { messages: prompt.messages.clone(), most_answer, session, again }
}

/// What is judged with the turn's own words: those before it, in whichever mode they were said.
pub(super) fn window(open: &Open) -> Window {
    let mut window = Window::default();
    for turn in &open.history {
        window.push(Side::Person, &turn.asked);
        window.push(Side::Character, &turn.reply);
    }
    // Older than the history, and told to the model whatever was said since: so it leaves the
    // window after the history, not before.
    let recalled = open.recalled.iter().flat_map(|(_, turn)| [cut(&turn.asked), cut(&turn.reply)]);
    let older: Vec<String> =
        std::iter::once(open.summary.clone()).chain(recalled).filter(|text| !text.is_empty()).collect();
    if !older.is_empty() {
        window.push(Side::Character, &older.join("\n"));
    }
    // As much a part of what is asked as the words.
    if !open.facts.is_empty() {
        window.push(Side::Person, &open.facts.join("\n"));
    }
    window.push(Side::Person, &open.asked);
    window
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use nameless_domain::companion::safety::{Detector, Lexicon, Ruling};

    fn said(asked: &str, reply: &str) -> Said {
        Said { asked: asked.to_owned(), reply: reply.to_owned(), adult: false }
    }

    /// A dialog of so many turns, of which none says anything.
    pub(in crate::capabilities::companion) fn dialog(turns: i32) -> Open {
        let calm = said(
            "Another quiet evening by the sea, with a lamp and a book and nothing else to do.",
            "The wind is from the east, the harbour is asleep, and the tea is nearly ready.",
        );
        Open {
            persona: "vera".to_owned(),
            own: None,
            lang: "en".to_owned(),
            asked: "And what then?".to_owned(),
            facts: Vec::new(),
            history: (0..turns).map(|_| calm.clone()).collect(),
            numbers: (1..=turns).collect(),
            recalled: Vec::new(),
            by_words: Vec::new(),
            meant: false,
            summary: String::new(),
            summed: 0,
            adult: true,
            first: 0,
            notice: false,
            of: (1, 1),
            calls: 0,
            recalls: 0,
        }
    }

    #[test]
    fn what_a_model_is_told_is_judged_however_long_the_dialog() {
        let detector = Detector::new(Lexicon::shipped());
        let asked = "Tell me about sex".to_owned();
        let judged = |open: &Open| detector.judge(&window(open)).ruling(true);
        for turns in [0, 3, 5, 40] {
            let plain = Open { asked: asked.clone(), ..dialog(turns) };
            assert_eq!(judged(&plain), Ruling::Passes, "{turns}");
            let recalled = vec![(1, said("I met a schoolgirl.", "Oh."))];
            assert_eq!(judged(&Open { recalled, ..plain.clone() }), Ruling::Refused, "{turns}");
            let summary = "They met a schoolgirl.".to_owned();
            assert_eq!(judged(&Open { summary, ..plain }), Ruling::Refused, "{turns}");
        }
    }

    #[test]
    fn what_is_recalled_takes_no_place_of_what_was_said_last() {
        let (persona, tokens) = (Persona::default(), Tokens::default());
        let plain = dialog(12);
        let boat = said(&"My boat is called Albatross. ".repeat(6), &"A proud name for a hull. ".repeat(6));
        let open = Open { recalled: vec![(1, boat)], ..plain.clone() };
        let all = of(&persona, (&plain, false), 100_000, &tokens).expect("a prompt").0.tokens;
        let mut times = 0;
        for budget in (all - 500..all).rev().step_by(10) {
            let (without, before) = of(&persona, (&plain, false), budget, &tokens).expect("a prompt");
            let (prompt, cut) = of(&persona, (&open, false), budget, &tokens).expect("a prompt");
            assert_eq!((cut, prompt.turns_left_out), (before, without.turns_left_out), "{budget}");
            assert!(prompt.tokens <= budget, "{budget}");
            times += usize::from(prompt.messages.last().is_some_and(|last| last.text.contains("Albatross")));
        }
        assert!(times > 0, "where there is room it is told");
    }

    /// Guards: there is something left for what is recalled at each length of a dialog, also just
    /// before a block is let go, and it moves nothing of what a provider's cache may keep.
    #[test]
    fn what_is_recalled_has_a_share_of_its_own_and_leaves_the_beginning_as_it_is() {
        let (persona, tokens, budget) = (Persona::default(), Tokens::default(), 1_500);
        let boat = said(&"My boat is called Albatross. ".repeat(6), &"A proud name for a hull. ".repeat(6));
        let line = recalled([(1, boat.clone())].iter(), Lang::En)[0].cost(&tokens);
        assert!(line <= recall_share(budget), "{line}");
        let (mut told, mut least) = (0, u32::MAX);
        for turns in 20..60 {
            let plain = dialog(turns);
            let open = Open { recalled: vec![(1, boat.clone())], ..plain.clone() };
            let (without, before) = of(&persona, (&plain, false), budget, &tokens).expect("a prompt");
            let (with, cut) = of(&persona, (&open, false), budget, &tokens).expect("a prompt");
            assert_eq!((cut, with.turns_left_out), (before, without.turns_left_out), "{turns}");
            assert!(with.tokens <= budget, "{turns}");
            let beginning = |prompt: &Prompt| prompt.messages[..prompt.messages.len() - 1].to_vec();
            assert_eq!(beginning(&with), beginning(&without), "{turns}");
            let is_told = with.messages.last().is_some_and(|last| last.text.contains("Albatross"));
            assert_eq!(is_told, cut > 0, "{turns}: what is not in the prompt is recalled");
            told += usize::from(is_told);
            if cut > 0 {
                least = least.min(budget - without.tokens);
            }
        }
        assert!(told > 20, "{told}");
        // Some of them were just before a block went: without a share there was no room.
        assert!(least < recall_share(budget) + line, "{least}");
    }
}
