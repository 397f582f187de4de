//! Each page in Chromium: nothing for axe to find, light and dark, on a phone and on a desk; HTML
//! without an error; and the queue worked by keyboard alone.

use super::visitor::{Visitor, get, post, token};
use super::{held, hostile, poisoned};
use crate::billing::buys;
use crate::common::{MAN, member};
use crate::page::browser::{Browser, ENTER, installed};
use crate::support::app::{TestApp, spawn_app};
pub use crate::support::guest::judges;
use crate::support::skip;
use anyhow::Context as _;
use nameless_domain::capabilities::admin::Role;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether all that this needs is here.
fn is_equipped() -> Option<PathBuf> {
    if !installed() {
        let hint = "Chromium is not installed (apt install chromium chromium-driver); \
                    NAMELESS_SKIP=chromium leaves this test out";
        assert!(skip::allowed("chromium"), "{hint}");
        return None;
    }
    judges()
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[tokio::test]
async fn every_page_is_for_everybody() -> anyhow::Result<()> {
    let Some(judges) = is_equipped() else { return Ok(()) };
    let app = spawn_app(poisoned().with("STARS", "on").with("ADMIN_SECOND_OWNER", "on"));
    let secret = token(&app, "owner", Role::Owner).await;
    let owner = Visitor::log_in(&app, &secret).await;
    let (user, report) = hostile(&app, &owner).await;
    let photo = held(&app, &owner).await;
    let broadcast = drafted(&owner).await;
    for (key, words) in [("a", "Back <at> noon"), ("b", "Back at one")] {
        let fields = [("csrf", &*owner.csrf), ("key", key), ("ru", "Скоро"), ("en", words)];
        let sent = post(&owner, "/admin/announcements", &fields).await;
        anyhow::ensure!(sent.status == reqwest::StatusCode::SEE_OTHER, "{}", sent.body);
    }
    // It waits for a second one.
    let fields = [("csrf", &*owner.csrf), ("key", "erase"), ("reason", "a <script> & more")];
    let sent = post(&owner, &format!("/admin/users/{user}/erase"), &fields).await;
    anyhow::ensure!(sent.status == reqwest::StatusCode::SEE_OTHER, "{}", sent.body);
    let viewer = token(&app, "eyes", Role::Viewer).await;
    let viewer = Visitor::log_in(&app, &viewer).await;
    let (payer, payment) = paid(&app, &owner).await;
    let pages = [
        ("overview", "/admin".to_owned()),
        ("reports", "/admin/reports".to_owned()),
        ("report", format!("/admin/reports/{report}")),
        ("photos", "/admin/photos".to_owned()),
        ("photo", format!("/admin/photos/{photo}")),
        ("users", "/admin/users".to_owned()),
        ("user", format!("/admin/users/{user}")),
        ("ban", format!("/admin/users/{user}/ban?report={report}")),
        ("grant", format!("/admin/users/{user}/grant")),
        ("payments", format!("/admin/payments?user={payer}")),
        ("payment", format!("/admin/payments/{payment}")),
        ("refund", format!("/admin/payments/{payment}/refund")),
        ("erase", format!("/admin/users/{user}/erase")),
        ("requests", "/admin/requests".to_owned()),
        ("many", format!("/admin/many?what=dismiss_like&report={report}")),
        ("many-ban", format!("/admin/many?what=ban&users={user}+5")),
        ("dead-letters", "/admin/dead-letters".to_owned()),
        ("actors", "/admin/actors".to_owned()),
        ("audit", "/admin/audit?outcome=done".to_owned()),
        ("tokens", "/admin/tokens".to_owned()),
        ("revoke", "/admin/tokens/eyes/revoke".to_owned()),
        ("config", "/admin/config".to_owned()),
        ("figures", "/admin/figures".to_owned()),
        ("announcements", "/admin/announcements".to_owned()),
        ("characters", "/admin/characters".to_owned()),
        ("dating", "/admin/dating".to_owned()),
        ("shared", "/admin/shared".to_owned()),
        ("jobs", "/admin/jobs".to_owned()),
        ("broadcasts", "/admin/broadcasts".to_owned()),
        ("broadcast", format!("/admin/broadcasts/{broadcast}")),
        ("broadcast-start", format!("/admin/broadcasts/{broadcast}/start")),
        ("missing", "/admin/users/5".to_owned()),
    ];
    validate(&judges, &owner, &viewer, &pages, photo).await?;
    let axe = std::fs::read_to_string(judges.join("node_modules/axe-core/axe.min.js"))?;
    let browser = Browser::start().await?;
    browser.focused().await?;
    let mut found = Vec::new();
    speak(&browser, &owner.base, "en").await?;
    look(&browser, &axe, "login", &mut found).await?;
    // As the one who has opened the report: it is nobody else's now.
    log_in(&browser, &secret).await?;
    for (name, path) in &pages {
        browser.open(&format!("{}{path}", owner.base)).await?;
        look(&browser, &axe, name, &mut found).await.with_context(|| name.to_string())?;
    }
    // Words are as long as they are: the widths matter in both languages, axe's rules in one.
    speak(&browser, &owner.base, "ru").await?;
    browser.size(360, 780).await?;
    for (name, path) in &pages {
        browser.open(&format!("{}{path}", owner.base)).await?;
        fits(&browser, 360, &mut found, &format!("{name}, ru")).await?;
    }
    speak(&browser, &owner.base, "en").await?;
    picture(&browser, &owner.base, photo).await?;
    look(&browser, &axe, "photo-look", &mut found).await?;
    assert!(found.is_empty(), "{found:#?}");
    keyboard(&browser, &owner.base).await?;
    live(&browser, &owner.base).await?;
    let complaints = browser.complaints().await?;
    // Chromium notes each answer that is no success.
    let complaints: Vec<_> = complaints.iter().filter(|line| !line.contains("404 (Not Found)")).collect();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(())
}

/// Somebody who has paid, and the payment's number.
async fn paid(app: &TestApp, owner: &Visitor) -> (i64, i64) {
    let payer = member(&app.world, "payer", MAN).await;
    buys(&payer).await;
    let (_, page) = get(owner, &format!("/admin/payments?user={}", payer.id())).await;
    let number = page.split("href=\"/admin/payments/").nth(1).and_then(|rest| rest.split('"').next());
    (payer.id(), number.and_then(|number| number.parse().ok()).expect("a number"))
}

/// A draft in both languages, with a button. Its number.
async fn drafted(owner: &Visitor) -> String {
    let fields = [
        ("csrf", &*owner.csrf),
        ("key", "draft"),
        ("ru", "Привет <b>всем</b>, здесь многое стало быстрее"),
        ("en", "Hello <b>all</b>, much has become quicker here"),
        ("link", "https://example.org/a-rather-long-address/of-the-news"),
        ("active", "30"),
    ];
    let answer = post(owner, "/admin/broadcasts", &fields).await;
    let place = answer.location.unwrap_or_else(|| panic!("{}", answer.body));
    place.trim_start_matches("/admin/broadcasts/").split('?').next().unwrap_or_default().to_owned()
}

async fn log_in(browser: &Browser, token: &str) -> anyhow::Result<()> {
    browser.type_into("//input[@id=\"token\"]", token).await?;
    browser.click("//button[contains(@class,\"primary\")]").await?;
    browser.until("location.pathname === '/admin'").await.map(drop)
}

/// The pages' language from now on.
async fn speak(browser: &Browser, base: &str, language: &str) -> anyhow::Result<()> {
    browser.open(&format!("{base}/admin/login")).await?;
    if browser.run("return document.documentElement.lang", json!([])).await? != language {
        browser.click(&format!("//button[@lang=\"{language}\"]")).await?;
        browser.until(&format!("document.documentElement.lang === '{language}'")).await?;
    }
    Ok(())
}

/// What axe holds against a page, of the rules that `arguments[0]` names.
const JUDGE: &str = "window.judged = undefined; \
    axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'] }).then((r) => { \
        window.judged = JSON.stringify(r.violations.map((v) => \
            `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('; ')}`)) })";

/// Has axe look at a page at each width in each colour. All its rules are asked at each width; of
/// the other colour only what depends on colours.
async fn look(browser: &Browser, axe: &str, name: &str, found: &mut Vec<String>) -> anyhow::Result<()> {
    let tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    let all = json!({"type": "tag", "values": tags});
    let colours = json!({"type": "rule", "values": ["color-contrast", "link-in-text-block"]});
    for (width, height, first, second) in [(360, 780, "light", "dark"), (1280, 900, "dark", "light")] {
        browser.size(width, height).await?;
        fits(browser, width, found, &format!("{name}, {width} px")).await?;
        for (colour, rules) in [(first, &all), (second, &colours)] {
            browser.colours(colour).await?;
            let settled = "document.getAnimations().every((a) => a.playState !== 'running')";
            browser
                .until(&format!("matchMedia('(prefers-color-scheme: {colour})').matches && {settled}"))
                .await?;
            if browser.run("return typeof axe", json!([])).await? != "object" {
                browser.run(axe, json!([])).await.context("axe")?;
            }
            browser.run(JUDGE, json!([rules])).await?;
            let judged = browser.until("window.judged").await?;
            let judged: Vec<String> = serde_json::from_str(judged.as_str().context("no judgement")?)?;
            found.extend(judged.into_iter().map(|what| format!("{name}, {width} px, {colour}: {what}")));
        }
        // For whoever wants to look: `NAMELESS_PICTURES=1`.
        if std::env::var_os("NAMELESS_PICTURES").is_some() {
            browser.picture(&folder().join(format!("{name}-{width}.png"))).await?;
        }
    }
    Ok(())
}

/// Nothing of the page sticks out of a window of that width, however long it says that something
/// has waited: how long that is depends on how busy this machine is.
async fn fits(browser: &Browser, width: u32, found: &mut Vec<String>, place: &str) -> anyhow::Result<()> {
    // `innerWidth` is greater where something sticks out, as a phone shows all of it then.
    browser.until(&format!("document.documentElement.clientWidth === {width}")).await?;
    let long = "const ru = document.documentElement.lang === 'ru'; \
        for (const time of document.querySelectorAll('time')) \
            time.textContent = ru ? '52 секунды' : '52 seconds'";
    browser.run(long, json!([])).await?;
    let wide = browser.run("return document.documentElement.scrollWidth", json!([])).await?;
    if wide.as_u64() > Some(width.into()) {
        found.push(format!("{place}: {wide} px wide"));
    }
    Ok(())
}

/// A picture is there once a reason was given, and sharp once somebody wants it so.
async fn picture(browser: &Browser, base: &str, photo: i64) -> anyhow::Result<()> {
    browser.size(1280, 900).await?;
    browser.open(&format!("{base}/admin/photos/{photo}")).await?;
    browser.type_into("//input[@id=\"reason\"]", "it was reported").await?;
    browser.click("//button[contains(@class,\"primary\")]").await?;
    browser.until("document.querySelector('.photo img')?.naturalWidth === 320").await?;
    let filter = "getComputedStyle(document.querySelector('.photo img')).filter";
    browser.until(&format!("{filter}.startsWith('blur(')")).await?;
    browser.press("v").await?;
    browser.until(&format!("{filter} === 'none'")).await?;
    browser.press("v").await?;
    browser.until(&format!("{filter}.startsWith('blur(')")).await.map(drop)
}

/// A report is opened, read and decided about without a mouse.
async fn keyboard(browser: &Browser, base: &str) -> anyhow::Result<()> {
    browser.open(&format!("{base}/admin/reports")).await?;
    browser.until("document.activeElement.matches('[data-open]')").await?;
    browser.press("j").await?;
    browser.press("k").await?;
    browser.press("o").await?;
    browser.until("location.pathname.startsWith('/admin/reports/')").await?;
    // Its script hears keys.
    browser.until("document.readyState === 'complete' && document.querySelector('[data-key=d]')").await?;
    browser.press("d").await?;
    browser.until("document.activeElement.id === 'reason'").await?;
    assert_eq!(browser.run("return document.querySelector('[data-key=d]').checked", json!([])).await?, true);
    browser.press(ENTER).await?;
    browser.until("location.search === '?done=dismissed'").await?;
    assert_eq!(browser.text("//p[@role=\"status\"]").await?, "Dismissed. On to the next one.");
    assert_eq!(browser.run("return document.title", json!([])).await?, "Reports · nameless");
    // Turned off, they do nothing.
    browser.click("//button[@name=\"keys\"]").await?;
    browser.until("document.querySelector('button[name=keys][value=on]')").await?;
    assert_eq!(browser.run("return document.querySelectorAll('script').length", json!([])).await?, 0);
    Ok(())
}

/// The overview is kept up to date, and stops where nobody looks.
async fn live(browser: &Browser, base: &str) -> anyhow::Result<()> {
    browser.size(1280, 900).await?;
    browser.open(&format!("{base}/admin")).await?;
    browser.until("live.textContent === live.dataset.on").await?;
    browser.run("window.dispatchEvent(new Event('blur'))", json!([])).await?;
    browser.until("live.textContent === live.dataset.off").await?;
    browser.run("window.dispatchEvent(new Event('focus'))", json!([])).await?;
    browser.until("live.textContent === live.dataset.on").await.map(drop)
}

/// The HTML of every page, and of what is refused.
async fn validate(
    judges: &Path,
    owner: &Visitor,
    viewer: &Visitor,
    pages: &[(&str, String)],
    photo: i64,
) -> anyhow::Result<()> {
    let folder = folder().join("html");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let keep = |name: &str, html: String| std::fs::write(folder.join(format!("{name}.html")), html);
    for (name, path) in pages {
        keep(name, get(owner, path).await.1)?;
    }
    keep("forbidden", get(viewer, "/admin/tokens").await.1)?;
    keep("viewer-reports", get(viewer, "/admin/reports").await.1)?;
    keep("login", get(viewer, "/admin/login").await.1)?;
    keep("link", get(viewer, &format!("/admin/login?link={}", "x".repeat(43))).await.1)?;
    let fields = [("csrf", owner.csrf.as_str()), ("reason", "it was reported")];
    keep("photo-look", post(owner, &format!("/admin/photos/{photo}"), &fields).await.body)?;
    let fields = [("csrf", owner.csrf.as_str()), ("name", "new"), ("role", "viewer"), ("days", "3")];
    keep("token-made", post(owner, "/admin/tokens", &fields).await.body)?;
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/html.json");
    // A pipe would be cut off at 64 KB.
    let told = folder.join("told.json");
    let output = Command::new("node")
        .arg(judges.join("node_modules/html-validate/bin/html-validate.mjs"))
        .arg("--formatter")
        .arg(format!("json={}", told.display()))
        .arg("--config")
        .arg(config)
        .arg(folder.join("*.html"))
        .current_dir(judges)
        .output()?;
    let told = std::fs::read(&told).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let report: Value = serde_json::from_slice(&told)?;
    let files = report.as_array().context("a report")?;
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let place = file["filePath"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let messages = file["messages"].as_array().cloned().unwrap_or_default();
            messages
                .into_iter()
                .map(move |m| format!("{place}:{} {} {}", m["line"], m["ruleId"], m["message"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
