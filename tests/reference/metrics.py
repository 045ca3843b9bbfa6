"""Writes metrics.json: what scikit-learn and SciPy say about small sets of scores.

    .venv/bin/python tests/reference/metrics.py

The crate `metrics` is held to these values to 1e-9 (crates/metrics/tests/reference.rs). A value
that scikit-learn itself calls undefined is written as null; the crate must then answer with an
error or with nothing. Where scikit-learn has no such function (threshold search, temperature,
Wilson's interval) the reference is a direct search or SciPy's root finder.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn
import sklearn.calibration
import sklearn.metrics as sk

LIMITS = [0.001, 0.01, 0.05]
BINS = 10


def confusion_at(scores, labels, threshold):
    flagged = scores >= threshold
    tn, fp, fn, tp = sk.confusion_matrix(labels, flagged, labels=[False, True]).ravel().tolist()
    defined = lambda value, denominator: value if denominator > 0 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both = tp + fn > 0 and tn + fp > 0
        return {
            "threshold": threshold,
            "counts": [tp, fp, tn, fn],
            "accuracy": sk.accuracy_score(labels, flagged),
            "balanced_accuracy": sk.balanced_accuracy_score(labels, flagged) if both else None,
            "precision": defined(sk.precision_score(labels, flagged), tp + fp),
            "recall": defined(sk.recall_score(labels, flagged), tp + fn),
            "specificity": defined(sk.recall_score(~labels, ~flagged), tn + fp),
            "f1": defined(sk.f1_score(labels, flagged), 2 * tp + fp + fn),
            "mcc": sk.matthews_corrcoef(labels, flagged)
            if both and tp + fp > 0 and tn + fn > 0
            else None,
        }


def curves(scores, labels):
    positives, negatives = int(labels.sum()), int((~labels).sum())
    found = {"roc_auc": None, "roc_curve": None, "tpr_at_fpr": None}
    found |= {"average_precision": None, "pr_curve": None}
    if positives and negatives:
        fpr, tpr, thresholds = sk.roc_curve(labels, scores, drop_intermediate=False)
        found["roc_auc"] = sk.roc_auc_score(labels, scores)
        # The first threshold is infinite, which JSON cannot say: left out.
        found["roc_curve"] = [fpr.tolist(), tpr.tolist(), thresholds[1:].tolist()]
        found["tpr_at_fpr"] = [float(tpr[fpr <= limit].max()) for limit in LIMITS]
    if positives:
        precision, recall, thresholds = sk.precision_recall_curve(labels, scores)
        found["average_precision"] = sk.average_precision_score(labels, scores)
        found["pr_curve"] = [
            precision[:-1][::-1].tolist(),
            recall[:-1][::-1].tolist(),
            thresholds[::-1].tolist(),
        ]
    return found


def calibration(scores, labels):
    found = {
        "brier": sk.brier_score_loss(labels, scores, pos_label=True),
        "log_loss": sk.log_loss(labels, scores, labels=[False, True]),
    }
    for strategy in ["uniform", "quantile"]:
        rate, mean = sklearn.calibration.calibration_curve(
            labels, scores, n_bins=BINS, strategy=strategy
        )
        if strategy == "uniform":
            edges = np.linspace(0, 1, BINS + 1)
        else:
            edges = np.percentile(scores, np.linspace(0, 1, BINS + 1) * 100)
        counts = np.bincount(np.searchsorted(edges[1:-1], scores), minlength=BINS)
        counts = counts[counts > 0]
        found[strategy] = {
            "rows": counts.tolist(),
            "positive_rate": rate.tolist(),
            "mean_score": mean.tolist(),
            "ece": float(np.sum(counts * np.abs(rate - mean)) / len(scores)),
        }
    return found


def search(scores, labels):
    """The best thresholds, by trying every score; of equals the highest threshold."""
    positives, negatives = int(labels.sum()), int((~labels).sum())
    points = []
    for threshold in sorted(set(scores.tolist()), reverse=True):
        flagged = scores >= threshold
        tp, fp = int((flagged & labels).sum()), int((flagged & ~labels).sum())
        points.append((threshold, tp, fp))

    def choose(value, allowed=lambda tp, fp: True):
        best = None
        for threshold, tp, fp in points:
            if allowed(tp, fp) and (best is None or value(tp, fp) > value(*best[1:])):
                best = (threshold, tp, fp)
        return best[0] if best else None

    found = {"max_f1": None, "precision": None, "fpr": None}
    if positives:
        found["max_f1"] = choose(lambda tp, fp: 2 * tp / (tp + fp + positives))
        found["precision"] = [
            [least, choose(lambda tp, fp: tp, lambda tp, fp: tp / (tp + fp) >= least)]
            for least in [0.5, 0.9, 1.0]
        ]
    if positives and negatives:
        found["fpr"] = [
            [limit, choose(lambda tp, fp: tp, lambda tp, fp: fp / negatives <= limit)]
            for limit in LIMITS + [0.5]
        ]
    return found


def temperature(scores, labels):
    """The root of the slope of the log loss by 1/T, where there is one inside 1/100..100."""
    if labels.all() or not labels.any() or scores.min() <= 0 or scores.max() >= 1:
        return None
    logits = scipy.special.logit(scores)
    slope = lambda inverse: float(np.sum(logits * (scipy.special.expit(inverse * logits) - labels)))
    if slope(0.01) >= 0 or slope(100.0) <= 0:
        return {"logits": logits.tolist(), "temperature": 100.0 if slope(0.01) >= 0 else 0.01}
    inverse = scipy.optimize.brentq(slope, 0.01, 100.0, xtol=1e-15, rtol=1e-14)
    warmed = np.where(labels, -logits, logits) * inverse
    return {
        "logits": logits.tolist(),
        "temperature": 1 / inverse,
        "log_loss": float(np.mean(np.logaddexp(0, warmed))),
    }


def case(name, scores, labels, thresholds):
    scores, labels = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    return {
        "name": name,
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "confusions": [confusion_at(scores, labels, threshold) for threshold in thresholds],
        **curves(scores, labels),
        **calibration(scores, labels),
        "search": search(scores, labels),
        "temperature": temperature(scores, labels),
    }


def cases():
    random = np.random.default_rng(20160603)

    def drawn(rows, share, strength, scale=1.0):
        labels = random.random(rows) < share
        logits = random.normal(0, 1.5, rows) + strength * (labels - 0.5)
        return scipy.special.expit(logits * scale), labels

    scores, labels = drawn(300, 0.5, 3.0)
    yield case("random", scores, labels, [0.5, 0.0, 1.0, float(scores[7])])
    scores, labels = drawn(400, 0.04, 3.0)
    yield case("rare positives", scores, labels, [0.5, 0.9])
    scores, labels = drawn(250, 0.5, 2.0, scale=4.0)
    yield case("overconfident", scores, labels, [0.5])
    scores, labels = drawn(250, 0.5, 4.0, scale=0.2)
    yield case("underconfident", scores, labels, [0.5])
    scores, labels = drawn(120, 0.5, -3.0)
    yield case("backwards", scores, labels, [0.5])
    scores, labels = drawn(300, 0.4, 2.0)
    yield case("tied", np.round(scores * 8) / 8, labels, [0.5, 0.125, 0.13])
    scores, labels = drawn(90, 0.5, 2.0)
    yield case("only 0 and 1", (scores > 0.5).astype(float), labels, [0.5, 1.0])
    yield case("constant", [0.5] * 20, [True] * 7 + [False] * 13, [0.5, 0.6])
    yield case("separated", [0.1, 0.2, 0.3, 0.7, 0.8], [False] * 3 + [True] * 2, [0.5, 0.7, 0.71])
    yield case("all positive", random.random(15), [True] * 15, [0.5])
    yield case("all negative", random.random(15), [False] * 15, [0.5])
    yield case("one positive row", [0.3], [True], [0.5, 0.3])
    yield case("one negative row", [0.3], [False], [0.5, 0.3])
    yield case("two rows", [0.3, 0.6], [False, True], [0.5])
    yield case("two level rows", [0.3, 0.3], [True, False], [0.3])


def wilson():
    for successes, trials, confidence in [(0, 10, 0.95), (3, 10, 0.95), (10, 10, 0.95), (87, 9025, 0.99)]:
        found = scipy.stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
        yield [successes, trials, confidence, float(found.low), float(found.high)]


def tidy(value):
    """NaN is not JSON, and no value here may be one."""
    if isinstance(value, float):
        assert math.isfinite(value), value
        return float(value)
    if isinstance(value, dict):
        return {key: tidy(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(inner) for inner in value]
    return value


if __name__ == "__main__":
    path = Path(__file__).with_name("metrics.json")
    document = {
        "made_by": "tests/reference/metrics.py",
        "scikit_learn": sklearn.__version__,
        "limits": LIMITS,
        "bins": BINS,
        "wilson": list(wilson()),
        "cases": list(cases()),
    }
    path.write_text(json.dumps(tidy(document), separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(document['cases'])} cases, {path.stat().st_size} bytes")
