//! A small hub on the loopback address: it lists folders and gives files as the real one does, and misbehaves
//! as a test tells it to.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

/// The repository that every server has.
pub const REPOSITORY: &str = "owner/model";
/// How often a waiting server looks up.
const GLANCE: Duration = Duration::from_millis(5);

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// GET or HEAD.
    pub method: String,
    /// With the query.
    pub path: String,
    /// What was asked for.
    pub range: Option<Range<usize>>,
    /// The header, if there was one.
    pub authorization: Option<String>,
    /// How many requests for bytes of files came before.
    pub number: usize,
    /// When.
    pub at: Instant,
}

/// How a server misbehaves.
#[derive(Clone, Debug)]
pub enum Twist {
    /// Answers with a status and headers alone.
    Status(u16, Vec<(&'static str, String)>),
    /// Gives whole files, whatever the range.
    Whole,
    /// Closes the connection after so many bytes of the body.
    Cut(usize),
    /// Sends nothing more after so many bytes of the body.
    Stall(usize),
    /// Gives other bytes.
    Wrong,
    /// Claims that the file has another length.
    Claim(usize),
    /// Sends so many bytes at a time, a millisecond apart.
    Slow(usize),
    /// Answers with a body of its own.
    Says(String),
    /// The same, with a `Link` to more.
    Page(String, String),
}

type Script = Box<dyn Fn(&Seen) -> Option<Twist> + Send + Sync>;

struct Shared {
    files: BTreeMap<String, Vec<u8>>,
    script: Script,
    seen: Mutex<Vec<Seen>>,
    closed: AtomicBool,
}

/// A running server. Dropped, it ends.
pub struct Server {
    /// `http://127.0.0.1:…`
    pub endpoint: String,
    shared: Arc<Shared>,
}

impl Server {
    /// A server of these files, which follows the script.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(
        files: &[(&str, &[u8])],
        script: impl Fn(&Seen) -> Option<Twist> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) =
            listener.unwrap_or_else(|error| panic!("no port on the loopback address: {error}"));
        let files = files.iter();
        let shared = Arc::new(Shared {
            files: files
                .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
                .collect(),
            script: Box::new(script),
            seen: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let serving = shared.clone();
        thread::spawn(move || serve(&listener, &serving));
        Self {
            endpoint: format!("http://{address}"),
            shared,
        }
    }

    /// A server that does nothing wrong.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn honest(files: &[(&str, &[u8])]) -> Self {
        Self::start(files, |_| None)
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The requests for bytes of files.
    pub fn fetched(&self) -> Vec<Seen> {
        let is_file = |seen: &Seen| seen.method == "GET" && seen.path.contains("/resolve/");
        self.seen().into_iter().filter(is_file).collect()
    }

    /// Bytes of all ranges that were asked for.
    pub fn asked(&self) -> usize {
        let ranges = self.fetched().into_iter().filter_map(|seen| seen.range);
        ranges.map(|range| range.len()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    while !shared.closed.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                let shared = shared.clone();
                // Whoever asked may be gone again.
                thread::spawn(move || {
                    let _ = answer(stream, &shared);
                });
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(GLANCE),
            Err(_) => return,
        }
    }
}

/// Reads one request and answers it; the connection is then closed.
fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, path) = (word(), word());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut all = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let earlier = all.iter().filter(|seen| seen.path.contains("/resolve/"));
    let seen = Seen {
        number: earlier.count(),
        range: headers.get("range").and_then(|text| range(text)),
        authorization: headers.get("authorization").cloned(),
        at: Instant::now(),
        method,
        path,
    };
    all.push(seen.clone());
    drop(all);
    reply(&mut stream, &seen, shared)
}

/// `bytes=0-4`
fn range(text: &str) -> Option<Range<usize>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some(first.parse().ok()?..last.parse::<usize>().ok()? + 1)
}

fn reply(stream: &mut TcpStream, seen: &Seen, shared: &Shared) -> std::io::Result<()> {
    let twist = (shared.script)(seen);
    match &twist {
        Some(Twist::Status(status, headers)) => return head(stream, *status, headers),
        Some(Twist::Says(body)) => {
            head(stream, 200, &[("content-length", body.len().to_string())])?;
            return stream.write_all(body.as_bytes());
        }
        Some(Twist::Page(body, link)) => {
            let length = ("content-length", body.len().to_string());
            head(stream, 200, &[length, ("link", link.clone())])?;
            return stream.write_all(body.as_bytes());
        }
        _ => {}
    }
    let path = seen.path.split('?').next().unwrap_or_default();
    if let Some(rest) = path.strip_prefix(&format!("/api/models/{REPOSITORY}/tree/")) {
        let (_, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let list = listing(folder, &shared.files);
        head(stream, 200, &[("content-length", list.len().to_string())])?;
        return stream.write_all(list.as_bytes());
    }
    let file = path.strip_prefix(&format!("/{REPOSITORY}/resolve/"));
    let file = file.and_then(|rest| Some(rest.split_once('/')?.1));
    match file.and_then(|file| shared.files.get(file)) {
        Some(bytes) => give(stream, seen, bytes, twist.as_ref(), shared),
        None => head(stream, 404, &[]),
    }
}

fn give(
    stream: &mut TcpStream,
    seen: &Seen,
    file: &[u8],
    twist: Option<&Twist>,
    shared: &Shared,
) -> std::io::Result<()> {
    let wanted = match (&seen.range, twist) {
        (None, _) | (_, Some(Twist::Whole)) => None,
        (Some(range), _) => Some(range.start..range.end.min(file.len())),
    };
    let mut body = match &wanted {
        Some(range) => file.get(range.clone()).unwrap_or_default().to_vec(),
        None => file.to_vec(),
    };
    if matches!(twist, Some(Twist::Wrong)) {
        body.iter_mut().for_each(|byte| *byte = !*byte);
    }
    let total = match twist {
        Some(Twist::Claim(total)) => *total,
        _ => file.len(),
    };
    let mut headers = vec![("x-linked-etag", format!("\"{}\"", sha256(file)))];
    let status = match &wanted {
        Some(Range { start, end }) => {
            headers.push((
                "content-range",
                format!("bytes {start}-{}/{total}", end - 1),
            ));
            headers.push(("content-length", body.len().to_string()));
            206
        }
        None => {
            headers.push(("content-length", total.to_string()));
            200
        }
    };
    head(stream, status, &headers)?;
    if seen.method == "HEAD" {
        return Ok(());
    }
    let (sent, rest) = match twist {
        Some(Twist::Cut(most) | Twist::Stall(most)) => body.split_at((*most).min(body.len())),
        _ => body.split_at(body.len()),
    };
    let at_a_time = match twist {
        Some(Twist::Slow(bytes)) => *bytes,
        _ => sent.len().max(1),
    };
    for piece in sent.chunks(at_a_time) {
        stream.write_all(piece)?;
        stream.flush()?;
        if matches!(twist, Some(Twist::Slow(_))) {
            thread::sleep(Duration::from_millis(1));
        }
    }
    if matches!(twist, Some(Twist::Stall(_))) && !rest.is_empty() {
        while !shared.closed.load(Ordering::Relaxed) {
            thread::sleep(GLANCE);
        }
    }
    Ok(())
}

fn head(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        text += "content-length: 0\r\n";
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    stream.write_all((text + "\r\n").as_bytes())
}

/// The files directly in a folder as the hub lists them: small texts lie in git, all else outside of it.
fn listing(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    let directly = files.iter().filter(|(path, _)| {
        let (parent, _) = path.rsplit_once('/').unwrap_or(("", path));
        parent == folder
    });
    let entries = directly.map(|(path, bytes)| {
        let mut entry = serde_json::json!({
            "type": "file", "path": path, "size": bytes.len(), "oid": git_blob(bytes),
        });
        if !path.ends_with(".yaml") {
            entry["lfs"] = serde_json::json!({
                "oid": sha256(bytes), "size": bytes.len(), "pointerSize": 134,
            });
        }
        entry
    });
    let folders = [serde_json::json!({"type": "directory", "path": "other", "oid": "", "size": 0})];
    serde_json::Value::from_iter(entries.chain(folders)).to_string()
}

/// A catalogue of the tiny random model, whose tokenizer and transformer lie in two folders of the hub.
pub fn tiny_catalogue(id: &str, name: &str, [tokenizer, transformer]: [&str; 2]) -> String {
    format!(
        r#"
[[tokenizer]]
id = "{id}-tokenizer"
name = "{name} tokenizer"
summary = "Noise"
family = "dnd"
repository = "{REPOSITORY}"
folder = "{tokenizer}"
image = {{ width = 32, height = 32 }}
codes = {{ grid = [4, 4], depth = 2, codebook = 64 }}
licence = "CC0-1.0"

[[transformer]]
id = "{id}"
name = "{name}"
summary = "Noise"
family = "dnd"
kind = "class"
tokenizer = "{id}-tokenizer"
repository = "{REPOSITORY}"
folder = "{transformer}"
score = "gFID 400"
licence = "CC0-1.0"

[transformer.shape]
layers = 2
heads = 2
width = 32
head_positions = [0, 1]
classes = 1000
class_dropout_prob = 0.1

[transformer.sampling]
guidance = 1.5
paper = {{ guidance = 2.0 }}
"#
    )
}

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn git_blob(bytes: &[u8]) -> String {
    let header = format!("blob {}\0", bytes.len());
    hex(&sha1::Sha1::digest([header.as_bytes(), bytes].concat()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
