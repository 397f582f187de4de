//! Users' rows.

mod export;

use super::bots;
use super::codes::{self, AGES, GENDERS, LANGS, word};
use super::owed;
use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_actors::ports::{LivePair, Loaded};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::profile::{Interests, Wishes};
use nameless_domain::session::account::{Account, AdultConsent, Avoided, LastChat, Phase};
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "accounts",
    life: "until erased; the list of recent partners in it has 1,000 entries at most, each until `REPEAT_WINDOW` is over",
    ids: &["user_id", "phase", "last_chat", "avoid_users"],
    words: &["lang", "gender", "age"],
    other: &["created", "adult_at", "avoid_until", "avoid_next", "applied", "exported", "letter"],
    stays: &[
        ("phase", "a partner's row, until their session hears that the chat is over"),
        ("last_chat", "a partner's row, until their next chat ends: they may still rate and report it"),
        ("avoid_users", "recent partners' rows, until `REPEAT_WINDOW` is over"),
    ],
    export: Export::Section("account", |conn, _, user| Box::pin(export::read(conn, user))),
    erasure: Erasure::Steps(&[Step::at(Stage::Account, "DELETE FROM accounts WHERE user_id = $1")]),
    // Entries of the list of recent partners; the row itself has no end.
    expiry: Expiry::Rows {
        before: |lives| lives.now,
        sql: "UPDATE accounts AS a SET (avoid_users, avoid_until, avoid_next) = (
                SELECT coalesce(array_agg(u.who ORDER BY u.n), '{}'),
                       coalesce(array_agg(u.till ORDER BY u.n), '{}'),
                       min(u.till) FILTER (WHERE u.till < 9223372036854775807)
                FROM unnest(a.avoid_users, a.avoid_until) WITH ORDINALITY AS u (who, till, n)
                WHERE u.till > $1)
            WHERE a.user_id IN (
                SELECT user_id FROM accounts WHERE avoid_next <= $1
                ORDER BY avoid_next LIMIT $2 FOR UPDATE SKIP LOCKED)",
    },
}];

/// Several users at once, each with its place in what was asked.
const LOAD: &str = "\
    SELECT asked.place, a.*, p.pair_id, p.a AS member_a, p.b AS member_b, p.opened, p.bot_a, p.bot_b,
        ARRAY(SELECT b.blocked FROM blocks b WHERE b.user_id = a.user_id ORDER BY b.blocked) AS blocked,
        ARRAY(SELECT o.line FROM owed_lines o WHERE o.user_id = a.user_id) AS owed,
        ARRAY(SELECT o.life FROM owed_lines o WHERE o.user_id = a.user_id) AS owed_by
    FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (user_id, place)
    JOIN accounts a ON a.user_id = asked.user_id
    LEFT JOIN active_pair_member m ON m.user_id = a.user_id
    LEFT JOIN pairs p ON p.pair_id = m.pair_id";

/// The guard on `applied` keeps an older row, delivered late, from undoing a newer one.
const UPSERT: &str = "\
    INSERT INTO accounts AS old (
        user_id, created, lang, adult_at, adult_version, gender, age, interests, wish_genders, wish_ages,
        wish_langs, wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase,
        last_chat, avoid_users, avoid_until, avoid_next, applied, exported, nude_photos, bot, letter)
    SELECT
        n.user_id, n.created, n.lang, n.adult_at, n.adult_version, n.gender, n.age, n.interests,
        n.wish_genders, n.wish_ages, n.wish_langs, n.flags & 1 <> 0, n.flags & 2 <> 0, n.flags & 4 <> 0,
        n.flags & 8 <> 0, n.flags & 16 <> 0, n.phase, n.last_chat,
        ($18::bigint[])[n.avoid_from : n.avoid_to], ($19::bigint[])[n.avoid_from : n.avoid_to],
        n.avoid_next, n.applied, n.exported, n.flags & 32 <> 0,
        (n.flags >> 8)::smallint, n.letter
    FROM unnest(
        $1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::integer[], $6::text[], $7::text[],
        $8::integer[], $9::smallint[], $10::smallint[], $11::smallint[], $12::integer[], $13::jsonb[],
        $14::jsonb[], $15::integer[], $16::integer[], $17::bigint[], $20::bigint[], $21::bigint[], $22::bigint[]
    ) AS n (
        user_id, created, lang, adult_at, adult_version, gender, age, interests, wish_genders, wish_ages,
        wish_langs, flags, phase, last_chat, avoid_from, avoid_to, avoid_next, applied, exported,
        letter)
    ON CONFLICT (user_id) DO UPDATE SET
        created = excluded.created, lang = excluded.lang, adult_at = excluded.adult_at,
        adult_version = excluded.adult_version, gender = excluded.gender, age = excluded.age,
        interests = excluded.interests, wish_genders = excluded.wish_genders, wish_ages = excluded.wish_ages,
        wish_langs = excluded.wish_langs, wish_shared_interest = excluded.wish_shared_interest,
        confirm_end = excluded.confirm_end, warned_voice = excluded.warned_voice,
        warned_file = excluded.warned_file, blocked_bot = excluded.blocked_bot, phase = excluded.phase,
        last_chat = excluded.last_chat, avoid_users = excluded.avoid_users,
        avoid_until = excluded.avoid_until, avoid_next = excluded.avoid_next, applied = excluded.applied,
        exported = excluded.exported, nude_photos = excluded.nude_photos, bot = excluded.bot,
        letter = excluded.letter
    WHERE excluded.applied >= old.applied";

/// The accounts of a batch: the newest of each user, which is the last of those with the highest
/// `applied`.
#[derive(Default)]
pub(crate) struct Accounts<'a>(FxHashMap<UserId, &'a Account>);

impl<'a> Accounts<'a> {
    /// Adds one, later in the batch than those before it.
    pub(crate) fn add(&mut self, account: &'a Account) {
        match self.0.get(&account.user) {
            Some(kept) if kept.applied > account.applied => {}
            _ => {
                self.0.insert(account.user, account);
            }
        }
    }

    /// Writes them all.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut accounts: Vec<&Account> = self.0.into_values().collect();
        // Two writers lock rows in the same order, so they cannot deadlock.
        accounts.sort_unstable_by_key(|a| a.user);
        let columns = Columns::of(&accounts)?;
        columns.write(conn).await
    }
}

/// One array per column. The lists of avoided people are laid end to end, `from` and `to` (from 1,
/// both inclusive) say which part is whose.
#[derive(Default)]
struct Columns<'a> {
    user: Vec<i64>,
    created: Vec<i64>,
    lang: Vec<&'static str>,
    adult_at: Vec<Option<i64>>,
    adult_version: Vec<Option<i32>>,
    gender: Vec<Option<&'static str>>,
    age: Vec<Option<&'static str>>,
    interests: Vec<i32>,
    genders: Vec<i16>,
    ages: Vec<i16>,
    langs: Vec<i16>,
    flags: Vec<i32>,
    phase: Vec<Json<&'a Phase>>,
    last_chat: Vec<Option<Json<&'a LastChat>>>,
    avoid_users: Vec<i64>,
    avoid_until: Vec<i64>,
    avoid_from: Vec<i32>,
    avoid_to: Vec<i32>,
    avoid_next: Vec<Option<i64>>,
    applied: Vec<i64>,
    exported: Vec<Option<i64>>,
    letter: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn of(accounts: &[&'a Account]) -> Result<Columns<'a>, Fault> {
        let mut c = Columns::default();
        for a in accounts {
            c.user.push(a.user.0);
            c.created.push(a.created.0);
            c.lang.push(word(LANGS, a.lang));
            c.adult_at.push(a.adult.map(|x| x.at.0));
            c.adult_version.push(a.adult.map(|x| x.version));
            c.gender.push(a.gender.map(|x| word(GENDERS, x)));
            c.age.push(a.age.map(|x| word(AGES, x)));
            c.interests.push(a.interests.0.into());
            c.genders.push(a.wishes.genders.into());
            c.ages.push(a.wishes.ages.into());
            c.langs.push(a.wishes.langs.into());
            let (shared, nude) = (a.wishes.shared_interest, a.nude_photos);
            let flags = [shared, a.confirm_end, a.warned_voice, a.warned_file, a.blocked_bot, nude];
            let flags = flags.iter().rev().fold(0, |bits, flag| bits << 1 | i32::from(*flag));
            // The bot's place stands above them.
            c.flags.push(flags | i32::from(a.bot.0) << 8);
            c.phase.push(Json(&a.phase));
            c.last_chat.push(a.last_chat.as_ref().map(Json));
            c.avoid_from.push(c.avoid_users.len() as i32 + 1);
            c.avoid_users.extend(a.avoid.iter().map(|x| x.user.0));
            c.avoid_until.extend(a.avoid.iter().map(|x| x.until.0));
            c.avoid_to.push(c.avoid_users.len() as i32);
            let ends = a.avoid.iter().map(|x| x.until).filter(|until| *until != Millis::NEVER);
            c.avoid_next.push(ends.min().map(|until| until.0));
            c.applied.push(seq_number(a.applied)?);
            c.exported.push(a.exported.map(|at| at.0));
            c.letter.push(a.letter.map(|to| to.0.cast_signed()));
        }
        Ok(c)
    }

    async fn write(&self, conn: &mut Conn) -> Result<(), Fault> {
        conn.execute(
            UPSERT,
            &[
                &self.user,
                &self.created,
                &self.lang,
                &self.adult_at,
                &self.adult_version,
                &self.gender,
                &self.age,
                &self.interests,
                &self.genders,
                &self.ages,
                &self.langs,
                &self.flags,
                &self.phase,
                &self.last_chat,
                &self.avoid_from,
                &self.avoid_to,
                &self.avoid_next,
                &self.avoid_users,
                &self.avoid_until,
                &self.applied,
                &self.exported,
                &self.letter,
            ],
        )
        .await?;
        Ok(())
    }
}

/// These users' rows and live pairs, in this order.
pub(crate) async fn load(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Option<Loaded>>, Fault> {
    let asked: Vec<i64> = users.iter().map(|user| user.0).collect();
    let mut found = Vec::new();
    found.resize_with(users.len(), || None);
    for row in conn.query(LOAD, &[&asked]).await? {
        *place(&row, &mut found)? = Some(loaded(&row)?);
    }
    Ok(found)
}

/// Where a row's answer belongs: its column `place` counts from 1 what was asked.
pub(crate) fn place<'a, T>(row: &Row, answers: &'a mut [T]) -> Result<&'a mut T, Fault> {
    let place: i64 = row.try_get("place")?;
    let place = usize::try_from(place - 1).ok().and_then(|n| answers.get_mut(n));
    place.ok_or_else(|| Fault::Corrupt("an answer to nothing that was asked".into()))
}

fn loaded(row: &Row) -> Result<Loaded, Fault> {
    let live = row.try_get::<_, Option<i64>>("pair_id")?.map(PairId);
    let live = match live {
        None => None,
        Some(pair) => Some(LivePair {
            pair,
            members: [UserId(row.try_get("member_a")?), UserId(row.try_get("member_b")?)],
            bots: [bots::place(row.try_get("bot_a")?)?, bots::place(row.try_get("bot_b")?)?],
            opened: Millis(row.try_get("opened")?),
        }),
    };
    let owed = owed::from_columns(row.try_get("owed")?, row.try_get("owed_by")?)?;
    Ok(Loaded { account: from_row(row)?, live, owed, standing: None })
}

fn from_row(row: &Row) -> Result<Account, Fault> {
    let word_of = |column| row.try_get::<_, Option<&str>>(column);
    let mask = |column| {
        let bits: i16 = row.try_get(column)?;
        u8::try_from(bits).map_err(|_| Fault::Corrupt(format!("{column} is not a mask of 8 bits")))
    };
    let adult_at: Option<i64> = row.try_get("adult_at")?;
    let adult_version: Option<i32> = row.try_get("adult_version")?;
    let interests: i32 = row.try_get("interests")?;
    let applied: i64 = row.try_get("applied")?;
    let users: Vec<i64> = row.try_get("avoid_users")?;
    let until: Vec<i64> = row.try_get("avoid_until")?;
    Ok(Account {
        user: UserId(row.try_get("user_id")?),
        created: Millis(row.try_get("created")?),
        lang: codes::value(LANGS, row.try_get("lang")?)?,
        adult: adult_at.zip(adult_version).map(|(at, version)| AdultConsent { at: Millis(at), version }),
        gender: word_of("gender")?.map(|w| codes::value(GENDERS, w)).transpose()?,
        age: word_of("age")?.map(|w| codes::value(AGES, w)).transpose()?,
        interests: Interests(
            u16::try_from(interests).map_err(|_| Fault::Corrupt("interests are not 16 bits".into()))?,
        ),
        wishes: Wishes {
            genders: mask("wish_genders")?,
            ages: mask("wish_ages")?,
            langs: mask("wish_langs")?,
            shared_interest: row.try_get("wish_shared_interest")?,
        },
        confirm_end: row.try_get("confirm_end")?,
        warned_voice: row.try_get("warned_voice")?,
        warned_file: row.try_get("warned_file")?,
        nude_photos: row.try_get("nude_photos")?,
        blocked_bot: row.try_get("blocked_bot")?,
        bot: bots::place(row.try_get("bot")?)?,
        phase: row.try_get::<_, Json<Phase>>("phase")?.0,
        letter: row.try_get::<_, Option<i64>>("letter")?.map(|to| Token(to.cast_unsigned())),
        last_chat: row.try_get::<_, Option<Json<LastChat>>>("last_chat")?.map(|json| json.0),
        avoid: users
            .into_iter()
            .zip(until)
            .map(|(user, until)| Avoided { user: UserId(user), until: Millis(until) })
            .collect(),
        blocked: row.try_get::<_, Vec<i64>>("blocked")?.into_iter().map(UserId).collect(),
        exported: row.try_get::<_, Option<i64>>("exported")?.map(Millis),
        applied: Seq(applied as u64),
    })
}

/// A journal position as stored.
pub(crate) fn seq_number(seq: Seq) -> Result<i64, Fault> {
    i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a journal position beyond 63 bits".into()))
}
