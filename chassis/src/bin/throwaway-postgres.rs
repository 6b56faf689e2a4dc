//! A PostgreSQL that lives as long as this program's standard input: for `cargo xtask` and for trying things by hand.
#![expect(clippy::print_stdout, reason = "the address is what this program is asked for")]

use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    println!("{}", chassis::testing::Cluster::shared().url());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
