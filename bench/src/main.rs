//! Measures Stafett beside the same SQL run raw.
fn main() {}
