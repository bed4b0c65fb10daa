//! Builds anew when the web application was built anew: its files are part of the binary, and their names change.

use std::path::Path;

fn main() {
    let dist = Path::new("../../web/dist");
    // While it has not been built, whatever appears beside it may be the build.
    let watched = if dist.is_dir() { dist } else { Path::new("../../web") };
    println!("cargo::rerun-if-changed={}", watched.display());
}
