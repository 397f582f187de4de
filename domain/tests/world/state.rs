//! The people, pairs and messages of the engine's model.

use nameless_domain::ids::{ChatId, MessageId, MessageIds, PairId, Seq, UserId};
use nameless_domain::outgoing::Outgoing;
use nameless_domain::profile::{AgeBand, Gender, Wishes};
use nameless_domain::relay::{RelayOp, Side};
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::session::{EndCause, Event, SessionCore};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update::Update;
use std::collections::{HashSet, VecDeque};

/// Users of the world: 1 to this.
pub const USERS: i64 = 6;

pub enum Mail {
    Update(Seq, Update),
    Event(Event),
    /// Look again at the store (`Recall` of the real engine).
    Square,
}

pub struct User {
    pub core: SessionCore,
    pub saved: Option<Account>,
    pub mail: VecDeque<Mail>,
    /// Updates gathered into an album.
    pub held: Vec<(Seq, Update)>,
    pub due: Option<Millis>,
    pub erased: Option<Millis>,
}

pub enum Work {
    Pass { pair: PairId, by: UserId, op: RelayOp, token: u64, earlier: Option<Vec<MessageId>> },
    Close { pair: PairId, by: UserId, cause: EndCause },
    Delivered { pair: PairId, from: Side, sources: MessageIds, copies: Option<Vec<MessageId>>, token: u64 },
}

#[expect(clippy::large_enum_variant, reason = "a model holds a few of them")]
pub enum ToOutbox {
    Enqueue(Item),
    Purge(ChatId, PairId),
    /// Not part of the engine: from here on the outbox may start nothing more for the pair.
    Ended(PairId),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub out: Outgoing,
    /// Pair, asking side, sources, token; none for what the bot says.
    pub origin: Option<(PairId, Side, MessageIds, u64)>,
}

/// One pair, for ever: what the checks know of it.
pub struct History {
    pub members: [UserId; 2],
    pub ended: Option<Millis>,
    /// Who was told of the other.
    pub met: HashSet<UserId>,
    /// Sources handed to the relay, per side, in order.
    pub relayed: [Vec<MessageId>; 2],
    /// Sources whose copies arrived, per side, in order.
    pub arrived: [Vec<MessageId>; 2],
    /// Sources that Telegram refused.
    pub refused: HashSet<(Side, MessageId)>,
}

#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Sent,
    RetryAfter,
    Unsent,
    Refused,
    Gone,
}

impl User {
    /// Everybody fits somebody; not everybody fits everybody.
    pub fn onboarded(id: UserId, now: Millis) -> User {
        let mut account = Account::new(id, Lang::En, now);
        account.adult = Some(AdultConsent { at: now, version: 1 });
        account.gender = Some(Gender::ALL[id.0 as usize % 2]);
        account.age = Some(AgeBand::ALL[id.0 as usize % 3]);
        if id.0 == 1 {
            account.wishes.genders = 1;
        }
        if id.0 == 2 {
            account.wishes.ages = 0b11;
            account.wishes.shared_interest = true;
        }
        account.wishes.langs = Wishes::ANY_LANG;
        account.phase = Phase::Idle;
        let core = SessionCore::new(account.clone());
        let (mail, held) = (VecDeque::new(), Vec::new());
        User { core, saved: Some(account), mail, held, due: None, erased: None }
    }
}

impl History {
    pub fn new(members: [UserId; 2]) -> History {
        History {
            members,
            ended: None,
            met: HashSet::new(),
            relayed: Default::default(),
            arrived: Default::default(),
            refused: HashSet::new(),
        }
    }

    pub fn side(&self, user: UserId) -> Side {
        if self.members[0] == user { Side::A } else { Side::B }
    }
}
