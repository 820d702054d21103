//! Manifests as `BatchGetImage` gives them, a hundred at a time.

use serde::Deserialize;

use super::{Ecr, quoted, rows};
use crate::http::{Request, Response};
use crate::model::{Digest, RepositoryName};
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{self, Bulk, Given, Refusal};
use crate::registry::manifest;

/// Digests of one request at most.
const MAX_DIGESTS: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
struct ManifestsPage {
    images: List<Object<Manifest>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    #[serde(rename = "imageId")]
    id: Object<ImageId>,
    #[serde(rename = "imageManifest")]
    body: Text,
    #[serde(rename = "imageManifestMediaType")]
    media_type: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageId {
    #[serde(rename = "imageDigest")]
    digest: Text,
}

impl Bulk for Ecr {
    fn most(&self) -> usize {
        MAX_DIGESTS
    }

    fn ask(&self, repository: &RepositoryName, digests: &[Digest]) -> Request {
        let ids = digests.iter();
        let ids: Vec<String> = ids
            .map(|digest| format!("{{\"imageDigest\":{}}}", quoted(&digest.to_string())))
            .collect();
        let types = manifest::ACCEPT.split(',').map(|kind| quoted(kind.trim()));
        let types: Vec<String> = types.collect();
        self.request(
            "BatchGetImage",
            &[
                ("repositoryName", quoted(repository.as_str())),
                ("imageIds", format!("[{}]", ids.join(","))),
                ("acceptedMediaTypes", format!("[{}]", types.join(","))),
            ],
        )
    }

    fn read(&self, response: &Response) -> Result<Vec<Given>, Refusal> {
        let page: ManifestsPage = list::object(response)?;
        let given = |row: Manifest| {
            let id = row.id.into_inner()?;
            Some(Given {
                digest: id.digest.parse()?,
                media_type: row.media_type,
                body: row.body.uncovered()?.to_owned().into(),
            })
        };
        let rows = rows(page.images, "images")?.into_iter();
        Ok(rows.filter_map(given).collect())
    }
}
