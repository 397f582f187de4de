//! What a port answers with.

use std::future::Future;
use std::pin::Pin;

/// A future of a port: boxed, as ports are used behind `dyn`.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
