//! The questions to the inventory as scripts ask them: against a registry whose content
//! changes between crawls.

use serde_json::{Value, json};
use supercargo::model::Digest;
use supercargo::simulator::{Behaviour, Content, ImageSpec, IndexSpec, Simulator};

use crate::support::program::{Program, Ran};

mod changes;
mod drift;
mod search;
mod usage;

/// An image of this number for one platform, under these tags.
fn image(content: &Content, repository: &str, number: u64, tags: &[&str]) -> Digest {
    let digest = content.put_image(repository, &ImageSpec::new("linux/amd64", number));
    for tag in tags {
        content.tag(repository, tag, &digest);
    }
    digest
}

/// An index of images of this number for these platforms, under a tag.
fn index(
    content: &Content,
    repository: &str,
    number: u64,
    platforms: &[&str],
    tag: &str,
) -> Digest {
    let spec = IndexSpec {
        images: platforms
            .iter()
            .map(|platform| ImageSpec::new(platform, number))
            .collect(),
        attestations: false,
        docker: false,
    };
    let digest = content.put_index(repository, &spec);
    content.tag(repository, tag, &digest);
    digest
}

/// A registry that serves `content`, under this name.
async fn served(program: &Program, name: &str, content: &Content) -> Simulator {
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    program.done(&["registry", "add", name, &simulator.address()]);
    simulator
}

fn crawled(program: &Program, name: &str) {
    let line = program.crawl(name);
    assert_eq!(line["outcome"], "complete", "{line:#}");
}

/// What these keys of every line hold.
fn values(ran: &Ran, keys: &[&str]) -> Vec<Value> {
    let of = |line: Value| keys.iter().map(|key| line[key].clone()).collect();
    ran.lines().into_iter().map(of).collect()
}

/// Every format of a command prints as many rows as its NDJSON has; returns the table.
fn in_every_format(program: &Program, arguments: &[&str], code: i32) -> String {
    let printed = |format: &str| {
        let ran = program.run(&[arguments, &["--format", format]].concat());
        assert_eq!(ran.code, code, "{ran:#?}");
        ran
    };
    let lines = printed("ndjson").lines();
    let json: Value = serde_json::from_str(&printed("json").stdout).unwrap();
    assert_eq!(json, Value::Array(lines.clone()));
    let csv = printed("csv").stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let fields = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), lines.len());
    for (record, line) in records.iter().zip(&lines) {
        for (cell, field) in record.iter().zip(&fields) {
            let wanted = match &line[field] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Array(all) => {
                    let all = all.iter().map(|one| one.as_str().unwrap());
                    all.collect::<Vec<_>>().join(" ")
                }
                other => other.to_string(),
            };
            assert_eq!(cell, wanted, "{field}: {line}");
        }
    }
    let table = printed("table").stdout;
    assert_eq!(table.lines().count(), lines.len() + 1, "{table}");
    table
}
