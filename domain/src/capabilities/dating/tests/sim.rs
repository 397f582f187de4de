//! The targets of the engine's order, by ratio, in small populations: `nameless dating-sim` has
//! them at full size.

use super::super::price::Price;
use super::super::sim::{Method, NOISE, Outcome, Population, compare};

fn of(outcomes: &[(Method, Outcome)], method: Method) -> &Outcome {
    outcomes.iter().find(|(each, _)| *each == method).map(|(_, outcome)| outcome).unwrap()
}

#[test]
fn more_matches_than_by_the_product_and_nobody_left_out() {
    for (first, second) in [(150, 150), (210, 90)] {
        let outcomes = compare(first, second, NOISE, 1, 2);
        let [one_sided, product, ours] =
            [Method::OneSided, Method::Product, Method::SampledTu].map(|method| of(&outcomes, method));
        let told =
            format!("{first} x {second}: {:.1} to {:.1}, {:.3}", ours.matches, product.matches, ours.gini);
        assert!(ours.matches >= 1.1 * product.matches, "{told}");
        assert!(ours.gini <= 0.30 && ours.gini < 0.7 * product.gini, "{told}");
        assert_eq!(ours.starved, 0.0, "{told}");
        assert!(one_sided.matches < 0.5 * product.matches && one_sided.starved > 0.3, "{told}");
        // Learning from samples costs little, and what explores is paid for.
        assert!(ours.matches > 0.95 * of(&outcomes, Method::Tu).matches, "{told}");
        assert!(of(&outcomes, Method::Exploring).matches > product.matches, "{told}");
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let figures = |seed| compare(20, 30, NOISE, seed, 1);
    assert_eq!(figures(1), figures(1));
    assert_ne!(figures(1), figures(2));
}

#[test]
fn the_smallest_populations_have_figures_too() {
    for (first, second) in [(0, 0), (1, 1), (1, 5)] {
        let population = Population::new(first, second, NOISE, 1);
        for method in Method::ALL {
            let outcome = population.play(method, 1);
            assert!(outcome.matches.is_finite() && outcome.gini.is_finite(), "{method:?} {outcome:?}");
            assert_eq!(outcome.each.len(), first.max(1) + second.max(1));
        }
    }
}

#[test]
fn prices_go_down_with_demand() {
    let free = |score| (score, Price::default());
    let nobody = Price::estimate([]);
    let [few, many] = [0.1, 1.9].map(|score| Price::estimate((0..9).map(|_| free(score))));
    assert_eq!(nobody, Price::default());
    assert!(many < few && few < nobody, "{many:?} {few:?}");
    // Whoever is crowded wants others less dearly.
    let dear = Price::estimate((0..9).map(|_| (1.9, Price(-4.0))));
    assert!(many < dear);
    // A pass moves a price towards what it saw, the first one all the way.
    assert_eq!(nobody.learnt(many, 0), many);
    let second = few.learnt(many, 1);
    assert!(many < second && second < few);
}
