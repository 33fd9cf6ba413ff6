"""The domain's values: article, evidence, reading, NewsEvent, judgement, watch. Frozen, no behaviour that needs the outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.outcome import Verdict

LANGUAGES = ("ar", "fr", "en", "es", "nl", "de", "it")


class Act(StrEnum):
    """What was done, the strongest one told, strongest first where two apply."""

    AGREEMENT = "agreement"
    MEETING = "meeting"
    COMMISSION = "commission"
    ARREST_EXTRADITION = "arrest_extradition"
    JOINT_OPERATION = "joint_operation"
    EXERCISE = "exercise"
    TRAINING = "training"
    STATEMENT = "statement"


class Status(StrEnum):
    """Where the act stands in time."""

    EXPECTED = "expected"
    UNDER_WAY = "under_way"
    TOOK_PLACE = "took_place"
    CANCELLED = "cancelled"


class Theme(StrEnum):
    """Subject labels of the NewsEvent, not of the background."""

    TERRORISM = "terrorism"
    MIGRATION = "migration"
    TRAFFICKING = "trafficking"
    INTELLIGENCE = "intelligence"
    ORGANISED_CRIME = "organised_crime"
    SAHEL = "sahel"
    LEGAL_FRAMEWORK = "legal_framework"
    EVENT_SECURITY = "event_security"
    CYBER = "cyber"
    MILITARY = "military"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open character range [start, end) in the article's `text` (`field` says if in the title)."""

    start: int
    end: int
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation: the rule or score, what it saw, where."""

    rule: str
    detail: str
    score: float | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """When the article was published: aware UTC, where that was read, and how far to believe it (0 to 1)."""

    at: datetime
    source: str  # json_ld, meta, feed, url, htmldate, text, input, fetched
    confidence: float


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned article: page furniture gone, language known. `text` excludes the title."""

    article_id: str
    title: str
    text: str
    lang: str
    url: str | None = None
    published: Published | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event happened; `name` in English as GeoNames has it, `country` ISO 3166-1 alpha-2."""

    name: str
    country: str
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or service that takes part. `side` is the country code it acts for, or ''."""

    name: str  # Latin script, full
    kind: str  # person or service
    side: str = ""
    role: str = ""
    known: bool = True  # False: name taken from the text beside a role, not in the ledger


@dataclass(frozen=True, slots=True)
class DateRange:
    """Inclusive days between which the event must lie."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Reading:
    """What one article says of one watch's subject."""

    relevant: bool
    score: float  # calibrated, 0 to 1
    act: Act | None = None
    status: Status | None = None
    event_date: date | None = None
    event_date_range: DateRange | None = None
    date_basis: str = ""  # told (in the text), published (taken from it), range, or '' (unknown)
    weekday: int | None = None  # Monday is 0; told without a resolvable day
    place: Place | None = None
    actors: tuple[Actor, ...] = ()
    mentioned: tuple[Actor, ...] = ()
    themes: tuple[Theme, ...] = ()
    figures: tuple[str, ...] = ()
    periods: tuple[DateRange, ...] = ()  # every day, range or month the article tells, resolved
    month_days: tuple[str, ...] = ()  # every day told without a year, as MM-DD
    places: tuple[str, ...] = ()  # every city or site the article names, capitals left out
    names: tuple[str, ...] = ()  # consonant skeletons of names, the same in Arabic and Latin script
    is_recap: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a NewsEvent."""

    article_id: str
    title: str
    lang: str
    source_id: str
    url: str | None
    published_at: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class NewsEvent:
    """A thing that happened, as all its articles together tell it.

    `version` grows by one with each material change (it is part of the alert's key), `revision`
    with every change, a new member included (it is the document's external version).
    """

    event_id: str
    watch_id: str
    version: int
    revision: int
    act: Act
    status: Status
    event_date: date | None
    event_date_range: DateRange | None
    place: Place | None
    actors: tuple[Actor, ...]
    mentioned: tuple[Actor, ...]
    themes: tuple[Theme, ...]
    figures: tuple[str, ...]
    members: tuple[Member, ...]
    related: tuple[str, ...] = ()  # event_ids of linked NewsEvents (an arrest and its extradition)
    merged_into: str | None = None
    unlisted: int = 0  # articles of the event beyond those in `members`


@dataclass(frozen=True, slots=True)
class Judgement:
    """What `detect` says of one article for one watch, and the NewsEvent after it."""

    article_id: str
    verdict: Verdict
    reading: Reading
    event: NewsEvent | None = None  # None for OFF
    compared: tuple[tuple[str, float], ...] = ()  # nearest known event_ids with their scores
    changed: tuple[str, ...] = ()  # what an UPDATE changed, or what a merge did, in words
    others: tuple[NewsEvent, ...] = ()  # other events this article changed (merged, linked, split)
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched for: two parties, themes, thresholds, channels. Read from `watches/<id>.toml`."""

    watch_id: str
    name: str
    parties: tuple[str, str]  # ISO country codes, for example ("MA", "FR")
    relevance_threshold: float = 0.5
    recap_after_days: int = 14
    alert_max_age_hours: float = 24.0  # 0: never too old (replays of an archive)
    themes: tuple[Theme, ...] = tuple(Theme)
    channels: tuple[str, ...] = ("console",)
    extra: dict[str, object] = field(default_factory=dict)
