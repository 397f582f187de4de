//! What there is beside meeting and talking: premium for Stars, the last partner asked back, the
//! operators' channel, an invitation, news, a word to the operators, one's data, and actors that
//! fall.

use super::{CHANNEL, Play, STEP, says, says_part};
use anyhow::{Context as _, ensure};
use nameless_actors::Engine;
use nameless_simulator::{Bill, ChatMessage, SimUser, World};
use std::time::Instant;

/// What both read who agreed to meet again.
const AGAIN: &str = "You both said yes";

impl Play {
    /// Buys premium, which lets her ask her last partner back; he agrees.
    pub(super) async fn goods(&mut self, anna: &SimUser, boris: &SimUser) -> anyhow::Result<()> {
        anna.send_text("/premium");
        self.say("Anna", "sends /premium");
        self.press("Anna", anna, "bl:buy:premium-7").await?;
        let bill = self.see("Anna", anna, "the invoice", |m| m.from_bot && m.kind() == "invoice").await?;
        let stars = bill.json["invoice"]["total_amount"].as_i64().unwrap_or_default();
        ensure!(stars > 0, "it costs nothing: {}", bill.json);
        anna.pay(Bill::Message(bill.message_id)).await.context("Anna cannot pay")?;
        self.say("Anna", &format!("pays {stars} Stars, simulated"));
        self.see("Anna", anna, "the receipt", |m| m.from_bot && says_part(m, "Receipt №")).await?;
        ensure!(anna.pay(Bill::Message(bill.message_id)).await.is_err(), "one invoice is paid twice");
        self.say("Anna", "cannot pay the same invoice again");

        self.press("Anna", anna, "ag:ask:").await?;
        self.press("Boris", boris, "ag:yes:").await?;
        let agreed = |m: &ChatMessage| m.from_bot && says_part(m, AGAIN);
        self.see("Anna", anna, "that both want to talk again", agreed).await?;
        self.see("Boris", boris, "that both want to talk again", agreed).await?;
        anna.send_text("You again!");
        self.say("Anna", "writes “You again!”");
        self.see("Boris", boris, "“You again!”", |m| says(m, "You again!")).await?;
        Ok(())
    }

    /// Every service dies, one after the other, while two people talk: all of it arrives.
    pub(super) async fn falls(
        &mut self,
        engine: &Engine,
        anna: &SimUser,
        boris: &SimUser,
    ) -> anyhow::Result<()> {
        for (name, before) in engine.services() {
            ensure!(engine.crash_service(name), "there is no {name}");
            self.say("engine", &format!("loses {name}"));
            let line = format!("after {name} fell");
            anna.send_text(&line);
            self.see("Boris", boris, &format!("“{line}”"), |m| says(m, &line)).await?;
            let until = Instant::now() + STEP;
            let fell = |(n, deaths): (&str, u64)| n == name && deaths > before;
            while !engine.services().into_iter().any(fell) {
                ensure!(Instant::now() < until, "{name} did not fall");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Somebody new joins the operators' channel first, and brings others.
    pub(super) async fn joins(&mut self, clara: &SimUser, world: &World) -> anyhow::Result<()> {
        self.onboard("Clara", clara).await?;
        clara.send_text("/search");
        self.say("Clara", "sends /search");
        let asked = |m: &ChatMessage| m.from_bot && says_part(m, "join our channel");
        self.see("Clara", clara, "that there is a channel to join first", asked).await?;
        world.set_member(CHANNEL, clara.id(), true);
        self.say("Clara", "joins it");
        self.press("Clara", clara, "gate:again").await?;
        self.see("Clara", clara, "that she is in", |m| m.from_bot && says_part(m, "you are in")).await?;
        clara.send_text("/invite");
        self.say("Clara", "sends /invite");
        self.see("Clara", clara, "a link of her own", |m| m.from_bot && says_part(m, "Your link")).await?;
        clara.send_text("/news");
        self.say("Clara", "sends /news");
        self.see("Clara", clara, "that she gets news", |m| m.from_bot && says_part(m, "You get this news"))
            .await?;
        Ok(())
    }

    /// A word to the operators; a copy of one's data; and the end.
    pub(super) async fn own(&mut self, boris: &SimUser) -> anyhow::Result<()> {
        boris.send_text("/feedback the rain is well made");
        self.say("Boris", "writes to the operators");
        self.see("Boris", boris, "that they will read it", |m| m.from_bot && says_part(m, "will read it"))
            .await?;
        boris.send_text("/privacy");
        self.say("Boris", "sends /privacy");
        self.press("Boris", boris, "pv:export").await?;
        self.see("Boris", boris, "a copy of his data", |m| m.from_bot && m.kind() == "document").await?;
        self.press("Boris", boris, "pv:erase").await?;
        self.press("Boris", boris, "pv:erase-yes").await?;
        let erased = |m: &ChatMessage| m.from_bot && says_part(m, "we no longer remember you");
        self.see("Boris", boris, "that nothing is remembered of him", erased).await.map(drop)
    }
}
