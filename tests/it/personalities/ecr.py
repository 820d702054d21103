"""Lists all that an ECR holds, as boto3 reads its API.

Usage: ecr.py ADDRESS ID, the secret key in SUPERCARGO_TEST_PASSWORD.
"""

import json
import os
import sys
from base64 import b64decode

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main(address: str, key: str) -> None:
    ecr = boto3.client(
        "ecr",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=os.environ["SUPERCARGO_TEST_PASSWORD"],
        aws_session_token=os.environ.get("SUPERCARGO_TEST_SESSION"),
        config=Config(retries={"max_attempts": 1}),
    )
    token = ecr.get_authorization_token()["authorizationData"][0]
    user, password = b64decode(token["authorizationToken"]).decode().split(":")
    images = []
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    names = [repository["repositoryName"] for page in pages for repository in page["repositories"]]
    for name in names:
        pages = ecr.get_paginator("describe_images").paginate(
            repositoryName=name, PaginationConfig={"PageSize": 3}
        )
        details = [detail for page in pages for detail in page["imageDetails"]]
        manifests = {}
        for at in range(0, len(details), 100):
            ids = [{"imageDigest": detail["imageDigest"]} for detail in details[at : at + 100]]
            got = ecr.batch_get_image(repositoryName=name, imageIds=ids)
            assert not got["failures"], got["failures"]
            for image in got["images"]:
                manifests[image["imageId"]["imageDigest"]] = image["imageManifest"]
        pages = ecr.get_paginator("list_images").paginate(repositoryName=name)
        listed = [image for page in pages for image in page["imageIds"]]
        for detail in details:
            digest = detail["imageDigest"]
            tags = sorted(detail.get("imageTags", []))
            named = [image.get("imageTag") for image in listed if image["imageDigest"] == digest]
            assert sorted(tag for tag in named if tag) == tags, named
            images.append(
                {
                    "repository": name,
                    "digest": digest,
                    "tags": tags,
                    "pushed": int(detail["imagePushedAt"].timestamp()),
                    "manifest": manifests[digest],
                }
            )
    try:
        ecr.describe_images(repositoryName="not/there")
    except ClientError as error:
        unknown = error.response["Error"]["Code"]
    print(
        json.dumps(
            {
                "user": user,
                "password": password,
                "ends": token["expiresAt"].year,
                "repositories": names,
                "images": images,
                "unknown": unknown,
            }
        )
    )


main(*sys.argv[1:])
