//! Two people meet by the Mini App: its HTTP API does what their fingers would.

use super::{Play, STEP, says, says_part};
use crate::app::mini_app::{MiniApp, profile};
use anyhow::{Context as _, ensure};
use nameless_simulator::SimUser;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What the bot says of a match.
const MUTUAL: &str = "It is mutual";

impl Play {
    /// Both make a card, like each other, hear of it once, talk, and agree to be known.
    pub(super) async fn dating(
        &mut self,
        at: SocketAddr,
        lisa: &SimUser,
        tom: &SimUser,
    ) -> anyhow::Result<()> {
        self.onboard("Lisa", lisa).await?;
        self.onboard("Tom", tom).await?;
        let hers = self.opens("Lisa", at, lisa, ("female", "Rain and old films.")).await?;
        let his = self.opens("Tom", at, tom, ("male", "Night trains to anywhere.")).await?;

        self.likes("Lisa", &hers, "Tom", false).await?;
        self.likes("Tom", &his, "Lisa", true).await?;
        self.see("Lisa", lisa, "that it is mutual", |m| m.from_bot && says_part(m, MUTUAL)).await?;
        self.see("Tom", tom, "that it is mutual", |m| m.from_bot && says_part(m, MUTUAL)).await?;

        let [mine, theirs] = [only_match(&hers, "Tom").await?, only_match(&his, "Lisa").await?];
        let chat = hers.write(Method::POST, &format!("/matches/{mine}/chat"), None).await?;
        ensure!(chat["state"] == "open", "the chat with a match does not open: {chat}");
        self.say("Lisa", "opens the chat with Tom");
        self.see("Tom", tom, "that it is Lisa, his match", |m| says_part(m, "This is Lisa, your match"))
            .await?;
        lisa.send_text("Night trains? Where to next?");
        self.say("Lisa", "writes “Night trains? Where to next?”");
        let got = self.see("Tom", tom, "it", |m| says(m, "Night trains? Where to next?")).await?;
        ensure_anonymous(&got.json, "lisa_demo")?;

        let share = async |app: &MiniApp, token: &str| {
            app.write(Method::POST, &format!("/matches/{token}/contacts"), None).await
        };
        ensure!(share(&hers, &mine).await?["contacts"] == "mine", "one word opens nothing");
        self.say("Lisa", "agrees to be known");
        let known = |m: &nameless_simulator::ChatMessage| m.from_bot && says_part(m, "You both agreed");
        ensure!(!tom.chat().iter().any(known), "Tom learns who Lisa is before he agrees");
        ensure!(share(&his, &theirs).await?["contacts"] == "open", "two words open it");
        self.say("Tom", "agrees, too");
        self.see("Lisa", lisa, "who Tom is", |m| known(m) && says_part(m, "@tom_demo")).await?;
        self.see("Tom", tom, "who Lisa is", |m| known(m) && says_part(m, "@lisa_demo")).await?;
        for (who, user) in [("Lisa", lisa), ("Tom", tom)] {
            let times = user.chat().iter().filter(|m| m.from_bot && says_part(m, MUTUAL)).count();
            ensure!(times == 1, "{who} was told {times} times of one match");
        }
        Ok(())
    }

    async fn opens(
        &mut self,
        who: &str,
        at: SocketAddr,
        user: &SimUser,
        (gender, bio): (&str, &str),
    ) -> anyhow::Result<MiniApp> {
        let app = MiniApp::open(at, user).await.with_context(|| format!("{who} opens the Mini App"))?;
        let card = profile(who, "1998-03-24", gender, bio, &["films", "travel"]);
        app.write(Method::PUT, "/profile", Some(card)).await.context("a card is made")?;
        self.say(who, "opens the Mini App and makes a card");
        Ok(app)
    }

    /// Looks at the cards until `name` comes; likes that one.
    async fn likes(&mut self, who: &str, app: &MiniApp, name: &str, is_second: bool) -> anyhow::Result<()> {
        let wanted = async {
            loop {
                let cards = app.get("/cards").await?;
                if cards["cards"][0].is_object() {
                    break anyhow::Ok(cards["cards"][0].clone());
                }
                // The deck of somebody new is being filled.
                tokio::time::sleep(STEP / 100).await;
            }
        };
        let card = tokio::time::timeout(STEP, wanted).await.context("nobody is among the cards")??;
        ensure!(card["name"] == name, "{who} sees {card}");
        ensure_anonymous(&card, &format!("{}_demo", name.to_lowercase()))?;
        let token = card["token"].as_str().context("a card without a token")?;
        let said = json!({ "verdict": "like" });
        let answer = app.write(Method::POST, &format!("/cards/{token}/verdict"), Some(said)).await?;
        ensure!(answer["matched"] == is_second, "{who} likes {name}: {answer}");
        self.say(who, &format!("swipes {name}'s card to the right"));
        Ok(())
    }
}

/// The token of the only match, which is `name`.
async fn only_match(app: &MiniApp, name: &str) -> anyhow::Result<String> {
    let listed = app.get("/matches").await?;
    let one = &listed["matches"][0];
    ensure!(one["name"] == name && listed["matches"][1].is_null(), "these matches: {listed}");
    Ok(one["token"].as_str().context("a match without a token")?.to_owned())
}

/// Nothing of a person's account stands in what another one gets.
fn ensure_anonymous(shown: &Value, username: &str) -> anyhow::Result<()> {
    ensure!(!shown.to_string().contains(username), "{username} has passed");
    Ok(())
}
