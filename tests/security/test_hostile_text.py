"""Texts made to be slow: what they cost grows with their length, not with its square.

Work is counted in calls, which are the same on every machine; a pattern that runs wild inside one call is caught by
the promise that agents give (`DOMAIN_SECONDS`).
"""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import FrameType

import pytest

from agents.base import DOMAIN_SECONDS
from desk.watches import find_watch
from domain.classify.reading import read
from domain.clean import MAX_TEXT_CHARS, RawArticle, clean
from domain.errors import ParseError
from domain.knowledge import Knowledge
from domain.model import Article
from domain.text.html import extract_html
from domain.text.ranges import Ranges
from tests.harness.reliability import Reliability

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WATCH = find_watch("morocco-france")
KNOWLEDGE = Knowledge.load()
OPENING = "Le ministre marocain Laftit et le ministre français Darmanin ont signé à Rabat. "
# Linear work at four times the length is four times the work; sorting and dictionaries add a little.
MOST_GROWTH = 5.5
SMALL = 1_500

# What was measured to be worse than linear once (2026-11), and what looks like it.
REPEATED = [
    *("10 mai ", "Rabat ", "Maroc ", "France's ", "Ab cd.\n", "(AFP) ", "1, ", "a\n", "A. B. "),
    *("يوم الاثنين ", "وزير الداخلية ", "من 1 إلى ", "ministre de l'intérieur ", "Ab et ", "x-"),
]
# What backtracks: openings without an end, runs of one sign, near misses.
RUNS = [
    "<!--",
    "<a ",
    "&#",
    " ",
    "\n",
    "\t ",
    "0",
    "1.",
    "-",
    "/",
    "«",
    "(",
    "'",
    "\u0640",
    "\u200f",
    "http://a",
]


def read_text(text: str) -> object:
    """Read an article that begins as a true one."""
    return read(Article("a", "Rabat", OPENING + text, "fr"), WATCH, KNOWLEDGE)


def clean_text(text: str) -> object:
    """Clean plain text."""
    return clean(RawArticle(text=OPENING + text, media_type="text/plain"), NOW)


def clean_page(text: str) -> object:
    """Clean a page that carries the text in its head, its data and its body."""
    inert = text.replace('"', "'").replace("<", "(").replace("\\", "/")
    page = (
        f'<html><head><title>{inert}</title><meta property="article:published_time" content="{inert}">'
        f'<script type="application/ld+json">{{"datePublished":"{inert}"}}</script></head>'
        f"<body><article><p>{OPENING}</p>{text}</article></body></html>"
    )
    raw = RawArticle(
        body=page.encode(), entry_published=text, entry_title=text, published_hint=text
    )
    try:
        return clean(raw, NOW)
    except ParseError as e:  # too large to be read: refused is fine, slow is not
        return e


def calls(work: Callable[[str], object], text: str) -> int:
    """Return how many functions, of Python and of C, the work calls."""
    count = 0

    def see(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("work", "token"),
    [*((read_text, t) for t in REPEATED), *((clean_text, t) for t in REPEATED[::4])],
    ids=lambda v: v.__name__ if callable(v) else repr(v),
)
def test_work_grows_with_the_length_of_a_repeated_text(
    token: str, work: Callable[[str], object]
) -> None:
    """Four times the text is about four times the work."""
    work(token * 10)  # what is loaded once is not counted
    base = calls(work, "")
    small, large = (calls(work, (token * n)[:n]) - base for n in (SMALL, 4 * SMALL))
    assert large <= MOST_GROWTH * max(small, 1_000)


@pytest.fixture
def promise() -> Iterator[None]:
    """Fail the test that uses more processor time than an agent lets one article take."""

    def late(*_: object) -> None:
        pytest.fail(f"no result in {DOMAIN_SECONDS:g} s", pytrace=False)

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, DOMAIN_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.mark.usefixtures("promise")
@pytest.mark.parametrize("work", [clean_page, clean_text, read_text])
def test_runs_of_one_sign_are_read_within_what_agents_promise(
    work: Callable[[str], object],
) -> None:
    """All of them together, at 10,000 characters each: no pattern tries every way to match."""
    for token in RUNS:
        assert work((token * 10_000)[:10_000] + "!") is not None


@pytest.mark.usefixtures("promise")
def test_longest_text_that_clean_lets_through_is_read_within_the_promise() -> None:
    """200,000 characters of what cost most: a reading comes out of it."""
    text = ("10 mai " * MAX_TEXT_CHARS)[: MAX_TEXT_CHARS - len(OPENING)]
    assert read_text(text) is not None


@pytest.mark.usefixtures("promise")
def test_page_of_unclosed_tags_is_cut_and_its_beginning_read(reliability: Reliability) -> None:
    """80,000 elements that nobody closed, as many as the limit on signs lets through: the article is still found."""
    story = "".join(f"<p>{OPENING} Les deux pays ont convenu du point {n}.</p>" for n in range(9))
    page = f"<html><body><article>{story}{'<p>a ' * 79_000}</article></body></html>"
    started = time.process_time()
    found = extract_html(page, None)
    assert "convenu du point 8" in found.text
    seconds = time.process_time() - started
    reliability.seen(23, f"79,000 unclosed tags: the article read in {seconds:.1f} s of processor")


def test_place_in_ranges_is_found_as_by_looking_at_each() -> None:
    """Overlapping, touching, empty and unsorted ranges give what a look at all of them gives."""
    chance = random.Random(7)
    for _ in range(200):
        pairs = [
            (a, a + chance.randrange(-2, 8)) for a in (chance.randrange(60) for _ in range(12))
        ]
        ranges = Ranges(pairs)
        assert [n in ranges for n in range(-2, 75)] == [
            any(a <= n < b for a, b in pairs) for n in range(-2, 75)
        ]
