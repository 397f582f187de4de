//! `nameless dead-letters`: what could not be handled, for an operator to look at, replay or drop.

use super::database::Database;
use crate::capabilities::admin::cli::order;
use crate::cli::{DeadLetters, Which};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::store::{DeadLetter, PgStore, rfc3339};
use anyhow::bail;
use nameless_actors::ports::Clock as _;
use nameless_domain::capabilities::admin::{Act, Mending};
use nameless_domain::ids::{Seq, UserId};
use std::fmt::Write as _;

/// Carries a command out: what to print.
pub async fn run(config: &Config, what: DeadLetters) -> anyhow::Result<String> {
    let database = Database::attach(config).await?;
    let done = carry_out(&database.store, what).await;
    database.close().await;
    done
}

async fn carry_out(store: &PgStore, what: DeadLetters) -> anyhow::Result<String> {
    Ok(match what {
        DeadLetters::List { limit } => table(&store.dead_letters(limit).await?),
        DeadLetters::Show { seq, raw } => match store.dead_letter(Seq(seq)).await? {
            Some(dead) => {
                let mut text = details(&dead.letter);
                if raw {
                    note(store, Mending::Read, Some(seq), Some(dead.letter.user)).await?;
                    text.push_str(&dead.raw);
                    text.push('\n');
                }
                text
            }
            None => bail!("there is no dead letter {seq}"),
        },
        DeadLetters::Replay(which) => {
            note(store, Mending::Replay, which.seq, None).await?;
            let marked = store.ask_replay(which.seq.map(Seq), SystemClock.now()).await?;
            check(which, marked)?;
            format!("{marked} marked; the bot takes them within seconds if it runs, else when it starts\n")
        }
        DeadLetters::Drop(which) => {
            note(store, Mending::Drop, which.seq, None).await?;
            let dropped = store.drop_dead_letters(which.seq.map(Seq)).await?;
            check(which, dropped)?;
            format!("{dropped} dropped\n")
        }
    })
}

/// Into the audit log, before it is done.
async fn note(store: &PgStore, what: Mending, seq: Option<u64>, user: Option<UserId>) -> anyhow::Result<()> {
    Ok(store.note_done(order(Act::Mend { what, seq: seq.map(Seq), user })).await?)
}

/// Naming one that does not exist is a mistake; there being none at all is not.
fn check(which: Which, found: u64) -> anyhow::Result<()> {
    match which.seq {
        Some(seq) if found == 0 => bail!("there is no dead letter {seq}"),
        _ => Ok(()),
    }
}

fn replay(letter: &DeadLetter) -> String {
    letter.replay_asked.map_or("-".to_owned(), |at| format!("asked {}", rfc3339(at.0)))
}

fn table(letters: &[DeadLetter]) -> String {
    if letters.is_empty() {
        return "no dead letters\n".to_owned();
    }
    let mut text = format!(
        "{:<20}  {:<12}  {:<14}  {:<24}  {:<30}  ERROR\n",
        "SEQ", "UPDATE_ID", "USER", "SET_ASIDE", "REPLAY"
    );
    for letter in letters {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<20}  {:<12}  {:<14}  {:<24}  {:<30}  {}",
            letter.seq.0,
            letter.update_id,
            letter.user.0,
            rfc3339(letter.at.0),
            replay(letter),
            letter.error
        );
    }
    text
}

fn details(letter: &DeadLetter) -> String {
    let DeadLetter { seq, update_id, user, at, error, .. } = letter;
    format!(
        "seq        {}\nupdate_id  {update_id}\nuser       {}\nset aside  {}\nreplay     {}\nerror      {error}\n",
        seq.0,
        user.0,
        rfc3339(at.0),
        replay(letter)
    )
}
