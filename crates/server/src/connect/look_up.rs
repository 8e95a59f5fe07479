//! A customer looked up in the operator's own system. Whatever goes wrong there is an
//! answer too: nobody waits for it, and the agent sees what it was.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use segue_core::look_up::{fill, pick};
use segue_store::LookUp;
use serde_json::Value;

use crate::fetch::{FetchError, FetchLimits, Fetcher, header, is_on_public_web};

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is taken from it.
    pub fields: BTreeMap<String, String>,
    /// All of it.
    pub whole: Value,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LookUpFault {
    /// What the address needs is not known of this customer.
    #[error("nothing is known of this customer that the look-up could ask by")]
    NothingToAskBy,
    /// The system answered that it does not know them.
    #[error("the system does not know this customer")]
    Unknown,
    /// It did not answer, or not as was agreed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl LookUpFault {
    /// The kind, as a word for programs and the console's words.
    pub fn code(&self) -> &'static str {
        match self {
            LookUpFault::NothingToAskBy => "nothing_to_ask_by",
            LookUpFault::Unknown => "unknown",
            LookUpFault::Fetch(error) => error.code(),
        }
    }

    /// Whether asking again may help.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            LookUpFault::Fetch(
                FetchError::Unreachable
                    | FetchError::TooSlow(_)
                    | FetchError::Status(408 | 429 | 500..=599)
            )
        )
    }
}

/// What look-ups may take of this node.
pub fn look_up_limits() -> FetchLimits {
    FetchLimits {
        at_once: 16,
        ..FetchLimits::default()
    }
}

/// Whether a header may be sent along.
pub fn check_header(name: &str, value: &str) -> bool {
    header(name, value).is_some()
}

/// Whether what is sent to an address stays secret on the way: over TLS, or within a network
/// that has no public names.
pub fn is_guarded(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return true;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        return !is_on_public_web(address);
    }
    // `134744072` and `0x8080808` are numbers too, and may be public ones.
    let is_bare = !host.contains('.') && !host.starts_with(|c: char| c.is_ascii_digit());
    let ends = [".internal", ".local", ".lan", ".home.arpa", ".localhost"];
    is_bare || ends.iter().any(|end| host.ends_with(end))
}

/// Asks for a customer, by what is known of them.
pub async fn ask(
    fetcher: &Fetcher,
    look_up: &LookUp,
    email: Option<&str>,
    external_id: Option<&str>,
) -> Result<Answer, LookUpFault> {
    let address = fill(&look_up.url, email, external_id);
    let address = address.ok_or(LookUpFault::NothingToAskBy)?;
    let headers = look_up.headers.iter();
    let headers: HeaderMap = headers
        .filter_map(|it| header(&it.name, &it.value))
        .collect();
    let within = Duration::from_millis(look_up.timeout_ms.unsigned_abs());
    let whole = match fetcher.json(&address, &headers, within).await {
        Ok(whole) => whole,
        Err(FetchError::Status(404 | 410)) => return Err(LookUpFault::Unknown),
        Err(error) => return Err(error.into()),
    };
    let nobody = match &whole {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    if nobody {
        return Err(LookUpFault::Unknown);
    }
    Ok(Answer {
        fields: pick(&whole, &look_up.fields),
        whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_out_over_tls_or_stay_in_the_house() {
        let check = |url: &str, expected| assert_eq!(is_guarded(url), expected, "{url}");
        check("https://crm.example/{email}", true);
        check("http://crm.example/{email}", false);
        check("http://crm.example:8080/{email}", false);
        check("http://crm.internal/{email}", true);
        check("http://crm:8080/{email}", true);
        check("http://10.0.0.7/{email}", true);
        check("http://[fd00::7]:8080/{email}", true);
        check("http://8.8.8.8/{email}", false);
        check("http://134744072/{email}", false);
        check("http://[2606:4700::1111]/{email}", false);
    }

    #[test]
    fn no_header_changes_what_is_asked() {
        assert!(check_header("Authorization", "Bearer 123"));
        for (name, value) in [
            ("Host", "evil.example"),
            ("Content-Length", "9"),
            ("X-A", "1\r\nX-B: 2"),
            ("X A", "1"),
            ("", "1"),
        ] {
            assert!(!check_header(name, value), "{name}");
        }
    }
}
