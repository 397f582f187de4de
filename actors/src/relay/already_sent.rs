//! What had left before a crash, or before an actor was lost: which parts of an operation are not
//! to be sent again.

use super::Tickets;
use nameless_domain::ids::MessageId;
use nameless_domain::relay::RelayOp;
use nameless_domain::relay::content::Payload;
use smallvec::smallvec;

/// A message that had left; only its map and its history are to be kept.
#[derive(Debug)]
pub(super) struct AlreadySent {
    pub source: MessageId,
    pub copy: MessageId,
    pub payload: Payload,
    pub tickets: Tickets,
}

/// Parts an operation into what has left and what has not. An album may be both: items that came
/// after the crash join those from before.
pub(super) fn split(op: RelayOp, tickets: Tickets) -> (Vec<AlreadySent>, Option<(RelayOp, Tickets)>) {
    let claim =
        |t: &crate::kernel::ticket::Ticket| t.claim_sent(1).and_then(|copies| copies.first().copied());
    match op {
        RelayOp::Send { source, payload, reply_to, manner } => match tickets.first().and_then(claim) {
            Some(copy) => (vec![AlreadySent { source, copy, payload, tickets }], None),
            None => (Vec::new(), Some((RelayOp::Send { source, payload, reply_to, manner }, tickets))),
        },
        RelayOp::SendAlbum { items, reply_to } if items.len() == tickets.len() => {
            let (mut left, mut items_left, mut tickets_left) = (Vec::new(), Vec::new(), Tickets::new());
            for ((source, item), ticket) in items.into_iter().zip(tickets) {
                match claim(&ticket) {
                    Some(copy) => {
                        let payload = Payload::Media(item);
                        left.push(AlreadySent { source, copy, payload, tickets: smallvec![ticket] });
                    }
                    None => {
                        items_left.push((source, item));
                        tickets_left.push(ticket);
                    }
                }
            }
            let rest = match items_left.len() {
                0 => None,
                1 => items_left.pop().map(|(source, item)| RelayOp::Send {
                    source,
                    payload: Payload::Media(item),
                    reply_to,
                    manner: None,
                }),
                _ => Some(RelayOp::SendAlbum { items: items_left, reply_to }),
            };
            (left, rest.map(|op| (op, tickets_left)))
        }
        other => (Vec::new(), Some((other, tickets))),
    }
}
