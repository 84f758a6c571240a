//! Stands between the server and PostgreSQL and loses the connection when it is told to.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the way to the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Open,
    /// Nobody listens: what is open breaks, what is new is refused.
    Down,
    /// Connections are taken and closed at once, as by a server that is just starting.
    Closing,
    /// Connections stay, but nothing comes through any more.
    Silent,
}

/// The proxy; it ends when it is dropped.
pub struct Proxy {
    pub port: u16,
    wanted: watch::Sender<Line>,
    reached: watch::Receiver<Line>,
    turned_away: watch::Receiver<usize>,
    _work: JoinSet<()>,
}

impl Proxy {
    /// A proxy to the database at `url`.
    pub fn start(url: &str, line: Line) -> Self {
        let url = url::Url::parse(url).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let socket = bind(0);
        let port = socket.local_addr().unwrap().port();
        let (wanted, orders) = watch::channel(line);
        let (report, reached) = watch::channel(Line::Down);
        let (count, turned_away) = watch::channel(0);
        let mut work = JoinSet::new();
        work.spawn(serve(socket, port, target, orders, report, count));
        Self { port, wanted, reached, turned_away, _work: work }
    }

    /// Changes how the way is, and waits until it is so.
    pub async fn set(&self, line: Line) {
        self.wanted.send_replace(line);
        self.reached.clone().wait_for(|reached| *reached == line).await.unwrap();
    }

    /// Waits until so many connections were closed at once.
    pub async fn turned_away(&self, count: usize) {
        self.turned_away.clone().wait_for(|turned_away| *turned_away >= count).await.unwrap();
    }
}

/// A socket that holds the port: until it listens, whoever connects is refused.
fn bind(port: u16) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
    socket
}

async fn serve(
    mut socket: TcpSocket,
    port: u16,
    target: String,
    mut orders: watch::Receiver<Line>,
    report: watch::Sender<Line>,
    turned_away: watch::Sender<usize>,
) {
    loop {
        if *orders.borrow_and_update() == Line::Down {
            report.send_replace(Line::Down);
            if orders.changed().await.is_err() {
                return;
            }
            continue;
        }
        let listener = socket.listen(1024).unwrap();
        listen(listener, &target, &mut orders, &report, &turned_away).await;
        socket = bind(port);
    }
}

/// Listens until the way is down. Every connection ends with it.
async fn listen(
    listener: TcpListener,
    target: &str,
    orders: &mut watch::Receiver<Line>,
    report: &watch::Sender<Line>,
    turned_away: &watch::Sender<usize>,
) {
    let mut connections = JoinSet::new();
    loop {
        let line = *orders.borrow_and_update();
        match line {
            Line::Down => return,
            Line::Closing => connections.shutdown().await,
            Line::Open | Line::Silent => {}
        }
        report.send_replace(line);
        tokio::select! {
            changed = orders.changed() => if changed.is_err() { return },
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                if line == Line::Closing {
                    turned_away.send_modify(|count| *count += 1);
                } else {
                    connections.spawn(forward(client, target.to_owned(), orders.clone()));
                }
            }
        }
    }
}

/// Carries bytes both ways until one side closes. Once the way was silent the connection is no good any more.
async fn forward(mut client: TcpStream, target: String, mut orders: watch::Receiver<Line>) {
    let carry = async {
        let mut server = TcpStream::connect(target).await.ok()?;
        copy_bidirectional(&mut client, &mut server).await.ok()
    };
    tokio::select! {
        _ = carry => return,
        _ = orders.wait_for(|line| *line == Line::Silent) => {}
    }
    let _ = orders.wait_for(|line| *line != Line::Silent).await;
}
