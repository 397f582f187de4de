//! I8: the process ends at named moments around the commit of a payment. Nothing is lost, nothing
//! is credited twice, the books add up.

use super::process::{Bot, PATIENCE, nameless, variables};
use crate::support::app::quick_simulator;
use crate::support::people::{person, press};
use nameless_domain::time::Millis;
use nameless_simulator::{Bill, PayError, SimUser, Simulator};
use std::path::Path;
use std::time::Duration;

/// Where, and at which payment.
const POINTS: [&str; 4] = [
    "billing before commit#1",
    "billing after commit#1",
    "billing before commit#3",
    "billing after commit#3",
];
const PEOPLE: usize = 3;

/// Keeps a bot alive: begins the next life where the last one has ended.
pub struct Lives<'a> {
    pub bot: Option<Bot>,
    pub url: String,
    pub folder: &'a Path,
    pub begun: usize,
    /// Settings beside the usual ones.
    pub more: Vec<(&'static str, String)>,
}

impl Lives<'_> {
    fn variables(&self, die_at: Option<&str>) -> Vec<(&'static str, String)> {
        let mut all = variables(&self.url, self.folder);
        all.push(("STARS", "on".into()));
        all.extend(self.more.clone());
        all.extend(die_at.map(|at| ("NAMELESS_DIE_AT", at.to_owned())));
        all
    }

    pub fn begin(&mut self, die_at: Option<&str>) {
        self.begun += 1;
        self.bot = Some(Bot::serve(&self.variables(die_at)));
    }

    /// A life that has ended is followed by one that does not die.
    pub fn look(&mut self) {
        if self.bot.as_mut().is_some_and(Bot::is_over) {
            self.bot = None;
            self.begin(None);
        }
    }

    pub fn says(&self, args: &[&str]) -> String {
        let output = nameless(args, &self.variables(None)).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Waits for something while lives follow each other.
pub async fn until<T>(lives: &mut Lives<'_>, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "does not come: {what}");
        lives.look();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn receipts(user: &SimUser) -> usize {
    let is_receipt = |text: &str| text.contains("Receipt №");
    user.chat().iter().filter(|m| m.from_bot && m.text().is_some_and(is_receipt)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_the_commit_every_payment_is_credited_once() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    let folder = tempfile::tempdir().expect("a folder");
    let mut lives =
        Lives { bot: None, url: simulator.url(), folder: folder.path(), begun: 0, more: Vec::new() };
    lives.begin(None);
    let people: Vec<SimUser> = (0..PEOPLE).map(|n| person(&world, &format!("payer{n}"))).collect();
    for user in &people {
        user.send_text("/start");
        press(user, "on:lang:1").await;
    }
    let (began, mut paid) = (now(), 0);
    for point in POINTS {
        lives.bot.take().expect("a bot").stop();
        lives.begin(Some(point));
        let mut invoices = Vec::new();
        for user in &people {
            let mark = user.mark();
            user.send_text("/premium");
            press(user, "bl:buy:premium-7").await;
            let is_invoice = |m: &nameless_simulator::ChatMessage| m.from_bot && m.kind() == "invoice";
            let invoice = user.wait_after(mark, PATIENCE, is_invoice).await.expect("an invoice");
            invoices.push(invoice.message_id);
        }
        for (user, invoice) in people.iter().zip(invoices) {
            let before = receipts(user);
            let bill = Bill::Message(invoice);
            let begun = std::time::Instant::now();
            // The process may be dead when it is asked: then nothing is charged. What it let
            // through before counts as under way for a while.
            loop {
                assert!(begun.elapsed() < 2 * PATIENCE, "nobody answers");
                let paying = user.pay(bill);
                match paying.await {
                    Ok(charge) => {
                        // Told three times in all, each by an update of its own.
                        user.tell_again(&charge).expect("told");
                        user.tell_again(&charge).expect("told");
                        break;
                    }
                    Err(PayError::Declined(_) | PayError::TimedOut) => {
                        lives.look();
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            paid += 1;
            until(&mut lives, "a receipt", || (receipts(user) > before).then_some(())).await;
        }
        assert!(lives.begun >= 2, "{point}: nobody died");
        lives.look();
    }
    assert_eq!(lives.begun, 1 + 2 * POINTS.len(), "each of these lives ended where it was told to");
    lives.bot.take().expect("a bot").stop();
    for user in &people {
        assert_eq!(receipts(user), POINTS.len(), "one receipt each");
    }
    let differences = lives.says(&["billing", "differences"]);
    assert!(
        differences.contains("nothing differs") && differences.contains("the books are right"),
        "{differences}"
    );
    reports(&lives, began, paid);
}

/// That so many weeks were sold since `began`: in the month of that, and in this one if it is
/// another by now.
pub fn reports(lives: &Lives<'_>, began: Millis, paid: usize) {
    let months: std::collections::BTreeSet<(i64, i64)> = [began, now()]
        .map(|at| {
            let (year, month, _) = at.date();
            (year, month)
        })
        .into();
    let mut sold = [0; 5];
    let mut said = String::new();
    for (year, month) in months {
        let report = lives.says(&["billing", "report", "--month", &format!("{year}-{month:02}"), "--csv"]);
        let line = report.lines().find_map(|line| line.strip_prefix("premium-7,XTR,"));
        let numbers =
            line.into_iter().flat_map(|line| line.split(',').map(move |n| n.parse::<usize>().expect(line)));
        sold.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
        said.push_str(&report);
    }
    assert_eq!(sold, [paid, paid * 75, 0, 0, paid * 75], "{said}");
}

pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    Millis(since.as_millis() as i64)
}
