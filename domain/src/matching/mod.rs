//! Who meets whom.
use crate::ids::UserId;
use crate::profile::Profile;
use crate::time::Millis;
/// s
#[derive(Clone, Debug, PartialEq)]
pub struct Seeker {
    /// u
    pub user: UserId,
    /// p
    pub profile: Profile,
    /// s
    pub since: Millis,
    /// p
    pub priority: bool,
    /// a
    pub avoid: Box<[UserId]>,
}
/// l
#[derive(Clone, Debug, Default)]
pub struct PoolLimits {
    /// m
    pub max_seekers: usize,
    /// l
    pub look_ahead: usize,
}
/// o
pub enum Offer {
    /// m
    Matched(Seeker, Seeker),
    /// w
    Waiting,
    /// a
    Already,
    /// f
    Full(Seeker),
}
/// p
pub struct Pool;
#[allow(missing_docs)]
impl Pool {
    pub fn new(_: PoolLimits) -> Pool {
        Pool
    }
    pub fn offer(&mut self, _s: Seeker) -> Offer {
        Offer::Waiting
    }
    pub fn cancel(&mut self, _u: UserId) -> Option<Seeker> {
        None
    }
    pub fn replace(&mut self, _s: Seeker) -> Offer {
        Offer::Waiting
    }
    pub fn get(&self, _u: UserId) -> Option<&Seeker> {
        None
    }
    pub fn len(&self) -> usize {
        0
    }
    pub fn return_seeker(&mut self, _s: Seeker) -> Offer {
        Offer::Waiting
    }
}
