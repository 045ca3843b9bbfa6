"""``python -m threat_indicator score FILE``: scores the rows of a file.

For big files the program ``score`` of the same project is faster to start; it reads and writes the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from threat_indicator import ModelError, Scorer, __version__
from threat_indicator._added import check_column, names_beside

_ROWS_IN_A_CHUNK = 1024


class _Mistake(Exception):
    """Something that the user can put right; the message is all there is to say."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; 0 if all went well."""
    options = _parser().parse_args(arguments)
    try:
        _score(options)
    except (ModelError, ValueError, _Mistake) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Our reader has enough, as `head` does. What is buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error).splitlines()[0]
        print(f"error: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m threat_indicator",
        description="Scores posts by how much they resemble pro-ISIS posts. A score is for a person's "
        "attention, not for a decision.",
    )
    parser.add_argument("--version", action="version", version=f"threat-indicator {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    score = commands.add_parser(
        "score",
        help="score the rows of a CSV, JSON lines or Parquet file",
        description="Writes the rows of a CSV file, of JSON lines (.jsonl) or of Parquet (.parquet, needs pyarrow) out "
        "in the same form with score, label, band, "
        "reason, lang, truncated and error added. An added column whose name is taken is called "
        "threat_label and so on.",
    )
    score.add_argument("file", metavar="FILE", help="what to score; - for CSV from standard input")
    score.add_argument(
        "--output",
        metavar="FILE",
        default="-",
        help="where the scored rows go; - for standard output, the default. A file appears when it is "
        "whole",
    )
    score.add_argument(
        "--text-column", metavar="NAME", default="text", help="the column with the text; text by default"
    )
    score.add_argument(
        "--checkpoint", metavar="DIR", help="folder of the model; the package's own by default"
    )
    score.add_argument(
        "--precision",
        choices=["auto", "f32", "bf16", "int8"],
        default="auto",
        help="auto by default: 8 bits, and f32 where those could show in the score",
    )
    score.add_argument("--threads", metavar="N", type=int, help="all cores by default")
    return parser


def _score(options: argparse.Namespace) -> None:
    if options.file.endswith(".parquet"):
        _score_parquet(options)
        return
    is_json = options.file.endswith((".jsonl", ".ndjson"))
    with _opened(options.file) as source, _written(options.output) as target:
        rows, columns = (_json_rows if is_json else _csv_rows)(source, options.file)
        first = list(islice(rows, _ROWS_IN_A_CHUNK))
        if is_json:
            columns = list({name: None for row in first for name in row})
        if first or columns:
            check_column(options.text_column, columns, f"{options.file}, --text-column")
        names = names_beside(columns)
        scorer = Scorer.load(options.checkpoint, options.precision, options.threads)
        write = _json_writer(target) if is_json else _csv_writer(target, [*columns, *names.values()])
        while first:
            fields = scorer.score_columns([row.get(options.text_column) for row in first])
            for place, row in enumerate(first):
                late = row.keys() & names.values()
                if late:
                    raise _Mistake(
                        f"{options.file}: the field {min(late)!r} appears when earlier rows were already "
                        "written with one of the model: rename it in the input"
                    )
                write(row | {name: fields[field][place] for field, name in names.items()})
            first = list(islice(rows, _ROWS_IN_A_CHUNK))


def _score_parquet(options: argparse.Namespace) -> None:
    try:
        import pyarrow
        from pyarrow import parquet

        from threat_indicator._arrow import added_columns, added_fields
    except ImportError as error:
        raise _Mistake(f"{options.file}: Parquet needs pyarrow: pip install pyarrow") from error
    if options.output == "-":
        raise _Mistake(f"{options.file}: what comes out is Parquet, too: name a file with --output")
    try:
        with parquet.ParquetFile(options.file) as source:
            schema = source.schema_arrow
            check_column(options.text_column, schema.names, f"{options.file}, --text-column")
            for field in added_fields(names_beside(schema.names)):
                schema = schema.append(field)
            scorer = Scorer.load(options.checkpoint, options.precision, options.threads)
            with _place(options.output) as partial, parquet.ParquetWriter(partial, schema) as target:
                for batch in source.iter_batches(_ROWS_IN_A_CHUNK):
                    columns = batch.columns + added_columns(scorer, batch.column(options.text_column))
                    target.write_batch(pyarrow.RecordBatch.from_arrays(columns, schema=schema))
    except (pyarrow.ArrowException, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise _Mistake(f"{options.file}: {str(error).splitlines()[0]}") from error


def _csv_rows(source: TextIO, file: str) -> tuple[Iterator[dict[str, Any]], list[str]]:
    csv.field_size_limit(sys.maxsize)  # what is too long is for the scorer to say
    reader = csv.DictReader(source)
    columns = list(reader.fieldnames or [])

    def rows() -> Iterator[dict[str, Any]]:
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise _Mistake(
                        f"{file}, line {reader.line_num}: the row has not as many fields as the header"
                    )
                yield row
        except csv.Error as error:
            raise _Mistake(f"{file}, line {reader.line_num}: {error}") from error

    return rows(), columns


def _json_rows(source: TextIO, file: str) -> tuple[Iterator[dict[str, Any]], list[str]]:
    def rows() -> Iterator[dict[str, Any]]:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise _Mistake(f"{file}, line {number}: no JSON: {error}") from error
            if not isinstance(row, dict):
                raise _Mistake(f"{file}, line {number}: expected a JSON object")
            yield row

    return rows(), []


def _csv_writer(target: TextIO, columns: list[str]) -> Any:
    writer = csv.DictWriter(target, columns, lineterminator="\n")
    writer.writeheader()

    def write(row: dict[str, Any]) -> None:
        # A flag as `score` writes it.
        writer.writerow(
            {name: str(it).lower() if isinstance(it, bool) else it for name, it in row.items()}
        )

    return write


def _json_writer(target: TextIO) -> Any:
    def write(row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False)
        # Half of a surrogate pair can be written as an escape only, which is how it was read.
        target.write((line if _is_text(line) else json.dumps(row)) + "\n")

    return write


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _opened(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return
    try:
        with open(file, encoding="utf-8-sig", newline="") as source:
            yield source
    except UnicodeDecodeError as error:
        raise _Mistake(f"{file}: it is not UTF-8: {error.reason} at byte {error.start}") from error


@contextmanager
def _written(file: str) -> Iterator[TextIO]:
    """A file that appears whole or not at all."""
    if file == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    with _place(file) as partial, open(partial, "w", encoding="utf-8", newline="") as target:
        yield target


@contextmanager
def _place(file: str) -> Iterator[Path]:
    """Where to write what goes to ``file`` once it is whole."""
    place = Path(file)
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, place)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
