"""Makes boto3 calls for tests: one JSON request a line comes in, one JSON answer a line goes out.

With --about it only says which versions these are and which protocols they speak.
"""

import base64
import datetime
import importlib.util
import json
import sys

import boto3
import botocore
import botocore.model
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

SUPPORTED = getattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ())


def protocols_of(service):
    metadata = botocore.session.get_session().get_service_model(service).metadata
    offered = metadata.get("protocols") or [metadata["protocol"]]
    return [name for name in offered if not SUPPORTED or name in SUPPORTED]


def about():
    return {
        "boto3": boto3.__version__,
        "botocore": botocore.__version__,
        "compresses": importlib.util.find_spec("botocore.compress") is not None,
        "protocols": {name: protocols_of(name) for name in ("cloudwatch", "sqs")},
    }


CLIENTS = {}


def client_of(request):
    """The client for a request's service, place and keys; making one costs more than a call."""
    known = ("service", "endpoint", "region", "accessKeyId", "secretAccessKey", "sessionToken", "protocol")
    key = tuple(request.get(name) for name in known)
    if key not in CLIENTS:
        CLIENTS[key] = new_client(request)
    return CLIENTS[key]


def new_client(request):
    protocol = request.get("protocol")
    if SUPPORTED:
        botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (protocol,) if protocol else SUPPORTED
    session = boto3.session.Session(
        aws_access_key_id=request["accessKeyId"],
        aws_secret_access_key=request["secretAccessKey"],
        aws_session_token=request.get("sessionToken"),
        region_name=request["region"],
    )
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=25)
    return session.client(request["service"], endpoint_url=request["endpoint"], config=config)


def answer(request):
    try:
        client = client_of(request)
        arguments = request["arguments"]
        if request.get("pageSize"):
            pages = client.get_paginator(request["operation"]).paginate(
                **arguments, PaginationConfig={"PageSize": request["pageSize"]}
            )
            return {"result": list(pages)}
        return {"result": getattr(client, request["operation"])(**arguments)}
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return {"error": {**error.response["Error"], "Status": status}}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{value!r} has no JSON form")


if "--about" in sys.argv:
    print(json.dumps(about()))
else:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)), default=plain), flush=True)
