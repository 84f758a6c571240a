//! Finds what `npm run build` made of `ui/`, so that the program can carry it with it (`src/web/files.rs`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let dist = root.join("ui/dist");
    // While a folder that is watched is missing, Cargo builds everything anew each time. Where it cannot be made,
    // that is only slower.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed=ui/dist");
    let mut found = Vec::new();
    // Without the page itself, as in the midst of a build, the rest is of no use.
    if dist.join("index.html").exists() {
        collect(&dist, &mut found)?;
    }
    found.sort();
    let mut list = String::from("&[\n");
    for file in &found {
        let name = file.strip_prefix(&dist).map_err(io::Error::other)?;
        let name = name.to_str().ok_or_else(|| io::Error::other("a file in ui/dist whose name is no text"))?;
        let file = file.to_str().ok_or_else(|| io::Error::other("a folder whose name is no text"))?;
        writeln!(list, "    File {{ path: {name:?}, bytes: include_bytes!({file:?}) }},").map_err(io::Error::other)?;
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("front_end.rs"), list)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
