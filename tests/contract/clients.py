"""Asks the server as programs written for Perspective API do: with Google's own Python client and
with perspective-api-client of npm. Nothing is changed in them but the address.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from googleapiclient import discovery
from googleapiclient.errors import HttpError
from server import ROOT, running

KEY = "alpha"
COMMENT = "Lovely weather at the lake today"


def main():
    with tempfile.NamedTemporaryFile("w") as keys:
        keys.write(f"tests:{hashlib.sha256(KEY.encode()).hexdigest()}\n")
        keys.flush()
        with running("--api-keys", keys.name) as (address, _):
            google(address)
            npm(address)
    print("both clients of Perspective got what they expect")


def google(address):
    """As in Perspective's own sample, but for the address."""

    def client(key):
        url = f"{address}/$discovery/rest?version=v1alpha1"
        return discovery.build(
            "commentanalyzer",
            "v1alpha1",
            developerKey=key,
            discoveryServiceUrl=url,
            static_discovery=False,
            cache_discovery=False,
        ).comments()

    comments = client(KEY)
    request = {"comment": {"text": COMMENT}, "requestedAttributes": {"PRO_ISIS": {}}}
    reply = comments.analyze(body=request).execute()
    score = reply["attributeScores"]["PRO_ISIS"]["summaryScore"]
    assert 0 <= score["value"] <= 1 and score["type"] == "PROBABILITY", reply
    # None is null on the wire.
    reply = comments.analyze(body=request | {"languages": None, "requestedAttributes": {"PRO_ISIS": None}}).execute()
    assert reply["attributeScores"]["PRO_ISIS"]["summaryScore"] == score, reply
    refused(comments.analyze(body=request | {"languages": ["ar"]}), 400, "does not support request languages: ar")
    refused(comments.analyze(body=request | {"comment": {"text": ""}}), 400, "Comment must be non-empty")
    refused(client("another").analyze(body=request), 401, "This API key is not known here")
    verdict = {"comment": {"text": COMMENT}, "attributeScores": {"PRO_ISIS": {"summaryScore": {"value": 0}}}}
    reply = comments.suggestscore(body=verdict | {"clientToken": "mine"}).execute()
    assert reply["clientToken"] == "mine" and reply["detectedLanguages"] == ["en"], reply


def refused(request, status, words):
    try:
        reply = request.execute()
    except HttpError as error:
        assert error.status_code == status and words in error.reason, error
    else:
        raise AssertionError(f"not refused: {reply}")


def npm(address):
    modules = Path(sys.executable).parents[1] / "npm" / "node_modules"
    if not (shutil.which("node") and modules.is_dir()):
        sys.exit("no node or no npm: install Node.js, and run `just contract` again")
    script = ROOT / "tests" / "contract" / "perspective.js"
    environment = os.environ | {"NODE_PATH": str(modules)}
    subprocess.run(["node", script, address, KEY, COMMENT], env=environment, check=True)


if __name__ == "__main__":
    main()
