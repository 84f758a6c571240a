//! The report for people.

use std::fmt::{Display, Formatter, Result};

use super::report::{Finding, Outcome, Report};

/// So many of each kind are shown.
const SHOWN_MAX: usize = 20;

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for (kind, count) in &self.counts {
            write!(out, "{}: {}", kind.title(), count.found)?;
            if count.repaired > 0 {
                write!(out, ", {} repaired", count.repaired)?;
            }
            writeln!(out)?;
            let findings = self.findings.iter().filter(|finding| finding.kind == *kind);
            for finding in findings.take(SHOWN_MAX) {
                line(out, finding)?;
            }
            let more = count.found.saturating_sub(SHOWN_MAX as u64);
            if more > 0 {
                writeln!(out, "  … and {more} more; --json lists the first thousand")?;
            }
            if count.repaired < count.found {
                writeln!(out, "  → {}", kind.advice())?;
            }
            writeln!(out)?;
        }
        let checked = &self.checked;
        writeln!(
            out,
            "Checked {} users, {} videos, {} uploads, {} objects, {} counters, {} jobs and {} tasks.",
            checked.users,
            checked.videos,
            checked.uploads,
            checked.objects,
            checked.counters,
            checked.jobs,
            checked.tasks
        )?;
        if self.deep {
            writeln!(out, "Read {}.", bytesize::ByteSize(checked.bytes))?;
        }
        let found: u64 = self.counts.values().map(|count| count.found).sum();
        let repaired: u64 = self.counts.values().map(|count| count.repaired).sum();
        match (found, found - repaired) {
            (0, _) => write!(out, "All is well."),
            (_, 0) => write!(out, "All is well now: {repaired} findings are repaired."),
            (_, left) => write!(out, "{left} findings remain."),
        }
    }
}

fn line(out: &mut Formatter<'_>, finding: &Finding) -> Result {
    let outcome = match finding.outcome {
        Outcome::Repairable => "",
        Outcome::Repaired => " [repaired]",
        Outcome::Underway => " [underway]",
        Outcome::Unrepairable => " [cannot be repaired]",
    };
    write!(out, "  {}", finding.id)?;
    if let Some(video) = finding.video {
        write!(out, " of video {video}")?;
    }
    if let Some(user) = finding.user {
        write!(out, " of user {user}")?;
    }
    writeln!(out, ": {}{outcome}", finding.detail)
}
