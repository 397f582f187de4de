//! What may pass (I5): every message is rebuilt from an allowlist of fields, never copied whole.
//!
//! Words are masked ([`mask`]) where an entity or our own scanner ([`scan`]) finds something
//! identifying; media keep their handle and, where their name or tags tell something, are marked
//! for laundering ([`file_name`]); everything unknown is refused. An edit is rebuilt like a new
//! message.

mod at;
mod digits;
mod file_name;
mod film;
mod findings;
mod fold;
mod gate;
mod handle;
mod hosts;
mod links;
mod mask;
mod number;
mod ordinary;
mod plans;
mod scan;
mod tld;
mod tokens;
mod verdict;
mod words;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod verdict_tests;

pub use findings::Findings;
pub(crate) use fold::fold as fold_char;

use crate::relay::content::{
    Body, EntityKind, Finding, Manner, Media, MediaKind, OutMedia, Payload, Refused, Rich,
};
use crate::rules::Rules;

/// UTF-16 units of a quote (<https://core.telegram.org/bots/api#replyparameters>).
const QUOTE_UNITS: usize = 1024;

/// The dice that Telegram throws (Bot API, sendDice), without variation selectors.
const DICE: [&str; 6] = ["🎲", "🎯", "🏀", "⚽", "🎳", "🎰"];

/// What an inbound message became.
#[derive(Clone, Debug, PartialEq)]
pub enum Rebuilt {
    /// It may leave in this form.
    Pass {
        /// What leaves. Words left empty or only of masks leave too: the sender is told.
        payload: Payload,
        /// What was left out or masked; the sender is told.
        findings: Findings,
    },
    /// It is not passed on; the sender is told why.
    Refused(Refused),
    /// A service message: nothing to pass on and nothing to tell.
    Nothing,
}

/// Rebuilds what came in into what may leave. `envelope` is what the message's envelope held that
/// never passes.
///
/// Takes the body, so that a plain text with nothing to mask is moved and not copied. Total: no
/// content, however malformed its entities are, makes it panic. An edit is rebuilt by the same
/// function.
pub fn rebuild(body: Body, envelope: &[Finding], rules: &Rules) -> Rebuilt {
    let mut findings: Findings = envelope.iter().copied().collect();
    let payload = match body {
        Body::Text(rich) => Payload::Text(mask::rebuild(rich, &mut findings)),
        Body::Media { media, caption } => match rebuild_media(media, caption, rules, &mut findings) {
            Ok(media) => Payload::Media(media),
            Err(refused) => return Rebuilt::Refused(refused),
        },
        Body::Dice { emoji, .. } => {
            let bare = emoji.trim_end_matches('\u{fe0f}');
            match DICE.into_iter().find(|&d| d == bare) {
                Some(die) => Payload::Dice { emoji: die.to_owned() },
                None => return Rebuilt::Refused(Refused::Unknown),
            }
        }
        Body::Service => return Rebuilt::Nothing,
        Body::Place { .. } => return Rebuilt::Refused(Refused::Location),
        Body::Refused(refused) => return Rebuilt::Refused(refused),
    };
    Rebuilt::Pass { payload, findings }
}

/// What may leave of how a message is shown. A quote leaves as it is or not at all: what is masked
/// in it does not stand in the message that it is from.
pub fn rebuild_manner(manner: Option<Box<Manner>>) -> Option<Box<Manner>> {
    let mut manner = manner?;
    manner.quote = manner.quote.take().and_then(|quote| {
        let mut findings = Findings::NONE;
        let words = quote.text.clone();
        let mut quote = mask::rebuild(quote, &mut findings);
        // Of other formatting Telegram takes none in a quote.
        quote.entities.retain(|e| {
            matches!(
                e.kind,
                EntityKind::Bold
                    | EntityKind::Italic
                    | EntityKind::Underline
                    | EntityKind::Strikethrough
                    | EntityKind::Spoiler
            )
        });
        let fits = !words.trim().is_empty() && words.encode_utf16().count() <= QUOTE_UNITS;
        (fits && quote.text == words && findings.content().is_empty()).then_some(quote)
    });
    Some(manner).filter(|manner| **manner != Manner::default())
}

fn rebuild_media(
    media: Media,
    caption: Rich,
    rules: &Rules,
    findings: &mut Findings,
) -> Result<OutMedia, Refused> {
    if file_name::is_image(&media) {
        return Err(Refused::ImageAsFile);
    }
    let renamed = file_name::launder(&media);
    let mut launder = renamed.clone().or_else(|| file_name::looked_into(&media));
    if launder.is_some() && media.size.is_some_and(|size| size > rules.launder_max_bytes) {
        // What is no film and no sound by its own account has nothing inside that we could take
        // out.
        if renamed.is_some() || file_name::is_film_or_sound(&media) {
            return Err(Refused::TooLarge);
        }
        launder = None;
    }
    if renamed.is_some() {
        findings.insert(match media.kind {
            MediaKind::Sticker => Finding::StickerSet,
            _ => Finding::FileName,
        });
    }
    // A kind without a caption has no words to lose either: Telegram takes none from its sender.
    let caption = if media.kind.has_caption() { mask::rebuild(caption, findings) } else { Rich::default() };
    Ok(OutMedia {
        kind: media.kind,
        file_id: media.file_id,
        unique_id: media.unique_id,
        launder,
        size: media.size,
        caption,
        spoiler: media.kind.behind_spoiler(),
        caption_above: false,
        veiled: media.veiled,
        agreed: false,
        preview: media.preview,
    })
}
