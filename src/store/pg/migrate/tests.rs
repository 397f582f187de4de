//! What a database's notes of its migrations say.

use super::*;

fn row(number: i32, checksum: String) -> Applied {
    Applied { number, name: "x".into(), checksum, applied: 0, oldest: None }
}

#[test]
fn numbers_and_names_are_those_of_the_files() {
    let first = MIGRATIONS[0];
    assert_eq!((first.number, first.name), (1, "initial"));
    assert!(MIGRATIONS.iter().all(|m| !m.up.is_empty() && !m.down.is_empty() && m.up != m.down));
}

#[test]
fn numbers_count_up() {
    assert!(MIGRATIONS.is_sorted_by_key(|m| m.number));
    assert!(MIGRATIONS.windows(2).all(|two| two[0].number < two[1].number));
}

#[test]
fn changed_and_newer_databases_are_refused() {
    let good = MIGRATIONS[0].checksum();
    assert!(checked(MIGRATIONS, vec![row(1, good.clone())]).is_ok());
    assert!(matches!(checked(MIGRATIONS, vec![row(1, "0".into())]), Err(MigrateError::Changed(1, _))));
    let newer = |oldest| vec![row(1, good.clone()), Applied { oldest, ..row(9_999, "0".into()) }];
    assert!(matches!(checked(MIGRATIONS, newer(None)), Err(MigrateError::Newer(9_999, _))));
    assert!(matches!(checked(MIGRATIONS, newer(Some(9_999))), Err(MigrateError::Newer(9_999, _))));
    // One that only expands.
    let able = checked(MIGRATIONS, newer(Some(0))).expect("this program can run on it");
    assert_eq!(beyond(MIGRATIONS, &able).map(|row| row.number).collect::<Vec<_>>(), [9_999]);
}
