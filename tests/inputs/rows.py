"""Holds `score` to Python's csv module: rows in equal rows out.

    just test-rows [FOLDER]

1,000 files are generated, nasty ones: quotes, delimiters, line ends, encodings, packing. Files that are whole
must come out with the very rows that Python reads; of broken ones either that, or a refusal in one
line. Then all files of FOLDER are scored and their rows counted.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import math
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter

csv.field_size_limit(sys.maxsize)

WORDS = "the a quiet day rain in town, said; he she | café ümlaut 你好 😀 e\u0301 5\" pipe 'so' \\n \\ # = + @user".split(" ")
PIECES = ["\"", "\"\"", ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "\u2028", "\u0085", "\u00a0", "\ufeff", ""]


def text(rng, pieces):
    words = rng.choices(WORDS, k=rng.randint(0, 8))
    for _ in range(rng.choice([0, 0, 1, 3])):
        words.insert(rng.randint(0, len(words)), rng.choice(pieces))
    return rng.choice(["", " "]).join(words)


def tiny(model, folder):
    """A checkpoint with the tokenizer of `model` and a network so small that only reading takes time."""
    config = json.loads((model / "config.json").read_text())
    sizes = {"embedding_size": 8, "hidden_size": 8, "intermediate_size": 16}
    smaller = {config[name]: size for name, size in sizes.items()}
    config |= sizes | {"num_hidden_layers": 1, "num_attention_heads": 2}
    with open(model / "model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    rng, data, tensors = random.Random(1), b"", {}
    for name, tensor in header.items():
        if name == "__metadata__" or ".layer." in name and ".layer.0." not in name:
            continue
        shape = [smaller.get(size, size) for size in tensor["shape"]]
        begin = len(data)
        data += struct.pack(f"<{math.prod(shape)}f", *(rng.gauss(0, 0.1) for _ in range(math.prod(shape))))
        tensors[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    header = json.dumps(tensors).encode()
    weights = struct.pack("<Q", len(header)) + header + data
    config["threat_indicator"].pop("others", None)
    config["threat_indicator"]["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    folder.mkdir()
    for name in ["calibration.json", "training.json", "tokenizer.json", "README.md"]:
        shutil.copy(model / name, folder)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def whole_csv(rng):
    """A well-formed CSV file, as csv.writer and others write it."""
    delimiter = rng.choice([",", ",", ";", "|"])
    end = rng.choice(["\n", "\r\n", "\r"])
    columns = ["id", "text", "note"][: rng.choice([2, 3])]
    rows = [[row] + [text(rng, PIECES) for _ in columns[1:]] for row in range(rng.randint(1, 12))]
    # csv.writer leaves line breaks bare that are not its own.
    bare = any(set(str(field)) & set("\r\n") - set(end) for row in rows for field in row)
    quoting = csv.QUOTE_ALL if bare else rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
        if rng.random() < 0.1:
            out.write(end)
    body = out.getvalue()
    if rng.random() < 0.2:
        body = body.removesuffix(end)
    return body, ".csv", {"delimiter": delimiter}


def whole_tsv(rng):
    """A tab-separated file, in which quotes are letters."""
    end = rng.choice(["\n", "\r\n"])
    pieces = [piece for piece in PIECES if not set(piece) & set("\t\r\n")]
    rows = [["id", "text", "label"]]
    rows += [[str(row), text(rng, pieces), "0"] for row in range(rng.randint(1, 12))]
    body = "".join("\t".join(row) + end for row in rows)
    return body, ".tsv", {"delimiter": "\t", "quoting": csv.QUOTE_NONE}


def broken_csv(rng):
    """Rows that were never quoted as they should have been."""
    delimiter = rng.choice([",", ";", "|"])
    pieces = ["\"", "\"", "\"\"", " ", ""]
    rows = [["id", "text", "label"]]
    for row in range(rng.randint(1, 12)):
        field = text(rng, pieces).replace(delimiter, " ")
        rows.append([str(row), rng.choice(["\"", "", ""]) + field + rng.choice(["", "\""]), "0"])
        if rng.random() < 0.05:
            rows[-1].append("more")
    body = "".join(delimiter.join(row) + "\n" for row in rows)
    return body, ".csv", {"delimiter": delimiter}


def lines(rng):
    end = rng.choice(["\n", "\r\n", "\r"])
    pieces = [piece for piece in PIECES if not set(piece) & set("\r\n")]
    return end.join(text(rng, pieces) for _ in range(rng.randint(2, 12))) + end, ".txt", None


def objects(rng):
    rows = [
        {"id": 10**22 + row, "text": text(rng, PIECES), "n": rng.choice([None, 1e2, [1, {"a": "b"}]])}
        for row in range(rng.randint(1, 12))
    ]
    for row in rows:
        if rng.random() < 0.1:
            row["text"] = rng.choice([None, 5, float("nan"), "half \ud83d"])
    ascii_only = rng.random() < 0.5 or "\\ud83d" in json.dumps(rows)
    if rng.random() < 0.5:
        return json.dumps(rows, ensure_ascii=ascii_only, indent=rng.choice([None, 2])), ".json", None
    end = rng.choice(["\n", "\r\n"])
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + end for row in rows), ".jsonl", None


def encoded(rng, body, kind):
    """Bytes, and whether they are to be written packed."""
    encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
    data = body.encode(encoding)
    return (gzip.compress(data), kind + ".gz") if rng.random() < 0.2 else (data, kind)


def expected(body, kind, dialect):
    """The rows that an independent reader finds, of a table with their fields."""
    if dialect is not None:
        rows = list(csv.reader(io.StringIO(body, newline=""), **dialect))
        return [row for row in rows if row][1:]
    if kind == ".txt":
        found = io.StringIO(body, newline=None).read().split("\n")
        return [[line] for line in found if line.strip()]
    if kind == ".json":
        return json.loads(body)
    return [json.loads(line) for line in body.split("\n") if line.strip()]


def score(program, checkpoint, path, output):
    command = [program, path, "--output", output, "--checkpoint", checkpoint, "--precision", "int8", "--threads", "1"]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def written(output, kind):
    with open(output, encoding="utf-8", newline="") as file:
        data = file.read()
    if kind in (".json", ".jsonl"):
        return [json.loads(line) for line in data.split("\n") if line]
    return list(csv.reader(io.StringIO(data, newline="")))[1:]


def same(found, rows, kind):
    if len(found) != len(rows):
        return False
    if kind in (".json", ".jsonl"):
        return all(one["id"] == other["id"] for one, other in zip(found, rows))
    return all(one[: len(other)] == other for one, other in zip(found, rows))


def generated(count, run, folder, seed):
    rng = random.Random(seed)
    counts, faults = Counter(), []
    makers = [whole_csv, whole_csv, whole_tsv, broken_csv, lines, objects]
    for number in range(count):
        maker = makers[number % len(makers)]
        body, kind, dialect = maker(rng)
        # At the beginning of a file it is no letter.
        body = body.removeprefix("\ufeff")
        data, ending = encoded(rng, body, kind)
        path, output = folder / f"{number}{ending}", folder / "out"
        path.write_bytes(data)
        rows = expected(body, kind, dialect)
        output.unlink(missing_ok=True)
        ran = run(path, output)
        errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
        if ran.returncode == 0 and same(written(output, kind), rows, kind):
            counts[maker.__name__, "equal"] += 1
        elif ran.returncode == 1 and len(errors) == 1 and (maker is broken_csv or not rows):
            counts[maker.__name__, "refused"] += 1
        else:
            faults.append(f"{path.name}: {len(rows)} rows expected; {ran.returncode}: {ran.stderr.strip()[:300]}\n{body!r}")
        path.unlink()
    for (maker, outcome), files in sorted(counts.items()):
        print(f"{maker}: {files} {outcome}")
    return faults


def count_rows(path):
    if path.suffix == ".csv":
        with open(path, newline="", encoding="utf-8-sig") as file:
            return sum(1 for row in csv.reader(file) if row) - 1
    if path.suffix == ".txt":
        with open(path, encoding="utf-8-sig") as file:
            return sum(1 for line in file if line.strip())
    return None


def of_folder(folder, run, scratch):
    faults = []
    for path in sorted(folder.rglob("*")):
        rows = count_rows(path) if path.is_file() else None
        if rows is None:
            continue
        output = scratch / "out"
        output.unlink(missing_ok=True)
        ran = run(path, output)
        found = len(written(output, path.suffix)) if ran.returncode == 0 else None
        print(f"{path.name}: {rows} rows in, {found} out")
        if found != rows:
            faults.append(f"{path}: {rows} rows in, {found} out: {ran.stderr.strip()[:300]}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="also score all .csv and .txt files in it")
    parser.add_argument("--files", type=int, default=1000, help="how many files to generate [1000]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default="target/debug/threat-score")
    parser.add_argument("--checkpoint", type=pathlib.Path, help="score by this model [a tiny one made for the purpose]")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        bundled = sorted(pathlib.Path("checkpoints").glob("*/calibration.json"))
        checkpoint = args.checkpoint or tiny(bundled[-1].parent, scratch / "tiny")
        run = lambda path, output: score(args.program, checkpoint, path, output)
        faults = generated(args.files, run, scratch, args.seed)
        if args.folder:
            faults += of_folder(args.folder, run, scratch)
    for fault in faults:
        print("FAULT", fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
