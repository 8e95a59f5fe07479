//! The forms of what Segue gives out, as JSON Schema, made from the types themselves so
//! that they cannot differ.

use std::collections::BTreeSet;

use axum::http::header;
use serde_json::{Map, Value, json};

use super::docs::openapi;
use super::doors::{Doors, May};

/// Where the API keeps its forms, and where a schema does.
const IN_API: &str = "#/components/schemas/";
const IN_SCHEMA: &str = "#/$defs/";

/// The door of the schemas.
pub fn doors() -> Doors {
    let who = May::Anybody("the form of a package is public knowledge");
    Doors::new().get("/schemas/handoff-package", who, || async {
        let kind = [(header::CONTENT_TYPE, "application/schema+json")];
        (kind, handoff_package().to_string())
    })
}

/// The JSON Schema of what an agent receives with a handoff (P22 to P26).
pub fn handoff_package() -> Value {
    let api = serde_json::to_value(openapi()).unwrap_or_default();
    let forms = &api["components"]["schemas"];
    let mut wanted = vec!["Package".to_string()];
    let mut seen = BTreeSet::new();
    let mut defs = Map::new();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let mut form = forms[&name].clone();
        refer(&mut form, &mut wanted);
        defs.insert(name, form);
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "/schemas/handoff-package",
        "title": "Handoff package",
    });
    if let (Value::Object(schema), Some(Value::Object(package))) =
        (&mut schema, defs.remove("Package"))
    {
        schema.extend(package);
        schema.insert("$defs".into(), Value::Object(defs));
    }
    schema
}

/// Has references lead within the schema, and notes what they lead to.
fn refer(form: &mut Value, wanted: &mut Vec<String>) {
    match form {
        Value::Object(object) => {
            if let Some(Value::String(to)) = object.get_mut("$ref")
                && let Some(name) = to.strip_prefix(IN_API)
            {
                wanted.push(name.into());
                *to = format!("{IN_SCHEMA}{name}");
            }
            object.values_mut().for_each(|part| refer(part, wanted));
        }
        Value::Array(list) => list.iter_mut().for_each(|part| refer(part, wanted)),
        _ => {}
    }
}
