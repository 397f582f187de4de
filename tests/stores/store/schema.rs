//! Migrations: there and back, and equal to schema.sql.

use super::context::Context;
use crate::support::postgres::Postgres;
use nameless::store::Pace;
use nameless::store::migrate::{self, MIGRATIONS, MigrateError, Migration};
use nameless_actors::ports::StoreError;
use std::time::{Duration, Instant};

const SCHEMA: &str = include_str!("../../../schema.sql");

/// How long what must come may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Everything in the schema `public` but the migrations' own table, one line each.
const CATALOG: &str = "
    SELECT format('column %s.%s %s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                  a.attnotnull, a.attidentity, a.attstorage, pg_get_expr(d.adbin, d.adrelid), c.reloptions)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname <> 'schema_migrations'
    UNION ALL
    SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migrations'
          -- From PostgreSQL 18 on NOT NULL is here too, under a name that tells the table's past; see above.
          AND contype <> 'n'
    UNION ALL
    SELECT format('index %s', indexdef) FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
    UNION ALL
    SELECT format('sequence %s', sequencename) FROM pg_sequences WHERE schemaname = 'public'
    UNION ALL
    SELECT format('function %s', pg_get_functiondef(oid)) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1";

async fn migrate(c: &Context, up: bool) -> Result<Vec<String>, MigrateError> {
    c.store.close().await;
    if up { migrate::up(&c.url).await } else { migrate::down(&c.url, usize::MAX).await }
}

/// Raw SQL where the schema is not the program's, so that no store can be connected.
async fn raw(c: &Context, sql: &str) -> Vec<String> {
    c.store.close().await;
    let (client, connection) = tokio_postgres::connect(&c.url, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let answer = client.simple_query(sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    drop(client);
    driver.await.unwrap().unwrap();
    answer
        .into_iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("").to_string()),
            _ => None,
        })
        .collect()
}

pub async fn migrations_make_the_schema(c: &mut Context) {
    let migrated = raw(c, CATALOG).await;
    assert!(migrated.len() > 80, "{}", migrated.len());
    assert_eq!(migrate(c, true).await.unwrap(), Vec::<String>::new(), "nothing is left to do");
    assert!(migrate::status(&c.url).await.unwrap().iter().all(|m| m.applied.is_some()));

    // All the way back leaves nothing, and a store refuses to work on that.
    assert_eq!(migrate(c, false).await.unwrap().len(), MIGRATIONS.len());
    assert_eq!(raw(c, CATALOG).await, Vec::<String>::new());
    match c.connect(1).await {
        Err(StoreError::Refused(text)) => assert!(text.contains("nameless migrate up"), "{text}"),
        other => panic!("{:?}", other.map(|_| "connected")),
    }

    raw(c, SCHEMA).await;
    let read = raw(c, CATALOG).await;
    for (a, b) in migrated.iter().zip(&read) {
        assert_eq!(a, b);
    }
    assert_eq!(migrated.len(), read.len());

    for migration in MIGRATIONS.iter().rev() {
        raw(c, migration.down_sql()).await;
    }
    assert_eq!(migrate(c, true).await.unwrap().len(), MIGRATIONS.len());
    assert_eq!(raw(c, CATALOG).await, migrated, "up, down, up");

    // Files that changed after they were applied, and a database from the future.
    raw(c, "UPDATE schema_migrations SET checksum = 'x' || checksum").await;
    assert!(matches!(migrate(c, true).await, Err(MigrateError::Changed(1, _))));
    raw(c, "UPDATE schema_migrations SET checksum = substr(checksum, 2)").await;
    raw(c, "INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 0)").await;
    assert!(matches!(migrate(c, true).await, Err(MigrateError::Newer(9999, _))));
    assert!(c.connect(1).await.is_err());
    // A database of before the column by which that is told gets it.
    raw(c, "ALTER TABLE schema_migrations DROP COLUMN oldest").await;
    assert!(matches!(migrate::status(&c.url).await, Err(MigrateError::Newer(9999, _))));
    raw(c, "DELETE FROM schema_migrations WHERE number = 9999").await;
    migrate(c, true).await.unwrap();
    raw(c, "INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 0)").await;
    // One that only expands leaves a database on which this program, the older one, can run.
    raw(c, "UPDATE schema_migrations SET oldest = 0 WHERE number = 9999").await;
    c.connect(1).await.expect("an older program").close().await;
    assert_eq!(migrate(c, true).await.unwrap(), Vec::<String>::new());
    assert!(matches!(migrate(c, false).await, Err(MigrateError::Newer(9999, _))), "not by this program");
    let last = migrate::status(&c.url).await.unwrap().pop().unwrap();
    assert!(last.number == 9999 && !last.is_known && last.applied.is_some());
    raw(c, "DELETE FROM schema_migrations WHERE number = 9999").await;
    c.store = c.connect(1).await.unwrap();
}

/// What is held up is said before it is, and nothing is changed by saying so. A table that somebody
/// reads for long is waited for without holding up everybody else.
pub async fn a_plan_is_told_first(c: &mut Context) {
    raw(c, "INSERT INTO blocks SELECT n, n + 1, 0 FROM generate_series(1, 20000) n; ANALYZE blocks").await;
    assert_eq!(migrate::plan(&c.url, None).await.unwrap(), "nothing to do\n");
    let steps = MIGRATIONS.len() - 8;
    let back = migrate::plan(&c.url, Some(steps)).await.unwrap();
    assert!(back.contains("0009 lives: taking it back"), "{back}");
    assert!(back.contains("blocks, about 20000 rows: ACCESS EXCLUSIVE, a moment: it and its rows"), "{back}");
    assert!(migrate::status(&c.url).await.unwrap().iter().all(|m| m.applied.is_some()));

    raw(c, "TRUNCATE blocks").await;
    migrate::down(&c.url, steps).await.unwrap();
    let forth = migrate::plan(&c.url, None).await.unwrap();
    assert!(forth.contains("0009 lives: changes what is there (blocks move"), "{forth}");
    assert!(forth.contains("0010 jobs: expands"), "{forth}");
    assert!(
        forth.contains("accounts, 0 rows: ACCESS EXCLUSIVE, a moment: reads and writes wait (ADD"),
        "{forth}"
    );
    assert!(forth.contains("ratings, 0 rows: SHARE, while all rows are read"), "{forth}");

    let (mut reader, connection) = tokio_postgres::connect(&c.url, tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let reads = reader.transaction().await.unwrap();
    reads.query("SELECT FROM accounts", &[]).await.unwrap();
    let url = c.url.clone();
    let up = tokio::spawn(async move { migrate::up(&url).await });
    // It comes to the table, and lets others have it again.
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'accounts'::regclass";
    for count in ["1", "0"] {
        let until = Instant::now() + PATIENCE;
        while raw(c, waits).await != [count] {
            assert!(Instant::now() < until, "{count} are to wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(!up.is_finished(), "it waits");
    reads.commit().await.unwrap();
    assert_eq!(up.await.unwrap().unwrap().len(), steps);
    drop(reader);
    driver.await.unwrap().unwrap();
    c.store = c.connect(1).await.unwrap();
}

/// The same comparison with PostgreSQL's own eyes; and migrating twice at once.
pub async fn pg_dump_agrees(server: &Postgres) {
    let (one, two) = (server.create("migrated"), server.create("read"));
    let (a, b) = tokio::join!(migrate::up(&one), migrate::up(&one));
    assert_eq!(a.unwrap().len() + b.unwrap().len(), MIGRATIONS.len(), "applied once");
    let _ = two;
    server.psql("read", SCHEMA);
    assert_eq!(server.dump_schema("migrated"), server.dump_schema("read"));
}

/// What counts on rows that are filled in batches is refused until they are; in a database without
/// such rows nothing has to be waited for.
pub async fn what_counts_on_a_backfill_waits_for_it(c: &mut Context) {
    let open = "SELECT count(*) FROM backfills WHERE ended IS NULL";
    assert_eq!(raw(c, open).await, ["0"], "it was made empty");
    let counts_on_it = Migration::of_files(
        "9998_counts_on_it",
        "-- needs the backfill companion_recall\nCREATE TABLE counts_on_it (x integer);",
        "DROP TABLE counts_on_it;",
    );
    let mut steps = MIGRATIONS.to_vec();
    steps.push(counts_on_it);
    raw(c, "UPDATE backfills SET ended = NULL, filled = 7").await;
    match migrate::up_of(&c.url, &steps).await {
        Err(MigrateError::Unfilled(9998, _, name)) => assert_eq!(name, "companion_recall"),
        other => panic!("{other:?}"),
    }
    assert_eq!(raw(c, "SELECT to_regclass('counts_on_it')").await, [""], "nothing was changed");
    let plan = migrate::plan(&c.url, None).await.unwrap();
    assert!(plan.contains("under way, in batches: companion_recall, 7 rows are filled"), "{plan}");
    let told = migrate::fillings(&c.url).await.unwrap();
    assert!(told.len() == 1 && told[0].rows == 7 && !told[0].is_over, "{told:?}");
    // A bot that runs would do this.
    c.store = c.connect(1).await.unwrap();
    assert_eq!(c.store.fill(Pace::Asked, |_| {}).await.unwrap(), 0);
    c.store.close().await;
    assert_eq!(raw(c, open).await, ["0"]);
    assert_eq!(migrate::up_of(&c.url, &steps).await.unwrap(), ["counts_on_it"]);
    raw(c, "DROP TABLE counts_on_it; DELETE FROM schema_migrations WHERE number = 9998").await;
    c.store = c.connect(1).await.unwrap();
}
