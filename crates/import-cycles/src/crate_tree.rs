//! The modules of a crate, as its files declare them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

type ModulePath = Vec<String>;

/// A name that `use` brings into a module, and the path it stands for.
pub struct Import {
    /// `None` for a glob.
    pub name: Option<String>,
    pub path: Vec<String>,
    pub is_reexport: bool,
}

/// One module: a file, or a block `mod x { … }` inside one.
pub struct Module {
    /// Index into [`CrateTree::files`].
    pub file: usize,
    pub imports: Vec<Import>,
    /// What is neither a `use` nor a module.
    pub items: Vec<Item>,
}

pub struct CrateTree {
    pub files: Vec<PathBuf>,
    pub modules: HashMap<ModulePath, Module>,
}

impl CrateTree {
    /// Reads `lib.rs`, or `main.rs` where there is none, and every file that it declares, directly or not, outside of
    /// tests.
    pub fn read(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut tree = Self { files: Vec::new(), modules: HashMap::new() };
        let roots = [folder.join("lib.rs"), folder.join("main.rs")];
        let root = roots.iter().find(|root| root.is_file()).ok_or("there is neither a lib.rs nor a main.rs")?;
        tree.read_file(root, folder, Vec::new())?;
        Ok(tree)
    }

    /// `children` is the folder where the modules that the file declares are.
    fn read_file(
        &mut self,
        file: &Path,
        children: &Path,
        module: ModulePath,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        self.files.push(file.to_owned());
        self.add(self.files.len() - 1, children, module, parsed.items)
    }

    fn add(
        &mut self,
        file: usize,
        children: &Path,
        path: ModulePath,
        items: Vec<Item>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut module = Module { file, imports: Vec::new(), items: Vec::new() };
        for item in items {
            match item {
                Item::Use(item) => {
                    let is_reexport = !matches!(item.vis, Visibility::Inherited);
                    flatten(&item.tree, &mut Vec::new(), is_reexport, &mut module.imports);
                }
                Item::Mod(item) if is_test(&item.attrs) => {}
                Item::Mod(ItemMod { ident, content, .. }) => {
                    let name = ident.to_string();
                    let child = [path.clone(), vec![name.clone()]].concat();
                    let folder = children.join(&name);
                    match content {
                        Some((_, items)) => self.add(file, &folder, child, items)?,
                        None if folder.join("mod.rs").is_file() => {
                            self.read_file(&folder.join("mod.rs"), &folder, child)?;
                        }
                        None => self.read_file(&children.join(format!("{name}.rs")), &folder, child)?,
                    }
                }
                other => module.items.push(other),
            }
        }
        self.modules.insert(path, module);
        Ok(())
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

fn flatten(tree: &UseTree, before: &mut Vec<String>, is_reexport: bool, imports: &mut Vec<Import>) {
    match tree {
        UseTree::Path(next) => {
            before.push(next.ident.to_string());
            flatten(&next.tree, before, is_reexport, imports);
            before.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, is_reexport, imports)),
        UseTree::Glob(_) => imports.push(Import { name: None, path: before.clone(), is_reexport }),
        UseTree::Name(last) if last.ident == "self" => {
            imports.push(Import { name: before.last().cloned(), path: before.clone(), is_reexport });
        }
        UseTree::Name(last) => {
            let name = last.ident.to_string();
            imports.push(Import { name: Some(name.clone()), path: [before.clone(), vec![name]].concat(), is_reexport });
        }
        UseTree::Rename(last) => {
            let path = [before.clone(), vec![last.ident.to_string()]].concat();
            imports.push(Import { name: Some(last.rename.to_string()), path, is_reexport });
        }
    }
}
