//! One person who is looking for a partner.

use crate::ids::{CrowdId, UserId};
use crate::profile::Profile;
use crate::time::Millis;

/// One person who is looking for a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeker {
    /// Who.
    pub user: UserId,
    /// Whose people they are among: they meet nobody else.
    pub crowd: CrowdId,
    /// Who they are for matching and whom they want to meet.
    pub profile: Profile,
    /// Since when they wait; decides who is picked first.
    pub since: Millis,
    /// Premium: picked before others, within [`super::PoolLimits::premium_streak`].
    pub priority: bool,
    /// Whom not to meet now (recent partners, blocks, reports). Sorted; it is searched by halves.
    pub avoid: Box<[UserId]>,
}

impl Seeker {
    /// Whether the two may meet: they are of one crowd, the wishes of both are met and neither
    /// avoids the other.
    pub fn may_meet(&self, other: &Seeker) -> bool {
        self.user != other.user
            && self.crowd == other.crowd
            && self.profile.fits(&other.profile)
            && !self.avoids(other)
    }

    /// Whether one of the two is not to meet the other now.
    pub fn avoids(&self, other: &Seeker) -> bool {
        self.avoid.binary_search(&other.user).is_ok() || other.avoid.binary_search(&self.user).is_ok()
    }
}
