//! Counts the instructions of hot paths under Valgrind and compares them with a stored baseline. Unlike times they hardly
//! depend on what else the machine does, so CI can tell when one has become slower.
//!
//! `cargo bench --bench instructions` compares; `-- --accept` stores what it counts as the new baseline.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop there")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod counting;
mod requests;
mod site;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

use tikv_jemallocator::Jemalloc;

use self::counting::sections;
use self::requests::{HOT_PATHS, REQUESTS, ROUNDS};

/// As in the program. It is compiled with it, so that allocations cost the same whatever the C library.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/baseline.json");
/// Other processors, C libraries and timings differ by less.
const MARGIN: f64 = 0.10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--under-valgrind") {
        requests::measure(Path::new(&arguments[at + 1]));
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().unwrap();
    site::prepare(folder.path());
    let counted = count(folder.path());
    if arguments.iter().any(|argument| argument == "--accept") {
        std::fs::write(BASELINE, serde_json::to_string_pretty(&counted).unwrap() + "\n").unwrap();
        println!("stored in {BASELINE}: {counted:#?}");
        return ExitCode::SUCCESS;
    }
    compare(&counted)
}

/// Runs this program again under callgrind, and returns the instructions of one request on each path.
fn count(folder: &Path) -> BTreeMap<String, u64> {
    let output = folder.join("callgrind");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", counting::TRIGGER]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(std::env::current_exe().unwrap()).arg("--under-valgrind").arg(folder);
    let status = valgrind.status().expect("valgrind is installed: scripts/install.sh test");
    assert!(status.success(), "{valgrind:?}");
    // The first of each path filled caches.
    let counted = sections(&output, HOT_PATHS.len() * (1 + ROUNDS));
    let fewest = counted.chunks(1 + ROUNDS).map(|of_path| of_path[1..].iter().min().unwrap() / REQUESTS);
    HOT_PATHS.iter().map(|path| path.name.to_owned()).zip(fewest).collect()
}

/// Prints like a test, so that `scripts/test.sh` counts these, too.
fn compare(counted: &BTreeMap<String, u64>) -> ExitCode {
    let baseline: BTreeMap<String, u64> = serde_json::from_str(&std::fs::read_to_string(BASELINE).unwrap()).unwrap();
    let mut failed = 0;
    for (name, count) in counted {
        let before = baseline.get(name).copied().unwrap_or(0);
        let change = ratio(*count, before) - 1.0;
        let is_slower = change > MARGIN;
        failed += usize::from(is_slower);
        let verdict = if is_slower { "FAILED" } else { "ok" };
        println!("test {name} ... {verdict}");
        println!("    {count} instructions a request, {:+.1} % to the baseline's {before}", change * 100.0);
        if change < -MARGIN {
            println!("    faster: keep it with `cargo bench --bench instructions -- --accept`");
        }
    }
    let (passed, result) = (counted.len() - failed, if failed == 0 { "ok" } else { "FAILED" });
    println!("test result: {result}. {passed} passed; {failed} failed; 0 ignored");
    if failed > 0 {
        println!("If that is the price of something: cargo bench --bench instructions -- --accept");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[expect(clippy::cast_precision_loss, reason = "millions of instructions, of which tenths of a per cent are shown")]
fn ratio(count: u64, before: u64) -> f64 {
    count as f64 / before as f64
}
