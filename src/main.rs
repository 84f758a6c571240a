//! The command line.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use chaitube::{
    App, Checking, Choice, Config, ConnectionLimits, Db, DbOptions, DoctorOptions, METRICS_TOKEN_PREFIX,
    MetricsListener, Origin, Origins, Reindexing, SETTINGS, Setup, Stop, Values, database_options, doctor,
    open_private, raise_handle_limit, read_values, recount, reindex, start,
};
use chaitube_media::{MediaError, sandbox};
use clap::{Parser, Subcommand};
use futures_util::stream::unfold;
use futures_util::{FutureExt, Stream, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::fs::Mode;
use rustix::process::umask;
use tikv_jemallocator::Jemalloc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Gives memory back to the system when it is not in use: glibc's allocator keeps what each thread has had at once, and a
/// password's hash alone takes 19 MiB. SQLite uses it, too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// A self-hosted site for videos and short posts.
///
/// Settings come from chaitube.toml and the environment (a .env file is read); `chaitube config` lists them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve {
        /// Process no videos; leave that to `chaitube worker`
        #[arg(long)]
        no_worker: bool,
    },
    /// Process videos without serving HTTP, on the database and media storage of a server
    Worker,
    /// Migrate the database schema and exit
    Migrate,
    /// Recompute the counters from the rows they count
    Recount,
    /// Build the search index anew, while the site runs
    Reindex,
    /// Look for damage to the media, the counters and the queues, while the site runs
    ///
    /// Exit code: 0 all is well, 1 findings remain, 2 could not check.
    Doctor {
        /// Repair what can be repaired without losing anything
        #[arg(long)]
        repair: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Read all media and compare the bytes with their hashes
        #[arg(long)]
        deep: bool,
    },
    /// Print the effective settings with secrets masked
    Config,
}

/// For work on whole tables.
const MAINTENANCE_STATEMENT_LIMIT: Duration = Duration::from_hours(24);
/// Longer than what is under way between two statements takes.
const DOCTOR_PAUSE: Duration = Duration::from_secs(2);

/// With fewer open files a busy site runs out of connections.
const HANDLES_ADVISED: u64 = 4096;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // The same executable is the sandbox helper, which restricts itself and then runs ffmpeg.
    if let Some(code) = sandbox::enter_if_asked() {
        return code;
    }
    // What is written is for this user only, whatever makes it.
    umask(Mode::RWXG | Mode::RWXO);
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Serve { no_worker: false });
    match run(command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("chaitube: {failure}");
            // Of this command, 1 says that it has found something.
            if let Command::Doctor { .. } = command { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    read_env_file()?;
    let values = read_values(|name| std::env::var(name).ok())?;
    if let Command::Config = command {
        print_config(&values);
        Config::from_values(&values)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::from_values(&values)?;
    start_log(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Doctor { repair, json, deep } => return examine(config, repair, json, deep).await,
            Command::Serve { no_worker } => {
                config.workers = if no_worker { 0 } else { config.workers };
                serve(config).await?;
            }
            Command::Worker => {
                config.workers = config.workers.max(1);
                work(config).await?;
            }
            Command::Migrate => {
                let db = open_database(&config).await?;
                println!("The schema of the {} database is up to date.", db.engine_name());
            }
            Command::Recount => {
                for (counter, rows) in recount(&open_for_maintenance(&config).await?).await? {
                    println!("{counter}: {rows} repaired");
                }
            }
            Command::Reindex => rebuild_index(config).await?,
            Command::Config => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The environment overrides `.env`.
fn read_env_file() -> Result<(), Failure> {
    match dotenvy::dotenv() {
        Err(error) if !error.not_found() => Err(format!(".env: {error}").into()),
        _ => Ok(()),
    }
}

fn open_data_folder(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    open_private(folder).map_err(|error| format!("the data folder {}: {error}", folder.display()).into())
}

async fn open_database(config: &Config) -> Result<Db, Failure> {
    open_data_folder(config)?;
    Ok(Db::open(&database_options(config)).await?)
}

async fn open_for_maintenance(config: &Config) -> Result<Db, Failure> {
    open_data_folder(config)?;
    let options = DbOptions { statement_limit: MAINTENANCE_STATEMENT_LIMIT, ..database_options(config) };
    Ok(Db::open(&options).await?)
}

fn setup() -> Setup {
    let connections = ConnectionLimits::for_handles(raise_handle_limit());
    // Stays valid while the file is replaced by a newer version.
    Setup { sandbox: Some("/proc/self/exe".into()), connections, ..Setup::default() }
}

async fn serve(config: Config) -> Result<(), Failure> {
    let mut stops = pin!(stop_signals()?);
    let mut config = config;
    let wanted = SocketAddr::new(config.host, config.port);
    let listener = TcpListener::bind(wanted).await.map_err(|error| {
        format!("cannot listen on {wanted}: {error}. Another program may be using the port; set PORT to use another.")
    })?;
    let address = listener.local_addr()?;
    config.set_port_in_use(address.port());
    let metrics = MetricsListener::open(&config.metrics).await?;
    let start = start(config, setup());
    let (app, queue) = tokio::select! {
        started = start => started?,
        _ = stops.next() => return Ok(()),
    };
    announce(&app, address, &metrics).await;
    tokio::select! {
        () = metrics.serve(app.clone()) => {}
        () = chaitube::serve(app, queue, listener, stops) => {}
    }
    tracing::info!("stopped");
    Ok(())
}

async fn work(config: Config) -> Result<(), Failure> {
    let mut stops = pin!(stop_signals()?);
    let metrics = MetricsListener::open(&config.metrics).await?;
    let (app, queue) = start(config, setup()).await?;
    announce_tools(&app).await;
    announce_metrics(&metrics);
    say("Chaitube processes videos");
    tokio::select! {
        () = metrics.serve(app.clone()) => {}
        () = chaitube::work(app, queue, stops.next().map(drop)) => {}
    }
    tracing::info!("stopped");
    Ok(())
}

/// Shows how far the rebuilding is, whoever does it.
async fn rebuild_index(config: Config) -> Result<(), Failure> {
    let (app, _queue) = start(config, setup()).await?;
    let bar = ProgressBar::new(100).with_style(ProgressStyle::with_template("{bar:40} {percent}% {elapsed}")?);
    let mut failure = None;
    reindex(&app, |state| match state {
        Reindexing::Progress(percent) => bar.set_position(u64::try_from(percent).unwrap_or(0)),
        Reindexing::Failed(reason) => failure = Some(reason),
    })
    .await?;
    bar.finish_and_clear();
    if let Some(reason) = failure {
        return Err(format!("the search index could not be rebuilt: {reason}").into());
    }
    println!("The search index is rebuilt.");
    Ok(())
}

async fn examine(mut config: Config, repair: bool, json: bool, deep: bool) -> Result<ExitCode, Failure> {
    config.statement_timeout = MAINTENANCE_STATEMENT_LIMIT;
    let (app, _queue) = start(config, Setup { removes_leftovers: false, ..setup() }).await?;
    let counted = ProgressStyle::with_template("{spinner} {msg} {human_pos} {elapsed}")?;
    let measured = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left")?;
    let bar = ProgressBar::new_spinner().with_style(counted.clone());
    let options = DoctorOptions { repair, deep, site_runs: !app.alone, pause: DOCTOR_PAUSE };
    let tell = |checking: Checking| {
        bar.set_style(if checking.in_bytes { measured.clone() } else { counted.clone() });
        bar.set_message(checking.what);
        bar.set_length(checking.all);
        bar.set_position(checking.done);
    };
    let report = doctor(&app, options, &tell).await?;
    bar.finish_and_clear();
    say(&if json { serde_json::to_string_pretty(&report)? } else { report.to_string() });
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn announce_tools(app: &App) {
    match &app.tools {
        Some(tools) => tracing::info!(workers = app.config.workers, "{}", tools.sandbox_status().await),
        None => {
            tracing::warn!(
                "ffmpeg and ffprobe were not found: only MP4 videos that browsers can play are accepted. They \
                 are served as uploaded, without adaptive streams. {}",
                MediaError::missing_tools()
            );
        }
    }
}

/// Returns the signals to stop, as they come. Ctrl-C has no delay, for somebody waits for the end.
fn stop_signals() -> std::io::Result<impl Stream<Item = Stop>> {
    let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(unfold(signals, |(mut terminate, mut interrupt)| async move {
        let stop = tokio::select! {
            _ = terminate.recv() => Stop::Delayed,
            _ = interrupt.recv() => Stop::AtOnce,
        };
        Some((stop, (terminate, interrupt)))
    }))
}

/// Ignores a closed pipe.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn announce_metrics(metrics: &MetricsListener) {
    if let Some(address) = metrics.address() {
        say(&format!("Metrics are at http://{address}/metrics"));
    }
}

async fn announce(app: &App, address: SocketAddr, metrics: &MetricsListener) {
    let config = &app.config;
    let data = config.data_dir.canonicalize().unwrap_or_else(|_| config.data_dir.clone());
    say(&format!("Chaitube is at {}", config.public_base_url.as_str().trim_end_matches('/')));
    let limits = app.setup.connections;
    say(&format!("Connections: at most {}, with {} open files", limits.connections_max, limits.handles));
    announce_metrics(metrics);
    say(&format!("Data folder: {}", data.display()));
    tracing::info!(%address, database = app.db.engine_name(), data = %data.display(), "serving");
    announce_tools(app).await;
    if limits.handles < HANDLES_ADVISED {
        tracing::warn!(
            handles = limits.handles,
            connections = limits.connections_max,
            "the limit on open files is low: raise it with `ulimit -Hn` or LimitNOFILE= of systemd"
        );
    }
    if !app.alone {
        tracing::warn!("another process uses the data folder: leftovers of crashes are not removed by this start");
    }
    if config.response_profiles.any_has(Choice::ReadableToken) {
        tracing::warn!("RESPONSE_PROFILES has readable-token: any script on that front end's pages can take a session");
    }
    if config.cors_origin == Origins::Any {
        tracing::warn!("CORS_ORIGIN=* lets any site read responses; cookies from other sites are still ignored");
    }
    if !config.is_loopback() && config.public_base_url.scheme() == "http" {
        tracing::warn!("PUBLIC_BASE_URL is not https: passwords and tokens are sent unencrypted");
    }
}

fn start_log(config: &Config) {
    let filter = EnvFilter::new(&config.log);
    let is_json = config.log_json.unwrap_or_else(|| !std::io::stderr().is_terminal());
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if is_json {
        subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        subscriber.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

fn print_config(values: &Values) {
    for setting in SETTINGS {
        let Some((value, origin)) = values.get(setting.name) else { continue };
        let shown = match (setting.secret, value.as_str()) {
            (true, value) if !value.is_empty() => mask(setting.name, value),
            (_, value) => value.to_owned(),
        };
        let origin = match origin {
            Origin::Default => "default",
            Origin::File => "chaitube.toml",
            Origin::Environment => "environment",
        };
        println!("# {}\n{} = \"{shown}\" # {origin}\n", setting.about, setting.name.to_lowercase());
    }
}

/// A database URL loses only its password.
fn mask(name: &str, value: &str) -> String {
    const MASK: &str = "***";
    // A URL has one host.
    const SEVERAL: &str = "several-hosts";
    // Whatever is no address may be a token.
    match name {
        "METRICS" if value.parse::<SocketAddr>().is_ok() => return value.to_owned(),
        "METRICS" if value.starts_with(METRICS_TOKEN_PREFIX) => return format!("{METRICS_TOKEN_PREFIX}{MASK}"),
        _ => {}
    }
    let hosts = hosts(value);
    let one_host = if hosts.contains(',') { value.replacen(hosts, SEVERAL, 1) } else { value.to_owned() };
    let Ok(mut url) = url::Url::parse(&one_host) else { return MASK.to_owned() };
    if !name.starts_with("DATABASE_") || (url.password().is_some() && url.set_password(Some(MASK)).is_err()) {
        return MASK.to_owned();
    }
    // PostgreSQL accepts the password as a query parameter, too.
    if url.query().is_some() {
        let shown =
            |name: &str, value: &str| if name.contains("password") { MASK.to_owned() } else { value.to_owned() };
        let pairs: Vec<_> = url.query_pairs().map(|(name, value)| (name.to_string(), shown(&name, &value))).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string().replacen(SEVERAL, hosts, 1)
}

/// Returns what of a URL is between the user and the path.
fn hosts(url: &str) -> &str {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts)
}
