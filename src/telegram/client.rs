//! The data plane: every call of the engine to the Bot API, over one pool of connections (see
//! `transport`), and another one for files.
//!
//! Not teloxide's sender: that one sleeps 10 s on every 5xx before it says so, and hides whether a
//! request had been written, which decides whether it may be sent again.

use super::answer::{self, Answered};
use super::body;
use super::connections::{CONNECT, IDLE};
use super::instead;
use super::launder::Laundry;
use super::moved::{self, Moves};
use super::picture;
use super::transport::{self, Failure, Transport};
use crate::config::BotToken;
use nameless_actors::ports::{BotApi, CopyStore, PortFuture, SendError, Sent};
use nameless_domain::ids::{BotId, ChatId};
use nameless_domain::outgoing::Outgoing;
use std::sync::Arc;
use std::time::Duration;

/// Telegram answers within seconds or not at all.
const CALL: Duration = Duration::from_secs(20);
/// Beyond the long poll's own time.
const POLL_MARGIN: Duration = Duration::from_secs(10);
/// Bytes of an answer to getUpdates: 100 updates of at most some kilobytes each, with room to
/// spare.
const POLL_BYTES: usize = 64 << 20;

/// Bytes of an answer to any other call: ten messages of an album at most.
const ANSWER_BYTES: usize = 1 << 20;

/// Where Telegram is and who we are there.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Base URL without a slash at its end.
    pub api_url: String,
    /// The bot's token.
    pub token: BotToken,
    /// A call that is not answered in this time is given up as ambiguous. Not for files and long
    /// polls, which have times of their own.
    pub call_timeout: Duration,
}

impl ClientConfig {
    /// The configuration for a server and a token.
    pub fn new(api_url: &str, token: BotToken) -> ClientConfig {
        ClientConfig { api_url: api_url.trim_end_matches('/').to_owned(), token, call_timeout: CALL }
    }
}

/// Why updates could not be fetched. Never holds the URL, as that holds the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// No connection, or it broke.
    #[error("Telegram cannot be reached: {0}")]
    Unreachable(String),
    /// The answer is larger than any real one.
    #[error("the answer is larger than {POLL_BYTES} bytes")]
    TooLarge,
}

/// A client that cannot be made: TLS cannot be set up, or the address is none.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct ClientError(pub(super) String);

/// The Bot API over HTTP.
pub struct Client {
    /// For files.
    pub(super) http: reqwest::Client,
    transport: Transport,
    pub(super) config: ClientConfig,
    laundry: Laundry,
    pub(super) moves: Moves,
    bot: BotId,
    /// The operator's other bots, if this is the main one.
    others: Vec<Arc<Client>>,
}

impl Client {
    /// A client; connects at the first call.
    pub fn new(config: ClientConfig) -> Result<Client, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(IDLE.0)
            .pool_idle_timeout(IDLE.1)
            // A redirect would carry the token to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| ClientError(e.without_url().to_string()))?;
        let base = format!("{}/bot{}", config.api_url, config.token.expose());
        let transport = Transport::new(base, http.clone())?;
        let laundry = Laundry::new(config.token.bot_id(), BotId::FIRST, None);
        let (moves, bot, others) = (Moves::default(), BotId::FIRST, Vec::new());
        Ok(Client { http, transport, config, laundry, moves, bot, others })
    }

    /// The same as the bot that has this place among the operator's. Before it remembers anything.
    pub fn placed(mut self, bot: BotId) -> Client {
        self.bot = bot;
        self.laundry = Laundry::new(self.config.token.bot_id(), bot, None);
        self
    }

    /// The same with the operator's other bots beside it: what goes to their chats is theirs to
    /// send, and what is theirs to read they read.
    pub fn beside(mut self, others: Vec<Arc<Client>>) -> Client {
        self.others = others;
        self
    }

    /// Which bot this is.
    pub fn place(&self) -> BotId {
        self.bot
    }

    /// The client of one of the bots; none for one that is not run (any more).
    pub fn at(&self, bot: BotId) -> Option<&Client> {
        match bot == self.bot {
            true => Some(self),
            false => self.others.iter().find(|other| other.bot == bot).map(|other| &**other),
        }
    }

    /// Whether there is no other.
    pub fn is_alone(&self) -> bool {
        self.others.is_empty()
    }

    /// All of them, this one first.
    pub fn all(&self) -> impl Iterator<Item = &Client> {
        std::iter::once(self).chain(self.others.iter().map(|other| &**other))
    }

    /// The bot's user id at Telegram.
    pub fn bot_id(&self) -> i64 {
        self.config.token.bot_id()
    }

    /// The token, by which Telegram signs what is opened at this bot.
    pub(crate) fn token(&self) -> &BotToken {
        &self.config.token
    }

    /// Remembers laundered copies in `store` as well, beyond this process.
    pub fn remembering(mut self, store: Arc<dyn CopyStore>) -> Client {
        self.laundry = Laundry::new(self.config.token.bot_id(), self.bot, Some(store));
        self
    }

    /// The URL of a method. Holds the token: never to be shown.
    pub(super) fn method_url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.config.api_url, self.config.token.expose())
    }

    /// The URL of a file. Holds the token: never to be shown.
    pub(super) fn file_url(&self, path: &str) -> String {
        format!("{}/file/bot{}/{path}", self.config.api_url, self.config.token.expose())
    }

    /// One long poll: the answer's body, whatever it says.
    pub async fn get_updates(
        &self,
        offset: Option<i64>,
        limit: u8,
        timeout: Duration,
        kinds: &[&str],
    ) -> Result<Vec<u8>, PollError> {
        let body = serde_json::json!({
            "offset": offset.unwrap_or(0),
            "limit": limit,
            "timeout": timeout.as_secs(),
            "allowed_updates": kinds,
        });
        let body = body.to_string().into_bytes();
        let answer = self.transport.post("getUpdates", body, timeout + POLL_MARGIN, POLL_BYTES).await;
        match answer {
            // Owned without a copy where it came in one part.
            Ok(answer) => Ok(answer.body.into()),
            Err(Failure::Unsent(cause) | Failure::Unknown(cause)) => Err(PollError::Unreachable(cause)),
            Err(Failure::TooLarge) => Err(PollError::TooLarge),
        }
    }

    /// Posts a JSON body and sorts what comes of it.
    pub(super) async fn post_json(&self, method: &'static str, json: Vec<u8>) -> Result<Answered, SendError> {
        self.post_json_within(method, json, self.config.call_timeout).await
    }

    /// The same with a time of its own.
    pub(super) async fn post_json_within(
        &self,
        method: &'static str,
        json: Vec<u8>,
        within: Duration,
    ) -> Result<Answered, SendError> {
        let answer = self.transport.post(method, json, within, ANSWER_BYTES).await?;
        answer::read(answer.status, &answer.body)
    }

    /// The same for calls of whose answer nothing but the ids is wanted.
    async fn post_for_ids(&self, method: &'static str, json: Vec<u8>) -> Result<Answered, SendError> {
        let answer = self.transport.post(method, json, self.config.call_timeout, ANSWER_BYTES).await?;
        answer::read_ids(answer.status, &answer.body)
    }

    /// Posts a form with files.
    pub(super) async fn post_form(
        &self,
        method: &str,
        form: reqwest::multipart::Form,
        timeout: Duration,
    ) -> Result<Answered, SendError> {
        let request = self.http.post(self.method_url(method)).timeout(timeout).multipart(form);
        let response = request.send().await.map_err(|e| unsent_or_ambiguous(&e))?;
        let answer = transport::read(response, ANSWER_BYTES).await?;
        answer::read(answer.status, &answer.body)
    }

    /// Makes a call with files that are, or may have to be, uploaded. `all` reads those of other
    /// bots.
    async fn make(&self, all: &Client, out: &Outgoing) -> Result<Sent, SendError> {
        self.laundry.recall(out).await;
        let fewer = self.laundry.without_lost(all, out);
        let out = fewer.as_ref().unwrap_or(out);
        if let Some((method, form)) = self.laundry.form_for(all, out).await? {
            return self.laundry.post(self, out, method, form).await;
        }
        let Some(laundered) = self.laundry.known(out) else { return self.post(out).await };
        let made = self.post(&laundered).await;
        let is_lost = match &made {
            Err(SendError::Refused(why)) => why.contains("file"),
            // It may come back; of a picture of the store's another copy costs less than to wait.
            Err(SendError::Passing(why)) => why.contains("file") && picture::kept(&out.call).is_some(),
            _ => false,
        };
        if is_lost {
            // Nothing was sent. It is uploaded again, in the lane that is for that.
            self.laundry.forget(out).await;
            return Err(SendError::Passing("Telegram has lost a copy".into()));
        }
        made
    }

    /// Makes a call as it is, in the name of the bot whose chat it goes to.
    async fn made(&self, out: &Outgoing) -> Result<Sent, SendError> {
        // Who talked to a bot that is no longer run is not to be reached by any other.
        let bot = self.at(out.chat.bot()).ok_or(SendError::Gone)?;
        match bot.laundry.concerns(&out.call) {
            false => bot.post(out).await,
            // In a place of its own, as it is rare and large.
            true => Box::pin(bot.make(self, out)).await,
        }
    }

    async fn post(&self, out: &Outgoing) -> Result<Sent, SendError> {
        match body::of(out) {
            Some((method, json)) => answer::tolerate(&out.call, self.post_for_ids(method, json).await),
            // Not editable in Telegram (a sticker, a round video): what stands there stands.
            None => Ok(Sent::default()),
        }
    }
}

impl BotApi for Client {
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>> {
        Box::pin(async move {
            let mut out = out;
            let now = self.chat_now(out.chat);
            if now != out.chat {
                out = Arc::new(moved::to(&out, now));
            }
            let mut made = self.made(&out).await;
            if let Err(SendError::Moved(to)) = made {
                self.chat_moved(out.chat, ChatId::of(out.chat.bot(), to));
                out = Arc::new(moved::to(&out, self.chat_now(out.chat)));
                made = self.made(&out).await;
            }
            if let Err(cause) = &made
                && let Some(other) = instead::of(&out, cause)
            {
                return self.made(&other).await;
            }
            made
        })
    }

    fn chat_now(&self, chat: ChatId) -> ChatId {
        self.at(chat.bot()).map_or(chat, |bot| bot.moves.now(chat))
    }

    fn chat_moved(&self, from: ChatId, to: ChatId) {
        if let Some(bot) = self.at(from.bot()) {
            bot.moves.note(from, to);
        }
    }

    fn uploads(&self, out: &Outgoing) -> bool {
        self.at(out.chat.bot()).is_some_and(|bot| bot.laundry.uploads(&out.call))
    }
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> SendError {
        match failure {
            Failure::Unsent(cause) => SendError::Unsent(cause),
            Failure::Unknown(cause) => SendError::Ambiguous(cause),
            Failure::TooLarge => SendError::Ambiguous("the answer is larger than any real one".into()),
        }
    }
}

/// What failed, in words that hold neither URL nor content.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    what.to_owned()
}

/// No connection was made: definitely unsent. Anything later may have been received.
fn unsent_or_ambiguous(error: &reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        SendError::Unsent(cause(error))
    } else {
        SendError::Ambiguous(cause(error))
    }
}
