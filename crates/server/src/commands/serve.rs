//! `segue serve` and `segue demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::Outcome;
use super::database::Database;
use crate::assistant::{Limits, ModelOptions};
use crate::demo::Demo;
use crate::http::{Rates, recorder};
use crate::listen::ConnectionLimits;
use crate::serve::{Options, start};
use crate::{model, policy, service};

#[derive(Args)]
pub(super) struct Serve {
    /// Where to listen.
    #[arg(long, env = "SEGUE_LISTEN", default_value = "127.0.0.1:7700")]
    pub(super) listen: SocketAddr,
    /// Where browsers find it, https://help.example.com: for links in mails, and needed
    /// before it listens for other machines. TLS is done by a proxy in front.
    #[arg(long, env = "SEGUE_PUBLIC_URL", value_parser = public_url)]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
    /// A mail server for answers by e-mail: smtp://user:password@host:587?tls=required.
    #[arg(long, env = "SEGUE_SMTP", requires = "mail_from")]
    pub(super) smtp: Option<String>,
    /// The address that mails come from.
    #[arg(long, env = "SEGUE_MAIL_FROM", requires = "smtp")]
    pub(super) mail_from: Option<String>,
    /// A policy for every inbox, as `segue policy init` prints it; kept from then on.
    #[arg(long, env = "SEGUE_POLICY")]
    pub(super) policy: Option<PathBuf>,
    /// A language model with an OpenAI-compatible interface: https://models.example/v1. Its
    /// key, if it wants one, is read from SEGUE_MODEL_KEY.
    #[arg(long, env = "SEGUE_MODEL_URL", requires = "model_name")]
    pub(super) model_url: Option<String>,
    /// The model's name there.
    #[arg(long, env = "SEGUE_MODEL_NAME", requires = "model_url")]
    model_name: Option<String>,
    /// Where figures for Prometheus are shown: an address that nobody outside reaches, such
    /// as 127.0.0.1:7701. On the public address `/metrics` wants the bearer token that
    /// SEGUE_METRICS_TOKEN holds, and is not there without one.
    #[arg(long, value_name = "ADDR:PORT", env = "SEGUE_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// A proxy in front of Segue, or its network: what it says of where a caller is (its
    /// X-Forwarded-For or Forwarded header) is believed, from nobody else; may be given
    /// again.
    #[arg(
        long,
        value_name = "NETWORK",
        env = "SEGUE_TRUSTED_PROXY",
        value_delimiter = ',',
        value_parser = network
    )]
    trusted_proxy: Vec<IpNet>,
    /// Requests a second that all callers of one workspace may make together.
    #[arg(long, value_name = "NUMBER", env = "SEGUE_WORKSPACE_RATE", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..))]
    workspace_rate: u32,
    /// Connections at once, sockets included.
    #[arg(long, value_name = "NUMBER", env = "SEGUE_MAX_CONNECTIONS", default_value_t = 16_384,
        value_parser = clap::value_parser!(u32).range(16..))]
    max_connections: u32,
    /// A network beside the public web whose pages may be read when a user names their
    /// address, and whose systems look-ups may ask, such as 10.20.0.0/16; may be given again.
    #[arg(
        long,
        value_name = "NETWORK",
        env = "SEGUE_ALLOW_FETCH",
        value_delimiter = ',',
        value_parser = network
    )]
    allow_fetch: Vec<IpNet>,
    /// Switch the rate limits off, for load tests.
    #[arg(long)]
    no_rate_limits: bool,
}

pub(super) async fn serve_until_stopped(serve: Serve, is_demo: bool) -> Outcome {
    if is_demo && !serve.listen.ip().is_loopback() {
        return Err("the demo opens its console to anybody, so it listens on this machine only; use `segue serve`".into());
    }
    check_listen(serve.listen, serve.public_url.as_deref())?;
    let data = match (is_demo, serve.database.data.to_str()) {
        (true, Some("segue-data")) => PathBuf::from("segue-data/demo"),
        _ => serve.database.data,
    };
    // A policy that cannot be used is refused before anything is opened.
    let policy = serve.policy.as_deref().map(policy::load).transpose()?;
    let (rates, connections) = if serve.no_rate_limits {
        (Rates::unlimited(), ConnectionLimits::unlimited())
    } else {
        let connections = ConnectionLimits {
            all: serve.max_connections as usize,
            ..ConnectionLimits::default()
        };
        let rates = Rates::default().with_workspace(serve.workspace_rate.into());
        (rates, connections)
    };
    let named = serve.model_url.zip(serve.model_name);
    let written_by = named.map(|(url, name)| ModelOptions {
        url,
        name,
        key: std::env::var("SEGUE_MODEL_KEY").ok(),
        limits: Limits::default(),
    });
    let options = Options {
        listen: serve.listen,
        public_url: serve.public_url,
        data,
        database: serve.database.database,
        mail: serve.smtp.zip(serve.mail_from),
        model: written_by,
        reader: model::reader(),
        rates,
        runners: 2,
        metrics_listen: serve.metrics_listen,
        metrics_token: metrics_token()?,
        trusted_proxies: serve.trusted_proxy,
        connections,
        allow_fetch: serve.allow_fetch,
    };
    let metrics = recorder()?;
    let mut running = start(options).await?.with_metrics(metrics);
    let address = running.address();
    if let Some(policy) = policy {
        let changed = running.app.desk.set_policy(policy).await?;
        if changed > 0 {
            println!("The policy is new and holds from now on.");
        }
    }
    if is_demo {
        let demo = Demo::seed(&running.app.desk, |doing| eprintln!("segue: {doing}")).await?;
        running = running.with_demo(demo);
        println!(
            "Open http://{address}/demo to play both parts: the shop's customer and the agent."
        );
    } else if let Some(link) = running.setup_link().await? {
        println!(
            "First start: open {link} to name your company and make the first account. The link works once, for a day."
        );
    } else {
        println!("Segue serves {}/", running.home());
    }
    tokio::spawn(service::watch(running.app.desk.store.clone()));
    service::ready();
    running.serve(asked_to_stop()).await?;
    Ok(())
}

/// The token from the environment; a short one would be guessed.
fn metrics_token() -> Result<Option<String>, String> {
    match std::env::var("SEGUE_METRICS_TOKEN") {
        Ok(token) if token.len() >= 16 => Ok(Some(token)),
        Ok(_) => Err("SEGUE_METRICS_TOKEN must have 16 characters or more".into()),
        Err(_) => Ok(None),
    }
}

/// A network such as `10.0.0.0/8`, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().ok();
    network
        .or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        .ok_or_else(|| "give a network such as 10.0.0.0/8, or an address".into())
}

/// Ends at the first signal. A second one ends the process.
async fn asked_to_stop() {
    signal().await;
    service::stopping();
    tracing::info!(
        "stops: open requests may end, at most for 8 s; a second signal ends it at once"
    );
    tokio::spawn(async {
        signal().await;
        eprintln!("segue: ended at once, as the second signal asked");
        std::process::exit(1);
    });
}

/// Ends when somebody asks this process to stop.
async fn signal() {
    let interrupted = tokio::signal::ctrl_c();
    let kind = tokio::signal::unix::SignalKind::terminate();
    match tokio::signal::unix::signal(kind) {
        Ok(mut terminate) => tokio::select! { _ = interrupted => {}, _ = terminate.recv() => {} },
        Err(_) => drop(interrupted.await),
    }
}

/// An address as browsers write it: scheme and host, nothing after them.
fn public_url(text: &str) -> Result<String, String> {
    let wanted = || format!("`{text}` is not an address like https://help.example.com");
    let url = reqwest::Url::parse(text).map_err(|_| wanted())?;
    let is_plain = ["http", "https"].contains(&url.scheme())
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if is_plain {
        Ok(url.as_str().trim_end_matches('/').to_string())
    } else {
        Err(wanted())
    }
}

/// Whether it is safe to listen there. There is no default password to be guessed: the
/// first account is made by a link that only this terminal shows. What a listener for
/// other machines can give away is what travels to it, so the operator says how browsers
/// come: by TLS, done by a proxy in front, or knowingly without.
fn check_listen(listen: SocketAddr, public_url: Option<&str>) -> Result<(), String> {
    match public_url {
        _ if listen.ip().is_loopback() => Ok(()),
        None => Err(format!(
            "{listen} is open to other machines, and passwords would travel to it unencrypted. Put a proxy \
             with TLS in front and name its address with --public-url https://…; or name an address with \
             http://… if everybody on that network may read along"
        )),
        Some(url) if url.starts_with("https://") => Ok(()),
        Some(url) => {
            eprintln!(
                "segue: browsers come by {url}, unencrypted: whoever is on their way reads passwords and conversations"
            );
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack case 13.
    #[test]
    fn it_listens_for_other_machines_only_when_it_is_said_how_they_come() {
        let check = |listen: &str, url: Option<&str>| check_listen(listen.parse().unwrap(), url);
        assert!(check("127.0.0.1:7700", None).is_ok());
        assert!(check("[::1]:7700", None).is_ok());
        for open in ["0.0.0.0:7700", "[::]:7700", "192.0.2.7:80"] {
            assert!(
                check(open, None).unwrap_err().contains("--public-url"),
                "{open}"
            );
            assert!(check(open, Some("https://help.example.com")).is_ok());
            assert!(check(open, Some("http://help.internal")).is_ok());
        }
    }

    #[test]
    fn a_public_address_is_scheme_and_host() {
        assert_eq!(
            public_url("https://help.example.com/").unwrap(),
            "https://help.example.com"
        );
        assert_eq!(
            public_url("http://10.0.0.7:7700").unwrap(),
            "http://10.0.0.7:7700"
        );
        for bad in [
            "help.example.com",
            "ftp://a.example",
            "https://a.example/segue",
            "https://u@a.example",
            "https://a.example/?x",
            "",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }
}
