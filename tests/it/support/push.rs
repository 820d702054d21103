//! Pushes made-up content to a registry: blobs by POST and PUT, manifests by PUT,
//! repositories side by side (OCI distribution-spec 1.1, "Push").

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use supercargo::model::{CredentialKind, Credentials, Digest};
use supercargo::simulator::{Content, Shelf};

/// Repositories pushed at once, and blobs at once in each.
const REPOSITORIES: usize = 4;
const BLOBS: usize = 4;

/// Pushes everything; fails with the first answer that is none of success.
pub(crate) async fn push(
    address: &str,
    credentials: Option<&Credentials>,
    content: &Content,
) -> Result<(), String> {
    let client = super::client();
    stream::iter(content.shelves().into_iter().map(Ok))
        .try_for_each_concurrent(REPOSITORIES, |shelf| {
            push_shelf(&client, address, credentials, shelf)
        })
        .await
}

async fn push_shelf(
    client: &Client,
    address: &str,
    credentials: Option<&Credentials>,
    shelf: Shelf,
) -> Result<(), String> {
    let base = format!("{address}/v2/{}", shelf.repository);
    stream::iter(shelf.blobs)
        .map(|(digest, body)| push_blob(client, &base, credentials, digest, body))
        .buffer_unordered(BLOBS)
        .try_for_each(|()| async { Ok(()) })
        .await?;
    for (digest, media_type, body) in shelf.manifests {
        let tags: Vec<_> = shelf.tags.iter().filter(|(_, of)| *of == digest).collect();
        let mut references: Vec<String> = tags.iter().map(|(tag, _)| tag.clone()).collect();
        if references.is_empty() {
            references.push(digest.to_string());
        }
        for reference in references {
            let reference = (reference.as_str(), &digest);
            push_manifest(
                client,
                &base,
                credentials,
                reference,
                (&media_type, body.clone()),
            )
            .await?;
        }
    }
    Ok(())
}

/// Pushes a blob to the repository of this address, `…/v2/NAME`.
pub(crate) async fn push_blob(
    client: &Client,
    base: &str,
    credentials: Option<&Credentials>,
    digest: Digest,
    body: Bytes,
) -> Result<(), String> {
    let begin = client.post(format!("{base}/blobs/uploads/"));
    let begun = sent(begin, credentials, StatusCode::ACCEPTED).await?;
    let location = begun.headers()[LOCATION].to_str().unwrap();
    let mut location = Url::parse(base).unwrap().join(location).unwrap();
    location
        .query_pairs_mut()
        .append_pair("digest", &digest.to_string());
    let finish = client
        .put(location)
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(body);
    sent(finish, credentials, StatusCode::CREATED).await?;
    Ok(())
}

/// Pushes a manifest by a tag, or by its digest, to the repository of this address.
pub(crate) async fn push_manifest(
    client: &Client,
    base: &str,
    credentials: Option<&Credentials>,
    (reference, digest): (&str, &Digest),
    (media_type, body): (&str, Bytes),
) -> Result<(), String> {
    let put = client
        .put(format!("{base}/manifests/{reference}"))
        .header(CONTENT_TYPE, media_type)
        .body(body);
    let answer = sent(put, credentials, StatusCode::CREATED).await?;
    let said = &answer.headers()["docker-content-digest"];
    if said.to_str().ok() != Some(digest.to_string().as_str()) {
        return Err(format!("{base}:{reference} was stored as {said:?}"));
    }
    Ok(())
}

/// With the credentials, if there are any.
pub(crate) fn signed(request: RequestBuilder, credentials: Option<&Credentials>) -> RequestBuilder {
    match credentials {
        Some(known) if known.kind == CredentialKind::RegistryToken => {
            request.bearer_auth(known.password.expose())
        }
        Some(known) => request.basic_auth(&known.username, Some(known.password.expose())),
        None => request,
    }
}

async fn sent(
    request: RequestBuilder,
    credentials: Option<&Credentials>,
    wanted: StatusCode,
) -> Result<reqwest::Response, String> {
    let answer = signed(request, credentials)
        .send()
        .await
        .map_err(|error| error.to_string())?;
    if answer.status() == wanted {
        return Ok(answer);
    }
    let (url, status) = (answer.url().clone(), answer.status());
    let body = answer.text().await.unwrap_or_default();
    Err(format!("{url}: {status}: {body}"))
}
