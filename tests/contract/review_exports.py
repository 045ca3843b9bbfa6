"""Reads exports of the review queue as the programs do that they are for: Label Studio's own SDK checks the tasks against
a labelling configuration, and Argilla's own SDK makes records of them.
"""

import csv
import io
import json
import tempfile
import urllib.request

import argilla
from label_studio_sdk.label_interface import LabelInterface
from server import running

CONFIGURATION = """<View>
  <Text name="text" value="$text"/>
  <Choices name="verdict" toName="text"><Choice value="supports"/><Choice value="not"/><Choice value="unsure"/></Choices>
  <TextArea name="note" toName="text"/>
</View>"""
POSTS = ["Lovely weather at the lake today", 'They said "so", and left', "صباح الخير يا أصدقائي", "Rain again", "1234"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        flags = ["--review-db", f"{folder}/queue.sqlite", "--second-reader", "0", "--random-share", "0"]
        with running(*flags) as (address, _):
            fill(address)
            label_studio(ask(address, "/v1/review/export?format=label_studio"))
            as_argilla(ask(address, "/v1/review/export?format=argilla"))
            table(address)
    print("Label Studio and Argilla read what is exported for them")


def ask(address, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def fill(address):
    ask(address, "/v1/review/items", {"items": [{"text": text, "id": str(n)} for n, text in enumerate(POSTS)]})
    for verdict in ["not", "unsure", "supports"]:
        item = ask(address, "/v1/review/next")["item"]["item"]
        ask(address, f"/v1/review/items/{item}/verdict", {"verdict": verdict, "note": "seen"})


def label_studio(tasks):
    interface = LabelInterface(CONFIGURATION)
    assert len(tasks) == len(POSTS)
    for task in tasks:
        # The SDK's own way to check a whole task breaks on annotations, so that they are checked by themselves.
        assert interface.validate_task({"data": task["data"]}), task
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction), prediction
        for annotation in task["annotations"]:
            assert interface.validate_annotation(annotation), annotation
    annotation = next(annotation for task in tasks for annotation in task["annotations"])
    wrong = {"result": [annotation["result"][0] | {"from_name": "other"}]}
    assert not interface.validate_annotation(wrong), "the check lets anything through"
    said = sorted(a["result"][0]["value"]["choices"][0] for task in tasks for a in task["annotations"])
    assert said == ["not", "supports", "unsure"], said


def as_argilla(rows):
    assert len(rows) == len(POSTS)
    records = [argilla.Record.from_dict(row) for row in rows]
    assert [record.fields["text"] for record in records] == POSTS
    responses = sorted(response.value for record in records for response in record.responses)
    assert responses == ["not", "supports", "unsure"], responses
    # Two posts have no words that the model has learned, and so no suggestion.
    suggested = [suggestion.value for record in records for suggestion in record.suggestions]
    assert set(suggested) <= {"supports", "not"} and len(suggested) >= 3, suggested


def table(address):
    with urllib.request.urlopen(f"{address}/v1/review/export?format=csv") as reply:
        rows = list(csv.DictReader(io.TextIOWrapper(reply, "utf-8", newline="")))
    assert sorted(row["label"] for row in rows) == ["0", "1"] and all(row["text"] in POSTS for row in rows), rows


if __name__ == "__main__":
    main()
