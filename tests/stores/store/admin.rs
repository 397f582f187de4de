//! What operators do: bans that outlive an erasure, the log, tokens, the queue of reports.

use super::context::{Context, NOW, account, history};
use super::review::reported;
use crate::support::export::WholeExport;
use nameless::capabilities::admin::{Anchor, Verified, kept_in};
use nameless_actors::capabilities::{Answer, Denied, Dossier, Order, Page, ReportLine};
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::admin::audit::Break;
use nameless_domain::capabilities::admin::{
    Act, Actor, BanKind, Event, Role, Source, Standing, Term, Verdict,
};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

pub fn order(who: &str, act: Act) -> Order {
    let actor = Actor { name: format!("token:{who}"), role: Role::Owner };
    Order { actor, act, source: Source::Http, key: None }
}

pub fn ban(user: i64, kind: BanKind, term: Term) -> Act {
    Act::Ban { user: UserId(user), kind, term, reason: " sells things ".into() }
}

pub async fn done(c: &Context, order: Order) -> Answer {
    c.store.carry_out(order).await.expect("the store answers").expect("it is done").answer
}

pub async fn known(c: &Context, user: i64) {
    c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
}

/// What a session would know, by a store that has just started.
async fn standing(c: &Context, user: i64) -> Option<Standing> {
    let store = c.connect(1).await.expect("a store");
    let found = store.load(UserId(user)).await.expect("an answer").and_then(|loaded| loaded.standing);
    store.close().await;
    found
}

async fn dossier(c: &Context, user: i64) -> Box<Dossier> {
    match done(c, order("a", Act::Person { user: UserId(user) })).await {
        Answer::Person(dossier) => dossier,
        other => panic!("{other:?}"),
    }
}

/// Guard: bans are found by a hash, and nothing of an erasure touches that (I19).
pub async fn a_ban_outlives_an_erasure(c: &mut Context) {
    known(c, 900).await;
    assert_eq!(standing(c, 900).await, None);
    done(c, order("a", ban(900, BanKind::Ban, Term::Forever))).await;
    let found = standing(c, 900).await.expect("banned");
    assert_eq!((found.ban.kind, found.ban.until, found.kept), (BanKind::Ban, Millis::NEVER, true));
    assert_eq!(found.ban.reason, "sells things");
    let export = c.store.whole_export(UserId(900)).await.unwrap();
    assert_eq!(export["bans"][0]["reason"], "sells things");

    c.write(vec![Write::Erase { user: UserId(900) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM bans WHERE user_id = 900").await, ["0"]);
    let found = standing(c, 900).await.expect("banned still");
    assert!(!found.kept && found.ban.holds(NOW));
    // They come back, and have an account again.
    known(c, 900).await;
    assert!(standing(c, 900).await.is_some_and(|found| found.kept));
    let gone = dossier(c, 900).await;
    assert_eq!(gone.ban.as_ref().map(|ban| ban.kind), Some(BanKind::Ban));
    assert_eq!(gone.decisions.len(), 1, "and so does the reason");

    let unban = Act::Unban { user: UserId(900), reason: "a mistake".into() };
    done(c, order("a", unban.clone())).await;
    assert!(standing(c, 900).await.is_none_or(|found| found.ban.until != Millis::NEVER));
    assert_eq!(done(c, order("a", unban)).await, Answer::Missing);
    assert_eq!(dossier(c, 900).await.decisions.len(), 2, "why they were banned outlives the unban");
    // Nobody's id, and a shadow, which is not told.
    known(c, 901).await;
    done(c, order("a", ban(901, BanKind::Shadow, Term::Days(3)))).await;
    done(c, order("a", ban(902, BanKind::Ban, Term::Days(3)))).await;
    assert_eq!(c.store.whole_export(UserId(901)).await.unwrap()["bans"], serde_json::json!([]));
    assert!(standing(c, 902).await.is_some_and(|found| !found.kept));
}

/// A process that has looked before hears of what others write, and when a person was told.
pub async fn bans_are_heard_of(c: &mut Context) {
    known(c, 905).await;
    let other = c.connect(1).await.expect("a store");
    let knows = async |store: &nameless::store::PgStore| {
        store.load(UserId(905)).await.unwrap().and_then(|loaded| loaded.standing)
    };
    done(c, order("a", ban(906, BanKind::Ban, Term::Forever))).await;
    assert_eq!(knows(&other).await, None);
    // What was changed last may be gone by the next change.
    c.sql("DELETE FROM bans WHERE version = (SELECT max(version) FROM bans)").await;
    done(c, order("a", ban(905, BanKind::Ban, Term::Forever))).await;
    let heard = async {
        while knows(&other).await.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), heard).await.expect("heard of");
    other.close().await;
    for (seq, event) in [(1, Event::Appealed), (1, Event::Appealed), (2, Event::AppealedLately)] {
        let words = "it was my brother".to_owned();
        assert_eq!(c.store.appeal(UserId(905), Seq(seq), words).await.unwrap(), event);
    }
    assert_eq!(dossier(c, 905).await.appeals[0].words, "it was my brother");
    let found = c.sql("SELECT count(*) FROM appeals WHERE position('brother'::bytea IN sealed) > 0").await;
    assert_eq!(found, ["0"]);
    c.write(vec![Write::Erase { user: UserId(905) }]).await;
    assert!(dossier(c, 905).await.appeals.is_empty());
}

async fn verified(c: &Context) -> Verified {
    c.store.verify_audit(Vec::new()).await.expect("an answer")
}

async fn broken(c: &Context) -> Break {
    match verified(c).await {
        Verified::Broken(found) => found,
        whole => panic!("{whole:?}"),
    }
}

/// Behind the trigger's back, as who owns the database can.
async fn behind_its_back(c: &mut Context, sql: &str) {
    c.sql(&format!(
        "ALTER TABLE audit_log DISABLE TRIGGER USER; ALTER TABLE audit_heads DISABLE TRIGGER USER; {sql};
         ALTER TABLE audit_log ENABLE TRIGGER USER; ALTER TABLE audit_heads ENABLE TRIGGER USER"
    ))
    .await;
}

/// I13: whatever is done to the log is found, whichever row it is done to.
pub async fn whatever_is_done_to_the_log_is_found(c: &mut Context) {
    c.clear().await;
    assert!(matches!(verified(c).await, Verified::Whole { entries: 0, .. }));
    for n in 0..6 {
        done(c, order("a", ban(910 + n, BanKind::Ban, Term::Forever))).await;
    }
    c.store.note_refusal(order("b", Act::Tokens)).await.unwrap();
    let Verified::Whole { entries: 7, head } = verified(c).await else { panic!("{:?}", verified(c).await) };
    let anchor = Anchor { seq: 7, hash: head.to_vec() };

    // The trigger first.
    for sql in ["UPDATE audit_log SET who = 'me' WHERE seq = 3", "DELETE FROM audit_log WHERE seq = 3"] {
        let refused = format!(
            "DO $$ BEGIN {sql}; RAISE 'went through'; EXCEPTION WHEN raise_exception THEN
            IF SQLERRM = 'went through' THEN RAISE; END IF; END $$"
        );
        c.sql(&refused).await;
    }
    assert!(matches!(verified(c).await, Verified::Whole { entries: 7, .. }));

    let kept = "CREATE TABLE kept AS TABLE audit_log; CREATE TABLE kept_heads AS TABLE audit_heads";
    c.sql(kept).await;
    let back = "DELETE FROM audit_log; INSERT INTO audit_log TABLE kept;
                DELETE FROM audit_heads; INSERT INTO audit_heads TABLE kept_heads";
    // Each column, and each row; every change begins from the log as it was.
    let columns = [
        "at = at + 1",
        "who = who || 'x'",
        "role = 'viewer'",
        "what = 'x'",
        "whom = '\\x00'",
        "detail = 'x'",
        "reason = 'x'",
        "source = 'x'",
        "outcome = 'x'",
        "hash = sha256('x')",
    ];
    let each_column = columns.map(|change| (4, change));
    let each_row = [1, 2, 3, 5, 6, 7].map(|seq| (seq, columns[1]));
    for (seq, change) in each_column.into_iter().chain(each_row) {
        behind_its_back(c, &format!("{back}; UPDATE audit_log SET {change} WHERE seq = {seq}")).await;
        assert_eq!(broken(c).await, Break::Altered { seq }, "{change}");
    }
    behind_its_back(c, &format!("{back}; UPDATE audit_log SET mac = sha256('x') WHERE seq = 5")).await;
    assert_eq!(broken(c).await, Break::Forged { seq: 5 });
    for seq in [1, 4, 6] {
        behind_its_back(c, &format!("{back}; DELETE FROM audit_log WHERE seq = {seq}")).await;
        assert_eq!(broken(c).await, Break::Order { expected: seq, found: seq + 1 });
    }
    // The end is missed by who noted it.
    behind_its_back(c, &format!("{back}; DELETE FROM audit_log WHERE seq = 7")).await;
    let cut = c.store.verify_audit(vec![anchor.clone()]).await.unwrap();
    assert_eq!(cut, Verified::Broken(Break::Anchor { seq: 7 }));
    behind_its_back(c, back).await;
    // Cut down to nothing, with the heads there: they are missed. Heads made up do not open.
    behind_its_back(c, "DELETE FROM audit_log").await;
    assert_eq!(broken(c).await, Break::Anchor { seq: 1 });
    behind_its_back(c, back).await;
    behind_its_back(c, "UPDATE audit_heads SET hash = sha256('x')").await;
    assert_eq!(broken(c).await, Break::Forged { seq: 1 });
    behind_its_back(c, back).await;
    assert!(matches!(c.store.verify_audit(vec![anchor]).await.unwrap(), Verified::Whole { entries: 7, .. }));
    c.sql("DROP TABLE kept, kept_heads").await;
    // Written at once by many, it is still one chain.
    let many = (0..20).map(|n| c.store.carry_out(order("a", ban(920 + n, BanKind::Ban, Term::Forever))));
    for done in futures_util::future::join_all(many).await {
        done.unwrap().unwrap();
    }
    assert!(matches!(verified(c).await, Verified::Whole { entries: 27, .. }));
}

/// The same key is the same act: once, and answered as the first time.
pub async fn an_act_with_a_key_happens_once(c: &mut Context) {
    known(c, 5_550_950).await;
    let grant = |days| Act::Grant { user: UserId(5_550_950), days };
    let keyed = |who: &str, act| Order { key: Some("k1".into()), ..order(who, act) };
    let first = done(c, keyed("a", grant(10))).await;
    let Answer::Premium(premium) = &first else { panic!("{first:?}") };
    let again = done(c, keyed("a", grant(10))).await;
    let Answer::Before(before) = &again else { panic!("{again:?}") };
    assert_eq!(before["until"], serde_json::json!(premium.until));
    let other = c.store.carry_out(keyed("a", grant(11))).await.unwrap();
    assert!(matches!(other, Err(Denied::KeyReused)), "{other:?}");
    // Another's key of the same name is another.
    let theirs = done(c, keyed("b", grant(10))).await;
    assert!(matches!(&theirs, Answer::Premium(p) if p.until > premium.until), "{theirs:?}");
    let (a, b) = tokio::join!(
        c.store.carry_out(Order { key: Some("k2".into()), ..order("a", grant(5)) }),
        c.store.carry_out(Order { key: Some("k2".into()), ..order("a", grant(5)) }),
    );
    let befores = [a, b]
        .into_iter()
        .filter(|done| matches!(done, Ok(Ok(carried)) if matches!(carried.answer, Answer::Before(_))));
    assert_eq!(befores.count(), 1);
    let sealed = "SELECT count(*) FROM admin_replies WHERE position('5550950'::bytea IN sealed) > 0";
    assert_eq!(c.sql(sealed).await, ["0"]);
}

pub async fn tokens_are_kept_as_hashes(c: &mut Context) {
    let create = |name: &str, role| Act::CreateToken { name: name.into(), role, days: 1 };
    let Answer::Token(new) = done(c, order("a", create("one", Role::Viewer))).await else { panic!() };
    let held =
        c.sql(&format!("SELECT count(*) FROM admin_tokens t WHERE t::text LIKE '%{}%'", new.token)).await;
    assert_eq!(held, ["0"]);
    assert!(!format!("{new:?}").contains(&new.token), "nor is it printed");
    let taken = c.store.carry_out(order("a", create("one", Role::Owner))).await.unwrap();
    assert!(matches!(taken, Err(Denied::NameTaken)), "{taken:?}");
    let port = kept_in(&c.store, None, String::new());
    let whose = async |token: &str| port.whose(token.to_owned()).await.unwrap();
    let owner = whose(&new.token).await.expect("good");
    assert_eq!((owner.name.as_str(), owner.role), ("token:one", Role::Viewer));
    for wrong in ["", "nameless_", &new.token[1..], &format!("{}x", new.token)] {
        assert_eq!(whose(wrong).await, None, "{wrong}");
    }
    done(c, order("a", Act::RevokeToken { name: "one".into() })).await;
    assert_eq!(whose(&new.token).await, None);
    assert_eq!(done(c, order("a", Act::RevokeToken { name: "one".into() })).await, Answer::Missing);
    let Answer::Token(old) = done(c, order("a", create("two", Role::Viewer))).await else { panic!() };
    drop(port);
    c.sql("UPDATE admin_tokens SET expires = 5 WHERE name = 'two'").await;
    let port = kept_in(&c.store, None, String::new());
    assert_eq!(port.whose(old.token).await.unwrap(), None, "past its time");
}

async fn queue(c: &Context) -> Vec<ReportLine> {
    match done(c, order("a", Act::Reports { limit: 200 })).await {
        Answer::Reports(Page { items, .. }) => items,
        other => panic!("{other:?}"),
    }
}

/// Two moderators, one report; its evidence as it was; who cries wolf weighs less.
pub async fn reports_are_a_queue(c: &mut Context) {
    c.clear().await;
    let pair = c.open(960, 961, NOW).await;
    c.write(vec![history(pair, Side::B, 961, 1, NOW, "as it was"), reported(pair, 960, 961)]).await;
    let second = c.open(962, 963, NOW.plus(1)).await;
    c.write(vec![Write::Reported {
        pair: second,
        by: UserId(962),
        of: UserId(963),
        reason: ReportReason::Minor,
        at: NOW.plus(5),
    }])
    .await;
    let lines = queue(c).await;
    let order_of: Vec<i64> = lines.iter().map(|line| line.reported.0).collect();
    assert_eq!(order_of, [963, 961], "minors first, although it came later");
    let report = lines[1].report;

    // On two nodes.
    let there = c.connect(1).await.expect("a store");
    let (a, b) = tokio::join!(
        c.store.carry_out(order("a", Act::Report { report })),
        there.carry_out(order("b", Act::Report { report })),
    );
    there.close().await;
    let both = [a.unwrap(), b.unwrap()];
    let taken: Vec<&Denied> = both.iter().filter_map(|done| done.as_ref().err()).collect();
    assert_eq!(taken.len(), 1, "one of them has it");
    let Denied::Taken { by } = taken[0] else { panic!("{taken:?}") };
    let (holder, other) = if by == "token:a" { ("a", "b") } else { ("b", "a") };
    assert_eq!(queue(c).await[1].taken_by.as_deref(), Some(by.as_str()));
    // The words are changed meanwhile: not in what was reported.
    c.write(vec![Write::Erase { user: UserId(961) }]).await;
    let Answer::Report(page) = done(c, order(holder, Act::Report { report })).await else { panic!() };
    assert_eq!(page.evidence[0].payload["text"], "as it was");
    let decide = Act::Decide { report, verdict: Verdict::Dismissed, reason: "harmless".into() };
    let refused = c.store.carry_out(order(other, decide.clone())).await.unwrap();
    assert!(matches!(refused, Err(Denied::Taken { .. })), "{refused:?}");
    done(c, order(holder, decide.clone())).await;
    assert_eq!(done(c, order(holder, decide)).await, Answer::Missing, "once");
    assert_eq!(queue(c).await.len(), 1);

    // It went with whom it was about. One more that was wrong, about somebody who is there.
    let wrong = c.open(960, 972, NOW.plus(6)).await;
    let over = Write::EndPair { pair: wrong, at: NOW.plus(7), cause: EndCause::Reported };
    c.write(vec![reported(wrong, 960, 972), over]).await;
    let report = queue(c).await.into_iter().find(|line| line.reported.0 == 972).expect("open").report;
    let decide = Act::Decide { report, verdict: Verdict::Dismissed, reason: "harmless".into() };
    done(c, order("a", decide)).await;

    // The same reporter again, beside one who is new: the new one first.
    for (by, of, at) in [(960, 970, 10), (975, 971, 20)] {
        let pair = c.open(by, of, NOW.plus(at)).await;
        c.write(vec![reported(pair, by, of)]).await;
    }
    let lines = queue(c).await;
    let order_of: Vec<(i64, u32)> = lines.iter().map(|line| (line.reported.0, line.trust)).collect();
    assert_eq!(order_of, [(963, 100), (971, 100), (970, 50)]);
    // Left alone for a quarter of an hour, it is anybody's.
    let report = lines[0].report;
    done(c, order("a", Act::Report { report })).await;
    c.sql("UPDATE reports SET taken = taken - 900001 WHERE taken_by IS NOT NULL").await;
    done(c, order("b", Act::Report { report })).await;
    let looks = c.sql("SELECT count(*) FROM audit_log WHERE what = 'report'").await;
    assert_eq!(looks, ["4"], "each read of what people wrote is written down");
}
