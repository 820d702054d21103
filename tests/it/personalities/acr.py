"""Lists all images of an Azure registry, as azure-containerregistry reads its API.

Usage: acr.py ADDRESS AUTHORITY USERNAME, the token of Entra ID in SUPERCARGO_TEST_PASSWORD;
nobody signs in where that is empty. AUTHORITY is a file with the certificate to trust.
"""

import json
import os
import sys
import time

from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import AccessToken


class Given:
    """A token that somebody else asked Entra ID for."""

    def get_token(self, *scopes, **options):
        return AccessToken(os.environ["SUPERCARGO_TEST_PASSWORD"], int(time.time()) + 3600)


def main(address: str, authority: str, _username: str) -> None:
    credential = Given() if os.environ["SUPERCARGO_TEST_PASSWORD"] else None
    client = ContainerRegistryClient(
        address,
        credential,
        audience="https://management.azure.com",
        connection_verify=authority,
        retry_total=0,
    )
    named = sys.argv[4:] or client.list_repository_names(results_per_page=2)
    images, tags, counts = [], [], {}
    for name in named:
        properties = client.get_repository_properties(name)
        counts[name] = [properties.manifest_count, properties.tag_count]
        for row in client.list_manifest_properties(name, results_per_page=2):
            images.append(
                {
                    "repository": row.repository_name,
                    "digest": row.digest,
                    "tags": row.tags or [],
                    "size": row.size_in_bytes,
                    "architecture": row.architecture,
                    "os": row.operating_system,
                    "pushed": int(row.created_on.timestamp()),
                    "deletable": row.can_delete,
                }
            )
        for row in client.list_tag_properties(name, results_per_page=2):
            tags.append([name, row.name, row.digest])
    print(json.dumps({"images": images, "tags": tags, "counts": counts}))


main(*sys.argv[1:4])
