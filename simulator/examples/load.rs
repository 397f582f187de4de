//! How many `sendMessage` a second one worker takes:
//! `cargo run --release --example load [calls] [connections]`.
//!
//! The client is raw sockets without parsing, so that it costs little beside the server on the same
//! machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use nameless_simulator::{NewUser, SimConfig, Simulator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let calls = args.next().transpose()?.unwrap_or(200_000);
    let connections = args.next().transpose()?.unwrap_or(32).max(1);
    let simulator = Simulator::start(SimConfig::default())?;
    let addr = simulator.addr();
    let users: Vec<i64> = (0..connections)
        .map(|_| {
            let user = simulator.world().add_user(NewUser::default()).with_bot("42:load");
            user.send_text("/start");
            user.id()
        })
        .collect();
    let began = Instant::now();
    let threads: Vec<_> = users
        .into_iter()
        .map(|id| {
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut stream = TcpStream::connect(addr)?;
                stream.set_nodelay(true)?;
                let body = format!(
                    "{{\"chat_id\":{id},\"text\":\"a message of a usual length, as people write them\"}}"
                );
                let request = format!(
                    "POST /bot42:load/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let mut buffer = [0; 4096];
                for _ in 0..calls / connections {
                    stream.write_all(request.as_bytes())?;
                    // A response fits one segment.
                    if stream.read(&mut buffer)? == 0 {
                        break;
                    }
                }
                Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a client panicked")??;
    }
    let took = began.elapsed().as_secs_f64();
    let sent = simulator.world().stats().messages_sent;
    println!("{sent} messages in {took:.2} s: {:.0} a second", sent as f64 / took);
    Ok(())
}
