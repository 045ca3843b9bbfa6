"""Asks the server as programs written for Perspective API and for OpenAI do: with Google's own Python client, with
perspective-api-client of npm and with OpenAI's own Python client. Nothing is changed in them but the address.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openai
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
            open_ai(address)
    print("both clients of Perspective and that of OpenAI got what they expect")


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


def open_ai(address):
    """As in OpenAI's own sample, but for the address and the category."""
    client = openai.OpenAI(api_key=KEY, base_url=f"{address}/v1", max_retries=0)
    reply = client.moderations.create(model="omni-moderation-latest", input=COMMENT)
    result = reply.results[0]
    assert reply.id.startswith("modr-") and reply.model and result.flagged is False, reply
    scores = result.category_scores.to_dict()
    assert list(scores) == ["extremism/pro_isis"] and 0 <= scores["extremism/pro_isis"] <= 1, reply
    assert result.categories.to_dict() == {"extremism/pro_isis": False}, reply
    assert result.category_applied_input_types.to_dict() == {"extremism/pro_isis": ["text"]}, reply
    reply = client.moderations.create(input=[COMMENT, "صباح الخير يا أصدقائي", "Good morning"])
    assert len(reply.results) == 3 and reply.results[0].category_scores == result.category_scores, reply
    assert client.moderations.create(input=[{"type": "text", "text": COMMENT}]).results == [result]
    assert client.moderations.create(input=[]).results == []
    mistakes = [
        (client, [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}], openai.BadRequestError, "bad_request"),
        (client, ["a"] * 257, openai.APIStatusError, "too_many_items"),
        (client.with_options(api_key="another"), COMMENT, openai.AuthenticationError, "invalid_api_key"),
    ]
    for asking, wrong, kind, code in mistakes:
        try:
            reply = asking.moderations.create(input=wrong)
        except kind as error:
            assert error.code == code and error.type == "invalid_request_error" and error.message, error
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
