//! PostgreSQL without a server to install: a private cluster under the data folder.
//!
//! With `DATABASE_URL` unset, the program makes a cluster in `DATA_DIR/postgres`, starts its server
//! at its own start and stops it at its end. The server listens on a Unix socket only, and whoever
//! may open it is checked by the system (`peer`): there is no port and no password. It is an
//! ordinary PostgreSQL with ordinary durability.
//!
//! - [`Programs`]: where `initdb` and `postgres` are, of which version.
//! - [`Runner`]: who runs the server, since it refuses to run as root.
//! - [`PrivateCluster`]: the cluster's life. A kill -9 of this process ends the server too.

mod cluster;
mod error;
mod folder;
#[cfg(test)]
pub(crate) mod for_tests;
mod programs;
mod runner;
mod server;
mod settings;
mod upgrade;

pub(crate) use server::longest_stop;

pub use cluster::{PrivateCluster, running};
pub use error::ClusterError;
pub use programs::{OLDEST, Programs};
pub use runner::Runner;
pub use upgrade::{Upgraded, upgrade};
