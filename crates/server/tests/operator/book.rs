//! The operator's book is true: every `segue` command in it exists, with its options.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every page that shows an operator commands.
fn pages() -> Vec<PathBuf> {
    let book = root().join("docs/operating");
    let entries = fs::read_dir(book)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages.chain([root().join("README.md")]).collect()
}

/// The lines of code blocks, lines that go on joined, and code in the running text.
fn code(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let mut lines = Vec::new();
    let mut is_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if is_block {
            lines.push(line.to_string());
        } else {
            lines.extend(line.split('`').skip(1).step_by(2).map(str::to_string));
        }
    }
    lines
}

/// The words after `segue`, where a line runs it.
fn words(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next()?;
    let begins = line
        .trim_start()
        .trim_start_matches("$ ")
        .trim_start_matches("sudo ");
    let begins = begins.strip_prefix("-u segue ").unwrap_or(begins);
    let names = [
        "segue ",
        "target/release/segue ",
        "/usr/bin/segue ",
        "docker exec segue segue ",
    ];
    let rest = names.iter().find_map(|name| begins.strip_prefix(name))?;
    let until = |word: &&str| !["|", ">", "<", "&&", "||", ";"].contains(word);
    Some(
        rest.split_whitespace()
            .take_while(until)
            .map(|word| word.trim_end_matches(';').to_string())
            .collect(),
    )
}

/// What is wrong with a command line, by the command's own description.
fn fault(cli: &Command, words: &[String]) -> Option<String> {
    let mut command = cli;
    for word in words {
        if let Some(next) = command.find_subcommand(word) {
            command = next;
        } else if command.get_name() == "segue" && !word.starts_with('-') {
            return Some(format!("there is no command `{word}`"));
        } else if let Some(option) = word.strip_prefix("--") {
            let name = option.split('=').next().unwrap_or_default();
            let mut options = command.get_arguments().filter_map(|arg| arg.get_long());
            if !["help", "version"].contains(&name) && !options.any(|long| long == name) {
                return Some(format!("`{}` has no option --{name}", command.get_name()));
            }
        }
    }
    None
}

#[test]
fn every_command_in_the_book_exists() {
    let mut cli = segue_server::commands::cli();
    cli.build();
    let mut faults = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for line in code(&text) {
            let Some(words) = words(&line) else { continue };
            seen += 1;
            faults.extend(
                fault(&cli, &words).map(|fault| format!("{}: {line}: {fault}", page.display())),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        seen > 20,
        "only {seen} commands were found; does the test still read the book?"
    );
}

#[test]
fn a_wrong_command_would_be_found() {
    let mut cli = segue_server::commands::cli();
    cli.build();
    let check = |line: &str, is_right: bool| {
        let found = fault(&cli, &words(line).unwrap());
        assert_eq!(found.is_none(), is_right, "{line}: {found:?}");
    };
    check("segue backup --to shop.backup", true);
    check("sudo -u segue segue kb import articles --data x", true);
    check("segue backups", false);
    check("segue backup --too shop.backup", false);
    check("segue kb import --to x", false);
}

#[test]
fn the_list_of_settings_is_what_the_program_says() {
    let page = root().join("docs/operating/settings.md");
    let stands = fs::read_to_string(&page).unwrap();
    let told = segue_server::commands::settings_page();
    assert!(
        stands == told,
        "docs/operating/settings.md is out of date; write it anew:\n  cargo run -q -- settings > docs/operating/settings.md"
    );
}

#[test]
fn the_schema_in_the_docs_is_what_the_program_says() {
    let page = root().join("docs/schemas/handoff-package.json");
    let stands = fs::read_to_string(&page).unwrap_or_default();
    let schema = segue_server::http::schemas::handoff_package();
    let told = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    assert!(
        stands == told,
        "docs/schemas/handoff-package.json is out of date; write it anew:\n  cargo run -q -- schema > docs/schemas/handoff-package.json"
    );
}

#[test]
fn every_page_of_the_book_stands_in_its_index_and_every_link_leads_somewhere() {
    let index = fs::read_to_string(root().join("docs/operating/README.md")).unwrap();
    for page in pages() {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let is_index = name == "README.md";
        assert!(
            is_index || index.contains(&format!("({name})")),
            "{name} is not in the index"
        );
        let text = fs::read_to_string(&page).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            let is_outside =
                target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            let place = page.parent().unwrap().join(target);
            assert!(
                is_outside || place.exists(),
                "{}: {link} leads nowhere",
                page.display()
            );
        }
    }
}
