//! The way to one neighbouring server: HTTP or HTTPS, bounded in time and size.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

use super::{AREA_HEADER, Neighbour};
use crate::ids::AreaId;
use crate::tracks::error_chain;
use crate::trust;

/// A neighbour answers within this time or counts as unreachable.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Longest answer of a neighbour.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why a neighbour has not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There may be a good answer later: no way there, no answer in time, another secret, a fault on its side.
    Unreachable(String),
    /// It will not take this message, however often it is said.
    Refused(String),
}

impl Trouble {
    /// What went wrong, in the neighbour's words where it said any.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Unreachable(sentence) | Self::Refused(sentence) => sentence,
        }
    }
}

/// The way to one neighbouring server. Cheap to clone; connections are kept.
#[derive(Clone, Debug)]
pub struct Line {
    web: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Line {
    /// Refuses a certificate file that cannot be read, in a sentence.
    pub fn new(to: &Neighbour) -> Result<Self, String> {
        let area = &to.area;
        // A plain address needs no certificates: reading the machine's takes a while.
        let tls = match (&to.certificate, to.url.starts_with("https:")) {
            (None, false) => trust::nobody(),
            (certificate, _) => trust::client(certificate.as_deref()),
        };
        let tls = tls.map_err(|why| format!("neighbour {area}: {why}"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { web: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// Asks the neighbour's server on behalf of the area `own`.
    pub async fn ask(
        &self,
        own: &AreaId,
        to: &Neighbour,
        path: &str,
        body: &Value,
    ) -> Result<Value, Trouble> {
        let asking = timeout(ANSWER_WITHIN, self.exchange(own, to, path, body)).await;
        asking.unwrap_or_else(|_| {
            let waited = ANSWER_WITHIN.as_secs();
            Err(Trouble::Unreachable(format!("no answer within {waited} s")))
        })
    }

    async fn exchange(
        &self,
        own: &AreaId,
        to: &Neighbour,
        path: &str,
        body: &Value,
    ) -> Result<Value, Trouble> {
        let unreachable = |error: &dyn std::error::Error| Trouble::Unreachable(error_chain(error));
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", to.url.trim_end_matches('/')))
            .header(AUTHORIZATION, format!("Bearer {}", to.secret))
            .header(AREA_HEADER, own.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| unreachable(&error))?;
        let answer = self.web.request(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let read = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let read = read.map_err(|error| unreachable(error.as_ref()))?.to_bytes();
        let json: Value = serde_json::from_slice(&read).unwrap_or(Value::Null);
        if status == StatusCode::OK {
            return Ok(json);
        }
        let detail = json["detail"].as_str().unwrap_or_default();
        let sentence = format!("{}: {detail}", status.as_u16());
        let may_pass =
            [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        // A page that is not ours has no 'code': something else stands at that address for now.
        if status.is_client_error() && !may_pass.contains(&status) && json["code"].is_string() {
            return Err(Trouble::Refused(sentence));
        }
        Err(Trouble::Unreachable(sentence))
    }
}

/// Says in a sentence why an address cannot be a neighbour's.
pub fn check_url(url: &str) -> Result<(), String> {
    let wrong = || format!("'url' must be https://HOST or http://HOST:PORT, not '{url}'");
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty());
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    (plain && known && bare).then_some(()).ok_or_else(wrong)
}
