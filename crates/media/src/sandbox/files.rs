//! Restricts files, sockets and signals with Landlock, as far as the running kernel can.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use super::spec::Spec;

/// Older kernels enforce the part that they know.
const NEWEST: ABI = ABI::V7;

const LIBRARY_FOLDERS: [&str; 8] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/nix/store", "/gnu/store"];

/// What the loader, libc and codecs read when they start.
const START_FILES: [&str; 8] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/status",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/dev/urandom",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enforced {
    Full,
    Partial,
    None,
}

pub(super) fn restrict(spec: &Spec, tool: &Path) -> Result<Enforced, String> {
    let failed = |cause: &dyn std::fmt::Display| format!("the file rules could not be set: {cause}");
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(|cause| failed(&cause))?;
    for folder in LIBRARY_FOLDERS.iter().chain(&START_FILES) {
        rules = allow_if_there(rules, Path::new(folder), AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    rules = allow_if_there(rules, Path::new("/dev/null"), AccessFs::ReadFile | AccessFs::WriteFile)?;
    for loader in loaders() {
        rules = allow_if_there(rules, &loader, AccessFs::ReadFile | AccessFs::Execute)?;
    }
    rules = allow(rules, tool, AccessFs::ReadFile | AccessFs::Execute)?;
    for input in &spec.reads {
        rules = allow(rules, input, AccessFs::ReadFile.into())?;
    }
    if let Some(scratch) = &spec.scratch {
        let rights = AccessFs::ReadFile
            | AccessFs::ReadDir
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::RemoveFile;
        rules = allow(rules, scratch, rights)?;
    }
    let status = rules.restrict_self().map_err(|cause| failed(&cause))?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Enforced::Full,
        RulesetStatus::PartiallyEnforced => Enforced::Partial,
        RulesetStatus::NotEnforced => Enforced::None,
    })
}

fn allow(rules: RulesetCreated, path: &Path, rights: BitFlags<AccessFs>) -> Result<RulesetCreated, String> {
    let opened = PathFd::new(path).map_err(|cause| format!("{} cannot be opened: {cause}", path.display()))?;
    // Rights that only folders have must not be asked for a file.
    let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(NEWEST) };
    rules
        .add_rule(PathBeneath::new(opened, rights))
        .map_err(|cause| format!("the rule for {} could not be set: {cause}", path.display()))
}

fn allow_if_there(rules: RulesetCreated, path: &Path, rights: BitFlags<AccessFs>) -> Result<RulesetCreated, String> {
    if path.exists() { allow(rules, path, rights) } else { Ok(rules) }
}

/// The kernel executes them before any program that is not static.
fn loaders() -> Vec<PathBuf> {
    ["/lib64", "/lib"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("ld-linux") || name.starts_with("ld-musl"))
        })
        .collect()
}
