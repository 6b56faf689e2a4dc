//! `cargo xtask gen`: protobuf contracts to Rust, without protoc.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::{Outcome, breaking};

/// The golden descriptor, below `proto/`.
const GOLDEN: &str = "golden/descriptor.bin";

/// Writes `proto/src/gen/*.rs` and `proto/golden/descriptor.bin`; with `check`, only compares.
///
/// A contract that would break a peer built from the golden descriptor is refused unless `accept_breaking`.
pub(crate) fn run(root: &Path, check: bool, accept_breaking: bool) -> Outcome {
    let proto = root.join("proto");
    let fresh = generate(&proto)?;
    let committed = read_committed(&proto)?;
    if let (Some(golden), false) = (committed.get(Path::new(GOLDEN)), accept_breaking) {
        let decode = |bytes: &Vec<u8>| FileDescriptorSet::decode(bytes.as_slice());
        let found = breaking::changes(&decode(golden)?, &decode(&fresh[Path::new(GOLDEN)])?);
        if !found.is_empty() {
            return Err(format!(
                "the contract would break its peers:\n  {}\nadd a field or a new version instead; `--accept-breaking` only while nothing is released",
                found.join("\n  ")
            )
            .into());
        }
    }
    if check {
        if fresh == committed {
            return Ok(());
        }
        let names: Vec<_> = fresh
            .iter()
            .filter(|(name, text)| committed.get(*name) != Some(text))
            .map(|(name, _)| name.display().to_string())
            .chain(committed.keys().filter(|name| !fresh.contains_key(*name)).map(|name| name.display().to_string()))
            .collect();
        return Err(format!("generated code is stale: {}; run `cargo xtask gen`", names.join(", ")).into());
    }
    for name in committed.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(proto.join(name))?;
    }
    for (name, text) in &fresh {
        if committed.get(name) != Some(text) {
            let path = proto.join(name);
            fs::create_dir_all(path.parent().expect("a file lies in a folder"))?;
            fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

/// Every file that is generated, by its path below `proto/`.
fn generate(proto: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn std::error::Error>> {
    let mut sources = Vec::new();
    collect(&proto.join("siakad"), "proto", &mut sources)?;
    sources.sort();
    let descriptors = protox::compile(&sources, [proto])?;
    let out = std::env::temp_dir().join(format!("siakad-gen-{}", std::process::id()));
    fs::create_dir_all(&out)?;
    tonic_prost_build::configure().out_dir(&out).emit_rerun_if_changed(false).compile_fds(descriptors.clone())?;
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&out)? {
        let entry = entry?;
        files.insert(Path::new("src/gen").join(entry.file_name()), fs::read(entry.path())?);
    }
    fs::remove_dir_all(&out)?;
    files.insert(PathBuf::from(GOLDEN), descriptors.encode_to_vec());
    Ok(files)
}

/// The same files as they lie in the tree.
fn read_committed(proto: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn std::error::Error>> {
    let mut files = BTreeMap::new();
    for (folder, ending) in [("src/gen", "rs"), ("golden", "bin")] {
        let mut paths = Vec::new();
        if proto.join(folder).is_dir() {
            collect(&proto.join(folder), ending, &mut paths)?;
        }
        for path in paths {
            files.insert(path.strip_prefix(proto)?.to_path_buf(), fs::read(&path)?);
        }
    }
    Ok(files)
}

fn collect(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, ending, into)?;
        } else if path.extension().is_some_and(|found| found == ending) {
            into.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_code_is_what_the_contracts_generate_and_breaks_no_peer() {
        super::run(&crate::root(), true, false).unwrap();
    }
}
