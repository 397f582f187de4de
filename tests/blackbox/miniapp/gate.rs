//! The operator's channel before the app: one screen, a way there, and in once they have joined.

use super::client::{Client, Phone};
use super::{has_browser, looks, options, people, titled};
use crate::support::app::spawn_app;

const CHANNEL: &str = "@example_channel";

#[tokio::test]
async fn whoever_has_not_joined_is_shown_where_and_comes_in_once_they_have() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options().with("GATE_CHANNEL", CHANNEL));
    // Telegram tells nothing yet: so they can make their cards in the chat.
    app.world.set_told(CHANNEL, false);
    let (anna, _) = people(&app, &["Tom"]).await;
    app.world.set_told(CHANNEL, true);
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    phone.until("document.querySelector('.gate h2')?.textContent === 'One step first'").await?;
    assert_eq!(phone.eval("document.getElementById('tabs').hidden").await?, true, "nothing else is there");
    if let Some(axe) = looks::axe()? {
        let found = looks::judge(&phone, &axe).await?;
        assert!(found.is_empty(), "{found:#?}");
    }
    phone.picture("gate").await?;
    phone.tap(".gate .primary").await?;
    phone.until("told.calls.includes('openTelegramLink')").await?;
    phone.tap(".gate .choice").await?;
    phone.until("document.getElementById('toast').textContent.includes('not in the channel yet')").await?;
    app.world.set_member(CHANNEL, anna.id(), true);
    let tries = "document.querySelector('.deck .card.top')?.getAttribute('aria-label') \
                 ?? (document.querySelector('.gate .choice:not([data-busy])')?.click(), null)";
    assert_eq!(phone.until(tries).await?, titled("Tom"));
    assert_eq!(phone.eval("document.getElementById('tabs').hidden").await?, false);
    let complaints = phone.complaints().await?;
    let expected = |line: &&String| !line.contains("403");
    assert!(complaints.iter().filter(expected).count() == 0, "{complaints:#?}");
    Ok(())
}
