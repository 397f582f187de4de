//! Verdicts: what was decided about a part of a text, and by which rule.
//!
//! Both sides are values: a part that is masked names the [`Rule`] that took it, a part that looks
//! suspicious and stays names the [`Reason`] why it is ordinary. Tests assert them; the masker
//! needs the masked ones only.

use crate::relay::content::Finding;

/// What was decided about a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The decision.
    pub ruling: Ruling,
}

/// A decision with its ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// Masked, by this rule.
    Masked(Rule),
    /// Looked at and left, for this reason. Only tests ask for it.
    Passed(Reason),
}

/// Why a part is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// `scheme://something` or `tg:something`.
    Scheme,
    /// `www.` and a name.
    Www,
    /// A host of [`super::hosts`], written out.
    KnownHost,
    /// A host of [`super::hosts`], its dot spaced, replaced, spelled or left out.
    KnownHostDisguised,
    /// A dotted word with an end that no everyday word has.
    Domain,
    /// A dotted word with an end that is an everyday word too, and a path, a port or disguised
    /// letters.
    DomainWithSigns,
    /// The same, announced as a site or alone in its line.
    DomainAnnounced,
    /// A domain whose dot is spaced or spelled.
    DomainSpelled,
    /// Single letters with spaces between that make up a link, a name or an address.
    SpacedOut,
    /// `@name`.
    AtName,
    /// `@name` with something between, or with the sign in brackets or in words.
    AtNameDisguised,
    /// `name@host`.
    Email,
    /// The same with spaces, or signs in words, or a known provider only.
    EmailDisguised,
    /// A name after or before the name of a messenger or a word like "username".
    Handle,
    /// `name#1234`, `id123456`.
    Tag,
    /// `+` and enough digits for an international number.
    International,
    /// Grouped and as long as a national number is.
    National,
    /// A national number with unusual grouping, separators, lines or emoji between its digits.
    NationalDisguised,
    /// Digits in words, as many as a phone number has.
    Spelled,
    /// A number with words beside it that ask to call or to write.
    Announced,
    /// A card's four groups of four.
    Card,
    /// A long number without gaps that is nothing ordinary.
    LongNumber,
    /// A number announced as an account's id.
    AccountNumber,
}

/// Why a part that looks suspicious stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// A file's name, perhaps with a line number.
    FileName,
    /// The space after a full stop was left out.
    NoSpace,
    /// A Cyrillic word before a Latin one: no such domain.
    MixedScripts,
    /// A capital letter after the dot: the next sentence.
    Capital,
    /// A technology named like a domain, or a large site that leads to nobody.
    KnownName,
    /// A call or a field in code.
    Code,
    /// `5@home`: so many at a place.
    Rate,
    /// `@home`, `@everyone`: a place or a role.
    AtPlace,
    /// Dates, times, years.
    Dates,
    /// A round sum, or thousands set apart.
    Sum,
    /// Numbers in equal steps or in rising order.
    Counting,
    /// A decimal fraction.
    Decimal,
    /// Four numbers below 256 with dots.
    IpAddress,
    /// Pairs like a match's score.
    Scores,
    /// A number announced as an order's, a flight's, a seed's.
    Reference,
    /// Digits that are grouped like no phone number.
    NotGrouped,
}

impl Rule {
    /// What the sender is told.
    pub fn finding(self) -> Finding {
        match self {
            Rule::Scheme
            | Rule::Www
            | Rule::KnownHost
            | Rule::KnownHostDisguised
            | Rule::Domain
            | Rule::DomainWithSigns
            | Rule::DomainAnnounced
            | Rule::DomainSpelled
            | Rule::SpacedOut => Finding::Link,
            Rule::AtName | Rule::AtNameDisguised | Rule::Handle | Rule::Tag | Rule::AccountNumber => {
                Finding::Username
            }
            Rule::Email | Rule::EmailDisguised => Finding::Email,
            Rule::International
            | Rule::National
            | Rule::NationalDisguised
            | Rule::Spelled
            | Rule::Announced
            | Rule::Card
            | Rule::LongNumber => Finding::Phone,
        }
    }
}
