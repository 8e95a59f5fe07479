//! What is written from the command line's own description, so that it cannot differ.

use super::cli;

const HEAD: &str = "\
# Settings

Every setting is an option of `segue serve` or a variable in its environment; the option counts
where both are given. `segue doctor` takes the same ones and says which variables mean nothing.
The package reads variables from `/etc/segue/segue.env`. This page is written by the program
(`segue settings`); a test holds it to that.

| variable | option | default | what it is |
|---|---|---|---|
";

const TAIL: &str = "\
| `SEGUE_LOG` | | `warn,segue_server=info` | what is logged, on standard error: `debug`, `info`, `warn`, `error`, also by module |
| `SEGUE_MODEL` | | see `segue model status` | the sentence model's file or folder; one that is not there means lexical mode |
| `SEGUE_MODEL_KEY` | | | the language model's key, if it wants one |
| `SEGUE_METRICS_TOKEN` | | | the bearer token that `/metrics` on the public address wants |
";

/// The page of the operator's book that lists the settings.
pub fn settings_page() -> String {
    let mut cli = cli();
    // So that options of every command stand with this one too.
    cli.build();
    let serve = cli.find_subcommand("serve").expect("`segue serve` exists");
    let rows = serve.get_arguments().filter_map(|option| {
        let long = option.get_long().filter(|long| *long != "help")?;
        let value = match option.get_value_names() {
            Some(names) if option.get_action().takes_values() => format!(" {}", names[0]),
            _ => String::new(),
        };
        let variable = option
            .get_env()
            .map_or_else(String::new, |name| format!("`{}`", name.display()));
        let defaults: Vec<_> = option
            .get_default_values()
            .iter()
            .map(|value| format!("`{}`", value.display()))
            .collect();
        let help = option
            .get_long_help()
            .or(option.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let help = help
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace('|', "\\|");
        Some(format!(
            "| {variable} | `--{long}{value}` | {} | {help} |\n",
            defaults.join(" ")
        ))
    });
    format!("{HEAD}{}{TAIL}", rows.collect::<String>())
}
