//! What is called instead of a call that Telegram refuses for what has become of its surroundings:
//! the screen that cannot be changed any more comes as a new message, the toast of a press that is
//! too old as well; a quote that does not stand in the answered message is left out, and so is the
//! photo of a card that cannot be had any more. In place of a letter's file that does not get
//! through it is said that there was one.

use super::named;
use nameless_actors::ports::SendError;
use nameless_domain::outgoing::{Call, Outgoing};

/// The call to make in place of `out`, which failed so; none if that is the end of it.
pub(super) fn of(out: &Outgoing, cause: &SendError) -> Option<Outgoing> {
    if is_for_good(cause)
        && let Some(words) = out.instead()
    {
        return Some(words);
    }
    let SendError::Refused(why) = cause else { return None };
    let call = match &out.call {
        Call::Rewrite { html, keyboard, .. } => Call::Say { html: html.clone(), keyboard: keyboard.clone() },
        // Telegram takes the answer to a press for some minutes; an outage can be longer.
        Call::AnswerCallback { text: Some(text), .. } => {
            Call::Say { html: escaped(text), keyboard: Vec::new() }
        }
        Call::Send { payload, reply_to, manner: Some(manner) } => {
            let mut manner = manner.clone();
            let why = why.to_lowercase();
            match () {
                () if why.contains("quote") && manner.quote.is_some() => manner.quote = None,
                () if why.contains("effect") && manner.effect.is_some() => manner.effect = None,
                () => return None,
            }
            Call::Send { payload: payload.clone(), reply_to: *reply_to, manner: Some(manner) }
        }
        Call::Method(own) if why.to_lowercase().contains("file") => named::without_photo(own)?,
        _ => return None,
    };
    Some(Outgoing { chat: out.chat, call })
}

/// Whether a file gets there by no other try.
fn is_for_good(cause: &SendError) -> bool {
    matches!(
        cause,
        SendError::Refused(_)
            | SendError::Unwelcome(_)
            | SendError::TooLarge
            | SendError::NotPassed(_)
            | SendError::FilesBusy
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_actors::ports::Unwelcome;
    use nameless_domain::ids::{ChatId, MessageId};
    use nameless_domain::outgoing::Method;
    use nameless_domain::relay::content::{Manner, Payload, Rich};

    fn instead(call: Call, why: &str) -> Option<Call> {
        of(&Outgoing { chat: ChatId(7), call }, &SendError::Refused(why.into())).map(|out| out.call)
    }

    #[test]
    fn a_screen_comes_as_a_new_message_and_so_do_the_words_of_a_toast() {
        let rewrite = Call::Rewrite { message: MessageId(3), html: "<b>x</b>".into(), keyboard: vec![] };
        let say = |html: &str| Some(Call::Say { html: html.into(), keyboard: vec![] });
        assert_eq!(instead(rewrite, "Bad Request: message to edit not found"), say("<b>x</b>"));
        let answer = |text: Option<&str>| Call::AnswerCallback { id: "1".into(), text: text.map(Into::into) };
        assert_eq!(instead(answer(Some("a < b")), "Bad Request: query is too old"), say("a &lt; b"));
        assert_eq!(instead(answer(None), "Bad Request: query is too old"), None);
    }

    #[test]
    fn of_a_letters_file_that_does_not_get_through_it_is_said_that_there_was_one() {
        let words = || Some(r#"{"text":"a voice"}"#.to_owned());
        let voice = |instead| {
            let own = Method { name: "sendVoice", parameters: "{}".into(), instead, ..Method::default() };
            Outgoing { chat: ChatId(7), call: Call::Method(Box::new(own)) }
        };
        let unwelcome = SendError::Unwelcome(Unwelcome::Voice);
        for cause in [unwelcome, SendError::TooLarge, SendError::Refused("Bad Request".into())] {
            let Some(Outgoing { call: Call::Method(said), .. }) = of(&voice(words()), &cause) else {
                panic!("{cause}: nothing is said")
            };
            assert_eq!((said.name, Some(said.parameters), said.instead), ("sendMessage", words(), None));
            assert_eq!(of(&voice(None), &cause), None);
        }
        // These may yet be sent.
        for cause in [SendError::Gone, SendError::Passing("x".into()), SendError::Ambiguous("x".into())] {
            assert_eq!(of(&voice(words()), &cause), None, "{cause}");
        }
    }

    #[test]
    fn what_is_refused_of_the_manner_goes_and_the_message_stays() {
        let manner = |quote: bool, effect| {
            let quote = quote.then(|| Rich::plain("q"));
            Some(Box::new(Manner { quote, effect, caption_above: false }))
        };
        let send = |manner| Call::Send {
            payload: Payload::Text(Rich::plain("x")),
            reply_to: Some(MessageId(3)),
            manner,
        };
        let both = send(manner(true, Some("5")));
        assert_eq!(
            instead(both.clone(), "Bad Request: QUOTE_TEXT_INVALID"),
            Some(send(manner(false, Some("5"))))
        );
        assert_eq!(instead(both.clone(), "Bad Request: EFFECT_ID_INVALID"), Some(send(manner(true, None))));
        assert_eq!(instead(both, "Bad Request: message is too long"), None);
        assert_eq!(instead(send(manner(false, None)), "Bad Request: message quote not found"), None);
    }
}
