//! What operators say, what the engine hides by itself, what can be taken back, who was here.

use super::admin::{self, done, known, order};
use super::context::{Context, NOW, history};
use crate::support::clock::one_day;
use crate::support::export::WholeExport;
use nameless_actors::capabilities::{Answer, Carried, CohortLine, DayLine, Dossier};
use nameless_actors::ports::{MapRow, Write};
use nameless_domain::capabilities::admin::{Act, BanKind, LineKind, Pattern, Suspicion, Term, Verdict};
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::{DAY_MS, Millis};
use std::time::{SystemTime, UNIX_EPOCH};

/// The store's own clock: what it does by itself depends on how long ago something was.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Millis(i64::try_from(since.as_millis()).expect("a moment"))
}

async fn carried(c: &Context, act: Act) -> Carried {
    c.store.carry_out(order("a", act)).await.expect("the store answers").expect("it is done")
}

async fn dossier(c: &Context, user: i64) -> Box<Dossier> {
    match done(c, order("a", Act::Person { user: UserId(user) })).await {
        Answer::Person(dossier) => dossier,
        other => panic!("{other:?}"),
    }
}

/// Whom the engine would hide now.
async fn hides(c: &Context) -> Vec<(UserId, Suspicion)> {
    c.store.watch().await.expect("an answer").hide
}

/// Guard: a warning is told again until it was heard, and goes with the person.
pub async fn a_warning_is_owed_until_it_was_said(c: &mut Context) {
    known(c, 1_000).await;
    let warn = |user| Act::Warn { user: UserId(user), reason: " no links ".into() };
    let (user, line) = carried(c, warn(1_000)).await.line.expect("something to say");
    assert_eq!((user, line.kind, line.reason.as_str()), (UserId(1_000), LineKind::Warning, "no links"));
    assert_eq!(done(c, order("a", warn(1_001))).await, Answer::Missing, "there is nobody to tell");
    let owed = async |c: &Context| c.store.watch().await.expect("an answer").owed;
    assert_eq!(owed(c).await, [], "the session that hears of it may be asking just now");
    c.sql("UPDATE operator_lines SET at = at - 40000").await;
    assert_eq!(owed(c).await, [(UserId(1_000), line.clone())]);
    let port = nameless::capabilities::admin::kept_in(&c.store, None, String::new());
    port.heard(UserId(1_001), line.line).await.expect("noted");
    assert_eq!(owed(c).await.len(), 1, "another's word is none");
    port.heard(UserId(1_000), line.line).await.expect("noted");
    drop(port);
    assert_eq!(owed(c).await, []);
    let found = dossier(c, 1_000).await;
    assert_eq!((found.warnings, found.decisions[0].what.as_str()), (1, "warn"));
    let export = c.store.whole_export(UserId(1_000)).await.expect("a copy");
    assert_eq!(export["from_operators"][0]["reason"], "no links");

    let note = Act::Note { user: UserId(1_000), words: "looks like 1001".into() };
    done(c, order("a", note)).await;
    assert_eq!(dossier(c, 1_000).await.notes[0].words, "looks like 1001");
    let read = "SELECT count(*) FROM operator_notes n, operator_lines l
        WHERE position('looks'::bytea IN n.sealed) + position('links'::bytea IN l.sealed) > 0";
    assert_eq!(c.sql(read).await, ["0"]);
    c.write(vec![Write::Erase { user: UserId(1_000) }]).await;
    let left = "SELECT (SELECT count(*) FROM operator_notes) + (SELECT count(*) FROM operator_lines)";
    assert_eq!(c.sql(left).await, ["0"]);
}

async fn report(c: &Context, by: i64, of: i64, at: Millis) -> PairId {
    let pair = c.open(by, of, at).await;
    let (by, of) = (UserId(by), UserId(of));
    c.write(vec![
        Write::Reported { pair, by, of, reason: ReportReason::Abuse, at },
        Write::EndPair { pair, at, cause: nameless_domain::session::EndCause::Stopped },
    ])
    .await;
    pair
}

async fn number(c: &mut Context, pair: PairId) -> i64 {
    c.sql(&format!("SELECT report_id FROM reports WHERE pair_id = {}", pair.0)).await[0]
        .parse()
        .expect("a number")
}

async fn decide(c: &Context, report: i64, verdict: Verdict) -> Carried {
    carried(c, Act::Decide { report, verdict, reason: "looked".into() }).await
}

/// Guard: one report hides nobody, nor do two of whom one is known to cry wolf; a look ends it.
pub async fn several_trustworthy_reports_hide_until_somebody_looks(c: &mut Context) {
    c.clear().await;
    let at = now();
    let (target, hidden) = (UserId(1_010), |c: &Context| carried_hide(c.store.clone(), 1_010));
    known(c, 1_010).await;
    let first = report(c, 1_011, 1_010, at.plus(-5_000)).await;
    report(c, 1_011, 1_010, at.plus(-4_000)).await;
    assert_eq!(hides(c).await, [], "the same one twice is one");
    // Who cried wolf before.
    for (n, of) in [(1, 1_020), (2, 1_021), (3, 1_022)] {
        let pair = report(c, 1_012, of, at.plus(-90_000 + n)).await;
        let report = number(c, pair).await;
        decide(c, report, Verdict::Dismissed).await;
    }
    report(c, 1_012, 1_010, at.plus(-3_000)).await;
    assert_eq!(hides(c).await, []);
    report(c, 1_013, 1_010, at.plus(-2_000)).await;
    assert_eq!(hides(c).await, [(target, Suspicion::Reports)]);
    let Some((user, Some(ban))) = hidden(c).await.standing else { panic!("hidden") };
    assert_eq!((user, ban.kind), (target, BanKind::Shadow));
    assert!(ban.until != Millis::NEVER, "it ends, also if nobody looks");
    assert_eq!(hides(c).await, [], "once");
    let found = dossier(c, 1_010).await;
    assert_eq!((found.banned_by.as_deref(), found.decisions[0].what.as_str()), (Some("engine"), "hide"));

    // One of them was wrong: too few are left.
    let report_number = number(c, first).await;
    let lifted = decide(c, report_number, Verdict::Dismissed).await.standing;
    assert_eq!(lifted, None, "their second report is open");
    let open = "SELECT report_id FROM reports WHERE reported = 1010 AND status = 'open' ORDER BY at LIMIT 1";
    let second = c.sql(open).await;
    let lifted = decide(c, second[0].parse().expect("a number"), Verdict::Dismissed).await.standing;
    assert_eq!(lifted, Some((target, None)));
    assert_eq!(dossier(c, 1_010).await.ban, None);
    assert_eq!(hides(c).await, []);

    // What an operator decided stands: neither is it changed, nor done again after a pardon.
    known(c, 1_030).await;
    report(c, 1_031, 1_030, now()).await;
    report(c, 1_032, 1_030, now()).await;
    done(c, order("a", admin::ban(1_030, BanKind::Ban, Term::Forever))).await;
    assert_eq!(hides(c).await, []);
    done(c, order("a", Act::Unban { user: UserId(1_030), reason: "a mistake".into() })).await;
    assert_eq!(hides(c).await, [], "an operator has looked since");
}

/// Guard: who erased themselves stays in an open report, and no longer than until it is decided.
pub async fn a_decided_report_goes_with_who_erased_themselves(c: &mut Context) {
    c.clear().await;
    let kept =
        "SELECT (SELECT count(*) FROM reports WHERE reported = 1080), (SELECT count(*) FROM report_evidence)";
    known(c, 1_080).await;
    let open = report(c, 1_081, 1_080, now().plus(-5_000)).await;
    let open = number(c, open).await;
    c.write(vec![Write::Erase { user: UserId(1_080) }]).await;
    assert_eq!(c.sql(kept).await, ["1|1"]);
    let answer = decide(c, open, Verdict::Upheld).await.answer;
    assert!(matches!(answer, Answer::Decided(_)), "{answer:?}");
    assert_eq!(c.sql(kept).await, ["0|0"]);
    assert_eq!(c.sql("SELECT count(*) FROM audit_log WHERE what = 'decide'").await, ["1"]);

    // They are back: what they do now is kept like anybody's.
    known(c, 1_080).await;
    let anew = report(c, 1_081, 1_080, now().plus(1)).await;
    let anew = number(c, anew).await;
    decide(c, anew, Verdict::Upheld).await;
    assert_eq!(c.sql(kept).await, ["1|1"]);
    // Gone again, and reported for it only then.
    c.write(vec![Write::Erase { user: UserId(1_080) }]).await;
    let late = report(c, 1_081, 1_080, now().plus(1)).await;
    let late = number(c, late).await;
    decide(c, late, Verdict::Dismissed).await;
    assert_eq!(c.sql(kept).await, ["0|0"]);
}

/// Guard: so it is with the words of who made it, whichever of the two is first.
pub async fn evidence_goes_with_who_made_the_report_once_decided(c: &mut Context) {
    c.clear().await;
    for (by, of, decided_first) in [(1_082, 1_083, true), (1_084, 1_085, false)] {
        let at = now().plus(-5_000);
        let pair = c.open(by, of, at).await;
        let made = Write::Reported {
            pair,
            by: UserId(by),
            of: UserId(of),
            reason: ReportReason::Abuse,
            at: at.plus(2),
        };
        c.write(vec![
            history(pair, Side::A, by, 1, at, "go away"),
            history(pair, Side::B, of, 2, at.plus(1), "no"),
            made,
        ])
        .await;
        let report = number(c, pair).await;
        let erase = vec![Write::Erase { user: UserId(by) }];
        if decided_first {
            decide(c, report, Verdict::Upheld).await;
        } else {
            c.write(erase.clone()).await;
        }
        let evidence = c.store.report_evidence(report).await.expect("readable").expect("there");
        assert_eq!(evidence.messages.len(), 2);
        if decided_first {
            c.write(erase).await;
        } else {
            decide(c, report, Verdict::Upheld).await;
        }
        assert!(c.store.report_evidence(report).await.expect("readable").is_none(), "{decided_first}");
    }
    assert_eq!(c.sql("SELECT verdict FROM reports").await, ["upheld", "upheld"], "what was decided stands");
}

async fn carried_hide(store: nameless::store::PgStore, user: i64) -> Carried {
    let act = Act::Hide { user: UserId(user), why: Suspicion::Reports };
    store.carry_out(order("engine", act)).await.expect("the store answers").expect("it is done")
}

/// Guard: the first suspicion is only listed, what follows grows, and the list outlives it.
pub async fn suspicions_limit_in_steps(c: &mut Context) {
    c.clear().await;
    known(c, 1_040).await;
    let hide = || Act::Hide { user: UserId(1_040), why: Suspicion::Patterns };
    let mut lengths = Vec::new();
    for seq in 1..=4 {
        for _ in 0..2 {
            c.store.detected(UserId(1_040), Seq(seq), Pattern::Links).await.expect("kept");
        }
        if hides(c).await.is_empty() {
            lengths.push(0);
            continue;
        }
        let Some((_, Some(ban))) = carried(c, hide()).await.standing else { panic!("hidden") };
        lengths.push(ban.until.since(ban.since));
        assert_eq!(hides(c).await, [], "once for each");
        done(c, order("a", Act::Unban { user: UserId(1_040), reason: "a mistake".into() })).await;
    }
    assert_eq!(lengths, [0, 3_600_000, DAY_MS, DAY_MS]);
    let found = dossier(c, 1_040).await;
    assert_eq!((found.ban, found.detections.len()), (None, 4), "why outlives the unban");
    let Answer::Detections(page) = done(c, order("a", Act::Detections { limit: 50 })).await else { panic!() };
    assert_eq!((page.items.len(), page.items[0].user), (4, Some(UserId(1_040))));
    c.store.detected(UserId(1_041), Seq(1), Pattern::Links).await.expect("nothing is kept of nobody");
    c.write(vec![Write::Erase { user: UserId(1_040) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM detections").await, ["0"]);
}

/// An appeal is answered once; accepted, it lifts the ban.
pub async fn appeals_are_answered(c: &mut Context) {
    c.clear().await;
    for (user, accepted) in [(1_050, true), (1_051, false)] {
        known(c, user).await;
        done(c, order("a", admin::ban(user, BanKind::Ban, Term::Forever))).await;
        c.store.appeal(UserId(user), Seq(1), "it was my brother".into()).await.expect("kept");
        let Answer::Appeals(page) = done(c, order("a", Act::Appeals { limit: 9 })).await else { panic!() };
        assert_eq!((page.items.len(), page.items[0].user), (1, Some(UserId(user))));
        assert_eq!(page.items[0].reason.as_deref(), Some("sells things"));
        let answer = || Act::AnswerAppeal { user: UserId(user), accepted, reason: "we looked".into() };
        let carried = carried(c, answer()).await;
        assert_eq!(carried.standing, accepted.then_some((UserId(user), None)));
        let kind = if accepted { LineKind::Accepted } else { LineKind::Declined };
        assert_eq!(carried.line.map(|(_, line)| line.kind), Some(kind));
        assert_eq!(done(c, order("a", answer())).await, Answer::Missing, "once");
        let found = dossier(c, user).await;
        assert_eq!((found.ban.is_none(), found.appeals[0].accepted), (accepted, Some(accepted)));
    }
    let Answer::Appeals(page) = done(c, order("a", Act::Appeals { limit: 9 })).await else { panic!() };
    assert_eq!(page.items, []);
}

/// What is deleted is what partners got, not what they wrote; what is read is both, with a reason
/// that is kept and a count in the person's copy.
pub async fn chats_are_read_and_taken_back(c: &mut Context) {
    c.clear().await;
    let at = now().plus(-60_000);
    let pair = c.open(1_060, 1_061, at).await;
    known(c, 1_060).await;
    let row = |from, source, copy| MapRow { from, source: MessageId(source), copy: MessageId(copy) };
    let old = c.open(1_062, 1_063, at).await;
    c.write(vec![
        history(pair, Side::A, 1_060, 1, at, "buy this"),
        history(pair, Side::B, 1_061, 2, at.plus(1), "no thanks"),
        Write::Mapped { pair, at, rows: vec![row(Side::A, 1, 71), row(Side::B, 2, 72)] },
        Write::Mapped { pair: old, at, rows: vec![row(Side::A, 1, 73)] },
    ])
    .await;
    let delete = || Act::Delete { user: UserId(1_060), reason: "spam".into() };
    assert_eq!(carried(c, delete()).await.remove, [(UserId(1_061).chat(), vec![MessageId(71)])]);
    let read = Act::Dialogs { user: UserId(1_060), reason: "a report".into() };
    let Answer::Dialogs(dialogs) = done(c, order("a", read)).await else { panic!() };
    let lines: Vec<_> =
        dialogs.chats[0].messages.iter().map(|m| (m.from, m.payload["text"].as_str())).collect();
    assert_eq!(lines, [("person", Some("buy this")), ("partner", Some("no thanks"))]);
    let nobody = Act::Dialogs { user: UserId(1_069), reason: "a report".into() };
    assert_eq!(done(c, order("a", nobody)).await, Answer::Missing);
    let log = c.sql("SELECT what, reason FROM audit_log WHERE outcome = 'done' ORDER BY seq").await;
    assert_eq!(log, ["delete|spam", "dialogs|a report"]);
    let export = c.store.whole_export(UserId(1_060)).await.expect("a copy");
    assert_eq!(export["operators"]["read_your_chats"], 1);
    c.sql("UPDATE message_map SET at = at - 172800001").await;
    assert_eq!(carried(c, delete()).await.remove, [], "Telegram would refuse");
}

/// Sums of what people do; figures about few are not shown.
pub async fn activity_is_summed(c: &mut Context) {
    one_day().await;
    c.clear().await;
    let pair = c.open(1_070, 1_071, NOW).await;
    known(c, 1_070).await;
    let photo = |message, at| {
        let Write::History(mut row) = history(pair, Side::A, 1_070, message, at, "") else { panic!() };
        row.payload = r#"{"media":{"kind":"photo","file_id":"x"}}"#.into();
        Write::History(row)
    };
    c.write(vec![history(pair, Side::A, 1_070, 1, NOW, "a"), photo(2, NOW.plus(1_000))]).await;
    let mut edited = history(pair, Side::A, 1_070, 1, NOW.plus(2_000), "b");
    if let Write::History(row) = &mut edited {
        row.edit = 1;
    }
    c.write(vec![edited]).await;
    let sums = dossier(c, 1_070).await.activity.expect("sums");
    assert_eq!((sums.messages, sums.photos, sums.sessions, sums.days), (2, 1, 1, 1), "an edit is no message");
    // Ten minutes, an hour, a day later.
    let mut at = NOW;
    for (n, ms) in [(5, 600_000), (6, 3_600_000), (7, DAY_MS)] {
        at = at.plus(ms);
        c.write(vec![history(pair, Side::A, 1_070, n, at, "a")]).await;
        dossier(c, 1_070).await;
    }
    let sums = dossier(c, 1_070).await.activity.expect("sums");
    assert_eq!((sums.messages, sums.sessions, sums.days, sums.last_seen), (5, 3, 2, at));
    assert_eq!(c.sql("SELECT seen FROM activity WHERE user_id = 1070").await, ["3"]);
    let days = c.sql("SELECT active, fresh, messages, photos, dialogs FROM activity_days ORDER BY day").await;
    assert_eq!(days, ["1|1|4|1|1", "1|0|1|0|0"]);
    let export = c.store.whole_export(UserId(1_070)).await.expect("a copy");
    assert_eq!(export["activity"]["messages"], 5);

    // By cohort: nine are too few to be told of.
    let day = now().0 / DAY_MS;
    let cohort = |first: i64, people: i64, from: i64| {
        format!(
            "INSERT INTO activity SELECT n, {first}, {first}, 0, 1, 1, 0, 1, CASE WHEN n % 2 = 0 THEN 3 ELSE 129 END
             FROM generate_series({from}, {from} + {people} - 1) n"
        )
    };
    c.sql(&format!("{}; {}", cohort(day - 9, 10, 5_000), cohort(day - 3, 9, 6_000))).await;
    let Answer::Retention(page) = done(c, order("a", Act::Retention { days: 31 })).await else { panic!() };
    let shown: Vec<_> = page.items.iter().map(|l: &CohortLine| (l.people, l.d1, l.d7, l.d30)).collect();
    assert_eq!(shown, [(None, None, None, None), (Some(10), Some(5), Some(5), None)]);
    c.sql(&format!("UPDATE activity_days SET day = {day} WHERE messages = 4")).await;
    let Answer::Activity(page) = done(c, order("a", Act::Activity { days: 2 })).await else { panic!() };
    let shown: Vec<_> = page.items.iter().map(|l: &DayLine| (l.active, l.messages, l.dialogs)).collect();
    assert_eq!(shown, [(1, 4, 1)]);
    c.write(vec![Write::Erase { user: UserId(1_070) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM activity WHERE user_id = 1070").await, ["0"]);
    c.sql("TRUNCATE activity").await;
}
