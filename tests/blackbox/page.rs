//! The demo's page in headless Chromium, as a visitor uses it: against the real program, engine and
//! all.

pub mod browser;
mod buy;
mod dating;
mod phone;
pub mod process;
mod tour;

use crate::support::skip;
use anyhow::Context as _;
use browser::{Browser, installed};
use phone::Phone;
use process::Process;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The private database is made anew at the first start.
const START: Duration = Duration::from_secs(120);

const HELLO: &str = "Hi! How is your evening going?";
const ANSWER: &str = "Hello! Quietly: tea, rain and a good book.";

#[tokio::test]
async fn a_visitor_sees_two_people_talk() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    // Photos are left veiled for the picture of the page.
    let (_program, url) = demo(folder.path(), "off")?;
    let browser = Browser::start().await?;
    let visit = visit(&browser, &url).await;
    sound(&browser, visit, "page-failed.png").await
}

/// Real models in a real worker, as in `make demo`.
#[tokio::test]
async fn a_visitor_sees_photos_looked_at_and_crashes_who_looks() -> anyhow::Result<()> {
    let Some((_, astronaut)) = crate::photos::models().filter(|_| has_browser()) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (_program, url) = demo(folder.path(), "spoiler")?;
    let browser = Browser::start().await?;
    let visit = watch_photos(&browser, &url, &astronaut).await;
    sound(&browser, visit, "page-photos-failed.png").await
}

/// By the visitor's hand, and by itself.
#[tokio::test]
async fn two_phones_show_two_people_who_like_each_other() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (_program, url) = demo(folder.path(), "off")?;
    let browser = Browser::start().await?;
    let visit = dating::visit(&browser, &url).await;
    sound(&browser, visit, "page-dating-failed.png").await
}

/// All that there is, by one button, and how it is held, skipped and ended.
#[tokio::test]
async fn a_visitor_is_shown_around() -> anyhow::Result<()> {
    if !has_browser() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (_program, url) = demo(folder.path(), "off")?;
    let browser = Browser::start().await?;
    let visit = tour::visit(&browser, &url).await;
    sound(&browser, visit, "page-tour-failed.png").await
}

fn has_browser() -> bool {
    let hint = "Chromium is not installed (apt install chromium chromium-driver); \
                NAMELESS_SKIP=chromium leaves this test out";
    let installed = installed();
    assert!(installed || skip::allowed("chromium"), "{hint}");
    installed
}

async fn sound(browser: &Browser, visit: anyhow::Result<()>, name: &str) -> anyhow::Result<()> {
    if visit.is_err() {
        browser.picture(&picture(name)).await?;
    }
    let complaints = browser.complaints().await?;
    visit.with_context(|| format!("console: {complaints:?}; see {}", picture(name).display()))?;
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(())
}

/// Starts `nameless demo` in a folder of its own; tells its address.
fn demo(folder: &Path, face_policy: &str) -> anyhow::Result<(Process, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(["demo", "--addr", "127.0.0.1:0"]).current_dir(folder).env("DATA_DIR", folder.join("data"));
    // Workers stand back behind all else that a busy machine does; a wait of the page's takes 30 s.
    command.env("FACE_POLICY", face_policy).env("FACE_TIMEOUT", "25s");
    for foreign in ["BOT_TOKEN", "DATABASE_URL", "NAMELESS_ENV"] {
        command.env_remove(foreign);
    }
    command.env("RUST_LOG", "error");
    let program = Process::start(&mut command)?;
    let url = program.line(START, |line| {
        let from = line.find("http://127.0.0.1:")?;
        line[from..].split_whitespace().next().map(str::to_owned)
    })?;
    Ok((program, url))
}

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

async fn visit(browser: &Browser, url: &str) -> anyhow::Result<()> {
    let [one, two] = [0, 1].map(|slot| Phone { browser, slot });
    browser.size(1440, 900).await?;
    browser.open(url).await?;
    browser.click("//button[@data-language=\"en\"]").await?;

    plays_by_itself(browser, one, two).await.context("playing by itself")?;
    words_arrive(one, two).await.context("words")?;
    photos_arrive_veiled(browser, one, two).await.context("photos")?;
    // Nothing is under way any more but what goes on for ever.
    let still = "a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity";
    browser.until(&format!("document.getAnimations().every((a) => {still})")).await?;
    browser.picture(&picture("page-1440x900.png")).await?;
    markup_is_text(browser, one, two).await.context("hostile text")?;
    a_crash_costs_nobody(browser, one, two).await.context("crash")?;
    fits_a_phone(browser).await.context("at a phone's width")?;
    goes_on_after_a_reload(browser, two).await.context("reload")?;
    a_third_joins(browser).await.context("third phone")?;
    buy::premium(browser, url, [one, two]).await.context("premium for Stars")
}

/// What the panel says of the last photo.
const VERDICT: &str = "document.querySelector('p.verdict > span').textContent";

async fn watch_photos(browser: &Browser, url: &str, face: &[u8]) -> anyhow::Result<()> {
    let [one, two] = [0, 1].map(|slot| Phone { browser, slot });
    browser.size(1440, 900).await?;
    browser.open(url).await?;
    browser.click("//button[@data-language=\"en\"]").await?;
    plays_by_itself(browser, one, two).await.context("playing by itself")?;
    // Somebody looks, from now on.
    browser.until("!document.querySelector('p.verdict .crash').hidden").await?;

    // The veil goes, and the face that was found is marked, in a bubble of its receiver's.
    let theirs = "document.querySelectorAll('[data-slot=\"1\"] .picture";
    looked_at(browser, async || upload(browser, face).await).await.context("a photo with a face")?;
    browser.until(&format!("{theirs}:not(.veiled) .face').length > 0")).await.context("a marked face")?;
    browser.until(&format!("/fine, after \\d+ ms/.test({VERDICT})")).await?;
    browser.picture(&picture("page-photos-1440x900.png")).await?;

    // Who looks is crashed: another one looks, and nobody notices.
    let read =
        "(fetch('/demo/state').then((r) => r.json()).then((s) => window.photos = s.photos), window.photos)";
    browser.until(&format!("{read} && window.photos.workers === 1")).await?;
    // On a busy machine some were lost for being late.
    let lost = number(browser, "window.photos.lost").await?;
    browser.click("//p[contains(@class,'verdict')]//button[contains(@class,'crash')]").await?;
    browser.until(&format!("{read} && window.photos.lost > {lost} && window.photos.workers === 1")).await?;
    one.write("Still here?").await?;
    two.sees("Still here?", "").await?;
    let sample = one.at("//button[contains(@class,\"sample\")]");
    let shown = browser.run(&format!("return {theirs}:not(.veiled) img').length"), json!([])).await?;
    looked_at(browser, async || browser.click(&sample).await).await.context("the next photo")?;
    browser.until(&format!("{theirs}:not(.veiled) img').length > {shown}")).await.map(drop)
}

/// Sends a photo until one was looked at: on a busy machine that may take longer than it may, and
/// it stays veiled then.
async fn looked_at(browser: &Browser, send: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let read =
        "(fetch('/demo/state').then((r) => r.json()).then((s) => window.demo = s.counters), window.demo)";
    let count = "window.demo.photos_approved";
    let all = "window.demo.photos_approved + window.demo.photos_unchecked";
    browser.until(&format!("{read} && {count} >= 0")).await?;
    let (mut before, approved) = (number(browser, all).await?, number(browser, count).await?);
    for _ in 0..20 {
        send().await?;
        browser.until(&format!("{read} && {all} > {before}")).await?;
        if number(browser, count).await? > approved {
            return Ok(());
        }
        before = number(browser, all).await?;
    }
    anyhow::bail!("nobody looked at any of twenty photos")
}

async fn number(browser: &Browser, expression: &str) -> anyhow::Result<u64> {
    let value = browser.run(&format!("return {expression}"), json!([])).await?;
    value.as_u64().with_context(|| format!("{expression}: {value}"))
}

/// Sends a file of the first one's as by its picker.
async fn upload(browser: &Browser, file: &[u8]) -> anyhow::Result<()> {
    let script = "const bytes = Uint8Array.from(arguments[0]);
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'face.png', { type: 'image/png' }));
        const picker = document.querySelector('[data-slot=\"0\"] input[type=file]');
        picker.files = data.files;
        picker.dispatchEvent(new Event('change', { bubbles: true }));";
    browser.run(script, json!([file])).await.map(drop)
}

async fn plays_by_itself(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    // Both have said /start by themselves and are asked the first question.
    for phone in [one, two] {
        browser.find(&phone.at("//button[@class=\"key\"]")).await?;
    }
    browser.click("//button[@id=\"play\"]").await?;
    two.sees(HELLO, "").await?;
    one.sees(ANSWER, "//button[@class=\"quote\"]").await?;
    two.has(ANSWER, "//span[@class=\"reactions\"]").await?;
    browser.until("!document.getElementById('play').disabled").await?;
    assert_eq!(browser.text("//p[@id=\"status\"]").await?, "Your turn: type on either phone.");
    Ok(())
}

async fn words_arrive(one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    one.write("Do you like lighthouses?").await?;
    two.sees("Do you like lighthouses?", "").await?;

    two.choose("theirs", "lighthouses", "Reply").await?;
    two.write("Very much").await?;
    one.sees("Very much", "/button[@class=\"quote\"][contains(.,\"lighthouses\")]").await?;

    one.choose("own", "lighthouses", "Edit").await?;
    one.browser.clear(&one.at("//textarea")).await?;
    one.write("Do you like old lighthouses?").await?;
    two.sees("old lighthouses", "//span[@class=\"edited\"]").await?;

    two.choose("theirs", "old lighthouses", "👍").await?;
    one.has("old lighthouses", "//span[@class=\"reactions\"][contains(.,\"👍\")]").await?;

    // A hidden text stays hidden until it is tapped.
    two.write("The keeper is ||a cat||").await?;
    one.sees("a cat", "//span[@class=\"spoiler\"]").await?;
    let hidden = one.at("//span[@class=\"spoiler\"][contains(.,\"a cat\")]");
    one.browser.click(&hidden).await?;
    one.sees("a cat", "//span[@class=\"spoiler shown\"]").await?;

    one.write("Too much").await?;
    two.sees("Too much", "").await?;
    one.choose("own", "Too much", "Delete for both").await?;
    one.misses("Too much").await?;
    two.misses("Too much").await
}

async fn photos_arrive_veiled(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    browser.click(&one.at("//button[contains(@class,\"sample\")]")).await?;
    let veil = two.at("//span[@class=\"picture veiled\"]/button[@class=\"veil\"]");
    browser.find(&veil).await?;
    let drawn = "[...document.querySelectorAll('[data-slot] .picture img')]";
    // The picture itself has come through, on both sides.
    browser.until(&format!("{drawn}.filter((i) => i.complete && i.naturalWidth > 100).length >= 2")).await?;
    let own = browser.run("return document.querySelectorAll('.own .veiled').length", json!([])).await?;
    assert_eq!(own, 0, "the sender sees their own picture");
    // Left veiled for the picture of the page.
    two.write("Where is this?").await?;
    one.sees("Where is this?", "").await
}

async fn markup_is_text(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    let hostile = "<img src=x onerror=document.title='owned'> <script>document.title='owned'</script> &amp;";
    one.write(hostile).await?;
    two.sees(hostile, "").await?;
    one.has(hostile, "").await?;
    // As an answer's quote, too.
    two.choose("theirs", "onerror", "Reply").await?;
    two.write("What is that?").await?;
    one.sees("What is that?", "/button[@class=\"quote\"][contains(.,\"<img src=x\")]").await?;
    let made = "return document.querySelectorAll('img[src=x], .phone script, [onerror]').length";
    assert_eq!(browser.run(made, json!([])).await?, 0);
    assert_eq!(browser.run("return document.title", json!([])).await?, "Nameless, live");
    Ok(())
}

async fn a_crash_costs_nobody(browser: &Browser, one: Phone<'_>, two: Phone<'_>) -> anyhow::Result<()> {
    let before = two.restarts().await?;
    let bystander = one.restarts().await?;
    browser.click(&two.session("//button[@class=\"crash\"]")).await?;
    let count = "document.querySelector('.session[data-slot=\"1\"] .restarts-count').textContent";
    browser.until(&format!("Number({count}) > {before}")).await?;
    one.write("Still there?").await?;
    two.sees("Still there?", "").await?;
    two.write("As if nothing had happened").await?;
    one.sees("As if nothing had happened", "").await?;
    assert_eq!(one.restarts().await?, bystander, "the other session fell as well");
    Ok(())
}

async fn fits_a_phone(browser: &Browser) -> anyhow::Result<()> {
    for (width, height) in [(390, 844), (1440, 900)] {
        browser.size(width, height).await?;
        browser.until(&format!("innerWidth === {width}")).await?;
        for language in ["ru", "en"] {
            browser.click(&format!("//button[@data-language=\"{language}\"]")).await?;
            browser.until(&format!("document.documentElement.lang === '{language}'")).await?;
            let wide = browser.run("return document.documentElement.scrollWidth", json!([])).await?;
            assert!(wide.as_u64() <= Some(width.into()), "{wide} px wide in {language}, not {width}");
        }
        if width == 390 {
            browser.picture(&picture("page-390x844.png")).await?;
            browser.run("document.getElementById('engine').scrollIntoView()", json!([])).await?;
            browser.picture(&picture("page-390x844-engine.png")).await?;
        }
    }
    Ok(())
}

async fn goes_on_after_a_reload(browser: &Browser, two: Phone<'_>) -> anyhow::Result<()> {
    let people = "return [...document.querySelectorAll('.phone')].map((p) => p.dataset.person)";
    let before = browser.run(people, json!([])).await?;
    browser.reload().await?;
    two.sees("Still there?", "").await?;
    assert_eq!(browser.run(people, json!([])).await?, before);
    Ok(())
}

async fn a_third_joins(browser: &Browser) -> anyhow::Result<()> {
    browser.click("//button[@id=\"third\"]").await?;
    let third = Phone { browser, slot: 2 };
    browser.find(&third.at("//button[@class=\"key\"]")).await?;
    browser.find(&third.session("")).await?;
    // Two columns of words and a tree: still no wider than the window.
    browser.until("document.documentElement.scrollWidth <= innerWidth").await?;
    browser.picture(&picture("page-three.png")).await
}
