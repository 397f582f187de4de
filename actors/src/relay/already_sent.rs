//! What had left before a crash, or before an actor was lost: which parts of an operation are not
//! to be sent again.

use super::{Pass, Tickets};
use crate::kernel::ticket::Ticket;
use nameless_domain::ids::{MessageId, MessageIds};
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

/// What had left of an operation that is still to be handled: each message, and its copy.
pub(super) fn had_left(pass: &Pass) -> Vec<(MessageId, MessageId)> {
    let sources: MessageIds = match &pass.op {
        RelayOp::Send { source, .. } => smallvec![*source],
        RelayOp::SendAlbum { items, .. } => items.iter().map(|(source, _)| *source).collect(),
        _ => MessageIds::new(),
    };
    let left = |(source, ticket): (MessageId, &Ticket)| Some((source, ticket.left_before()?));
    sources.into_iter().zip(&pass.tickets).filter_map(left).collect()
}

/// Parts an operation into what has left and what has not. An album may be both: items that came
/// after the crash join those from before.
///
/// The journal's marks say so. Where a mark was lost, as the disk failed, the row may have got to
/// the store all the same: then `known` has the copy of the message.
pub(super) fn split(
    op: RelayOp,
    tickets: Tickets,
    known: impl Fn(MessageId) -> Option<MessageId>,
) -> (Vec<AlreadySent>, Option<(RelayOp, Tickets)>) {
    let claim = |ticket: &Ticket, source: MessageId| {
        let again = ticket.is_first_claim() && ticket.attempt() > 0;
        let marked = ticket.claim_sent(1).and_then(|copies| copies.first().copied());
        marked.or_else(|| if again { known(source) } else { None })
    };
    match op {
        RelayOp::Send { source, payload, reply_to, manner } => {
            match tickets.first().and_then(|t| claim(t, source)) {
                Some(copy) => (vec![AlreadySent { source, copy, payload, tickets }], None),
                None => (Vec::new(), Some((RelayOp::Send { source, payload, reply_to, manner }, tickets))),
            }
        }
        RelayOp::SendAlbum { items, reply_to } if items.len() == tickets.len() => {
            let (mut left, mut items_left, mut tickets_left) = (Vec::new(), Vec::new(), Tickets::new());
            for ((source, item), ticket) in items.into_iter().zip(tickets) {
                match claim(&ticket, source) {
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
