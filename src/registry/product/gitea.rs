//! Gitea and Forgejo, which no setting names: they are handled as any other registry.

use super::{LINKED, Marks, Probe, Told, json_object};

pub(super) const MARKS: Marks = Marks {
    // Forgejo answers here, too, with the Gitea version it stands for behind its own:
    // `9.0.0+gitea-1.22.0`.
    probe: Some(Probe {
        path: |_| "api/v1/version".to_owned(),
        read: |response| {
            let version = json_object(response)?.get("version")?.as_str()?.to_owned();
            Some(Told {
                version: Some(version),
            })
        },
    }),
    catalogue: LINKED,
    tags: LINKED,
    ..Marks::new("Gitea or Forgejo", None)
};
