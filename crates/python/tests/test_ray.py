"""Ray, on a small cluster in this machine: `just test-ray`."""

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.ray

import pyarrow

from threat_indicator import Scorer, Verdict
from threat_indicator.ray import Score


@pytest.fixture(scope="module", autouse=True)
def cluster():
    # Two for the actors: with no more than these the tasks that feed them would wait for ever.
    ray.init(num_cpus=4, include_dashboard=False, object_store_memory=100_000_000)
    yield
    ray.shutdown()


def test_a_pool_of_actors_gives_every_row_its_verdict_once(texts):
    rows = [*texts[:60], None, ""]
    table = pyarrow.table({"id": list(range(len(rows))), "text": rows})
    scored = (
        ray.data.from_arrow(table)
        .repartition(6)
        .map_batches(
            Score,
            fn_constructor_kwargs={"keep": ["id"]},
            concurrency=2,
            batch_size=16,
            batch_format="pyarrow",
        )
    )
    found = {row["id"]: Verdict(*(row[field] for field in Verdict._fields)) for row in scored.take_all()}
    assert found == dict(enumerate(Scorer.load().score(rows)))
