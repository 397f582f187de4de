//! A value that cannot be, for each setting: one problem each. A setting that is added has a row
//! here.

use super::{Kind, tool, variables};

#[test]
fn each_bad_value_is_one_problem() {
    let table = [
        ("BOT_TOKEN", "x:1"),
        ("BOT_TOKEN", "1:"),
        ("BOT_TOKEN", "1:a b"),
        ("BOT_TOKEN", "1:../x"),
        ("BOT_TOKENS", "1:x"),
        ("BOT_TOKENS", "a=1:x,a=2:x"),
        ("BOT_TOKENS", "a=1:x,b=1:y"),
        ("BOT_TOKENS", "a b=1:x"),
        ("BOT_TOKENS", "a=1"),
        ("BOT_POOLS", "main+,night"),
        ("BOT_POOLS", "apart!"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_API_URL", "ftp://host"),
        ("TELEGRAM_API_URL", "http://"),
        ("POLL_TIMEOUT", "51s"),
        ("WEBHOOK_URL", "http://example.org/webhook/telegram"),
        ("WEBHOOK_URL", "https://example.org/hook"),
        ("WEBHOOK_URL", "https://example.org/webhook/telegram?key=1"),
        ("WEBHOOK_URL", "https://me:key@example.org/webhook/telegram"),
        ("WEBHOOK_SECRET", "with blanks and long enough"),
        ("WEBHOOK_SECRET", "x"),
        ("WEBHOOK_SECRET", "fifteen-letters"),
        ("ALERTS_CHAT_ID", "0"),
        ("ALERT_AFTER", "0s"),
        ("ADMIN_USER_IDS", "5,-1"),
        ("ADMIN_USER_IDS", "5:king"),
        ("ADMIN_SECOND_OWNER", "maybe"),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("PUBLIC_URL", "https://bot.example.org/admin"),
        ("LOCALES_DIR", "/nowhere/at/all"),
        ("DATABASE_URL", "mysql://host/db"),
        ("DATABASE_URL", "postgres://host:port/db"),
        ("DATABASE_URL", "postgres://host/db?sslmode=verify-fool"),
        ("DATABASE_URL", "postgres://one:1,two:2/db"),
        ("DATABASE_URL", "host=one dbname=db"),
        ("POSTGRES_BIN", "/nowhere/at/all"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_STATEMENT_TIMEOUT", "500ms"),
        ("DATABASE_SLOW", "3s"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://one:1,two:2"),
        ("REDIS_URL", "redis+sentinel://one:1,two:2"),
        ("REDIS_URL", "redis+cluster://one:1/5"),
        ("REDIS_SLOW", "501ms"),
        ("HISTORY_KEY", "abcd"),
        ("HISTORY_KEY_OLD", "abcd"),
        ("BACKUP_RECIPIENT", "AGE-SECRET-KEY-1"),
        ("HISTORY_DAYS", "0"),
        ("JOURNAL_MAX_BYTES", "10KB"),
        ("HTTP_ADDR", "8080"),
        ("METRICS_ADDR", "9464"),
        ("METRICS_ADDR", "127.0.0.1:8080"),
        ("ADMIN_TOKEN", "short"),
        ("CHAT_RATE", "0"),
        ("CHAT_BURST", "0"),
        ("GLOBAL_RATE", "-1"),
        ("BULK_RATE", "fast"),
        ("USER_RATE", "inf"),
        ("USER_BURST", "1.5"),
        ("REPEAT_WINDOW", "1y"),
        ("SEARCH_TIMEOUT", "0"),
        ("WIDEN_AFTER", "soon"),
        ("CONFIRM_END_UNDER", "-1s"),
        ("SHARDS", "0"),
        ("MAX_IN_FLIGHT", "99"),
        ("SESSION_PERMITS", "9"),
        ("IDLE_AFTER", "10ms"),
        ("DRAIN_TIMEOUT", "2h"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_STATEMENT_TIMEOUT", "1ms"),
        ("LOG_FORMAT", "xml"),
        ("RUST_LOG", "info,=,debug=="),
        ("SENTRY_DSN", "https://host/1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:key@host:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no value"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("FACE_POLICY", "blur"),
        ("FACE_TIMEOUT", "900ms"),
        ("FACE_WORKERS", "0"),
        ("FACE_SANDBOX", "none"),
        ("FACE_CODES", "yes"),
        ("FACE_NUDITY", "0.8-0.2"),
        ("FACE_PIXELS", "3"),
        ("FACE_SPAM_CHATS", "-1"),
        ("STARS", "yes"),
        ("TRIAL_DAYS", "400"),
        ("INVITE_DAYS", "366"),
        ("YOOKASSA_AUTOPAY", "yes"),
        ("INVITE_BOTH", "yes"),
        ("INVITE_MOST", "0"),
        ("YOOKASSA", "yes"),
        ("YOOKASSA_SHOP_ID", "shop"),
        ("YOOKASSA_SECRET_KEY", "short"),
        ("YOOKASSA_RETURN_URL", "http://t.me/your_bot"),
        ("YOOKASSA_API_URL", "http://api.yookassa.ru/v3"),
        ("YOOKASSA_SOURCES", "185.71.76.1/27"),
        ("YOOKASSA_TEST", "maybe"),
        ("YOOKASSA_RECEIPT_EMAIL", "nobody"),
        ("YOOKASSA_VAT_CODE", "13"),
        ("CHARACTER_SHARING", "yes"),
        ("DATING", "yes"),
        ("DATING_LIKES", "0"),
        ("DATING_PASS_DAYS", "0"),
        ("DATING_FIT", "interests=-40,place=30,goal=20,age=90"),
        ("DATING_FIT", "interests=0,place=0,goal=0,age=0"),
        ("DATING_FIT", "interests=40,place=30,goal=20,age=11"),
        ("DATING_FIT", "interests=40,place=30,goal=30"),
        ("DATING_FIT_FROM", "101"),
        ("DATING_FIT_FROM", "-1"),
        ("AGAIN_PER_DAY", "many"),
        ("GATE_CHANNEL", "news"),
        ("GATE_LINK", "t.me/news"),
        ("REMINDERS", "yes"),
        ("REMINDERS_HELD_OUT", "51"),
        ("REMINDERS_EVERY", "0s"),
        ("DATING_APP_URL", "http://bot.example.org/app"),
    ];
    for (name, value) in table {
        let errors = tool(&[(name, value)]).expect_err(&format!("{name}={value}"));
        assert_eq!(errors.0.len(), 1, "{errors}");
        let problem = &errors.0[0];
        assert_eq!(problem.variable, name);
        assert!(!problem.expected.is_empty() && !problem.mend.is_empty(), "{problem}");
        let shown = problem.found.as_deref().unwrap_or_default();
        let secret = variables().iter().any(|v| v.name == name && v.form.kind == Kind::Secret);
        // An address may hold a password, or a key.
        let hides = secret || value.contains("://") && value.contains(['@', '?', '#']);
        assert_eq!(shown.contains(&format!("`{value}`")), !hides, "{problem}");
        assert!(!shown.contains("key"), "{problem}");
    }
    let missing: Vec<_> = variables()
        .into_iter()
        .filter(|v| v.form.kind != Kind::Bootstrap && !table.iter().any(|(name, _)| *name == v.name))
        // Any text is a path, or a name.
        .filter(|v| {
            !["DATA_DIR", "OTEL_SERVICE_NAME", "FACE_MODELS", "PRODUCTS", "COMPANIONS", "PERSONAS"]
                .contains(&v.name)
        })
        .collect();
    assert!(missing.is_empty(), "settings without a bad example: {missing:?}");
}
