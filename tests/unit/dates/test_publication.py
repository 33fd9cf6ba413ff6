"""The choice of the publication moment among hostile and contradicting strings."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dates.publication import Candidate, choose, from_url, parse
from domain.model import Published

NOW = datetime(2024, 4, 23, 10, 0, tzinfo=UTC)

PARSED = {
    "iso with offset": ("2024-04-22T20:45:00", "2024-04-22T21:45:00+01:00"),
    "iso zulu": ("2024-04-22T21:45:00", "2024-04-22T21:45:00Z"),
    "iso fraction": ("2024-04-22T21:45:00", "2024-04-22T21:45:00.123+0000"),
    "iso naive": ("2024-04-22T21:45:00", "2024-04-22T21:45:00"),
    "iso with space": ("2024-04-22T21:45:00", "2024-04-22 21:45"),
    "iso space offset": ("2024-04-22T20:45:00", "2024-04-22T21:45:00 +0100"),
    "iso zone name": ("2024-04-22T21:45:00", "2024-04-22 21:45:00 UTC"),
    "iso bracketed zone": ("2024-04-22T20:45:00", "2024-04-22T21:45:00+01:00[Africa/Casablanca]"),
    "iso hours only": ("2024-04-22T20:45:00", "2024-04-22T21:45:00+01"),
    "compact": ("2024-04-22T21:45:00", "20240422T214500Z"),
    "compact no letter": ("2024-04-22T21:45:00", "20240422214500"),
    "day only": ("2024-04-22T12:00:00", "2024-04-22"),
    "next day by offset": ("2024-04-22T23:30:00", "2024-04-23T00:30:00+01:00"),
    "rfc 822": ("2024-04-22T20:45:00", "Mon, 22 Apr 2024 21:45:00 +0100"),
    "rfc 822 gmt": ("2024-04-22T21:45:00", "Mon, 22 Apr 2024 21:45:00 GMT"),
    "rfc 822 summer time": ("2024-04-22T19:45:00", "Mon, 22 Apr 2024 21:45:00 CEST"),
    "rfc 822 two-digit year": ("2024-04-23T02:45:00", "22 Apr 24 21:45 EST"),
    "french feed": ("2024-04-22T20:45:00", "lun., 22 avr. 2024 21:45:00 +0100"),
    "asctime": ("2024-04-22T21:45:00", "Mon Apr 22 21:45:00 2024"),
    "slashes": ("2024-04-22T12:00:00", "22/04/2024"),
    "slashes and time": ("2024-04-22T21:45:00", "22/04/2024 21:45"),
    "gmt plus": ("2024-04-22T20:45:00", "22/04/2024 21:45 GMT+1"),
    "french words": ("2024-04-22T21:45:00", "Publié le lundi 22 avril 2024 à 21h45"),
    "english words": ("2024-04-22T21:45:00", "April 22, 2024 9:45 pm"),
    "midnight": ("2024-04-22T00:05:00", "April 22, 2024 12:05 a.m."),
    "small may": ("2024-05-22T12:00:00", "22 may 2024"),
    "spanish words": ("2024-04-22T12:00:00", "lunes, 22 de abril de 2024"),
    "german dots": ("2024-04-22T21:45:00", "22.04.2024, 21:45 Uhr"),
    "arabic": ("2024-04-22T21:45:00", "الإثنين 22 أبريل 2024 - 21:45"),
    "arabic digits": ("2024-04-22T12:00:00", "٢٢ أبريل ٢٠٢٤"),
    "arabic evening": ("2024-04-22T21:45:00", "22 أبريل 2024 9:45 م"),
    "unix": ("2024-04-22T20:45:00", "1713818700"),
    "unix milliseconds": ("2024-04-22T20:45:00", "1713818700000"),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "value"), PARSED.values(), ids=PARSED)
def test_form_is_parsed_to_utc(expected: str, value: str) -> None:
    """Each form that pages and feeds use gives its moment in UTC."""
    moment = parse(value)
    assert moment is not None
    assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["", " ", "yesterday", "il y a 2 heures", "0000-00-00", "2024-13-40", "9999-12-31T23:59:59-12:00",
     "2024-04-22T25:00:00Z", "2024-04-22T21:45:00+99:00", "Tue, 31 Feb 2024 10:00:00 GMT", "x" * 5000,
     "1/1/1", "null", "{{ date }}", "2024", "\x00\x00", "12:30"],
)  # fmt: skip
def test_unreadable_string_is_no_date(value: str) -> None:
    """What states no day is passed over, never guessed."""
    assert parse(value) is None


@settings(deadline=None)
@given(value=st.text(max_size=250), source=st.sampled_from(["meta", "url", "feed", "odd", ""]))
def test_any_string_is_survived(value: str, source: str) -> None:
    """No string fails, and what is chosen lies in the allowed time and is aware UTC."""
    chosen = choose([Candidate(value, source)], NOW)
    assert chosen is None or (chosen.at.utcoffset() == NOW.utcoffset() and chosen.at.year > 1993)


@settings(deadline=None)
@given(value=st.text(max_size=2500))
def test_any_address_is_survived(value: str) -> None:
    """No address fails."""
    assert from_url(value) is None or isinstance(from_url(value), date)


@settings(deadline=None)
@given(at=st.datetimes(datetime(1995, 1, 1), datetime(2024, 4, 23), timezones=st.just(UTC)))  # noqa: DTZ001
def test_iso_moment_comes_back(at: datetime) -> None:
    """An ISO moment to the second is read back as itself."""
    at = at.replace(microsecond=0)
    chosen = choose([Candidate(at.isoformat(), "json_ld")], NOW)
    assert chosen is not None
    assert chosen.at == at


def _choose(*pairs: tuple[str, str], now: datetime = NOW) -> Published | None:
    return choose([Candidate(value, source) for source, value in pairs], now)


def test_page_data_goes_before_meta_feed_text_and_address() -> None:
    """Of agreeing sources the most credible is named, whatever the order they come in."""
    pairs = [
        ("htmldate", "2024-04-22"), ("url", "https://x.ma/2024/04/22/a"), ("text", "22/04/2024 20:00"),
        ("feed", "Mon, 22 Apr 2024 20:00:00 GMT"), ("meta", "2024-04-22T20:00:00Z"),
        ("json_ld", "2024-04-22T20:00:00Z"),
    ]  # fmt: skip
    while pairs:
        chosen = _choose(*pairs)
        assert chosen is not None
        assert chosen.source == pairs[-1][0]
        pairs.pop()


def test_given_publication_goes_before_all() -> None:
    """What came with the article itself is not outvoted by its page."""
    chosen = _choose(
        ("url", "/2023/01/02/"), ("feed", "2023-01-02T10:00:00Z"), ("input", "2024-04-22T20:00:00Z")
    )
    assert chosen is not None
    assert (chosen.source, chosen.at.date()) == ("input", date(2024, 4, 22))


def test_agreement_raises_belief_and_contradiction_lowers_it() -> None:
    """Independent sources move the confidence; page data and meta are one voice."""
    alone = _choose(("meta", "2024-04-22T20:00:00Z"))
    echoed = _choose(("meta", "2024-04-22T20:00:00Z"), ("json_ld", "2024-04-22T20:00:00Z"))
    agreed = _choose(("meta", "2024-04-22T20:00:00Z"), ("url", "/2024/04/22/"))
    disputed = _choose(("meta", "2024-04-22T20:00:00Z"), ("url", "/2024/03/02/"))
    assert alone
    assert echoed
    assert agreed
    assert disputed
    assert disputed.confidence < alone.confidence < agreed.confidence
    assert echoed.confidence == _choose(("json_ld", "2024-04-22T20:00:00Z")).confidence  # type: ignore[union-attr]


def test_naive_time_is_taken_as_utc_and_believed_less() -> None:
    """A time without a zone is UTC, with less confidence than the same with one."""
    naive, aware = (
        _choose(("meta", "2024-04-22T20:00:00")),
        _choose(("meta", "2024-04-22T20:00:00Z")),
    )
    assert naive
    assert aware
    assert naive.at == aware.at
    assert naive.confidence < aware.confidence


@pytest.mark.parametrize("source", ["meta", "json_ld"])
def test_lone_page_date_loses_to_two_that_agree(source: str) -> None:
    """A page date more than two days off two agreeing others is that of a template or an edit."""
    chosen = _choose(
        (source, "2019-01-01T00:00:00Z"),
        ("feed", "Mon, 22 Apr 2024 21:45:00 GMT"),
        ("url", "https://x.ma/2024/04/22/a"),
    )
    assert chosen is not None
    assert (chosen.source, chosen.at.date()) == ("feed", date(2024, 4, 22))


def test_page_date_stands_against_one_other_or_its_own_echo() -> None:
    """One contradicting source, or htmldate re-reading it, does not outvote the page."""
    chosen = _choose(
        ("meta", "2024-04-20T00:00:00Z"), ("url", "/2024/03/02/"), ("htmldate", "2024-03-02")
    )
    assert chosen is not None
    assert chosen.source == "meta"


def test_two_days_apart_is_no_contradiction() -> None:
    """A republication within two days keeps the order of the sources."""
    chosen = _choose(
        ("meta", "2024-04-22T20:00:00Z"), ("feed", "2024-04-20T20:00:00Z"), ("url", "/2024/04/20/")
    )
    assert chosen is not None
    assert chosen.source == "meta"


def test_bare_day_takes_the_time_of_an_agreeing_source() -> None:
    """Where the better source tells only the day, the hour comes from one that agrees."""
    chosen = _choose(("json_ld", "2024-04-22"), ("feed", "Mon, 22 Apr 2024 21:45:00 GMT"))
    assert chosen is not None
    assert (chosen.source, chosen.at.hour) == ("feed", 21)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("2024-04-23T10:59:00Z", True),
        ("2024-04-23T11:01:00Z", False),
        ("2024-04-24", False),
        ("2999-01-01", False),
        ("1994-04-24T10:00:00Z", True),
        ("1994-04-22T10:00:00Z", False),
        ("0001-01-01", False),
    ],
)
def test_impossible_moment_is_refused_not_clamped(value: str, accepted: bool) -> None:
    """Beyond an hour from now or 30 years ago there is no publication date."""
    assert (_choose(("meta", value)) is not None) is accepted


def test_future_date_leaves_the_field_to_the_others() -> None:
    """A refused candidate has no say: the next source is taken with full belief."""
    chosen = _choose(("json_ld", "2031-01-01T00:00:00Z"), ("feed", "2024-04-22T20:00:00Z"))
    assert chosen == _choose(("feed", "2024-04-22T20:00:00Z"))


def test_bare_day_of_today_is_not_in_the_future() -> None:
    """Before noon a bare day of today is placed at now, on the same day."""
    chosen = _choose(("meta", "2024-04-23"))
    assert chosen is not None
    assert chosen.at == NOW


def test_leap_day_now_is_no_failure() -> None:
    """Thirty years before 29 February exists for the comparison."""
    assert _choose(("meta", "2024-02-28"), now=datetime(2024, 2, 29, 12, tzinfo=UTC)) is not None


def test_nothing_readable_is_none() -> None:
    """Without a possible date there is none."""
    assert _choose(("meta", "n/a"), ("url", "https://x.ma/a")) is None


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        (date(2024, 4, 22), "https://x.ma/2024/04/22/slug"),
        (date(2024, 4, 2), "/2024/4/2"),
        (date(2016, 11, 24), "https://x.ma/2016/11/24/attentat-dejoue_1525038"),
        (date(2024, 4, 22), "https://x.ma/slug-20240422.html"),
        (date(2024, 4, 22), "https://x.ma/22-04-2024/slug"),
        (date(2024, 4, 22), "https://x.ma/fr/2024-04-22-slug"),
        (None, "https://x.ma/2024/04/slug"),
        (None, "https://x.ma/2024/13/45/slug"),
        (None, "https://x.ma/article-123420240422"),
        (None, "https://x.ma/a?date=2024/04/22"),
        (None, "http://[::1"),
        (None, ""),
    ],
)
def test_day_in_an_address(expected: date | None, url: str) -> None:
    """A full day in the path is read; a month, an article number or a query is not."""
    assert from_url(url) == expected
