//! Several servers in one address.

use super::connector::CONNECT_TIMEOUT;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Each server of several by itself. The driver goes from one to the next where a connection cannot
/// be made; one that takes connections and says nothing (a machine that hangs) would hold up the
/// others for ever.
pub(super) fn each_alone(all: &Config) -> Vec<Config> {
    let (hosts, ports) = (all.get_hosts(), all.get_ports());
    if hosts.len() < 2 || !all.get_hostaddrs().is_empty() {
        return vec![all.clone()];
    }
    let alone = |(n, host): (usize, &Host)| {
        let mut one = Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            #[cfg(unix)]
            Host::Unix(path) => one.host_path(path),
        };
        // One port is that of all.
        if let Some(port) = ports.get(n).or(ports.first()) {
            one.port(*port);
        }
        if let Some(user) = all.get_user() {
            one.user(user);
        }
        if let Some(password) = all.get_password() {
            one.password(password);
        }
        if let Some(name) = all.get_dbname() {
            one.dbname(name);
        }
        if let Some(options) = all.get_options() {
            one.options(options);
        }
        if let Some(name) = all.get_application_name() {
            one.application_name(name);
        }
        // Whoever asks has the same limit for all of it.
        one.connect_timeout(CONNECT_TIMEOUT);
        if let Some(timeout) = all.get_tcp_user_timeout() {
            one.tcp_user_timeout(*timeout);
        }
        one.ssl_mode(all.get_ssl_mode()).ssl_negotiation(all.get_ssl_negotiation());
        one.channel_binding(all.get_channel_binding()).target_session_attrs(all.get_target_session_attrs());
        one.keepalives(all.get_keepalives()).keepalives_idle(all.get_keepalives_idle());
        one
    };
    hosts.iter().enumerate().map(alone).collect()
}
