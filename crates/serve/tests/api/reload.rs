//! SIGHUP: the checkpoint is read again, and a bad one refused.
#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use serve::model::OpenModel;

use crate::support::{Gate, KnownModel, TestServer, settings, within_five_seconds};

fn hang_up() {
    testkit::program::signal(std::process::id(), "HUP");
}

/// The signal reaches every server of this process; the others read the same model again.
#[tokio::test]
async fn a_good_checkpoint_takes_over_and_a_bad_one_is_refused_without_a_lost_request() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let open: OpenModel = Arc::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(KnownModel::new("old").opened()),
        1 => Err("cut short".to_owned()),
        _ => Ok(KnownModel::new("new").opened()),
    });
    let tweets = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(tweets.path(), "id,text\n1,a\n").unwrap();
    let settings = settings(&["--tweets", tweets.path().to_str().unwrap()], None);
    let server =
        TestServer::launch_with(settings, tweets, open, Arc::new(Gate::default()), Arc::default())
            .await;
    server.wait_until_ready().await;
    let server = Arc::new(server);
    let asker = Arc::clone(&server);
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let asking = tokio::spawn(async move {
        let mut seen = Vec::new();
        while stopped.try_recv().is_err() {
            let texts = json!({ "texts": ["a", "b", "c"] });
            let answer = asker.post("/v1/score", &texts).await;
            assert_eq!(answer.status, 200);
            seen.push(answer.json()["model"]["version"].as_str().unwrap().to_owned());
        }
        seen
    });
    hang_up();
    within_five_seconds(async || server.metric("threat_reload_failures_total").await == 1).await;
    assert_eq!(server.get("/v1/model").await.json()["version"], "old");
    assert_eq!(server.get("/readyz").await.status, 200);
    hang_up();
    within_five_seconds(async || server.metric("threat_reloads_total").await == 1).await;
    assert_eq!(server.get("/v1/model").await.json()["version"], "new");
    stop.send(()).unwrap();
    let mut seen = asking.await.unwrap();
    seen.dedup();
    assert!(seen == ["old", "new"] || seen == ["old"], "{seen:?}");
}
