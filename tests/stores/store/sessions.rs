//! Links to the pages, and the sessions that come of them: how long each is good.

use super::admin::{done, order};
use super::context::Context;
use nameless::capabilities::admin::kept_in;
use nameless_actors::capabilities::{AdminStore, Answer, Credential};
use nameless_domain::capabilities::admin::{Act, Role};
use std::sync::Arc;

/// By the store as it is now: SQL behind its back gives it other connections.
fn port(c: &Context) -> Arc<dyn AdminStore> {
    kept_in(&c.store, None, String::new())
}

async fn comes_in(c: &Context, with: Credential) -> Option<String> {
    port(c).log_in(with).await.unwrap().map(|entered| entered.secret)
}

async fn is_inside(c: &Context, secret: &str) -> bool {
    port(c).session(secret.to_owned()).await.unwrap().is_some()
}

/// Guards: a link's five minutes, a session's twelve hours, its hour without a click, its token's
/// end.
pub async fn what_lets_in_to_the_pages_ends(c: &mut Context) {
    let create = Act::CreateToken { name: "pages".into(), role: Role::Viewer, days: 1 };
    let Answer::Token(new) = done(c, order("a", create)).await else { panic!("no token") };
    let token = || Credential::Token(new.token.clone());
    for (change, good) in
        [("seen = seen", true), ("seen = 5", false), ("expires = 5", false), ("ended = 5", false)]
    {
        let secret = comes_in(c, token()).await.expect("it is good");
        assert!(is_inside(c, &secret).await);
        c.sql(&format!("UPDATE admin_sessions SET {change} WHERE hash = sha256('{secret}')")).await;
        assert_eq!(is_inside(c, &secret).await, good, "{change}");
    }
    let secret = comes_in(c, token()).await.expect("it is good");
    c.sql("UPDATE admin_tokens SET expires = 5 WHERE name = 'pages'").await;
    assert!(!is_inside(c, &secret).await, "its token is over");
    assert_eq!(comes_in(c, token()).await, None);

    for (secret, expires) in [("late", 5), ("early", i64::MAX)] {
        let link = format!(
            "INSERT INTO admin_links (hash, who, role, expires)
             VALUES (sha256('{secret}'), 'telegram:{expires}', 'viewer', {expires})"
        );
        c.sql(&link).await;
        let link = || Credential::Link(secret.to_owned());
        assert_eq!(comes_in(c, link()).await.is_some(), expires > 5, "{secret}");
        assert_eq!(comes_in(c, link()).await, None, "once");
    }
}
