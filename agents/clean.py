"""clean: from bytes as fetched to the article alone."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import Services, in_thread
from domain.clean import clean
from domain.outcome import CleanOutcome
from runtime.dead_letters import Incoming
from schemas import convert
from schemas.records import FetchedArticle, decode, encode
from schemas.topics import ARTICLE_CLEANED, ARTICLE_FETCHED

SOURCE = ARTICLE_FETCHED


class CleanAgent:
    """Cleans one fetched article and passes it on."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Return CLEANED once the article is sent on, EMPTY when the page holds none."""
        fetched = decode(FetchedArticle, record.value)
        # The time of the fetch, not of the clock: a replay must read the same dates.
        result = await in_thread(clean, convert.raw_article(fetched), fetched.fetched_at)
        if result is CleanOutcome.EMPTY or result is None:
            return [CleanOutcome.EMPTY]
        cleaned = convert.cleaned_article(fetched, result)
        await self._services.producer.send(ARTICLE_CLEANED.name, record.key, encode(cleaned))
        return [CleanOutcome.CLEANED]
