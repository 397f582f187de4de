//! `nameless health`: asks the bot that runs on this machine how it is, for containers and scripts.

use anyhow::Context as _;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long the bot may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read.
const MOST: u64 = 16 << 10;

/// What the bot that listens on `METRICS_ADDR` says of itself, and whether it takes updates.
pub fn ask(metrics: SocketAddr) -> anyhow::Result<(bool, String)> {
    anyhow::ensure!(metrics.port() != 0, "METRICS_ADDR has port 0: nobody knows where the bot listens");
    let ip = match metrics.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let at = SocketAddr::new(ip, metrics.port());
    let talk = || {
        let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        // In one piece: who is asked may close as soon as it has read.
        let request = format!("GET /health/ready HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = talk().with_context(|| format!("nobody answers on METRICS_ADDR {at}"))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("that is no bot's answer")?;
    let status = head.split(' ').nth(1).context("that is no bot's answer")?;
    Ok((status == "200", body.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that gives one answer.
    fn says(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        });
        at
    }

    #[test]
    fn a_bot_says_whether_it_takes_updates() {
        let ready = says("HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"status\":\"ready\"}");
        assert_eq!(ask(ready).expect("an answer"), (true, "{\"status\":\"ready\"}".to_owned()));
        let held = says("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"status\":\"held\"}");
        assert_eq!(ask(held).expect("an answer"), (false, "{\"status\":\"held\"}".to_owned()));
        assert!(ask(says("hello")).is_err());
        let nobody = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let error = format!("{:#}", ask(nobody).expect_err("nobody is there"));
        assert!(error.contains("METRICS_ADDR"), "{error}");
        assert!(ask("127.0.0.1:0".parse().expect("an address")).is_err());
    }
}
