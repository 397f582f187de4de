//! The description of the API (OpenAPI 3.1), made from the list that makes the routes.

use super::{Spec, Verb, specs};
use serde_json::{Map, Value, json};

/// The document.
pub(super) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for spec in specs() {
        let operations = paths.entry(spec.path).or_insert_with(|| json!({}));
        operations[spec.method.name()] = operation(&spec);
    }
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
            "schemas": { "Problem": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": { "type": "string" }, "title": { "type": "string" },
                    "status": { "type": "integer" }, "detail": { "type": "string" },
                    "permission": { "type": "string" }, "role": { "type": "string" },
                    "field": { "type": "string" }, "taken_by": { "type": "string" },
                },
            } },
        },
    })
}

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn operation(spec: &Spec) -> Value {
    let named = spec.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = named.map(|name| {
        let schema = match name {
            "name" => json!({ "type": "string" }),
            _ => json!({ "type": "integer", "minimum": 1 }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query =
        spec.query.iter().map(|(name, text)| json!({ "name": name, "in": "query", "schema": schema(text) }));
    let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
    if spec.method != Verb::Get {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "schema": { "type": "string", "minLength": 1, "maxLength": 64 },
        }));
    }
    let problem = json!({ "description": "a problem", "content": {
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
    } });
    let well = json!({ "description": "done", "content": { "application/json": { "schema": true } } });
    let mut operation = json!({
        "summary": spec.summary,
        "description": format!(
            "Needs `{}`, which begins with the role `{}`.", spec.needs.name(), spec.needs.least_role().name()
        ),
        "x-permission": spec.needs.name(),
        "parameters": parameters,
        "responses": { "200": well, "201": well, "default": problem },
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
        for spec in specs() {
            for (name, text) in spec.query {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{} {name}", spec.path);
            }
            if let Some(text) = spec.body {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{}", spec.path);
            }
            assert!(places.insert((spec.method, spec.path)), "{}", spec.path);
        }
        let document = document();
        let operations = document["paths"].as_object().unwrap().values();
        let described: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(described, places.len());
        // One route more: the document itself.
        assert_eq!(super::super::ROUTES.len(), places.len() + 1);
    }
}
