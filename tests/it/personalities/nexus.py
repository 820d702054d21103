"""Lists all assets of a Nexus that a search finds, as nexus3-cli reads its REST API.

Usage: nexus.py ADDRESS USERNAME, the password in SUPERCARGO_TEST_PASSWORD.
"""

import json
import os
import sys

from nexuscli.api.repository import RepositoryCollection
from nexuscli.api.repository.model import DockerHostedRepository
from nexuscli.nexus_client import NexusClient
from nexuscli.nexus_config import NexusConfig


def main(address: str, username: str) -> None:
    client = NexusClient(
        NexusConfig(
            username=username,
            password=os.environ["SUPERCARGO_TEST_PASSWORD"],
            url=address,
        )
    )
    # `client.repositories` would put scripts on the server first.
    repositories = RepositoryCollection(nexus_http=client.http).raw_list()
    assets = []
    for repository in repositories:
        if repository["format"] != "docker":
            continue
        # The client has no class for groups; listing is the same for all of them.
        own = DockerHostedRepository(nexus_http=client.http, name=repository["name"])
        for asset in own.list_raw(""):
            assets.append(
                {
                    "asked": repository["name"],
                    "repository": asset["repository"],
                    "path": asset["path"],
                    "sha256": asset["checksum"]["sha256"],
                }
            )
    names = {one["name"]: one["type"] for one in repositories}
    version = str(client.http.server_version)
    print(json.dumps({"version": version, "repositories": names, "assets": assets}))


main(*sys.argv[1:])
