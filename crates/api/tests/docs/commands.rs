//! `reference/command-line.md`: what every command says of itself.

use std::process::Command;

use crate::page::keep;

#[test]
fn the_page_of_commands_is_what_they_say_of_themselves() {
    let mut text = String::new();
    tell(&[], &mut text);
    keep("docs/reference/command-line.md", &[("commands", text)]);
}

/// A command and those below it, in their order.
fn tell(words: &[&str], text: &mut String) {
    let help = help(words);
    let name = std::iter::once("stafett").chain(words.iter().copied()).collect::<Vec<_>>().join(" ");
    text.push_str(&format!("## {name}\n\n```text\n{}\n```\n\n", help.trim_end()));
    for command in commands(&help) {
        tell(&[words, &[command]].concat(), text);
    }
}

fn help(words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stafett"))
        .env_clear()
        .current_dir(folder.path())
        .args(words)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The names in the section `Commands:`, but for `help`.
fn commands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}
