//! A picture that was made is sent, labelled, to who is there for it.

use super::painting::{KEEP_AGAIN, Painter, away};
use super::store::{Made, Wanted};
use crate::capabilities::points;
use crate::telegram::OwnPhoto;
use nameless_actors::jobs::{Failure, Holding};
use nameless_actors::ports::SendError;
use nameless_domain::capabilities::companion::Event;
use nameless_domain::ids::UserId;
use nameless_domain::text::{Lang, Msg};
use serde_json::json;
use tokio::time::sleep;

impl Painter {
    /// Sends a picture that was made, unless its owner is elsewhere.
    pub(super) async fn tell(
        &self,
        user: UserId,
        wanted: Wanted,
        holding: &Holding,
    ) -> Result<Event, Failure> {
        let adult = self.desk.back_ends.adult;
        let Some(made) = self.store.made_picture(user, wanted, adult).await.map_err(away)? else {
            return Ok(Event::Nothing);
        };
        let Made { dialog, persona, name, lang, bytes, adult, veiled, may, free } = made;
        if !may {
            self.end(user, wanted, "refused", None, holding).await?;
            return Ok(Event::AdultOnly);
        }
        if !free {
            return Ok(Event::PictureWaits { persona: name.unwrap_or(persona), picture: wanted.picture });
        }
        if !holding.is_held() {
            return Err(Failure::Again("the hold is lost".into()));
        }
        // What only adult mode shows stands on no card.
        let is_for_card = persona.starts_with('+') && !adult;
        let lang = Lang::from_code(&lang).unwrap_or(Lang::En);
        let name = match self.desk.cast.find(&persona) {
            Some((_, character)) => character.persona.words(lang).name.clone(),
            None => name.unwrap_or(persona),
        };
        let caption = self.texts.plain(lang, &Msg::new("companion-picture-caption").words("name", name));
        let button = |key, data: String| json!([{ "text": self.texts.plain(lang, &Msg::new(key)), "callback_data": data }]);
        let mut rows = vec![button("companion-show", format!("ch:show:{}", dialog.0))];
        if is_for_card {
            rows.push(button("companion-picture-own", format!("ch:pic_own:{}", wanted.picture)));
        }
        if adult {
            rows.push(button("companion-adult-off", format!("ch:adult_off:{}", dialog.0)));
        }
        let keyboard = json!({ "inline_keyboard": rows });
        let chat = self.store.chat_of(&self.client, user).await.map_err(away)?;
        let photo = OwnPhoto { chat, bytes, caption, veiled, keyboard, silent: false };
        let file = match self.client.send_photo(photo).await {
            Ok(sent) => sent.file,
            Err(SendError::RetryAfter(wait)) => {
                return Err(Failure::After("Telegram says when".into(), wait));
            }
            Err(SendError::Gone | SendError::Refused(_) | SendError::Unwelcome(_)) => {
                self.end(user, wanted, "failed", None, holding).await?;
                return Ok(Event::Nothing);
            }
            Err(cause) => return Err(Failure::Again(cause.to_string())),
        };
        points::reach("companion picture after telling");
        loop {
            match self.store.picture_told(user, wanted, file.clone()).await {
                Ok(()) => return Ok(Event::Nothing),
                Err(_) if holding.is_held() && !holding.is_closing() => sleep(KEEP_AGAIN).await,
                Err(cause) => return Err(away(cause)),
            }
        }
    }
}
