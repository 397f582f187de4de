use super::*;
use crate::companion::constants::MESSAGE_UNITS;
use crate::relay::content::{Entity, EntityKind, Rich};
use proptest::prelude::*;

fn marked(rich: &Rich) -> Vec<(String, String)> {
    let wide: Vec<u16> = rich.text.encode_utf16().collect();
    let words =
        |e: &Entity| String::from_utf16(&wide[e.offset as usize..(e.offset + e.length) as usize]).unwrap();
    rich.entities.iter().map(|e| (format!("{:?}", e.kind), words(e))).collect()
}

fn read(markdown: &str) -> (String, Vec<(String, String)>) {
    let rich = to_rich(markdown);
    let marks = marked(&rich);
    (rich.text, marks)
}

fn mark(kind: &str, words: &str) -> (String, String) {
    (kind.to_owned(), words.to_owned())
}

#[test]
fn markdown_becomes_entities_counted_in_utf_16() {
    assert_eq!(
        read("👋🏽 **Привет**, *она улыбнулась*. ~~нет~~ `x = 1`"),
        (
            "👋🏽 Привет, она улыбнулась. нет x = 1".to_owned(),
            vec![
                mark("Bold", "Привет"),
                mark("Italic", "она улыбнулась"),
                mark("Strikethrough", "нет"),
                mark("Code", "x = 1")
            ]
        )
    );
}

#[test]
fn blocks_are_parted_by_an_empty_line() {
    assert_eq!(
        read("# Title\nfirst\nsecond\n\n> quoted\n\n```rust\nlet a = 1;\n```\n\n---\nend"),
        (
            "Title\n\nfirst\nsecond\n\nquoted\n\nlet a = 1;\n\n———\n\nend".to_owned(),
            vec![
                mark("Bold", "Title"),
                mark("Blockquote", "quoted"),
                mark("Pre { language: Some(\"rust\") }", "let a = 1;")
            ]
        )
    );
}

#[test]
fn what_is_opened_and_empty_marks_nothing() {
    assert_eq!(read("😀\n~~~"), ("😀".to_owned(), vec![]));
}

#[test]
fn lists_keep_their_marks() {
    assert_eq!(read("- a\n- b\n  - c\n\n3. x\n4. y").0, "• a\n• b\n  • c\n\n3. x\n4. y");
}

#[test]
fn links_show_where_they_lead() {
    assert_eq!(
        read("[here](https://example.org) <https://example.org>").0,
        "here (https://example.org) https://example.org"
    );
    assert_eq!(read("![a cat](https://example.org/cat.png)").0, "a cat");
}

#[test]
fn what_is_no_markdown_stays() {
    for text in ["2 * 3 * 4", "a_b_c", "<b>not bold</b>", "**open", "[x", "`", "5 > 3"] {
        assert_eq!(read(text).0, text);
    }
}

#[test]
fn cuts_are_where_a_reader_would_make_them() {
    let cut =
        |text: &str, limit| split(&Rich::plain(text), limit).into_iter().map(|r| r.text).collect::<Vec<_>>();
    assert_eq!(cut("One two.\n\nThree four five.", 20), ["One two.", "Three four five."]);
    assert_eq!(cut("One two three. Four five six.", 20), ["One two three.", "Four five six."]);
    assert_eq!(cut("one two three four", 10), ["one two", "three four"]);
    assert_eq!(cut("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 17), ["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]);
    assert_eq!(cut("  \n ", 10), [""; 0]);
    assert_eq!(
        cut("e\u{301}\u{301}\u{301}\u{301}\u{301}", 3).concat(),
        "e\u{301}\u{301}\u{301}\u{301}\u{301}"
    );
}

#[test]
fn formatting_goes_on_behind_a_cut() {
    let rich = to_rich("**one two three four**");
    let parts: Vec<_> = split(&rich, 10).iter().map(marked).collect();
    assert_eq!(parts, [vec![mark("Bold", "one two")], vec![mark("Bold", "three four")]]);
}

#[test]
fn a_reply_that_ran_out_ends_with_a_sentence() {
    for (text, cut) in [
        ("Я пришла. Ты где? Потом мы", "Я пришла. Ты где?"),
        ("*Она молчит.* И вот", "*Она молчит.*"),
        ("no end at all", "no end at all"),
        ("Whole.", "Whole."),
    ] {
        assert_eq!(cut_to_sentence(text), cut);
    }
}

#[test]
fn deep_nesting_is_read() {
    for text in [
        ">".repeat(5_000),
        "*".repeat(20_000),
        "- ".repeat(2_000),
        "[".repeat(5_000),
        "**a *b ".repeat(2_000),
    ] {
        let rich = to_rich(&text);
        assert!(split(&rich, MESSAGE_UNITS).iter().all(|p| units(&p.text) <= MESSAGE_UNITS));
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    /// Whatever a model writes: entities lie within the text, between whole characters.
    #[test]
    fn entities_fit(text in "([*_~`>#\\[\\]()! \n0-9.-]|[a-zа-я😀é]|\\*\\*){0,120}") {
        let rich = to_rich(&text);
        let total = units(&rich.text) as u32;
        for entity in &rich.entities {
            prop_assert!(entity.length > 0 && entity.offset + entity.length <= total);
        }
        marked(&rich);
    }

    /// Cutting loses nothing but white space, keeps the limit, and every letter keeps its marks.
    #[test]
    fn cuts_lose_nothing(text in "([*_~` \n.]|[a-zа-я😀]|\\*\\*|e\u{301}|👨‍👩‍👧){0,200}", limit in 2..40usize) {
        let rich = to_rich(&text);
        let parts = split(&rich, limit);
        let joined: String = parts.iter().map(|p| p.text.as_str()).collect();
        prop_assert_eq!(squeezed(&joined), squeezed(&rich.text));
        let letters = |rich: &Rich| {
            let mut all = Vec::new();
            let mut at = 0u32;
            for c in rich.text.chars() {
                let covers = |e: &&Entity| e.offset <= at && at < e.offset + e.length;
                let mut kinds: Vec<&EntityKind> = rich.entities.iter().filter(covers).map(|e| &e.kind).collect();
                kinds.dedup();
                if !c.is_whitespace() {
                    all.push((c, format!("{kinds:?}")));
                }
                at += c.len_utf16() as u32;
            }
            all
        };
        let few = parts.iter().all(|p| p.entities.len() < crate::companion::constants::MESSAGE_ENTITIES);
        for part in &parts {
            prop_assert!(!part.text.is_empty() && units(&part.text) <= limit);
            marked(part);
        }
        if few {
            let cut: Vec<_> = parts.iter().flat_map(letters).collect();
            prop_assert_eq!(cut, letters(&rich));
        }
    }
}
