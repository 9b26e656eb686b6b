"""The archive in S3. How long it is kept there is for the bucket's lifecycle rules and Object Lock to say."""

from collections.abc import Mapping

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from probes.model.errors import InputError

S3 = "s3://"
_TYPES = {".json": "application/json", ".html": "text/html; charset=utf-8", ".xml": "application/xml"}
_BOUNDED = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 3})
_IS_THERE = ("PreconditionFailed", "ConditionalRequestConflict")


def write_to_s3(place: str, name: str, files: Mapping[str, bytes]) -> str:
    """Keep files as objects below `s3://bucket/prefix`; raises InputError when one is there or cannot be written.

    An object is written only where there is none, and with the checksum that a bucket with Object Lock asks for:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    bucket, _, prefix = place.removeprefix(S3).partition("/")
    folder = "/".join(filter(None, (prefix.strip("/"), name)))
    if not bucket:
        raise InputError(f"archive {place}: expected s3://bucket/prefix")
    try:
        client = boto3.client("s3", config=_BOUNDED)
        for file, content in files.items():
            client.put_object(
                Bucket=bucket,
                Key=f"{folder}/{file}",
                Body=content,
                ContentType=_TYPES[file[file.rindex(".") :]],
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        what = "is there already, and was not overwritten" if code in _IS_THERE else str(error)
        raise InputError(f"archive {S3}{bucket}/{folder}: {what}") from error
    except BotoCoreError as error:
        raise InputError(f"archive {S3}{bucket}/{folder}: {error}") from error
    return f"{S3}{bucket}/{folder}"
