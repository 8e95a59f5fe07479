//! Who a site says its user is: a JWT that the site's server signs with HMAC-SHA256, and
//! what is checked before it is believed. Nothing of a token is read before its signature
//! holds but which key is meant; `none`, RS256 and every other algorithm are refused by
//! name, so there is no other way to check one.
//!
//! A library for JWTs would build RSA and elliptic curves to be told not to use them; the
//! HMAC is ring's, which TLS needs anyway, and compares in constant time.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use segue_core::ids::IdentityKeyId;
use segue_core::time::{DAY_MS, MINUTE_MS, Timestamp};
use segue_store::IdentitySecret;
use serde::{Deserialize, Deserializer};

/// The longest that a token may still count.
pub const LONGEST_MS: i64 = DAY_MS;
/// How far a site's clock may be ahead of ours.
const SKEW_MS: i64 = MINUTE_MS;
/// The longest token, in bytes.
const LARGEST: usize = 4 * 1024;
/// The longest claim that is text, in characters.
const LONGEST_TEXT: usize = 254;
/// Attributes that are taken from one token, and events.
const MOST_ATTRIBUTES: usize = 20;
const MOST_EVENTS: usize = 20;

/// Something that happened to a customer, as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// The teller's own id of it; told twice it is one.
    pub id: Option<String>,
    /// When; `None` for just now.
    pub at: Option<Timestamp>,
    /// What, in a word or two.
    pub name: String,
    /// More of it.
    pub detail: Option<String>,
}

/// What a site says of its user.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// The site's own id of them (`sub`).
    pub user_id: String,
    /// Their name, where the site says it.
    pub name: Option<String>,
    /// Their address, where the site says it.
    pub email: Option<String>,
    /// `free`, `team`, `business`, `enterprise`, where the site says it.
    pub plan: Option<String>,
    /// Marked as VIP, where the site says it.
    pub vip: Option<bool>,
    /// When their account was made, where the site says it.
    pub signed_up_at: Option<Timestamp>,
    /// What else the site says of them.
    pub attributes: BTreeMap<String, String>,
    /// What happened lately, as the site says.
    pub events: Vec<Happened>,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// It is not three parts of base64url with JSON in them, or too long.
    #[error("the identity token does not read as a JWT")]
    Unreadable,
    /// It names another algorithm than HS256.
    #[error("sign the identity token with HS256; no other algorithm is taken")]
    Algorithm,
    /// There is no such key, or it has ended.
    #[error("no key of this site signed the identity token, or that key has ended")]
    Key,
    /// The signature is another's.
    #[error("the signature of the identity token does not hold")]
    Signature,
    /// It was made for another site.
    #[error("`aud` of the identity token is not this site's key")]
    Audience,
    /// It says that another issued it.
    #[error("`iss` of the identity token is not this site's key")]
    Issuer,
    /// It is over.
    #[error("the identity token has expired; sign a new one")]
    Expired,
    /// It would count for too long.
    #[error("`exp` of the identity token is more than 24 hours ahead")]
    TooLong,
    /// It does not count yet.
    #[error("the identity token is dated in the future; look at the clock of the site's server")]
    NotYet,
    /// It names nobody.
    #[error("`sub` of the identity token is the user's id on the site: 1 to 254 characters")]
    Subject,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood; we understand none.
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Payload {
    sub: String,
    aud: Audience,
    iss: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    name: Option<String>,
    email: Option<String>,
    plan: Option<String>,
    vip: Option<bool>,
    #[serde(default, deserialize_with = "instant")]
    signed_up_at: Option<Timestamp>,
    #[serde(default)]
    attributes: BTreeMap<String, Scalar>,
    #[serde(default)]
    events: Vec<EventClaim>,
}

/// Something that happened.
#[derive(Deserialize)]
struct EventClaim {
    id: Option<String>,
    #[serde(default, deserialize_with = "instant")]
    at: Option<Timestamp>,
    name: String,
    detail: Option<String>,
}

/// A claim of one word, whichever way it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Truth(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn line(&self) -> Option<String> {
        match self {
            Scalar::Text(text) => line(text),
            Scalar::Truth(truth) => Some(truth.to_string()),
            Scalar::Number(number) => line(&number.to_string()),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Seconds since 1970, or a text of RFC 3339.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Seconds(f64),
        Text(Timestamp),
    }
    Ok(
        Option::<Written>::deserialize(deserializer)?.map(|written| match written {
            Written::Seconds(seconds) => millis(seconds),
            Written::Text(at) => at,
        }),
    )
}

fn millis(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1_000.0) as i64)
}

/// The claims of a token, if a key of this site signed them and they count now.
pub fn verify(
    token: &str,
    secrets: &[(IdentityKeyId, IdentitySecret)],
    site_key: &str,
    now: Timestamp,
) -> Result<Claims, Disbelief> {
    if token.len() > LARGEST {
        return Err(Disbelief::Unreadable);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Disbelief::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(Disbelief::Unreadable)?;
    let header: Header = part(header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Disbelief::Algorithm);
    }
    let signature = decode(signature)?;
    let mut named = secrets.iter().filter(|(id, _)| {
        let kid = header.kid.as_deref();
        kid.is_none_or(|kid| kid == id.as_str())
    });
    let holds = |(_, secret): &(IdentityKeyId, IdentitySecret)| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    };
    let mut has_key = false;
    let is_signed = named.any(|secret| {
        has_key = true;
        holds(secret)
    });
    match (has_key, is_signed) {
        (false, _) => return Err(Disbelief::Key),
        (true, false) => return Err(Disbelief::Signature),
        (true, true) => {}
    }
    believe(part(payload)?, site_key, now)
}

fn believe(payload: Payload, site_key: &str, now: Timestamp) -> Result<Claims, Disbelief> {
    let is_for_us = match &payload.aud {
        Audience::One(one) => one == site_key,
        Audience::Many(many) => many.iter().any(|one| one == site_key),
    };
    if !is_for_us {
        return Err(Disbelief::Audience);
    }
    if payload.iss.is_some_and(|issuer| issuer != site_key) {
        return Err(Disbelief::Issuer);
    }
    let until = millis(payload.exp);
    if until <= now {
        return Err(Disbelief::Expired);
    }
    if until.since(now) > LONGEST_MS + SKEW_MS {
        return Err(Disbelief::TooLong);
    }
    let begins = [payload.nbf, payload.iat].into_iter().flatten();
    if begins.map(millis).any(|at| at.since(now) > SKEW_MS) {
        return Err(Disbelief::NotYet);
    }
    let told_at = payload.iat.map(millis);
    Ok(Claims {
        user_id: line(&payload.sub).ok_or(Disbelief::Subject)?,
        name: payload.name.as_deref().and_then(line),
        email: payload
            .email
            .as_deref()
            .and_then(line)
            .filter(|email| email.parse::<lettre::Address>().is_ok()),
        plan: payload.plan.as_deref().and_then(line),
        vip: payload.vip,
        signed_up_at: payload.signed_up_at,
        attributes: payload
            .attributes
            .iter()
            .filter_map(|(name, value)| Some((line(name)?, value.line()?)))
            .take(MOST_ATTRIBUTES)
            .collect(),
        events: payload
            .events
            .iter()
            .filter_map(|event| happened(event, told_at))
            .take(MOST_EVENTS)
            .collect(),
    })
}

/// What happened; without a time of its own it was when the token says that it was made, so that
/// a page which shows its token twice tells it once.
fn happened(event: &EventClaim, told_at: Option<Timestamp>) -> Option<Happened> {
    Some(Happened {
        id: event.id.as_deref().and_then(line),
        at: event.at.or(told_at),
        name: line(&event.name)?,
        detail: event.detail.as_deref().and_then(line),
    })
}

/// A claim as one line of text; `None` if there is nothing in it or too much.
fn line(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    (1..=LONGEST_TEXT)
        .contains(&text.chars().count())
        .then(|| text.to_string())
}

fn decode(text: &str) -> Result<Vec<u8>, Disbelief> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Disbelief::Unreadable)
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Disbelief> {
    serde_json::from_slice(&decode(text)?).map_err(|_| Disbelief::Unreadable)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const NOW_S: i64 = 1_800_000_000;

    fn key(n: u128) -> (IdentityKeyId, IdentitySecret) {
        let id = IdentityKeyId::new(NOW, n);
        (id, IdentitySecret(format!("sgi_secret_{n}")))
    }

    fn sign(header: &Value, payload: &Value, secret: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(payload));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn good() -> Value {
        json!({ "sub": "user-7", "aud": "site-1", "exp": NOW_S + 600, "iat": NOW_S, "name": "Ada" })
    }

    /// The token of these claims as the site's one key signs it.
    fn believed(payload: &Value) -> Result<Claims, Disbelief> {
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        let token = sign(&header, payload, "sgi_secret_1");
        verify(&token, &[key(1)], "site-1", NOW)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut payload = good();
        payload[name] = value;
        payload
    }

    #[test]
    fn what_the_site_signed_is_believed() {
        let claims = believed(&good()).unwrap();
        assert_eq!(
            (claims.user_id.as_str(), claims.name.as_deref()),
            ("user-7", Some("Ada"))
        );
        for (name, value) in [
            ("aud", json!(["other", "site-1"])),
            ("iss", json!("site-1")),
            ("exp", json!(NOW_S as f64 + 0.5)),
            ("signed_up_at", json!("2026-01-02T03:04:05Z")),
            ("signed_up_at", json!(NOW_S)),
            ("vip", json!(true)),
        ] {
            assert!(
                believed(&with(name, value.clone())).is_ok(),
                "{name} {value}"
            );
        }
    }

    #[test]
    fn attributes_and_events_are_taken_a_line_each_and_not_more_than_there_is_room_for() {
        let attributes: BTreeMap<String, Value> = (0..30)
            .map(|n| (format!("a{n:02}"), json!(n)))
            .chain([("A".into(), json!(true)), ("".into(), json!("x"))])
            .collect();
        let claims = believed(&with("attributes", json!(attributes))).unwrap();
        assert_eq!(claims.attributes.len(), MOST_ATTRIBUTES);
        assert_eq!(claims.attributes["A"], "true");
        assert_eq!(claims.attributes["a00"], "0");
        let events = json!([
            { "name": "Paid\n", "at": NOW_S, "id": "p1" }, { "name": "" }, { "name": "x".repeat(300) },
        ]);
        let claims = believed(&with("events", events)).unwrap();
        assert_eq!(claims.events.len(), 1);
        assert_eq!(
            (claims.events[0].name.as_str(), claims.events[0].at),
            ("Paid", Some(NOW))
        );
        for broken in [json!([]), json!({ "a": [] }), json!({ "a": { "b": 1 } })] {
            let refused = believed(&with("attributes", broken.clone()));
            assert_eq!(refused, Err(Disbelief::Unreadable), "{broken}");
        }
    }

    /// Attack case 4.
    #[test]
    fn expired_early_foreign_and_endless_tokens_are_refused() {
        for (name, value, why) in [
            ("exp", json!(NOW_S), Disbelief::Expired),
            ("exp", json!(NOW_S - 1), Disbelief::Expired),
            ("exp", json!(NOW_S + 2 * 86_400), Disbelief::TooLong),
            ("exp", json!(1e300), Disbelief::TooLong),
            ("exp", json!("1900000000"), Disbelief::Unreadable),
            ("exp", json!(null), Disbelief::Unreadable),
            ("nbf", json!(NOW_S + 3_600), Disbelief::NotYet),
            ("nbf", json!("soon"), Disbelief::Unreadable),
            ("iat", json!(NOW_S + 3_600), Disbelief::NotYet),
            ("aud", json!("site-2"), Disbelief::Audience),
            ("aud", json!([]), Disbelief::Audience),
            ("iss", json!("site-2"), Disbelief::Issuer),
            ("sub", json!(""), Disbelief::Subject),
            ("sub", json!("\u{0}\n"), Disbelief::Subject),
            ("sub", json!("x".repeat(300)), Disbelief::Subject),
            ("sub", json!(7), Disbelief::Unreadable),
            ("sub", json!(["user-7"]), Disbelief::Unreadable),
        ] {
            assert_eq!(
                believed(&with(name, value.clone())),
                Err(why),
                "{name} {value}"
            );
        }
        for missing in ["sub", "aud", "exp"] {
            let mut payload = good();
            payload.as_object_mut().unwrap().remove(missing);
            assert_eq!(believed(&payload), Err(Disbelief::Unreadable), "{missing}");
        }
    }

    /// Attack case 4.
    #[test]
    fn no_other_algorithm_is_taken_whatever_signed_it() {
        for alg in [
            "none", "None", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA",
        ] {
            let header = json!({ "alg": alg });
            let token = sign(&header, &good(), "sgi_secret_1");
            assert_eq!(
                verify(&token, &[key(1)], "site-1", NOW),
                Err(Disbelief::Algorithm),
                "{alg}"
            );
            let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
            assert_eq!(
                verify(&unsigned, &[key(1)], "site-1", NOW),
                Err(Disbelief::Algorithm),
                "{alg}"
            );
        }
        let header = json!({ "alg": "HS256", "crit": ["exp"] });
        let token = sign(&header, &good(), "sgi_secret_1");
        assert_eq!(
            verify(&token, &[key(1)], "site-1", NOW),
            Err(Disbelief::Algorithm)
        );
    }

    /// Attack cases 23 and 24.
    #[test]
    fn a_key_counts_under_its_own_name_only_and_every_changed_byte_shows() {
        let header = |kid: &str| json!({ "alg": "HS256", "kid": kid });
        let (one, two) = (key(1), key(2));
        let keys = [two.clone(), one.clone()];
        for (id, secret) in [&one, &two] {
            let token = sign(&header(id.as_str()), &good(), &secret.0);
            assert!(
                verify(&token, &keys, "site-1", NOW).is_ok(),
                "both keys count"
            );
        }
        let crossed = sign(&header(one.0.as_str()), &good(), &two.1.0);
        assert_eq!(
            verify(&crossed, &keys, "site-1", NOW),
            Err(Disbelief::Signature)
        );
        let token = sign(&header(one.0.as_str()), &good(), &one.1.0);
        assert_eq!(
            verify(&token, &[two], "site-1", NOW),
            Err(Disbelief::Key),
            "it has ended"
        );
        assert_eq!(verify(&token, &[], "site-1", NOW), Err(Disbelief::Key));
        for cut in 0..token.len() {
            assert!(
                verify(&token[..cut], &keys, "site-1", NOW).is_err(),
                "cut at {cut}"
            );
        }
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(
                verify(&changed, &keys, "site-1", NOW).is_err(),
                "changed at {at}"
            );
        }
        let mut doubled = token.clone();
        doubled.push_str(".x");
        assert!(verify(&doubled, &keys, "site-1", NOW).is_err());
        assert!(verify(&format!("{token}="), &keys, "site-1", NOW).is_err());
    }

    #[test]
    fn a_claim_given_twice_is_refused() {
        let payload = r#"{"sub":"user-7","sub":"user-8","aud":"site-1","exp":1800000600}"#;
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, b"sgi_secret_1"),
            signed.as_bytes(),
        );
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
        assert_eq!(
            verify(&token, &[key(1)], "site-1", NOW),
            Err(Disbelief::Unreadable)
        );
    }
}
