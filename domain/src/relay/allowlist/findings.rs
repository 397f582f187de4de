//! What was found in one message: a set of [`Finding`]s in two bytes.

use crate::relay::content::Finding;
use std::fmt;

/// A set of findings. The sender is told of each once, however often it occurs.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Findings(u16);

impl Findings {
    /// No finding.
    pub const NONE: Findings = Findings(0);

    fn bit(finding: Finding) -> u16 {
        1 << finding as u16
    }

    /// Adds one.
    pub fn insert(&mut self, finding: Finding) {
        self.0 |= Findings::bit(finding);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Findings) {
        self.0 |= other.0;
    }

    /// Whether `finding` is in the set.
    pub fn contains(self, finding: Finding) -> bool {
        self.0 & Findings::bit(finding) != 0
    }

    /// Whether nothing was found.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The findings in the order of [`Finding::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        Finding::ALL.into_iter().filter(move |&f| self.contains(f))
    }

    /// Only those through which the partner loses something (see [`Finding::changes_content`]):
    /// told every time, the others once per chat.
    pub fn content(self) -> Findings {
        self.iter().filter(|f| f.changes_content()).collect()
    }

    /// This set without `other`'s members: what has not been told yet.
    pub fn without(self, other: Findings) -> Findings {
        Findings(self.0 & !other.0)
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Findings {
        let mut set = Findings::NONE;
        findings.into_iter().for_each(|f| set.insert(f));
        set
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_findings() {
        let mut set: Findings = [Finding::FileName, Finding::Link, Finding::Link].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Finding::Link, Finding::FileName]);
        assert_eq!(set.content().iter().collect::<Vec<_>>(), [Finding::Link]);
        set.insert(Finding::Phone);
        assert!(set.contains(Finding::Phone) && !set.contains(Finding::Email));
        assert!(set.without(set).is_empty() && Findings::NONE.is_empty());
        assert_eq!(Finding::ALL.into_iter().collect::<Findings>().iter().count(), Finding::ALL.len());
    }
}
