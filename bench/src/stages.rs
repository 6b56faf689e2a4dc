//! Where the time of a request goes, by what the services count themselves.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::wire::Wire;

/// The method of an add between gateway and course-svc.
const METHOD: &str = "AddClass";
/// The route of an add.
const ROUTE: &str = "/plans/{period}/items\"";

/// Numbers among the metrics of all processes: the process, the name with its labels, the value.
#[derive(Debug, Default, Clone)]
pub struct Numbers(BTreeMap<(String, String), f64>);

impl Numbers {
    /// Reads them from the private ports; a process that does not answer is left out.
    pub async fn read(private: &[(String, SocketAddr)]) -> Self {
        let mut numbers = BTreeMap::new();
        for (name, address) in private {
            let mut wire = Wire::to(*address);
            let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
            if wire.ask(request.as_bytes()).await.is_ok() {
                let text = String::from_utf8_lossy(wire.body());
                numbers.extend(parse(&text).map(|(key, value)| ((name.clone(), key.to_owned()), value)));
            }
        }
        Self(numbers)
    }

    /// What was added since.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let added =
            |(key, value): (&(String, String), &f64)| (key.clone(), value - before.0.get(key).copied().unwrap_or(0.0));
        Self(self.0.iter().map(added).collect())
    }

    /// Sum of the numbers of a service, replicas included, whose name begins with `name` and whose labels hold `label`.
    fn sum(&self, service: &str, name: &str, label: &str) -> f64 {
        let wanted = |(process, key): &(String, String)| {
            process.starts_with(service)
                && key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
                && key.contains(label)
        };
        self.0.iter().filter(|(key, _)| wanted(key)).map(|(_, value)| value).sum()
    }

    /// Mean of a histogram in milliseconds, and how many it counted.
    fn mean(&self, service: &str, name: &str, label: &str) -> (f64, f64) {
        let count = self.sum(service, &format!("{name}_count"), label);
        (self.sum(service, &format!("{name}_sum"), label) * 1000.0 / count.max(1.0), count)
    }

    /// The table of one add: mean times, each stage without those inside it.
    #[must_use]
    pub fn table(&self, sent: Duration) -> String {
        let sent = sent.as_secs_f64() * 1000.0;
        let (whole, adds) = self.mean("gateway", "http_server_request_duration", ROUTE);
        let (call, _) = self.mean("gateway", "rpc_client_call_duration", METHOD);
        let (served, _) = self.mean("course", "rpc_server_call_duration", METHOD);
        let (batch, batches) = self.mean("course", "registrar_batch_duration", "");
        let (size, _) = self.mean("course", "registrar_batch_size", "");
        let mut text = "| stage | mean ms |\n|---|---|\n".to_owned();
        let mut row = |what: &str, time: f64| text.push_str(&format!("| {what} | {time:.2} |\n"));
        row("generator, socket, and waiting to be read by the gateway", sent - whole);
        row("gateway: token, limits, JSON", whole - call);
        row("hop: TLS, HTTP/2, two schedulers", call - served);
        row("course-svc: token, decoding, waiting for the registrar, encoding", served - batch);
        row("the batch that it is in", batch);
        row("the whole, from sending to the answer", sent);
        let inside = self.inside();
        text.push_str(&format!(
            "\n{adds:.0} adds through the gateway; {batches:.0} batches of {:.1} orders, {:.1} statements each, {:.0} done again, {inside}\n",
            size / 1000.0,
            self.sum("course", "db_query_seconds_count", "") / batches.max(1.0),
            self.sum("course", "transaction_retries_total", "") + 0.0,
        ));
        text
    }

    /// What the batches are made of, where the registrar says so.
    fn inside(&self) -> String {
        let mut parts = BTreeMap::new();
        for ((process, key), value) in &self.0 {
            let part = key.strip_prefix("registrar_stage_duration_sum{").filter(|_| process.starts_with("course"));
            if let Some(label) = part.and_then(|labels| labels.split('"').nth(1)) {
                *parts.entry(label).or_insert(0.0) += value;
            }
        }
        let statements = self.sum("course", "db_query_seconds_sum", "");
        let named = parts.iter().map(|(name, seconds)| format!("{name} {seconds:.2} s"));
        let all = self.sum("course", "registrar_batch_duration_sum", "");
        named
            .chain([format!("in all {all:.2} s"), format!("statements {statements:.2} s")])
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn parse(text: &str) -> impl Iterator<Item = (&str, f64)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (key, value) = line.rsplit_once(' ')?;
        Some((key, value.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_service_are_summed_over_labels_and_replicas() {
        let text = "# TYPE a_sum counter\na_sum{m=\"x\"} 1.5\na_sum{m=\"y\"} 4\na_sums 9\na_count{m=\"x\"} 3\n";
        let numbers = |text: &str| parse(text).map(|(key, value)| (key.to_owned(), value)).collect::<Vec<_>>();
        let both =
            ["course 1", "course 2"].map(|name| numbers(text).into_iter().map(move |(k, v)| ((name.to_owned(), k), v)));
        let numbers = Numbers(both.into_iter().flatten().collect());
        assert!((numbers.sum("course", "a_sum", "") - 11.0).abs() < 1e-9);
        assert!((numbers.mean("course", "a", "x").0 - 500.0).abs() < 1e-9);
        assert!(numbers.sum("gateway", "a_sum", "").abs() < 1e-9);
        assert!(numbers.since(&numbers).sum("course", "a_sum", "").abs() < 1e-9);
    }
}
