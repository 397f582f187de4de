//! The demo's stand-in for a language model: a small server that speaks as one, answers by a
//! script, and says so. Nothing leaves the machine.

use crate::capabilities::companion::settings::COMPANIONS;
use crate::config::Config;
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Bytes of a request at most.
const MOST: usize = 1 << 20;
/// How long a caller may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two words.
const PAUSE: Duration = Duration::from_millis(40);
/// Callers at once; more wait in the listener's own queue.
const CALLERS: usize = 16;

/// Starts the stand-in, and has the characters of `config` answered by it; unless the operator has
/// configured back ends: then those answer.
pub(super) async fn begin(config: &mut Config, folder: &Path) -> anyhow::Result<()> {
    if config.own(&COMPANIONS).is_some_and(|path| !path.as_os_str().is_empty()) {
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for the demo's model")?;
    let file = folder.join("backends.toml");
    let text = format!(
        "[day]\nperson = 0\nall = 0\n\
         [help]\nconfirmed = \"the demo\"\nru = \"Это демонстрация: здесь был бы телефон доверия.\"\n\
         en = \"This is a demo: a helpline would stand here.\"\n\
         [[model]]\nname = \"stand-in\"\nurl = \"http://{}/v1\"\nmodels = [\"script\"]\ncontext = 32768\n\
         answer = 400\nfree = true\n",
        listener.local_addr()?
    );
    std::fs::write(&file, text).context("the demo's folder cannot be written")?;
    config.set_own(&COMPANIONS, &file.display().to_string());
    let places = Arc::new(Semaphore::new(CALLERS));
    actix_rt::spawn(async move {
        while let Ok(place) = places.clone().acquire_owned().await
            && let Ok((stream, _)) = listener.accept().await
        {
            actix_rt::spawn(async move {
                let _ = tokio::time::timeout(PATIENCE, serve(stream)).await;
                drop(place);
            });
        }
    });
    Ok(())
}

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let (mut request, mut part) = (Vec::new(), [0; 8_192]);
    let body = loop {
        let read = stream.read(&mut part).await?;
        request.extend_from_slice(&part[..read]);
        if read == 0 || request.len() > MOST {
            return Ok(());
        }
        if let Some(body) = whole(&request) {
            break body;
        }
    };
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let text = |at: usize| messages.get(at).and_then(|m| m["content"].as_str()).unwrap_or_default();
    let reply = reply(text(0), text(messages.len().saturating_sub(1)), messages.len());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    for word in reply.split_inclusive(' ') {
        let chunk = serde_json::json!({ "choices": [{ "delta": { "content": word } }] });
        stream.write_all(format!("data: {chunk}\n\n").as_bytes()).await?;
        tokio::time::sleep(PAUSE).await;
    }
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    stream.write_all(end.as_bytes()).await?;
    stream.shutdown().await
}

/// A request's body, once all of it is there.
fn whole(request: &[u8]) -> Option<serde_json::Value> {
    let end = request.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    serde_json::from_slice(&request[end + 4..]).ok()
}

/// What the script says. `system` tells the language, `said` is answered, `length` varies it: the
/// messages of the prompt, of which a dialog's first has three.
fn reply(system: &str, said: &str, length: usize) -> String {
    // Before the person's own words stands what is remembered of them.
    let words = said.rsplit("\n\n").next().unwrap_or_default();
    let quoted: String = words.chars().take(80).collect();
    let lines = match is_russian(system) {
        true => [
            "Отвечаю по сценарию: в демонстрации вместо нейросети говорит заготовка. Ты пишешь: «{}».",
            "И это по сценарию. Настоящая модель ответила бы на «{}» по-своему.",
            "Сценарий короткий, зато путь у слов «{}» настоящий: очередь, база, ответ.",
        ],
        false => [
            "I follow a script: in the demo a stand-in answers for me, no AI. You say: “{}”.",
            "This is the script, too. A real model would answer “{}” in a way of its own.",
            "The script is short, but “{}” went the real way: a job, the database, this reply.",
        ],
    };
    lines[length.saturating_sub(3) / 2 % lines.len()].replace("{}", &quoted)
}

/// More of it is Cyrillic than Latin.
fn is_russian(text: &str) -> bool {
    let cyrillic = text.chars().filter(|c| matches!(c, 'а'..='я')).count();
    cyrillic > text.chars().filter(char::is_ascii_lowercase).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_says_that_it_is_one_and_quotes_what_was_said() {
        let english = reply("You are Vera.", "(About the other person: a cat)\n\nHow are you?", 3);
        assert!(english.contains("a stand-in answers for me, no AI"), "{english}");
        assert!(english.contains("“How are you?”") && !english.contains("a cat"), "{english}");
        let russian = reply("Ты Вера, Vera.", "Как дела?", 3);
        assert!(russian.contains("вместо нейросети") && russian.contains("«Как дела?»"), "{russian}");
        for length in 0..20 {
            let says_so = reply("You are Vera.", "x", length);
            assert!(says_so.contains("script"), "{says_so}");
        }
    }

    #[test]
    fn a_request_is_whole_when_its_body_is() {
        let request = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 15\r\n\r\n{\"messages\":[]}";
        assert!(whole(request).is_some());
        assert!((0..request.len()).all(|end| whole(&request[..end]).is_none()));
    }
}
