//! What Telegram signs of somebody who opens a bot's Mini App
//! (<https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>).

use reqwest::Url;
use ring::hmac;
use serde_json::json;

use crate::client::SimUser;

impl SimUser {
    /// `initData` of this moment, signed for the bot; `None` while nobody knows its token.
    pub fn init_data(&self) -> Option<String> {
        let bot = self.bot().ok()?;
        let token = bot.token()?;
        let profile = self.profile();
        let who = json!({
            "id": self.id, "first_name": profile["first_name"], "language_code": profile["language_code"],
        });
        // Sorted by name, as they are signed.
        let fields = [
            ("auth_date", self.world.now().to_string()),
            ("query_id", "sim".to_owned()),
            ("user", who.to_string()),
        ];
        let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), token.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
        let hash = hmac::sign(&key, lines.join("\n").as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut address = Url::parse("https://t.me").ok()?;
        address.query_pairs_mut().extend_pairs(&fields).append_pair("hash", &hash);
        address.query().map(str::to_owned)
    }
}
