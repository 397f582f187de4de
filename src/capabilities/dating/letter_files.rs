//! Files of letters before they are told (I12): pictures are looked at as in a chat, but always
//! first, as nobody waits for a letter. One that is refused is told to nobody, one that nobody
//! could look at stays behind its spoiler. What cannot get to the bot where its receiver is is not
//! told either. The sender hears of both, by a job for each.

use super::store::Bundle;
use crate::telegram::{Client, handle};
use futures_util::future::join_all;
use nameless_actors::capabilities::{DatingEngine, Glance};
use nameless_actors::faceguard::Photo;
use nameless_domain::capabilities::dating::bot::{Token, Withheld};
use nameless_domain::capabilities::dating::letters::as_chat;
use nameless_domain::capabilities::faceguard::{Decision, Verdict};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::relay::content::OutMedia;
use std::sync::Arc;

/// Bytes of a file that a bot may read (<https://core.telegram.org/bots/api#getfile>).
const READ_BYTES: u64 = 20_000_000;

/// Letters that are told to nobody.
pub(super) struct HeldBack {
    /// Who wrote them.
    pub sender: UserId,
    /// What the match is called to whoever wrote them.
    pub matched: Token,
    /// Their names, and why.
    pub all: Vec<(Token, Withheld)>,
}

/// The engine ends: its pictures are looked at another time.
#[derive(Debug, PartialEq)]
pub(super) struct Ending;

/// What may be told of letters to somebody at a bot, and the others.
pub(super) async fn screened(
    mut bundle: Bundle,
    (to, at): (UserId, BotId),
    client: &Client,
    engine: Option<&Arc<dyn DatingEngine>>,
) -> Result<(Bundle, HeldBack), Ending> {
    let (sender, matched) = (bundle.sender, bundle.theirs);
    let mut all = Vec::new();
    bundle.letters.retain(|(name, letter)| {
        let arrives =
            letter.file.as_ref().is_none_or(|file| gets_to(at, file, |bot| client.at(bot).is_some()));
        if !arrives {
            all.push((*name, Withheld::Far));
        }
        arrives
    });
    let photos = bundle
        .letters
        .iter()
        .map(|(_, letter)| letter.file.as_ref().and_then(|file| photo(file, (sender, to), as_chat(matched))));
    let seen = join_all(photos.map(|photo| seen(photo, engine))).await;
    let mut seen = seen.into_iter().collect::<Result<Vec<_>, Ending>>()?.into_iter();
    bundle.letters.retain_mut(|(name, letter)| {
        let verdict = seen.next().flatten();
        let Some((verdict, file)) = verdict.zip(letter.file.as_mut()) else { return true };
        match verdict.refused() {
            None => {
                shows(file, verdict);
                true
            }
            Some(reason) => {
                all.push((*name, Withheld::Refused(reason)));
                false
            }
        }
    });
    Ok((bundle, HeldBack { sender, matched, all }))
}

/// What is seen of a picture; nothing if there is none, or nobody looks at any.
async fn seen(
    photo: Option<Photo>,
    engine: Option<&Arc<dyn DatingEngine>>,
) -> Result<Option<Verdict>, Ending> {
    let Some(photo) = photo else { return Ok(None) };
    let Some(engine) = engine else { return Err(Ending) };
    match engine.look(photo).await {
        Glance::Seen(verdict) => Ok(Some(verdict)),
        Glance::Off => Ok(None),
        Glance::Ending => Err(Ending),
    }
}

/// What was approved stands in the open, unless its sender put it behind the spoiler.
fn shows(file: &mut OutMedia, verdict: Verdict) {
    if verdict.decision() == Decision::Approved && !file.veiled {
        file.spoiler = false;
    }
}

/// Whether a file can be sent at this bot: another one's has to be read there first.
fn gets_to(at: BotId, file: &OutMedia, is_run: impl Fn(BotId) -> bool) -> bool {
    let (of, _) = handle::read(&file.file_id);
    of == at || (is_run(of) && file.size.is_none_or(|bytes| bytes <= READ_BYTES))
}

/// What FaceGuard is asked for; none if there is nothing to look at.
fn photo(file: &OutMedia, (sender, partner): (UserId, UserId), pair: PairId) -> Option<Photo> {
    if !file.kind.behind_spoiler() {
        return None;
    }
    let file_id = file.looked_at()?.to_owned();
    Some(Photo { sender, partner, pair, unique_id: file.unique_id.clone(), file_id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_actors::ports::PortFuture;
    use nameless_domain::capabilities::dating::Event;
    use nameless_domain::capabilities::faceguard::Reason;
    use nameless_domain::relay::content::MediaKind;
    use serde_json::json;

    fn file(handle: &str, size: Option<u64>) -> OutMedia {
        let file =
            json!({ "kind": "photo", "file_id": handle, "unique_id": "u", "size": size, "spoiler": true });
        serde_json::from_value(file).expect("a file")
    }

    /// An engine that says this of each picture, and nothing else.
    struct Says(Glance);

    impl DatingEngine for Says {
        fn wake(&self) {}
        fn tell(&self, _: UserId, _: Event) {}
        fn vet(&self, _: String) -> PortFuture<'static, Verdict> {
            Box::pin(async { Verdict::NO_WORKER })
        }
        fn vet_here(&self, _: Vec<u8>) -> PortFuture<'static, Verdict> {
            Box::pin(async { Verdict::NO_WORKER })
        }
        fn look(&self, _: Photo) -> PortFuture<'static, Glance> {
            let glance = self.0;
            Box::pin(async move { glance })
        }
    }

    /// I12: an engine that ends is no engine without looks. Guard: `Ending` in `seen`.
    #[tokio::test]
    async fn a_picture_that_cannot_be_looked_at_yet_is_not_told() {
        let picture = || photo(&file("f", None), (UserId(1), UserId(2)), PairId(-1));
        let said = async |glance| {
            let engine: Arc<dyn DatingEngine> = Arc::new(Says(glance));
            seen(picture(), Some(&engine)).await
        };
        assert_eq!(said(Glance::Ending).await, Err(Ending));
        assert_eq!(said(Glance::Off).await, Ok(None));
        assert_eq!(said(Glance::Seen(Verdict::APPROVED)).await, Ok(Some(Verdict::APPROVED)));
        assert_eq!(seen(picture(), None).await, Err(Ending));
        assert_eq!(seen(None, None).await, Ok(None));
    }

    /// I12.
    #[test]
    fn only_what_was_approved_stands_in_the_open() {
        let shown = |veiled, verdict| {
            let mut file = OutMedia { veiled, ..file("f", None) };
            shows(&mut file, verdict);
            !file.spoiler
        };
        assert!(shown(false, Verdict::APPROVED));
        assert!(!shown(true, Verdict::APPROVED), "its sender put it there");
        let adults = Verdict::of([Reason::Nude]).between_adults();
        for verdict in [Verdict::NO_WORKER, adults, Verdict::of([Reason::Code])] {
            assert_eq!((verdict.refused(), shown(false, verdict)), (None, false));
        }
    }

    #[test]
    fn a_large_file_stays_at_its_bot() {
        let run = |bot| bot == BotId(1);
        let large = Some(READ_BYTES + 1);
        assert!(gets_to(BotId::FIRST, &file("f", large), run), "its own sends it by its handle");
        assert!(gets_to(BotId(2), &file("1:f", Some(READ_BYTES)), run));
        assert!(gets_to(BotId(2), &file("1:f", None), run));
        assert!(!gets_to(BotId(2), &file("1:f", large), run));
        assert!(!gets_to(BotId(2), &file("3:f", Some(1)), run), "one that is run no more");
    }

    /// A film is judged by its thumbnail; without one, and of other kinds, there is nothing to see.
    #[test]
    fn pictures_are_looked_at() {
        let looks = |kind, preview: Option<&str>| {
            let file = OutMedia { kind, preview: preview.map(Into::into), ..file("f", None) };
            photo(&file, (UserId(1), UserId(2)), PairId(-1)).map(|photo| photo.file_id)
        };
        assert_eq!(looks(MediaKind::Photo, None).as_deref(), Some("f"));
        assert_eq!(looks(MediaKind::Photo, Some("p")).as_deref(), Some("p"));
        assert_eq!(looks(MediaKind::Video, Some("p")).as_deref(), Some("p"));
        assert_eq!(looks(MediaKind::Video, None), None);
        assert_eq!(looks(MediaKind::Document, Some("p")), None);
    }
}
