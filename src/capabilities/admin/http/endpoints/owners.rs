//! What owners alone may do: a person's end here, and a second owner's word about it.

use super::{Asked, Endpoint, LIMIT, Limit, Problem, REASONED, Reason, Spec, Verb, user};
use nameless_domain::capabilities::admin::{Act, Permission};

endpoint!(Erase: Post "/users/{user}/erase", Erase, "ErasingOrRequest",
"Erases a person, as they could themselves; where a second owner has to agree, it waits for that",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Erase { user: user(asked)?, reason }
});

endpoint!(Requests: Get "/requests", Erase, "Requests", "What waits for a second owner, the oldest first",
query &[LIMIT], body None, |asked| {
    let Limit { limit } = asked.query()?;
    Act::Requests { limit }
});

endpoint!(Approve: Post "/requests/{request}/approve", Erase, "Erasing",
"Has carried out what another owner asked for",
query &[], body None, |asked| {
    Act::Approve { request: asked.number("request")? }
});

endpoint!(Refuse: Post "/requests/{request}/refuse", Erase, "RequestRefused",
"Says that it is not to be carried out",
query &[], body Some(REASONED), |asked| {
    let Reason { reason } = asked.body()?;
    Act::Refuse { request: asked.number("request")?, reason }
});
