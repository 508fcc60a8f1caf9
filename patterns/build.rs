//! Translates the pattern files beside it into compact texts that are embedded in the binary.
//!
//! Reading TOML costs some milliseconds a file, which every start would pay; JSON without the examples costs a fraction of
//! one. `patterns check` and `patterns show` read the TOML itself, which is embedded too.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

#[path = "../src/pattern/file.rs"]
#[allow(dead_code, unreachable_pub, reason = "the build script needs only the schema")]
mod file;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/pattern/file.rs");
    let mut names: Vec<_> = fs::read_dir("patterns")?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    names.sort();
    let out = env::var("OUT_DIR")?;
    let (mut compact, mut texts) = (String::from("&[\n"), String::from("&[\n"));
    for path in &names {
        let mut file: file::PatternFile = toml::from_str(&fs::read_to_string(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        for pattern in &mut file.patterns {
            pattern.examples.clear();
            pattern.near_misses.clear();
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a pattern file's name is not UTF-8")?;
        let absolute = fs::canonicalize(path)?;
        writeln!(texts, "    (\"{stem}\", include_str!({:?})),", absolute.display().to_string())?;
        let json = Path::new(&out).join(stem).with_extension("json");
        fs::write(&json, serde_json::to_string(&file)?)?;
        let formats: BTreeSet<_> = file.patterns.iter().flat_map(|pattern| file.formats_of(pattern)).collect();
        let formats: Vec<_> = formats.into_iter().collect();
        let (patterns, has_texts, json) = (file.patterns.len(), file.has_texts(), json.display().to_string());
        writeln!(
            compact,
            "    Embedded {{ name: {stem:?}, formats: &{formats:?}, patterns: {patterns}, has_texts: {has_texts}, json: include_str!({json:?}) }},"
        )?;
    }
    texts += "]\n";
    compact += "]\n";
    fs::write(Path::new(&out).join("patterns.rs"), compact)?;
    fs::write(Path::new(&out).join("pattern_texts.rs"), texts)?;
    Ok(())
}
