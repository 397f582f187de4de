//! What the locale files hold, before anything is rendered: keys, arguments, mark-up.

use super::markup;
use fluent_bundle::FluentResource;
use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};

/// Keys of one language with the arguments of each, and everything that is wrong with its files.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Messages: key, and the names of the arguments it takes, those of the messages it includes
    /// among them.
    pub messages: BTreeMap<String, BTreeSet<String>>,
    /// The file that each message stands in.
    pub files: BTreeMap<String, String>,
    /// Keys that other messages include.
    pub included: BTreeSet<String>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// A parsed file and its name.
pub type File = (String, FluentResource);

/// What one pattern refers to.
#[derive(Debug, Default)]
struct Uses {
    /// The file that it stands in.
    file: String,
    arguments: BTreeSet<String>,
    /// Messages as `key`, terms as `-key`.
    messages: BTreeSet<String>,
}

impl Catalog {
    /// Reads the files of one language. Within a layer a key stands once, in whichever file; later
    /// layers replace messages of earlier ones.
    pub fn of(layers: &[&[File]]) -> Catalog {
        let mut catalog = Catalog::default();
        let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
        for layer in layers {
            let mut seen = BTreeSet::new();
            for (file, entry) in layer.iter().flat_map(|(f, r)| r.entries().map(move |e| (f, e))) {
                let (key, pattern) = match entry {
                    Entry::Message(m) => (m.id.name.to_owned(), m.value.as_ref()),
                    Entry::Term(t) => (format!("-{}", t.id.name), Some(&t.value)),
                    _ => continue,
                };
                if !seen.insert(key.clone()) {
                    catalog.problems.push(format!("{file}: {key} is there twice"));
                }
                let Some(pattern) = pattern else {
                    catalog.problems.push(format!("{file}: {key} has no text"));
                    continue;
                };
                let mut of_key = Uses { file: file.clone(), ..Uses::default() };
                walk(pattern, &mut of_key, &mut |html| {
                    if let Some(problem) = markup::check(html) {
                        catalog.problems.push(format!("{file}: {key}: {problem}"));
                    }
                });
                uses.insert(key, of_key);
            }
        }
        for (key, of_key) in &uses {
            for unknown in of_key.messages.iter().filter(|included| !uses.contains_key(*included)) {
                let problem = format!("{}: {key} includes {unknown}, which is not there", of_key.file);
                catalog.problems.push(problem);
            }
            if !key.starts_with('-') {
                let mut arguments = BTreeSet::new();
                collect(key, &uses, &mut BTreeSet::new(), &mut arguments);
                catalog.messages.insert(key.clone(), arguments);
                catalog.files.insert(key.clone(), of_key.file.clone());
            }
        }
        catalog.included = uses.into_values().flat_map(|u| u.messages).collect();
        catalog
    }
}

/// Arguments of `key` and of everything that it includes.
fn collect<'a>(
    key: &'a str,
    uses: &'a BTreeMap<String, Uses>,
    visited: &mut BTreeSet<&'a str>,
    arguments: &mut BTreeSet<String>,
) {
    let Some(of_key) = uses.get(key).filter(|_| visited.insert(key)) else { return };
    arguments.extend(of_key.arguments.iter().cloned());
    for included in &of_key.messages {
        collect(included, uses, visited, arguments);
    }
}

/// Notes what a pattern refers to and hands its literal text to `html`; each variant of a choice
/// counts as a pattern of its own, so mark-up cannot be opened in one and closed outside of it.
fn walk(pattern: &Pattern<&str>, uses: &mut Uses, html: &mut dyn FnMut(&str)) {
    let mut text = String::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.push_str(value),
            PatternElement::Placeable { expression } => expression_uses(expression, uses, html),
        }
    }
    html(&text);
}

fn expression_uses(expression: &Expression<&str>, uses: &mut Uses, html: &mut dyn FnMut(&str)) {
    match expression {
        Expression::Inline(inline) => inline_uses(inline, uses, html),
        Expression::Select { selector, variants } => {
            inline_uses(selector, uses, html);
            for variant in variants {
                walk(&variant.value, uses, html);
            }
        }
    }
}

fn inline_uses(inline: &InlineExpression<&str>, uses: &mut Uses, html: &mut dyn FnMut(&str)) {
    let mut call = |arguments: &CallArguments<&str>, uses: &mut Uses| {
        for positional in &arguments.positional {
            inline_uses(positional, uses, html);
        }
        for named in &arguments.named {
            inline_uses(&named.value, uses, html);
        }
    };
    match inline {
        InlineExpression::VariableReference { id } => {
            uses.arguments.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            uses.messages.insert(id.name.to_owned());
        }
        InlineExpression::TermReference { id, arguments, .. } => {
            uses.messages.insert(format!("-{}", id.name));
            if let Some(arguments) = arguments {
                call(arguments, uses);
            }
        }
        InlineExpression::FunctionReference { arguments, .. } => call(arguments, uses),
        InlineExpression::Placeable { expression } => expression_uses(expression, uses, html),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
    }
}
