//! A maker of pictures that speaks OpenAI's images, and takes what a real one does: seconds for
//! each, and about a megabyte for its file.

use super::super::model::whole;
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nameless_domain::random::Random;
use nameless_vision::picture::Picture;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Pictures at once, on each node: so many may be under way when it is killed.
pub const PLACES: u64 = 16;
/// Width and height, as the file of back ends has it where nothing else is said.
const SIZE: (u32, u32) = (768, 1_024);
/// Of a JPEG; what is drawn is nearly noise, which takes about what a photograph does as a PNG.
const QUALITY: u8 = 87;
/// Bytes of a request at most.
const MOST: usize = 256 * 1024;
/// What begins the only request that is answered.
const ASKED: &[u8] = b"POST /v1/images/generations ";

/// The maker; it ends with the process.
pub struct Painter {
    address: SocketAddr,
    /// Bytes of each picture.
    pub bytes: usize,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Vec<u8>,
    takes: Duration,
    drawn: AtomicU64,
}

impl Painter {
    /// Starts it on a thread of its own, on this thread's core. A picture takes between half of
    /// `takes` and one and a half of it.
    pub fn start(takes: Duration) -> anyhow::Result<Painter> {
        let picture = picture()?;
        let body = format!("{{\"created\":0,\"data\":[{{\"b64_json\":\"{}\"}}]}}", STANDARD.encode(&picture));
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = [head, body].concat().into_bytes();
        let shared = Arc::new(Shared { answer, takes, drawn: AtomicU64::new(0) });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        listener.set_nonblocking(true)?;
        let (address, theirs) = (listener.local_addr()?, shared.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("painter".into()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                while let Ok((stream, _)) = listener.accept().await {
                    let shared = theirs.clone();
                    // Whoever hangs up has no picture: that is the client's affair.
                    tokio::spawn(async move { drop(serve(stream, shared).await) });
                }
            });
        })?;
        Ok(Painter { address, bytes: picture.len(), shared })
    }

    /// Requests that have begun to be drawn so far.
    pub fn drawn(&self) -> u64 {
        self.shared.drawn.load(Ordering::Relaxed)
    }

    /// Its part of the file of back ends: at a price, so that each call is in the books.
    pub fn back_end(&self) -> String {
        let (width, height) = SIZE;
        format!(
            "[[image]]\nname = \"painter\"\nurl = \"http://{}/v1\"\ndialect = \"openai\"\nsize = [{width}, {height}]\n\
             price = 0.04\ncap = 100000\nplaces = {PLACES}\n",
            self.address
        )
    }
}

/// Waves with noise on them: nobody is in it, and it does not shrink to nothing.
fn picture() -> anyhow::Result<Vec<u8>> {
    let (width, height) = SIZE;
    let mut random = Random::for_purpose(0, 0x9A17);
    let mut picture = Picture::plain(width, height, [60, 110, 150]);
    for part in picture.rgb.as_chunks_mut::<8>().0 {
        let noise = random.number().to_le_bytes();
        part.iter_mut().zip(noise).for_each(|(byte, noise)| *byte = byte.wrapping_add(noise & 0x3F));
    }
    picture.jpeg(QUALITY).context("a picture cannot be encoded")
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut request, mut part) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let end = loop {
            if let Some((_, end)) = whole(&request) {
                break end;
            }
            let n = stream.read(&mut part).await?;
            if n == 0 || request.len() > MOST {
                return Ok(());
            }
            request.extend_from_slice(&part[..n]);
        };
        if !request.starts_with(ASKED) {
            return stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        }
        let number = shared.drawn.fetch_add(1, Ordering::Relaxed);
        let share = 0.5 + Random::for_purpose(number, 0x9A18).unit();
        tokio::time::sleep(shared.takes.mul_f64(share)).await;
        stream.write_all(&shared.answer).await?;
        request.drain(..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_as_large_as_those_of_real_makers() {
        let picture = picture().expect("a picture");
        assert!(picture.starts_with(&[0xFF, 0xD8, 0xFF]));
        assert!((300_000..4_000_000).contains(&picture.len()), "{}", picture.len());
    }
}
