"""Holds the exported classifier to the program `score`, on the bundled sample.

    just test-onnx                                      # the bundled model
    THREAT_CHECKPOINT=checkpoints/mine just test-onnx   # another one
"""

import csv
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer

from export_onnx import export, read

ROOT = Path(__file__).resolve().parent.parent
CHECKPOINT = ROOT / os.environ.get("THREAT_CHECKPOINT", "checkpoints/threat-v2")
SAMPLE = ROOT / "data" / "sample_tweets.csv"
LIMIT = 1e-4
BATCH = 64


def cargo(*command, lines=None):
    """What one of our programs prints."""
    done = subprocess.run(["cargo", "run", "--quiet", "--locked", *command], cwd=ROOT, input=lines,
                          encoding="utf-8", check=True, stdout=subprocess.PIPE)
    return done.stdout


def our_scores():
    """The texts of the sample and the score of each, NaN where it is not judged."""
    scored = cargo("-p", "score", "--", "--checkpoint", str(CHECKPOINT), "--precision", "f32",
                   "--input", str(SAMPLE))
    rows = list(csv.DictReader(io.StringIO(scored, newline="")))
    # The main model is exported, and others of the checkpoint judge other languages.
    languages = read(CHECKPOINT / "config.json")["threat_indicator"]["languages"]
    is_main = lambda row: row["score"] and row.get("threat_lang", row["lang"]) in languages
    scores = [float(row["score"]) if is_main(row) else numpy.nan for row in rows]
    return [row["text"] for row in rows], numpy.array(scores)


def readable(texts):
    """For each text the normalised texts to score: one, two, or none if it is not judged."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    lines = cargo("-p", "text", "--example", "readable", "--", str(CHECKPOINT), lines=lines)
    return [json.loads(line) for line in lines.splitlines()]


class ExportedClassifier(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            export(CHECKPOINT, folder)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            cls.session = onnxruntime.InferenceSession(
                str(Path(folder) / "model.onnx"), options, ["CPUExecutionProvider"])
            cls.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        cls.tokenizer.encode_special_tokens = True
        texts, cls.ours = our_scores()
        cls.readings = readable(texts)
        cls.texts = [text for reading in cls.readings for text in reading]

    def run_batch(self, texts):
        """Logits and scores."""
        encodings = self.tokenizer.encode_batch(texts)
        inputs = {
            "input_ids": [encoding.ids for encoding in encodings],
            "attention_mask": [encoding.attention_mask for encoding in encodings],
            "token_type_ids": [encoding.type_ids for encoding in encodings],
        }
        inputs = {name: numpy.array(rows, dtype=numpy.int64) for name, rows in inputs.items()}
        return self.session.run(["logits", "scores"], inputs)

    def test_scores_are_those_of_the_program(self):
        scores = numpy.concatenate([
            self.run_batch(self.texts[start : start + BATCH])[1]
            for start in range(0, len(self.texts), BATCH)
        ])
        scores = iter(scores)
        theirs = [max((next(scores) for _ in reading), default=numpy.nan)
                  for reading in self.readings]
        numpy.testing.assert_array_equal(numpy.isnan(theirs), numpy.isnan(self.ours))
        largest = numpy.nanmax(numpy.abs(theirs - self.ours))
        judged = numpy.count_nonzero(~numpy.isnan(theirs))
        print(f"{judged} of {len(theirs)} texts of {SAMPLE.name} judged, scores from "
              f"{numpy.nanmin(self.ours):.4f} to {numpy.nanmax(self.ours):.4f}, "
              f"largest difference {largest:.1e} (limit {LIMIT:.0e})")
        self.assertGreater(judged, 1_000)
        self.assertLessEqual(largest, LIMIT)

    def test_scores_are_the_logits_by_the_calibration(self):
        logits, scores = self.run_batch(self.texts[:BATCH])
        calibration = read(CHECKPOINT / "calibration.json")
        logits = (logits - calibration.get("shift", 0)) / calibration["temperature"]
        numpy.testing.assert_allclose(scores, 1 / (1 + numpy.exp(-logits)), atol=1e-6)

    def test_padding_changes_nothing(self):
        together = self.run_batch(self.texts[:BATCH])[0]
        alone = [self.run_batch([text])[0][0] for text in self.texts[:BATCH]]
        numpy.testing.assert_allclose(together, alone, atol=1e-4)

    def test_a_text_longer_than_the_model_reads_is_cut(self):
        most = read(CHECKPOINT / "config.json")["threat_indicator"]["max_length"]
        encoding = self.tokenizer.encode("long " * 1_000)
        self.assertEqual(len(encoding.ids), most)
        self.assertEqual(encoding.tokens[-1], "[SEP]")
        self.assertTrue(0 <= self.run_batch(["long " * 1_000])[1][0] <= 1)

    def test_the_file_says_what_a_user_of_it_must_know(self):
        facts = self.session.get_modelmeta().custom_metadata_map
        calibration = read(CHECKPOINT / "calibration.json")
        settings = read(CHECKPOINT / "config.json")["threat_indicator"]
        self.assertEqual(json.loads(facts["threshold"]), calibration["threshold"])
        self.assertEqual(json.loads(facts["languages"]), settings["languages"])
        self.assertEqual(facts["name"], settings["name"])
        self.assertEqual(int(facts["normaliser_version"]), settings["normaliser_version"])


if __name__ == "__main__":
    unittest.main()
