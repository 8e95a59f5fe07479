//! Puts the parts together and runs them until somebody says stop.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use segue_sense::read::Reader;
use segue_store::{Lot, Store};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::assistant::{Model, ModelOptions};
use crate::channels::Mailer;
use crate::connect::look_up_limits;
use crate::demo::Demo;
use crate::desk::Desk;
use crate::edge::Clock;
use crate::fetch::{FetchLimits, Fetcher};
use crate::http::{App, Doors, Proxies, Rates, router};
use crate::jobs::{Tools, assign_on_ring, fetch_mail, keep_findable, retain, roll_up, run, sweep};
use crate::listen::{self, ConnectionLimits};
use crate::live::Hub;

/// How long open requests may take to end.
const DRAIN: Duration = Duration::from_secs(8);
/// The same once nothing can be written any more.
const DRAIN_BROKEN: Duration = Duration::from_secs(1);

/// How often what was measured is added up, so that it does not pile up unread.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bytes of a database that is looked through at each start: a second's work.
const LOOKED_THROUGH: u64 = 256 << 20;

/// Job runners where answers wait for a model: so many answers are written at once.
const RUNNERS_WITH_MODEL: usize = 16;

/// Job runners for what asks others: a dead system holds them up and nobody else.
const RUNNERS_OUTSIDE: usize = 4;

/// Job runners for what other programs are told: so many of them are told at once.
const RUNNERS_FOR_WEBHOOKS: usize = 2;

/// How a process is started.
pub struct Options {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder of the embedded database.
    pub data: PathBuf,
    /// PostgreSQL instead.
    pub database: Option<String>,
    /// Where browsers find it, if not where it listens.
    pub public_url: Option<String>,
    /// A mail server, `smtp://…`, and the address that mails come from.
    pub mail: Option<(String, String)>,
    /// A language model, where there is one.
    pub model: Option<ModelOptions>,
    /// What reads texts.
    pub reader: Reader,
    /// What callers may do.
    pub rates: Rates,
    /// Job runners side by side.
    pub runners: usize,
    /// Proxies whose word is taken for where a caller is.
    pub trusted_proxies: Vec<IpNet>,
    /// How many connections there may be, and how slow.
    pub connections: ConnectionLimits,
    /// Where figures are shown, beside the doors: an address that nobody outside reaches.
    pub metrics_listen: Option<SocketAddr>,
    /// What opens `/metrics` on the public address.
    pub metrics_token: Option<String>,
    /// Networks beside the public web whose pages users may have read.
    pub allow_fetch: Vec<IpNet>,
}

/// Why a process could not be started, in words for whoever started it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// A process that is ready to serve.
pub struct Running {
    /// The doors.
    pub app: App,
    listener: TcpListener,
    inside: Option<TcpListener>,
    metrics_token: Option<String>,
    connections: ConnectionLimits,
    /// The embedded database's folder.
    folder: Option<Held>,
    demo: Option<Demo>,
    tasks: Vec<JoinHandle<()>>,
    /// They end by themselves once the hub is closed.
    runners: Vec<JoinHandle<()>>,
}

/// A folder that no other process serves, for as long as this lives.
pub(crate) struct Held {
    path: PathBuf,
    _lock: File,
}

/// Opens the database, makes a workspace at the first start, and starts everything that
/// works in the background.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let folder = match &options.database {
        Some(_) => None,
        None => Some(hold(&options.data)?),
    };
    let store = open(&options)?;
    let mailer = options
        .mail
        .as_ref()
        .map(|(url, from)| Mailer::new(url, from))
        .transpose()
        .map_err(|error| StartError(format!("could not set up mail: {error}")))?
        .map(Arc::new);
    let model = options.model.map(Model::new).transpose();
    let model = model.map_err(StartError)?;
    let mut desk = Desk::with_reader(
        store.clone(),
        Clock::System,
        mailer.is_some(),
        options.reader,
    )
    .with_public_url(options.public_url.as_deref());
    desk.has_model = model.is_some();
    desk.resume_clock()
        .await
        .map_err(|error| StartError(format!("could not read what is on record: {error}")))?;
    desk.make_workspace()
        .await
        .map_err(|error| StartError(format!("could not make the first workspace: {error}")))?;
    let hub = Hub::new();
    let listener = bind(options.listen, "--listen").await?;
    let inside = match options.metrics_listen {
        Some(address) => Some(bind(address, "--metrics-listen").await?),
        None => None,
    };
    let look_ups = Fetcher::new(options.allow_fetch.clone(), look_up_limits());
    let fetcher = Fetcher::new(options.allow_fetch, FetchLimits::default());
    let app = App::new(desk.clone(), hub.clone(), options.rates)
        .with_fetcher(fetcher)
        .with_mailer(mailer.clone())
        .with_proxies(Proxies::new(options.trusted_proxies));
    let tools = Tools {
        desk: desk.clone(),
        hub: hub.clone(),
        mailer,
        model,
        fetcher: look_ups,
    };
    let tasks = vec![
        tokio::spawn(hub.serve(store)),
        tokio::spawn(sweep(desk.clone())),
        tokio::spawn(assign_on_ring(desk.clone())),
        tokio::spawn(roll_up(desk.clone())),
        tokio::spawn(retain(desk.clone())),
        tokio::spawn(fetch_mail(tools.clone())),
        tokio::spawn(keep_findable(desk.clone())),
        tokio::spawn(async move {
            desk.knowledge.warm().await;
            desk.knowledge.rest_when_quiet().await;
        }),
    ];
    // Whoever waits for a model does not hold up the next customer.
    let runners = if tools.model.is_some() {
        options.runners.max(RUNNERS_WITH_MODEL)
    } else {
        options.runners
    };
    let prompt = (0..runners).map(|_| Lot::Prompt);
    let outside = (0..RUNNERS_OUTSIDE).map(|_| Lot::Outside);
    let webhooks = (0..RUNNERS_FOR_WEBHOOKS).map(|_| Lot::Webhooks);
    let lots = prompt.chain(outside).chain(webhooks).chain([Lot::Patient]);
    let runners = lots.map(|lot| tokio::spawn(run(tools.clone(), lot)));
    let runners = runners.collect();
    Ok(Running {
        app,
        listener,
        inside,
        metrics_token: options.metrics_token,
        connections: options.connections,
        folder,
        demo: None,
        tasks,
        runners,
    })
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        StartError(format!(
            "could not listen on {address}: {error}; choose another with {option}"
        ))
    })
}

/// Holds the folder of an embedded database: of two processes on it neither would hear
/// what the other writes. Freed when the process ends, however it ends.
pub(crate) fn hold(data: &Path) -> Result<Held, StartError> {
    let cannot = |error: std::io::Error| {
        StartError(format!(
            "could not hold the folder {}: {error}",
            data.display()
        ))
    };
    segue_store::make_folder(data).map_err(cannot)?;
    let lock = File::create(data.join("segue.lock")).map_err(cannot)?;
    match lock.try_lock() {
        Ok(()) => Ok(Held {
            path: data.into(),
            _lock: lock,
        }),
        Err(TryLockError::WouldBlock) => Err(StartError(format!(
            "another segue serves {} already; stop it, or name another folder with --data",
            data.display()
        ))),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

fn open(options: &Options) -> Result<Store, StartError> {
    match &options.database {
        Some(url) => Store::open_postgres(url)
            .map_err(|error| StartError(format!("could not open PostgreSQL: {error}"))),
        None => open_embedded(&options.data).map_err(|error| {
            StartError(format!(
                "could not open the database in {}: {error}",
                options.data.display()
            ))
        }),
    }
}

/// A database of ordinary size is looked through before anybody relies on it; `segue doctor`
/// looks closer, and at any size.
fn open_embedded(data: &Path) -> Result<Store, segue_store::Error> {
    use segue_store::{Error, complete_restore, quick_check};
    complete_restore(data).map_err(|error| Error::Unavailable(error.to_string()))?;
    if let Some(fault) = quick_check(data, LOOKED_THROUGH)?.into_iter().next() {
        return Err(Error::Damaged(fault));
    }
    Store::open_sqlite(data)
}

impl Running {
    /// Where a browser on this machine finds it.
    pub fn address(&self) -> SocketAddr {
        let listening = self.listener.local_addr();
        let mut address = listening.unwrap_or(([127, 0, 0, 1], 0).into());
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        address
    }

    /// Where a browser finds it, without a slash at the end.
    pub fn home(&self) -> String {
        match &self.app.desk.public_url {
            Some(url) => url.to_string(),
            None => format!("http://{}", self.address()),
        }
    }

    /// A new one-time link for the first admin; `None` once there is an agent.
    pub async fn setup_link(&self) -> Result<Option<String>, StartError> {
        let made = self.app.desk.setup_link().await;
        let key = made.map_err(|error| {
            StartError(format!("could not make the first start's link: {error}"))
        })?;
        Ok(key.map(|key| format!("{}/console/#/setup/{key}", self.home())))
    }

    /// Opens the demonstration's pages.
    pub fn with_demo(mut self, demo: Demo) -> Self {
        self.demo = Some(demo);
        self
    }

    /// Shows what a recorder collects.
    pub fn with_metrics(mut self, handle: PrometheusHandle) -> Self {
        let upkeep = handle.clone();
        self.tasks.push(tokio::spawn(async move {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                upkeep.run_upkeep();
            }
        }));
        self.app = self.app.with_metrics(handle, self.metrics_token.take());
        self
    }

    /// Serves until `stop` comes. Then nobody new is let in, sockets are told to go elsewhere,
    /// jobs are let go, and open requests may end.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let desk = self.app.desk.clone();
        let store = desk.store.clone();
        let hub = self.app.hub.clone();
        let more = self.demo.map_or_else(Doors::new, crate::demo::doors);
        if let Some(inside) = self.inside {
            let doors = crate::http::inside(self.app.clone());
            let (limits, nobody) = (ConnectionLimits::default(), Proxies::default());
            let serving = listen::serve(inside, doors, limits, nobody, std::future::pending());
            tokio::spawn(serving);
        }
        let proxies = self.app.proxies.clone();
        let doors = router(self.app, more);
        let (told, hear) = tokio::sync::oneshot::channel();
        let stop = {
            let (hub, store) = (hub.clone(), store.clone());
            async move {
                // Where nothing can be written any more, whoever starts us anew must hear of
                // it soon.
                let drain = tokio::select! {
                    () = stop => DRAIN,
                    _ = store.broken() => DRAIN_BROKEN,
                };
                hub.close();
                let _ = told.send(drain);
            }
        };
        let serving = listen::serve(self.listener, doors, self.connections, proxies, stop);
        // Who has not sent the rest of a request by then does not hold us up.
        let mut drained = pin!(async {
            let drain = hear.await.unwrap_or(DRAIN);
            tokio::time::sleep(drain).await;
        });
        let ended = async {
            serving.await;
            hub.close();
            hub.emptied().await;
            for runner in self.runners {
                let _ = runner.await;
            }
        };
        tokio::select! {
            () = ended => {}
            () = &mut drained => {}
        }
        for task in self.tasks {
            task.abort();
        }
        if let Err(error) = desk.leave_all().await {
            tracing::warn!(%error, "could not leave the queues; another node takes them over in a moment");
        }
        if let Some(why) = store.is_broken() {
            return Err(StartError(format!(
                "{why}; look at the disk, then start segue again: what it had acknowledged is kept"
            )));
        }
        if let Some(held) = self.folder {
            // The next start finds everything in one file. It finds it in the log too.
            let path = held.path.clone();
            let emptied = tokio::task::spawn_blocking(move || segue_store::carry_over_all(&path));
            if let Ok(Err(error)) = emptied.await {
                tracing::warn!(%error, "could not empty the log; the next start will");
            }
        }
        Ok(())
    }
}
