//! What the private cluster's server is told: what it depends on, and what suits a small machine.

use std::path::Path;

/// The role that owns everything in it, and the name of its database.
pub(super) const OWNER: &str = "nameless";

/// Who may connect: by the socket, whoever the system says is us. Nobody else, nowhere else.
const HBA: &str = "# Written by nameless at every start.\nlocal all nameless peer map=nameless\n";

/// Files of who may connect, by name.
pub(super) fn access(own_name: &str) -> [(&'static str, String); 2] {
    // root may read the files anyhow; an operator's psql is welcome.
    let mut ident = String::from("# Written by nameless at every start.\nnameless root nameless\n");
    if own_name != "root" {
        ident.push_str(&format!("nameless \"{}\" nameless\n", own_name.replace('"', "\"\"")));
    }
    [("nameless_hba.conf", HBA.to_owned()), ("nameless_ident.conf", ident)]
}

/// Settings that are written to `postgresql.conf` once, when the cluster is made: an operator may
/// change them there.
pub(super) fn for_small_machines(major: u32) -> String {
    let mut text = String::from(
        "\n# By nameless, for a small machine; change them as you like, they are not written again.\n\
         shared_buffers = 32MB\n\
         effective_cache_size = 256MB\n\
         work_mem = 4MB\n\
         maintenance_work_mem = 32MB\n\
         max_wal_size = 256MB\n\
         min_wal_size = 48MB\n\
         jit = off\n\
         huge_pages = off\n\
         autovacuum_max_workers = 2\n\
         max_worker_processes = 2\n\
         max_parallel_workers = 0\n\
         max_parallel_workers_per_gather = 0\n\
         max_logical_replication_workers = 0\n\
         # Nothing is archived or replicated from here: less is written.\n\
         wal_level = minimal\n\
         max_wal_senders = 0\n",
    );
    if major >= 18 {
        text.push_str("io_method = sync\n");
    }
    text
}

/// Settings on the command line of every start: they hold whatever the file says.
pub(super) fn fixed(folder: &Path, socket_dir: &Path, connections: u32) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    [
        ("listen_addresses", String::new()),
        ("unix_socket_directories", quoted(&socket_dir.display().to_string())),
        ("unix_socket_permissions", "0700".into()),
        ("port", PORT.to_string()),
        ("hba_file", file("nameless_hba.conf")),
        ("ident_file", file("nameless_ident.conf")),
        ("max_connections", connections.to_string()),
        // To our own log, which has times; without statements, values or rows: those are people's.
        ("log_destination", "stderr".into()),
        ("logging_collector", "off".into()),
        ("log_line_prefix", String::new()),
        ("log_min_messages", "log".into()),
        ("log_min_error_statement", "panic".into()),
        ("log_error_verbosity", "terse".into()),
        ("log_statement", "none".into()),
        ("log_min_duration_statement", "-1".into()),
        ("log_checkpoints", "off".into()),
    ]
    .into_iter()
    .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
    .collect()
}

/// Part of the socket's name; nothing listens on it.
const PORT: u16 = 5432;

/// Name of the socket in its folder.
pub(super) fn socket_name() -> String {
    format!(".s.PGSQL.{PORT}")
}

/// One name in a list: commas and spaces would divide it.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('"', "\"\""))
}
