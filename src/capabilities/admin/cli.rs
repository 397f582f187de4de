//! `nameless audit` and `nameless token`.

use super::store::{Anchor, Verified, hex};
use crate::app::database::Database;
use crate::config::Config;
use crate::store::{PgStore, rfc3339};
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use nameless_actors::capabilities::{Answer, Denied, Order};
use nameless_domain::capabilities::admin::audit::Break;
use nameless_domain::capabilities::admin::{self, Act, Actor, Source, judge};

/// Checks the log of what operators did.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Audit {
    /// Walks the whole log: every entry must be as it was written, and none be missing. Exits 1 if
    /// not.
    ///
    /// The bot's own log has the log's head about once an hour (“the audit log's head”). Give one
    /// of them to find out whether the log's end was cut off, and all that noted it with it.
    Verify {
        /// An entry as it was noted: its number, a colon, its hash. May be given several times.
        #[arg(long = "head", value_name = "SEQ:HASH", value_parser = anchor)]
        heads: Vec<Anchor>,
    },
}

/// Makes, lists and revokes tokens of the admin API.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Makes a token and prints it, this once: the database has only its hash.
    Create {
        /// What it is called in the audit log: letters, digits, dots, hyphens.
        name: String,
        /// What its bearer may do.
        #[arg(long, value_enum)]
        role: Role,
        /// For how many days it is good.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
    },
    /// Lists all tokens, without themselves.
    List,
    /// Makes a token useless, at once.
    Revoke {
        /// What it is called.
        name: String,
    },
}

/// A role on the command line.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Figures, and the queue of reports without what people wrote.
    Viewer,
    /// Handles reports, warnings and bans; sees people and evidence.
    Moderator,
    /// Also premium, payments and refunds, broadcasts, people's chats with a reason, the audit log,
    /// updates that failed, settings.
    Admin,
    /// Also tokens, and erasing people.
    Owner,
}

impl Role {
    fn role(self) -> admin::Role {
        match self {
            Role::Viewer => admin::Role::Viewer,
            Role::Moderator => admin::Role::Moderator,
            Role::Admin => admin::Role::Admin,
            Role::Owner => admin::Role::Owner,
        }
    }
}

fn anchor(text: &str) -> Result<Anchor, String> {
    let read = || {
        let (seq, hash) = text.split_once(':')?;
        let byte = |i: usize| u8::from_str_radix(hash.get(2 * i..2 * i + 2)?, 16).ok();
        let hash: Option<Vec<u8>> = (hash.len() == 64).then(|| (0..32).map(byte).collect())?;
        Some(Anchor { seq: seq.parse().ok()?, hash: hash? })
    };
    read().ok_or_else(|| "a number, a colon, and 64 hexadecimal digits".to_owned())
}

impl Audit {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let Audit::Verify { heads } = self;
        let database = Database::attach(config).await?;
        let verified = database.store.verify_audit(heads).await;
        database.close().await;
        match verified? {
            Verified::Whole { entries: 0, .. } => Ok("the audit log is empty\n".to_owned()),
            Verified::Whole { entries, head } => {
                Ok(format!("the audit log is whole: {entries} entries\nhead {entries}:{}\n", hex(&head)))
            }
            Verified::Broken(found) => bail!("the audit log is not what it was: {}", describe(found)),
        }
    }
}

fn describe(found: Break) -> String {
    match found {
        Break::Order { expected, found } => {
            format!("entry {expected} should come next, and {found} does: one was removed, added or moved")
        }
        Break::Altered { seq } => format!("entry {seq} was altered, or one before it was made anew"),
        Break::Forged { seq } => format!("entry {seq} was not written with HISTORY_KEY"),
        Break::Anchor { seq } => format!("entry {seq} was noted, and is gone or another one"),
    }
}

impl Token {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let database = Database::attach(config).await?;
        let done = carry_out(&database.store, self).await;
        database.close().await;
        done
    }
}

/// An act from the command line. Whoever can run this can read the database and its key: there is
/// nobody above them.
pub(crate) fn order(act: Act) -> Order {
    let actor = Actor { name: "cli".into(), role: admin::Role::Owner };
    Order { actor, act, source: Source::Cli, key: None }
}

async fn carry_out(store: &PgStore, what: Token) -> anyhow::Result<String> {
    let act = match what {
        Token::Create { name, role, days } => Act::CreateToken { name, role: role.role(), days },
        Token::List => Act::Tokens,
        Token::Revoke { name } => Act::RevokeToken { name },
    };
    let order = order(act);
    if let Err(refusal) = judge(&order.actor, &order.act) {
        bail!("that cannot be done: {refusal:?}");
    }
    let carried = match store.carry_out(order).await? {
        Ok(carried) => carried,
        Err(Denied::NameTaken) => bail!("there is a token of this name, or there was one"),
        Err(denied) => return Err(denied).context("it was not done"),
    };
    Ok(match carried.answer {
        Answer::Token(new) => {
            format!("{}\ngood until {}; it is shown this once\n", new.token, rfc3339(new.expires.0))
        }
        Answer::Tokens(page) if page.items.is_empty() => "there are no tokens\n".to_owned(),
        Answer::Tokens(page) => page
            .items
            .iter()
            .map(|token| {
                let state = match token.revoked {
                    Some(at) => format!("revoked {}", rfc3339(at.0)),
                    None => format!("good until {}", rfc3339(token.expires.0)),
                };
                format!("{}  {}  {state}\n", token.name, token.role.name())
            })
            .collect(),
        Answer::Revoked(named) => format!("{} is of no use any more\n", named.name),
        _ => bail!("there is no good token of this name"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_a_number_and_a_hash() {
        let hash = "0f".repeat(32);
        assert_eq!(anchor(&format!("7:{hash}")), Ok(Anchor { seq: 7, hash: vec![15; 32] }));
        for wrong in ["", "7", "7:0f", &format!("x:{hash}"), &format!("7:{}", "é".repeat(32))] {
            assert!(anchor(wrong).is_err(), "{wrong}");
        }
    }
}
