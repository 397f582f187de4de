//! Settings of FaceGuard.

use crate::config::Config;
use crate::config::check::{Count, Is, Within};
use crate::config::setting::plain;
use crate::settings;
use nameless_actors::env::Limits;
use nameless_domain::capabilities::faceguard::{NudityBand, Policies, Policy};
use nameless_vision::sandbox::Demand;
use std::path::PathBuf;
use std::time::Duration;

settings! {
    "faceguard", "Photos";

    /// Photos, videos and animations in a chat. `spoiler`: behind Telegram's spoiler until they
    /// were looked at. `gate`: held until then, `FACE_TIMEOUT` at most. `off`: nobody looks, and
    /// the spoiler stays.
    FACE_POLICY: Policy = plain("spoiler"), Is("off, spoiler or gate", Policy::of_word);
    /// How long the verdict of a photo may take; later it is unchecked. A worker that has had one
    /// for six sevenths of it is ended. More is for machines that are slow or always busy.
    FACE_TIMEOUT: Duration = plain("3500ms"), Within(Duration::from_secs(1)..=Duration::from_secs(300));
    /// Processes that look at pictures, about 250 MB each.
    FACE_WORKERS: usize = plain("1"), Count(1..=64);
    /// `require`: a process that cannot lock itself up in full does not look at anything. `best`:
    /// it works with what this kernel has. `nameless check-config` tells what that is.
    FACE_SANDBOX: Demand = plain("require"), Is("require or best", |s| s.parse().ok());
    /// Folder of the models, filled by `scripts/models.sh FOLDER`. Without it: `models` in
    /// `DATA_DIR`.
    FACE_MODELS: PathBuf = plain("").like("/var/lib/nameless/models"), Is("a path", |s| Some(PathBuf::from(s)));
    /// `on`: a picture with a QR code stays behind the spoiler.
    FACE_CODES: bool = plain("off"), Is("on or off", switch);
    /// How likely pornography it takes (0 to 1) that a photo stays behind the spoiler, and that it
    /// is taken away.
    FACE_NUDITY: NudityBand = plain("0.2-0.8"), Is("two shares such as 0.2-0.8, the lower first", NudityBand::of_word);
    /// Pixels that the one face of a profile's main photo has to be high.
    FACE_PIXELS: u32 = plain("60"), Count(16..=2000);
    /// Somebody who sends one picture in more chats than this within 24 hours sends spam. 0: never.
    FACE_SPAM_CHATS: u32 = plain("20"), Count(0..=500);
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// How long a verdict may take in all.
pub(crate) fn timeout(config: &Config) -> Duration {
    config.own(&FACE_TIMEOUT).unwrap_or(Limits::default().photo_patience)
}

/// The settings as they apply.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub policy: Policy,
    /// How long a verdict may take in all.
    pub timeout: Duration,
    pub workers: usize,
    pub sandbox: Demand,
    pub policies: Policies,
    pub models: PathBuf,
    pub spam_chats: u32,
}

impl Settings {
    /// How long a worker may have a picture, and how long the bytes of one may take. The rest of
    /// the time is for the store and the way.
    pub(super) fn look(&self) -> Duration {
        self.timeout * 6 / 7
    }

    /// How long a worker may take to load its models and to lock itself up.
    pub(super) fn start(&self) -> Duration {
        self.timeout * 3
    }

    pub(super) fn of(config: &Config) -> Settings {
        let models = config.own(&FACE_MODELS);
        Settings {
            policy: config.own(&FACE_POLICY).unwrap_or_default(),
            timeout: timeout(config),
            workers: config.own(&FACE_WORKERS).unwrap_or(1),
            policies: Policies {
                nudity: config.own(&FACE_NUDITY).unwrap_or_default(),
                face_pixels: config.own(&FACE_PIXELS).unwrap_or(Policies::default().face_pixels),
                codes: config.own(&FACE_CODES).unwrap_or_default(),
            },
            sandbox: config.own(&FACE_SANDBOX).unwrap_or_default(),
            models: models.unwrap_or_else(|| config.store.data_dir.join("models")),
            spam_chats: config.own(&FACE_SPAM_CHATS).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Files, Purpose};

    /// Guard: a worker's 3 s of a verdict's 3.5.
    #[test]
    fn a_worker_has_three_seconds_of_three_and_a_half() {
        let of = |timeout: Option<&str>| {
            let env = |name: &str| match name {
                "BOT_TOKEN" => Some("1:test".to_owned()),
                "FACE_TIMEOUT" => timeout.map(str::to_owned),
                _ => None,
            };
            let config = Config::load(&env, &Files::none(), Purpose::Serve).unwrap();
            let settings = Settings::of(&config);
            (settings.timeout, settings.look(), settings.start())
        };
        let ms = Duration::from_millis;
        assert_eq!(of(None), (ms(3_500), ms(3_000), ms(10_500)));
        assert_eq!(of(Some("7s")), (ms(7_000), ms(6_000), ms(21_000)));
        assert_eq!(Limits::default().photo_patience, ms(3_500));
    }
}
