//! The description of the API (OpenAPI 3.1), made from the list that makes the routes.

use super::problem::Problem;
use super::{Ask, Endpoint, LOOK, Needs, PICTURE, Reply, Spec, Verb, body, specs};
use serde_json::{Map, Value, json};

/// What bodies and answers look like, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// Problems by status: what they mean, and a header that they always have.
const PROBLEMS: [(u16, &str, Option<&str>); 14] = [
    (400, "not as it is described", None),
    (401, "no session, or no signature, that is good", Some("WWW-Authenticate")),
    (403, "banned, too young, without an account, not a member, or not entitled: `code` says which", None),
    (404, "there is nothing of that name, or no profile: `code` says which", None),
    (405, "not a method of this path", Some("Allow")),
    (408, "the body did not arrive in time", None),
    (409, "the key was used for something else, it is final, or there is no chat: `code` says which", None),
    (410, "it is not there any more", None),
    (413, "the body is over 16 KiB, or the picture over 3 MB", None),
    (415, "the body is of another media type than described", None),
    (422, "cannot stand in a profile: `field` and `reason` say why", None),
    (429, "too many requests, or no likes left: `code` says which", Some("Retry-After")),
    (503, "too much is under way, or something does not answer", Some("Retry-After")),
    (304, "as the asker has it", None),
];

/// Where answers lead: from, to, parameter, where it stands.
const LINKS: [(&str, &str, &str, &str); 15] = [
    ("Goods", "Invoice", "id", "$response.body#/goods/0/id"),
    ("Cards", "Say", "token", "$response.body#/cards/0/token"),
    ("Cards", "ReportCard", "token", "$response.body#/cards/0/token"),
    ("Cards", "BlockCard", "token", "$response.body#/cards/1/token"),
    ("Cards", "Photo", "token", "$response.body#/cards/0/token"),
    ("Undo", "Say", "token", "$response.body#/card/token"),
    ("Photos", "OwnPhoto", "token", "$response.body#/photos/0/id"),
    ("AddPhoto", "OwnPhoto", "token", "$response.body#/photos/0/id"),
    ("AddPhoto", "RemovePhoto", "token", "$response.body#/photos/0/id"),
    ("Likes", "Say", "token", "$response.body#/cards/0/token"),
    ("Matches", "Matches", "after", "$response.body#/next"),
    ("Matches", "OpenChat", "token", "$response.body#/matches/0/token"),
    ("Matches", "ShareContacts", "token", "$response.body#/matches/0/token"),
    ("Matches", "UnshareContacts", "token", "$response.body#/matches/0/token"),
    ("Matches", "EndMatch", "token", "$response.body#/matches/0/token"),
];

/// The description.
pub(super) struct Describe;

impl Endpoint for Describe {
    const SPEC: Spec = Spec {
        summary: "This description",
        needs: Needs::Nothing,
        ..Spec::new(Verb::Get, "/app/api/v1/openapi.json", "Describe", "Description")
    };

    async fn answer(_: Ask<'_>) -> Result<Reply, Problem> {
        Ok(Reply::json(document()))
    }
}

/// The document.
fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for spec in specs() {
        let operations = paths.entry(spec.path).or_insert_with(|| json!({}));
        operations[spec.method.name()] = operation(&spec);
    }
    let problems = PROBLEMS.iter().map(|(status, what, header)| {
        let mut problem = json!({ "description": what });
        if *status != 304 {
            problem["content"]["application/problem+json"]["schema"] =
                json!({ "$ref": "#/components/schemas/Problem" });
        }
        if let Some(header) = header {
            problem["headers"][header] = json!({ "required": true, "schema": { "type": "string" } });
        }
        (status.to_string(), problem)
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Nameless: dating for the Mini App",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "`code` of a problem is a stable word. Names of cards and matches are good for one viewer.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": { "type": "http", "scheme": "bearer" },
                "launch": { "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "`tma ` and Telegram's initData" },
            },
            "responses": problems.collect::<Map<String, Value>>(),
            "schemas": schemas(),
        },
    })
}

fn schemas() -> Value {
    serde_json::from_str(SCHEMAS).unwrap_or_default()
}

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What stands in a path, by its name.
fn in_path(spec: &Spec, name: &str) -> Value {
    let schema = match (name, spec.name) {
        ("id", _) => json!({ "type": "string", "pattern": "^[a-z0-9-]{1,32}$" }),
        _ => json!({ "type": "string", "pattern": "^[0-9a-f]{16}$" }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

/// Which problems a route can have.
fn may_be(spec: &Spec, status: u16) -> bool {
    let is_named = spec.path.contains('{');
    match status {
        304 => spec.has_etag(),
        401 => spec.needs != Needs::Nothing,
        403 => matches!(spec.needs, Needs::Launch | Needs::Session | Needs::Account),
        // Also where dating is switched off.
        404 => true,
        408 | 413 | 415 => spec.body.is_some(),
        409 => spec.is_once(),
        410 => spec.is_once() && (is_named || spec.name == "Undo"),
        422 => matches!(spec.name, "ChangeProfile" | "AddPhoto" | "OrderPhotos"),
        _ => true,
    }
}

fn operation(spec: &Spec) -> Value {
    let named = spec.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_query =
        spec.query.iter().map(|(name, text)| json!({ "name": name, "in": "query", "schema": schema(text) }));
    let mut parameters: Vec<Value> = named.map(|name| in_path(spec, name)).chain(in_query).collect();
    if spec.is_once() {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "The same key with the same request is answered the same, and done once, for 24 hours",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" },
        }));
    }
    let mut well = json!({ "description": "done" });
    let answer = json!({ "schema": { "$ref": format!("#/components/schemas/{}", spec.answer) } });
    let kinds: &[&str] = match spec.answer {
        "" => &[],
        "Picture" => &["image/jpeg", "image/png", "image/webp"],
        _ => &["application/json"],
    };
    for kind in kinds {
        well["content"][kind] = answer.clone();
    }
    if spec.has_etag() {
        well["headers"]["ETag"] = json!({ "required": true, "schema": { "type": "string" } });
    }
    if spec.answer == PICTURE {
        well["headers"][LOOK] = json!({
            "required": true, "description": "whether somebody has looked at it",
            "schema": { "enum": ["checked", "waiting"] },
        });
    }
    for (_, to, parameter, place) in LINKS.iter().filter(|(from, ..)| *from == spec.name) {
        well["links"][to] = json!({ "operationId": to, "parameters": { *parameter: place } });
    }
    let mut responses = Map::new();
    responses.insert(spec.status.to_string(), well);
    for (status, ..) in PROBLEMS.iter().filter(|(status, ..)| may_be(spec, *status)) {
        responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    let security = match spec.needs {
        Needs::Nothing => json!([]),
        Needs::Launch => json!([{ "launch": [] }]),
        Needs::Session | Needs::Account => json!([{ "session": [] }]),
    };
    let mut operation = json!({
        "operationId": spec.name, "summary": spec.summary, "security": security,
        "parameters": parameters, "responses": responses,
    });
    if let Some(name) = spec.body {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let kinds = if spec.takes_picture() { body::PICTURE.types() } else { body::JSON.types() };
        let content: Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))).collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_schema_is_there_and_every_route_stands_once() {
        let schemas = schemas();
        let schemas = schemas.as_object().expect("JSON");
        let specs = specs();
        let mut places = BTreeSet::new();
        for spec in &specs {
            assert!(places.insert((spec.method, spec.path)), "{}", spec.path);
            for name in spec.body.into_iter().chain(Some(spec.answer).filter(|answer| !answer.is_empty())) {
                assert!(schemas.contains_key(name), "{name}");
            }
            for (name, text) in spec.query {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{} {name}", spec.path);
            }
        }
        for (from, to, parameter, _) in LINKS {
            let target = specs.iter().find(|spec| spec.name == to).unwrap_or_else(|| panic!("{to}"));
            assert!(specs.iter().any(|spec| spec.name == from), "{from}");
            let in_query = target.query.iter().any(|(name, _)| *name == parameter);
            assert!(in_query || target.path.contains(&format!("{{{parameter}}}")), "{to} {parameter}");
        }
        let names: BTreeSet<&str> = specs.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), specs.len(), "two routes of one name");
        // Each is routed, and described.
        assert_eq!(super::super::ROUTES.len(), places.len());
    }
}
