//! What a node tells the others: that something has changed, by its id. Who hears it reads the database.

use std::convert::Infallible;
use std::time::Duration;

use crate::db::{Channel, Db, Error};
use crate::queue::{Change, QueueSignal};

/// Changes of so long travel together.
const GATHERING: Duration = Duration::from_millis(20);
/// A server that has said nothing for so long may be gone.
const QUIET_MAX: Duration = Duration::from_secs(15);
/// Between two attempts to listen.
const RETRY_PAUSE: Duration = Duration::from_secs(2);
/// A message of PostgreSQL's has fewer than 8,000 bytes.
const CHANGES_PER_MESSAGE: usize = 100;

/// Passes changes on to the other nodes and theirs to this process, for as long as it is polled.
pub async fn relay(db: &Db, signal: &QueueSignal) {
    loop {
        // Changes of the database's other processes may have been missed, now and while nobody listened.
        let Err(error) = listen(db, signal).await;
        signal.set_heard(false);
        tracing::warn!(%error, "changes on other nodes are noticed later; will listen again");
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

async fn listen(db: &Db, signal: &QueueSignal) -> Result<Infallible, Error> {
    let mut channel = db.join_channel().await?;
    signal.set_heard(true);
    loop {
        tokio::select! {
            message = channel.next() => hear(&message?, signal),
            () = signal.has_news() => {
                tokio::time::sleep(GATHERING).await;
                send(&mut channel, &signal.take_news()).await?;
            }
            () = tokio::time::sleep(QUIET_MAX) => channel.test().await?,
        }
    }
}

fn hear(message: &str, signal: &QueueSignal) {
    for change in message.split(' ').filter_map(Change::parse) {
        signal.hear(change);
    }
}

async fn send(channel: &mut Channel, changes: &[Change]) -> Result<(), Error> {
    for some in changes.chunks(CHANGES_PER_MESSAGE) {
        let words: Vec<String> = some.iter().map(Change::to_string).collect();
        channel.send(&words.join(" ")).await?;
    }
    Ok(())
}
