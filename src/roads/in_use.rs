//! The roads that the server ranks by, and a new file taken into use without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::{Roads, file};
use crate::config;

/// How often the file is looked at.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// The roads as they are now; none where there is no file, or none that can be read.
pub type InUse = watch::Receiver<Option<Arc<Roads>>>;

/// Roads that never change.
#[must_use]
pub fn fixed(roads: Option<Arc<Roads>>) -> InUse {
    watch::channel(roads).1
}

/// Watches over the graph's file.
#[derive(Debug)]
pub struct Watch {
    settings: config::Roads,
    /// When the file that was last tried was written.
    tried: Option<SystemTime>,
    in_use: watch::Sender<Option<Arc<Roads>>>,
}

impl Watch {
    /// Reads the file; one that cannot be read is logged, and units are ranked by the straight line until it can: a
    /// server that does not start would help nobody.
    pub async fn start(settings: config::Roads) -> (Self, InUse) {
        let (in_use, roads) = watch::channel(None);
        let mut watch = Self { settings, tried: None, in_use };
        watch.look().await;
        (watch, roads)
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
        let Some(path) = self.settings.file.clone() else { return };
        let written = tokio::fs::metadata(&path).await.and_then(|known| known.modified());
        let known = self.tried.is_some() || self.in_use.borrow().is_some();
        match written {
            Ok(written) if self.tried == Some(written) => return,
            Ok(written) => self.tried = Some(written),
            // A file that goes away takes nothing with it.
            Err(_) if known => return,
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "no roads: run 'siaga roads import'");
                self.tried = Some(SystemTime::UNIX_EPOCH);
                return;
            }
        }
        match self.read(&path).await {
            Ok(roads) => {
                let about = roads.about();
                tracing::info!(file = %path.display(), about.source, about.kilometres, "roads are in use");
                self.in_use.send_replace(Some(Arc::new(roads)));
            }
            Err(fault) => tracing::error!(file = %path.display(), %fault, "roads cannot be used"),
        }
    }

    async fn read(&self, path: &Path) -> Result<Roads, file::Fault> {
        let (path, speeds) = (PathBuf::from(path), self.settings.speeds.clone());
        let reading = tokio::task::spawn_blocking(move || Roads::open(&path, &speeds)).await;
        reading.map_err(std::io::Error::other)?
    }
}
