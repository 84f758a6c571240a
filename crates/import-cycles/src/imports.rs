//! Which file takes what from which: `use` lines, and paths anywhere in the code, in macros and attributes too.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use crate::crate_tree::{CrateTree, Module};

/// Re-exports of re-exports are followed this far; more is taken for a loop.
const REEXPORTS_MAX: usize = 16;

/// One file takes an item from another. Both are indices into [`CrateTree::files`].
pub struct FileImport {
    pub from: usize,
    pub to: usize,
    pub name: String,
}

pub fn between_files(tree: &CrateTree) -> Vec<FileImport> {
    let mut found = Vec::new();
    for (here, module) in &tree.modules {
        let mut paths: Vec<Vec<String>> = module
            .imports
            .iter()
            .filter(|import| !import.is_reexport && import.name.is_some())
            .map(|import| import.path.clone())
            .collect();
        for item in &module.items {
            collect_paths(item.to_token_stream(), &mut paths);
        }
        for path in paths {
            let Some(to) = definition(tree, here, &path, REEXPORTS_MAX) else { continue };
            if to != module.file {
                let name = path.last().cloned().unwrap_or_default();
                found.push(FileImport { from: module.file, to, name });
            }
        }
    }
    found
}

/// Finds every `a::b` in the tokens.
fn collect_paths(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) if colons == 2 && !path.is_empty() => {
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Ident(name) => {
                keep(&mut path, paths);
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
            other => {
                keep(&mut path, paths);
                colons = 0;
                if let TokenTree::Group(group) = other {
                    collect_paths(group.stream(), paths);
                }
            }
        }
    }
    keep(&mut path, paths);
}

fn keep(path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let path = std::mem::take(path);
    if path.len() > 1 {
        paths.push(path);
    }
}

/// The file that defines the item at `path`, as seen from the module `here`. `None` for what is not of this crate, and
/// for a path that ends at a module: what is taken from that stands in a longer path.
fn definition(tree: &CrateTree, here: &[String], path: &[String], reexports_left: usize) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let child = [here, std::slice::from_ref(first)].concat();
    match first.as_str() {
        "crate" => resolve(tree, Vec::new(), rest, reexports_left),
        "self" => resolve(tree, here.to_vec(), rest, reexports_left),
        "super" => definition_above(tree, here, rest, reexports_left),
        _ if tree.modules.contains_key(&child) => resolve(tree, child, rest, reexports_left),
        _ => {
            let import = tree.modules.get(here)?.imports.iter().find(|import| import.name.as_ref() == Some(first))?;
            let whole = [&import.path[..], rest].concat();
            // A name that stands for itself is another crate's.
            if import.path.first() == Some(first) {
                None
            } else {
                definition(tree, here, &whole, reexports_left.checked_sub(1)?)
            }
        }
    }
}

fn definition_above(tree: &CrateTree, here: &[String], rest: &[String], reexports_left: usize) -> Option<usize> {
    let (_, above) = here.split_last()?;
    match rest.split_first() {
        Some((next, rest)) if next == "super" => definition_above(tree, above, rest, reexports_left),
        _ => resolve(tree, above.to_vec(), rest, reexports_left),
    }
}

fn resolve(tree: &CrateTree, mut at: Vec<String>, path: &[String], reexports_left: usize) -> Option<usize> {
    for (index, name) in path.iter().enumerate() {
        let child = [&at[..], std::slice::from_ref(name)].concat();
        if tree.modules.contains_key(&child) {
            at = child;
            continue;
        }
        let module = tree.modules.get(&at)?;
        let reexports = module.imports.iter().filter(|import| import.is_reexport);
        let named = reexports.clone().find(|import| import.name.as_ref() == Some(name));
        if let Some(import) = named {
            let whole = [&import.path[..], &path[index + 1..]].concat();
            return definition(tree, &at, &whole, reexports_left.checked_sub(1)?);
        }
        if defines(module, name) {
            return Some(module.file);
        }
        let through_glob = reexports.filter(|import| import.name.is_none()).find_map(|import| {
            let whole = [&import.path[..], &path[index..]].concat();
            definition(tree, &at, &whole, reexports_left.checked_sub(1)?)
        });
        return through_glob.or(Some(module.file));
    }
    None
}

/// Whether the name stands for something that is written in this very module.
fn defines(module: &Module, name: &str) -> bool {
    module.items.iter().any(|item| {
        let ident = match item {
            syn::Item::Const(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Fn(item) => Some(&item.sig.ident),
            syn::Item::Macro(item) => item.ident.as_ref(),
            syn::Item::Static(item) => Some(&item.ident),
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        ident.is_some_and(|ident| ident == name)
    })
}
