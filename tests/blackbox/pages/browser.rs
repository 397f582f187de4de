//! Each page in Chromium: nothing for axe to find, light and dark, on a phone and on a desk; HTML
//! without an error; and the queue worked by keyboard alone.

use super::visitor::{Visitor, get, post, token};
use super::{hostile, poisoned};
use crate::page::browser::{Browser, ENTER, installed};
use crate::support::app::spawn_app;
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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/judges.sh");
    let where_ = Command::new(script).arg("--where").output().expect("the script runs");
    if !where_.status.success() {
        let hint = "axe-core and html-validate are not here (scripts/judges.sh); \
                    NAMELESS_SKIP=judges leaves this test out";
        assert!(skip::allowed("judges"), "{hint}");
        return None;
    }
    Some(PathBuf::from(String::from_utf8(where_.stdout).expect("a path").trim()))
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[tokio::test]
async fn every_page_is_for_everybody() -> anyhow::Result<()> {
    let Some(judges) = is_equipped() else { return Ok(()) };
    let app = spawn_app(poisoned());
    let secret = token(&app, "owner", Role::Owner).await;
    let owner = Visitor::log_in(&app, &secret).await;
    let (user, report) = hostile(&app, &owner).await;
    let broadcast = drafted(&owner).await;
    let viewer = token(&app, "eyes", Role::Viewer).await;
    let viewer = Visitor::log_in(&app, &viewer).await;
    let pages = [
        ("overview", "/admin".to_owned()),
        ("reports", "/admin/reports".to_owned()),
        ("report", format!("/admin/reports/{report}")),
        ("users", "/admin/users".to_owned()),
        ("user", format!("/admin/users/{user}")),
        ("ban", format!("/admin/users/{user}/ban?report={report}")),
        ("grant", format!("/admin/users/{user}/grant")),
        ("dead-letters", "/admin/dead-letters".to_owned()),
        ("actors", "/admin/actors".to_owned()),
        ("audit", "/admin/audit?outcome=done".to_owned()),
        ("tokens", "/admin/tokens".to_owned()),
        ("revoke", "/admin/tokens/eyes/revoke".to_owned()),
        ("config", "/admin/config".to_owned()),
        ("figures", "/admin/figures".to_owned()),
        ("broadcasts", "/admin/broadcasts".to_owned()),
        ("broadcast", format!("/admin/broadcasts/{broadcast}")),
        ("broadcast-start", format!("/admin/broadcasts/{broadcast}/start")),
        ("missing", "/admin/users/5".to_owned()),
    ];
    validate(&judges, &owner, &viewer, &pages).await?;
    let axe = std::fs::read_to_string(judges.join("node_modules/axe-core/axe.min.js"))?;
    let browser = Browser::start().await?;
    browser.focused().await?;
    let mut found = Vec::new();
    for language in ["en", "ru"] {
        browser.open(&format!("{}/admin/login", owner.base)).await?;
        if browser.run("return document.documentElement.lang", json!([])).await? != language {
            browser.click(&format!("//button[@lang=\"{language}\"]")).await?;
            browser.until(&format!("document.documentElement.lang === '{language}'")).await?;
        }
        if language == "en" {
            look(&browser, &axe, "login", &mut found).await?;
            // As the one who has opened the report: it is nobody else's now.
            log_in(&browser, &secret).await?;
        }
        for (name, path) in &pages {
            browser.open(&format!("{}{path}", owner.base)).await?;
            // Words are as long as they are: the widths matter in both languages, axe's rules in
            // one.
            match language {
                "en" => look(&browser, &axe, name, &mut found).await.with_context(|| name.to_string())?,
                _ => fits(&browser, 360, &mut found, &format!("{name}, ru")).await?,
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    browser.open(&format!("{}/admin/login", owner.base)).await?;
    browser.click("//button[@lang=\"en\"]").await?;
    keyboard(&browser, &owner.base).await?;
    live(&browser, &owner.base).await?;
    let complaints = browser.complaints().await?;
    // Chromium notes each answer that is no success.
    let complaints: Vec<_> = complaints.iter().filter(|line| !line.contains("404 (Not Found)")).collect();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(())
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

/// Has axe look at a page at each width in each colour, and takes a picture of each.
async fn look(browser: &Browser, axe: &str, name: &str, found: &mut Vec<String>) -> anyhow::Result<()> {
    for (width, height) in [(360, 780), (1280, 900)] {
        for colour in ["light", "dark"] {
            browser.colours(colour).await?;
            let place = format!("{name}, {width} px, {colour}");
            browser.size(width, height).await?;
            fits(browser, width, found, &place).await?;
            browser.run(axe, json!([])).await.context("axe")?;
            let tags = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
            let run = "window.judged = undefined; \
                axe.run(document, { runOnly: arguments[0] }).then((r) => { window.judged = JSON.stringify( \
                    r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('; ')}`)) })";
            browser.run(run, json!([tags])).await?;
            let judged = browser.until("window.judged").await?;
            let judged: Vec<String> = serde_json::from_str(judged.as_str().unwrap_or("[]"))?;
            found.extend(judged.into_iter().map(|what| format!("{place}: {what}")));
            browser.picture(&folder().join(format!("{name}-{width}-{colour}.png"))).await?;
        }
    }
    Ok(())
}

async fn fits(browser: &Browser, width: u32, found: &mut Vec<String>, place: &str) -> anyhow::Result<()> {
    browser.size(width, 780).await?;
    browser.until(&format!("innerWidth === {width}")).await?;
    let wide = browser.run("return document.documentElement.scrollWidth", json!([])).await?;
    if wide.as_u64() > Some(width.into()) {
        found.push(format!("{place}: {wide} px wide"));
    }
    Ok(())
}

/// A report is opened, read and decided about without a mouse.
async fn keyboard(browser: &Browser, base: &str) -> anyhow::Result<()> {
    browser.open(&format!("{base}/admin/reports")).await?;
    browser.until("document.activeElement.matches('[data-open]')").await?;
    browser.press("j").await?;
    browser.press("k").await?;
    browser.press("o").await?;
    browser.until("location.pathname.startsWith('/admin/reports/')").await?;
    browser.until("document.querySelector('[data-key=d]')").await?;
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
