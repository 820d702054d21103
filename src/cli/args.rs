//! The command line as it is typed. Its names are a contract.

mod questions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::completion;
use super::decide::DecideCommand;
use super::password::PasswordFlags;
use super::selection::SelectionArgs;
use super::settings::SettingFlags;
use crate::export::Format;
use crate::model::{ImageColumn, Kind, WORDINGS};
pub(super) use questions::{ByArg, ChangesArgs, DriftArgs, SearchArgs, UsageArgs};

/// Inventory, check and triage container registries from the terminal.
///
/// Without a command the full-screen interface opens.
#[derive(Debug, Parser)]
#[command(
    name = "supercargo",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  supercargo demo\n  supercargo registry add hub https://registry.example:5000\n  supercargo crawl hub\n  supercargo images hub --platform linux/arm64 --format csv"
)]
pub struct Cli {
    #[command(flatten)]
    pub(super) record: RecordArgs,
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// Flags of what opens the interface.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct RecordArgs {
    /// Write down what happens on the screen into this new file, to go with the report of a
    /// defect: without secrets, but with names and addresses
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
}

/// Flags of every command; their order puts them behind a command's own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Keep inventory, configuration and logs below this directory
    #[arg(long, global = true, display_order = 901, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    /// Read the configuration from this file
    #[arg(long, global = true, display_order = 902, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print and draw without colours
    #[arg(long, global = true, display_order = 903)]
    pub(super) no_color: bool,
    /// Say more on standard error, or in the interface's log; of a check every request and
    /// its answer, without secrets
    #[arg(short, long, global = true, display_order = 904, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Say nothing where all is well: no progress, no summary of a complete crawl
    #[arg(
        short,
        long,
        global = true,
        display_order = 905,
        conflicts_with = "verbose"
    )]
    pub(super) quiet: bool,
    /// Write nothing: neither to a registry nor to the state
    #[arg(long, global = true, display_order = 906)]
    pub(super) read_only: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look around: simulated registries on this machine, in a throw-away state
    #[command(after_help = "Example:\n  supercargo demo")]
    Demo(RecordArgs),
    /// Check connections, stage by stage
    #[command(
        after_help = "Examples:\n  supercargo check https://registry.example:5000\n  supercargo check hub nexus --format json\n  supercargo check https://registry.example --username ann --password-stdin --verbose"
    )]
    Check(CheckArgs),
    /// Bring the inventory up to date
    #[command(
        after_help = "Examples:\n  supercargo crawl hub\n  supercargo crawl --all --format json\n  supercargo crawl hub --retry\n  supercargo crawl hub --full"
    )]
    Crawl(CrawlArgs),
    /// Add, change, show and remove registries
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Print what the inventory holds
    #[command(
        after_help = "Examples:\n  supercargo images\n  supercargo images hub --repository 'team/**' --tag 'v1.*'\n  supercargo images --platform linux/arm64 --per-platform --format csv\n  supercargo images --untagged --older-than 90d --sort size --reverse --limit 20"
    )]
    Images(ImagesArgs),
    /// Look for repositories, tags and digests in all registries
    #[command(
        after_help = "Examples:\n  supercargo search nginx\n  supercargo search team/app:1.0\n  supercargo search sha256:ab12cd34 --format json\n  supercargo search 'base/**' --limit 20"
    )]
    Search(SearchArgs),
    /// Print what crawls found different, the oldest first
    #[command(
        after_help = "Examples:\n  supercargo changes --since yesterday\n  supercargo changes hub --crawl 12\n  supercargo changes hub --repository team/app --tag latest\n  supercargo changes --since 2026-10-01 --tag 'v*' --format csv"
    )]
    Changes(ChangesArgs),
    /// Decide what is to become of images and tags; nothing is deleted by it
    #[command(subcommand)]
    Decide(DecideCommand),
    /// Print what images take of the registries' storage, the largest first; what several of
    /// them share counts once
    #[command(
        after_help = "Examples:\n  supercargo usage\n  supercargo usage hub --by repository\n  supercargo usage --by repository --format csv > usage.csv"
    )]
    Usage(UsageArgs),
    /// Print in what a registry differs from another, tag by tag and by digest; ends with 1
    /// where it does
    #[command(
        after_help = "Examples:\n  supercargo drift hub mirror\n  supercargo drift hub mirror --map library/=mirror/library/\n  supercargo drift hub mirror --repository 'team/**' --tag 'v*' --format json"
    )]
    Drift(DriftArgs),
    /// Print one image in full: manifest, children, layers, configuration, history, referrers
    /// and every place that has it; from the cache, or read now
    #[command(
        after_help = "Examples:\n  supercargo inspect hub/team/app:1.0\n  supercargo inspect registry.example:5000/team/app@sha256:… --format json\n  supercargo inspect sha256:ab12cd34ef56 --platform linux/arm64\n  supercargo inspect hub/team/app:1.0 --raw | jq .\n  supercargo inspect hub/team/app:1.0 --config --platform linux/arm64"
    )]
    Inspect(InspectArgs),
    /// Look at the inventory and at what this host offers, and repair a damaged inventory
    #[command(
        after_help = "Examples:\n  supercargo doctor\n  supercargo doctor --repair\n  supercargo doctor --format json"
    )]
    Doctor(DoctorArgs),
    /// Print a completion script for a shell, which knows the registries too
    #[command(
        after_help = "Example:\n  supercargo completions bash > ~/.local/share/bash-completion/completions/supercargo"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of a command
    #[command(
        after_help = "Examples:\n  supercargo man registry add | man -l -\n  supercargo man --out ~/.local/share/man/man1"
    )]
    Man {
        /// The command: `crawl`, `registry add` or `registry-add`; the program itself where
        /// none is given
        #[arg(value_name = "COMMAND")]
        page: Vec<String>,
        /// Write the pages of all commands into this directory
        #[arg(long, value_name = "DIR", conflicts_with = "page")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Registries by name, or addresses; every active registry where none is given
    #[arg(value_name = "NAME or URL", add = completion::registries())]
    pub(super) targets: Vec<String>,
    /// The most that one target may take, half of it for a single stage
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = timeout)]
    pub(super) timeout: std::time::Duration,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub(super) format: TextFormat,
    #[command(flatten)]
    pub(super) password: PasswordFlags,
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

/// The time of a check.
fn timeout(text: &str) -> Result<std::time::Duration, String> {
    crate::model::setting::duration(text, 1, 600)
}

#[derive(Debug, Args)]
pub(super) struct CrawlArgs {
    /// Registries by name
    #[arg(value_name = "NAME", add = completion::registries())]
    pub(super) names: Vec<String>,
    /// Every active registry
    #[arg(long, conflicts_with_all = ["names", "due"])]
    pub(super) all: bool,
    /// Every active registry whose refresh interval has passed
    #[arg(long, conflicts_with = "names")]
    pub(super) due: bool,
    /// Read and verify everything again, whatever is known of it
    #[arg(long)]
    pub(super) full: bool,
    /// Read again only what failed in the last crawl; where that cannot be told by
    /// repositories, everything
    #[arg(long, conflicts_with_all = ["due", "full"])]
    pub(super) retry: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub(super) format: TextFormat,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Repair a damaged inventory: what is whole is kept, what is not is read again by the
    /// next crawl, and the damaged file stays beside it
    #[arg(long)]
    pub(super) repair: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextFormat::Text)]
    pub(super) format: TextFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum RegistryCommand {
    /// Add a registry
    #[command(after_help = add_help())]
    Add(AddArgs),
    /// Change a registry's settings; what is not named stays
    #[command(
        after_help = "Example:\n  supercargo registry edit hub --max-connections 4 --max-rps 10"
    )]
    Edit(EditArgs),
    /// Print a registry's settings
    #[command(after_help = "Example:\n  supercargo registry show hub")]
    Show {
        /// The registry
        #[arg(add = completion::registries())]
        name: String,
        /// How to print; a table on a terminal, NDJSON otherwise
        #[arg(long, value_enum)]
        format: Option<RowFormat>,
    },
    /// Print all registries and what is known of them
    #[command(after_help = "Example:\n  supercargo registry list --format json")]
    List {
        /// How to print; a table on a terminal, NDJSON otherwise
        #[arg(long, value_enum)]
        format: Option<RowFormat>,
    },
    /// Call a registry something else; what is known of it stays
    #[command(after_help = "Example:\n  supercargo registry rename hub depot")]
    Rename {
        /// What it is called now
        #[arg(value_name = "OLD", add = completion::registries())]
        old: String,
        /// What to call it
        #[arg(value_name = "NEW")]
        new: String,
    },
    /// Print the settings of registries as TOML, without any secret
    #[command(
        after_help = "Examples:\n  supercargo registry export > registries.toml\n  supercargo registry export hub nexus"
    )]
    Export {
        /// Registries by name; all where none is given
        #[arg(value_name = "NAME", add = completion::registries())]
        names: Vec<String>,
        /// How to print
        #[arg(long, value_enum, default_value_t = ExportFormat::Toml)]
        format: ExportFormat,
    },
    /// Add and change registries as a file of `registry export` says: all of it or nothing
    ///
    /// A registry whose name is there already gets the settings of the file, and the default
    /// of what the file leaves out; where the file says nothing of the password, it stays
    /// where it is.
    #[command(
        after_help = "Examples:\n  supercargo registry import registries.toml\n  supercargo registry import registries.toml --dry-run\n  ssh other supercargo registry export | supercargo registry import -"
    )]
    Import {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a registry, its inventory and its kept password; asks first
    #[command(
        after_help = "Examples:\n  supercargo registry remove hub\n  supercargo registry remove hub --yes"
    )]
    Remove {
        /// The registry
        #[arg(add = completion::registries())]
        name: String,
        /// Do not ask; needed where nobody can be asked
        #[arg(long)]
        yes: bool,
    },
}

/// Examples, and what products call what is asked for.
fn add_help() -> String {
    let mut help = "Examples:\n  supercargo registry add hub http://127.0.0.1:5000\n  supercargo \
                    registry add nexus https://nexus.example/repository/docker --username ann \
                    --password-env NEXUS_PASSWORD\n\nWhat products want:"
        .to_owned();
    let mut last = None;
    for wording in &WORDINGS {
        if last != Some(wording.product) {
            help.push_str(&format!("\n  {}", wording.product));
            last = Some(wording.product);
        }
        help.push_str(&format!("\n    {}: {}", wording.key, wording.help));
    }
    help
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// What to call it
    pub(super) name: String,
    /// Its address, with scheme, port and base path
    #[arg(value_name = "URL")]
    pub(super) address: String,
    #[command(flatten)]
    pub(super) password: PasswordFlags,
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

#[derive(Debug, Args)]
pub(super) struct EditArgs {
    /// The registry
    #[arg(add = completion::registries())]
    pub(super) name: String,
    /// Call it this from now on
    #[arg(long, value_name = "NAME")]
    pub(super) rename: Option<String>,
    /// Move it to this address
    #[arg(long, value_name = "URL")]
    pub(super) address: Option<String>,
    /// Remove the kept password, or the reference to it
    #[arg(long, conflicts_with = "password")]
    pub(super) forget_password: bool,
    #[command(flatten)]
    pub(super) password: PasswordFlags,
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

#[derive(Debug, Args)]
pub(super) struct ImagesArgs {
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    /// Order by this column, over all registries; what is not known of an image puts it last
    #[arg(long, value_name = "COLUMN", value_parser = super::selection::column())]
    pub(super) sort: Option<ImageColumn>,
    /// The other way round: the largest, the youngest first
    #[arg(long, requires = "sort")]
    pub(super) reverse: bool,
    /// Print no more images than these
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: Option<u32>,
    /// A line for each platform of an image
    #[arg(long)]
    pub(super) per_platform: bool,
    /// How to print; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub(super) format: Option<RowFormat>,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The image: REGISTRY/REPOSITORY[:TAG][@DIGEST], the registry by its name or its address;
    /// a digest or its beginning; or REPOSITORY:TAG where one registry has it
    pub(super) reference: String,
    /// Print the exact bytes of the manifest or index, with --config those of the
    /// configuration
    #[arg(long)]
    pub(super) raw: bool,
    /// Print the exact bytes of the configuration; of an index, for this host's platform
    /// unless another is asked for
    #[arg(id = "configuration", long = "config")]
    pub(super) configuration: bool,
    /// Read the configuration of this program from this file: what is `--config` before and
    /// behind every other command
    // It has the global option's id and so is read as that, which leaves `--config` to what
    // image tools call so.
    #[arg(id = "config", long = "config-file", value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Of an index, the image for this platform, or the beginning of one: `linux/arm64`,
    /// `arm64`
    #[arg(long, value_name = "PLATFORM")]
    pub(super) platform: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextFormat::Text, conflicts_with_all = ["raw", "configuration"])]
    pub(super) format: TextFormat,
}

/// How results are printed that are no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TextFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

/// How settings are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// What `registry import` reads
    Toml,
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// Aligned columns
    Table,
    /// One JSON array
    Json,
    /// A JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

impl From<RowFormat> for Format {
    fn from(format: RowFormat) -> Self {
        match format {
            RowFormat::Table => Self::Table,
            RowFormat::Json => Self::Json,
            RowFormat::Ndjson => Self::Ndjson,
            RowFormat::Csv => Self::Csv,
        }
    }
}

/// A kind of image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KindArg {
    /// For one platform
    Image,
    /// For several platforms
    Index,
    /// Charts, signatures and the like
    Artifact,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Image => Self::Image,
            KindArg::Index => Self::Index,
            KindArg::Artifact => Self::Artifact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let leaf = command.get_subcommands().next().is_none();
            if leaf && command.get_name() != "help" {
                let after = command.get_after_help().map(ToString::to_string);
                assert!(after.is_some_and(|text| text.contains("Example")), "{path}");
            }
            for sub in command.get_subcommands() {
                check(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        check(&Cli::command(), "supercargo");
    }

    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            if sub.get_name() != "help" {
                leaves(sub, &path, found);
            }
        }
        if command.get_subcommands().next().is_none() {
            found.push((path.to_owned(), command.clone()));
        }
    }

    fn all() -> Vec<(String, clap::Command)> {
        let mut command = Cli::command();
        command.build();
        let mut found = Vec::new();
        leaves(&command, "supercargo", &mut found);
        found
    }

    #[test]
    fn the_options_of_a_command_stand_before_the_global_ones() {
        for (path, mut command) in all() {
            let help = command.render_long_help().to_string();
            let (own, global) = help.split_once("\nGlobal options:\n").unwrap();
            for arg in command.get_arguments().filter_map(clap::Arg::get_long) {
                let is_global = [
                    "state",
                    "config",
                    "no-color",
                    "verbose",
                    "quiet",
                    "read-only",
                ]
                .contains(&arg);
                let flag = format!("--{arg}");
                let stands_in = |text: &str| {
                    text.lines().any(|line| {
                        let mut words = line.split([' ', ',', '=', '[', '.']);
                        line.starts_with("  ") && words.any(|word| word == flag)
                    })
                };
                let place = if is_global { global } else { own };
                assert!(stands_in(place), "{path}: {flag}\n{help}");
            }
        }
    }

    #[test]
    fn every_value_has_a_name_and_every_choice_its_words() {
        let (_, mut add) = all()
            .into_iter()
            .find(|(path, _)| path == "supercargo registry add")
            .unwrap();
        let help = add.render_help().to_string();
        insta::assert_snapshot!(help);
        for setting in crate::model::setting::SETTINGS {
            if let crate::model::setting::Input::Choice(words) = setting.input {
                let shown: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(shown.contains(&words.join(", ")), "{}", setting.key);
            }
        }
    }
}
