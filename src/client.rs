//! A small client of our own API for the bench and the tests: HTTP requests and the live socket, over plain TCP.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::sessions::COOKIE;

/// Whatever takes longer than this has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A person at a screen.
#[derive(Clone, Debug)]
pub struct Client {
    server: SocketAddr,
    cookie: Option<String>,
}

/// An answer: status, headers and body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A live socket as a screen has it.
pub type LiveSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Client {
    /// Nobody yet.
    #[must_use]
    pub const fn new(server: SocketAddr) -> Self {
        Self { server, cookie: None }
    }

    /// Signs in; answers the error's sentence when that fails.
    pub async fn sign_in(server: SocketAddr, name: &str, password: &str) -> anyhow::Result<Self> {
        let mut client = Self::new(server);
        let body = serde_json::json!({ "name": name, "password": password });
        let answer = client.send(Method::POST, "/api/v1/session", Some(&body), &[]).await?;
        anyhow::ensure!(answer.status == StatusCode::OK, "signing in: {}", answer.json());
        let cookie = answer.headers.get("set-cookie").and_then(|value| value.to_str().ok());
        client.cookie = cookie.and_then(|c| c.split(';').next()).map(str::to_owned);
        anyhow::ensure!(
            client.cookie.as_deref().is_some_and(|c| c.starts_with(COOKIE)),
            "no cookie"
        );
        Ok(client)
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// Sends any request, on a connection of its own.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Answer> {
        tokio::time::timeout(ANSWER_WITHIN, self.exchange(method, path, body, headers)).await?
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Answer> {
        let mut line = self.stay().await?;
        line.exchange(method, path, body, headers).await
    }

    /// A connection that is kept for many requests, one after the other.
    pub async fn stay(&self) -> anyhow::Result<Line> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(async move {
            // What goes wrong on the way shows in the request that it belongs to.
            let _ = connection.await;
        });
        Ok(Line { client: self.clone(), sender, driver })
    }

    /// Opens the live socket; `query` is empty or `?epoch=…&since=…`.
    pub async fn live(&self, query: &str) -> anyhow::Result<LiveSocket> {
        let mut request = format!("ws://{}/live{query}", self.server).into_client_request()?;
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
        }
        let connect = tokio_tungstenite::connect_async(request);
        let (socket, _) = tokio::time::timeout(ANSWER_WITHIN, connect).await??;
        Ok(socket)
    }
}

/// One kept connection of a client.
#[derive(Debug)]
pub struct Line {
    client: Client,
    sender: http1::SendRequest<Full<Bytes>>,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Line {
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let exchange = self.exchange(Method::POST, path, Some(body), &[]);
        tokio::time::timeout(ANSWER_WITHIN, exchange).await?
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("host", self.client.server.to_string());
        if let Some(cookie) = &self.client.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(serde_json::to_vec(body)?)
            }
            None => Bytes::new(),
        };
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(bytes))?).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

/// The next message of a live socket.
pub async fn next_message(socket: &mut LiveSocket) -> anyhow::Result<Message> {
    let next = tokio::time::timeout(ANSWER_WITHIN, socket.next()).await?;
    Ok(next.ok_or_else(|| anyhow::anyhow!("the live socket ended"))??)
}
