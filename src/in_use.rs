//! Files that somebody imports while the server runs: the newest one is in use, without a restart.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::sealed::Fault;

/// How often the file is looked at.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// What is in use now; none where there is no file, or none that can be read.
pub type InUse<T> = watch::Receiver<Option<Arc<T>>>;

/// What never changes.
#[must_use]
pub fn fixed<T>(value: Option<Arc<T>>) -> InUse<T> {
    watch::channel(value).1
}

type Read<T> = Box<dyn Fn(&Path) -> Result<T, Fault> + Send + Sync>;

/// What kind of thing a file holds, and how it is read.
pub struct Kind<T> {
    /// For the log: `roads`.
    pub name: &'static str,
    /// The command that makes such a file.
    pub made_by: &'static str,
    pub read: Read<T>,
    /// What it is of, in a few words for the log.
    pub about: fn(&T) -> String,
}

impl<T> fmt::Debug for Kind<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Watches over one file.
#[derive(Debug)]
pub struct Watch<T> {
    kind: Arc<Kind<T>>,
    file: Option<PathBuf>,
    /// When the file that was last tried was written.
    tried: Option<SystemTime>,
    in_use: watch::Sender<Option<Arc<T>>>,
}

impl<T: Send + Sync + 'static> Watch<T> {
    /// Reads the file; one that cannot be read is logged, and the server does without until it can: a server that does
    /// not start would help nobody.
    pub async fn start(kind: Kind<T>, file: Option<PathBuf>) -> (Self, InUse<T>) {
        let (in_use, value) = watch::channel(None);
        let mut watch = Self { kind: Arc::new(kind), file, tried: None, in_use };
        watch.look().await;
        (watch, value)
    }

    /// Takes every new file into use, for as long as it runs.
    pub async fn run(mut self) {
        let mut due = tokio::time::interval(LOOKED_AT);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let Some(path) = self.file.clone() else { return };
        let (kind, file) = (self.kind.name, path.display().to_string());
        let written = tokio::fs::metadata(&path).await.and_then(|known| known.modified());
        let known = self.tried.is_some() || self.in_use.borrow().is_some();
        match written {
            Ok(written) if self.tried == Some(written) => return,
            Ok(written) => self.tried = Some(written),
            // A file that goes away takes nothing with it.
            Err(_) if known => return,
            Err(error) => {
                let run = self.kind.made_by;
                tracing::error!(kind, file, %error, run, "there is no such file to take into use");
                self.tried = Some(SystemTime::UNIX_EPOCH);
                return;
            }
        }
        match self.read(path).await {
            Ok(value) => {
                let about = (self.kind.about)(&value);
                tracing::info!(kind, file, about, "a file is in use");
                self.in_use.send_replace(Some(Arc::new(value)));
            }
            Err(fault) => tracing::error!(kind, file, %fault, "a file cannot be used"),
        }
    }

    async fn read(&self, path: PathBuf) -> Result<T, Fault> {
        let kind = self.kind.clone();
        let reading = tokio::task::spawn_blocking(move || (kind.read)(&path)).await;
        reading.map_err(std::io::Error::other)?
    }
}
