"""Lists all versions of the container packages that GitHub's API shows to a token, as
PyGithub asks it.

Usage: ghcr.py ADDRESS LOGIN, the token in SUPERCARGO_TEST_PASSWORD.
"""

import json
import os
import sys
from urllib.parse import quote

from github import Auth, Github
from github.GithubObject import NonCompletableGithubObject
from github.PaginatedList import PaginatedList


class Row(NonCompletableGithubObject):
    """A row of a list for which PyGithub has no class: as it came."""

    def _initAttributes(self):
        pass

    def _useAttributes(self, attributes):
        self.attributes = attributes


def main(address: str, login: str) -> None:
    token = Auth.Token(os.environ["SUPERCARGO_TEST_PASSWORD"])
    client = Github(base_url=address, auth=token, per_page=50, retry=None)
    user = client.get_user()
    assert user.login == login, user.login
    owners = [("user", user.login)]
    owners += [("orgs", organization.login) for organization in user.get_orgs()]

    def rows(path: str, parameters: dict):
        listed = PaginatedList(Row, client.requester, path, parameters)
        return [row.attributes for row in listed]

    versions = []
    for kind, owner in owners:
        base = f"/{kind}/packages" if kind == "user" else f"/{kind}/{owner}/packages"
        for package in rows(base, {"package_type": "container"}):
            name = quote(package["name"], safe="")
            for version in rows(f"{base}/container/{name}/versions", {"state": "active"}):
                versions.append(
                    {
                        "repository": f"{owner.lower()}/{package['name']}",
                        "digest": version["name"],
                        "tags": version["metadata"]["container"]["tags"],
                    }
                )
    print(json.dumps({"versions": versions}))


main(*sys.argv[1:])
