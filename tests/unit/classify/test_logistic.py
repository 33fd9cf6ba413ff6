"""Small logistic models: what they give, and that those shipped are whole."""

from __future__ import annotations

import math

import pytest

from domain.classify.logistic import Model, load_model

COIN = Model(("heads", "tails"), (0.5, 0.0), (0.5, 2.0), (1.0, -1.0), 0.25)


def test_log_odds_are_the_sum_of_the_terms_and_the_intercept() -> None:
    """Each feature adds its weight times how far it is from its mean, in spreads."""
    assert COIN.terms({"heads": 1.0, "tails": 4.0}) == [("heads", 1.0), ("tails", -2.0)]
    assert COIN.log_odds({"heads": 1.0, "tails": 4.0}) == pytest.approx(-0.75)
    assert COIN.probability({"heads": 1.0, "tails": 4.0}) == pytest.approx(1 / (1 + math.e**0.75))


def test_a_feature_not_given_counts_as_nought() -> None:
    """Candidates need not carry features that do not concern them."""
    assert COIN.log_odds({}) == COIN.log_odds({"heads": 0.0, "tails": 0.0})


def test_shares_add_up_to_one_and_favour_the_better_candidate() -> None:
    """A choice among candidates is by their log-odds."""
    shares = COIN.shares([{"heads": 1.0}, {"tails": 1.0}])
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] > shares[1]


def test_no_value_is_too_large() -> None:
    """A hostile text may count a word a million times."""
    assert COIN.probability({"tails": 1e9}) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["relevance", "act", "day", "place", "actor", "theme"])
def test_the_shipped_models_hold_one_weight_a_feature(name: str) -> None:
    """A model is read whole, with spreads that can be divided by."""
    model = load_model(name)
    assert len(model.names) == len(set(model.names)) > 5
    assert min(model.spreads) > 0
    assert any(model.weights)
