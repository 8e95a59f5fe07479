//! Looks names up and hands out public addresses only. The client connects to exactly
//! what is handed out here, so there is no moment between the look and the connection at
//! which a name could come to mean something else.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Where names are looked up.
pub(super) enum Names {
    /// The system.
    System,
    /// What a test plays: answers for each name, taken in turn; the last is repeated.
    #[cfg(test)]
    Played(std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>),
}

impl Names {
    async fn look_up(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        match self {
            Names::System => {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            }
            #[cfg(test)]
            Names::Played(answers) => {
                let mut answers = answers.lock().expect("no test panics with the lock held");
                let answers = answers.get_mut(name).expect("the test plays this name");
                Ok(match answers.len() {
                    1 => answers[0].clone(),
                    _ => answers.remove(0),
                })
            }
        }
    }
}

/// A name has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

pub(super) struct Resolver {
    pub(super) names: Arc<Names>,
    pub(super) allowed: Arc<[IpNet]>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allowed) = (self.names.clone(), self.allowed.clone());
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let public: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| is_public(*address, &allowed))
                // Port 0 stands for the one in the address of the page.
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
