//! The numbers of the domain and of the actors, as the configuration has them.

use crate::capabilities::faceguard;
use crate::config::Config;
use nameless_actors::env::Limits;
use nameless_domain::ids::{BotId, ChatId};
use nameless_domain::outbox::PacerConfig;
use nameless_domain::rules::Rules;

/// The domain's numbers as configured, and who the operators are.
pub(super) fn rules(config: &Config, main_bot: BotId) -> Rules {
    let telegram = &config.telegram;
    let operators = telegram.admins.iter().map(|(user, _)| *user).collect();
    Rules {
        operators,
        staff: telegram.admins.clone(),
        // The main bot's: another one of them in there hears nothing.
        alerts_chat: telegram.alerts_chat.map(|chat| ChatId::of(main_bot, chat.0)),
        ..config.rules.clone()
    }
}

/// The actors' numbers as configured.
pub(super) fn limits(config: &Config) -> Limits {
    let (pacing, runtime) = (&config.pacing, &config.runtime);
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Limits {
        shards: runtime.shards,
        shard_threads: runtime.shards > 1,
        session_permits: narrow(runtime.session_permits),
        max_in_flight: narrow(runtime.max_in_flight),
        user_rate: pacing.user_rate,
        user_burst: pacing.user_burst,
        idle_after: runtime.idle_after,
        photo_patience: faceguard::settings::timeout(config),
        pacing: PacerConfig {
            chat_rate: pacing.chat_rate,
            chat_burst: pacing.chat_burst,
            global_rate: pacing.global_rate,
            bulk_rate: pacing.bulk_rate,
            // Both members' gates, and the bot's own answers to as many updates.
            interactive_cap: 4 * runtime.session_permits.max(32),
            ..PacerConfig::default()
        },
        ..Limits::default()
    }
}
