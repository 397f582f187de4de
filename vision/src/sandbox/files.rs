//! No path, no TCP port, no signal to others: Landlock with an empty list of exceptions.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, RestrictionStatus, Ruleset,
    RulesetAttr, RulesetError, RulesetStatus, Scope,
};

use super::State;

/// The newest rules that are asked for; an older kernel gives what it has.
const NEWEST: ABI = ABI::V6;

/// Forbids all of it, for good.
///
/// # Errors
/// When the kernel has no Landlock, or refuses.
pub fn forbid() -> Result<State, String> {
    let rules = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .restrict_self()
    };
    told(rules())
}

/// Forbids to make, change or remove a file, and TCP. Reading stays: the models are still to be
/// loaded.
///
/// # Errors
/// When the kernel has no Landlock, or refuses.
pub fn forbid_writing() -> Result<State, String> {
    let rules = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_write(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .create()?
            .restrict_self()
    };
    told(rules())
}

fn told(status: Result<RestrictionStatus, RulesetError>) -> Result<State, String> {
    let status = status.map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced, _) => Ok(State::Holds),
        (RulesetStatus::PartiallyEnforced, LandlockStatus::Available { effective_abi, .. }) => {
            Ok(State::Partly(format!("Landlock {effective_abi:?}")))
        }
        (RulesetStatus::PartiallyEnforced, _) => Ok(State::Partly("an old Landlock".into())),
        (RulesetStatus::NotEnforced, status) => Err(format!("Landlock: {status:?}")),
    }
}
