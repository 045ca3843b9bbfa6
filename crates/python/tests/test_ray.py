"""Ray, on small clusters in this machine: `just test-ray`."""

import itertools
import threading

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.ray

import pyarrow
from ray.cluster_utils import Cluster

from threat_indicator import Scorer, Verdict
from threat_indicator.ray import Score


@pytest.fixture
def cluster():
    # Two for the actors: with no more than these the tasks that feed them would wait for ever.
    ray.init(num_cpus=4, include_dashboard=False, object_store_memory=100_000_000)
    yield
    ray.shutdown()


@pytest.fixture
def two_nodes():
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    second = cluster.add_node(num_cpus=2)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster, second
    ray.shutdown()
    cluster.shutdown()


def test_a_pool_of_actors_gives_every_row_its_verdict_once(cluster, texts):
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


def test_a_node_that_is_lost_takes_no_row_with_it(two_nodes, texts):
    cluster, second = two_nodes
    rows = list(itertools.islice(itertools.cycle(texts), 20_000))
    table = pyarrow.table({"id": list(range(len(rows))), "text": rows})
    scored = ray.data.from_arrow(table).repartition(32).map_batches(
        Score,
        fn_constructor_kwargs={"keep": ["id"]},
        # One at least: what the second node held moves to the first.
        concurrency=(1, 3),
        batch_size=64,
        batch_format="pyarrow",
    )
    # Once blocks have come back, without a word to anybody.
    lose = threading.Thread(target=cluster.remove_node, args=(second,), kwargs={"allow_graceful": False})
    ids, scores = [], {}
    for block in scored.iter_batches(batch_format="pyarrow", batch_size=None):
        ids += block["id"].to_pylist()
        scores.update(zip(block["id"].to_pylist(), block["score"].to_pylist(), strict=True))
        if lose.ident is None:
            lose.start()
    lose.join()
    assert len([node for node in ray.nodes() if node["Alive"]]) == 1
    assert sorted(ids) == list(range(len(rows))), "every row once"
    assert [scores[row] for row in range(len(rows))] == [it.score for it in Scorer.load().score(rows)]
