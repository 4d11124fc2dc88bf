//! `siaga verify`: recomputes the chain of the event log.

use anyhow::bail;

use super::{FromConfig, output};
use crate::chain::Entry;
use crate::config::Config;
use crate::ids::AreaId;
use crate::store::{ENTRIES_PAGE_MAX, Store};

pub async fn run(args: FromConfig) -> anyhow::Result<()> {
    let config = Config::read(&args.config).map_err(anyhow::Error::msg)?;
    let store = Store::open(&config.store).await?;
    let area = AreaId::new(&config.area).map_err(anyhow::Error::msg)?;
    let last = check(&store, &area).await?;
    store.close().await;
    match last {
        Some(last) => {
            let head: String = last.hash.iter().map(|byte| format!("{byte:02x}")).collect();
            output::note(&format!("{} entries, unbroken; the last is of {}", last.seq, last.at));
            output::result(&head);
        }
        None => output::note("the log is empty"),
    }
    Ok(())
}

/// Reads the whole log and checks every entry against the one before; answers the last.
pub async fn check(store: &Store, area: &AreaId) -> anyhow::Result<Option<Entry>> {
    let mut last: Option<Entry> = None;
    loop {
        let after = last.as_ref().map_or(0, |entry| entry.seq);
        let page = store.entries(area, after, ENTRIES_PAGE_MAX).await?;
        if page.is_empty() {
            return Ok(last);
        }
        for entry in page {
            if let Err(broken) = entry.verify(last.as_ref()) {
                bail!("the log is broken: {broken}");
            }
            last = Some(entry);
        }
    }
}
