//! What the operators do, in their group: they decide about the report that was just made, and tell
//! everybody something.

use super::{Play, STEP, says, says_part};
use crate::config::Config;
use anyhow::{Context as _, ensure};
use nameless_actors::Engine;
use nameless_actors::capabilities::{Answer, Order};
use nameless_domain::capabilities::admin::{Act, Actor, Role, Source};
use nameless_domain::capabilities::news::State;
use nameless_domain::ids::{ChatId, UserId};
use nameless_simulator::{ChatMessage, NewUser, SimUser, World};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What everybody is told.
const NEWS: &str = "Searches are quicker from tonight.";

/// Olga, alone with the bot, and the same in the operators' group.
pub(super) struct Operator {
    alone: SimUser,
    group: SimUser,
}

impl Operator {
    /// Makes the group, and has the configuration name it and her.
    pub(super) fn begin(config: &mut Config, world: &Arc<World>) -> anyhow::Result<Operator> {
        let alone = world.add_user(NewUser {
            first_name: "Olga".into(),
            language_code: Some("en".into()),
            ..NewUser::default()
        });
        // Else the bot may not send her a draft.
        alone.begin_chat();
        let id = alone.try_add_to_group().context("there is no group")?;
        let group = alone.at_group(id).context("there is no group")?;
        config.telegram.alerts_chat = Some(ChatId(id));
        config.telegram.admins = vec![(UserId(alone.id()), Role::Admin)];
        Ok(Operator { alone, group })
    }
}

impl Play {
    /// Somebody asks for money, and is reported: the operator finds it in the queue, reads what was
    /// said, and upholds it.
    pub(super) async fn report(
        &mut self,
        engine: &Engine,
        olga: &Operator,
        anna: &SimUser,
        boris: &SimUser,
    ) -> anyhow::Result<()> {
        const BAD: &str = "Could you lend me some money?";
        boris.send_text(BAD);
        self.say("Boris", &format!("writes “{BAD}”"));
        self.see("Anna", anna, &format!("“{BAD}”"), |m| says(m, BAD)).await?;
        self.stops("Anna", anna).await?;
        self.see("Boris", boris, "that the chat is over", |m| m.from_bot && says_part(m, "ended the chat"))
            .await?;
        anna.send_text("/report");
        self.say("Anna", "sends /report");
        let asked = |m: &ChatMessage| m.from_bot && says_part(m, "What happened?");
        let asked = self.see("Anna", anna, "what she can report", asked).await?;
        let query = anna.press(asked.message_id, "Ads or fraud");
        self.say("Anna", "presses “Ads or fraud”");
        anna.wait_answer(STEP, &query).await.context("Anna's press is not answered")?;
        self.see("Anna", anna, "that it is taken", |m| m.from_bot && says_part(m, "your report is in"))
            .await?;

        // She may read it before it is written.
        let is_there = |answer: &Answer| matches!(answer, Answer::Reports(page) if !page.items.is_empty());
        until(engine, &Act::Reports { limit: 1 }, "the report is in the queue", is_there).await?;
        let queue = self.orders(olga, "/reports", "Ads or fraud", "the report in the queue").await?;
        let line = queue.text().unwrap_or_default();
        ensure!(line.contains(&boris.id().to_string()), "it is about somebody else: {line}");
        let number = line.split_whitespace().next().context("a report without a number")?;
        let page = self.orders(olga, &format!("/report {number}"), BAD, "what was said last").await?;
        self.taps(olga, &page, "Uphold").await?;
        let decided = |m: &ChatMessage| m.message_id == page.message_id && says_part(m, "upheld");
        self.see("Olga", &olga.group, "that it is upheld", decided).await?;
        Ok(())
    }

    /// A broadcast, from the draft to the figures. Those who talk to each other get it when they
    /// are done.
    pub(super) async fn broadcast(
        &mut self,
        engine: &Engine,
        olga: &Operator,
        free: &[(&str, &SimUser)],
        lisa: &SimUser,
        tom: &SimUser,
    ) -> anyhow::Result<()> {
        let people = format!("{} people", free.len() + 2);
        let draft = format!("It would go to {people}");
        let draft =
            self.orders(olga, &format!("/broadcast {NEWS}"), &draft, "a draft, and for how many").await?;
        self.taps(olga, &draft, "Send it to me").await?;
        self.see("Olga", &olga.alone, "it as people will", |m| says(m, NEWS)).await?;
        let mark = olga.group.mark();
        self.taps(olga, &draft, "Send…").await?;
        let asked = |m: &ChatMessage| m.from_bot && says_part(m, "Send broadcast");
        let asked = olga.group.wait_after(mark, STEP, asked).await.context("Olga is not asked")?;
        ensure!(!free.iter().any(|(_, user)| has_news(user)), "it has left before it is confirmed");
        self.taps(olga, &asked, "Yes, do it").await?;
        let begun = |m: &ChatMessage| m.message_id == asked.message_id && says_part(m, "under way to");
        self.see("Olga", &olga.group, "that it is under way", begun).await?;

        for (who, user) in free {
            self.see(who, user, "the news", |m| says(m, NEWS)).await?;
        }
        ensure!(!has_news(lisa) && !has_news(tom), "it came in the middle of a chat");
        self.say("Tom", "hears nothing of it while he talks to Lisa");
        self.stops("Tom", tom).await?;
        for (who, user) in [("Tom", tom), ("Lisa", lisa)] {
            self.see(who, user, "the news, now that the chat is over", |m| says(m, NEWS)).await?;
        }
        // Each is counted once it has landed.
        let last = Act::Broadcasts { before: i64::MAX, limit: 1 };
        until(engine, &last, "the broadcast is done", |answer| {
            let Answer::Broadcasts(page) = answer else { return false };
            page.items.first().is_some_and(|line| line.state == State::Done)
        })
        .await?;
        let done = format!("is done. It was for {people}");
        let done = self.orders(olga, "/broadcasts", &done, "that everybody has it").await?;
        let (figures, all) = (done.text().unwrap_or_default(), free.len() + 2);
        ensure!(figures.contains(&format!("Have it: {all}.")), "somebody went without: {figures}");
        Ok(())
    }

    /// Gives an order in the group; the answer that holds `part`.
    async fn orders(
        &mut self,
        olga: &Operator,
        order: &str,
        part: &str,
        what: &str,
    ) -> anyhow::Result<ChatMessage> {
        let mark = olga.group.mark();
        olga.group.send_text(order);
        self.say("Olga", &format!("orders “{order}”"));
        let fits = |m: &ChatMessage| m.from_bot && says_part(m, part);
        let answer = olga.group.wait_after(mark, STEP, fits).await;
        let answer = answer.with_context(|| format!("Olga waits for: {what}"))?;
        self.say("Olga", &format!("sees {what}"));
        Ok(answer)
    }

    /// Presses a button in the group. That it was pressed is answered to her alone.
    async fn taps(&mut self, olga: &Operator, message: &ChatMessage, label: &str) -> anyhow::Result<()> {
        let query = olga.group.press(message.message_id, label);
        self.say("Olga", &format!("presses “{label}”"));
        olga.alone.wait_answer(STEP, &query).await.context("Olga's press is not answered")?;
        Ok(())
    }
}

/// Waits until an operator who looks finds what fits.
async fn until(engine: &Engine, act: &Act, what: &str, fits: impl Fn(&Answer) -> bool) -> anyhow::Result<()> {
    let until = Instant::now() + STEP;
    loop {
        let actor = Actor { name: "cli".into(), role: Role::Admin };
        let order = Order { actor, act: act.clone(), source: Source::Cli, key: None };
        if engine.administer(order).await.is_ok_and(|answer| fits(&answer)) {
            return Ok(());
        }
        ensure!(Instant::now() < until, "it does not come to it that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn has_news(user: &SimUser) -> bool {
    user.chat().iter().any(|m| says(m, NEWS))
}
