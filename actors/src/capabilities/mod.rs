//! The capabilities' ports, a file each, and the way in which what they ask is carried out.
//!
//! A capability whose work takes longer than a look into the database has a service of its own
//! beside that, or leaves the work to the jobs.

mod admin;
mod again;
mod billing;
mod companion;
mod dating;
mod faceguard;
mod feedback;
mod gate;
mod news;
mod premium;
mod reminders;

pub use admin::*;
pub use again::{AGAIN_TELL, AgainPort};
pub use billing::{BILLING_LOOK, BILLING_TELL, BillingFigures, BillingPort, Settled, Sold, Unheard, Wanted};
pub use companion::{CompanionHealth, CompanionPort};
pub use dating::{DATING_TELL, DatingEngine, DatingPort, Glance};
pub use faceguard::{
    Examined, FACES_TOLD, FaceBox, FaceSeen, Looked, PhotoChecks, PhotoHealth, Times, Unseen,
};
pub use feedback::FeedbackStore;
pub use gate::GatePort;
pub use news::*;
pub use premium::EntitlementStore;
pub use reminders::{Cause, Claimed, Fate, REMIND, REMIND_ROUND, RemindersPort};

use crate::kernel::meters::Meters;
use crate::ports::StoreError;
use nameless_domain::capabilities::{Event, Request};
use nameless_domain::ids::UserId;
use std::sync::Arc;

macro_rules! list {
    ($($(#[$doc:meta])* $module:ident: $Name:ident by $Port:ident),+ $(,)?) => {
        /// A port for each capability.
        #[derive(Clone)]
        pub struct Capabilities {
            $($(#[$doc])* pub $module: Arc<dyn $Port>,)+
        }

        impl Capabilities {
            /// Ports behind which there is nothing: each request waits for something to come. For
            /// engines that are looked at for other things.
            pub fn absent() -> Capabilities {
                Capabilities { $($module: Arc::new($module::Absent),)+ }
            }

            /// Carries a request out: one transaction at most, which is committed when this
            /// answers. The same request again changes nothing more.
            pub async fn perform(
                &self,
                meters: &Meters,
                user: UserId,
                request: Request,
            ) -> Result<Event, StoreError> {
                match request {
                    $(Request::$Name(request) => {
                        Ok(Event::$Name($module::perform(&*self.$module, meters, user, request).await?))
                    })+
                }
            }
        }
    };
}

// A new capability adds its line.
list! {
    /// What users may have beyond what everyone has.
    premium: Premium by EntitlementStore,
    /// A word to the operators.
    feedback: Feedback by FeedbackStore,
    /// Photos that are looked at.
    faceguard: FaceGuard by PhotoChecks,
    /// What operators do.
    admin: Admin by AdminStore,
    /// What is sold, and who has paid.
    billing: Billing by BillingPort,
    /// What the operators tell everybody.
    news: News by NewsStore,
    /// Characters to talk to.
    companion: Companion by CompanionPort,
    /// Profiles, cards, mutual likes.
    dating: Dating by DatingPort,
    /// The last partner, asked back.
    again: Again by AgainPort,
    /// The operator's channel, which people join first.
    gate: Gate by GatePort,
    /// Somebody waits, a match has written.
    reminders: Reminders by RemindersPort,
}

/// The lane of the jobs that came with an answer, so that nobody waits for the next look at the
/// table.
pub(crate) fn lane_of(event: &Event) -> Option<&'static str> {
    match event {
        Event::Again(event) if event.concerns_another() => Some(AGAIN_TELL),
        _ => None,
    }
}
