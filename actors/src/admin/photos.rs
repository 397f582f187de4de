//! Pictures that an operator looks at: read where they are, and shown to the models once more.

use crate::capabilities::{Answer, Picture, PictureKind};
use crate::env::Env;
use nameless_domain::capabilities::admin::Act;
use std::time::Duration;

/// How long the models may look, of what an act may take. Without what they see a picture is shown
/// all the same.
const LOOK: Duration = Duration::from_secs(12);

/// What is behind an answer of the store about a picture: for a look, what the models see in it;
/// else the picture itself.
pub(super) async fn complete(env: &Env, act: &Act, answer: Answer) -> Answer {
    let Answer::Photo(mut page) = answer else { return answer };
    let faceguard = &env.capabilities.faceguard;
    let bytes = match (page.picture.take(), page.file_id.take()) {
        (Some(bytes), _) => Some(bytes),
        (None, Some(file)) => faceguard.read(file).await.ok(),
        (None, None) => None,
    };
    match (act, bytes) {
        (Act::Picture { .. }, Some(bytes)) => match PictureKind::of(&bytes) {
            Some(kind) => Answer::Picture(Picture { kind, bytes }),
            None => Answer::Missing,
        },
        (Act::Picture { .. }, None) => Answer::Missing,
        (_, Some(bytes)) => {
            let looked = tokio::time::timeout(LOOK, faceguard.examine(bytes)).await;
            page.seen = looked.ok().and_then(Result::ok);
            Answer::Photo(page)
        }
        (_, None) => Answer::Photo(page),
    }
}
