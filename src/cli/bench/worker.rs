//! A process of the bench beside this one, with whom we speak in lines of JSON.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::load::{Phase, Seen};

/// No phase of a measurement takes longer.
const LINE_WITHIN: Duration = Duration::from_secs(3_600);

/// A process of this program; it ends with this value.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts a hidden part of `siaga bench` and gives it its orders.
    pub(super) async fn start(part: &str, orders: &impl Serialize) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args(["bench", part])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut worker = Self { child, input, output };
        worker.tell(&serde_json::to_string(orders)?).await?;
        Ok(worker)
    }

    pub(super) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("a process of the bench has ended")
    }

    async fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        self.input.write_all(line.as_bytes()).await?;
        self.input.write_all(b"\n").await?;
        Ok(self.input.flush().await?)
    }

    /// Lets it begin.
    pub(super) async fn go(&mut self) -> anyhow::Result<()> {
        self.tell("go").await
    }

    async fn line<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let line = tokio::time::timeout(LINE_WITHIN, self.output.next_line()).await??;
        let line = line.context("a process of the bench has ended, see above")?;
        serde_json::from_str(&line).with_context(|| format!("a process of the bench said {line}"))
    }

    /// Waits until it says that a phase is reached.
    pub(super) async fn reaches(&mut self, wanted: &Phase) -> anyhow::Result<()> {
        let phase: Phase = self.line().await?;
        anyhow::ensure!(phase == *wanted, "{phase:?} came where {wanted:?} was expected");
        Ok(())
    }

    /// Asks for a count.
    pub(super) async fn count(&mut self) -> anyhow::Result<u64> {
        self.tell("count").await?;
        self.line().await
    }

    /// Waits for what it has seen.
    pub(super) async fn seen(&mut self) -> anyhow::Result<Seen> {
        self.line().await
    }
}
