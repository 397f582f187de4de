//! One's own photos: the list, one more, their order, one less.
//!
//! A picture that comes over HTTP is looked at here before it goes anywhere. Then the bot sends it
//! to its owner's own chat, without a sound: so it becomes a file at Telegram, whose handle is
//! kept, and Telegram leaves behind what a camera wrote into it. Nothing of it is kept on this
//! machine.

use super::body::PICTURE as BODY;
use super::photos::{Place, show};
use super::problem::Problem;
use super::verdicts::{carry_out, tell};
use super::{Ask, Endpoint, PICTURE, Reply, Spec, Verb};
use crate::capabilities::dating::port::{Port, has_failed};
use crate::capabilities::dating::store::{Deed, NewPhoto, Once};
use crate::telegram::{Client, OwnPhoto};
use nameless_actors::ports::SendError;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::photo::{self, Look, PHOTOS, Shot};
use nameless_domain::capabilities::dating::profile::Objection;
use nameless_domain::ids::UserId;
use nameless_domain::text::{Lang, Msg};
use nameless_vision::header;
use nameless_vision::limits::Limits;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Pixels of the shorter side: less is no picture of anybody.
const LEAST: u32 = 160;
/// The longer side may be so many times the shorter: Telegram takes no more than 20.
const NARROWEST: u32 = 10;
/// Telegram takes no photo whose sides together have more pixels.
const SIDES: u32 = 10_000;

/// The list.
pub(super) struct List;
/// One more.
pub(super) struct Add;
/// Another order.
pub(super) struct Order;
/// One less.
pub(super) struct Remove;
/// One of them.
pub(super) struct Own;

/// Photos as their owner sees them.
pub(super) fn shown(all: &[Shot]) -> Vec<Value> {
    let has_first = photo::has_first(all);
    let shot = |(n, Shot { photo, look }): (usize, &Shot)| {
        json!({
            "id": photo.to_string(), "url": path(*photo), "is_checked": look.is_checked(),
            "is_main": n == 0 && has_first,
        })
    };
    all.iter().enumerate().map(shot).collect()
}

/// The same as the card has them: of those without a first one none is shown.
pub(super) fn on_card(all: &[Shot]) -> Vec<Value> {
    let shot = |Shot { photo, look }: &Shot| json!({ "url": path(*photo), "is_checked": look.is_checked() });
    match photo::has_first(all) {
        true => all.iter().map(shot).collect(),
        false => Vec::new(),
    }
}

fn path(photo: Token) -> String {
    format!("/app/api/v1/profile/photos/{photo}")
}

async fn own(ask: &Ask<'_>) -> Result<Vec<Shot>, Problem> {
    ask.api.store().dating_photos(ask.viewer()?.user).await?.ok_or_else(Problem::no_profile)
}

async fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    Ok(Reply::json(json!({ "photos": shown(&own(ask).await?), "most": PHOTOS })))
}

impl Endpoint for List {
    const SPEC: Spec = Spec {
        summary: "Their photos, in their order",
        ..Spec::new(Verb::Get, "/app/api/v1/profile/photos", "Photos", "Photos")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        list(&ask).await
    }
}

const fn refused(reason: Objection) -> Problem {
    Problem::objection("photo", reason)
}

/// Whether these bytes begin as a picture does, of a size that can be shown.
fn is_picture(bytes: &[u8]) -> bool {
    let limits = Limits { bytes: BODY.most(), shortest_side: LEAST, ..Limits::default() };
    header::look(bytes, &limits).is_ok_and(|header| {
        let (width, height) = (header.width, header.height);
        width.max(height) <= width.min(height) * NARROWEST && width + height <= SIDES && !header.animated
    })
}

/// What an upload needs, also once its request is gone with the phone's connection.
struct Upload {
    port: Port,
    client: Arc<Client>,
    user: UserId,
    lang: Lang,
    once: Once,
    bytes: Vec<u8>,
    before: Vec<Shot>,
    /// Held for as long as its bytes are: who hangs up frees nothing.
    place: Option<Place>,
}

impl Upload {
    async fn carry_out(self) -> Result<(), Problem> {
        let Upload { port, client, user, lang, once, bytes, before, place } = self;
        let verdict = port.look_here(bytes.clone()).await.ok_or_else(Problem::busy)?;
        let look = Look::of(verdict).map_err(refused)?;
        if !look.is_checked() && has_failed(verdict) {
            // What cannot be looked at is not put before others.
            return Err(refused(Objection::Picture));
        }
        if !look.may_be_first() && !photo::has_first(&before) {
            return Err(refused(Objection::Face));
        }
        let caption = port.texts.plain(lang, &Msg::new("dating-photo-kept"));
        // What nobody has looked at is veiled here as well (I12).
        let (veiled, silent) = (!look.is_checked(), true);
        let chat = port.store.chat_of(&client, user).await?;
        let photo = OwnPhoto { chat, bytes, caption, veiled, keyboard: Value::Null, silent };
        let sent = client.send_photo(photo).await.map_err(|cause| match cause {
            SendError::Refused(_) | SendError::TooLarge => refused(Objection::Picture),
            SendError::RetryAfter(wait) => {
                Problem::too_many(i64::try_from(wait.as_secs()).unwrap_or(60).clamp(1, 3_600))
            }
            // They have never opened it, or have blocked the bot: asking again does not help.
            SendError::Gone => Problem::no_chat(),
            // Its text may name what it must not.
            _ => Problem::away(),
        })?;
        let new = NewPhoto { file: sent.file, preview: sent.preview, look };
        let came = port.store.dating_do(user, once, Deed::AddPhoto(new)).await?;
        let told = tell(&port, user, came).map(drop);
        drop(place);
        told
    }
}

impl Endpoint for Add {
    const SPEC: Spec = Spec {
        summary: "Adds a photo behind the others; the answer says whether somebody has looked at it",
        body: Some(PICTURE),
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/profile/photos", "AddPhoto", "Photos")
    };

    async fn answer(mut ask: Ask<'_>) -> Result<Reply, Problem> {
        let (viewer, once) = (ask.viewer()?, ask.once()?);
        let (user, lang) = (viewer.user, viewer.lang);
        // A second time it is neither looked at nor sent.
        match ask.api.store().dating_was_done(user, once.clone()).await? {
            Some(true) => return list(&ask).await,
            Some(false) => {}
            None => return Err(Problem::key_reused()),
        }
        let before = own(&ask).await?;
        if before.len() >= PHOTOS {
            return Err(refused(Objection::Full));
        }
        if !ask.api.store().dating_may_change_photos(user).await? {
            return Err(refused(Objection::Often));
        }
        let bytes = std::mem::take(&mut ask.body);
        if !is_picture(&bytes) {
            return Err(refused(Objection::Picture));
        }
        let (port, client) = (ask.api.port.clone(), ask.api.client.clone());
        let place = ask.place.take();
        let upload = Upload { port, client, user, lang, once, bytes, before, place };
        actix_web::rt::spawn(upload.carry_out()).await.map_err(|_| Problem::away())??;
        list(&ask).await
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ordered {
    order: Vec<String>,
}

impl Endpoint for Order {
    const SPEC: Spec = Spec {
        summary: "Puts the photos in this order; the first is the face of the card",
        body: Some("PhotoOrder"),
        is_gated: true,
        ..Spec::new(Verb::Put, "/app/api/v1/profile/photos", "OrderPhotos", "Photos")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let Ordered { order } = ask.body()?;
        let odd = || Problem::malformed("the body is not as it is described");
        if order.len() > PHOTOS {
            return Err(odd());
        }
        let names = order.iter().map(|word| Token::of_word(word).ok_or_else(odd));
        carry_out(&ask, Deed::OrderPhotos(names.collect::<Result<_, _>>()?)).await?;
        list(&ask).await
    }
}

impl Endpoint for Remove {
    const SPEC: Spec = Spec {
        summary: "Removes a photo",
        ..Spec::new(Verb::Delete, "/app/api/v1/profile/photos/{token}", "RemovePhoto", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        carry_out(&ask, Deed::RemovePhoto(ask.named()?)).await?;
        Ok(Reply::nothing())
    }
}

impl Endpoint for Own {
    const SPEC: Spec = Spec {
        summary: "One of their own photos",
        ..Spec::new(Verb::Get, "/app/api/v1/profile/photos/{token}", "OwnPhoto", PICTURE)
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let user = ask.viewer()?.user;
        if !ask.api.limits.admits_picture(user, ask.now()) {
            return Err(Problem::too_many(2));
        }
        let sight = ask.api.store().dating_own_sight(user, ask.named()?).await?;
        show(&ask, sight.ok_or_else(Problem::unknown)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_vision::picture::Picture;

    #[test]
    fn a_picture_is_known_by_its_bytes_and_bounded_by_its_head() {
        let jpeg = |width, height| Picture::plain(width, height, [90, 120, 150]).jpeg(80).expect("a picture");
        assert!(is_picture(&jpeg(320, 240)));
        for (width, height) in [(100, 400), (2_000, 160), (8_200, 900)] {
            assert!(!is_picture(&jpeg(width, height)), "{width} x {height}");
        }
        for odd in [&b""[..], b"\xff\xd8\xff", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>"] {
            assert!(!is_picture(odd), "{odd:?}");
        }
        // A head that promises more than there may be is not decoded to find out.
        let mut head = jpeg(320, 240);
        let at = head.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame") + 5;
        head[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        assert!(!is_picture(&head));
    }
}
