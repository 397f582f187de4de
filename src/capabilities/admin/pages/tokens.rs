//! Tokens of the API: a new one is shown this once.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::shown;
use askama::Template;
use nameless_actors::capabilities::{Answer, NewToken};
use nameless_domain::capabilities::admin::{Act, Flaw, Permission, Role};
use nameless_domain::time::Millis;
use serde::Deserialize;

struct Row {
    name: String,
    role: &'static str,
    created: String,
    until: String,
    state: String,
    good: bool,
}

#[derive(Template)]
#[template(path = "admin/tokens.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
    roles: Vec<&'static str>,
    /// The one that was just made, itself.
    made: Option<String>,
    made_text: String,
}

async fn view(visit: &Visit, made: Option<NewToken>) -> Shown {
    let Answer::Tokens(page) = visit.look_at(Act::Tokens).await? else { return Err(Refused::Away) };
    let f = visit.frame("/admin/tokens", "pages-tokens");
    let now: Millis = visit.state.engine.env().clock.now();
    let rows = page.items.iter().map(|token| {
        let (state, good) = match token.revoked {
            Some(_) => ("pages-token-revoked", false),
            None if token.expires <= now => ("pages-token-over", false),
            None => ("pages-token-good", true),
        };
        Row {
            name: shown(&token.name, false),
            role: token.role.name(),
            created: f.moment(token.created),
            until: f.moment(token.expires),
            state: f.say(state),
            good,
        }
    });
    let made_text =
        made.as_ref().map(|new| f.words("pages-token-made", "name", &new.name)).unwrap_or_default();
    let view = View {
        rows: rows.collect(),
        roles: Role::ALL.iter().map(|role| role.name()).collect(),
        made: made.map(|new| new.token),
        made_text,
        f,
    };
    Ok(view.f.show(&view))
}

/// `/admin/tokens`
pub(super) async fn show(visit: &Visit) -> Shown {
    view(visit, None).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    role: Role,
    days: String,
}

/// `POST /admin/tokens`
pub(super) async fn create(visit: &Visit) -> Shown {
    let Making { name, role, days, .. } = visit.form()?;
    let days = days.trim().parse().map_err(|_| Refused::Flawed(Flaw::Days))?;
    let act = Act::CreateToken { name: name.trim().to_owned(), role, days };
    // Nothing keeps it, so it is shown now and not on a page to go on to.
    let Answer::Token(new) = visit.carry(act, None).await? else { return Err(Refused::Away) };
    view(visit, Some(new)).await
}

#[derive(Template)]
#[template(path = "admin/token.html", whitespace = "minimize")]
struct Asking {
    f: Frame,
    name: String,
    heading: String,
    key: String,
}

/// `/admin/tokens/{name}/revoke`
pub(super) async fn ask_revoke(visit: &Visit) -> Shown {
    visit.needs(Permission::HandOutTokens)?;
    let name = visit.word("name");
    let known = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if !known || name.is_empty() {
        return Err(Refused::Missing);
    }
    let f = visit.frame("/admin/tokens", "pages-token-revoke");
    let heading = f.words("pages-token-revoke-heading", "name", &name);
    let view = Asking { name, heading, key: visit.new_key()?, f };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
}

/// `POST /admin/tokens/{name}/revoke`
pub(super) async fn revoke(visit: &Visit) -> Shown {
    let Form { key, .. } = visit.form()?;
    visit.carry(Act::RevokeToken { name: visit.word("name") }, Some(key)).await?;
    Ok(see("/admin/tokens?done=token"))
}
