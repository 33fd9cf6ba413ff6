"""Articles for fault tests: made by rule, told in our own words, each with an address of its own.

One in `every` tells of an event (of which some are told twice, in another language); the rest is of other matters.
Those that tell of events all get keys of one partition, so that what they come to does not depend on how four
partitions happen to be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.canonical import url_key
from schemas.records import FetchedArticle, SourceRef

PARTITIONS = 4
BLANK_EVERY, BLANK_AT = 100, 77
CITIES = ("Tanger", "Agadir", "Oujda", "Nador", "Kénitra", "Safi", "Essaouira", "Meknès")
CROPS = ("olives", "oranges", "lentils", "almonds", "barley", "apricots", "figs", "carrots")
TOWNS = ("Alba", "Corvo", "Delmar", "Estrel", "Forno", "Galen", "Halte", "Ibora")

TELLINGS = {
    "fr": (
        "Arrestation à {city} d'un suspect recherché par la justice française",
        "La police marocaine a arrêté le {day} à {city} un ressortissant français visé par un mandat d'arrêt "
        "international émis par les autorités judiciaires françaises pour trafic de drogue. L'interpellation a été "
        "menée grâce à la coopération entre la Direction générale de la sûreté nationale et la police française, "
        "qui avait transmis des informations précises. Le suspect a été placé en garde à vue en attendant son "
        "extradition vers la France. Dossier numéro {n}.",
    ),
    "en": (
        "Suspect wanted by France arrested in {city}",
        "Moroccan police on {day} arrested a French national in {city} who was wanted under an international arrest "
        "warrant issued by the French courts for drug trafficking. The arrest was made in cooperation between "
        "Morocco's DGSN and the French police, who had passed on precise information. The man is held in custody "
        "pending extradition to France. File number {n}.",
    ),
}
OTHER = (
    "The harvest of {crop} around {town} began early this year, growers said on Tuesday. About {n} crates were "
    "packed in the first week, and the cooperative expects a good season after the rain of the spring. A new cold "
    "store is to open beside the railway station. The council will meet next month to speak of the water that the "
    "fields need, and of the road to the market."
)
MONTHS_FR = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """So many articles under one name; the same name gives the same bytes.

    `first_day` is the publication day of the first event: batches that share a book stay apart by their days.
    """

    name: str
    size: int
    every: int = 20
    first_day: datetime = datetime(2021, 2, 1, 9, tzinfo=UTC)
    fetched_at: datetime | None = None  # None: an hour after publication

    def __iter__(self) -> Iterator[FetchedArticle]:
        for n in range(self.size):
            if n % self.every == 0:
                yield self.event(n // self.every)
            else:
                yield self.blank(n) if n % BLANK_EVERY == BLANK_AT else self.other(n)

    @property
    def blanks(self) -> int:
        """How many of the pages hold no article."""
        blank = f"{self.prefix}blank/"
        return sum(a.canonical_url.startswith(blank) for a in self)

    @property
    def prefix(self) -> str:
        """What the address of every article of the batch begins with."""
        return f"https://{self.name}.test/"

    def event(self, k: int) -> FetchedArticle:
        """Return the k-th telling: two of each three are an event of their own, the third repeats one in English."""
        happened, lang = (k - 1, "en") if k % 3 == 2 else (k, "fr")
        day = self.first_day + timedelta(days=4 * happened)
        city = CITIES[happened % len(CITIES)]
        told = f"{day.day} {MONTHS_FR[day.month - 1] if lang == 'fr' else f'{day:%B}'} {day.year}"
        title, text = TELLINGS[lang]
        words = text.format(city=city, day=told, n=1000 + happened)
        return self._made(f"event/{k}", title.format(city=city), words, day, partition=0)

    def other(self, n: int) -> FetchedArticle:
        """Return an article that is of no watch."""
        pick = hashlib.sha256(f"{self.name}{n}".encode()).digest()
        crop, town = CROPS[pick[0] % len(CROPS)], TOWNS[pick[1] % len(TOWNS)]
        text = OTHER.format(crop=crop, town=town, n=n + 100)
        published = self.first_day + timedelta(minutes=n)
        return self._made(f"other/{n}", f"First {crop} of {town}", text, published)

    def marked(self, mark: str, number: int, *, tells: bool) -> FetchedArticle:
        """Return an article with a mark in its address, that tells of an event of its own or of another matter."""
        if not tells:
            article = self.other(number)
            path = f"{mark}other/{number}"
            return self._made(
                path, article.title, article.body.decode(), self.first_day + timedelta(hours=1)
            )
        article = self.event(3 * number)  # each third is the first telling of its event
        day = self.first_day + timedelta(days=4 * 3 * number)
        return self._made(
            f"{mark}event/{number}", article.title, article.body.decode(), day, partition=0
        )

    def blank(self, n: int) -> FetchedArticle:
        """Return a page without an article."""
        published = self.first_day + timedelta(minutes=n)
        return self._made(f"blank/{n}", "", " ", published)

    def _made(
        self, path: str, title: str, text: str, published: datetime, partition: int | None = None
    ) -> FetchedArticle:
        url = f"{self.prefix}{path}"
        if partition is not None:
            tries = (f"{url}/{i}" for i in range(1000))
            url = next(u for u in tries if partition_of(u) == partition)
        at = self.fetched_at or published + timedelta(hours=1)
        return FetchedArticle(
            url=url,
            canonical_url=url,
            source=SourceRef(source_id=self.name, kind="file"),
            body=text.encode(),
            media_type="text/plain",
            charset="utf-8",
            title=title,
            published=published.isoformat(),
            fetched_at=at,
            first_seen_at=at,
        )


def key_of(url: str) -> bytes:
    """Return the record key of an address, as the connectors make it."""
    return url_key(url).encode("ascii")


def partition_of(url: str) -> int:
    """Return the partition of four in which the record of an address lies."""
    from aiokafka.partitioner import murmur2

    return int((murmur2(key_of(url)) & 0x7FFFFFFF) % PARTITIONS)
