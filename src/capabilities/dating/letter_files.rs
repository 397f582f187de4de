//! Files of letters before they are told (I12): pictures are looked at as in a chat, but always
//! first, as nobody waits for a letter. One that is refused is told to nobody, one that nobody
//! could look at stays behind its spoiler. What cannot get to the bot where its receiver is is not
//! told either. The sender hears of both.

use super::store::Bundle;
use crate::telegram::{Client, handle};
use futures_util::future::join_all;
use nameless_actors::capabilities::DatingEngine;
use nameless_actors::faceguard::Photo;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::letters::{Unsent, as_chat};
use nameless_domain::capabilities::faceguard::{Decision, Verdict};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::relay::content::OutMedia;
use std::sync::Arc;

/// Bytes of a file that a bot may read (<https://core.telegram.org/bots/api#getfile>).
const READ_BYTES: u64 = 20_000_000;

/// What may be told of letters to somebody at a bot.
pub(super) async fn screened(
    mut bundle: Bundle,
    (to, at): (UserId, BotId),
    client: &Client,
    engine: Option<Arc<dyn DatingEngine>>,
) -> Bundle {
    let (sender, matched) = (bundle.sender, bundle.theirs);
    let tell = |event: Event| {
        if let Some(engine) = &engine {
            engine.tell(sender, event);
        }
    };
    bundle.letters.retain(|(_, letter)| {
        let arrives = letter.file.as_ref().is_none_or(|file| gets_to(at, file, client));
        if !arrives {
            tell(Event::LetterHeld { matched, why: Unsent::Far });
        }
        arrives
    });
    let looks = bundle.letters.iter().map(|(_, letter)| {
        let photo = letter.file.as_ref().and_then(|file| photo(file, (sender, to), as_chat(matched)));
        let engine = engine.clone();
        async move {
            match (photo, engine) {
                (Some(photo), Some(engine)) => engine.look(photo).await,
                _ => None,
            }
        }
    });
    let seen = join_all(looks).await;
    let mut seen = seen.into_iter();
    bundle.letters.retain_mut(|(_, letter)| {
        let verdict = seen.next().flatten();
        let Some((verdict, file)) = verdict.zip(letter.file.as_mut()) else { return true };
        match verdict.refused() {
            None => {
                shows(file, verdict);
                true
            }
            Some(reason) => {
                if let Some(engine) = &engine {
                    engine.refused(sender, as_chat(matched), reason);
                }
                false
            }
        }
    });
    bundle
}

/// What was approved stands in the open, unless its sender put it behind the spoiler.
fn shows(file: &mut OutMedia, verdict: Verdict) {
    if verdict.decision() == Decision::Approved && !file.veiled {
        file.spoiler = false;
    }
}

/// Whether a file can be sent at this bot: another one's has to be read there first.
fn gets_to(at: BotId, file: &OutMedia, client: &Client) -> bool {
    let (of, _) = handle::read(&file.file_id);
    of == at || (client.at(of).is_some() && file.size.is_none_or(|bytes| bytes <= READ_BYTES))
}

/// What FaceGuard is asked for; none if there is nothing to look at.
fn photo(
    file: &OutMedia,
    (sender, partner): (UserId, UserId),
    pair: PairId,
) -> Option<Photo> {
    if !file.kind.behind_spoiler() {
        return None;
    }
    let file_id = file.looked_at()?.to_owned();
    Some(Photo { sender, partner, pair, unique_id: file.unique_id.clone(), file_id })
}
