//! Every service of the tree, in the order in which they are started.

use crate::admin::Admin;
use crate::billing::Billing;
use crate::dating::Dating;
use crate::faceguard::FaceGuard;
use crate::jobs;
use crate::matchmaker::Matchmaker;
use crate::outbox::Outbox;
use crate::persistence::Persistence;
use crate::relay::Relay;
use crate::reminders::Reminders;
use crate::service::Entry;
use crate::shard::Shard;

/// A new service adds its line.
pub const SERVICES: &[Entry] = &[
    Entry::of::<Persistence>(),
    Entry::of::<Outbox>(),
    Entry::of::<Matchmaker>(),
    jobs::ENTRY,
    Entry::of::<FaceGuard>(),
    Entry::of::<Relay>(),
    Entry::of::<Shard>(),
    Entry::of::<Admin>(),
    Entry::of::<Billing>(),
    Entry::of::<Dating>(),
    Entry::of::<Reminders>(),
];
