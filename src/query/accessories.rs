//! Signatures, attestations and SBOMs beneath the image they hang on.

use std::collections::HashMap;

use crate::model::{Digest, ImageRow, RegistryId, RepositoryName};

/// Puts what hangs on an image of the list right beneath it, in the order that it has there,
/// and says so in its row. What hangs on nothing that is listed stays where it is.
pub(super) fn beneath(rows: &mut Vec<ImageRow>) {
    let subjects: Vec<Option<Digest>> = rows.iter().map(ImageRow::subject).collect();
    if subjects.iter().all(Option::is_none) {
        return;
    }
    let mut hung: HashMap<(RegistryId, RepositoryName, Digest), Vec<ImageRow>> = HashMap::new();
    let listed: HashMap<(RegistryId, &RepositoryName, &Digest), usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| ((row.registry, &row.repository, &row.digest), at))
        .collect();
    // What hangs on something that hangs itself stands beneath the same image.
    let root = |at: usize| {
        let mut root = at;
        for _ in 0..DEPTH {
            let row = &rows[root];
            let on = subjects[root].as_ref();
            let on = on.and_then(|on| listed.get(&(row.registry, &row.repository, on)));
            match on {
                Some(on) if *on != root => root = *on,
                _ => return (root != at).then_some(root),
            }
        }
        None
    };
    let roots: Vec<Option<usize>> = (0..rows.len()).map(root).collect();
    let key = |row: &ImageRow| (row.registry, row.repository.clone(), row.digest.clone());
    let keys: Vec<_> = roots.iter().map(|at| at.map(|at| key(&rows[at]))).collect();
    let mut kept = Vec::with_capacity(rows.len());
    for (mut row, key) in rows.drain(..).zip(keys) {
        match key {
            Some(key) => {
                row.beneath = true;
                hung.entry(key).or_default().push(row);
            }
            None => kept.push(row),
        }
    }
    for row in kept {
        let beneath = hung.remove(&key(&row)).unwrap_or_default();
        rows.push(row);
        rows.extend(beneath);
    }
}

/// Signatures of attestations of images: deeper than that, or in a circle, nothing hangs.
const DEPTH: usize = 4;

#[cfg(test)]
mod tests {
    use super::super::tests::image;
    use super::*;
    use crate::model::Kind;

    fn on(digest: &Digest, tag: &str) -> ImageRow {
        let mut row = image(&[tag], Kind::Artifact, &[], Some(1));
        row.image.subject = Some(digest.clone());
        row
    }

    fn shown(mut rows: Vec<ImageRow>) -> Vec<(String, bool)> {
        beneath(&mut rows);
        let said = rows
            .iter()
            .map(|row| (row.tags[0].to_string(), row.beneath));
        said.collect()
    }

    #[test]
    fn what_hangs_on_a_listed_image_stands_beneath_it_in_its_order() {
        let one = image(&["one"], Kind::Image, &[], Some(1));
        let two = image(&["two"], Kind::Image, &[], Some(1));
        let sbom = on(&one.digest, "sbom");
        let signature = on(&sbom.digest, "signature-of-sbom");
        let tag = two.digest.to_string().replace(':', "-") + ".sig";
        let cosign = image(&[&tag], Kind::Image, &[], Some(1));
        let stray = on(&Digest::sha256(b"elsewhere"), "stray");
        let mut other = on(&one.digest, "other-repository");
        other.repository = "team/web".parse().unwrap();
        let rows = vec![signature, cosign, stray, two, other, sbom, one];
        let wanted = [
            ("stray", false),
            ("two", false),
            (tag.as_str(), true),
            ("other-repository", false),
            ("one", false),
            ("signature-of-sbom", true),
            ("sbom", true),
        ];
        assert_eq!(shown(rows), wanted.map(|(tag, is)| (tag.to_owned(), is)));
    }

    #[test]
    fn what_hangs_in_a_circle_stays() {
        let mut one = image(&["one"], Kind::Artifact, &[], Some(1));
        let two = on(&one.digest, "two");
        one.image.subject = Some(two.digest.clone());
        let found = shown(vec![one.clone(), two]);
        assert_eq!(found.len(), 2, "{found:?}");
        one.image.subject = Some(one.digest.clone());
        assert_eq!(shown(vec![one]), [("one".to_owned(), false)]);
    }
}
