//! The schema as the program knows it: the steps that make it and the tables that these leave.
//! Whoever keeps something adds a line to each list, beside its file in `migrations/` and its own
//! file with the declaration.

use super::aggregates::{
    account, activity, block, bots, copies, dead_letter, erasure_log, history, inbox, jobs, key_check,
    leases, message_map, owed, pair, rating, report, turned_away, user_key,
};
use super::backfill::{self, Backfill};
use super::pg::migrate::{Migration, migrations};
use super::renew::UnderKek;
use super::table::Table;
use crate::capabilities::{
    admin, again, billing, companion, dating, faceguard, feedback, news, premium, reminders,
};

/// Every migration, oldest first: the names of their files in `migrations/`.
pub const MIGRATIONS: &[Migration] = migrations![
    "0001_initial",
    "0002_owed_lines",
    "0003_history_by_month",
    "0004_cluster",
    "0005_dead_letter_replay",
    "0006_entitlements",
    "0007_inbox_seen",
    "0008_laundered_copies",
    "0009_lives",
    "0010_jobs",
    "0011_feedback",
    "0012_faceguard",
    "0013_admin",
    "0014_moderation",
    "0015_activity",
    "0016_billing",
    "0017_photo_review",
    "0018_admin_pages",
    "0019_broadcasts",
    "0020_admin_queue",
    "0021_trials",
    "0022_admin_requests",
    "0023_desk",
    "0024_cards",
    "0025_companions",
    "0026_dating",
    "0027_dating_reasons",
    "0028_companion_memory",
    "0029_invitations",
    "0030_dating_api",
    "0031_asked_back",
    "0032_companion_adult",
    "0033_companion_pictures",
    "0034_companion_own",
    "0035_hash_key",
    "0036_dating_photos",
    "0037_dating_goods",
    "0038_dating_figures",
    "0039_companion_titles",
    "0040_companion_recall",
    "0041_companion_shared",
    "0043_again_packs",
    "0044_dating_filters",
    "0045_backfills",
    "0046_several_bots",
    "0048_reminders",
    "0053_dating_speed",
    "0054_companion_vectors",
    "0055_companion_own_pictures",
    "0056_dating_anew",
    "0057_crowds_and_keys",
    "0058_dating_bots",
    "0059_dating_letters",
    "0061_dating_echoes",
    "0062_dating_changed",
];

/// The tables by aggregate. Erasure takes them in this order within each of its stages, expiry in
/// turn.
const TABLES: &[&[Table]] = &[
    bots::TABLES,
    user_key::TABLES,
    turned_away::TABLES,
    pair::TABLES,
    history::TABLES,
    message_map::TABLES,
    rating::TABLES,
    report::TABLES,
    dead_letter::TABLES,
    owed::TABLES,
    block::TABLES,
    account::TABLES,
    activity::TABLES,
    // Before what follows from it.
    billing::TABLES,
    premium::TABLES,
    feedback::TABLES,
    faceguard::TABLES,
    faceguard::held::TABLES,
    admin::TABLES,
    admin::ANNOUNCEMENTS,
    news::TABLES,
    companion::TABLES,
    dating::TABLES,
    dating::FIGURES,
    again::TABLES,
    reminders::TABLES,
    erasure_log::TABLES,
    copies::TABLES,
    key_check::TABLES,
    inbox::TABLES,
    jobs::TABLES,
    leases::TABLES,
    backfill::TABLES,
];

/// What is filled in batches, beside the nodes that run.
pub(crate) const BACKFILLS: &[Backfill] = &[companion::BACKFILL];

/// What is sealed under the key-encryption key itself, by file: an exchange of the key goes through
/// it.
pub(super) const SEALED: [&[UnderKek]; 8] = [
    user_key::SEALED,
    report::SEALED,
    jobs::SEALED,
    inbox::SEALED,
    admin::SEALED[0],
    admin::SEALED[1],
    admin::SEALED[2],
    admin::SEALED[3],
];

/// Every table of the schema but the migrations' own.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::table::{Action, Erasure, Expiry, Export};
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    fn repository(path: &str) -> PathBuf {
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is")).join(path)
    }

    fn read(path: impl AsRef<Path>) -> String {
        std::fs::read_to_string(path).expect("a file of the repository")
    }

    fn names_of_tables() -> BTreeSet<String> {
        read(repository("schema.sql"))
            .lines()
            .filter_map(|line| line.strip_prefix("CREATE TABLE "))
            .filter(|rest| !rest.contains("PARTITION OF"))
            .filter_map(|rest| rest.split(' ').next().map(str::to_owned))
            .collect()
    }

    /// A table that is added without a word on how long its rows live does not pass.
    #[test]
    fn every_table_has_a_stated_life() {
        let names = names_of_tables();
        let declared: BTreeMap<String, String> =
            tables().map(|table| (table.name.to_owned(), table.life.to_owned())).collect();
        assert_eq!(tables().count(), declared.len(), "a table is declared twice");
        assert_eq!(names, declared.keys().cloned().collect(), "schema.sql and the declarations");

        let section = std::fs::read_dir(repository("docs"))
            .expect("docs")
            .map(|file| file.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
            .find_map(|path| read(path).split("\n## How long things are kept\n").nth(1).map(str::to_owned))
            .expect("the section");
        let section = section.split("\n## ").next().expect("its text");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let stated: BTreeMap<String, String> = rows
            .inspect(|(table, life)| assert!(life.len() > 5, "{table}"))
            .map(|(table, life)| (table.to_owned(), life.trim_end_matches(" |").to_owned()))
            .collect();
        let wanted: String = tables().map(|t| format!("| `{}` | {} |\n", t.name, t.life)).collect();
        assert_eq!(stated, declared, "the table in docs has to hold:\n{wanted}");
    }

    #[test]
    fn declarations_are_whole() {
        let (mut sections, reserved) = (BTreeSet::new(), ["part", "messages", "goes_on_in_another_part"]);
        for table in tables() {
            let name = table.name;
            let of_people = || table.ids.iter().chain(table.words);
            for why in [table.why_not_exported(), table.why_not_erased(), table.why_not_expired()] {
                assert!(why.is_none_or(|why| why.len() > 5), "{name}");
            }
            for (column, why) in table.stays {
                assert!(of_people().any(|c| c == column) && why.len() > 5, "{name}.{column}");
            }
            if table.why_not_erased().is_some() {
                let stays = |column: &&str| table.stays.iter().any(|(c, _)| c == column);
                assert!(of_people().all(stays), "{name}: what an erasure leaves is said of each column");
            }
            if let Export::Section(section, _) = table.export {
                assert!(!reserved.contains(&section) && sections.insert(section), "{section}");
            }
            if let Erasure::Steps(steps) = table.erasure {
                assert!(!steps.is_empty(), "{name}");
                for step in steps {
                    if let Action::Sql(sql) = step.action {
                        assert!(
                            sql.contains(&format!(" {name} ")) || sql.contains(&format!("{name} SET")),
                            "{sql}"
                        );
                        assert!(sql.contains("$1") && !sql.contains("$2"), "{sql}");
                    }
                }
            }
            if let Expiry::Rows { sql, .. } = table.expiry {
                assert!(sql.contains(&format!(" {name} ")), "{sql}");
                assert!(sql.contains("$1") && sql.contains("LIMIT $2"), "{sql}");
            }
        }
    }
}
