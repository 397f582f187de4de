//! The operator's bots: which place each has, for ever, which of them share their people, and at
//! which of them people are.

use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::table::{Erasure, Expiry, Export, Table};
use crate::telegram::Client;
use nameless_actors::kernel::lock;
use nameless_actors::ports::StoreError;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, ChatId, CrowdId, UserId};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "bots",
    life: "for ever, one row a bot",
    ids: &[],
    words: &[],
    other: &["bot_id"],
    stays: &[],
    export: Export::No("it is about bots"),
    erasure: Erasure::No("it is about bots"),
    expiry: Expiry::No("nothing"),
}];

/// Two processes that start would choose the same place.
const ONE_AT_A_TIME: &str = "SELECT 1 FROM pg_advisory_xact_lock(5642809, 5)";

/// A bot that is not in the list is put behind the others.
const PLACE: &str = "\
    WITH made AS (
        INSERT INTO bots (bot, bot_id)
        SELECT coalesce(max(bot) + 1, 0), $1::bigint FROM bots
        HAVING NOT EXISTS (SELECT FROM bots WHERE bot_id = $1::bigint) RETURNING bot)
    SELECT bot FROM made UNION ALL SELECT bot FROM bots WHERE bot_id = $1::bigint";

const AT: &str = "SELECT bot FROM accounts WHERE user_id = $1";

const ALL: &str = "SELECT bot, crowd FROM bots ORDER BY bot";

const SHARE: &str = "\
    UPDATE bots SET crowd = n.crowd FROM unnest($1::smallint[], $2::smallint[]) AS n (bot, crowd)
    WHERE bots.bot = n.bot AND bots.crowd <> n.crowd";

/// That somebody at this bot is of another crowd than this person.
macro_rules! apart {
    ($one:literal, $bot:literal) => {
        concat!(
            "coalesce((SELECT w.crowd FROM bots w WHERE w.bot = ",
            $bot,
            "), 0) <> coalesce((SELECT w.crowd FROM accounts v JOIN bots w ON w.bot = v.bot WHERE v.user_id = ",
            $one,
            "), 0)"
        )
    };
}

pub(crate) use apart;

/// Which bots share their people, as the process that started last was told.
pub(crate) async fn crowds(conn: &mut Conn) -> Result<Crowds, Fault> {
    let mut groups: BTreeMap<i16, Vec<BotId>> = BTreeMap::new();
    for row in conn.query(ALL, &[]).await? {
        groups.entry(row.try_get("crowd")?).or_default().push(place(row.try_get("bot")?)?);
    }
    Ok(Crowds::apart(&groups.into_values().collect::<Vec<_>>()))
}

/// So long it is remembered which bots share their people.
const FRESH: Duration = Duration::from_secs(60);

/// When it was read last, and each bot with its crowd.
type Read = (Instant, Vec<(i16, i16)>);

/// Which bots share their people, as it was read last: for where cards are looked for, as each is
/// looked at again before it is shown. A process that starts with other settings elsewhere is
/// followed within a minute.
#[derive(Debug, Default)]
pub(crate) struct CrowdList(Mutex<Option<Read>>);

impl CrowdList {
    /// The bots of a crowd; none where nobody is apart.
    pub(crate) async fn bots(&self, conn: &mut Conn, crowd: CrowdId) -> Result<Option<Vec<i16>>, Fault> {
        let crowd = i16::from(crowd.0);
        let known = lock(&self.0).clone().filter(|(at, all)| {
            // Of a crowd that nothing is known of it is asked anew.
            at.elapsed() < FRESH && all.iter().any(|(_, of)| *of == crowd)
        });
        let all = match known {
            Some((_, all)) => all,
            None => {
                let rows = conn.query(ALL, &[]).await?;
                let one = |row: &Row| Ok::<_, Fault>((row.try_get("bot")?, row.try_get("crowd")?));
                let all: Vec<(i16, i16)> = rows.iter().map(one).collect::<Result<_, _>>()?;
                *lock(&self.0) = Some((Instant::now(), all.clone()));
                all
            }
        };
        let are_apart = all.iter().any(|(_, of)| *of != crowd);
        let own = all.into_iter().filter(|(_, of)| *of == crowd).map(|(bot, _)| bot);
        Ok(are_apart.then(|| own.collect()))
    }

    fn forget(&self) {
        *lock(&self.0) = None;
    }
}

impl PgStore {
    /// The places of these bots (their user ids at Telegram), in their order. A bot keeps its
    /// place, whatever becomes of the others.
    pub async fn bots(&self, bots: Vec<i64>) -> Result<Vec<BotId>, StoreError> {
        let found = self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                conn.query(ONE_AT_A_TIME, &[]).await?;
                let mut places = Vec::with_capacity(bots.len());
                for bot in &bots {
                    let rows = conn.query(PLACE, &[bot]).await?;
                    let row = rows.first().ok_or_else(|| Fault::Corrupt("a bot without a place".into()))?;
                    places.push(place(row.try_get("bot")?)?);
                }
                Ok(places)
            };
            inner.transaction(work).await
        });
        found.await
    }

    /// Keeps which bots share their people, also of those that are not run any more.
    pub async fn share_bots(&self, crowds: Crowds) -> Result<(), StoreError> {
        let kept = self.run(move |inner| async move {
            let work = async |conn: &mut Conn| {
                conn.query(ONE_AT_A_TIME, &[]).await?;
                let (mut bots, mut of) = (Vec::new(), Vec::new());
                for row in conn.query(ALL, &[]).await? {
                    let bot: i16 = row.try_get("bot")?;
                    bots.push(bot);
                    of.push(i16::from(crowds.of(place(bot)?).0));
                }
                conn.execute(SHARE, &[&bots, &of]).await.map(drop)
            };
            let kept = inner.transaction(work).await;
            inner.crowds.forget();
            kept
        });
        kept.await
    }

    /// Somebody's chat with the bot that they are at; `client` is that of the main one, and is the
    /// answer where there is no other.
    pub(crate) async fn chat_of(&self, client: &Client, user: UserId) -> Result<ChatId, StoreError> {
        match client.is_alone() {
            true => Ok(user.at(client.place())),
            false => self.chat_kept(user).await,
        }
    }

    /// The bot that somebody is at; the main one, if theirs is not run any more.
    pub(crate) async fn bot_of<'a>(
        &self,
        client: &'a Client,
        user: UserId,
    ) -> Result<&'a Client, StoreError> {
        let chat = self.chat_of(client, user).await?;
        Ok(client.at(chat.bot()).unwrap_or(client))
    }

    async fn chat_kept(&self, user: UserId) -> Result<ChatId, StoreError> {
        let found = self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let rows = conn.query(AT, &[&user.0]).await?;
            match rows.first() {
                Some(row) => Ok(user.at(place(row.try_get("bot")?)?)),
                None => Ok(user.chat()),
            }
        });
        found.await
    }
}

/// A bot's place as it is stored.
pub(crate) fn place(stored: i16) -> Result<BotId, Fault> {
    let bot = u8::try_from(stored).ok().filter(|bot| *bot < BotId::MOST);
    bot.map(BotId).ok_or_else(|| Fault::Corrupt("a bot that there cannot be".into()))
}
