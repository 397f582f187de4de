//! What a person and their partners said to each other, and what of it can be taken back.

use crate::store::aggregates::bots;
use crate::store::aggregates::history::Sealed;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Dialog, DialogLine, Dialogs};
use nameless_domain::ids::{ChatId, MessageId, PairId, UserId};
use nameless_domain::time::Millis;
use serde_json::Value;
use std::collections::BTreeMap;

/// For how long a bot may delete a message, milliseconds.
const DELETABLE_MS: i64 = 48 * 3_600_000;
/// Messages that are deleted at a time, the newest: calls for twenty of a hundred each wait at a
/// chat.
const MOST: i64 = 2_000;
/// Chats that are read at a time, the newest.
const CHATS: i64 = 100;
/// Messages of all of them.
const MESSAGES: usize = 5_000;

const DELIVERED: &str = "\
    SELECT CASE m.from_side WHEN 0 THEN p.b ELSE p.a END AS partner,
        CASE m.from_side WHEN 0 THEN p.bot_b ELSE p.bot_a END AS bot, m.copy
    FROM pairs p
    JOIN message_map m ON m.pair_id = p.pair_id AND m.from_side = CASE WHEN p.a = $1 THEN 0 ELSE 1 END
    WHERE (p.a = $1 OR p.b = $1) AND m.at > $2 ORDER BY m.at DESC LIMIT $3";

const PAIRS: &str = "\
    SELECT pair_id, a, b, opened, ended FROM pairs
    WHERE a = $1 OR b = $1 ORDER BY opened DESC, pair_id DESC LIMIT $2";

/// The newest ones of a chat.
const OF_PAIR: &str = "\
    SELECT pair_id, side, message, edit, at, sealed FROM history
    WHERE pair_id = $1 ORDER BY at DESC, message DESC, edit DESC, side DESC LIMIT $2";

const KNOWN: &str = "SELECT FROM accounts WHERE user_id = $1";

/// What a person's partners got from them and can be deleted, by chat.
pub(super) async fn delivered(
    conn: &mut Conn,
    user: UserId,
    now: Millis,
) -> Result<Vec<(ChatId, Vec<MessageId>)>, Fault> {
    let mut by_chat: BTreeMap<ChatId, Vec<MessageId>> = BTreeMap::new();
    for row in conn.query(DELIVERED, &[&user.0, &now.plus(-DELETABLE_MS).0, &MOST]).await? {
        // A partner who has erased themselves is nobody's any more.
        if let Some(partner) = row.try_get::<_, Option<i64>>("partner")? {
            let chat = UserId(partner).at(bots::place(row.try_get("bot")?)?);
            by_chat.entry(chat).or_default().push(MessageId(row.try_get("copy")?));
        }
    }
    Ok(by_chat.into_iter().collect())
}

/// A person's newest chats.
pub(super) async fn read(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Answer, Fault> {
    if conn.query(KNOWN, &[&user.0]).await?.is_empty() {
        return Ok(Answer::Missing);
    }
    let pairs = conn.query(PAIRS, &[&user.0, &CHATS]).await?;
    let mut dialogs = Dialogs { user, chats: Vec::new(), more: pairs.len() as i64 == CHATS };
    let mut left = MESSAGES;
    for row in &pairs {
        if left == 0 {
            dialogs.more = true;
            break;
        }
        let members: [Option<i64>; 2] = [row.try_get("a")?, row.try_get("b")?];
        let ring = user_key::get(conn, keys, &members.into_iter().flatten().collect::<Vec<_>>()).await?;
        let pair = PairId(row.try_get("pair_id")?);
        let (mut messages, mut unreadable) = (Vec::new(), 0);
        for row in conn.query(OF_PAIR, &[&pair.0, &(left as i64)]).await?.iter().rev() {
            left -= 1;
            let sealed = Sealed::from_row(row)?;
            let sender = members[usize::from(sealed.side != 0)].map(UserId);
            let opened = sender.and_then(|sender| ring.get(&sender)).and_then(|key| sealed.open(key).ok());
            match opened {
                None => unreadable += 1,
                Some(payload) => messages.push(DialogLine {
                    from: if sender == Some(user) { "person" } else { "partner" },
                    at: Millis(sealed.at),
                    payload: serde_json::from_str(payload.get()).unwrap_or(Value::Null),
                }),
            }
        }
        dialogs.chats.push(Dialog {
            pair,
            opened: Millis(row.try_get("opened")?),
            ended: row.try_get::<_, Option<i64>>("ended")?.map(Millis),
            messages,
            unreadable,
        });
    }
    Ok(Answer::Dialogs(Box::new(dialogs)))
}
