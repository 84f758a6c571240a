//! Requests by operation and status.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::count::{Counter, Gauge};
use super::exposition::{Exposition, Label};
use super::histogram::Histogram;

/// Enough for a page from memory, and for a request at its time limit.
const BOUNDS: [Duration; 14] = [
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
const OTHER: &str = "other";
/// Routes that are not the API's.
const PAGE: &str = "page";
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER];
/// Ascending. Any other is counted as such.
const STATUSES: [u16; 30] = [
    101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 416,
    423, 429, 460, 500, 501, 503, 507,
];

#[derive(Debug, Default)]
pub struct Requests {
    pub in_flight: Gauge,
    routes: OnceLock<Routes>,
}

#[derive(Debug)]
struct Routes {
    /// The places of their templates in `names`.
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    /// Those of the first route by method, then those of the second, and so on.
    operations: Vec<OnceLock<Box<Operation>>>,
}

/// What is counted for a method of a route, from its first request on.
#[derive(Debug)]
struct Operation {
    statuses: [Counter; STATUSES.len() + 1],
    took: Histogram,
}

/// An operation, as the responses of its requests carry it.
#[derive(Clone, Copy, Debug)]
pub struct OperationNumber(usize);

impl Requests {
    /// Tells the templates of the API's routes. They are known before the first request.
    pub fn set_routes(&self, templates: impl IntoIterator<Item = String>) {
        self.routes.get_or_init(|| Routes::new(templates));
    }

    fn routes(&self) -> &Routes {
        self.routes.get_or_init(|| Routes::new([]))
    }

    /// Returns the operation of a request that was led to `template`, or to no route.
    pub fn operation(&self, template: Option<&str>, method: &Method) -> OperationNumber {
        let routes = self.routes();
        let route = template.map_or(0, |template| routes.numbers.get(template).copied().unwrap_or(1));
        let method = METHODS.iter().position(|name| method == name).unwrap_or(METHODS.len() - 1);
        OperationNumber(route * METHODS.len() + method)
    }

    /// Counts a request whose response begins.
    pub fn count(&self, operation: OperationNumber, status: StatusCode, took: Duration) {
        let Some(operation) = self.routes().operations.get(operation.0) else { return };
        let operation = operation.get_or_init(Box::default);
        let place = STATUSES.binary_search(&status.as_u16()).unwrap_or(STATUSES.len());
        operation.statuses[place].add(1);
        operation.took.observe(took);
    }

    pub fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let routes = self.routes();
        let statuses = routes.counted().flat_map(|(labels, operation)| {
            let statuses = STATUSES.iter().map(ToString::to_string).chain([OTHER.to_owned()]);
            let counted = statuses.zip(&operation.statuses).filter(|(_, count)| count.get() > 0);
            counted
                .map(move |(status, count)| ([labels.clone(), vec![("status", status.into())]].concat(), count.get()))
        });
        exposition.counters("chaitube_http_requests", "Requests whose response has begun", statuses)?;
        exposition.histograms(
            "chaitube_http_request_duration_seconds",
            "Time until a response begins",
            routes.counted().map(|(labels, operation)| (labels, &operation.took)),
        )?;
        let help = "Requests whose response has not ended";
        exposition.gauge("chaitube_http_requests_in_flight", help, self.in_flight.get())
    }
}

impl Routes {
    fn new(templates: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = [OTHER.to_owned(), PAGE.to_owned()].into_iter().chain(templates).collect();
        let numbers = names.iter().enumerate().skip(2).map(|(number, name)| (name.clone(), number)).collect();
        let operations = std::iter::repeat_with(OnceLock::new).take(names.len() * METHODS.len()).collect();
        Self { numbers, names, operations }
    }

    fn counted(&self) -> impl Iterator<Item = (Vec<Label<'_>>, &Operation)> {
        let routes = self.names.iter().zip(self.operations.chunks(METHODS.len()));
        routes.flat_map(|(route, operations)| {
            METHODS.iter().zip(operations).filter_map(|(method, operation)| {
                Some((vec![("route", route.into()), ("method", (*method).into())], &**operation.get()?))
            })
        })
    }
}

impl Default for Operation {
    fn default() -> Self {
        Self { statuses: std::array::from_fn(|_| Counter::default()), took: Histogram::new(&BOUNDS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_sorted() {
        assert!(STATUSES.is_sorted());
    }
}
