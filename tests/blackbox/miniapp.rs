//! The Mini App in real Chromium, against the real engine and its API: two people meet in it, by
//! finger, by keys, without a network; and every screen can be read by everybody.

mod client;
mod deck;
mod files;
mod gate;
mod looks;
mod offline;
mod onboarding;
mod photos;
mod slow;
mod smooth;

use crate::common::{member, told};
use crate::dating::{MAN, WOMAN, dating, profile_with};
use crate::dating_api::phone::now;
use crate::page::browser::installed;
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::skip;
use client::{Client, Phone, asks};
use nameless_domain::capabilities::dating::birth::BirthDate;
use nameless_domain::time::Millis;
use nameless_simulator::SimUser;
use nameless_vision::picture::Picture;

/// Where the tests say that the app is.
const ADDRESS: &str = "https://bot.example.org/app";

fn has_browser() -> bool {
    let hint = "Chromium is not installed (apt install chromium chromium-driver); \
                NAMELESS_SKIP=chromium leaves this test out";
    let installed = installed();
    assert!(installed || skip::allowed("chromium"), "{hint}");
    installed
}

/// What a card says of somebody of this name, born as all of them are (`profile_with`).
fn titled(name: &str) -> String {
    let born = BirthDate::new(1998, 3, 24).expect("a day");
    format!("{name}, {}", born.age(Millis(now() * 1_000)))
}

fn options() -> Options {
    dating().with("DATING_APP_URL", ADDRESS)
}

/// A face as a child draws it, in colours of its own: nothing that any model would know.
fn drawn(n: u8) -> Vec<u8> {
    let (width, height) = (300_u32, 400_u32);
    let [r, g, b] = [[206, 140, 120], [110, 140, 170], [130, 160, 120], [160, 130, 190]][usize::from(n % 4)];
    let mut picture = Picture::plain(width, height, [r, g, b]);
    for y in 0..height {
        for x in 0..width {
            let [x1, y1] = [(x, width), (y, height)].map(|(at, of)| f64::from(at) / f64::from(of) - 0.5);
            let within = |cy: f64, rx: f64, ry: f64| (x1 / rx).powi(2) + ((y1 - cy) / ry).powi(2) < 1.0;
            let shade = match (within(-0.1, 0.16, 0.15), within(0.55, 0.36, 0.42)) {
                (true, _) => 1.3,
                (_, true) => 0.55,
                _ => 1.1 - 0.35 * (y1 + 0.5),
            };
            let at = ((y * width + x) * 3) as usize;
            for (part, colour) in picture.rgb[at..at + 3].iter_mut().zip([r, g, b]) {
                *part = (f64::from(colour) * shade).min(255.0) as u8;
            }
        }
    }
    picture.jpeg(85).expect("a picture")
}

/// One woman and so many men, with profiles that fit.
async fn people(app: &TestApp, men: &[&str]) -> (SimUser, Vec<SimUser>) {
    let woman = async {
        let anna = member(&app.world, "anna", WOMAN).await;
        profile_with(&anna, "Lisa", "rain and old films", Some(drawn(0))).await;
        anna
    };
    let men = men.iter().zip(1..).map(|(name, n)| async move {
        let user = member(&app.world, &format!("man{n}"), MAN).await;
        let photo = (n % 2 == 0).then(|| drawn(n));
        profile_with(&user, name, "I bake bread and read maps for fun", photo).await;
        user
    });
    futures_util::future::join(woman, futures_util::future::join_all(men)).await
}

/// Two people, two phones: both swipe, both see that it is mutual, one opens the chat.
#[tokio::test]
async fn two_people_meet_in_the_app() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, men) = people(&app, &["Tom"]).await;
    let tom = &men[0];
    let hers = Phone::open(&app, &anna, Client::default()).await?;
    let his = Phone::open(&app, tom, Client { width: 320, height: 640, version: "7.6", ..Client::default() })
        .await?;
    assert_eq!(hers.card().await?, titled("Tom"));
    assert_eq!(his.card().await?, titled("Lisa"));
    // Nobody has looked at her photo: it is blurred until somebody wants to see it.
    his.until("document.querySelector('.card.top .veiled img')?.naturalWidth > 0").await?;
    let blur = "getComputedStyle(document.querySelector('.card.top img')).filter";
    assert_ne!(his.eval(blur).await?, "none");
    his.tap(".card.top .veil").await?;
    his.until(&format!("{blur} === 'none'")).await?;

    hers.tap(".of-like").await?;
    hers.until("document.querySelector('.nothing h2')?.textContent === 'That is everybody for now'").await?;
    // By finger: the card goes where it is thrown.
    let (x, y) = his.middle(".card.top").await?;
    his.touch(&[(x, y), (x + 40.0, y), (x + 90.0, y + 4.0), (x + 140.0, y + 6.0)]).await?;
    for (phone, other) in [(&his, "Lisa"), (&hers, "Tom")] {
        phone.until("document.querySelector('dialog.moment[open]')").await?;
        let words = phone.browser.text("//dialog//p").await?;
        assert!(words.contains(other), "{words}");
        phone.until("told.calls.includes('notificationOccurred')").await?;
    }
    hers.picture("moment").await?;
    if let Some(axe) = looks::axe()? {
        let found = looks::judge(&hers, &axe).await?;
        assert!(found.is_empty(), "{found:#?}");
    }
    let (from_anna, from_tom) = (anna.mark(), tom.mark());
    hers.tap("dialog .primary").await?;
    hers.until("told.calls.includes('close')").await?;
    told(&anna, from_anna, "This is Tom, your match").await;
    told(tom, from_tom, "This is Lisa, your match").await;
    his.tap("dialog .quiet").await?;
    // One match, and it is no news any more.
    his.tap("[data-tab=matches]").await?;
    his.until("document.querySelectorAll('.rows li').length === 1").await?;
    for user in [&anna, tom] {
        let me = asks(&app, user, "/me").await;
        assert_eq!((&me["matches"], &me["likes_left"]), (&1.into(), &49.into()), "{me}");
    }
    for phone in [&hers, &his] {
        assert_eq!(phone.eval("document.querySelectorAll('dialog').length").await?, 0);
        assert_eq!(phone.eval("told.threw").await?, serde_json::json!([]), "an older client would complain");
        let complaints = phone.complaints().await?;
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
    Ok(())
}
