//! What users are entitled to, in memory. Other capabilities' ports are beside their tests.

use super::lock;
use crate::capabilities::EntitlementStore;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::UserId;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What users are entitled to, and how often it was asked.
#[derive(Default)]
pub struct Entitled {
    pub of: Mutex<BTreeMap<UserId, Entitlements>>,
    pub asked: AtomicU32,
    /// No answers.
    pub mute: AtomicBool,
}

impl EntitlementStore for Entitled {
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.mute.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            Ok(lock(&self.of).get(&user).copied().unwrap_or_default())
        })
    }
}
