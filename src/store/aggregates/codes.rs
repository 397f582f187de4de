//! Small enumerations as the words that stand in the tables; `CHECK` constraints list the same
//! words.

use crate::store::pg::Fault;
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::review::ReportReason;
use nameless_domain::text::Lang;

pub(crate) type Codes<T> = &'static [(T, &'static str)];

pub(crate) const GENDERS: Codes<Gender> =
    &[(Gender::Female, "female"), (Gender::Male, "male"), (Gender::Other, "other")];

pub(crate) const AGES: Codes<AgeBand> = &[
    (AgeBand::From18, "from18"),
    (AgeBand::From22, "from22"),
    (AgeBand::From26, "from26"),
    (AgeBand::From36, "from36"),
    (AgeBand::From46, "from46"),
];

pub(crate) const LANGS: Codes<Lang> = &[(Lang::Ru, "ru"), (Lang::En, "en")];

pub(crate) const CAUSES: Codes<EndCause> = &[
    (EndCause::Stopped, "stopped"),
    (EndCause::Next, "next"),
    (EndCause::Vanished, "vanished"),
    (EndCause::Reported, "reported"),
    (EndCause::Erased, "erased"),
    (EndCause::Lost, "lost"),
];

pub(crate) const REASONS: Codes<ReportReason> = &[
    (ReportReason::Minor, "minor"),
    (ReportReason::Abuse, "abuse"),
    (ReportReason::Sexual, "sexual"),
    (ReportReason::Spam, "spam"),
    (ReportReason::Other, "other"),
];

/// The word of a value. Every value is listed: the test below goes through them all.
pub(crate) fn word<T: PartialEq>(codes: Codes<T>, value: T) -> &'static str {
    codes.iter().find(|(v, _)| *v == value).map_or("", |(_, w)| w)
}

/// The value of a word.
pub(crate) fn value<T: Copy>(codes: Codes<T>, word: &str) -> Result<T, Fault> {
    let found = codes.iter().find(|(_, w)| *w == word).map(|(v, _)| *v);
    found.ok_or_else(|| Fault::Corrupt(format!("the store holds a word this version does not know: {word}")))
}

/// A side as stored.
pub(crate) fn side_number(side: Side) -> i16 {
    side.index() as i16
}

/// A stored side.
pub(crate) fn side(number: i16) -> Result<Side, Fault> {
    match number {
        0 => Ok(Side::A),
        1 => Ok(Side::B),
        _ => Err(Fault::Corrupt(format!("the store holds a side numbered {number}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_word_of_its_own() {
        assert!(Gender::ALL.iter().all(|g| GENDERS.iter().any(|(v, _)| v == g)));
        assert!(AgeBand::ALL.iter().all(|a| AGES.iter().any(|(v, _)| v == a)));
        assert!(Lang::ALL.iter().all(|l| word(LANGS, *l) == l.code()));
        assert!(ReportReason::ALL.iter().all(|r| r.key().strip_prefix("reason-") == Some(word(REASONS, *r))));
        for (cause, name) in CAUSES {
            // A new cause must be added here and to the table; the match makes the compiler say so.
            match cause {
                EndCause::Stopped | EndCause::Next | EndCause::Vanished => {}
                EndCause::Reported | EndCause::Erased | EndCause::Lost => {}
            }
            assert_eq!(value(CAUSES, name).unwrap(), *cause);
        }
    }
}
