//! Fetching from a hub that cuts connections, ignores ranges, sends damaged files and refuses.
#![allow(clippy::unwrap_used)]

mod hub_server;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hub_server::{Answer, COMMIT, Hub};
use tempfile::TempDir;
use train::hub::settings::Token;
use train::hub::{FileProgress, HubError, HubSettings, fetch};

const ID: &str = "google/tiny";

/// Contents of some size that are not the same everywhere.
fn weights() -> Vec<u8> {
    (0..300_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    checkpoint::sha256(bytes)
}

/// The etag of a small file: a Git hash, of which we check nothing.
fn git_hash(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// A hub with a whole model, and an empty cache.
struct Place {
    hub: Hub,
    cache: TempDir,
}

fn place() -> Place {
    let hub = Hub::start();
    hub.put("config.json", b"{}", Some(git_hash('1')));
    hub.put("model.safetensors", &weights(), Some(sha256(&weights())));
    hub.put("tokenizer.json", b"{\"a\":1}", Some(git_hash('2')));
    Place { hub, cache: tempfile::tempdir().unwrap() }
}

impl Place {
    fn settings(&self) -> HubSettings {
        HubSettings {
            endpoint: self.hub.address.clone(),
            cache: self.cache.path().to_owned(),
            token: None,
            revision: "main".to_owned(),
            offline: false,
            pause: Duration::from_millis(1),
        }
    }

    fn fetch(&self) -> Result<PathBuf, HubError> {
        fetch(ID, &self.settings(), &|_| {})
    }

    fn refusal(&self) -> String {
        let message = self.fetch().unwrap_err().to_string();
        assert!(!message.contains('\n'), "{message}");
        assert!(message.contains(ID), "{message}");
        message
    }

    fn blobs(&self) -> PathBuf {
        self.cache.path().join("models--google--tiny/blobs")
    }

    fn partial(&self) -> PathBuf {
        self.blobs().join(format!("{}.incomplete", sha256(&weights())))
    }
}

fn assert_whole(folder: &Path) {
    assert_eq!(fs::read(folder.join("config.json")).unwrap(), b"{}");
    assert!(fs::read(folder.join("model.safetensors")).unwrap() == weights(), "weights differ");
    assert_eq!(fs::read(folder.join("tokenizer.json")).unwrap(), b"{\"a\":1}");
}

#[test]
fn a_model_is_fetched_into_the_cache_of_hugging_face() {
    let place = place();
    let folder = place.fetch().unwrap();
    assert_whole(&folder);
    let repository = place.cache.path().join("models--google--tiny");
    assert_eq!(folder, repository.join("snapshots").join(COMMIT));
    assert_eq!(fs::read_to_string(repository.join("refs/main")).unwrap(), COMMIT);
    let blobs = fs::read_dir(place.blobs()).unwrap().flatten();
    let mut names: Vec<_> = blobs.map(|it| it.file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected = vec![git_hash('1'), git_hash('2'), sha256(&weights())];
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn what_is_in_the_cache_is_not_asked_for_again() {
    let place = place();
    let first = place.fetch().unwrap();
    let requests = place.hub.requests().len();
    assert_eq!(place.fetch().unwrap(), first);
    assert_eq!(place.hub.requests().len(), requests);
}

#[test]
fn a_tokenizer_configuration_comes_along_where_there_is_one() {
    let place = place();
    place.hub.put("tokenizer_config.json", b"{\"b\":2}", Some(git_hash('3')));
    let folder = place.fetch().unwrap();
    assert_eq!(fs::read(folder.join("tokenizer_config.json")).unwrap(), b"{\"b\":2}");
}

#[test]
fn the_second_choice_of_weights_and_vocabulary_will_do() {
    let hub = Hub::start();
    hub.put("config.json", b"{}", Some(git_hash('1')));
    hub.put("pytorch_model.bin", b"weights", Some(sha256(b"weights")));
    hub.put("vocab.txt", b"[PAD]", Some(git_hash('2')));
    let place = Place { hub, ..place() };
    let folder = place.fetch().unwrap();
    assert_eq!(fs::read(folder.join("pytorch_model.bin")).unwrap(), b"weights");
    assert_eq!(fs::read(folder.join("vocab.txt")).unwrap(), b"[PAD]");
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let place = place();
    place.hub.answer("model.safetensors", &[Answer::CutAfter(100_000), Answer::CutAfter(50_000)]);
    let seen = RefCell::new(Vec::new());
    let note = |progress: FileProgress<'_>| {
        if progress.file == "model.safetensors" {
            assert_eq!(progress.total, Some(300_000));
            seen.borrow_mut().push(progress.done);
        }
    };
    let folder = fetch(ID, &place.settings(), &note).unwrap();
    assert_whole(&folder);
    let ranges = place.hub.ranges("model.safetensors");
    let from = |start: &str| Some(format!("bytes={start}-"));
    assert_eq!(ranges, [None, from("100000"), from("150000")]);
    let seen = seen.into_inner();
    assert!(seen.is_sorted() && seen.first() == Some(&0) && seen.last() == Some(&300_000));
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_gave_up() {
    let place = place();
    let mut answers = vec![Answer::CutAfter(120_000)];
    answers.extend(vec![Answer::Status(503); 10]);
    place.hub.answer("model.safetensors", &answers);
    let message = place.refusal();
    assert!(message.contains("503") && message.contains("model.safetensors"), "{message}");
    assert_eq!(fs::read(place.partial()).unwrap(), weights()[..120_000]);
    place.hub.answer("model.safetensors", &[]);
    assert_whole(&place.fetch().unwrap());
    let last = place.hub.ranges("model.safetensors").pop().unwrap();
    assert_eq!(last.as_deref(), Some("bytes=120000-"));
    assert!(!place.partial().exists());
}

#[test]
fn a_hub_that_ignores_ranges_is_read_from_the_start() {
    let place = place();
    place.hub.answer("model.safetensors", &[Answer::CutAfter(100_000), Answer::IgnoreRange]);
    assert_whole(&place.fetch().unwrap());
    assert_eq!(place.hub.ranges("model.safetensors").len(), 2);
}

#[test]
fn a_hub_that_never_gets_further_is_given_up() {
    let place = place();
    let answers = vec![Answer::IgnoreRangeAndCutAfter(100_000); 50];
    place.hub.answer("model.safetensors", &answers);
    let message = place.refusal();
    assert!(message.contains("goes on where it stopped"), "{message}");
    assert_eq!(place.hub.ranges("model.safetensors").len(), 6);
}

#[test]
fn a_file_damaged_on_the_way_is_fetched_anew() {
    let place = place();
    place.hub.answer("model.safetensors", &[Answer::Corrupt]);
    assert_whole(&place.fetch().unwrap());
}

#[test]
fn a_file_with_the_wrong_checksum_is_refused_and_not_kept() {
    let place = place();
    let expected = sha256(b"something else");
    place.hub.put("model.safetensors", &weights(), Some(expected.clone()));
    let message = place.refusal();
    assert!(message.contains("SHA-256") && message.contains(&expected), "{message}");
    assert!(message.contains(&sha256(&weights())), "{message}");
    assert!(!place.blobs().join(&expected).exists());
    let partial = place.blobs().join(format!("{expected}.incomplete"));
    assert_eq!(fs::metadata(partial).unwrap().len(), 0);
}

#[test]
fn a_stale_partial_file_that_is_too_long_is_thrown_away() {
    let place = place();
    fs::create_dir_all(place.blobs()).unwrap();
    fs::write(place.partial(), vec![0; 400_000]).unwrap();
    assert_whole(&place.fetch().unwrap());
}

#[test]
fn a_partial_file_of_other_contents_does_not_survive_the_checksum() {
    let place = place();
    fs::create_dir_all(place.blobs()).unwrap();
    fs::write(place.partial(), vec![0; 100_000]).unwrap();
    assert_whole(&place.fetch().unwrap());
    let ranges = place.hub.ranges("model.safetensors");
    assert_eq!(ranges, [Some("bytes=100000-".to_owned()), None]);
}

#[test]
fn each_refusal_is_one_line_that_says_what_to_do() {
    for (status, advice) in [
        (401, "set HF_TOKEN"),
        (403, "accept its terms"),
        (404, "check the name"),
        (410, "410"),
        (503, "503"),
    ] {
        let place = place();
        place.hub.refuse(status);
        let message = place.refusal();
        assert!(message.contains(advice), "{message}");
        assert!(message.contains(&place.hub.address), "{message}");
    }
}

#[test]
fn a_model_without_weights_says_which_it_looked_for() {
    let hub = Hub::start();
    hub.put("config.json", b"{}", Some(git_hash('1')));
    let place = Place { hub, ..place() };
    let message = place.refusal();
    assert!(message.contains("model.safetensors nor pytorch_model.bin"), "{message}");
}

#[test]
fn a_hub_that_is_not_there_is_named() {
    let place = place();
    let endpoint = "http://127.0.0.1:1".to_owned();
    let settings = HubSettings { endpoint: endpoint.clone(), ..place.settings() };
    let message = fetch(ID, &settings, &|_| {}).unwrap_err().to_string();
    assert!(message.contains(&endpoint) && message.contains("check the network"), "{message}");
    let settings = HubSettings { endpoint: "nonsense".to_owned(), ..place.settings() };
    let message = fetch(ID, &settings, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("HF_ENDPOINT"), "{message}");
}

#[test]
fn offline_takes_what_is_cached_and_asks_for_nothing() {
    let place = place();
    let offline = HubSettings { offline: true, ..place.settings() };
    let message = fetch(ID, &offline, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("--offline") && message.contains(ID), "{message}");
    assert!(place.hub.requests().is_empty());
    let folder = place.fetch().unwrap();
    let requests = place.hub.requests().len();
    assert_eq!(fetch(ID, &offline, &|_| {}).unwrap(), folder);
    assert_eq!(place.hub.requests().len(), requests);
}

#[test]
fn the_token_goes_to_the_hub_and_not_along_to_another_host() {
    let place = place();
    let elsewhere = Hub::start();
    elsewhere.put_at("/signed/weights", &weights());
    place.hub.move_to("model.safetensors", &format!("{}/signed/weights", elsewhere.address));
    let settings = HubSettings { token: Some(Token::new("hf_secret")), ..place.settings() };
    assert_whole(&fetch(ID, &settings, &|_| {}).unwrap());
    let bearer = Some("Bearer hf_secret".to_owned());
    assert!(place.hub.requests().iter().all(|request| request.authorization == bearer));
    let others = elsewhere.requests();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].authorization, None);
}

#[test]
fn a_token_that_is_refused_is_not_shown() {
    let place = place();
    place.hub.refuse(401);
    let settings = HubSettings { token: Some(Token::new("hf_secret")), ..place.settings() };
    let error = fetch(ID, &settings, &|_| {}).unwrap_err();
    assert!(error.to_string().contains("HF_TOKEN"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hf_secret"));
}

#[test]
fn redirects_within_the_hub_are_followed() {
    let place = place();
    place.hub.put_at("/cache/tokenizer", b"{\"a\":1}");
    place.hub.move_to("tokenizer.json", "/cache/tokenizer");
    assert_whole(&place.fetch().unwrap());
    assert!(place.blobs().join(git_hash('2')).exists());
}

#[test]
fn a_circle_of_redirects_ends() {
    let place = place();
    place.hub.move_to("config.json", &format!("/google/tiny/resolve/{COMMIT}/config.json"));
    let message = place.refusal();
    assert!(message.contains("circles"), "{message}");
}

#[test]
fn two_fetches_at_once_transfer_a_file_once() {
    let place = place();
    std::thread::scope(|scope| {
        let fetches = [scope.spawn(|| place.fetch()), scope.spawn(|| place.fetch())];
        for folder in fetches {
            assert_whole(&folder.join().unwrap().unwrap());
        }
    });
    assert_eq!(place.hub.ranges("model.safetensors"), [None]);
}
