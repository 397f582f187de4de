//! What the tables hold of people, as PostgreSQL sees it, against what is declared of it (I14): a
//! column that nobody thought of fails here, and so does an erasure that leaves what is not
//! declared to stay.

use super::admin::{ban, order};
use super::context::{Context, NOW, account, history};
use super::review::reported;
use nameless::cluster::partition::Partition;
use nameless::store::inbox::{InboxBatch, InboxEntry};
use nameless::store::{Table, tables};
use nameless_actors::ports::{CopyStore, MapRow, Owed, Write};
use nameless_domain::capabilities::admin::{BanKind, Term};
use nameless_domain::capabilities::faceguard::{Hash, Seen, Verdict};
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::{Avoided, LastChat, Phase};
use nameless_domain::session::notice::Notice;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Columns of every table that is no partition, but the migrations' own: table, column, type.
const COLUMNS: &str = "
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'schema_migrations'
    ORDER BY 1, 2";

/// Types that hold neither an id nor words.
const SMALL: [&str; 4] = ["boolean", "smallint", "integer", "timestamp with time zone"];

struct Column {
    table: String,
    name: String,
    kind: String,
}

async fn columns(c: &mut Context) -> Vec<Column> {
    let column = |line: String| {
        let mut parts = line.splitn(3, '|').map(str::to_owned);
        let mut next = || parts.next().expect("three columns");
        Column { table: next(), name: next(), kind: next() }
    };
    c.sql(COLUMNS).await.into_iter().map(column).collect()
}

/// Guard: the declarations of `src/store/aggregates` and of the capabilities.
pub async fn every_column_is_declared(c: &mut Context) {
    let columns = columns(c).await;
    let there: BTreeSet<(&str, &str)> = columns.iter().map(|c| (&*c.table, &*c.name)).collect();
    let mut declared = BTreeSet::new();
    for table in tables() {
        for column in table.ids.iter().chain(table.words).chain(table.other) {
            let key = (table.name, *column);
            assert!(declared.insert(key), "{}.{column} is declared twice", table.name);
            assert!(there.contains(&key), "{}.{column} is declared, and not in the schema", table.name);
        }
    }
    for Column { table, name, kind } in &columns {
        assert!(
            SMALL.contains(&&**kind) || declared.contains(&(&**table, &**name)),
            "{table}.{name} ({kind}) may hold a user's id or words: its table's declaration has to say which of the two, \
             and how that is exported, erased and expires"
        );
    }
}

/// Whose erasure it is: a number that stands nowhere by chance.
const USER: i64 = 7_300_123_456_789;
const PARTNER: i64 = 7_300_987_654_321;
/// Somebody else, whom only a profile of the user's concerns.
const OTHER: i64 = 7_300_000_000_001;

/// Guard: each table's `erasure`. Tables that the core's own writes do not reach are filled by what
/// the schema says of them, so a capability's need nothing here.
pub async fn an_erasure_leaves_only_what_is_declared(c: &mut Context) {
    c.clear().await;
    let columns = columns(c).await;
    the_partner(c).await;
    c.write(vec![Write::Account(Box::new(account(OTHER, 1)))]).await;
    let words_before = words(c).await;

    the_user(c).await;
    let named = naming(c, &columns).await;
    for table in tables() {
        if plain_ids(table, &columns).any(|column| !named.contains(&column)) {
            fill(c, table).await;
        }
    }
    // What tells others names the user, too.
    c.sql(&format!(
        "UPDATE dating_pairs SET matches = 1;
        INSERT INTO jobs (key, lane, user_id, priority, place, expires)
        VALUES ('dating:match:{USER}:{PARTNER}:1:1:1', 'dating_tell', {PARTNER}, 0, 0, now()),
            ('dating:wanted:{USER}:{OTHER}:1', 'dating_tell', {OTHER}, 0, 0, now())"
    ))
    .await;
    let named = naming(c, &columns).await;
    for table in tables() {
        for column in plain_ids(table, &columns) {
            assert!(
                named.contains(&column),
                "the test has to fill {column}, so that an erasure has something to do"
            );
        }
    }
    assert_eq!(empty_words(c).await, Vec::<String>::new(), "the test has to fill these");

    c.write(vec![Write::Erase { user: UserId(USER) }]).await;
    let left = naming(c, &columns).await;
    let declared: BTreeSet<String> = tables()
        .flat_map(|table| {
            plain_ids(table, &columns).filter(|c| table.stays.iter().any(|(s, _)| *c == of(table, s)))
        })
        .collect();
    assert_eq!(left, declared, "columns that name somebody who has erased themselves, and those declared to");
    assert_eq!(words(c).await, words_before, "what somebody wrote or chose, and is gone");
    let closed = format!("SELECT count(*) FROM reports WHERE reported = {USER} AND status = 'closed'");
    assert_eq!(c.sql(&closed).await, ["0"], "only open reports stay");
    c.clear().await;
}

/// At least one row in every table that is not left to others (see `backup::LEFT_OUT`).
pub async fn fill_every_table(c: &mut Context) {
    the_partner(c).await;
    c.write(vec![Write::Account(Box::new(account(OTHER, 1)))]).await;
    the_user(c).await;
    // Somebody who is gone.
    c.write(vec![Write::Account(Box::new(account(OTHER + 1, 1))), Write::Erase { user: UserId(OTHER + 1) }])
        .await;
    // By itself: nothing but so many bits is let in.
    c.sql("INSERT INTO inbox_seen (block, bits) VALUES (1, decode(repeat('01', 512), 'hex'))").await;
    for table in tables() {
        let is_empty = c.sql(&format!("SELECT NOT EXISTS (SELECT FROM {})", table.name)).await == ["t"];
        if is_empty {
            fill(c, table).await;
        }
    }
}

fn of(table: &Table, column: &str) -> String {
    format!("{}.{column}", table.name)
}

/// Columns in which an id stands as it is; a hash cannot be searched for.
fn plain_ids(table: &'static Table, columns: &[Column]) -> impl Iterator<Item = String> {
    let is_hash =
        |id: &str| columns.iter().any(|c| c.table == table.name && c.name == id && c.kind == "bytea");
    let ids: Vec<String> = table.ids.iter().filter(|id| !is_hash(id)).map(|id| of(table, id)).collect();
    ids.into_iter()
}

/// Every column of the schema in which the user's id stands, as digits or as bytes.
async fn naming(c: &mut Context, columns: &[Column]) -> BTreeSet<String> {
    let bytes = |hex: String| format!("position('\\x{hex}'::bytea IN {{}}) > 0");
    let digits: String = USER.to_string().bytes().map(|b| format!("{b:02x}")).collect();
    let in_bytes =
        [bytes(digits), bytes(format!("{USER:016x}")), bytes(format!("{:016x}", USER.swap_bytes()))]
            .join(" OR ");
    let look = |Column { table, name, kind }: &Column| {
        let has = match &**kind {
            "bytea" => in_bytes.replace("{}", name),
            _ => format!("{name}::text LIKE '%{USER}%'"),
        };
        format!("SELECT '{table}.{name}' WHERE EXISTS (SELECT FROM {table} WHERE {has})")
    };
    let query: Vec<String> = columns.iter().map(look).collect();
    c.sql(&query.join(" UNION ALL ")).await.into_iter().collect()
}

/// One statement about each column of words.
async fn of_words(c: &mut Context, what: impl Fn(&Table, &str) -> Option<String>) -> Vec<String> {
    let each = tables().flat_map(|table| table.words.iter().filter_map(|word| what(table, word)));
    let query: Vec<String> = each.collect();
    c.sql(&format!("{} ORDER BY 1", query.join(" UNION ALL "))).await
}

/// All words that do not stay.
async fn words(c: &mut Context) -> Vec<String> {
    of_words(c, |table, word| {
        let stays = table.stays.iter().any(|(column, _)| *column == word);
        let name = table.name;
        (!stays)
            .then(|| format!("SELECT '{name}.{word} ' || {word}::text FROM {name} WHERE {word} IS NOT NULL"))
    })
    .await
}

/// Columns of words in which there are none.
async fn empty_words(c: &mut Context) -> Vec<String> {
    of_words(c, |table, word| {
        let name = table.name;
        Some(format!("SELECT '{name}.{word}' WHERE NOT EXISTS (SELECT FROM {name} WHERE {word} IS NOT NULL)"))
    })
    .await
}

/// Somebody who met the user, and says nothing.
async fn the_partner(c: &Context) {
    let mut partner = account(PARTNER, 1);
    let (pair, user) = (PairId(1), UserId(USER));
    partner.phase = Phase::Chatting { pair, partner: user, since: NOW, after: Seq(0) };
    partner.last_chat = Some(LastChat { pair, partner: user, ended: NOW, rated: false, reported: false });
    partner.avoid = vec![Avoided { user, until: NOW }];
    c.write(vec![Write::Account(Box::new(partner))]).await;
}

/// All that the core keeps of somebody.
async fn the_user(c: &mut Context) {
    let (user, partner) = (UserId(USER), UserId(PARTNER));
    let over = c.open(USER, PARTNER, NOW).await;
    c.write(vec![
        history(over, Side::A, USER, 1, NOW, "of a chat that is over"),
        Write::EndPair { pair: over, at: NOW.plus(1), cause: EndCause::Next },
        reported(over, PARTNER, USER),
    ])
    .await;
    c.sql("UPDATE reports SET status = 'closed'").await;
    let live = c.open(PARTNER, USER, NOW.plus(2)).await;
    let rows = vec![MapRow { from: Side::B, source: MessageId(1), copy: MessageId(2) }];
    c.write(vec![
        Write::Account(Box::new(account(USER, 1))),
        history(live, Side::B, USER, 1, NOW.plus(3), "of one that goes on"),
        Write::Mapped { pair: live, at: NOW, rows },
        Write::Rated { pair: live, by: user, of: partner, up: true, at: NOW },
        Write::Rated { pair: live, by: partner, of: user, up: true, at: NOW },
        reported(live, USER, PARTNER),
        reported(live, PARTNER, USER),
        Write::Blocked { by: user, of: partner, at: NOW },
        Write::Blocked { by: partner, of: user, at: NOW },
        Write::Owed { user, owed: Owed { notice: Notice::GaveUp, life: 7 } },
        Write::DeadLetter {
            seq: Seq(60),
            update_id: 1,
            user,
            at: NOW,
            error: "panicked".into(),
            raw: format!("{{\"from\":{USER}}}").into(),
        },
    ])
    .await;
    // By themselves: what an operator did names them, too.
    let ban = order(&USER.to_string(), ban(USER, BanKind::Ban, Term::Forever));
    c.store.carry_out(ban).await.expect("an answer").expect("done");
    c.store.appeal(user, Seq(62), "it was my brother".into()).await.expect("kept");
    c.store.keep_copy(1, "AgADoriginal".into(), "CAAChandle".into()).await.expect("kept");
    let hash = Hash([1; 32]);
    let seen = Seen { verdict: Verdict::APPROVED, hash: Some(hash) };
    c.store.keep_photo("AQADoriginal".into(), seen, 2).await.expect("kept");
    c.store.ban_photo(hash, "an ad".into()).await.expect("banned");
    c.sql("INSERT INTO allowed_photos (hash, at) VALUES (decode(repeat('02', 32), 'hex'), 1)").await;
    loop {
        let reports = c.store.unsearched_reports().await.expect("read");
        if reports.is_empty() {
            break;
        }
        for of in reports {
            let pictures = (of.reported == user).then(|| ("AQADheld".to_owned(), vec![1], None)).into_iter();
            c.store.keep_report_photos(of, pictures.collect()).await.expect("kept");
        }
    }
    // What the models and an operator said of a picture.
    c.sql("UPDATE held_photos SET hash = '\\x01', ruling = 'reject'").await;
    dating(c).await;
    let raw = format!("{{\"from\":{USER}}}").into();
    let entry = InboxEntry { update_id: 61, partition: Partition(1), seq: Seq(61), raw };
    let batch = InboxBatch { entries: vec![entry], ..InboxBatch::default() };
    c.store.write_inbox(Arc::new(batch), Duration::from_secs(10)).await.expect("written");
}

/// A profile, and two who do not want to meet the user: on either side of the row.
async fn dating(c: &mut Context) {
    c.sql(&format!(
        "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
            interests, goal, sealed, photo, preview, echo, asked, since, active, wants, offers)
        VALUES ({USER}, 'shown', '1990-01-01', 1, 1, 18, 99, 4, 1, 1, 1, 'x', 'x', 'x', 'x', 1, 1, 1, '{{1}}', '{{1}}');
        INSERT INTO dating_photos (user_id, photo, place, sealed, preview, seen, added, look_at)
        VALUES ({USER}, 1, 0, 'x', 'x', 'face', 1, 1);
        INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, lo_blocked, hi_blocked, changed)
        VALUES ({USER}, {PARTNER}, 'like', 1, 'pass', 1, true, true, 1),
            ({OTHER}, {USER}, 'like', 1, 'pass', 1, true, false, 1)"
    ))
    .await;
}

/// Columns of a table that a row has to have, or that are declared to be about people: name, type,
/// the first word that a check lets in.
const REQUIRED: &str = "
    SELECT a.attname, format_type(a.atttypid, NULL),
        (SELECT (regexp_match(pg_get_constraintdef(k.oid), '''([^'']*)'''))[1] FROM pg_constraint k
         WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum])
    FROM pg_attribute a
    WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
      AND (a.attnotnull AND NOT a.atthasdef OR a.attname = ANY('{people}'))
    ORDER BY a.attnum";

/// A row about the user, of what the schema lets in.
async fn fill(c: &mut Context, table: &Table) {
    let people: Vec<&str> = table.ids.iter().chain(table.words).copied().collect();
    let query =
        REQUIRED.replace("{table}", table.name).replace("{people}", &format!("{{{}}}", people.join(",")));
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for line in c.sql(&query).await {
        let parts: Vec<&str> = line.splitn(3, '|').collect();
        let [name, kind, word] = parts[..] else { panic!("{line}") };
        let is_id = table.ids.contains(&name);
        values.push(match kind {
            "bigint" | "numeric" if is_id => USER.to_string(),
            "bigint[]" if is_id => format!("'{{{USER}}}'"),
            "jsonb" if is_id => format!("'{{\"user\":{USER}}}'"),
            "text" if is_id => format!("'{USER}'"),
            "bigint" | "integer" | "smallint" | "numeric" => "1".to_owned(),
            "boolean" => "true".to_owned(),
            "bytea" => "'\\x01'".to_owned(),
            "jsonb" => "'{}'".to_owned(),
            "text" => format!("'{}'", if word == "null" { "words" } else { word }),
            "timestamp with time zone" => "now()".to_owned(),
            list if list.ends_with("[]") => "'{}'".to_owned(),
            _ => panic!("the test does not know what to put into {}.{name} ({kind})", table.name),
        });
        names.push(name.to_owned());
    }
    let (name, names, values) = (table.name, names.join(", "), values.join(", "));
    c.sql(&format!("INSERT INTO {name} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING")).await;
}
