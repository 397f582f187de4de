//! A small HTTP server that answers as it is told, byte by byte if need be.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path, token and all.
    pub path: String,
    /// Body; a form's parts with their headers.
    pub body: Vec<u8>,
}

impl Request {
    /// The method of the Bot API.
    pub fn method(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// What is answered.
pub enum Reply {
    /// A status and a body.
    Body(u16, Vec<u8>),
    /// The connection is closed without a word.
    Close,
    /// Half of an answer, then the connection is closed.
    Half,
    /// A success whose body does not end.
    Endless,
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Reply {
    /// Telegram's yes.
    pub fn ok(result: serde_json::Value) -> Reply {
        Reply::Body(200, serde_json::json!({ "ok": true, "result": result }).to_string().into_bytes())
    }

    /// Telegram's no.
    pub fn no(code: u16, description: &str) -> Reply {
        let body = serde_json::json!({ "ok": false, "error_code": code, "description": description });
        Reply::Body(code, body.to_string().into_bytes())
    }
}

type Answers = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A running server; its threads end with their connections.
pub struct Server {
    addr: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Listens on a free port.
    pub fn start(answers: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let addr = listener.local_addr().expect("its address");
        let (seen, answers): (_, Answers) = (Arc::new(Mutex::default()), Arc::new(answers));
        let log: Arc<Mutex<Vec<Request>>> = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answers) = (log.clone(), answers.clone());
                std::thread::spawn(move || drop(talk(stream, &log, &answers)));
            }
        });
        Server { addr, seen }
    }

    /// Its address as a Bot API server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("requests").clone()
    }
}

fn talk(stream: TcpStream, log: &Mutex<Vec<Request>>, answers: &Answers) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request = Request { path, body };
        let reply = answers(&request);
        log.lock().expect("requests").push(request);
        match reply {
            Reply::Body(status, body) => {
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len())?;
                stream.write_all(&body)?;
            }
            Reply::Close => return Ok(()),
            Reply::Half => {
                return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":tr");
            }
            Reply::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                let chunk = [b' '; 0x10000];
                loop {
                    stream.write_all(b"10000\r\n")?;
                    stream.write_all(&chunk)?;
                    stream.write_all(b"\r\n")?;
                }
            }
            Reply::Silence => return reader.read_to_end(&mut Vec::new()).map(drop),
        }
    }
}
