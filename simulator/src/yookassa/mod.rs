//! A stand-in for YooKassa's API v3, as strict as what is known of it: payments by redirect and by
//! a saved method, capture, cancel, refunds in parts, lists, idempotence, errors.
//!
//! Tests act as the payer ([`Yookassa::pay`], [`Yookassa::decline`]), as the shop's owner
//! ([`Yookassa::refund_from_outside`]) and as the network ([`Yookassa::fail_next`]). What YooKassa
//! would tell lies in [`Yookassa::told`], so that a test delivers it when, and as often as, it
//! wants to.

mod api;
mod checks;
mod shop;

use crate::state::lock;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use serde_json::Value;
use shop::Shop;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// What happens to one of the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An error is answered, and nothing was done.
    Refused(u16),
    /// It was done, and the answer says 500.
    DoneAnd500,
    /// It was done, and the answer says that it goes on: 202.
    DoneAnd202,
    /// It was done, and the answer breaks off in the middle.
    DoneAndTruncated,
    /// It was done, and nothing is answered for so long.
    DoneAndSilent(Duration),
}

/// A running stand-in. Stops when dropped.
pub struct Yookassa {
    addr: SocketAddr,
    shop: Arc<Mutex<Shop>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Yookassa {
    /// Starts one for a shop with this number and secret, on a free port.
    pub fn start(shop_id: &str, secret: &str) -> std::io::Result<Yookassa> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let shop = Arc::new(Mutex::new(Shop::new(shop_id, secret, addr)));
        let (ready, started) = mpsc::sync_channel(1);
        let shown = shop.clone();
        let thread = std::thread::Builder::new().name("yookassa".into()).spawn(move || {
            actix_rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(Data::from(shown.clone())).configure(api::configure)
                })
                .workers(1)
                .disable_signals()
                .shutdown_timeout(0)
                .listen(listener);
                match server {
                    Ok(server) => {
                        let server = server.run();
                        // Fails only where the starter has given up.
                        let _ = ready.send(Ok(server.handle()));
                        if let Err(error) = server.await {
                            tracing::error!(%error, "the stand-in's server failed");
                        }
                    }
                    Err(error) => _ = ready.send(Err(error)),
                }
            });
        })?;
        let handle = started.recv().map_err(|_| std::io::Error::other("the server's thread is gone"))??;
        Ok(Yookassa { addr, shop, handle, thread: Some(thread) })
    }

    /// The API's address.
    pub fn url(&self) -> String {
        format!("http://{}/v3", self.addr)
    }

    /// The payer pays on the page that is at this address, or by a payment's name. Its name.
    pub fn pay(&self, page: &str) -> Option<String> {
        lock(&self.shop).pay(page)
    }

    /// The payer's bank declines, or they let the page run out.
    pub fn decline(&self, page: &str, reason: &str) -> Option<String> {
        lock(&self.shop).decline(page, reason)
    }

    /// The bank declines the next charges of saved cards, for these reasons in order.
    pub fn decline_saved(&self, reasons: &[&str]) {
        lock(&self.shop).declines.extend(reasons.iter().map(|&reason| reason.to_owned()));
    }

    /// The shop's balance does not hold the next refunds: each is declined, with `true` only after
    /// its answer has said that it is pending.
    pub fn decline_refunds(&self, later: impl IntoIterator<Item = bool>) {
        lock(&self.shop).no_refunds.extend(later);
    }

    /// The shop's owner gives kopecks of a payment back in YooKassa's own pages. The refund's name.
    pub fn refund_from_outside(&self, payment: &str, kopecks: i64) -> Option<String> {
        lock(&self.shop).refund_from_outside(payment, kopecks)
    }

    /// The shop's owner, or a fault, changes a payment: for tests of what is compared.
    pub fn tamper(&self, payment: &str, pointer: &str, value: Value) {
        lock(&self.shop).tamper(payment, pointer, value);
    }

    /// What happens to the next requests that are not GET, in order.
    pub fn fail_next(&self, troubles: impl IntoIterator<Item = Trouble>) {
        lock(&self.shop).troubles.extend(troubles);
    }

    /// Nothing is answered but 503 from now on, or no more.
    pub fn is_away(&self, away: bool) {
        lock(&self.shop).away = away;
    }

    /// The notifications so far, in order.
    pub fn told(&self) -> Vec<Value> {
        lock(&self.shop).told.clone()
    }

    /// All payments, in the order in which they were made.
    pub fn payments(&self) -> Vec<Value> {
        lock(&self.shop).payments.values().cloned().collect()
    }

    /// All refunds, in the order in which they were made.
    pub fn refunds(&self) -> Vec<Value> {
        lock(&self.shop).refunds.values().cloned().collect()
    }

    /// How many requests came in.
    pub fn requests(&self) -> u64 {
        lock(&self.shop).requests
    }
}

impl Drop for Yookassa {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the stand-in's thread panicked");
        }
    }
}
