//! A chat completion: one call, under four clocks.

use crate::answer::{Answer, Attempt, Limit, Step, body, whole};
use crate::breaker::{Breaker, BreakerSettings};
use crate::chunk;
use crate::dialect::{Dialect, Sampling};
use crate::http::{self, Http};
use crate::port::{Call, ChatRequest, Clock, Failure, LanguageModel, Reply, Why};
use crate::retry;
use crate::sse::Reader;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use nameless_domain::companion::reasoning::Shown;
use nameless_domain::random::Random;
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

/// Bytes of a whole stream at most.
const MOST_STREAM: usize = 8 * 1024 * 1024;
/// How long what follows the finish reason (usage, `[DONE]`) is waited for.
const AFTER_FINISH: Duration = Duration::from_secs(2);

/// How long a call may take. Keep-alives feed none of them, reasoning neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// From the beginning of an attempt until the first words.
    pub first: Duration,
    /// Between words.
    pub between: Duration,
    /// For everything, retries included.
    pub total: Duration,
}

impl Default for Clocks {
    fn default() -> Clocks {
        let s = Duration::from_secs;
        Clocks { connect: s(3), first: s(20), between: s(10), total: s(90) }
    }
}

/// A back end, as configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What stands before `/chat/completions`.
    pub url: String,
    /// The key; none for local servers.
    pub key: Option<SecretString>,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Models in the order of fail-over.
    pub models: Vec<String>,
    /// How words are chosen.
    pub sampling: Sampling,
    /// How long a call may take.
    pub clocks: Clocks,
    /// Attempts of a call at most; the reserve covers them all.
    pub attempts: u32,
    /// Calls at once; more are refused, not queued: they wait as jobs.
    pub places: usize,
    /// When it is left alone.
    pub breaker: BreakerSettings,
    /// For the spread of waits.
    pub seed: u64,
}

/// The address is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address of a back end; it looks like https://openrouter.ai/api/v1")]
pub struct BadAddress;

/// A server that speaks OpenAI's chat completions.
pub struct ChatBackEnd {
    settings: Settings,
    uri: Uri,
    authorization: Option<HeaderValue>,
    http: Http,
    places: Semaphore,
    breaker: Mutex<Breaker>,
    random: Mutex<Random>,
}

impl ChatBackEnd {
    /// Connects at the first call. The parser's error is dropped: it may quote a key.
    pub fn new(settings: Settings) -> Result<ChatBackEnd, BadAddress> {
        let url = format!("{}/chat/completions", settings.url.trim_end_matches('/'));
        let uri: Uri = url.parse().map_err(|_| BadAddress)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        if !web || uri.host().is_none() || settings.models.is_empty() {
            return Err(BadAddress);
        }
        let bearer = |key: &SecretString| {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| BadAddress)?;
            value.set_sensitive(true);
            Ok(value)
        };
        let authorization = settings.key.as_ref().map(bearer).transpose()?;
        let http = http::client(settings.clocks.connect).map_err(|_| BadAddress)?;
        Ok(ChatBackEnd {
            uri,
            authorization,
            http,
            places: Semaphore::new(settings.places),
            breaker: Mutex::new(Breaker::new(settings.breaker)),
            random: Mutex::new(Random::new(settings.seed)),
            settings,
        })
    }

    /// Whether calls are refused now, for health pages.
    pub fn is_open(&self) -> bool {
        self.with_breaker(|breaker| breaker.is_open(std::time::Instant::now()))
    }

    /// Calls that may begin beside those under way.
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker) -> T) -> T {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn call(
        &self,
        request: &ChatRequest,
        on: &mut (dyn FnMut(&Shown) + Send),
    ) -> Result<Reply, Failure> {
        let clocks = self.settings.clocks;
        let Ok(_place) = self.places.try_acquire() else { return Err(Failure::unsent(Why::Full)) };
        if !self.with_breaker(|breaker| breaker.admits(std::time::Instant::now(), clocks.total)) {
            return Err(Failure::unsent(Why::Open));
        }
        let until = Instant::now() + clocks.total;
        let body =
            Bytes::from(self.settings.dialect.body(&self.settings.models, &self.settings.sampling, request));
        let (mut attempts, mut unknown_attempts) = (0, 0);
        loop {
            attempts += 1;
            let failed = match self.attempt(body.clone(), until, on).await {
                Ok(reply) => {
                    self.with_breaker(Breaker::well);
                    return Ok(Reply { unknown_attempts, ..reply });
                }
                Err(failed) => failed,
            };
            unknown_attempts += u32::from(failed.unknown);
            let pause = {
                let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                retry::wait(attempts, failed.retry_after, &mut random)
            };
            let again = retry::allowed(failed.why, failed.status, failed.shown)
                && attempts < self.settings.attempts
                && Instant::now() + pause < until;
            self.note(&failed, again);
            if !again || self.is_open() {
                let Attempt { why, status, retry_after, shown, .. } = failed;
                return Err(Failure { why, status, retry_after, attempts, unknown_attempts, shown });
            }
            sleep(pause).await;
        }
    }

    /// Tells the breaker how an attempt ended.
    fn note(&self, failed: &Attempt, again: bool) {
        let now = std::time::Instant::now();
        self.with_breaker(|breaker| match failed.why {
            Why::Unreachable | Why::Broken | Why::Late(_) | Why::CutOff | Why::Malformed | Why::TooLarge => {
                breaker.strike(now);
            }
            Why::Busy => match failed.retry_after {
                // Who waits for it comes again by itself; nobody else before.
                Some(_) if again => {}
                Some(after) => breaker.hold(now + after.min(self.settings.clocks.total)),
                None => breaker.strike(now),
            },
            Why::Refused | Why::Account | Why::ContextTooLong | Why::Empty => breaker.well(),
            Why::Open | Why::Full | Why::Unsendable => breaker.unsaid(),
        });
    }

    async fn attempt(
        &self,
        body: Bytes,
        until: Instant,
        on: &mut (dyn FnMut(&Shown) + Send),
    ) -> Result<Reply, Attempt> {
        let first = Instant::now() + self.settings.clocks.first;
        let request = self.request(body).ok_or_else(|| Attempt::unsent(Why::Unsendable))?;
        let limit = Limit::sooner(Clock::First, first, until);
        let response = match timeout_at(limit.at, self.http.request(request)).await {
            // It may have arrived, or it may still wait for its connection.
            Err(_) => return Err(Attempt::unknown(Why::Late(limit.clock))),
            Ok(Err(error)) => {
                return Err(match http::is_unsent(&error) {
                    Some(true) => Attempt::unsent(Why::Late(Clock::Connect)),
                    Some(false) => Attempt::unsent(Why::Unreachable),
                    None => Attempt::unknown(Why::CutOff),
                });
            }
            Ok(Ok(response)) => response,
        };
        if !response.status().is_success() {
            return Err(self.refused(response, limit).await);
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            return whole(response, limit, on).await;
        }
        self.stream(response, limit, until, on).await
    }

    fn request(&self, body: Bytes) -> Option<Request<Full<Bytes>>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("nameless"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        for (name, value) in self.settings.dialect.headers() {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Some(request)
    }

    async fn refused(&self, response: Response<Incoming>, limit: Limit) -> Attempt {
        let status = response.status().as_u16();
        let retry_after = retry::after(response.headers(), SystemTime::now());
        let body = body(response.into_body(), limit).await.unwrap_or_default();
        let why = chunk::of_error(status, retry_after.is_some(), &body);
        // What failed inside may have been charged.
        let unknown = why == Why::Broken;
        Attempt { why, status: Some(status), retry_after, unknown, shown: false }
    }

    async fn stream(
        &self,
        response: Response<Incoming>,
        mut limit: Limit,
        until: Instant,
        on: &mut (dyn FnMut(&Shown) + Send),
    ) -> Result<Reply, Attempt> {
        let mut body = response.into_body();
        let (mut reader, mut answer, mut bytes) = (Reader::default(), Answer::default(), 0);
        loop {
            let frame = match timeout_at(limit.at, body.frame()).await {
                Ok(frame) => frame,
                // The words are whole; only their price is missing.
                Err(_) if answer.finish.is_some() => break,
                Err(_) => return Err(answer.failed(Why::Late(limit.clock), None)),
            };
            let part = match frame {
                None => break,
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(_)) if answer.finish.is_some() => break,
                Some(Err(_)) => return Err(answer.failed(Why::CutOff, None)),
            };
            bytes += part.len();
            let events = reader.push(&part).map_err(|_| answer.failed(Why::TooLarge, None))?;
            if bytes > MOST_STREAM {
                return Err(answer.failed(Why::TooLarge, None));
            }
            let mut done = false;
            for event in events {
                match answer.take(&event, on)? {
                    Step::Done => done = true,
                    Step::Words => {
                        limit = Limit::sooner(
                            Clock::Between,
                            Instant::now() + self.settings.clocks.between,
                            until,
                        )
                    }
                    Step::Finished => {
                        limit = Limit::sooner(Clock::Between, Instant::now() + AFTER_FINISH, until)
                    }
                    Step::Nothing => {}
                }
            }
            if done {
                return answer.end(on);
            }
        }
        if let Ok(Some(event)) = reader.end() {
            answer.take(&event, on)?;
        }
        answer.end(on)
    }
}

impl LanguageModel for ChatBackEnd {
    fn reply<'c>(
        &'c self,
        request: &'c ChatRequest,
        on: &'c mut (dyn FnMut(&Shown) + Send),
    ) -> Call<'c, Result<Reply, Failure>> {
        Box::pin(self.call(request, on))
    }
}
