//! Scored requests that fall in a band, put into the queue by a thread of their own, so that no score waits
//! for the disk.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::ReviewStore;
use super::item::{NewItem, Scored};
use super::store::Trouble;
use crate::feedback::Band;
use crate::metrics::Metrics;
use crate::model::ModelInfo;

/// Posts that may wait for the disk; beyond it they are lost and counted.
const MOST_WAITING: usize = 10_000;

/// Takes scored posts from any thread.
pub(crate) struct Offers {
    least: Band,
    sender: Option<SyncSender<NewItem>>,
    metrics: Arc<Metrics>,
    writer: Option<JoinHandle<()>>,
}

impl Offers {
    /// Starts the thread that writes those of this band or a more urgent one.
    pub(super) fn start(least: Band, store: Arc<ReviewStore>, metrics: Arc<Metrics>) -> Self {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        let counts = Arc::clone(&metrics);
        let writer = thread::Builder::new()
            .name("review".to_owned())
            .spawn(move || write(&store, &receiver, &counts))
            .inspect_err(|error| tracing::error!(%error, "scored posts are not queued for review"))
            .ok();
        Self { least, sender: Some(sender), metrics, writer }
    }

    /// Puts a scored post into the queue soon, if its band asks for it. Never waits.
    pub(crate) fn offer(
        &self,
        id: Option<&str>,
        text: &str,
        verdict: &scorer::Verdict,
        info: &ModelInfo,
    ) {
        let urgency = |band: Band| Band::ALL.iter().position(|other| *other == band);
        let asked = Band::parse(verdict.band().as_str())
            .is_some_and(|band| urgency(band) >= urgency(self.least));
        if !asked {
            return;
        }
        let item = NewItem {
            id: id.map(str::to_owned),
            text: text.to_owned(),
            source: "scored".to_owned(),
            scored: Scored::new(verdict, info),
        };
        if self.sender.as_ref().is_none_or(|sender| sender.try_send(item).is_err()) {
            self.metrics.review_lost.add(1);
        }
    }
}

impl Drop for Offers {
    /// Writes what is still waiting.
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn write(store: &ReviewStore, items: &Receiver<NewItem>, metrics: &Metrics) {
    let mut failing = false;
    while let Ok(first) = items.recv() {
        let batch: Vec<NewItem> =
            std::iter::once(first).chain(items.try_iter().take(255)).collect();
        match store.add(&batch) {
            Ok(_) if failing => {
                failing = false;
                tracing::info!("scored posts are queued for review again");
            }
            Ok(_) => {}
            Err(trouble) => {
                metrics.review_lost.add(batch.len() as u64);
                if !failing && let Trouble::File(reason) = trouble {
                    tracing::error!(reason, "scored posts cannot be queued for review");
                }
                failing = true;
            }
        }
    }
}
