//! What is wrong with a configuration: all of it at once, each with the way to mend it.

use super::setting::{Kind, Stated};
use super::sources::Raw;
use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, or the file, that is at fault.
    pub variable: String,
    /// What was found and where; none for secrets and for what is missing.
    pub found: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub mend: String,
}

impl Problem {
    /// A value that its setting's check refuses.
    pub fn refused(setting: &dyn Stated, raw: &Raw) -> Problem {
        let v = setting.variable();
        Problem {
            variable: v.name.to_owned(),
            found: Some(if v.form.kind == Kind::Secret {
                format!("something else in {} (not shown: it is a secret)", raw.source)
            } else {
                format!("`{}` in {}", shown(&raw.value), raw.source)
            }),
            expected: setting.expected(),
            mend: if v.form.default.is_empty() {
                "Change it, or remove it.".to_owned()
            } else {
                format!("Change it, or remove it for the default {}.", v.form.default)
            },
        }
    }
}

/// A value without what an address may hold of secrets: who asks, with what password, and its
/// query.
fn shown(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (hidden, rest) = match rest.rsplit_once('@') {
        Some((_, place)) => ("…@", place),
        None => ("", rest),
    };
    match rest.split_once(['?', '#']) {
        Some((place, _)) => format!("{scheme}://{hidden}{place}…"),
        None => format!("{scheme}://{hidden}{rest}"),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.variable, self.expected)?;
        if let Some(found) = &self.found {
            write!(f, ", found {found}")?;
        }
        write!(f, ". {}", self.mend)
    }
}

/// Every problem of a configuration, as one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<Problem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a problem:")?,
            n => write!(f, "the configuration has {n} problems:")?,
        }
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (value, said) in [
            ("many", "many"),
            ("http://host:1/path", "http://host:1/path"),
            ("https://me:key@host:4318", "https://…@host:4318"),
            ("https://me:k/e@y@host/a", "https://…@host/a"),
            ("https://host/?key=1", "https://host/…"),
            ("https://host#key", "https://host…"),
        ] {
            assert_eq!(shown(value), said);
        }
    }
}
