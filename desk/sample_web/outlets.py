"""The sample outlets: invented sites, each with the habits of a kind of real one.

Every name starts with `sample-` so that nobody takes one for a real outlet in an index or an alert.
Between them they show the charsets, feeds, dates and furniture that connectors and `clean` meet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from desk.sample_web.corpus import CorpusArticle


class Listing(StrEnum):
    """How an outlet lists its articles."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    JSON_FEED = "json_feed"
    SITEMAP = "sitemap"
    LIST_PAGE = "list_page"


@dataclass(frozen=True, slots=True)
class Charset:
    """One page's encoding: the codec of the bytes, the header's and the meta tag's word for it ('' says nothing)."""

    codec: str
    header: str
    meta: str


UTF8 = Charset("utf-8", "utf-8", "utf-8")
# Articles of an outlet take these in turn: declared right in the header, in the page only, not at
# all, and wrongly in the header (the page is right). A browser shows all of them well.
ARABIC_1256 = (
    Charset("cp1256", "windows-1256", "windows-1256"),
    Charset("cp1256", "", "windows-1256"),
    Charset("cp1256", "", ""),
    Charset("cp1256", "utf-8", "windows-1256"),
)
# Sites that say ISO-8859-1 send windows-1252 (curly quotes), which is how browsers read the label.
LATIN = (
    Charset("cp1252", "ISO-8859-1", "ISO-8859-1"),
    Charset("cp1252", "", "iso-8859-1"),
    Charset("cp1252", "", ""),
    Charset("cp1252", "utf-8", "iso-8859-1"),
)


class MetaDate(StrEnum):
    """What an outlet's page head says of the publication date."""

    RIGHT = "right"
    MISSING = "missing"
    RENDERED = "rendered"  # the day the page was built, years later


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented site."""

    outlet_id: str
    name: str
    country: str
    langs: tuple[str, ...]
    listing: Listing
    template: str
    path: str  # of an article; {number}, {slug}, {date} are filled in
    charsets: tuple[Charset, ...] = (UTF8,)
    meta_date: MetaDate = MetaDate.RIGHT
    json_ld: bool = False
    html_lang: str | None = None  # None: the article's own; '' : no attribute; else on every page
    feed_text: bool = False  # the feed carries the whole article
    redirects: bool = False  # feed links go through /r/<number>
    blocked: int = 0  # so many article pages answer 403, as behind a wall
    extra: dict[str, str] = field(default_factory=dict)


OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        "sample-manara",
        "Sample Manara",
        "MA",
        ("ar",),
        Listing.RSS,
        "portal",
        "/akhbar/{number}.html",
        json_ld=True,
        meta_date=MetaDate.MISSING,
    ),
    Outlet(
        "sample-mina",
        "Sample Mina",
        "MA",
        ("ar",),
        Listing.ATOM,
        "oldtable",
        "/news.php?id={number}",
        charsets=ARABIC_1256,
        meta_date=MetaDate.MISSING,
        html_lang="",
    ),
    Outlet(
        "sample-sahifa",
        "Sample Sahifa",
        "LB",
        ("ar",),
        Listing.LIST_PAGE,
        "divsoup",
        "/article/{number}/{slug}",
        html_lang="en",
    ),
    Outlet(
        "sample-rocade",
        "Sample Rocade",
        "MA",
        ("fr",),
        Listing.RSS,
        "magazine",
        "/{date}/{slug}-{number}/",
        json_ld=True,
        redirects=True,
    ),
    Outlet(
        "sample-hexagone",
        "Sample Hexagone",
        "FR",
        ("fr",),
        Listing.RDF,
        "regional",
        "/article{number}.html",
        charsets=LATIN,
        meta_date=MetaDate.RENDERED,
    ),
    Outlet(
        "sample-depeche",
        "Sample Dépêche",
        "FR",
        ("fr",),
        Listing.SITEMAP,
        "agency",
        "/depeche/{slug}_{number}",
        json_ld=True,
    ),
    Outlet(
        "sample-strait",
        "Sample Strait",
        "GB",
        ("en", "es"),
        Listing.ATOM,
        "weekly",
        "/world/{date}/{slug}-{number}",
        feed_text=True,
        blocked=1,
    ),
    Outlet(
        "sample-kontor",
        "Sample Kontor",
        "DE",
        ("de", "nl", "it"),
        Listing.JSON_FEED,
        "bulletin",
        "/{slug}-{number}.htm",
        meta_date=MetaDate.MISSING,
        charsets=(UTF8, Charset("utf-8", "", "")),
    ),
)


def allot(articles: tuple[CorpusArticle, ...], seed: int) -> dict[str, tuple[CorpusArticle, ...]]:
    """Return each outlet's articles, newest first: every article goes to exactly one outlet of its language.

    The same seed gives the same allotment. Articles are dealt in turn, so each outlet gets some of each kind.
    """
    dealt: dict[str, list[CorpusArticle]] = {outlet.outlet_id: [] for outlet in OUTLETS}
    rng = random.Random(seed)
    for lang in sorted({a.lang for a in articles}):
        takers = [outlet.outlet_id for outlet in OUTLETS if lang in outlet.langs]
        pack = [a for a in articles if a.lang == lang]
        rng.shuffle(pack)
        for i, article in enumerate(pack):
            dealt[takers[i % len(takers)]].append(article)
    return {outlet_id: tuple(sorted(mine, key=_newest_first)) for outlet_id, mine in dealt.items()}


def _newest_first(article: CorpusArticle) -> tuple[float, str]:
    at = article.published
    return (-at.timestamp() if at else 0.0, article.article_id)
