//! People written into the database as they would be after onboarding, all at once by SQL.

use super::ledger::FIRST_ID;
use crate::clock::SystemClock;
use crate::postgres::PrivateCluster;
use crate::store::migrate;
use anyhow::Context as _;
use nameless_actors::ports::Clock as _;
use nameless_domain::profile::Wishes;
use nameless_domain::session::account::ADULT_TEXT_VERSION;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::path::Path;

/// Brings a database up to date and puts `users` people into it, the first two in a chat with each
/// other, the next two, and so on. `url`: a server; none: the private cluster under `data_dir`.
pub async fn fill(url: Option<&str>, data_dir: &Path, users: u32) -> anyhow::Result<()> {
    let Some(url) = url else { return fill_private(data_dir, users).await };
    migrate::up(url).await.context("the schema cannot be made")?;
    insert(url, users).await
}

async fn fill_private(data_dir: &Path, users: u32) -> anyhow::Result<()> {
    let folder = data_dir.to_owned();
    let cluster = tokio::task::spawn_blocking(move || PrivateCluster::start(&folder, None, 1)).await??;
    let url = cluster.url().to_owned();
    let done = async {
        migrate::up(&url).await.context("the schema cannot be made")?;
        insert(&url, users).await
    }
    .await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    done
}

async fn insert(url: &str, users: u32) -> anyhow::Result<()> {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.context("no connection")?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(&statements(users, SystemClock.now())).await;
    drop(client);
    let _ = connection.await;
    done.context("people cannot be put into the database")
}

/// Numbers only: nothing here could be anything else than SQL.
fn statements(users: u32, now: Millis) -> String {
    let (now, chats, lang) = (now.0, users / 2, 1 << Lang::En as u8);
    let (genders, ages) = (Wishes::ANY_GENDER, Wishes::ANY_AGE);
    format!(
        "BEGIN;
        INSERT INTO accounts (
            user_id, created, lang, adult_at, adult_version, gender, age, interests, wish_genders, wish_ages,
            wish_langs, wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase,
            avoid_users, avoid_until, applied)
        SELECT {FIRST_ID} + n, {now}, 'en', {now}, {ADULT_TEXT_VERSION}, 'other', 'from18', 0, {genders}, {ages},
            {lang}, false, false, true, true, false,
            CASE WHEN n < 2 * {chats} THEN jsonb_build_object(
                'at', 'chatting', 'pair', n / 2 + 1, 'partner', {FIRST_ID} + (n # 1), 'since', {now}, 'after', 0)
            ELSE jsonb_build_object('at', 'idle') END,
            '{{}}', '{{}}', 0
        FROM generate_series(0::bigint, {users}::bigint - 1) AS n;
        INSERT INTO pairs (pair_id, a, b, opened) OVERRIDING SYSTEM VALUE
        SELECT n + 1, {FIRST_ID} + 2 * n, {FIRST_ID} + 2 * n + 1, {now}
        FROM generate_series(0::bigint, {chats}::bigint - 1) AS n;
        SELECT setval(pg_get_serial_sequence('pairs', 'pair_id'), {chats} + 1);
        INSERT INTO active_pair_member (user_id, pair_id, side)
        SELECT {FIRST_ID} + n, n / 2 + 1, n % 2 FROM generate_series(0::bigint, 2 * {chats}::bigint - 1) AS n;
        COMMIT;
        ANALYZE accounts, pairs, active_pair_member;"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::{PairId, Seq, UserId};
    use nameless_domain::session::account::Phase;

    #[test]
    fn the_phase_is_written_as_the_store_reads_it() {
        let phase = Phase::Chatting { pair: PairId(1), partner: UserId(2), since: Millis(3), after: Seq(0) };
        let written = serde_json::json!({"at": "chatting", "pair": 1, "partner": 2, "since": 3, "after": 0});
        assert_eq!(serde_json::to_value(phase).unwrap(), written);
        assert_eq!(serde_json::to_value(Phase::Idle).unwrap(), serde_json::json!({"at": "idle"}));
    }
}
