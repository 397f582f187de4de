//! The description of the API (OpenAPI 3.1), made from the list that makes the routes.

use super::{Spec, Verb, announcements, characters, dating, jobs, shared, specs};
use nameless_domain::capabilities::admin::ban::REASON_MAX;
use nameless_domain::capabilities::admin::desk::announcements as notices;
use nameless_domain::capabilities::news::draft::{LABEL_MAX, TEXT_MAX, URL_MAX};
use serde_json::{Map, Value, json};

/// What an area of its own says of its routes.
pub(super) struct Part {
    /// What its answers look like, by name.
    pub schemas: &'static str,
    /// Where they lead.
    pub links: &'static [Link],
}

/// Where an answer leads: from the operation, to the operation, the parameter, where it stands.
type Link = (&'static str, &'static str, &'static str, &'static str);

/// The areas. One adds its line.
const PARTS: &[Part] = &[
    Part { schemas: SCHEMAS, links: LINKS },
    announcements::PART,
    characters::PART,
    dating::PART,
    jobs::PART,
    shared::PART,
];

/// What answers look like, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// Something to say, without control characters. `\s` means another thing to each reader of
/// patterns.
const REASON: &str = "^[ \\n]*[^\\u0000- \\u007f][^\\u0000-\\u0009\\u000b-\\u001f\\u007f]*$";

/// The same on one line.
const LABEL: &str = "^ *[^\\u0000- \\u007f][^\\u0000-\\u001f\\u007f]*$";

/// Where a button may lead.
const ADDRESS: &str = "^https://[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/?#=&%+:@,;-]*)?$";

/// Problems by status: what they mean, and a header that they always have.
const PROBLEMS: [(u16, &str, Option<&str>); 14] = [
    (400, "not as it is described", None),
    (401, "no token, or none that is good", Some("WWW-Authenticate")),
    (403, "the role may not: `permission` says what is missing, `role` who has it", None),
    (404, "there is nobody, or nothing, of that name", None),
    (405, "not a method of this path", Some("Allow")),
    (408, "the body did not arrive in time", None),
    (
        409,
        "somebody else works on it or has paid, the name is taken, or the key was used for something else",
        None,
    ),
    (412, "it is not any more as it was when it was looked at", None),
    (413, "the body is over 16 KiB", None),
    (415, "the body has to be application/json", None),
    (422, "cannot be carried out as it is: `field` says what is wrong", None),
    (428, "`If-Match` is needed", None),
    (429, "too many requests", Some("Retry-After")),
    (503, "too much is under way, or the database does not answer", Some("Retry-After")),
];

/// Where answers of the areas without a part of their own lead.
const LINKS: &[Link] = &[
    ("People", "Person", "user", "$response.body#/items/0/user"),
    ("People", "Ban", "user", "$response.body#/items/0/user"),
    ("People", "Grant", "user", "$response.body#/items/0/user"),
    ("People", "People", "after", "$response.body#/next"),
    ("Person", "Ban", "user", "$response.body#/user"),
    ("People", "Warn", "user", "$response.body#/items/0/user"),
    ("People", "Note", "user", "$response.body#/items/0/user"),
    ("People", "Dialogs", "user", "$response.body#/items/0/user"),
    ("People", "DeleteDelivered", "user", "$response.body#/items/0/user"),
    ("People", "History", "user", "$response.body#/items/0/user"),
    ("Pairs", "Pairs", "before", "$response.body#/next"),
    ("Appeals", "AnswerAppeal", "user", "$response.body#/items/0/user"),
    ("Ban", "Unban", "user", "$response.body#/user"),
    ("Ban", "Person", "user", "$response.body#/user"),
    ("Unban", "Person", "user", "$response.body#/user"),
    ("Grant", "Revoke", "user", "$response.body#/user"),
    ("Reports", "Take", "report", "$response.body#/items/0/report"),
    ("Take", "Decide", "report", "$response.body#/report"),
    ("Take", "Person", "user", "$response.body#/reported"),
    ("Photos", "LookAtPhoto", "photo", "$response.body#/items/0/photo"),
    ("LookAtPhoto", "Picture", "photo", "$response.body#/photo"),
    ("LookAtPhoto", "RulePhoto", "photo", "$response.body#/photo"),
    ("Audit", "Audit", "before", "$response.body#/next"),
    ("DeadLetters", "Replay", "seq", "$response.body#/items/0/seq"),
    ("Payments", "Payments", "before", "$response.body#/next"),
    ("Payments", "Payment", "payment", "$response.body#/items/0/payment"),
    ("Payments", "Refund", "payment", "$response.body#/items/0/payment"),
    ("Payment", "Refund", "payment", "$response.body#/payment"),
    ("DraftBroadcast", "Broadcast", "broadcast", "$response.body#/broadcast"),
    ("DraftBroadcast", "PreviewBroadcast", "broadcast", "$response.body#/broadcast"),
    ("DraftBroadcast", "ConfirmBroadcast", "broadcast", "$response.body#/broadcast"),
    ("ConfirmBroadcast", "PauseBroadcast", "broadcast", "$response.body#/broadcast"),
    ("PauseBroadcast", "ResumeBroadcast", "broadcast", "$response.body#/broadcast"),
    ("PauseBroadcast", "CancelBroadcast", "broadcast", "$response.body#/broadcast"),
    ("Broadcasts", "Broadcasts", "before", "$response.body#/next"),
    ("Erase", "Approve", "request", "$response.body#/request"),
    ("Requests", "Approve", "request", "$response.body#/items/0/request"),
    ("Requests", "Refuse", "request", "$response.body#/items/0/request"),
    ("CreateToken", "RevokeToken", "name", "$response.body#/name"),
];

/// The document.
pub(super) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for spec in specs() {
        let operations = paths.entry(spec.path).or_insert_with(|| json!({}));
        operations[spec.method.name()] = operation(&spec);
    }
    let mut schemas = schemas();
    schemas["Words"] = json!({ "type": "string", "minLength": 1, "maxLength": TEXT_MAX, "pattern": REASON, "examples": ["Hello"] });
    schemas["Notice"] = json!({ "type": "string", "minLength": 1, "maxLength": notices::TEXT_MAX, "pattern": REASON, "examples": ["We are back at noon."] });
    schemas["Label"] = json!({ "type": "string", "minLength": 1, "maxLength": LABEL_MAX, "pattern": LABEL, "examples": ["Open"] });
    schemas["Address"] = json!({ "type": "string", "maxLength": URL_MAX, "pattern": ADDRESS, "examples": ["https://example.org/"] });
    schemas["Reason"] = json!({ "type": "string", "minLength": 1, "maxLength": REASON_MAX, "pattern": REASON, "examples": ["spam"] });
    let problems = PROBLEMS.iter().map(|(status, what, header)| {
        let mut problem = json!({ "description": what, "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
        } });
        if let Some(header) = header {
            problem["headers"][header] = json!({ "required": true, "schema": { "type": "string" } });
        }
        (status.to_string(), problem)
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Nameless: the operators' API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Times are milliseconds since the Unix epoch.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "responses": problems.collect::<Map<String, Value>>(),
            "schemas": schemas,
        },
    })
}

fn links() -> impl Iterator<Item = &'static Link> {
    PARTS.iter().flat_map(|part| part.links)
}

fn schemas() -> Value {
    let named = |part: &Part| match schema(part.schemas) {
        Value::Object(named) => named,
        _ => Map::new(),
    };
    PARTS.iter().flat_map(named).collect::<Map<_, _>>().into()
}

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What stands in a path, by its name.
fn in_path(name: &str) -> Value {
    let schema = match name {
        "name" => json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$" }),
        "user" => json!({ "type": "integer", "minimum": 1, "maximum": (1i64 << 52) - 1 }),
        _ => json!({ "type": "integer", "minimum": 1, "maximum": i64::MAX }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn has_parameters(spec: &Spec) -> bool {
    spec.path.contains('{')
}

/// Which problems a route can have.
fn may_be(spec: &Spec, status: u16) -> bool {
    let changes = spec.method != Verb::Get;
    match status {
        // There may be none of many.
        404 => has_parameters(spec) || spec.path.ends_with("/many"),
        408 | 413 | 415 => spec.body.is_some(),
        409 | 412 => changes,
        428 => spec.must_be_seen(),
        422 => changes || has_parameters(spec) || !spec.query.is_empty(),
        _ => true,
    }
}

fn operation(spec: &Spec) -> Value {
    let named = spec.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_query =
        spec.query.iter().map(|(name, text)| json!({ "name": name, "in": "query", "schema": schema(text) }));
    let mut parameters: Vec<Value> = named.map(in_path).chain(in_query).collect();
    if spec.method != Verb::Get {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "schema": { "type": "string", "pattern": "^[ -~]{0,64}$" },
        }));
    }
    if spec.has_versions() {
        let needed = if spec.must_be_seen() { "Needed: 428 without it" } else { "" };
        parameters.push(json!({
            "name": "If-Match", "in": "header",
            "description": format!("The `ETag` of what was looked at: if it is not so any more, 412. {needed}"),
            "schema": { "type": "string", "pattern": "^(\\*|\"[!#-~]{0,200}\")?$" },
        }));
    }
    let answer = json!({ "schema": { "$ref": format!("#/components/schemas/{}", spec.answer) } });
    let kinds: &[&str] = match spec.answer {
        "Picture" => &["image/jpeg", "image/png", "image/webp"],
        _ => &["application/json"],
    };
    let content: Map<String, Value> = kinds.iter().map(|kind| (kind.to_string(), answer.clone())).collect();
    let mut well = json!({ "description": "done", "content": content });
    if ["Dossier", "Report"].contains(&spec.answer) {
        well["headers"]["ETag"] = json!({
            "description": "its version, for `If-Match`", "required": true, "schema": { "type": "string" },
        });
    }
    for (_, to, parameter, place) in links().filter(|(from, ..)| *from == spec.name) {
        well["links"][to] = json!({ "operationId": to, "parameters": { *parameter: place } });
    }
    let mut responses = Map::new();
    responses.insert(spec.success().to_string(), well);
    for (status, ..) in PROBLEMS.iter().filter(|(status, ..)| may_be(spec, *status)) {
        responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    let mut operation = json!({
        "operationId": spec.name,
        "summary": spec.summary,
        "description": format!(
            "Needs `{}`, which begins with the role `{}`.", spec.needs.name(), spec.needs.least_role().name()
        ),
        "x-permission": spec.needs.name(),
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(text) = spec.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema(text) } } });
    }
    operation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_json_and_every_route_stands_once() {
        let mut places = std::collections::BTreeSet::new();
        for part in PARTS {
            assert!(schema(part.schemas).is_object(), "{}", part.schemas);
        }
        let schemas = schemas();
        let schemas = schemas.as_object().unwrap();
        let specs = specs();
        for spec in &specs {
            for (name, text) in spec.query {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{} {name}", spec.path);
            }
            if let Some(text) = spec.body {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{}", spec.path);
            }
            assert!(schemas.contains_key(spec.answer), "{}", spec.answer);
            assert!(places.insert((spec.method, spec.path)), "{}", spec.path);
        }
        for (from, to, parameter, _) in links() {
            let target = specs.iter().find(|spec| spec.name == *to).unwrap_or_else(|| panic!("{to}"));
            assert!(specs.iter().any(|spec| spec.name == *from), "{from}");
            let in_query = target.query.iter().any(|(name, _)| name == parameter);
            assert!(in_query || target.path.contains(&format!("{{{parameter}}}")), "{to} {parameter}");
        }
        let document = document();
        let operations = document["paths"].as_object().unwrap().values();
        let described: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(described, places.len());
        // One route more: the document itself.
        assert_eq!(super::super::ROUTES.len(), places.len() + 1);
    }
}
