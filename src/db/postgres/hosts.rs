//! The hosts of a connection string.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use crate::db::Error;

const HOSTS_MAX: usize = 16;

/// Reads a connection string that may name several hosts, as libpq does: `postgres://user@a:5432,b:5433/name`, or
/// `postgres:///name?host=a,b&port=5432,5433`. Returns what to connect to, host by host.
///
/// # Errors
/// When it cannot be read. The error never has the string, which may have a password.
pub fn parse(text: &str) -> Result<Vec<PgConnectOptions>, Error> {
    let mut hosts = Vec::new();
    for url in split_authority(text)? {
        for url in split_query(&url)? {
            hosts.push(PgConnectOptions::from_str(url.as_str())?);
        }
    }
    if hosts.len() > HOSTS_MAX {
        return Err(invalid(&format!("names {} hosts; at most {HOSTS_MAX} are asked", hosts.len())));
    }
    Ok(hosts)
}

/// Makes a URL for each host before the path. A URL has one, so this comes before a parser of URLs.
fn split_authority(text: &str) -> Result<Vec<Url>, Error> {
    let (scheme, rest) = text.split_once("://").ok_or_else(|| invalid("has no ://"))?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A password may have a comma.
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    // The query names the host then, which a URL with a user cannot do without.
    let hosts = if hosts.is_empty() && !user.is_empty() { "localhost" } else { hosts };
    let urls = hosts.split(',').map(|host| {
        Url::parse(&[scheme, "://", user, host, path].concat()).map_err(|error| invalid(&format!("is wrong: {error}")))
    });
    urls.collect()
}

/// Makes a URL for each host of the query. One port is everybody's.
fn split_query(url: &Url) -> Result<Vec<Url>, Error> {
    let values = |name: &str| -> Vec<String> {
        let found = url.query_pairs().filter(|(key, _)| key == name).last();
        found.map(|(_, value)| value.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let (hosts, ports) = (values("host"), values("port"));
    if hosts.len() < 2 && ports.len() < 2 {
        return Ok(vec![url.clone()]);
    }
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err(invalid(&format!("names {} hosts and {} ports", hosts.len(), ports.len())));
    }
    let others: Vec<_> = url.query_pairs().filter(|(key, _)| key != "host" && key != "port").collect();
    let of_host = |(number, host): (usize, &String)| {
        let mut one = url.clone();
        let mut pairs = one.query_pairs_mut();
        pairs.clear().extend_pairs(&others).append_pair("host", host);
        if let Some(port) = ports.get(number).or(ports.first()) {
            pairs.append_pair("port", port);
        }
        drop(pairs);
        one
    };
    Ok(hosts.iter().enumerate().map(of_host).collect())
}

fn invalid(reason: &str) -> Error {
    Error::Backend(["the database URL ", reason].concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<String> {
        let of = |host: &PgConnectOptions| match host.get_socket() {
            Some(socket) => format!("{}:{}", socket.display(), host.get_port()),
            None => format!("{}:{}", host.get_host(), host.get_port()),
        };
        parse(text).unwrap().iter().map(of).collect()
    }

    #[test]
    fn hosts_are_read_before_the_path_and_in_the_query() {
        for (text, expected) in [
            ("postgres://u:p@a/db", vec!["a:5432"]),
            ("postgres://u:p@a:1,b:2,[::1]:3/db", vec!["a:1", "b:2", "[::1]:3"]),
            ("postgresql://a,b:2", vec!["a:5432", "b:2"]),
            ("postgres://u:p@/db?host=a,b&port=1,2", vec!["a:1", "b:2"]),
            ("postgres:///db?host=a,b&port=7", vec!["a:7", "b:7"]),
            ("postgres:///db?host=/run/postgresql", vec!["/run/postgresql:5432"]),
        ] {
            assert_eq!(hosts(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_every_hosts() {
        let hosts = parse("postgres://us%40er:p,a@ss@a:1,b:2/name?sslmode=require&options=-c%20x%3D1").unwrap();
        assert_eq!(hosts.len(), 2);
        for host in hosts {
            assert_eq!((host.get_username(), host.get_database()), ("us@er", Some("name")));
            assert_eq!(host.get_options(), Some("-c x=1"));
            assert!(matches!(host.get_ssl_mode(), sqlx::postgres::PgSslMode::Require));
        }
        let hosts = parse("postgres:///name?host=a,b&options=-c%20x%3D1&user=me").unwrap();
        assert!(hosts.iter().all(|host| host.get_username() == "me" && host.get_options() == Some("-c x=1")));
    }

    #[test]
    fn what_cannot_be_read_is_told_without_the_password() {
        for text in [
            "postgres:u:hunter2@a",
            "postgres://u:hunter2@a:x,b/db",
            "postgres://u:hunter2@a:1,/db",
            "postgres://u:hunter2@/db?host=a,b,c&port=1,2",
            "postgres://u:hunter2@/db?host=a&port=1,2",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("the database URL") && !error.contains("hunter2"), "{text}: {error}");
        }
        let many = ["postgres://u@", &vec!["a"; HOSTS_MAX + 1].join(","), "/db"].concat();
        assert!(parse(&many).unwrap_err().to_string().contains("at most 16"));
    }
}
