//! How chats end, and that nothing of them comes after the end (I4).

use crate::common::{
    MAN, WOMAN, ask, becomes, dump, found, inbox, marker, member, search, tap, texts, together, told,
};
use crate::support::app::{Options, spawn_app};
use crate::support::people::{PATIENCE, chatting, has_button, pair, sees};
use nameless_simulator::Outgoing;

#[tokio::test]
async fn stop_tells_both_and_offers_what_comes_next() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send_text("/stop");
    for (user, line) in [(&anna, "The chat is over"), (&boris, "The other person ended the chat")] {
        let screen = told(user, 0, line).await;
        for data in ["s:go", "fb:up:", "fb:down:", "fb:report:", "fb:block:"] {
            assert!(has_button(&screen, data), "{line}: {data}");
        }
        assert_eq!(screen.buttons()[0][0].data.as_deref(), Some("s:go"), "searching again comes first");
    }
    ask(&anna, "hello?", "not talking to anyone").await;
    ask(&anna, "/stop", "not talking to anyone").await;
    tap(&anna, "s:go").await;
    told(&anna, 0, "Looking for someone").await;
}

#[tokio::test]
async fn next_ends_the_chat_and_searches_on() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let clara = member(&app.world, "clara", WOMAN).await;
    let mark = anna.mark();
    search(&clara).await;
    let screen = ask(&anna, "/next", "Looking for someone else").await;
    for data in ["s:stop", "fb:up:", "fb:report:", "fb:block:"] {
        assert!(has_button(&screen, data), "{data}");
    }
    told(&boris, 0, "The other person ended the chat").await;
    found(&anna, mark).await;
    found(&clara, 0).await;
    together(&anna, &clara).await;
    // Without a chat /next is a search.
    ask(&boris, "/next", "Looking for someone").await;
}

#[tokio::test]
async fn a_young_chat_is_ended_only_when_confirmed() {
    let app = spawn_app(Options::default().with("CONFIRM_END_UNDER", "1h"));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let asked = ask(&anna, "/stop", "You have only just started").await;
    assert!(has_button(&asked, "end:stop:") && has_button(&asked, "end:stay"));
    together(&anna, &boris).await;
    tap(&anna, "end:stay").await;
    told(&anna, 0, "Good, the chat goes on").await;
    together(&anna, &boris).await;
    let stop = ask(&anna, "/stop", "You have only just started").await;
    ask(&anna, "/next", "You have only just started").await;
    tap(&anna, "end:next:").await;
    told(&boris, 0, "The other person ended the chat").await;
    // The question of a chat that is over ends no other chat.
    let clara = member(&app.world, "clara", MAN).await;
    let mark = anna.mark();
    search(&clara).await;
    found(&anna, mark).await;
    found(&clara, 0).await;
    let old = stop.buttons()[0][0].data.clone().expect("data");
    let query = anna.press(stop.message_id, &old);
    let answer = anna.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.text.as_deref(), Some("This button no longer works. Open /menu."));
    together(&anna, &clara).await;
    // Whoever switches the question off is not asked.
    ask(&clara, "/settings", "Settings").await;
    tap(&clara, "set:confirm").await;
    ask(&clara, "/stop", "The chat is over").await;
}

#[tokio::test]
async fn what_is_queued_for_the_partner_is_purged() {
    // Slow towards each chat, so that words queue up.
    let app = spawn_app(Options::default().with("CHAT_RATE", "1").with("CHAT_BURST", "1"));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for i in 0..20 {
        anna.send_text(&format!("queued {i}"));
    }
    boris.send_text("queued the other way");
    anna.send_text("/stop");
    told(&boris, 0, "The other person ended the chat").await;
    told(&anna, 0, "The chat is over").await;
    let came = |user| texts(user, 0).iter().filter(|t| t.starts_with("queued")).count();
    let before = came(&boris);
    assert!(before < 5, "{before} of 20 came before the end");
    // Something later for each of them: nothing of the chat has come in between.
    ask(&boris, "/rules", "Rules").await;
    ask(&anna, "/rules", "Rules").await;
    assert_eq!(came(&boris), before, "something came after the end");
    let all = texts(&boris, 0);
    let end = all.iter().position(|t| t.contains("ended the chat")).expect("the end");
    assert!(!all[end..].iter().any(|t| t.starts_with("queued")), "{all:?}");
}

#[tokio::test]
async fn an_album_that_is_still_gathered_goes_with_the_chat() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let clara = member(&app.world, "clara", MAN).await;
    search(&clara).await;
    let mark = anna.mark();
    anna.album(&[Outgoing::photo().caption("secret one"), Outgoing::photo().caption("secret two")]);
    anna.send_text("/next");
    found(&anna, mark).await;
    found(&clara, 0).await;
    together(&anna, &clara).await;
    ask(&boris, "/rules", "Rules").await;
    let photos = |user| inbox(user, 0).iter().filter(|m| m.kind() == "photo").count();
    assert_eq!(photos(&clara), 0, "an album of the chat before reached the new partner");
    // To the partner of its own chat it may have gone, or not; but not after the end.
    let end = boris.chat().iter().position(|m| m.text().is_some_and(|t| t.contains("ended the chat")));
    let late = boris.chat().iter().skip(end.expect("the end")).filter(|m| m.kind() == "photo").count();
    assert_eq!(late, 0);
}

#[tokio::test]
async fn old_messages_lead_nowhere_after_the_end() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let sent = anna.send_text("to boris");
    let at_boris = sees(&boris, "to boris").await.message_id;
    let sent_by_boris = boris.send_text("to anna");
    let from_boris = sees(&anna, "to anna").await.message_id;
    ask(&anna, "/stop", "The chat is over").await;
    let (clara, dmitri) = (member(&app.world, "clara", MAN).await, member(&app.world, "dmitri", WOMAN).await);
    pair(&anna, &clara).await;
    pair(&boris, &dmitri).await;
    let (quiet, before) = (boris.mark(), dump(&boris));
    // Everything that refers to a message: own and the former partner's.
    anna.edit_text(sent, "edited after the end");
    anna.react(from_boris, &["👍"]);
    anna.react(sent, &["🔥"]);
    anna.reply(sent, "/delete");
    anna.reply(from_boris, "/delete");
    let mark = clara.mark();
    anna.reply(from_boris, "a reply to the past");
    let reply = told(&clara, mark, "a reply to the past").await;
    assert_eq!(reply.reply_to(), None, "its target is of another chat");
    boris.edit_text(sent_by_boris, "edited after the end");
    boris.react(at_boris, &["👍"]);
    marker(&boris, &dmitri).await;
    marker(&anna, &clara).await;
    together(&clara, &anna).await;
    together(&dmitri, &boris).await;
    // The former partner saw nothing of it, nor did the new one.
    assert!(dump(&boris).starts_with(&before), "the former partner's chat has changed");
    assert!(!boris.message(at_boris).expect("there").deleted);
    assert!(texts(&boris, quiet).iter().all(|t| t.starts_with("marker")), "{:?}", texts(&boris, quiet));
    for user in [&clara, &dmitri] {
        assert!(!dump(user).contains("after the end"));
        assert!(
            inbox(user, 0)
                .iter()
                .all(|m| m.edited == 0 || m.text().is_some_and(|t| t.starts_with("All set")))
        );
        assert!(user.chat().iter().all(|m| m.bot_reactions.is_empty()));
    }
    assert!(anna.message(from_boris).expect("there").bot_reactions.is_empty());
    assert_eq!(anna.message(from_boris).expect("there").text(), Some("to anna"));
}

#[tokio::test]
async fn a_partner_who_blocks_the_bot_ends_the_chat() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    boris.block_bot();
    let screen = told(&anna, 0, "The other person is gone").await;
    assert!(
        has_button(&screen, "s:go") && has_button(&screen, "fb:up:") && has_button(&screen, "fb:report:")
    );
    ask(&anna, "hello?", "not talking to anyone").await;
    // They come back, and find themselves in no chat.
    boris.unblock_bot();
    ask(&boris, "hello", "not talking to anyone").await;
    // While searching: the search goes.
    search(&boris).await;
    boris.block_bot();
    let clara = member(&app.world, "clara", MAN).await;
    search(&clara).await;
    boris.unblock_bot();
    ask(&boris, "hello", "not talking to anyone").await;
    crate::common::still_searching(&clara).await;
}

#[tokio::test]
async fn a_partner_whose_account_is_gone_ends_the_chat() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    boris.deactivate();
    anna.send_text("are you there?");
    told(&anna, 0, "The other person is gone").await;
    ask(&anna, "hello?", "not talking to anyone").await;
    let mark = anna.mark();
    let clara = member(&app.world, "clara", MAN).await;
    search(&anna).await;
    search(&clara).await;
    found(&anna, mark).await;
    found(&clara, 0).await;
    together(&anna, &clara).await;
}

#[tokio::test]
async fn who_forbids_voices_costs_only_the_voice() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    boris.forbid_voice(true);
    let mark = anna.mark();
    anna.send(Outgoing::voice());
    told(&anna, mark, "does not accept voice messages").await;
    together(&anna, &boris).await;
    for line in texts(&anna, mark) {
        assert!(!line.contains("again") && !line.contains("passed"), "{line}");
    }
    let mark = anna.mark();
    anna.send(Outgoing::video_note());
    told(&anna, mark, "does not accept video messages").await;
}

#[tokio::test]
async fn both_at_once_end_it_once() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for user in [&anna, &boris] {
        user.send_text("/stop");
    }
    for user in [&anna, &boris] {
        user.wait_for(PATIENCE, |m| has_button(m, "fb:up:")).await.unwrap_or_else(|e| panic!("{e}"));
        ask(user, "/rules", "Rules").await;
        let ends = inbox(user, 0).iter().filter(|m| has_button(m, "fb:up:")).count();
        assert_eq!(ends, 1);
    }
    let screen = anna.chat().into_iter().rev().find(|m| has_button(m, "fb:up:")).expect("seen");
    tap(&anna, "fb:up:").await;
    becomes(&anna, screen.message_id, |m| m.text() == Some("Thanks, noted.")).await;
}
