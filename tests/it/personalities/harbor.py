"""Lists all images of a Harbor, as harborapi reads its API.

Usage: harbor.py ADDRESS USERNAME, the password in SUPERCARGO_TEST_PASSWORD.
"""

import asyncio
import json
import os
import sys

from harborapi import HarborAsyncClient


async def main(address: str, username: str) -> None:
    client = HarborAsyncClient(
        url=f"{address}/api/v2.0",
        username=username,
        secret=os.environ["SUPERCARGO_TEST_PASSWORD"],
    )
    info = await client.get_system_info()
    images = []
    for repository in await client.get_repositories(page_size=5):
        artifacts = await client.get_artifacts(
            repository.project_name,
            repository.base_name,
            page_size=5,
            with_tag=True,
            with_scan_overview=True,
            with_immutable_status=True,
            with_accessory=True,
        )
        for artifact in artifacts:
            # `artifact.scan` fails in 0.26.2, which takes the model for its own key.
            overview = artifact.scan_overview
            reports = list(overview.root.values()) if overview else []
            images.append(
                {
                    "repository": repository.name,
                    "digest": artifact.digest,
                    "tags": [tag.name for tag in artifact.tags or []],
                    "immutable": [tag.name for tag in artifact.tags or [] if tag.immutable],
                    "pushed": int(artifact.push_time.timestamp()),
                    "vulnerabilities": reports[0].summary.total if reports else None,
                }
            )
    print(json.dumps({"version": info.harbor_version, "images": images}))


asyncio.run(main(*sys.argv[1:]))
