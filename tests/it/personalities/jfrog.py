"""Lists all images of an Artifactory, as pyartifactory reads its storage and
dohq-artifactory its AQL.

Usage: jfrog.py ADDRESS WAY USERNAME, the secret in SUPERCARGO_TEST_PASSWORD. WAY is
`password`, or `token` where the secret is an access token that is sent as it is.
"""

import json
import os
import sys

from artifactory import ArtifactoryPath
from pyartifactory import Artifactory

MANIFESTS = {
    "$or": [{"name": "manifest.json"}, {"name": "list.manifest.json"}],
}


def main(address: str, way: str, username: str) -> None:
    secret = os.environ["SUPERCARGO_TEST_PASSWORD"]
    url = f"{address}/artifactory"
    if way == "token":
        client = Artifactory(url=url, access_token=secret)
        path = ArtifactoryPath(url, token=secret)
    else:
        client = Artifactory(url=url, auth=(username, secret))
        path = ArtifactoryPath(url, auth=(username, secret))
    keys = {one.key: one.type for one in client.repositories.list()}
    for key, kind in keys.items():
        assert client.repositories.get_repo(key).rclass == kind.lower()
    stored = []
    for key, kind in keys.items():
        # Of a remote one there is a cache, and no list of the virtual ones is needed.
        if kind != "LOCAL":
            continue
        listed = client.artifacts.list(key, list_folders=False)
        for file in listed.files:
            name = file.uri.rsplit("/", 1)[1]
            if name not in ("manifest.json", "list.manifest.json"):
                continue
            properties = client.artifacts.properties(f"{key}{file.uri}").properties
            if "docker.manifest" in properties:
                stored.append(
                    {
                        "repository": f"{key}/{properties['docker.repoName'][0]}",
                        "tag": properties["docker.manifest"][0],
                        "sha256": file.sha2,
                    }
                )
    found = path.aql(
        "items.find",
        MANIFESTS,
        ".include",
        ["repo", "path", "name", "sha256", "property.key", "property.value"],
    )
    queried = []
    for item in found:
        properties = {one["key"]: one["value"] for one in item["properties"]}
        if "docker.manifest" in properties:
            queried.append(
                {
                    "repository": f"{item['repo']}/{properties['docker.repoName']}",
                    "tag": properties["docker.manifest"],
                    "sha256": item["sha256"],
                }
            )
    print(json.dumps({"keys": keys, "stored": stored, "queried": queried}))


main(*sys.argv[1:])
