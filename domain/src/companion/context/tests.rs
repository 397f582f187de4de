use super::*;
use proptest::prelude::*;

fn parts<'p>(history: &'p [Turn], extras: &'p [Extra], user: &'p str) -> Parts<'p> {
    Parts {
        safety: "SAFETY",
        persona: "PERSONA",
        constants: "CONSTANTS",
        summary: "SUMMARY",
        history,
        first: 0,
        extras,
        note: "NOTE",
        user,
    }
}

fn turn(n: usize) -> Turn {
    let side = if n.is_multiple_of(2) { Side::Person } else { Side::Character };
    Turn { side, text: format!("turn number {n} with some words to it") }
}

#[test]
fn the_order_is_kept_and_the_changing_parts_go_last() {
    let history = [turn(0), turn(1)];
    let extras = [Extra { priority: 1, text: "LORE".into() }, Extra { priority: 9, text: "FACT".into() }];
    let prompt = build(&parts(&history, &extras, "Hello"), 1_000, &Tokens::default()).unwrap();
    let texts: Vec<&str> = prompt.messages.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "SAFETY\n\nPERSONA\n\nCONSTANTS\n\nSUMMARY",
            "turn number 0 with some words to it",
            "turn number 1 with some words to it",
            "LORE\n\nFACT\n\nNOTE\n\nHello"
        ]
    );
    let roles: Vec<Role> = prompt.messages.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
}

#[test]
fn what_gives_way_first() {
    let history: Vec<Turn> = (0..40).map(turn).collect();
    let extras =
        [Extra { priority: 1, text: "low ".repeat(40) }, Extra { priority: 2, text: "high ".repeat(40) }];
    let parts = parts(&history, &extras, "Hello");
    let at = |budget| build(&parts, budget, &Tokens::default());
    let mut before = at(10_000).unwrap();
    assert_eq!((before.turns_left_out, before.extras_left_out), (0, 0));
    for budget in (20..1_000).rev() {
        let Ok(prompt) = at(budget) else {
            assert!(budget < 40);
            continue;
        };
        assert!(prompt.tokens <= budget);
        assert!(prompt.turns_left_out >= before.turns_left_out);
        assert!(prompt.turns_left_out.is_multiple_of(TRIM_BLOCK));
        assert!(prompt.extras_left_out == 0 || prompt.turns_left_out >= 32, "extras outlive old turns");
        if prompt.extras_left_out == 1 {
            let last = &prompt.messages.last().unwrap().text;
            assert!(last.contains("high") && !last.contains("low"));
        }
        assert!(prompt.messages[0].text.starts_with("SAFETY\n\nPERSONA"));
        before = prompt;
    }
    assert_eq!((before.turns_left_out, before.extras_left_out), (40, 2));
}

#[test]
fn the_prefix_is_equal_from_turn_to_turn_but_where_a_block_leaves() {
    let bytes = |prompt: &Prompt| {
        let kept = &prompt.messages[..prompt.messages.len() - 1];
        kept.iter().map(|m| format!("{:?}{}\0", m.role, m.text)).collect::<String>()
    };
    let (mut broken, mut before) = (0, String::new());
    for length in (0..200).step_by(2) {
        let history: Vec<Turn> = (0..length).map(turn).collect();
        // Facts and notes differ each time.
        let extras = [Extra { priority: 0, text: format!("fact {length}") }];
        let prompt = build(&parts(&history, &extras, "Hello"), 400, &Tokens::default()).unwrap();
        let now = bytes(&prompt);
        broken += usize::from(!now.starts_with(&before));
        before = now;
    }
    // 100 turns of two messages, of which some 30 fit.
    assert!((10..=200 / TRIM_BLOCK).contains(&broken), "{broken}");
}

#[test]
fn blocks_are_the_dialogs_own_whatever_was_loaded() {
    let all: Vec<Turn> = (0..50).map(turn).collect();
    let whole = build(&parts(&all, &[], "Hello"), 400, &Tokens::default()).unwrap();
    let loaded = Parts { first: 13, ..parts(&all[13..], &[], "Hello") };
    assert_eq!(build(&loaded, 400, &Tokens::default()).unwrap().messages, whole.messages);
}

#[test]
fn what_cannot_fit_is_told() {
    let long = "слово ".repeat(1_000);
    let parts = parts(&[], &[], &long);
    let refused = build(&parts, 500, &Tokens::default()).unwrap_err();
    assert!(refused.tokens > 500);
}

#[test]
fn tokens_are_learnt() {
    // A model that needs 1.3 characters a token for Russian.
    let text = "Привет, как прошёл твой день у моря?".repeat(20);
    let truth = (text.chars().count() as f64 / 1.3) as u32;
    let mut tokens = Tokens::default();
    assert!(tokens.of(&text) < truth);
    tokens.learn(tokens.of(&text), truth);
    assert!(tokens.of(&text).abs_diff(truth) <= truth / 20, "at once");
    // Another that needs fewer is approached slowly.
    for _ in 0..40 {
        tokens.learn(tokens.of(&text), truth / 3);
    }
    assert!(tokens.of(&text).abs_diff(truth / 3) <= truth / 20);
    // Lies have bounds.
    (0..100).for_each(|_| tokens.learn(1, u32::MAX));
    assert!(tokens.of("a") <= 1);
    (0..1_000).for_each(|_| tokens.learn(u32::MAX, 1));
    assert!(tokens.of(&text) > 50);
    tokens.learn(0, 5);
}

#[test]
fn the_answer_and_a_spare_are_kept_free() {
    assert_eq!(budget(4_096, 1_000), 4_096 - 1_000 - 409);
    assert_eq!(budget(1_000, 4_000), 0);
    assert_eq!(after_overflow(1_000), 750);
}

proptest! {
    /// Whatever stands in the parts, a prompt keeps its budget, ends with the person's words and
    /// begins with the safety block.
    #[test]
    fn prompts_keep_their_budget(
        lengths in proptest::collection::vec(0..400usize, 0..30),
        extras in proptest::collection::vec((any::<i32>(), "[a-я😀 ]{0,60}"), 0..5),
        budget in 0..3_000u32,
        first in 0..20usize,
    ) {
        let history: Vec<Turn> = lengths.iter().map(|n| Turn { side: Side::Person, text: "ы".repeat(*n) }).collect();
        let extras: Vec<Extra> = extras.into_iter().map(|(priority, text)| Extra { priority, text }).collect();
        let parts = Parts { first, ..parts(&history, &extras, "Hello") };
        let tokens = Tokens::default();
        if let Ok(prompt) = build(&parts, budget, &tokens) {
            let told: u32 = prompt.messages.iter().map(|m| tokens.of(&m.text) + TOKENS_A_MESSAGE).sum();
            // Rounding of parts counts for at most one each, and is on the safe side but for
            // joints.
            prop_assert!(told <= budget + 2, "{} {}", told, budget);
            prop_assert!(prompt.messages[0].text.starts_with("SAFETY"));
            prop_assert!(prompt.messages.last().unwrap().text.ends_with("Hello"));
        }
    }
}
