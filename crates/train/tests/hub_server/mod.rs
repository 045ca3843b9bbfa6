//! A small hub on a local port that can be told to misbehave.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The commit that everything is of.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The answer to one `GET`.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Cuts the connection after so many bytes of the body.
    CutAfter(usize),
    /// Sends everything, whatever was asked for.
    IgnoreRange,
    /// As [`Answer::IgnoreRange`], and cuts the connection after so many bytes.
    IgnoreRangeAndCutAfter(usize),
    /// Changes the first byte.
    Corrupt,
    /// Only a status line.
    Status(u16),
}

/// One request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) authorization: Option<String>,
}

#[derive(Debug, Clone)]
struct Served {
    contents: Vec<u8>,
    etag: Option<String>,
    elsewhere: Option<String>,
}

#[derive(Default)]
struct State {
    files: HashMap<String, Served>,
    /// Answers still to be given, by path; afterwards all goes well.
    answers: HashMap<String, VecDeque<Answer>>,
    /// Answers every request with this status, if set.
    refuses: Option<u16>,
    requests: Vec<Request>,
}

/// The server; its thread ends with the test's process.
pub(crate) struct Hub {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { address, state }
    }

    /// Serves a file of the model `google/tiny` under the names of commit and branch.
    pub(crate) fn put(&self, file: &str, contents: &[u8], etag: Option<String>) {
        let served = Served { contents: contents.to_vec(), etag, elsewhere: None };
        let files = &mut self.state.lock().unwrap().files;
        for revision in ["main", COMMIT] {
            files.insert(format!("/google/tiny/resolve/{revision}/{file}"), served.clone());
        }
    }

    /// Serves contents at any path.
    pub(crate) fn put_at(&self, path: &str, contents: &[u8]) {
        let served = Served { contents: contents.to_vec(), etag: None, elsewhere: None };
        self.state.lock().unwrap().files.insert(path.to_owned(), served);
    }

    /// Redirects requests for a file, as hubs do for large ones.
    pub(crate) fn move_to(&self, file: &str, address: &str) {
        for (path, served) in &mut self.state.lock().unwrap().files {
            if path.ends_with(&format!("/{file}")) {
                served.elsewhere = Some(address.to_owned());
            }
        }
    }

    /// Answers the next `GET`s of a file thus.
    pub(crate) fn answer(&self, file: &str, answers: &[Answer]) {
        let path = format!("/google/tiny/resolve/{COMMIT}/{file}");
        let queue = answers.iter().cloned().collect();
        self.state.lock().unwrap().answers.insert(path, queue);
    }

    /// Refuses every request with this status.
    pub(crate) fn refuse(&self, status: u16) {
        self.state.lock().unwrap().refuses = Some(status);
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The ranges of all `GET`s of a file.
    pub(crate) fn ranges(&self, file: &str) -> Vec<Option<String>> {
        let requests = self.requests().into_iter();
        let gets = requests.filter(|it| it.method == "GET" && it.path.ends_with(file));
        gets.map(|request| request.range).collect()
    }
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) {
    let Some(request) = read_request(stream) else { return };
    let (served, answer, refuses) = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        let answers = state.answers.get_mut(&request.path);
        let answer = answers.filter(|_| request.method == "GET").and_then(VecDeque::pop_front);
        (state.files.get(&request.path).cloned(), answer, state.refuses)
    };
    let status = match (&answer, refuses, &served) {
        (Some(Answer::Status(status)), ..) => Some(*status),
        (_, Some(status), _) => Some(status),
        (_, _, None) => Some(404),
        _ => None,
    };
    let Some(served) = served.filter(|_| status.is_none()) else {
        let status = status.unwrap_or(404);
        let _ =
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let mut head = format!("X-Repo-Commit: {COMMIT}\r\nConnection: close\r\n");
    let size = served.contents.len();
    let mut body = served.contents;
    let mut status = "200 OK";
    if let Some(elsewhere) = served.elsewhere {
        status = "302 Found";
        head += &format!("Location: {elsewhere}\r\nX-Linked-Size: {size}\r\n");
        if let Some(etag) = served.etag {
            head += &format!("X-Linked-Etag: \"{etag}\"\r\nETag: \"of-the-redirect\"\r\n");
        }
        body.clear();
    } else {
        if let Some(etag) = served.etag {
            head += &format!("ETag: \"{etag}\"\r\n");
        }
        let range = request.range.as_deref().and_then(|range| {
            range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()
        });
        let ignores =
            matches!(answer, Some(Answer::IgnoreRange | Answer::IgnoreRangeAndCutAfter(_)));
        if let Some(from) = range.filter(|_| !ignores) {
            status = "206 Partial Content";
            head += &format!("Content-Range: bytes {from}-{}/{size}\r\n", size - 1);
            body.drain(..from);
        }
    }
    let length = body.len();
    match answer {
        Some(Answer::Corrupt) => body[0] ^= 1,
        Some(Answer::CutAfter(bytes) | Answer::IgnoreRangeAndCutAfter(bytes)) => {
            body.truncate(bytes);
        }
        _ => {}
    }
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\n\r\n");
    if request.method == "GET" {
        let _ = stream.write_all(&body);
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: HashMap<String, String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let header = |name: &str| headers.get(name).cloned();
    Some(Request { method, path, range: header("range"), authorization: header("authorization") })
}
