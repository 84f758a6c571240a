//! `import-cycles SRC…` fails when files of a crate import each other in a circle. Each argument is a folder with a
//! `lib.rs` or a `main.rs`. Imports through a re-export count as imports of the file that defines the item; tests do
//! not count.

mod crate_tree;
mod imports;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::crate_tree::CrateTree;

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        eprintln!("usage: import-cycles SRC…");
        return ExitCode::FAILURE;
    }
    let mut found = false;
    for folder in folders {
        match cycles(&folder) {
            Ok(cycles) => {
                for cycle in &cycles {
                    eprintln!("These files import each other in a circle:\n{}", cycle.join("\n"));
                }
                found |= !cycles.is_empty();
            }
            Err(error) => {
                eprintln!("{}: {error}", folder.display());
                found = true;
            }
        }
    }
    if found { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Returns each group of files that reach each other, as one line for each import inside the group.
fn cycles(folder: &Path) -> Result<Vec<Vec<String>>, Box<dyn std::error::Error>> {
    let tree = CrateTree::read(folder)?;
    let imports = imports::between_files(&tree);
    let mut graph = DiGraphMap::<usize, ()>::new();
    for import in &imports {
        graph.add_edge(import.from, import.to, ());
    }
    let groups = tarjan_scc(&graph).into_iter().filter(|group| group.len() > 1);
    Ok(groups
        .map(|group| {
            let group: BTreeSet<usize> = group.into_iter().collect();
            let inside = imports.iter().filter(|import| group.contains(&import.from) && group.contains(&import.to));
            let line = |from: usize, to: usize, name: &str| {
                format!("  {} takes {name} from {}", tree.files[from].display(), tree.files[to].display())
            };
            inside
                .map(|import| line(import.from, import.to, &import.name))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cycles of a crate with these files.
    fn cycles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        cycles(folder.path()).unwrap()
    }

    #[test]
    fn files_that_import_one_way_are_fine() {
        let files =
            [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "pub struct B;")];
        assert!(cycles_of(&files).is_empty());
    }

    #[test]
    fn a_circle_is_found_and_named() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use super::a::A; pub struct B(Box<A>);"),
        ];
        let found = cycles_of(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].len(), 2, "{found:?}");
        assert!(found[0][0].contains("takes B from"), "{found:?}");
    }

    #[test]
    fn a_reexport_leads_to_the_file_that_defines_the_item() {
        let shared = [
            ("lib.rs", "mod room; mod other;"),
            ("room/mod.rs", "mod low; mod high; pub use self::low::Low; pub use self::high::*;"),
            ("room/low.rs", "pub struct Low;"),
        ];
        let one_way = [
            ("room/high.rs", "use crate::other::O; pub struct High(O);"),
            ("other.rs", "use crate::room::Low; pub struct O(Low);"),
        ];
        assert!(cycles_of(&[&shared[..], &one_way[..]].concat()).is_empty());
        let circle = [
            ("room/high.rs", "use crate::other::O; pub struct High(O);"),
            ("other.rs", "use crate::room::High; pub struct O(Box<High>);"),
        ];
        assert_eq!(cycles_of(&[&shared[..], &circle[..]].concat()).len(), 1);
    }

    #[test]
    fn paths_in_the_code_count_and_those_in_macros_and_attributes_too() {
        for inline in [
            "fn a() { crate::b::f() }",
            "use crate::b; fn a() { b::f() }",
            "use super::b; fn a() { call!(b::f) }",
            "use crate::b; #[note(b::f)] fn a() {}",
        ] {
            let files = [("lib.rs", "mod a; mod b;"), ("a.rs", inline), ("b.rs", "pub fn f() { super::a::a() }")];
            assert_eq!(cycles_of(&files).len(), 1, "{inline}");
        }
    }

    #[test]
    fn a_folder_that_has_code_itself_is_a_file_like_others() {
        let files = [
            ("lib.rs", "mod room;"),
            ("room/mod.rs", "mod child; fn own() {} fn calls() { child::f() }"),
            ("room/child.rs", "use super::own; pub fn f() { own() }"),
        ];
        assert_eq!(cycles_of(&files).len(), 1);
    }

    #[test]
    fn tests_may_import_what_they_like() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ];
        assert!(cycles_of(&files).is_empty());
    }
}
