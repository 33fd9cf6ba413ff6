"""The closed sets of outcomes: each record ends each stage in exactly one of them.

They are metric labels and index facets, so a new one is a change of contract.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The stages an article passes, in order."""

    FETCH = "fetch"
    CLEAN = "clean"
    CLASSIFY = "classify"
    DETECT = "detect"
    INDEX = "index"
    DELIVER = "deliver"


class FetchOutcome(StrEnum):
    """What became of one entry seen in a feed, sitemap, list page or file."""

    PRODUCED = "produced"
    PARTIAL = "partial"  # the page could not be had; the feed's own text was produced
    SEEN = "seen"  # produced before, nothing changed
    SKIPPED = "skipped"  # filtered out by the source's include/exclude rules, or not an article
    FAILED = "failed"  # will be tried again at the next poll


class CleanOutcome(StrEnum):
    """What became of a fetched article in `clean`."""

    CLEANED = "cleaned"
    EMPTY = "empty"  # no article text on the page
    DEAD_LETTER = "dead_letter"


class ClassifyOutcome(StrEnum):
    """What `classify` says of one article for one watch."""

    RELEVANT = "relevant"
    OFF = "off"
    DEAD_LETTER = "dead_letter"


class Verdict(StrEnum):
    """What `detect` says of one article for one watch (docs/glossary.md)."""

    NEW = "NEW"
    UPDATE = "UPDATE"
    REPEAT = "REPEAT"
    RECAP = "RECAP"
    OFF = "OFF"


class IndexOutcome(StrEnum):
    """What became of one document in `index`."""

    INDEXED = "indexed"
    ALREADY = "already"  # the same document, or a newer version of it, is there
    DEAD_LETTER = "dead_letter"


class DeliverOutcome(StrEnum):
    """What became of one alert on one channel in `deliver`."""

    SENT = "sent"
    ALREADY = "already"  # this idempotency key was sent before
    DIGESTED = "digested"  # held back beyond the limit of an hour, then told in a digest
    DEAD_LETTER = "dead_letter"
