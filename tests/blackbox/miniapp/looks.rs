//! Every screen, in light and dark and in two themes of users' own, narrow and wide, in both
//! languages, on clients of three ages: nothing for axe to find, nothing sticks out, nothing that
//! an older client would complain of. Pictures are kept in the target's folder.

use super::client::{Client, Phone, asks};
use super::{has_browser, options, people, titled};
use crate::common::member;
use crate::dating::WOMAN;
use crate::pages::browser::judges;
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use anyhow::Context as _;
use nameless_simulator::SimUser;
use serde_json::json;

/// Telegram's own, in the day and at night.
const DAY: &[(&str, &str)] = &[
    ("bg_color", "#ffffff"),
    ("secondary_bg_color", "#efeff4"),
    ("section_bg_color", "#ffffff"),
    ("text_color", "#000000"),
    ("hint_color", "#8e8e93"),
    ("subtitle_text_color", "#8e8e93"),
    ("destructive_text_color", "#ff3b30"),
];
const NIGHT: &[(&str, &str)] = &[
    ("bg_color", "#17212b"),
    ("secondary_bg_color", "#0e1621"),
    ("section_bg_color", "#17212b"),
    ("text_color", "#f5f5f5"),
    ("hint_color", "#708499"),
    ("subtitle_text_color", "#708499"),
    ("destructive_text_color", "#ec3942"),
];
/// Themes that people made: sand on sand, and text that is hardly there.
const SAND: &[(&str, &str)] = &[
    ("bg_color", "#f5e6c8"),
    ("secondary_bg_color", "#ecd9b0"),
    ("section_bg_color", "#f5e6c8"),
    ("text_color", "#c9a86a"),
    ("hint_color", "#d8c08c"),
    ("subtitle_text_color", "#d8c08c"),
    ("destructive_text_color", "#e0a080"),
];
const VIOLET: &[(&str, &str)] = &[
    ("bg_color", "#4b2e83"),
    ("secondary_bg_color", "#5a3a99"),
    ("section_bg_color", "#4b2e83"),
    ("text_color", "#7a5cc0"),
    ("hint_color", "#6a4cb0"),
    ("destructive_text_color", "#803060"),
];

/// What axe holds against the page.
const JUDGE: &str = "window.judged = undefined; \
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']; \
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then((r) => { \
        window.judged = JSON.stringify(r.violations.map((v) => \
            `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('; ')}`)) })";

/// What axe finds on the page as it is.
pub async fn judge(phone: &Phone, axe: &str) -> anyhow::Result<Vec<String>> {
    if phone.eval("typeof axe").await? != "object" {
        phone.browser.run(axe, json!([])).await.context("axe")?;
    }
    phone.browser.run(JUDGE, json!([])).await?;
    let judged = phone.until("window.judged").await?;
    Ok(serde_json::from_str(judged.as_str().context("no judgement")?)?)
}

/// axe itself; none where it is not installed, and that was asked for.
pub fn axe() -> anyhow::Result<Option<String>> {
    let Some(judges) = judges() else { return Ok(None) };
    Ok(Some(std::fs::read_to_string(judges.join("node_modules/axe-core/axe.min.js"))?))
}

/// A tour: a name for its pictures, and how the client is.
struct Tour<'a> {
    name: &'static str,
    phone: &'a Phone,
    axe: &'a str,
    width: u32,
    found: Vec<String>,
}

impl Tour<'_> {
    /// Has a look at what is shown.
    async fn look(&mut self, screen: &str) -> anyhow::Result<()> {
        let (phone, place) = (self.phone, format!("{}-{screen}", self.name));
        let still = "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)";
        phone.until(still).await?;
        phone.until("[...document.images].every((image) => image.complete)").await?;
        phone.picture(&place).await?;
        let wide = phone
            .eval(
                "Math.max(document.documentElement.scrollWidth, document.getElementById('main').scrollWidth)",
            )
            .await?;
        if wide.as_u64() > Some(self.width.into()) {
            self.found.push(format!("{place}: {wide} px wide"));
        }
        let small = "[...document.querySelectorAll('button, .pill, .switch, input:not([type=radio], [type=checkbox], [type=file])')] \
            .filter((e) => e.checkVisibility() && !e.closest('[inert]') && Math.min(e.offsetWidth, e.offsetHeight) < 24) \
            .map((e) => e.outerHTML.slice(0, 120))";
        let small = phone.eval(small).await?;
        if small != json!([]) {
            self.found.push(format!("{place}: small targets: {small}"));
        }
        let judged = judge(phone, self.axe).await?;
        self.found.extend(judged.into_iter().map(|what| format!("{place}: {what}")));
        Ok(())
    }

    /// Back to the tab, by Telegram's way or the page's own.
    async fn back(&self) -> anyhow::Result<()> {
        match self.phone.eval("told.back()").await?.as_bool() {
            Some(true) => Ok(()),
            _ => self.phone.tap(".head .round").await,
        }
    }

    /// Puts a sheet away.
    async fn put_away(&self) -> anyhow::Result<()> {
        self.phone.tap("dialog .quiet").await?;
        self.phone.until("!document.querySelector('dialog')").await.map(drop)
    }

    async fn tab(&self, name: &str) -> anyhow::Result<()> {
        self.phone.tap(&format!("[data-tab={name}]")).await
    }

    /// The deck and what opens above it.
    async fn cards(&mut self) -> anyhow::Result<()> {
        self.phone.card().await?;
        self.phone.until("!document.querySelector('.card.top .coming')").await?;
        self.look("cards").await?;
        let small = "['undo', 'pass', 'like', 'later'].filter((name) => { \
            const { width, height } = document.querySelector(`.of-${name}`).getBoundingClientRect(); return width < 44 || height < 44; })";
        assert_eq!(self.phone.eval(small).await?, json!([]), "buttons that say something are 44 px at least");
        self.phone.tap(".card.top .more").await?;
        self.look("about").await?;
        self.put_away().await?;
        self.phone.tap(".card.top .flag").await?;
        self.look("report").await?;
        self.put_away().await
    }

    /// Likes and matches.
    async fn others(&mut self) -> anyhow::Result<()> {
        self.tab("likes").await?;
        self.phone.until("document.querySelector('.grid.few')").await?;
        self.look("likes").await?;
        self.tab("matches").await?;
        self.phone.until("document.querySelector('.rows li')").await?;
        self.look("matches").await?;
        self.phone.tap(".rows button").await?;
        self.phone.until("document.querySelector('.album')").await?;
        self.look("match").await?;
        self.phone.tap(".block .choice").await?;
        self.look("share").await?;
        self.put_away().await?;
        self.back().await?;
        self.phone.until("document.querySelector('.search:not([hidden]) input')").await?;
        self.phone.browser.type_into("//input[@type='search']", "zzz").await?;
        self.phone.until("document.querySelector('.nothing')").await?;
        self.look("not-found").await
    }

    /// The profile, and all behind it.
    async fn own(&mut self) -> anyhow::Result<()> {
        self.tab("profile").await?;
        self.phone.until("document.querySelectorAll('.menu').length === 2").await?;
        self.phone.tap(".menu li button").await?;
        self.phone.until("document.querySelector('dialog .card')").await?;
        self.put_away().await?;
        self.look("profile").await?;
        for (n, name, ready) in [
            (2, "edit", ".menu"),
            (3, "wishes", ".menu"),
            (4, "settings", ".switches"),
            (5, "stats", ".figures"),
        ] {
            let open = format!(".menu li:nth-child({n}) button");
            self.phone.until("document.querySelectorAll('.menu').length === 2").await?;
            self.phone.tap(&open).await?;
            self.phone
                .until(&format!(
                    "document.querySelector('{ready}') && document.querySelectorAll('.menu').length < 2"
                ))
                .await?;
            self.look(name).await?;
            let parts: &[(u32, &str)] = match name {
                "edit" => &[(2, "bio"), (4, "interests"), (5, "place")],
                "wishes" => &[(4, "filters")],
                _ => &[],
            };
            for (n, part) in parts {
                self.phone.tap(&format!(".menu li:nth-child({n}) button")).await?;
                self.phone.until("document.querySelector('form')").await?;
                self.look(part).await?;
                self.back().await?;
                self.phone.until("document.querySelector('.menu')").await?;
            }
            self.back().await?;
        }
        self.phone.until("document.querySelectorAll('.menu').length === 2").await?;
        self.phone.tap(".menu:last-of-type li:last-child button").await?;
        self.look("delete").await?;
        self.put_away().await
    }
}

/// People who like her, and one who is her match.
async fn liked(app: &TestApp, anna: &SimUser, men: &[SimUser]) -> anyhow::Result<()> {
    let phone = Phone::open(app, anna, Client::default()).await?;
    let top = phone.card().await?;
    phone.tap(".of-like").await?;
    phone.until("told.sent.some((one) => one.path.endsWith('/verdict') && one.status === 200)").await?;
    for man in men {
        phone.become_(man.id(), Client::default()).await?;
        phone.card().await?;
        phone.tap(".of-like").await?;
        phone.until("told.sent.some((one) => one.path.endsWith('/verdict') && one.status === 200)").await?;
    }
    let me = asks(app, anna, "/me").await;
    anyhow::ensure!(me["matches"] == 1, "{top}: {me}");
    Ok(())
}

#[tokio::test]
async fn every_screen_is_for_everybody() -> anyhow::Result<()> {
    let Some(axe) = axe()?.filter(|_| has_browser()) else { return Ok(()) };
    let Some((server, url)) = real_postgres() else { return Ok(()) };
    let app = spawn_app(Options { place: Place::Server(url), ..options() });
    let (anna, men) = people(&app, &["Tom", "Ben", "Max"]).await;
    liked(&app, &anna, &men).await?;
    // Likes are counted from the next midnight on.
    server.psql("nameless", "UPDATE dating_pairs SET lo_at = lo_at - 86400000, hi_at = hi_at - 86400000");
    let fresh = member(&app.world, "fresh", WOMAN).await;
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let client = Client::default();
    let tours = [
        ("day", Client { theme: DAY, width: 430, height: 860, ..client }),
        ("night", Client { theme: NIGHT, width: 320, height: 600, version: "6.0", language: "ru", ..client }),
        ("sand", Client { theme: SAND, width: 320, height: 640, version: "7.6", ..client }),
        ("violet", Client { theme: VIOLET, width: 390, height: 760, language: "ru", ..client }),
    ];
    let mut found = Vec::new();
    for (name, client) in tours {
        let mut tour = Tour { name, phone: &phone, axe: &axe, width: client.width, found: Vec::new() };
        phone.browser.colours(if name == "night" { "dark" } else { "light" }).await?;
        phone.become_(anna.id(), client).await?;
        tour.cards().await.with_context(|| format!("{name}: cards"))?;
        tour.others().await.with_context(|| format!("{name}: others"))?;
        tour.own().await.with_context(|| format!("{name}: own"))?;
        assert_eq!(phone.eval("told.threw").await?, json!([]), "{}", client.version);
        phone.become_(fresh.id(), client).await?;
        phone.until("document.querySelector('.birth')").await?;
        tour.look("birth").await?;
        phone.become_(anna.id(), Client { age: 25 * 3_600, ..client }).await?;
        phone.until("document.querySelector('.gate')").await?;
        tour.look("stale").await?;
        found.append(&mut tour.found);
    }
    assert!(found.is_empty(), "{found:#?}");
    let complaints = phone.complaints().await?;
    let odd: Vec<_> = complaints.iter().filter(|line| !line.contains("Failed to load resource")).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    Ok(())
}

/// Links lead where they say, and what only looks like one leads nowhere.
#[tokio::test]
async fn links_lead_inside() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let app = spawn_app(options());
    let (anna, men) = people(&app, &["Tom"]).await;
    liked(&app, &anna, &men).await?;
    let matches = asks(&app, &anna, "/matches").await;
    let token = matches["matches"][0]["token"].as_str().context("a match")?.to_owned();
    let phone = Phone::open(&app, &anna, Client::default()).await?;
    let link: &'static str = format!("match_{token}").leak();
    let is_tom = format!("document.querySelector('h1')?.textContent === '{}'", titled("Tom"));
    for (start, shows) in [
        ("matches", "document.querySelector('[aria-current]')?.dataset.tab === 'matches'"),
        ("likes", "document.querySelector('[aria-current]')?.dataset.tab === 'likes'"),
        ("profile", "document.querySelector('[aria-current]')?.dataset.tab === 'profile'"),
        (link, &*is_tom),
        ("match_0123456789abcdef", "document.querySelector('[aria-current]')?.dataset.tab === 'matches'"),
        ("javascript_alert", "document.querySelector('[aria-current]')?.dataset.tab === 'discover'"),
    ] {
        phone.become_(anna.id(), Client { start, ..Client::default() }).await?;
        phone.until(shows).await.with_context(|| start.to_owned())?;
    }
    Ok(())
}
