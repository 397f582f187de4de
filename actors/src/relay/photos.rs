//! Photos on their way (I12): what is known of one, when it is looked at, and what comes of it.
//!
//! | | seen, and fine | not seen | seen, and refused |
//! |---|---|---|---|
//! | `off` | behind the spoiler | the same | the same |
//! | `spoiler` | in the open | behind the spoiler, is looked at there | does not leave |
//! | `gate` | in the open | is held until it was looked at | does not leave |
//!
//! What was looked at at the partner's is shown by an edit that changes nothing but the spoiler, or
//! removed; a nude one between two who agreed to that stays behind the spoiler. Whether both did is
//! asked by FaceGuard at each: either takes it back with one tap. The edit is for the pair only and
//! dropped with it (I4); a removal is made in any case.

use super::messages::{PhotoChecked, PhotoPlace};
use super::{Pass, Relay, Slot, Tickets};
use crate::faceguard::{Check, FaceGuard, Photo, Reply, memory};
use crate::kernel::ticket::all_done;
use crate::outbox::{Enqueue, Listener, Origin, Outbox};
use crate::shard;
use crate::tell;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::capabilities;
use nameless_domain::capabilities::faceguard::{self, Decision, Policy, Reason, Verdict};
use nameless_domain::ids::{ChatId, MessageId, PairId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::{OutMedia, Payload};
use nameless_domain::relay::{RelayOp, Side};
use nameless_domain::session::Event;
use std::collections::VecDeque;

/// What waits for a look, of each side in its order. Bounded by the gates of the two members.
#[derive(Default)]
pub(super) struct Gated([VecDeque<Waits>; 2]);

struct Waits {
    pass: Pass,
    /// Looks that it waits for.
    looks: Vec<(MessageId, String)>,
    /// Pictures that are refused for what is not remembered of them.
    refused: Vec<(String, Reason)>,
}

impl Gated {
    /// The pair is over: nothing of this leaves.
    pub(super) fn give_back(self) {
        self.0.into_iter().flatten().for_each(|waits| all_done(waits.pass.tickets));
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(VecDeque::is_empty)
    }
}

/// The pictures that an operation sends.
fn pictures(op: &RelayOp) -> Vec<(MessageId, &OutMedia)> {
    match op {
        RelayOp::Send { source, payload: Payload::Media(media), .. } => vec![(*source, media)],
        RelayOp::SendAlbum { items, .. } => items.iter().map(|(source, item)| (*source, item)).collect(),
        _ => Vec::new(),
    }
}

impl Relay {
    fn policy(&self) -> Policy {
        self.env.capabilities.faceguard.policy()
    }

    fn known(&self, media: &OutMedia) -> Option<Verdict> {
        memory(&self.env).verdict(&media.unique_id)
    }

    /// An operation leaves, unless it, or one before it, waits for a look.
    pub(super) fn leave(&mut self, pass: Pass, ctx: &mut Context<Self>) {
        if self.policy() != Policy::Gate {
            return self.pass(pass, ctx);
        }
        let Some(Slot::Live { core, gated, .. }) = self.pairs.get(&pass.pair) else {
            return self.pass(pass, ctx);
        };
        let Some(from) = core.side_of(pass.by) else { return self.pass(pass, ctx) };
        let is_behind = gated.as_ref().is_some_and(|gated| !gated.0[from.index()].is_empty());
        let partner = core.members[from.other().index()];
        let unknown = |media: &OutMedia| {
            media.spoiler && self.known(media).is_none_or(|known| may_be_agreed(media, known))
        };
        let photos: Vec<(MessageId, Photo)> = pictures(&pass.op)
            .into_iter()
            .filter(|(_, media)| unknown(media))
            .filter_map(|(source, media)| Some((source, photo(pass.pair, (pass.by, partner), media)?)))
            .collect();
        if photos.is_empty() && !is_behind {
            return self.pass(pass, ctx);
        }
        let (pair, by) = (pass.pair, pass.by);
        let looks = photos.iter().map(|(source, photo)| (*source, photo.unique_id.clone())).collect();
        if let Some(Slot::Live { gated, .. }) = self.pairs.get_mut(&pair) {
            let waits = Waits { pass, looks, refused: Vec::new() };
            gated.get_or_insert_default().0[from.index()].push_back(waits);
        }
        for (source, photo) in photos {
            self.ask(pair, (from, by), PhotoPlace::Here(source), photo, ctx);
        }
    }

    /// A look is over: what waited for nothing else leaves, in order.
    fn looked(&mut self, message: PhotoChecked, source: MessageId, ctx: &mut Context<Self>) {
        let PhotoChecked { pair, from: (from, _), unique_id, verdict, .. } = message;
        let Some(Slot::Live { gated: Some(gated), .. }) = self.pairs.get_mut(&pair) else { return };
        let queue = &mut gated.0[from.index()];
        let look = (source, unique_id);
        if let Some(waits) = queue.iter_mut().find(|waits| waits.looks.contains(&look)) {
            waits.looks.retain(|other| *other != look);
            waits.refused.extend(verdict.refused().map(|reason| (look.1, reason)));
        }
        loop {
            let Some(Slot::Live { gated, .. }) = self.pairs.get_mut(&pair) else { return };
            let Some(queue) = gated.as_mut().map(|gated| &mut gated.0[from.index()]) else { return };
            let Some(Waits { pass, refused, .. }) = queue.pop_front_if(|waits| waits.looks.is_empty()) else {
                break;
            };
            if gated.as_ref().is_some_and(|gated| gated.is_empty()) {
                *gated = None;
            }
            let Pass { pair, by, op, tickets } = pass;
            let why =
                |media: &OutMedia| refused.iter().find(|(id, _)| *id == media.unique_id).map(|(_, r)| *r);
            if let Some((op, tickets)) = self.without(pair, by, (op, tickets), why) {
                self.pass(Pass { pair, by, op, tickets }, ctx);
            }
        }
    }

    /// What may leave of an operation, by what is remembered: fine pictures in the open, refused
    /// ones not at all.
    pub(super) fn screened(
        &self,
        pair: PairId,
        by: UserId,
        (mut op, tickets): (RelayOp, Tickets),
    ) -> Option<(RelayOp, Tickets)> {
        if self.policy() == Policy::Off {
            return Some((op, tickets));
        }
        let mut is_picture = false;
        for media in op.media_mut().filter(|media| media.spoiler) {
            is_picture = true;
            if !media.veiled && self.known(media) == Some(Verdict::APPROVED) {
                media.spoiler = false;
                self.env.meters.photos_remembered.add(1);
            }
        }
        if !is_picture {
            return Some((op, tickets));
        }
        let known = |media: &OutMedia| self.known(media).filter(|known| !may_be_agreed(media, *known));
        self.without(pair, by, (op, tickets), |media| known(media)?.refused())
    }

    /// An operation without the pictures that are refused; none if nothing is left of it. Its
    /// sender is told.
    fn without(
        &self,
        pair: PairId,
        by: UserId,
        (op, tickets): (RelayOp, Tickets),
        why: impl Fn(&OutMedia) -> Option<Reason>,
    ) -> Option<(RelayOp, Tickets)> {
        let reason = |media: &OutMedia| why(media).filter(|_| media.kind.behind_spoiler());
        match op {
            RelayOp::Send { payload: Payload::Media(ref media), .. } => match reason(media) {
                Some(reason) => {
                    self.tell_refused(pair, by, reason);
                    all_done(tickets);
                    None
                }
                None => Some((op, tickets)),
            },
            RelayOp::SendAlbum { items, reply_to } if items.len() == tickets.len() => {
                let (mut left, mut left_tickets) = (Vec::new(), Tickets::new());
                for (item, ticket) in items.into_iter().zip(tickets) {
                    match reason(&item.1) {
                        Some(reason) => {
                            self.tell_refused(pair, by, reason);
                            ticket.done();
                        }
                        None => {
                            left.push(item);
                            left_tickets.push(ticket);
                        }
                    }
                }
                let op = match left.len() {
                    0 => return None,
                    1 => left.pop().map(|(source, media)| RelayOp::Send {
                        source,
                        payload: Payload::Media(media),
                        reply_to,
                        manner: None,
                    })?,
                    _ => RelayOp::SendAlbum { items: left, reply_to },
                };
                Some((op, left_tickets))
            }
            // An edit, or an album whose updates cannot be told apart: it leaves behind the
            // spoiler, and is taken away there.
            op => Some((op, tickets)),
        }
    }

    /// A call has been made: its pictures are looked at where they are now.
    pub(super) fn landed(
        &mut self,
        pair: PairId,
        from: Side,
        call: &Call,
        copies: &[MessageId],
        ctx: &mut Context<Self>,
    ) {
        match call {
            Call::Send { payload, .. } => {
                if let Some(&copy) = copies.first() {
                    self.has_left_earlier(pair, from, copy, payload, ctx);
                }
            }
            Call::SendAlbum { items, .. } => {
                let there: Vec<_> = copies.iter().copied().zip(items).collect();
                for (copy, item) in there {
                    self.arrived(pair, from, copy, item, ctx);
                }
            }
            Call::Edit { message, payload: Payload::Media(media) } => {
                // Unless it was looked at, or changed again, meanwhile.
                let is_due = match self.pairs.get(&pair) {
                    _ if media.veiled => true,
                    Some(Slot::Live { core, .. }) => {
                        core.covered(from, *message).is_some_and(|now| now.unique_id == media.unique_id)
                    }
                    _ => false,
                };
                if is_due && self.policy() != Policy::Off {
                    self.look_there(pair, from, *message, media, ctx);
                }
            }
            _ => {}
        }
    }

    /// A call has been made whose pair was over by then: what is refused is taken away all the
    /// same.
    pub(super) fn landed_late(
        &self,
        pair: PairId,
        from: (Side, UserId),
        (partner, chat): (UserId, ChatId),
        (call, copies): (&Call, &[MessageId]),
        ctx: &mut Context<Self>,
    ) {
        let items = match call {
            Call::Send { payload: Payload::Media(media), .. } => std::slice::from_ref(media),
            Call::SendAlbum { items, .. } => items,
            _ => return,
        };
        if self.policy() == Policy::Off {
            return;
        }
        for (&copy, media) in copies.iter().zip(items).filter(|(_, media)| media.kind.behind_spoiler()) {
            if let Some(photo) = photo(pair, (from.1, partner), media) {
                self.ask(pair, from, PhotoPlace::There(chat, copy), photo, ctx);
            }
        }
    }

    /// A message has left, in this life or a former one.
    pub(super) fn has_left_earlier(
        &mut self,
        pair: PairId,
        from: Side,
        copy: MessageId,
        payload: &Payload,
        ctx: &mut Context<Self>,
    ) {
        if let Payload::Media(media) = payload {
            self.arrived(pair, from, copy, media, ctx);
        }
    }

    fn arrived(
        &mut self,
        pair: PairId,
        from: Side,
        copy: MessageId,
        media: &OutMedia,
        ctx: &mut Context<Self>,
    ) {
        if self.policy() == Policy::Off || !media.kind.behind_spoiler() {
            return;
        }
        if media.spoiler
            && let Some(Slot::Live { core, .. }) = self.pairs.get_mut(&pair)
        {
            core.cover(from, copy, media);
        }
        self.look_there(pair, from, copy, media, ctx);
    }

    fn look_there(
        &mut self,
        pair: PairId,
        from: Side,
        copy: MessageId,
        media: &OutMedia,
        ctx: &mut Context<Self>,
    ) {
        let Some(Slot::Live { core, .. }) = self.pairs.get_mut(&pair) else { return };
        let (sender, partner) = (core.members[from.index()], core.members[from.other().index()]);
        let chat = core.chat(from.other());
        match photo(pair, (sender, partner), media) {
            Some(photo) => self.ask(pair, (from, sender), PhotoPlace::There(chat, copy), photo, ctx),
            // There is nothing to look at.
            None => {
                core.stays_covered(from, copy);
                self.env.meters.photos_unchecked.add(1);
            }
        }
    }

    fn ask(
        &self,
        pair: PairId,
        from: (Side, UserId),
        place: PhotoPlace,
        photo: Photo,
        ctx: &mut Context<Self>,
    ) {
        let (me, unique_id) = (ctx.address(), photo.unique_id.clone());
        let reply = Reply::new(move |verdict| {
            crate::kernel::tell(&me, PhotoChecked { pair, from, place, unique_id, verdict });
        });
        tell!(self.env.directory.one::<FaceGuard>(), Check { photo, reply });
    }

    /// A picture was looked at at the partner's.
    fn looked_there(&mut self, message: PhotoChecked, chat: ChatId, copy: MessageId) {
        let PhotoChecked { pair, from: (from, sender), unique_id, verdict, .. } = message;
        let core = match self.pairs.get_mut(&pair) {
            Some(Slot::Live { core, .. }) => Some(core),
            _ => None,
        };
        // Another one by now, which is looked at by itself.
        let is_another = |core: &&mut Box<super::handlers::Core>| {
            core.covered(from, copy).is_some_and(|now| now.unique_id != unique_id)
        };
        if core.as_ref().is_some_and(is_another) {
            return;
        }
        let outbox = self.env.directory.one::<Outbox>();
        match (verdict.decision(), core) {
            (Decision::Approved, Some(core)) => {
                if let Some(out) = core.uncover(from, copy, &unique_id) {
                    // Behind what they say to each other.
                    let listener = Listener::own(|_, landing| all_done(landing.tickets));
                    let (lane, origin) = (Lane::Notice, Origin::Pair { pair, noted: false, listener });
                    tell!(outbox, Enqueue { out, lane, origin, tickets: Tickets::new() });
                }
            }
            (Decision::Approved, None) => {}
            (Decision::Rejected, core) => {
                core.and_then(|core| core.stays_covered(from, copy));
                let out = Outgoing { chat, call: Call::Delete { messages: vec![copy] } };
                let (lane, origin) = (Lane::Interactive, Origin::Bot);
                tell!(outbox, Enqueue { out, lane, origin, tickets: Tickets::new() });
                if let Some(reason) = verdict.refused() {
                    self.tell_refused(pair, sender, reason);
                }
            }
            (Decision::Suspicious | Decision::Unchecked, core) => {
                core.and_then(|core| core.stays_covered(from, copy));
            }
        }
    }

    fn tell_refused(&self, pair: PairId, sender: UserId, reason: Reason) {
        let event = capabilities::Event::FaceGuard(faceguard::Event::Refused { pair, reason });
        shard::to_session(&self.env, sender, Event::Capability(event));
    }
}

/// Whether what is known of a picture refuses it only unless both agreed to it, and its sender did:
/// then it leaves behind the spoiler, like one that nobody has seen.
fn may_be_agreed(media: &OutMedia, known: Verdict) -> bool {
    media.agreed && known.is_only_nude()
}

/// What FaceGuard is asked for; none if there is nothing to look at.
fn photo(pair: PairId, (sender, partner): (UserId, UserId), media: &OutMedia) -> Option<Photo> {
    let file_id = media.looked_at()?.to_owned();
    Some(Photo { sender, partner, pair, unique_id: media.unique_id.clone(), file_id })
}

impl Handler<PhotoChecked> for Relay {
    type Result = ();
    fn handle(&mut self, message: PhotoChecked, ctx: &mut Self::Context) {
        match message.place {
            PhotoPlace::There(chat, copy) => self.looked_there(message, chat, copy),
            PhotoPlace::Here(source) => self.looked(message, source, ctx),
        }
    }
}
