//! Users and pairs in PostgreSQL.

use crate::settings::NAME;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{FromRow, PgPool};

/// Somebody who has written to the bot, with what they have answered so far.
#[derive(FromRow)]
pub struct User {
    /// Telegram's id, also that of the chat.
    pub id: i64,
    adult: Option<String>,
    /// `en` or `ru`.
    pub language: Option<String>,
    /// `f`, `m`, `o`.
    pub gender: Option<String>,
    age: Option<String>,
    /// `any`, `f`, `m`.
    pub wish: Option<String>,
}

impl User {
    /// The first of `questions` that is not answered.
    pub fn next_question<'a>(&self, questions: &'a [String]) -> Option<&'a str> {
        let unknown = |name: &&String| match name.as_str() {
            "adult" => self.adult.is_none(),
            "language" => self.language.is_none(),
            "gender" => self.gender.is_none(),
            "age" => self.age.is_none(),
            "wish" => self.wish.is_none(),
            _ => false,
        };
        questions.iter().find(unknown).map(String::as_str)
    }
}

/// A live chat from one side.
#[derive(FromRow, Clone, Copy)]
pub struct Pair {
    /// The pair's id.
    pub id: i64,
    /// The other side.
    pub partner: i64,
}

/// The tables.
#[derive(Clone)]
pub struct Users(PgPool);

type Result<T> = std::result::Result<T, sqlx::Error>;

impl Users {
    /// A pool whose connections see the bot's own schema, with its tables in it.
    pub async fn connect(url: &str) -> Result<Users> {
        let options = url.parse::<PgConnectOptions>()?.options([("search_path", NAME)]);
        let pool = PgPoolOptions::new().connect_with(options).await?;
        sqlx::raw_sql(&format!("CREATE SCHEMA IF NOT EXISTS {NAME}")).execute(&pool).await?;
        sqlx::raw_sql(include_str!("../../common/schema.sql")).execute(&pool).await?;
        Ok(Users(pool))
    }

    /// Known from now on.
    pub async fn get_or_create(&self, id: i64) -> Result<User> {
        let insert = "INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING";
        sqlx::query(insert).bind(id).execute(&self.0).await?;
        let select = "SELECT id, adult, language, gender, age, wish FROM users WHERE id = $1";
        sqlx::query_as(select).bind(id).fetch_one(&self.0).await
    }

    /// What they are spoken to in.
    pub async fn language(&self, id: i64) -> Result<Option<String>> {
        let found = sqlx::query_scalar("SELECT language FROM users WHERE id = $1");
        Ok(found.bind(id).fetch_optional(&self.0).await?.flatten())
    }

    /// Notes an answer. `question` is one of the texts' questions: the caller has checked it.
    pub async fn answer(&self, id: i64, question: &str, value: &str) -> Result<Option<User>> {
        let update = format!(
            "UPDATE users SET {question} = $2 WHERE id = $1 RETURNING id, adult, language, gender, age, wish"
        );
        sqlx::query_as(&update).bind(id).bind(value).fetch_optional(&self.0).await
    }

    /// The chat that the user is in.
    pub async fn pair_of(&self, id: i64) -> Result<Option<Pair>> {
        let select = "SELECT pair_id AS id, partner_id AS partner FROM members WHERE user_id = $1";
        sqlx::query_as(select).bind(id).fetch_optional(&self.0).await
    }

    /// All live chats: user, pair, partner.
    pub async fn live_pairs(&self) -> Result<Vec<(i64, i64, i64)>> {
        sqlx::query_as("SELECT user_id, pair_id, partner_id FROM members").fetch_all(&self.0).await
    }

    /// The pair's id; none if one of them is in a chat already.
    pub async fn open_pair(&self, first: i64, second: i64) -> Result<Option<i64>> {
        let opened = sqlx::query_scalar(
            "WITH pair AS (INSERT INTO pairs (first_id, second_id) VALUES ($1, $2) RETURNING id)
             INSERT INTO members (user_id, partner_id, pair_id)
             SELECT $1::bigint, $2::bigint, id FROM pair UNION ALL SELECT $2, $1, id FROM pair
             RETURNING pair_id",
        );
        match opened.bind(first).bind(second).fetch_one(&self.0).await {
            Ok(id) => Ok(Some(id)),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The pair that has ended by this; none if there was none.
    pub async fn end_pair(&self, id: i64) -> Result<Option<Pair>> {
        let ended = sqlx::query_as(
            "WITH gone AS (
                 DELETE FROM members WHERE pair_id = (SELECT pair_id FROM members WHERE user_id = $1)
                 RETURNING user_id, partner_id, pair_id),
             ended AS (UPDATE pairs SET ended_at = now() WHERE id IN (SELECT pair_id FROM gone))
             SELECT pair_id AS id, partner_id AS partner FROM gone WHERE user_id = $1",
        );
        ended.bind(id).fetch_optional(&self.0).await
    }
}
