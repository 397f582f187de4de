//! Groups that became supergroups. Each has another id from then on: Telegram refuses what goes to
//! the former one, and says which it is now
//! (<https://core.telegram.org/bots/api#responseparameters>). It goes there then, for as long as
//! the process lives.

use nameless_actors::env::Env;
use nameless_actors::kernel::lock;
use nameless_domain::ids::ChatId;
use nameless_domain::outgoing::{Call, Method, Outgoing};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Groups that are remembered. The operators' one is all that the bot stays in.
const MOST: usize = 16;

/// Between two questions about the operators' group: it takes 20 messages a minute.
const SPACE: Duration = Duration::from_secs(6);
/// Chats that wait for such a question at a time.
const WAITING: usize = 8;

/// Where groups are now.
#[derive(Debug, Default)]
pub(super) struct Moves(Mutex<BTreeMap<ChatId, ChatId>>);

impl Moves {
    /// The chat as it is called now.
    pub fn now(&self, chat: ChatId) -> ChatId {
        match chat.is_basic_group() {
            true => lock(&self.0).get(&chat).copied().unwrap_or(chat),
            false => chat,
        }
    }

    /// Telegram has said that `from` is `to` now. Only a group becomes something else, and only a
    /// supergroup of the same bot's.
    pub fn note(&self, from: ChatId, to: ChatId) {
        let is_one = from.is_basic_group() && from.bot() == to.bot();
        if !is_one || to.is_basic_group() || to.telegrams() >= 0 {
            return;
        }
        let mut known = lock(&self.0);
        if known.len() < MOST || known.contains_key(&from) {
            known.insert(from, to);
        }
    }
}

/// The same call to where its chat is now.
pub(super) fn to(out: &Outgoing, chat: ChatId) -> Outgoing {
    let call = match &out.call {
        Call::Method(method) => Call::Method(Box::new(Method {
            parameters: parameters(&method.parameters, chat).unwrap_or_else(|| method.parameters.clone()),
            ..(**method).clone()
        })),
        call => call.clone(),
    };
    Outgoing { chat, call }
}

/// A method's parameters with another chat in them; none where they name none.
fn parameters(json: &str, chat: ChatId) -> Option<String> {
    let mut all: Value = serde_json::from_str(json).ok()?;
    *all.get_mut("chat_id")? = chat.telegrams().into();
    Some(all.to_string())
}

/// Has Telegram say where the operators' group is, if it is one that can become a supergroup: "the
/// bot is typing" is all that anybody sees of it.
pub(crate) async fn look_for_alerts_chat(env: &Env) {
    let Some(chat) = env.alerts_chat().filter(|chat| chat.is_basic_group()) else { return };
    let parameters = serde_json::json!({ "chat_id": chat.telegrams(), "action": "typing" }).to_string();
    let method = Method { name: "sendChatAction", parameters, ..Method::default() };
    let out = Outgoing { chat, call: Call::Method(Box::new(method)) };
    if let Err(cause) = env.api.call(Arc::new(out)).await {
        tracing::debug!(%cause, "nobody says where the alerts chat is");
    }
}

/// Whether the operators' group is this chat now. Strangers can have it asked by putting the bot
/// into supergroups: it is, seldom enough for what a group takes, and of a few at a time.
pub(crate) async fn is_alerts_chat(env: &Env, chat: ChatId) -> bool {
    static ROOM: Semaphore = Semaphore::const_new(WAITING);
    static LAST: tokio::sync::Mutex<Option<Instant>> = tokio::sync::Mutex::const_new(None);
    let Ok(_place) = ROOM.try_acquire() else { return false };
    let mut last = LAST.lock().await;
    // Whoever waited behind another one may know by now.
    if env.alerts_chat() != Some(chat) {
        if let Some(at) = *last {
            tokio::time::sleep_until(at + SPACE).await;
        }
        look_for_alerts_chat(env).await;
        *last = Some(Instant::now());
    }
    env.alerts_chat() == Some(chat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::{BotId, MessageId};

    const GROUP: ChatId = ChatId(-4_000_001);
    const NOW: ChatId = ChatId(-1_001_000_000_777);

    #[test]
    fn a_group_is_where_telegram_says() {
        let moves = Moves::default();
        assert_eq!(moves.now(GROUP), GROUP);
        // Nothing that could lead elsewhere: another bot's chat, a person, a group again.
        for to in [ChatId::of(BotId(1), NOW.0), ChatId(55), ChatId(-7)] {
            moves.note(GROUP, to);
            assert_eq!(moves.now(GROUP), GROUP, "{to:?}");
        }
        moves.note(ChatId(55), NOW);
        moves.note(NOW, ChatId(-1_002_000_000_000));
        assert_eq!((moves.now(ChatId(55)), moves.now(NOW)), (ChatId(55), NOW));
        moves.note(GROUP, NOW);
        assert_eq!(moves.now(GROUP), NOW);
        (0..100).for_each(|n| moves.note(ChatId(-100 - n), NOW));
        assert_eq!(lock(&moves.0).len(), MOST, "bounded");
        assert_eq!(moves.now(GROUP), NOW);
    }

    #[test]
    fn a_call_goes_there_with_all_that_names_its_chat() {
        let call = Call::Delete { messages: vec![MessageId(5)] };
        let there = to(&Outgoing { chat: GROUP, call: call.clone() }, NOW);
        assert_eq!(there, Outgoing { chat: NOW, call });
        let method = |parameters: &str| {
            let method = Method { name: "sendPhoto", parameters: parameters.into(), ..Method::default() };
            let out = to(&Outgoing { chat: GROUP, call: Call::Method(Box::new(method)) }, NOW);
            let Call::Method(method) = out.call else { panic!("a method") };
            method.parameters
        };
        let said: Value = serde_json::from_str(&method("{\"chat_id\":-4000001,\"photo\":\"x\"}")).unwrap();
        assert_eq!(said, serde_json::json!({"chat_id": NOW.0, "photo": "x"}));
        assert_eq!(method("{\"id\":1}"), "{\"id\":1}");
    }
}
