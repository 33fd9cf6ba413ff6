"""One poll of one source, from its listing to the acknowledged records.

listing -> [304: done] -> entries -> filter -> seen? -> page -> record -> publish -> state
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from connectors.articles import from_entry, from_page
from connectors.entries import DateBounds, Entry, ParsedFeed
from connectors.feeds import Document
from connectors.fetch import Fetched, Fetcher, StatusError, Validators
from connectors.metrics import ConnectorMetrics
from connectors.options import ConnectorOptions
from connectors.parser_pool import ParserPool
from connectors.publisher import Publisher
from connectors.sources import Source, is_wanted
from connectors.state import SeenEntry, State
from domain.errors import FetchError, ParseError, SinkRejected, SinkUnavailable
from domain.outcome import FetchOutcome
from runtime.http_body import MAX_BODY_BYTES, gunzip
from runtime.http_guard import FetchReason
from schemas.records import FetchedArticle

log = structlog.get_logger("connectors")

FEED_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5, */*;q=0.1"
# The page may be there the next time; every other failure is the page's own and lasting.
PASSING = frozenset(
    {
        FetchReason.BACK_OFF,
        FetchReason.CONNECT,
        FetchReason.DNS,
        FetchReason.SERVER_ERROR,
        FetchReason.THROTTLED,
    }
)
_TAGS = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a poll works with; all of it is shared by the polls of a process."""

    options: ConnectorOptions
    publisher: Publisher
    state: State
    fetcher: Fetcher
    parser: ParserPool
    clock: Callable[[], datetime]
    metrics: ConnectorMetrics
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class PollResult:
    """How a poll went: `ok`, `not_modified`, or the reason the listing could not be read."""

    status: str
    counts: Counter[FetchOutcome] = field(default_factory=Counter)
    detail: str = ""
    retry_after_seconds: float = 0.0
    max_age_seconds: float = 0.0
    moved_to: str = ""

    @property
    def ok(self) -> bool:
        """Return whether the listing was had."""
        return self.status in {"ok", "not_modified"}


@dataclass(frozen=True, slots=True)
class _Listing:
    """The entries of a source's documents, and the validators to keep once all of them are settled."""

    entries: list[tuple[Entry, str]]
    validators: list[tuple[str, Validators]]
    unchanged: bool
    max_age_seconds: float = 0.0
    moved_to: str = ""


async def poll(source: Source, url: str, tools: Tools) -> PollResult:
    """Poll a source once at the given address; every failure of the source is in the result, none is raised."""
    try:
        listing = await _read_listing(source, url, tools)
    except (FetchError, ParseError) as e:
        after = e.retry_after_seconds if isinstance(e, StatusError) else None
        return PollResult(str(e.reason), detail=str(e), retry_after_seconds=after or 0.0)
    if listing.unchanged:
        return PollResult(
            "not_modified", max_age_seconds=listing.max_age_seconds, moved_to=listing.moved_to
        )
    counts = await _settle_all(source, listing.entries, tools)
    if not counts[FetchOutcome.FAILED]:
        # With a failed entry the listing must come back in full, or a 304 would hide the entry.
        for document_url, validators in listing.validators:
            tools.state.save_validators(source.id, document_url, validators)
    return PollResult(
        "ok", counts, max_age_seconds=listing.max_age_seconds, moved_to=listing.moved_to
    )


async def _read_listing(source: Source, url: str, tools: Tools) -> _Listing:
    first = await _fetch_listing(source, url, tools)
    if first.not_modified:
        return _Listing([], [], True, first.max_age_seconds, first.moved_to)
    feed = await _parse(source, first, tools)
    if not feed.children:
        entries = [(entry, first.url) for entry in feed.entries]
        validators = [(url, first.validators)]
        return _Listing(entries, validators, False, first.max_age_seconds, first.moved_to)
    # An index keeps no validators of its own: it may stay the same while its sitemaps change.
    entries, validators, unchanged = [], [], True
    for child in feed.children[: tools.options.sitemap_children]:
        document = await _fetch_listing(source, child, tools)
        if not document.not_modified:
            unchanged = False
            below = await _parse(source, document, tools)  # an index below an index is not followed
            entries += [(entry, document.url) for entry in below.entries]
            validators.append((child, document.validators))
    return _Listing(entries, validators, unchanged, first.max_age_seconds, first.moved_to)


async def _fetch_listing(source: Source, url: str, tools: Tools) -> Fetched:
    known = tools.state.validators(source.id, url)
    accept = PAGE_ACCEPT if source.kind == "list" else FEED_ACCEPT
    return await _fetch(source, url, tools, accept, known)


async def _fetch(
    source: Source, url: str, tools: Tools, accept: str, validators: Validators | None = None
) -> Fetched:
    """Fetch and count the request, its time and its bytes."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        fetched = await tools.fetcher.get(url, validators=validators, accept=accept)
    except FetchError as e:
        tools.metrics.count_request(source.id, str(e.reason))
        raise
    finally:
        tools.metrics.observe_duration(source.id, loop.time() - started)
    tools.metrics.count_request(source.id, "not_modified" if fetched.not_modified else "ok")
    tools.metrics.count_bytes(source.id, fetched.wire_bytes)
    return fetched


async def _parse(source: Source, fetched: Fetched, tools: Tools) -> ParsedFeed:
    body = fetched.body
    if body.startswith(b"\x1f\x8b"):
        if fetched.unpacked:
            raise FetchError(
                "read body", source.id, "gzip inside gzip", reason=FetchReason.ENCODING
            )
        body = gunzip(body, MAX_BODY_BYTES, source.id)
    document = Document(
        kind=source.kind,
        body=body,
        bounds=DateBounds.around(tools.clock()),
        charset=fetched.charset,
        url=fetched.url,
        name=source.id,
        link_pattern=source.link_pattern,
    )
    return await tools.parser.parse(document)


async def _settle_all(
    source: Source, entries: list[tuple[Entry, str]], tools: Tools
) -> Counter[FetchOutcome]:
    """Bring every entry to its outcome, oldest first, a few at once; counts each exactly once."""
    repeated = Counter(entry.id for entry, _ in entries)
    # Listings show the newest first; the first report of an event should be the first record of it.
    now = tools.clock()
    oldest_first = entries[::-1]
    ordered = sorted(oldest_first, key=lambda pair: (pair[0].published or now).timestamp())
    keys = {id(entry): entry_key(entry, repeated[entry.id] > 1) for entry, _ in ordered}
    places = asyncio.Semaphore(tools.options.entries_at_once)
    started: set[str] = set()
    counts: Counter[FetchOutcome] = Counter()

    async def settle(entry: Entry, feed_url: str) -> None:
        key = keys[id(entry)]
        async with places:
            if key in started:  # the same entry twice in one listing
                outcome = FetchOutcome.SEEN
            else:
                started.add(key)
                outcome = await _settle_safely(source, entry, key, feed_url, tools)
        counts[outcome] += 1
        tools.metrics.count_outcome(outcome)

    async with asyncio.TaskGroup() as group:
        for entry, feed_url in ordered:
            group.create_task(settle(entry, feed_url))
    tools.state.touch(source.id, set(keys.values()), now.timestamp())
    return counts


def entry_key(entry: Entry, ambiguous: bool) -> str:
    """Return what an entry is remembered by: its id, with the address where a feed gives several the same id."""
    text = f"{entry.id}\n{entry.url}" if ambiguous else entry.id
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def entry_hash(entry: Entry, kind: str) -> str:
    """Return a hash of the words an entry shows, so that an edited one is noticed.

    On list pages the words around a link change by themselves ("two hours ago"): the address alone counts.
    """
    if kind == "list":
        words = entry.url
    else:
        text = _TAGS.sub(" ", entry.fullest[:50_000])
        words = " ".join(f"{entry.title} {text}".split())
        if kind == "sitemap":
            words += f"\n{entry.published_raw}"
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def _settle_safely(
    source: Source, entry: Entry, key: str, feed_url: str, tools: Tools
) -> FetchOutcome:
    """Settle one entry; a defect of ours, or a stop, leaves it for the next poll and the others alone."""
    if tools.stop.is_set():
        return FetchOutcome.FAILED
    try:
        return await _settle(source, entry, key, feed_url, tools)
    except Exception:
        log.exception("entry broke", source=source.id, entry=key)
        return FetchOutcome.FAILED


async def _settle(
    source: Source, entry: Entry, key: str, feed_url: str, tools: Tools
) -> FetchOutcome:
    now = tools.clock()
    if (
        not entry.url
        or not is_wanted(source, entry.title, entry.url)
        or _too_old(source, entry, now)
    ):
        return FetchOutcome.SKIPPED
    known = tools.state.seen(source.id, key)
    digest = entry_hash(entry, source.kind)
    if known is not None and known.entry_hash == digest:
        return FetchOutcome.SEEN
    tries = known.attempts + 1 if known is not None and not known.entry_hash else 1
    first_seen = known.first_seen_at if known is not None else now.timestamp()
    last = tries >= tools.options.tries_an_entry
    article = await _article(source, entry, feed_url, tools, first_seen, last_try=last)
    outcome = FetchOutcome.FAILED if not last else FetchOutcome.SKIPPED
    if article is not None:
        outcome = await _publish(source, article, tools)
        if outcome is FetchOutcome.FAILED:
            if tools.stop.is_set():
                return outcome
            outcome = FetchOutcome.FAILED if not last else FetchOutcome.SKIPPED
    settled = outcome is not FetchOutcome.FAILED
    note = SeenEntry(digest if settled else "", tries, first_seen)
    tools.state.save_seen(source.id, key, note, now.timestamp())
    return outcome


def _too_old(source: Source, entry: Entry, now: datetime) -> bool:
    if source.max_age_hours is None or entry.published is None:
        return False
    return now - entry.published > timedelta(hours=source.max_age_hours)


async def _article(
    source: Source, entry: Entry, feed_url: str, tools: Tools, first_seen: float, *, last_try: bool
) -> FetchedArticle | None:
    """Return the record of an entry; None to try again later, or on the last try when there are no words at all."""
    first_seen_at = datetime.fromtimestamp(first_seen, tz=tools.clock().tzinfo)
    partial = False
    if source.page:
        try:
            page = await _fetch(source, entry.url, tools, PAGE_ACCEPT)
            check_is_article(entry.url, page.url)
            return from_page(
                source,
                entry,
                page,
                feed_url,
                fetched_at=tools.clock(),
                first_seen_at=first_seen_at,
            )
        except FetchError as e:
            log.info("page", source=source.id, reason=str(e.reason), error=str(e))
            if e.reason in PASSING and not last_try:
                return None
            partial = True
    if not (entry.fullest or entry.title):
        return None
    return from_entry(
        source,
        entry,
        feed_url,
        fetched_at=tools.clock(),
        first_seen_at=first_seen_at,
        partial=partial,
    )


def check_is_article(asked: str, answered: str) -> None:
    """Raise FetchError when an article's address led to a front page, which is how many sites say 'gone'."""
    if urlsplit(answered).path.strip("/") or not urlsplit(asked).path.strip("/"):
        return
    if urlsplit(answered).query:
        return
    raise FetchError("fetch", asked[:200], "led to the front page", reason=FetchReason.NOT_FOUND)


async def _publish(source: Source, article: FetchedArticle, tools: Tools) -> FetchOutcome:
    """Publish, waiting while Kafka is down; FAILED only when stopped meanwhile or refused for good."""
    delay = 1.0
    while True:
        try:
            await tools.publisher.publish(article)
        except SinkRejected as e:
            log.warning("refused", source=source.id, reason=e.reason, error=str(e))
            return FetchOutcome.FAILED
        except SinkUnavailable as e:
            log.warning("publish", source=source.id, reason=e.reason, error=str(e), wait=delay)
            if await stopped_within(tools.stop, max(delay, e.retry_after_seconds)):
                return FetchOutcome.FAILED
            delay = min(delay * 2, 30.0)
        else:
            tools.metrics.set_last_article(source.id, tools.clock().timestamp())
            return FetchOutcome.PARTIAL if article.partial else FetchOutcome.PRODUCED


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Wait, and return whether the stop came meanwhile."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()
    except TimeoutError:
        return stop.is_set()
    return True
