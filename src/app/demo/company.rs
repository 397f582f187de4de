//! Simulated people with cards, so that whoever opens the Mini App has somebody to look at.

use crate::app::mini_app::{MiniApp, onboard, profile};
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, Responder};
use anyhow::Context as _;
use nameless_simulator::{NewUser, World};
use reqwest::Method;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What they answer to the first questions: the language that their Telegram has, of age.
const ANSWERS: [&str; 5] = ["on:lang", "on:adult:1", "on:gender", "on:age", "on:wish"];

/// Somebody: name and words in English, in Russian, date of birth, gender, interests.
type Person = (Words, Words, &'static str, &'static str, &'static [&'static str]);
type Words = (&'static str, &'static str);

/// So many people.
const MANY: usize = 6;

static PEOPLE: [Person; MANY] = [
    (
        ("Clara", "Cello in the morning, climbing walls at night."),
        ("Клара", "Утром виолончель, вечером скалодром."),
        "1998-02-11",
        "female",
        &["music", "sport", "travel"],
    ),
    (
        ("Oscar", "I restore old radios. Some of them even play."),
        ("Оскар", "Чиню старые радиоприёмники. Некоторые даже играют."),
        "1995-09-30",
        "male",
        &["tech", "music", "life"],
    ),
    (
        ("June", "Will swap a dumpling recipe for a book tip."),
        ("Юна", "Меняю рецепт пельменей на совет, что почитать."),
        "2000-06-03",
        "female",
        &["food", "books", "travel"],
    ),
    (
        ("Leo", "Two cats, one bicycle, no plans for Sunday."),
        ("Лев", "Два кота, один велосипед, никаких планов на воскресенье."),
        "1996-12-19",
        "male",
        &["pets", "sport", "films"],
    ),
    (
        ("Ada", "Board games, bad puns, good tea."),
        ("Ада", "Настолки, плохие каламбуры, хороший чай."),
        "1997-04-27",
        "female",
        &["games", "art", "food"],
    ),
    (
        ("Finn", "Stargazing beyond the last tram stop."),
        ("Фёдор", "Смотрю на звёзды за последней остановкой трамвая."),
        "1999-01-08",
        "male",
        &["study", "travel", "life"],
    ),
];

/// Who of them is there.
#[derive(Default)]
pub(super) struct Company([OnceCell<()>; MANY]);

impl Company {
    /// Lets those come who are not there yet. Who has come stays when somebody else cannot: the
    /// next visitor brings those who are missing, and nobody twice.
    async fn gather<Coming>(&self, come: impl Fn(&'static Person) -> Coming) -> anyhow::Result<()>
    where
        Coming: Future<Output = anyhow::Result<()>>,
    {
        let come = &come;
        let all = PEOPLE.iter().zip(&self.0);
        let all = all.map(|(person, there)| there.get_or_try_init(move || come(person)));
        // Not until the first fails: the others would be left half-way.
        let all = futures_util::future::join_all(all).await;
        all.into_iter().collect::<anyhow::Result<Vec<_>>>().map(drop)
    }
}

/// Which language the first visitor's page speaks.
#[derive(Deserialize)]
pub(super) struct Wanted {
    lang: String,
}

/// They come when the app is first shown: who only looks at a chat has the engine to themselves.
pub(super) async fn join(
    request: HttpRequest,
    company: Data<Company>,
    world: Data<World>,
    body: Json<Wanted>,
) -> impl Responder {
    let at = request.app_config().local_addr();
    let come = |person: &'static Person| arrive(at, world.clone().into_inner(), person, &body.lang);
    match company.gather(come).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(cause) => {
            tracing::warn!("the demo's people could not come: {cause:#}");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

async fn arrive(at: SocketAddr, world: Arc<World>, person: &Person, lang: &str) -> anyhow::Result<()> {
    let (en, ru, birth, gender, interests) = person;
    let (lang, (name, bio)) = if lang == "ru" { ("ru", ru) } else { ("en", en) };
    let user = world.add_user(NewUser {
        first_name: (*name).into(),
        language_code: Some(lang.into()),
        ..NewUser::default()
    });
    onboard(&user, &ANSWERS).await.with_context(|| format!("{name}'s first questions"))?;
    let app = MiniApp::open(at, &user).await.with_context(|| format!("{name} opens the app"))?;
    app.write(Method::PUT, "/profile", Some(profile(name, birth, gender, bio, interests))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use std::sync::Mutex;

    #[tokio::test]
    async fn who_has_come_does_not_come_again_when_another_could_not() {
        let (company, came) = (Company::default(), Mutex::new(Vec::new()));
        let come = |fails: &'static str| {
            let came = &came;
            move |person: &'static Person| async move {
                // Others are on their way while one fails.
                tokio::task::yield_now().await;
                let name = person.0.0;
                came.lock().expect("a list").push(name);
                if name == fails { bail!("{name} cannot come") } else { Ok(()) }
            }
        };
        assert!(company.gather(come("Oscar")).await.is_err());
        assert_eq!(came.lock().expect("a list").len(), MANY);
        company.gather(come("nobody")).await.expect("all come");
        company.gather(come("Clara")).await.expect("all are there");
        assert_eq!(came.lock().expect("a list")[MANY..], ["Oscar"]);
    }
}
