//! The text form that Prometheus reads.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet, prometheus_text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;

pub type Label<'a> = (&'static str, Cow<'a, str>);

/// Where numbers come from.
pub trait Source: Send + Sync + 'static {
    fn expose(&self, exposition: &mut Exposition<'_>) -> fmt::Result;
}

struct Collected<S>(S);

impl<S> Debug for Collected<S> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Collected(…)")
    }
}

impl<S: Source> Collector for Collected<S> {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        self.0.expose(&mut Exposition(encoder))
    }
}

/// Returns the type of the text, and the text.
pub fn expose(source: impl Source) -> Result<(&'static str, String), fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Collected(source)));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok((prometheus_text::CONTENT_TYPE, text))
}

/// Takes metrics, each with all its series.
pub struct Exposition<'a>(DescriptorEncoder<'a>);

impl Exposition<'_> {
    pub fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        self.counters(name, help, [(Vec::new(), value)])
    }

    /// The encoder adds `_total` to the name.
    pub fn counters<'l, V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Vec<Label<'l>>, V)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Counter, series, |mut encoder, value| {
            encoder.encode_counter::<NoLabelSet, _, u64>(&value, None)
        })
    }

    pub fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.gauges(name, help, [(Vec::new(), value)])
    }

    pub fn gauges<'l, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Vec<Label<'l>>, V)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Gauge, series, |mut encoder, value| encoder.encode_gauge(&value))
    }

    pub fn histograms<'l>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Vec<Label<'l>>, &'l Histogram)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Histogram, series, |mut encoder, histogram| {
            let buckets = histogram.buckets();
            let count = buckets.iter().map(|(_, count)| count).sum();
            encoder.encode_histogram::<NoLabelSet>(histogram.sum().as_secs_f64(), count, &buckets, None)
        })
    }

    fn family<'l, V>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        series: impl IntoIterator<Item = (Vec<Label<'l>>, V)>,
        encode: impl Fn(MetricEncoder<'_>, V) -> fmt::Result,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in series {
            encode(encoder.encode_family(&labels)?, value)?;
        }
        Ok(())
    }
}
