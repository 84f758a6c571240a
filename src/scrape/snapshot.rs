//! All metrics of the program, by name.

use std::fmt;
use std::time::Duration;

use super::process;
use crate::app::App;
use crate::metrics::{Exposition, Label, Source, Work};
use crate::queue::tasks::TaskKind;
use crate::queue::{Backlog, JobKind, JobState};

/// Prometheus waits for ten seconds, and so may others for everything else.
const BACKLOG_LIMIT: Duration = Duration::from_secs(2);

/// With what only the database knows.
pub struct Snapshot {
    app: App,
    /// `None` while the database does not answer.
    backlog: Option<Vec<Backlog>>,
}

impl Snapshot {
    pub async fn take(app: &App) -> Self {
        let backlog = app.backlogs.read(&app.db, app.clock.now_ms());
        let backlog = tokio::time::timeout(BACKLOG_LIMIT, backlog).await;
        Self { app: app.clone(), backlog: backlog.ok().and_then(Result::ok) }
    }
}

impl Source for Snapshot {
    fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let app = &self.app;
        build(app, exposition)?;
        app.numbers.requests.expose(exposition)?;
        connections(app, exposition)?;
        nodes(app, exposition)?;
        app.db.expose(exposition)?;
        if let Some(backlog) = &self.backlog {
            queues(backlog, app.clock.now_ms(), exposition)?;
        }
        Work::expose(&[("jobs", &app.numbers.jobs), ("tasks", &app.numbers.tasks)], exposition)?;
        app.storage.objects.expose_failures(exposition)?;
        app.numbers.uploads.expose(exposition)?;
        app.numbers.logins.expose(exposition)?;
        exposition.counter("chaitube_views", "Views that were counted and stored", app.views.stored())?;
        process::expose(app.started_ms, exposition)
    }
}

fn build(app: &App, exposition: &mut Exposition<'_>) -> fmt::Result {
    let labels = vec![("version", env!("CARGO_PKG_VERSION").into()), ("database", app.db.engine_name().into())];
    exposition.gauges("chaitube_build_info", "What runs here; always 1", [(labels, 1_u64)])
}

fn connections(app: &App, exposition: &mut Exposition<'_>) -> fmt::Result {
    let connections = &app.connections;
    exposition.gauge("chaitube_connections", "Open connections of clients", connections.open() as u64)?;
    let most = app.setup.connections.connections_max as u64;
    exposition.gauge("chaitube_connections_max", "Limit on open connections of clients", most)?;
    let help = "Connections of clients that were refused for lack of room";
    exposition.counter("chaitube_connections_refused", help, connections.refused())?;
    exposition.gauge("chaitube_event_streams", "Open event streams", app.event_connections.open_now() as u64)
}

fn nodes(app: &App, exposition: &mut Exposition<'_>) -> fmt::Result {
    let help = "Processes that serve HTTP, as of this one's last heartbeat";
    exposition.gauge("chaitube_nodes", help, app.nodes.live().get())?;
    let is_heard = app.queue.is_heard() || !app.db.is_shared();
    let help = "1 while changes on other nodes are heard of, 0 while the database is polled for them";
    exposition.gauge("chaitube_nodes_heard", help, u32::from(is_heard))
}

fn labels(queue: &'static str, kind: &'static str) -> Vec<Label<'static>> {
    vec![("queue", queue.into()), ("kind", kind.into())]
}

/// Also what there is none of, so that a series does not end when a queue is empty.
fn queues(backlog: &[Backlog], now_ms: i64, exposition: &mut Exposition<'_>) -> fmt::Result {
    let kinds = || {
        let jobs = JobKind::ALL.iter().map(|kind| ("jobs", kind.as_str()));
        jobs.chain(TaskKind::ALL.iter().map(|kind| ("tasks", kind.as_str())))
    };
    let find = |queue: &str, kind: &str, state: JobState| {
        backlog.iter().find(|found| found.queue == queue && found.kind == kind && found.state == state)
    };
    let numbers = kinds().flat_map(|(queue, kind)| {
        [JobState::Queued, JobState::Running].map(|state| {
            let number = find(queue, kind, state).map_or(0, |found| found.number);
            ([labels(queue, kind), vec![("state", state.as_str().into())]].concat(), number)
        })
    });
    exposition.gauges("chaitube_queue_length", "Jobs and tasks that wait or run", numbers)?;
    let ages = kinds().map(|(queue, kind)| {
        let due_at = find(queue, kind, JobState::Queued).and_then(|found| found.due_at);
        let waited_ms = due_at.map_or(0, |due_at| u64::try_from(now_ms - due_at).unwrap_or(0));
        (labels(queue, kind), Duration::from_millis(waited_ms).as_secs_f64())
    });
    exposition.gauges("chaitube_queue_oldest_seconds", "For how long the oldest that waits could have begun", ages)
}
