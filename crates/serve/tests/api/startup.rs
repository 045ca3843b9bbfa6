//! Mistakes that keep the server from starting are one clear line.

use std::sync::Arc;

use serve::model::OpenModel;
use serve::{Application, ServeError};

use crate::support::settings;

fn never_opened() -> OpenModel {
    Arc::new(|| Err("the weights are cut short".to_owned()))
}

async fn refused(flags: &[&str]) -> ServeError {
    let built = Application::build_with(settings(flags, None), never_opened()).await;
    built.err().expect("it must not start")
}

#[tokio::test]
async fn a_missing_checkpoint_says_how_to_make_one() {
    let built = Application::build(settings(&["--checkpoint", "no/such/folder"], None)).await;
    let message = built.err().unwrap().to_string();
    assert!(
        message.contains("no/such/folder") && message.contains("cargo run -p train"),
        "{message}"
    );
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "id,text\n1,a\n").unwrap();
    let flags = ["--tweets", file.path().to_str().unwrap(), "--port", &port];
    let message = refused(&flags[..]).await.to_string();
    assert!(message.contains(&port) && message.contains("in use"), "{message}");
}

#[tokio::test]
async fn a_bad_tweets_file_is_named_with_its_row() {
    let missing = refused(&["--tweets", "no/such.csv"]).await.to_string();
    assert!(missing.contains("no/such.csv") && missing.contains("--tweets"), "{missing}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "id,text\n1,a\nnot-an-id,b\n").unwrap();
    let bad = refused(&["--tweets", file.path().to_str().unwrap()]).await.to_string();
    assert!(bad.contains("line 3"), "{bad}");
}

#[tokio::test]
async fn a_bad_key_file_is_named_with_its_line() {
    let tweets = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(tweets.path(), "id,text\n1,a\n").unwrap();
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "plain-key\n").unwrap();
    let flags =
        ["--tweets", tweets.path().to_str().unwrap(), "--api-keys", keys.path().to_str().unwrap()];
    let message = refused(&flags).await.to_string();
    assert!(message.contains(":1:") && message.contains("sha256sum"), "{message}");
    assert!(!message.contains("plain-key"), "a line may be a key by mistake: {message}");
}

#[tokio::test]
async fn a_checkpoint_that_does_not_load_ends_the_server_with_the_reason() {
    let tweets = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(tweets.path(), "id,text\n1,a\n").unwrap();
    let settings = settings(&["--tweets", tweets.path().to_str().unwrap()], None);
    let application = Application::build_with(settings, never_opened()).await.unwrap();
    let error = application.run_until_stopped().await.unwrap_err();
    assert!(error.to_string().contains("the weights are cut short"), "{error}");
}
