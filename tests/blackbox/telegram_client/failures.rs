//! How refusals and broken connections are sorted.

use super::{Server, client, media, say, send, to};
use crate::support::port::Port;
use nameless_actors::ports::{BotApi, SendError, Unwelcome};
use nameless_domain::ids::MessageId;
use nameless_domain::outgoing::Call;
use nameless_domain::relay::content::MediaKind;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_rt::test]
async fn failures_say_what_may_be_done_next() {
    let (server, client) = Server::start().await;
    let told = |code: u16, text: &str, parameters: Value| {
        server.will(
            code,
            json!({"ok": false, "error_code": code, "description": text, "parameters": parameters}),
        );
    };
    told(429, "Too Many Requests: retry after 7", json!({"retry_after": 7}));
    assert_eq!(client.call(say()).await, Err(SendError::RetryAfter(Duration::from_secs(7))));
    for (code, text) in [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: user is deactivated"),
    ] {
        told(code, text, Value::Null);
        assert_eq!(client.call(say()).await, Err(SendError::Gone), "{text}");
    }
    told(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", Value::Null);
    let voice = send(media(MediaKind::Voice, None));
    assert_eq!(client.call(voice).await, Err(SendError::Unwelcome(Unwelcome::Voice)));
    told(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", Value::Null);
    let round = send(media(MediaKind::VideoNote, None));
    assert_eq!(client.call(round).await, Err(SendError::Unwelcome(Unwelcome::VideoNote)));
    for (code, text) in [(400, "Bad Request: can't use file of type"), (404, "Not Found")] {
        told(code, text, Value::Null);
        assert_eq!(client.call(say()).await, Err(SendError::Refused(text.into())));
    }
    for (status, body) in
        [(502, "<html>"), (500, "<html>"), (503, ""), (502, r#"{"ok":false,"error_code":502}"#)]
    {
        server.will(status, body);
        let result = client.call(say()).await;
        assert!(matches!(result, Err(SendError::Away(_))), "{status} {body}: {result:?}");
    }
    for (status, body) in [(500, r#"{"ok":false,"error_code":500}"#), (504, "<html>"), (200, "{}"), (200, "")]
    {
        server.will(status, body);
        let result = client.call(say()).await;
        assert!(matches!(result, Err(SendError::Ambiguous(_))), "{status} {body}: {result:?}");
    }
    server.will(200, r#"{"ok":true,"result":true}"#);
    assert!(client.call(say()).await.is_ok(), "said yes, if without an id");

    let rewrite = Call::Rewrite { message: MessageId(1), html: "x".into(), keyboard: vec![] };
    told(400, "Bad Request: message is not modified: specified new message content ...", Value::Null);
    assert!(client.call(to(rewrite)).await.is_ok());
    told(400, "Bad Request: message to delete not found", Value::Null);
    assert!(client.call(to(Call::Delete { messages: vec![MessageId(1)] })).await.is_ok());
    told(400, "Bad Request: query is too old and response timeout expired", Value::Null);
    assert!(client.call(to(Call::AnswerCallback { id: "q".into(), text: None })).await.is_ok());
}

/// A listener that takes connections and does `with` each, never answering.
async fn broken(hold: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 64];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
            if hold {
                held.push(stream);
            }
        }
    });
    format!("http://{address}")
}

#[actix_rt::test]
async fn broken_connections_are_sorted_and_never_tell_the_token() {
    let nobody = Port::free();
    let refused = client(&format!("http://{}", nobody.addr())).call(say()).await.unwrap_err();
    assert!(matches!(refused, SendError::Unsent(_)), "{refused:?}");
    let dropped = client(&broken(false).await).call(say()).await.unwrap_err();
    assert!(matches!(dropped, SendError::Ambiguous(_)), "{dropped:?}");
    let silent = client(&broken(true).await).call(say()).await.unwrap_err();
    assert!(matches!(silent, SendError::Ambiguous(_)), "{silent:?}");
    let lost = client("http://name.invalid");
    let file = lost.call(send(media(MediaKind::Document, Some("file.pdf")))).await.unwrap_err();
    assert!(matches!(file, SendError::Unsent(_)), "{file:?}");
    let poll = lost.get_updates(None, 1, Duration::ZERO, &[]).await.unwrap_err();
    let control = lost.get_me().await.unwrap_err();
    for shown in [refused, dropped, silent, file]
        .iter()
        .map(|e| format!("{e} {e:?}"))
        .chain([format!("{poll} {poll:?}"), format!("{control} {control:?}")])
    {
        assert!(!shown.contains("secret"), "{shown}");
    }
}
