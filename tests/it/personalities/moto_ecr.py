"""Fills the ECR of a server of moto's, as boto3 pushes.

Usage: moto_ecr.py ADDRESS ID, the secret key in SUPERCARGO_TEST_PASSWORD; on its standard
input a list of `[repository, [[digest, media type, manifest, tags], …]]`.
"""

import json
import os
import sys

import boto3


def main(address: str, key: str) -> None:
    ecr = boto3.client(
        "ecr",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=os.environ["SUPERCARGO_TEST_PASSWORD"],
    )
    count = 0
    for repository, manifests in json.load(sys.stdin):
        ecr.create_repository(repositoryName=repository)
        for digest, media_type, manifest, tags in manifests:
            for tag in tags or [None]:
                named = {"imageTag": tag} if tag else {}
                ecr.put_image(
                    repositoryName=repository,
                    imageManifest=manifest,
                    imageManifestMediaType=media_type,
                    imageDigest=digest,
                    **named,
                )
                count += 1
    print(json.dumps({"pushed": count}))


main(*sys.argv[1:])
