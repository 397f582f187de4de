//! Whether those who are asked for words, vectors and pictures are there, for `nameless doctor`.
//! Nothing is asked that costs: of a model its list of models, of a maker of pictures its first
//! page.

use super::desk::Desk;
use super::file::BackEnds;
use crate::config::{ExposeSecret as _, SecretString};
use futures_util::future::join_all;
use std::time::Duration;

/// How long each may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to one of them.
pub(super) struct Door {
    name: String,
    url: String,
    key: Option<SecretString>,
    /// It has a list of models, for which it wants the key.
    lists: bool,
}

impl Door {
    /// To who speaks of models.
    pub(super) fn of_models(name: &str, url: &str, key: Option<&SecretString>) -> Door {
        let url = format!("{}/models", url.trim_end_matches('/'));
        Door { name: name.to_owned(), url, key: key.cloned(), lists: true }
    }

    /// To a maker of pictures. It is told no key: each kind of them wants it in another way.
    pub(super) fn of_pictures(name: &str, url: &str) -> Door {
        Door { name: name.to_owned(), url: url.to_owned(), key: None, lists: false }
    }

    /// What is wrong, and what to do about it; none if there is an answer. Never holds the address,
    /// in which a password may stand.
    async fn trouble(&self, http: &reqwest::Client) -> Option<String> {
        let name = &self.name;
        let mut request = http.get(&self.url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let Ok(response) = request.send().await else {
            return Some(format!("{name} does not answer: look whether it runs, and at its url"));
        };
        match response.status().as_u16() {
            // 403: as a rule the key is a good one without the right to ask there.
            401 | 403 if self.lists && self.key.is_some() => Some(format!(
                "{name} does not take its key, or gives it no right: \
                 get a new one there, for its key_env or key_file"
            )),
            401 | 403 if self.lists => Some(format!("{name} wants a key: give it key_env or key_file")),
            402 => Some(format!("{name} wants to be paid first: look at your account there")),
            // 501: there is no such list.
            status @ (500 | 502..=504) => {
                Some(format!("{name} answers {status}: it is busy or broken; ask again in some minutes"))
            }
            _ => None,
        }
    }
}

impl Desk {
    /// What is wrong with those who are asked, in the order of the file.
    pub(crate) async fn troubles(&self) -> Vec<String> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            // Models are asked without one as well.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let Ok(http) = client else { return vec!["TLS cannot be set up here".to_owned()] };
        let BackEnds { models, images, embedding, .. } = &self.back_ends;
        let doors = models
            .iter()
            .map(|one| &one.door)
            .chain(embedding.iter().map(|one| &one.door))
            .chain(images.iter().map(|one| &one.door));
        join_all(doors.map(|door| door.trouble(&http))).await.into_iter().flatten().collect()
    }
}
