//! Characters before judges that nobody here wrote: each is pinned by its hash, and what it is
//! stands where it is used.

mod aimock;
mod comfy;
mod llama;
mod llmock;
mod vectors;

use serde_json::Value;

/// What an address of a judge says.
async fn got(url: String) -> Value {
    let answer = reqwest::get(&url).await.expect("an answer");
    answer.json().await.unwrap_or_else(|e| panic!("{url}: {e}"))
}

/// Tells a judge something.
async fn posted(url: String, body: &Value) {
    let answer = reqwest::Client::new().post(&url).json(body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{url}: {answer:?}");
}
