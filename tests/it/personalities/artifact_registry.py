"""Lists all images of a project, as google-cloud-artifact-registry reads its REST API.

Usage: artifact_registry.py ADDRESS PROJECT USERNAME, the access token in SUPERCARGO_TEST_PASSWORD; where
the user name is `_json_key`, that is the key of a service account, which asks for one.
"""

import json
import os
import sys

from google.auth.transport.requests import Request
from google.cloud import artifactregistry_v1
from google.oauth2 import credentials, service_account

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def main(address: str, project: str, username: str) -> None:
    secret = os.environ["SUPERCARGO_TEST_PASSWORD"]
    if username == "_json_key":
        account = service_account.Credentials.from_service_account_info(
            json.loads(secret), scopes=[SCOPE]
        )
        account.refresh(Request())
        secret = account.token
    client = artifactregistry_v1.ArtifactRegistryClient(
        credentials=credentials.Credentials(secret),
        transport="rest",
        client_options={"api_endpoint": address},
    )
    parent = f"projects/{project}/locations/us"
    request = artifactregistry_v1.ListRepositoriesRequest(parent=parent, page_size=1)
    images, repositories = [], []
    for store in client.list_repositories(request=request, retry=None):
        repositories.append([store.name.split("/")[-1], store.format_.name])
        if store.format_ != artifactregistry_v1.Repository.Format.DOCKER:
            continue
        request = artifactregistry_v1.ListDockerImagesRequest(parent=store.name, page_size=2)
        for row in client.list_docker_images(request=request, retry=None):
            same = client.get_docker_image(name=row.name, retry=None)
            images.append(
                {
                    "uri": row.uri,
                    "tags": list(row.tags),
                    "size": row.image_size_bytes,
                    "pushed": int(row.upload_time.timestamp()),
                    "platforms": [
                        f"{child.os}/{child.architecture}"
                        for child in getattr(row, "image_manifests", [])
                    ],
                    "same": same.uri == row.uri,
                }
            )
    print(json.dumps({"images": images, "repositories": repositories}))


main(*sys.argv[1:])
