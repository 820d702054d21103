//! zot, which no setting names: it is handled as any other registry.

use super::{LINKED, Marks, Probe, Told, json_object};

pub(super) const MARKS: Marks = Marks {
    probe: Some(Probe {
        path: |base| format!("{}v2/_zot/ext/mgmt", base.trim_start_matches('/')),
        read: |response| {
            let told = json_object(response)?;
            told.get("distSpecVersion")?;
            let version = told.get("releaseTag").and_then(|v| v.as_str());
            let version = version.filter(|version| !version.is_empty());
            Some(Told {
                version: version.map(str::to_owned),
            })
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("zot", None)
};
