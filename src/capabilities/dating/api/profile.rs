//! The own profile.

use super::body::some;
use super::cards::card_of_own;
use super::me::me;
use super::problem::Problem;
use super::verdicts::carry_out;
use super::{Ask, Endpoint, Reply, Spec, Verb, lists, shots};
use crate::capabilities::dating::store::{Change, Deed, Own, Place};
use actix_web::http::StatusCode;
use nameless_domain::capabilities::dating::cities;
use nameless_domain::capabilities::dating::filters::{Filters, Lately};
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::photo;
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::{Objection, completeness};
use nameless_domain::profile::Gender;
use nameless_domain::text::Lang;
use serde::Deserialize;
use serde_json::{Value, json};

/// The profile.
pub(super) struct Get;
/// Changes it.
pub(super) struct Put;
/// The card as others see it.
pub(super) struct Preview;
/// A break.
pub(super) struct Pause;
/// The end, which takes a tap in the chat.
pub(super) struct Delete;

/// Kilometres of a wish; none: anywhere.
fn kilometres(within: Band) -> Option<u32> {
    match within {
        Band::Near => Some(10),
        Band::To25 => Some(25),
        Band::To50 => Some(50),
        Band::To100 => Some(100),
        Band::Beyond => None,
    }
}

/// Filters as the app has them.
fn asked(filters: Filters) -> Value {
    let days = Some(filters.lately.days()).filter(|days| *days > 0);
    let goals: Vec<Goal> = Goal::ALL.into_iter().filter(|goal| filters.wants_goal(*goal)).collect();
    json!({ "shared": filters.shared, "goals": goals, "photo": filters.photo, "days": days })
}

fn shown(own: &Own, lang: Lang) -> Value {
    let place = own.cell.map(|cell| {
        let (here, nearest) = cities::around(cell);
        json!({
            "city": here.and_then(cities::id),
            "label": nearest.and_then(|n| cities::name(n, lang)).unwrap_or_default(),
        })
    });
    let has_photo = photo::has_first(&own.photos);
    let (complete, hints) = completeness(has_photo, &own.bio, own.interests.count(), own.goal);
    json!({
        "name": own.name, "birth": own.birth, "gender": Gender::ALL.get(own.gender), "bio": own.bio,
        "wants": lists::genders(own.genders), "place": place, "interests": lists::topics(own.interests),
        "goal": own.goal, "photos": shots::shown(&own.photos), "age_range": own.ages,
        "distance": kilometres(own.within), "filters": asked(own.filters), "complete": complete, "hints": hints,
    })
}

async fn profile(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let viewer = ask.viewer()?;
    let own = ask.api.store().dating_mine(viewer.user).await?.ok_or_else(Problem::no_profile)?;
    Ok(Reply::json(shown(&own, viewer.lang)))
}

impl Endpoint for Get {
    const SPEC: Spec = Spec {
        summary: "The own profile, finished or not",
        ..Spec::new(Verb::Get, "/app/api/v1/profile", "Profile", "Profile")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        profile(&ask).await
    }
}

/// A cell by the tenths of a degree of its south-western corner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    lat: i16,
    lon: i16,
}

/// Filters as the app sends them: all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    shared: bool,
    goals: Vec<Goal>,
    photo: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    days: Option<u8>,
}

impl Asked {
    /// None if a goal is twice there or none is, or it is another number of days.
    fn read(self) -> Option<Filters> {
        let Asked { shared, goals, photo, days } = self;
        let goals = goals.iter().try_fold(0, |mask: u8, goal| {
            let bit = 1 << *goal as u8;
            (mask & bit == 0).then_some(mask | bit)
        })?;
        let lately = match days {
            None => Lately::Ever,
            Some(days) => Lately::of_days(days).filter(|lately| *lately != Lately::Ever)?,
        };
        Some(Filters { shared, goals, photo, lately }).filter(|filters| filters.is_allowed())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default, deserialize_with = "some")]
    name: Option<String>,
    #[serde(default, deserialize_with = "some")]
    birth: Option<String>,
    #[serde(default, deserialize_with = "some")]
    gender: Option<Gender>,
    #[serde(default, deserialize_with = "some")]
    wants: Option<Vec<Gender>>,
    #[serde(default, deserialize_with = "some")]
    bio: Option<String>,
    #[serde(default, deserialize_with = "some")]
    city: Option<String>,
    #[serde(default, deserialize_with = "some")]
    cell: Option<At>,
    #[serde(default, deserialize_with = "some")]
    interests: Option<Vec<String>>,
    #[serde(default, deserialize_with = "some")]
    goal: Option<Goal>,
    #[serde(default, deserialize_with = "some")]
    age_range: Option<(u8, u8)>,
    #[serde(default, deserialize_with = "some")]
    distance: Option<Option<u32>>,
    #[serde(default, deserialize_with = "some")]
    filters: Option<Asked>,
}

/// The mask of a list of genders; none if one is twice there.
fn mask(genders: &[Gender]) -> Option<u8> {
    genders.iter().try_fold(0, |mask, gender| {
        let bit = 1 << *gender as u8;
        (mask & bit == 0).then_some(mask | bit)
    })
}

fn change(wanted: Wanted) -> Result<Change, Problem> {
    let odd = || Problem::malformed("the body is not as it is described");
    let place = match (wanted.city, wanted.cell) {
        (None, None) => None,
        (Some(id), None) => {
            let city = cities::of_id(&id).ok_or(Problem::objection("city", Objection::NoCity))?;
            Some(Place::City(city))
        }
        (None, Some(At { lat, lon })) => {
            if !(-900..900).contains(&lat) || !(-1_800..1_800).contains(&lon) {
                return Err(odd());
            }
            // The middle, so that no rounding makes another cell of it.
            let degrees = |tenths: i16| (f64::from(tenths) + 0.5) / 10.0;
            Some(Place::Cell(Cell::of(degrees(lat), degrees(lon)).ok_or_else(odd)?))
        }
        (Some(_), Some(_)) => return Err(odd()),
    };
    let within = match wanted.distance {
        None => None,
        Some(km) => Some(Band::ALL.into_iter().find(|band| kilometres(*band) == km).ok_or_else(odd)?),
    };
    Ok(Change {
        birth: wanted.birth,
        name: wanted.name,
        place,
        goal: wanted.goal,
        bio: wanted.bio,
        gender: wanted.gender,
        genders: wanted
            .wants
            .map(|wants| mask(&wants).filter(|mask| *mask > 0).ok_or_else(odd))
            .transpose()?,
        interests: wanted.interests.map(|words| lists::of_topics(&words).ok_or_else(odd)).transpose()?,
        ages: wanted.age_range,
        within,
        filters: wanted.filters.map(|filters| filters.read().ok_or_else(odd)).transpose()?,
    })
}

impl Endpoint for Put {
    const SPEC: Spec = Spec {
        summary: "Changes what is named of the profile, or nothing of it; begins one",
        body: Some("Change"),
        is_gated: true,
        ..Spec::new(Verb::Put, "/app/api/v1/profile", "ChangeProfile", "Profile")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let change = Box::new(change(ask.body()?)?);
        carry_out(&ask, Deed::Change { change, known: ask.known()? }).await?;
        // Shown from now on, or with other wishes: the next cards are there when they ask for them.
        ask.api.port.refill(ask.viewer()?.user, true);
        profile(&ask).await
    }
}

impl Endpoint for Preview {
    const SPEC: Spec = Spec {
        summary: "The own card as others see it",
        ..Spec::new(Verb::Get, "/app/api/v1/profile/preview", "Preview", "Card")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let (store, user) = (ask.api.store(), ask.viewer()?.user);
        let card = store.dating_own(user).await?.ok_or_else(Problem::no_profile)?;
        let photos = store.dating_photos(user).await?.unwrap_or_default();
        Ok(Reply::json(card_of_own(&card, shots::on_card(&photos))))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    on: bool,
}

impl Endpoint for Pause {
    const SPEC: Spec = Spec {
        summary: "Takes a break, or comes back",
        body: Some("Break"),
        ..Spec::new(Verb::Post, "/app/api/v1/profile/pause", "Pause", "Me")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let Break { on } = ask.body()?;
        carry_out(&ask, Deed::Pause(on)).await?;
        ask.api.port.refill(ask.viewer()?.user, !on);
        me(&ask).await.map(Reply::json)
    }
}

impl Endpoint for Delete {
    const SPEC: Spec = Spec {
        summary: "Asks in the chat whether the profile is to go",
        status: 202,
        ..Spec::new(Verb::Delete, "/app/api/v1/profile", "DeleteProfile", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        carry_out(&ask, Deed::Delete).await?;
        Ok(Reply { status: StatusCode::ACCEPTED, ..Reply::nothing() })
    }
}
