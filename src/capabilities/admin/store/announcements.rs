//! What whoever comes to the menu reads.

use super::Done;
use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::capabilities::{AnnouncementLine, Announcements, Answer, Denied, Order, Page};
use nameless_domain::capabilities::admin::desk::announcements::Deed;
use nameless_domain::capabilities::news::Texts;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "announcements",
    life: "a year after they were taken down: what operators told whoever came to the menu",
    ids: &["by", "ended_by"],
    words: &["ru", "en"],
    other: &["announcement_id", "at", "ended"],
    stays: &[
        ("by", "the operator who put it up"),
        ("ended_by", "the operator who took it down"),
        ("ru", "an operator's words, for everybody"),
        ("en", "an operator's words, for everybody"),
    ],
    export: Export::No("everybody reads it; it tells nothing of users"),
    erasure: Erasure::No("it tells nothing of users"),
    expiry: Expiry::Rows {
        before: |lives| lives.days(365),
        sql: "DELETE FROM announcements WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM announcements WHERE ended < $1 ORDER BY ended LIMIT $2))",
    },
}];

macro_rules! columns {
    () => {
        "announcement_id, at, by, ended, ended_by, ru, en"
    };
}

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM announcements WHERE announcement_id < $1 ORDER BY announcement_id DESC LIMIT $2"
);

const UP: &str = "SELECT ru, en FROM announcements WHERE ended IS NULL";

const END: &str = concat!(
    "UPDATE announcements SET ended = $2, ended_by = $3
    WHERE ended IS NULL AND ($1::bigint IS NULL OR announcement_id = $1) RETURNING ",
    columns!()
);

const INSERT: &str =
    concat!("INSERT INTO announcements (at, by, ru, en) VALUES ($1, $2, $3, $4) RETURNING ", columns!());

fn read(row: &Row) -> Result<AnnouncementLine, Fault> {
    Ok(AnnouncementLine {
        announcement: row.try_get("announcement_id")?,
        at: Millis(row.try_get("at")?),
        by: row.try_get("by")?,
        ended: row.try_get::<_, Option<i64>>("ended")?.map(Millis),
        ended_by: row.try_get("ended_by")?,
        text: text(row)?,
    })
}

fn text(row: &Row) -> Result<Texts, Fault> {
    Ok(Texts { ru: row.try_get("ru")?, en: row.try_get("en")? })
}

/// The one that is up, if one is.
pub(super) async fn up(conn: &mut Conn) -> Result<Option<Texts>, Fault> {
    conn.query(UP, &[]).await?.first().map(text).transpose()
}

/// The log's lock is held where something changes, so there is never more than one that is up.
pub(super) async fn carry_out(
    conn: &mut Conn,
    order: &Order,
    deed: &Deed,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let by = &order.actor.name;
    let answer = match deed {
        Deed::List { before, limit } => {
            let rows = conn.query(LIST, &[before, &i64::from(*limit)]).await?;
            let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let next = items.last().filter(|_| items.len() == *limit as usize).map(|last| last.announcement);
            Announcements::List(Page { items, next }).into()
        }
        Deed::Announce { text } => {
            conn.query(END, &[&None::<i64>, &now.0, by]).await?;
            one(&conn.query(INSERT, &[&now.0, by, &text.ru, &text.en]).await?)?
        }
        Deed::TakeDown { announcement } => {
            one(&conn.query(END, &[&Some(*announcement), &now.0, by]).await?)?
        }
    };
    Ok(Ok(Done::plain(&order.act, answer)))
}

fn one(rows: &[Row]) -> Result<Answer, Fault> {
    let line = rows.first().map(read).transpose()?;
    Ok(line.map_or(Answer::Missing, |line| Announcements::One(Box::new(line)).into()))
}
