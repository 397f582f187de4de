//! The official SDK of YooKassa drives the stand-in: what the engine is tested against is judged by
//! others.

use crate::support::python;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use nameless_simulator::yookassa::{Trouble, Yookassa};
use std::path::Path as File;
use std::process::Command;
use std::sync::mpsc;

const SHOP: &str = "100500";
const SECRET: &str = "test_secret-of-the-shop";

/// The payer's part, and the network's, for a program that is not this one.
async fn does(path: Path<(String, String)>, shop: Data<Yookassa>) -> HttpResponse {
    let (what, payment) = path.into_inner();
    match what.as_str() {
        "pay" => _ = shop.pay(&payment),
        "decline" => _ = shop.decline(&payment, "insufficient_funds"),
        _ => shop.fail_next([Trouble::DoneAnd202]),
    }
    HttpResponse::Ok().json(shop.told().last())
}

#[test]
fn the_official_sdk_takes_the_stand_in_for_the_real_one() {
    let Some(bin) = python::programs("yookassa") else { return };
    let shop = Data::new(Yookassa::start(SHOP, SECRET).expect("it starts"));
    let (api, (tell, started)) = (shop.url(), mpsc::sync_channel(1));
    let server = std::thread::spawn(move || {
        actix_rt::System::new().block_on(async move {
            let app =
                move || App::new().app_data(shop.clone()).route("/{what}/{payment}", web::post().to(does));
            let server =
                HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a port");
            let address = server.addrs()[0];
            let server = server.run();
            tell.send((address, server.handle())).expect("somebody waits");
            server.await
        })
    });
    let (address, handle) = started.recv().expect("it listens");
    let script = File::new(env!("CARGO_MANIFEST_DIR")).join("tests/yookassa/drive.py");
    let output = Command::new(bin.join("python3"))
        .arg(script)
        .args([&api, SHOP, SECRET, &format!("http://{address}")])
        .output()
        .expect("it runs");
    drop(handle.stop(false));
    server.join().expect("no panic").expect("an orderly end");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().count(), 7, "{said}");
}
