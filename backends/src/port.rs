//! What the engine asks of a back end.

use nameless_domain::companion::context::Message;
use nameless_domain::companion::money::{Micros, Outcome, Price};
use nameless_domain::companion::reasoning::Shown;
use std::pin::Pin;
use std::time::Duration;

/// A future that owns its call.
pub type Call<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// A model that answers in words.
pub trait LanguageModel: Send + Sync {
    /// Asks for one reply. `on` hears the words as they come, without reasoning. Dropping the
    /// future closes the connection; what the call cost is then unknown.
    fn reply<'c>(
        &'c self,
        request: &'c ChatRequest,
        on: &'c mut (dyn FnMut(&Shown) + Send),
    ) -> Call<'c, Result<Reply, Failure>>;
}

/// A back end that makes pictures.
pub trait ImageMaker: Send + Sync {
    /// Makes one picture. Dropping the future closes the connection; what the call cost is then
    /// unknown, and a back end with a queue goes on until it is told to stop.
    fn picture<'c>(&'c self, request: &'c PictureRequest) -> Call<'c, Result<Picture, Failure>>;

    /// Tells a back end with a queue that nobody waits for this job any more. The others have
    /// nothing that could be told: what they call interrupting stops whoever is at work.
    fn cancel<'c>(&'c self, job: &'c str) -> Call<'c, ()>;
}

/// A model that turns texts into vectors: those of texts that mean the same lie in one direction.
pub trait Embedder: Send + Sync {
    /// A vector for each text, in their order. `within` is for who waits: the whole call takes no
    /// longer. Dropping the future closes the connection; what the call cost is then unknown.
    fn vectors<'c>(
        &'c self,
        texts: &'c [String],
        within: Option<Duration>,
    ) -> Call<'c, Result<Embedded, Failure>>;
}

/// Vectors of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// As many as there were texts, each as long as configured, of finite numbers.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens, where the back end said.
    pub tokens: Option<u32>,
    /// The cost, where the back end said.
    pub cost: Option<Micros>,
}

impl Embedded {
    /// What the call took, for the books. Without usage nobody knows.
    pub fn outcome(&self, price: Price) -> Outcome {
        match (self.cost, self.tokens) {
            (Some(cost), _) => Outcome::Spent(cost),
            (None, Some(tokens)) => Outcome::Spent(price.worst(tokens, 0)),
            (None, None) => Outcome::Unknown,
        }
    }
}

/// A picture that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A file in PNG, JPEG or WebP, without what its maker wrote into it beside the picture.
    pub bytes: Vec<u8>,
    /// What the back end made of the prompt, where it says: to be judged like the prompt.
    pub revised: Option<String>,
}

/// What a reply is asked with.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The prompt, which fits the model's context.
    pub messages: Vec<Message>,
    /// Tokens of the answer at most; the reserve covers them.
    pub most_answer: u32,
    /// The dialog, as a name that tells nothing: providers keep caches by it. At most 256 bytes are
    /// sent.
    pub session: String,
    /// Another attempt after a loop: sampled a little wider.
    pub again: bool,
}

/// What a picture is asked with.
#[derive(Clone, Debug)]
pub struct PictureRequest {
    /// What to show; tags of loaders are taken out by the client.
    pub prompt: String,
    /// What not to show.
    pub without: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Varies the picture.
    pub seed: u64,
    /// The job's own id, a UUID in lower case: a back end with a queue is asked whether it knows it
    /// before it is given it.
    pub job: String,
    /// Only a job that the back end knows is waited for, and none is posted: without one it is
    /// [`Why::Unsendable`].
    pub find: bool,
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The words, without reasoning; never empty.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// Tokens, where the back end said.
    pub usage: Option<Usage>,
    /// The cost, where the back end said.
    pub cost: Option<Micros>,
    /// Which model answered, where it said.
    pub model: Option<String>,
    /// Earlier attempts of this call whose cost is unknown.
    pub unknown_attempts: u32,
}

impl Reply {
    /// What the reply took, for the books. Without usage nobody knows.
    pub fn outcome(&self, price: Price) -> Outcome {
        match (self.unknown_attempts, self.cost, self.usage) {
            (1.., _, _) => Outcome::Unknown,
            (_, Some(cost), _) => Outcome::Spent(cost),
            (_, None, Some(usage)) => Outcome::Spent(price.worst(usage.prompt, usage.answer)),
            (_, None, None) => Outcome::Unknown,
        }
    }
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// The answer's tokens ran out: cut it to a sentence.
    Length,
    /// The back end's own filter.
    Filter,
    /// Anything else, as the list is open; at most 64 bytes of it.
    Other(String),
}

/// Tokens of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt.
    pub prompt: u32,
    /// Of the answer, reasoning included.
    pub answer: u32,
}

/// Why there is no reply. Holds no words of people and none of the model's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why} (status {status:?}, after {attempts} attempts)")]
pub struct Failure {
    /// The reason.
    pub why: Why,
    /// The last status that came.
    pub status: Option<u16>,
    /// When to ask again, where the back end said.
    pub retry_after: Option<Duration>,
    /// Attempts made.
    pub attempts: u32,
    /// Attempts whose cost is unknown.
    pub unknown_attempts: u32,
    /// Words were shown before it failed.
    pub shown: bool,
}

impl Failure {
    /// Nothing was sent, and nothing spent.
    pub fn unsent(why: Why) -> Failure {
        Failure { why, status: None, retry_after: None, attempts: 0, unknown_attempts: 0, shown: false }
    }

    /// What the call took, for the books.
    pub fn outcome(&self) -> Outcome {
        if self.unknown_attempts > 0 { Outcome::Unknown } else { Outcome::NotSpent }
    }
}

/// The reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// The breaker is open: nothing was sent.
    #[error("the back end is left alone for a while")]
    Open,
    /// All places are taken: nothing was sent.
    #[error("all places at the back end are taken")]
    Full,
    /// The request could not be made: nothing was sent.
    #[error("the request is none")]
    Unsendable,
    /// No connection: nothing was sent.
    #[error("no connection")]
    Unreachable,
    /// It will not take this request, however often.
    #[error("refused")]
    Refused,
    /// Key, balance or permission: the operator is to look.
    #[error("the account is refused")]
    Account,
    /// The prompt is longer than the context.
    #[error("the prompt is too long")]
    ContextTooLong,
    /// Too many requests, or busy.
    #[error("busy")]
    Busy,
    /// It failed inside.
    #[error("broken")]
    Broken,
    /// One of the clocks ran out.
    #[error("late: {0:?}")]
    Late(Clock),
    /// The stream ended without a finish reason.
    #[error("cut off")]
    CutOff,
    /// It sent what is no answer.
    #[error("mal-formed")]
    Malformed,
    /// A line or the answer is larger than allowed.
    #[error("too large")]
    TooLarge,
    /// It finished and said nothing.
    #[error("empty")]
    Empty,
}

/// The clocks of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Until there is a connection.
    Connect,
    /// Until the first words.
    First,
    /// Between words.
    Between,
    /// For everything, retries included.
    Total,
}
