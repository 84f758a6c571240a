//! Counts instructions between two marks by callgrind.

use std::path::Path;

/// Has callgrind write down and reset its counters whenever [`mark`] is entered.
pub const TRIGGER: &str = "--dump-before=instructions::counting::mark";

/// Ends a section. Its name is known to callgrind, so it must stay a function of its own.
#[inline(never)]
pub fn mark() {
    std::hint::black_box(());
}

/// Returns the instructions of each section, in order.
pub fn sections(output: &Path, count: usize) -> Vec<u64> {
    let of = |number: usize| {
        let path = output.with_extension(number.to_string());
        let dump = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
        total.trim().parse().unwrap()
    };
    (1..=count).map(of).collect()
}
