"""What articles of a hand never seen would see: `python -m bench.held_out [SET ...]`.

Every corpus was written by another hand. For each named one (all, if none is) all models are learnt
anew from the others, the whole offline path is run on it with those, and the figures of the quality
gate are printed. The rules and vocabularies are those of today, and some were mended after reading
errors of these corpora: the first sight of a new corpus (docs/detection.md) is the harder test.
Writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import field_samples, train_fields, train_relevance
from bench.eval_gate import SHOWN, load, run_vigie
from bench.scorer import score
from desk.commands.score import figures
from domain.classify.logistic import Model, load_model


def learnt_without(
    left_out: str,
    table: train_relevance.Samples,
    fields: dict[str, list[field_samples.Sample]],
) -> dict[str, Model]:
    """Return every model, learnt from all corpora but one."""
    relevance = train_relevance.train(table, np.asarray(table.corpus != left_out))
    zeros = np.zeros(len(table.sentence_names))
    models = {
        "relevance": _model(
            table.names,
            relevance.means,
            relevance.spreads,
            relevance.weights,
            relevance.intercept,
        ),
        "passage": _model(
            table.sentence_names,
            zeros,
            relevance.sentence_spreads,
            relevance.sentence_weights,
            relevance.sentence_intercept,
        ),
    }
    for name, found in fields.items():
        fitted = train_fields.fit(name, [s for s in found if s.corpus != left_out])
        models[name] = _model(
            fitted.names, fitted.means, fitted.spreads, fitted.weights, fitted.intercept
        )
    return models


def _model(
    names: list[str],
    means: train_relevance.Array,
    spreads: train_relevance.Array,
    weights: train_relevance.Array,
    intercept: float,
) -> Model:
    return Model(
        tuple(names), tuple(means.tolist()), tuple(spreads.tolist()), tuple(weights.tolist()), intercept
    )  # fmt: skip


@contextmanager
def using(models: dict[str, Model]) -> Iterator[None]:
    """Let the detector use these models instead of those shipped."""
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("domain.classify.") and getattr(module, "load_model", None):
                stack.enter_context(patch.object(module, "load_model", models.__getitem__))
        yield


def main() -> None:
    """Print one line for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET")
    names = parser.parse_args().sets or list(train_relevance.CORPORA)
    unknown = sorted(set(names) - set(train_relevance.CORPORA))
    if unknown:
        parser.error(f"{unknown}, expected some of {', '.join(train_relevance.CORPORA)}")
    shown = Table("left out", *SHOWN, title="learnt from the others", title_justify="left")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading all corpora", total=len(names) + 1)
        table = train_relevance.tabulate(train_relevance.samples(train_relevance.articles()))
        fields = field_samples.samples()
        load_model.cache_clear()
        for name in names:
            progress.update(task, advance=1, description=f"without {name}")
            with using(learnt_without(name, table, fields)):
                for noisy in (False, True):
                    rows = load(name, noisy)
                    reached = figures(score(rows, run_vigie(rows)))
                    cells = [f"{reached[key]:.3f}" for key in SHOWN]
                    shown.add_row(f"{name}.noisy" if noisy else name, *cells)
    Console(width=150).print(shown)


if __name__ == "__main__":
    main()
