//! Who may do what: roles as sets of permissions.

use serde::{Deserialize, Serialize};

/// What an operator is trusted with. Each role may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at figures, and at the queue of reports without what people wrote.
    Viewer,
    /// Handles reports: reads their evidence, bans, lifts bans.
    Moderator,
    /// Grants premium, mends what failed, reads the audit log.
    Admin,
    /// Hands out tokens.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Moderator, Role::Admin, Role::Owner];

    /// As it is written in settings, tokens and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Moderator => "moderator",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it may do.
    pub const fn permissions(self) -> Permissions {
        let viewer = Permission::SeeFigures.bit() | Permission::SeeQueue.bit();
        let moderator =
            viewer | Permission::SeePeople.bit() | Permission::SeeEvidence.bit() | Permission::Moderate.bit();
        let admin = moderator
            | Permission::Grant.bit()
            | Permission::SeeAudit.bit()
            | Permission::Repair.bit()
            | Permission::SeeSettings.bit()
            | Permission::ReadDialogs.bit()
            | Permission::Broadcast.bit();
        Permissions(match self {
            Role::Viewer => viewer,
            Role::Moderator => moderator,
            Role::Admin => admin,
            Role::Owner => admin | Permission::HandOutTokens.bit(),
        })
    }

    /// Whether it may.
    pub const fn may(self, what: Permission) -> bool {
        self.permissions().0 & what.bit() != 0
    }
}

/// Something that not every operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Figures and health: nothing of any one person.
    SeeFigures,
    /// The queue of reports: who, why, when; without what people wrote.
    SeeQueue,
    /// What is known of a person.
    SeePeople,
    /// What people wrote, where it was reported.
    SeeEvidence,
    /// Bans, their end, decisions about reports.
    Moderate,
    /// Premium.
    Grant,
    /// What operators did.
    SeeAudit,
    /// Updates that failed.
    Repair,
    /// The configuration, without secrets.
    SeeSettings,
    /// Tokens of the HTTP API.
    HandOutTokens,
    /// What people wrote to each other, reported or not.
    ReadDialogs,
    /// What everybody is told.
    Broadcast,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Permission; 12] = [
        Permission::SeeFigures,
        Permission::SeeQueue,
        Permission::SeePeople,
        Permission::SeeEvidence,
        Permission::Moderate,
        Permission::Grant,
        Permission::SeeAudit,
        Permission::Repair,
        Permission::SeeSettings,
        Permission::HandOutTokens,
        Permission::ReadDialogs,
        Permission::Broadcast,
    ];

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// As it is named where it is missing.
    pub fn name(self) -> &'static str {
        match self {
            Permission::SeeFigures => "see_figures",
            Permission::SeeQueue => "see_queue",
            Permission::SeePeople => "see_people",
            Permission::SeeEvidence => "see_evidence",
            Permission::Moderate => "moderate",
            Permission::Grant => "grant",
            Permission::SeeAudit => "see_audit",
            Permission::Repair => "repair",
            Permission::SeeSettings => "see_settings",
            Permission::HandOutTokens => "hand_out_tokens",
            Permission::ReadDialogs => "read_dialogs",
            Permission::Broadcast => "broadcast",
        }
    }

    /// The least role that has it: whom to ask.
    pub fn least_role(self) -> Role {
        Role::ALL.into_iter().find(|role| role.may(self)).unwrap_or(Role::Owner)
    }
}

/// A set of permissions, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    /// Written out: a role that may suddenly do more is a decision, not an accident.
    #[test]
    fn what_each_role_may() {
        use Permission::*;
        let table = [
            (Role::Viewer, vec![SeeFigures, SeeQueue]),
            (Role::Moderator, vec![SeeFigures, SeeQueue, SeePeople, SeeEvidence, Moderate]),
            (
                Role::Admin,
                vec![
                    SeeFigures,
                    SeeQueue,
                    SeePeople,
                    SeeEvidence,
                    Moderate,
                    Grant,
                    SeeAudit,
                    Repair,
                    SeeSettings,
                    ReadDialogs,
                    Broadcast,
                ],
            ),
            (Role::Owner, Permission::ALL.to_vec()),
        ];
        for (role, may) in table {
            for permission in Permission::ALL {
                assert_eq!(role.may(permission), may.contains(&permission), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn each_role_may_all_that_lesser_ones_may() {
        for pair in Role::ALL.windows(2) {
            let (less, more) = (pair[0].permissions().0, pair[1].permissions().0);
            assert_eq!(less & more, less);
            assert!(pair[0] < pair[1]);
        }
        for permission in Permission::ALL {
            assert!(permission.least_role().may(permission));
        }
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("root"), None);
    }
}
