//! What somebody has of a pack: so many uses, made of their entries in the ledger.
//!
//! What was there first is used first. A use that came to nothing goes back to where it was taken
//! from.

/// An entry of the ledger about uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The payment that gave them or took them back, or the name of a use; none: an operator, or
    /// an erasure.
    pub cause: Option<String>,
    /// It is a use, or the return of one.
    pub is_use: bool,
    /// How many; negative: taken.
    pub amount: i64,
}

/// Uses of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lot {
    cause: Option<String>,
    left: i64,
}

/// What somebody has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    lots: Vec<Lot>,
    /// From which lot a use was taken.
    taken: Vec<(String, usize)>,
}

impl Stock {
    /// From all entries, oldest first.
    pub fn of<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Stock {
        let mut stock = Stock::default();
        pieces.into_iter().for_each(|piece| stock.add(piece));
        stock
    }

    /// Takes the next entry.
    pub fn add(&mut self, piece: &Piece) {
        match (piece.is_use, &piece.cause) {
            (true, Some(name)) if piece.amount < 0 => self.use_one(name),
            (true, Some(name)) => self.give_back(name),
            _ if piece.amount > 0 => {
                self.lots.push(Lot { cause: piece.cause.clone(), left: piece.amount });
            }
            _ => self.take(piece.cause.as_deref(), -piece.amount),
        }
    }

    /// How many are left.
    pub fn left(&self) -> i64 {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    /// How many of a payment's are left.
    pub fn unused(&self, cause: &str) -> i64 {
        self.lots.iter().filter(|lot| lot.cause.as_deref() == Some(cause)).map(|lot| lot.left).sum()
    }

    /// Whether a use of this name was taken, and has not gone back.
    pub fn is_used(&self, name: &str) -> bool {
        self.taken.iter().any(|(of, _)| of == name)
    }

    /// What gave the use that is taken under a name: a payment; none: an operator, or no such use.
    pub fn cause_of(&self, name: &str) -> Option<&str> {
        let (_, lot) = self.taken.iter().find(|(of, _)| of == name)?;
        self.lots[*lot].cause.as_deref()
    }

    fn use_one(&mut self, name: &str) {
        if let Some(at) = self.lots.iter().position(|lot| lot.left > 0) {
            self.lots[at].left -= 1;
            self.taken.push((name.to_owned(), at));
        }
    }

    fn give_back(&mut self, name: &str) {
        if let Some(at) = self.taken.iter().position(|(of, _)| of == name) {
            let (_, lot) = self.taken.swap_remove(at);
            self.lots[lot].left += 1;
        }
    }

    fn take(&mut self, cause: Option<&str>, amount: i64) {
        let mut rest = amount;
        for lot in self.lots.iter_mut().rev() {
            if cause.is_none() || lot.cause.as_deref() == cause {
                let taken = rest.min(lot.left);
                (rest, lot.left) = (rest - taken, lot.left - taken);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(cause: &str, amount: i64) -> Piece {
        Piece { cause: Some(cause.into()), is_use: false, amount }
    }

    fn used(name: &str, amount: i64) -> Piece {
        Piece { cause: Some(name.into()), is_use: true, amount }
    }

    #[test]
    fn what_was_there_first_is_used_first_and_a_refund_takes_the_rest() {
        let mut pieces = vec![given("a", 2), given("b", 3), used("u1", -1)];
        let stock = Stock::of(&pieces);
        assert_eq!((stock.left(), stock.unused("a"), stock.unused("b")), (4, 1, 3));
        // One that came to nothing is where it was.
        assert!(stock.is_used("u1"));
        assert_eq!((stock.cause_of("u1"), stock.cause_of("u2")), (Some("a"), None));
        pieces.push(used("u1", 1));
        let stock = Stock::of(&pieces);
        assert_eq!((stock.unused("a"), stock.is_used("u1")), (2, false));
        pieces.extend([used("u2", -1), used("u3", -1), used("u4", -1), given("a", 0), given("b", -2)]);
        let stock = Stock::of(&pieces);
        assert_eq!((stock.left(), stock.unused("a"), stock.unused("b")), (0, 0, 0));
        // More than there is cannot be taken.
        pieces.extend([used("u5", -1), given("b", -2)]);
        assert_eq!(Stock::of(&pieces).left(), 0);
    }

    proptest! {
        /// Whatever is bought, used, returned and refunded in whatever order: nobody has more than
        /// they bought, nobody owes, and what is left adds up.
        #[test]
        fn no_use_is_made_of_nothing(steps in proptest::collection::vec((0..4u8, 0..6u8, 1..9i64), 1..60)) {
            let (mut stock, mut bought, mut taken) = (Stock::default(), 0, 0);
            for (what, name, amount) in steps {
                let (charge, call) = (format!("c{name}"), format!("u{name}"));
                let before = stock.left();
                match what {
                    0 => { stock.add(&given(&charge, amount)); bought += amount; }
                    1 if before > 0 && !stock.is_used(&call) => {
                        stock.add(&used(&call, -1));
                        prop_assert_eq!(stock.left(), before - 1);
                        taken += 1;
                    }
                    2 if stock.is_used(&call) => {
                        stock.add(&used(&call, 1));
                        prop_assert_eq!(stock.left(), before + 1);
                        taken -= 1;
                    }
                    3 => {
                        let unused = stock.unused(&charge);
                        stock.add(&given(&charge, -unused));
                        prop_assert_eq!((stock.unused(&charge), stock.left()), (0, before - unused));
                        taken += unused;
                    }
                    _ => {}
                }
                prop_assert!(stock.left() >= 0 && stock.left() == bought - taken);
            }
        }
    }
}
