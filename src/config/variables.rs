//! Every setting there is, looked up by name: the core's sections and the capabilities'.

use super::sections;
use super::setting::{Section, Stated, Variable};
use crate::capabilities;

/// The sections that a configuration is read by.
#[derive(Clone)]
pub struct Settings(Vec<&'static Section>);

impl Settings {
    /// What the program knows: the core's, then those that capabilities bring.
    pub fn known() -> Settings {
        Settings::of(sections::CORE.into_iter().chain(capabilities::sections()))
    }

    /// These sections and no others.
    pub fn of(sections: impl IntoIterator<Item = &'static Section>) -> Settings {
        Settings(sections.into_iter().collect())
    }

    /// Every section, in the order in which they are shown.
    pub fn sections(&self) -> &[&'static Section] {
        &self.0
    }

    /// Every setting.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Stated> {
        self.0.iter().flat_map(|section| section.settings.iter().copied())
    }

    /// The setting of this name in the environment.
    pub fn find(&self, name: &str) -> Option<&'static dyn Stated> {
        self.iter().find(|s| s.variable().name == name)
    }

    /// The setting whose name is so close to `name` that a slip is likely: at most two letters
    /// differ.
    pub fn resembling(&self, name: &str) -> Option<&'static Variable> {
        let name = name.to_ascii_uppercase();
        self.iter()
            .map(|s| (edit_distance(&name, s.variable().name), s.variable()))
            .filter(|(distance, v)| *distance <= 2.min(v.name.len() / 4))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, v)| v)
    }
}

/// Letters to insert, drop or change to make one of the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
