"""Lists all images of the projects that a GitLab shows to a token, as python-gitlab reads
its API.

Usage: gitlab.py ADDRESS USERNAME, the token in SUPERCARGO_TEST_PASSWORD.
"""

import json
import os
import sys

# The folder of this file is searched first, where `gitlab` would be this file itself.
sys.path.pop(0)

import gitlab  # noqa: E402


def main(address: str, username: str) -> None:
    client = gitlab.Gitlab(
        address,
        private_token=os.environ["SUPERCARGO_TEST_PASSWORD"],
        # Links of pages name the host by which GitLab knows itself.
        retry_transient_errors=False,
    )
    client.auth()
    assert client.user.username == username, client.user.username
    images = []
    for project in client.projects.list(iterator=True, per_page=3):
        if project.container_registry_access_level == "disabled":
            continue
        for repository in project.repositories.list(iterator=True, per_page=2):
            for listed in repository.tags.list(iterator=True, per_page=3):
                tag = repository.tags.get(listed.name)
                images.append(
                    {
                        "repository": repository.path,
                        "tag": tag.name,
                        "digest": tag.digest,
                        "location": tag.location,
                    }
                )
    groups = {}
    for group in client.groups.list(iterator=True, per_page=2):
        found = group.registry_repositories.list(iterator=True, per_page=2)
        groups[group.full_path] = [repository.path for repository in found]
    print(json.dumps({"images": images, "groups": groups}))


main(*sys.argv[1:])
