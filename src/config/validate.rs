//! From texts to types. Every setting is checked before any problem is told.

use super::problem::{ConfigErrors, Problem};
use super::sections::{self, http, logging, pacing, rules, runtime, store, telegram};
use super::setting::{Kind, Stated};
use super::sources::Layers;
use super::variables::Settings;
use super::{BotPools, Config, Effective, Purpose};

/// Builds the configuration, or lists everything that is wrong with it, after what is already in
/// `problems`.
pub fn build(
    settings: &Settings,
    layers: Layers,
    purpose: Purpose,
    mut problems: Vec<Problem>,
) -> Result<Config, ConfigErrors> {
    let mut wrong: Vec<Problem> = settings.iter().filter_map(|setting| refused(&layers, setting)).collect();
    wrong.extend(telegram::missing(&layers, purpose));
    wrong.extend(http::clash(&layers));
    let place = |p: &Problem| settings.iter().position(|s| s.variable().name == p.variable);
    wrong.sort_by_key(place);
    problems.extend(wrong);
    if !problems.is_empty() {
        return Err(ConfigErrors(problems));
    }
    typed(settings, layers).map_err(|problem| ConfigErrors(vec![problem]))
}

fn refused(layers: &Layers, setting: &dyn Stated) -> Option<Problem> {
    let raw = layers.get(setting.variable().name)?;
    (!setting.accepts(&raw.value)).then(|| Problem::refused(setting, raw))
}

fn typed(settings: &Settings, layers: Layers) -> Result<Config, Problem> {
    let config = Config {
        telegram: telegram::read(&layers)?,
        store: store::read(&layers)?,
        http: http::read(&layers)?,
        pacing: pacing::read(&layers)?,
        rules: rules::read(&layers)?,
        runtime: runtime::read(&layers)?,
        logging: logging::read(&layers)?,
        own: Default::default(),
        warnings: Vec::new(),
        effective: effective(settings, &layers),
    };
    let warnings = warnings(settings, &layers, &config);
    let core = Settings::of(sections::CORE);
    let own = layers.own(|name| core.find(name).is_none());
    Ok(Config { own, warnings, ..config })
}

/// What the operator should know of a configuration that is valid.
fn warnings(settings: &Settings, layers: &Layers, config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    // What is set and has no effect yet: silence would look like consent.
    for v in settings.iter().map(|s| s.variable()).filter(|v| layers.get(v.name).is_some()) {
        warnings.extend(v.form.later.map(|why| format!("{} is set, but {why}", v.name)));
    }
    let metrics = config.http.metrics_addr;
    if metrics.port() != 0 && !metrics.ip().is_loopback() {
        warnings.push(
            "METRICS_ADDR is not on this machine's loopback: whoever reaches it sees how the bot is; \
             let your monitoring do so and nobody else"
                .to_owned(),
        );
    }
    for file in &layers.exposed {
        let file = file.display();
        warnings.push(format!("{file} can be read by others and holds secrets; run: chmod 600 {file}"));
    }
    if config.telegram.pools != BotPools::Shared && config.telegram.bots().len() == 1 {
        warnings.push("BOT_POOLS is set and there is one bot: nobody is apart".to_owned());
    }
    if config.rules.widen_after_ms >= config.rules.search_timeout_ms {
        warnings.push(
            "WIDEN_AFTER is not below SEARCH_TIMEOUT: people are asked whether to go on before their search \
             widens"
                .to_owned(),
        );
    }
    if config.store.database_url.is_some() && config.store.history_key.is_none() {
        warnings.push(
            "DATABASE_URL is set and HISTORY_KEY is not: the key of the history lies in DATA_DIR only; \
             without that folder the history cannot be read"
                .to_owned(),
        );
    }
    warnings
}

fn effective(settings: &Settings, layers: &Layers) -> Vec<Effective> {
    let shown = |name: &str, kind: Kind| match (layers.get(name), kind) {
        (None, _) => ("-".to_owned(), "not set".to_owned()),
        (Some(raw), Kind::Secret) => ("(hidden)".to_owned(), raw.source.clone()),
        (Some(raw), _) => (raw.value.clone(), raw.source.clone()),
    };
    settings
        .iter()
        .map(|s| s.variable())
        .map(|v| {
            let (shown, source) = shown(v.name, v.form.kind);
            Effective { name: v.name, shown, source }
        })
        .collect()
}
