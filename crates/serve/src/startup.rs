//! From settings to a running server, and from a running server to a clean end.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use scorer::Asked;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::error::ServeError;
use crate::middleware::{cors, observe};
use crate::model::OpenModel;
use crate::review::load::Loaded;
use crate::settings::Settings;
use crate::signals::{self, Signal};
use crate::state::AppState;
use crate::{review, routes};

/// Time for replies under way once the port is closed.
const DRAIN: Duration = Duration::from_secs(30);

/// A server with its port open. Liveness is answered as soon as it runs; scores once the model,
/// which loads meanwhile, is there.
pub struct Application {
    server: Server,
    address: SocketAddr,
    settings: Settings,
    state: web::Data<AppState>,
    open: OpenModel,
    stop: StopHandle,
}

/// Ends a running server as SIGTERM would.
#[derive(Clone, Default)]
pub struct StopHandle(Arc<Notify>);

impl StopHandle {
    /// Not ready any more, then the lame duck time, then the end.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Application {
    /// Builds the server of the settings, with the model of their checkpoint.
    ///
    /// # Errors
    /// [`ServeError`]: whatever in the settings cannot be used.
    pub async fn build(settings: Settings) -> Result<Self, ServeError> {
        crate::checkpoint::probe(&settings.checkpoint)?;
        let open = crate::checkpoint::opener(&settings);
        Self::build_with(settings, open).await
    }

    /// Checks everything that [`build`](Self::build) and a first request need, without serving:
    /// settings, files, port, model. Credentials are not tried: that would cost a read.
    ///
    /// # Errors
    /// The first [`ServeError`] found.
    pub async fn check(settings: Settings) -> Result<(), ServeError> {
        let Self { settings, state, open, .. } = Self::build(settings).await?;
        load(&state, open)
            .await
            .map_err(|reason| ServeError::Checkpoint { path: settings.checkpoint, reason })
    }

    /// Builds the server with a given way to open its model.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    #[allow(clippy::unused_async)] // needs a Tokio runtime, which only `async` says
    pub async fn build_with(settings: Settings, open: OpenModel) -> Result<Self, ServeError> {
        // The port comes last: what is wrong with a file is said while another server has it.
        let state = web::Data::new(AppState::open(&settings)?);
        let listener = bind(settings.address)?;
        let address = listener.local_addr().map_err(ServeError::Server)?;
        let server = serve(listener, &state)?;
        Ok(Self { server, address, settings, state, open, stop: StopHandle::default() })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it from elsewhere.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Loads the model, serves until SIGTERM, SIGINT or the [`StopHandle`], then ends cleanly.
    /// SIGHUP loads checkpoint and API keys anew.
    ///
    /// # Errors
    /// [`ServeError::Checkpoint`] if the model cannot be loaded at start.
    pub async fn run_until_stopped(self) -> Result<(), ServeError> {
        let Self { server, address, settings, state, open, stop } = self;
        let handle = server.handle();
        let mut server = tokio::spawn(server);
        let mut signals = signals::listen();

        let loaded = tokio::select! {
            loaded = load(&state, Arc::clone(&open)) => loaded,
            () = stop.0.notified() => Ok(()),
            Some(Signal::Terminate) = signals.recv() => Ok(()),
        };
        let reviewing = loaded.is_ok().then(|| spawn_review(&state, address)).flatten();
        let finished = match loaded {
            Err(reason) => {
                Err(ServeError::Checkpoint { path: settings.checkpoint.clone(), reason })
            }
            Ok(()) if state.engine.model().is_none() => Ok(()),
            Ok(()) => loop {
                tokio::select! {
                    () = stop.0.notified() => break Ok(()),
                    ended = &mut server => {
                        break ended.unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
                            .map_err(ServeError::Server);
                    }
                    signal = signals.recv() => match signal {
                        Some(Signal::Reload) => reload(&state, &open).await,
                        Some(Signal::Terminate) | None => break Ok(()),
                    }
                }
            },
        };
        state.draining.store(true, Ordering::Relaxed);
        if let Some(reviewing) = reviewing {
            reviewing.abort();
        }
        if finished.is_ok() && !server.is_finished() {
            let lame_duck = Duration::from_millis(settings.limits.lame_duck_ms);
            tracing::info!(lame_duck_ms = lame_duck.as_millis() as u64, "stopping: not ready");
            tokio::select! {
                () = tokio::time::sleep(lame_duck) => {}
                // A second signal does not want to wait.
                Some(Signal::Terminate) = signals.recv() => {}
            }
        }
        handle.stop(finished.is_ok()).await;
        state.engine.close();
        tracing::info!("stopped");
        finished
    }
}

/// Opens the model and warms it up with a text of the model's full length, and so each other of its checkpoint, so
/// that the first request finds every page of memory in place.
async fn load(state: &AppState, open: OpenModel) -> Result<(), String> {
    let opened = tokio::task::spawn_blocking(move || {
        let model = open()?;
        let info = &model.info;
        let others = info.others.iter().map(|other| (other.max_length, &other.languages));
        for (max_length, languages) in
            [(info.max_length, &info.languages)].into_iter().chain(others)
        {
            let long = "word ".repeat(max_length.saturating_sub(2).max(1));
            let lang = languages.first().map(String::as_str);
            let asked = Asked { judge: false, lang, ..Asked::new(&long) };
            model.scorer.score(&[asked]).map_err(|failure| failure.to_string())?;
        }
        Ok::<_, String>(model)
    });
    let model = opened.await.map_err(|panic| panic.to_string())??;
    let info = &model.info;
    tracing::info!(
        name = info.name,
        version = info.version,
        sha256 = info.sha256,
        threshold = info.calibration.threshold,
        "model ready"
    );
    state.engine.install(Arc::new(model));
    Ok(())
}

/// Background work of the review queue: puts posts in, deletes old texts.
fn spawn_review(state: &web::Data<AppState>, address: SocketAddr) -> Option<JoinHandle<()>> {
    let review = Arc::clone(state.review.as_ref()?);
    let state = state.clone();
    Some(tokio::spawn(async move {
        for (path, take) in review.settings.files() {
            match review::load::load(&state, &review, path, take).await {
                Ok(loaded) => say(&loaded, path, address),
                Err(reason) => {
                    tracing::error!(reason, file = %path.display(), "not all posts are loaded for review");
                }
            }
        }
        review::forget_old(&review).await;
    }))
}

/// Says what came of a file, for the log and for the person who typed the command.
fn say(loaded: &Loaded, path: &Path, address: SocketAddr) {
    let Loaded { new, known, empty, verdicts, refused, first_refused } = loaded;
    tracing::info!(new, known, empty, verdicts, refused, file = %path.display(), "posts loaded for review");
    let mut line = format!("{new} posts of {} are in the review queue now", path.display());
    for (count, what) in [
        (known, "were before"),
        (empty, "have no text"),
        (verdicts, "verdicts were taken over"),
        (refused, "rows were left out"),
    ] {
        if *count > 0 {
            line.push_str(&format!(", {count} {what}"));
        }
    }
    if let Some(fault) = first_refused {
        line.push_str(&format!(" (the first, {fault})"));
    }
    // A program may have closed our output.
    let _ = writeln!(std::io::stdout(), "{line}\nopen http://{address}/review");
}

/// A bad checkpoint or key file is refused and the old one stays.
async fn reload(state: &AppState, open: &OpenModel) {
    match load(state, Arc::clone(open)).await {
        Ok(()) => state.metrics.reloads.add(1),
        Err(reason) => {
            state.metrics.reload_failures.add(1);
            tracing::error!(reason, "reload refused: the old model stays");
        }
    }
    match state.keys.reload() {
        Ok(()) => tracing::info!("API keys read again"),
        Err(error) => tracing::error!(%error, "API keys not read again: the old ones stay"),
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => ServeError::PortInUse { address },
        _ => ServeError::Bind { address: address.to_string(), source },
    })
}

/// All that is served over a state: every route, and what surrounds them.
pub fn app(
    state: web::Data<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(state)
        .wrap(from_fn(cors))
        .wrap(from_fn(observe))
        .configure(routes::configure)
}

fn serve(listener: TcpListener, state: &web::Data<AppState>) -> Result<Server, ServeError> {
    let patience = state.body_patience();
    let state = state.clone();
    let server = HttpServer::new(move || app(state.clone()))
        .workers(std::thread::available_parallelism().map_or(2, usize::from).min(4))
        .client_request_timeout(patience)
        .keep_alive(Duration::from_secs(75))
        // A client that is gone takes its request with it, out of the model's queue.
        .h1_allow_half_closed(false)
        .disable_signals()
        .shutdown_timeout(DRAIN.as_secs())
        .listen(listener)
        .map_err(ServeError::Server)?
        .run();
    Ok(server)
}
