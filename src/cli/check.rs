//! `check`: connection checks of saved registries and of bare addresses.

use std::io::Write;

use futures_util::StreamExt as _;

use super::args::{CheckArgs, TextFormat};
use super::context::Context;
use super::stop::{self, Stops};
use super::{CliError, Exit};
use crate::export::CheckLine;
use crate::job::{self, Audience};
use crate::model::{Class, RegistrySpec, SecretEntry};
use crate::store::StoreError;

/// Checks that run side by side: many hosts may hang at once, and each takes little.
const AT_ONCE: usize = 8;

pub(super) async fn run(context: &Context, args: CheckArgs) -> Result<Exit, CliError> {
    let mut stops = Stops::listen();
    let given = args.password.entries(args.settings.given("api-token"))?;
    let given = given.or(SecretEntry::Keep, SecretEntry::Keep);
    let secrets = context.secrets()?;
    let exchanges = (context.verbose() > 0).then(print_exchanges);
    // The exchanges of several checks at once could not be told apart.
    let at_once = if exchanges.is_some() { 1 } else { AT_ONCE };
    let mut checks = Vec::new();
    for (label, mut spec) in targets(context, &args)? {
        args.settings.apply(&mut spec)?;
        // Secrets of the command line are for this check only.
        let typed = given.clone().for_check(&mut spec);
        let (secrets, timeout) = (&secrets, args.timeout);
        let audience = Audience {
            exchanges: exchanges.clone(),
            ..Audience::default()
        };
        checks.push(async move {
            let report = job::check(secrets, &spec, &typed, timeout, audience).await;
            (label, report)
        });
    }
    // Side by side, told in the order they were asked for.
    let mut reports = futures_util::stream::iter(checks).buffered(at_once);
    let mut exit = Exit::Done;
    let mut untold = Vec::new();
    loop {
        let next = tokio::select! {
            biased;
            stop = stops.next() => {
                stop::say(stop, "nothing was changed, and what was checked is above");
                return Ok(Exit::Interrupted);
            }
            () = super::ask::interrupted() => return Ok(Exit::Interrupted),
            next = reports.next() => next,
        };
        let Some((label, report)) = next else {
            print(&mut untold, args.format)?;
            return Ok(exit);
        };
        untold.push(CheckLine::new(&label, &report));
        // Nothing is written into the line on which somebody types.
        if !secrets.is_asking() {
            print(&mut untold, args.format)?;
        }
        if let Some(failure) = report.first_failure() {
            exit = match (exit, failure.class) {
                (Exit::Authentication, _) | (_, Class::Authentication) => Exit::Authentication,
                _ => Exit::Failures,
            };
        }
    }
}

fn print(untold: &mut Vec<CheckLine>, format: TextFormat) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in untold.drain(..) {
        match format {
            TextFormat::Text => out.write_all(line.sentences().as_bytes())?,
            TextFormat::Json => {
                serde_json::to_writer(&mut out, &line.object())?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()
}

/// Shows each request and its answer on standard error, without secrets.
fn print_exchanges() -> job::Watcher {
    std::sync::Arc::new(|exchange| {
        // Nobody may be listening.
        let _ = writeln!(std::io::stderr(), "{exchange}");
    })
}

/// Registries by name from the state; addresses without any state.
fn targets(context: &Context, args: &CheckArgs) -> Result<Vec<(String, RegistrySpec)>, CliError> {
    let mut targets = Vec::new();
    for target in &args.targets {
        if target.contains("://") {
            let endpoint = target
                .parse()
                .map_err(|error: crate::model::EndpointError| CliError::usage(error.to_string()))?;
            let name = "check"
                .parse()
                .map_err(|error: crate::model::NameError| CliError::usage(error.to_string()))?;
            targets.push((target.clone(), RegistrySpec::new(name, endpoint)));
        } else {
            let row = registry_or_address(context, target)?;
            targets.push((target.clone(), row));
        }
    }
    if args.targets.is_empty() {
        let rows = context.existing_store()?.registries()?;
        let active = rows.into_iter().filter(|row| row.spec.active);
        targets.extend(active.map(|row| (row.spec.name.to_string(), row.spec)));
        if targets.is_empty() {
            return Err(CliError::usage("there is no active registry to check")
                .with_hint("name an address: `supercargo check https://registry.example`"));
        }
    }
    Ok(targets)
}

/// What looks like an address without its scheme is explained as one.
fn registry_or_address(context: &Context, target: &str) -> Result<RegistrySpec, CliError> {
    let found = context.existing_store()?.registry(target);
    match found {
        Ok(row) => Ok(row.spec),
        Err(_) if target.contains([':', '/', '@']) => {
            match target.parse::<crate::model::Endpoint>() {
                Err(error) => Err(CliError::usage(error.to_string())),
                Ok(_) => Err(CliError::usage(format!("there is no registry `{target}`"))),
            }
        }
        Err(error @ StoreError::NoSuchRegistry { .. }) => {
            let address = format!("https://{target}");
            let is_one = address.parse::<crate::model::Endpoint>().is_ok();
            let error = CliError::from(error);
            if !is_one {
                return Err(error);
            }
            Err(error.with_hint(format!(
                "`supercargo registry list` shows them; an address has its scheme in front: `{address}`"
            )))
        }
        Err(error) => Err(error.into()),
    }
}
