"""classify: reads a cleaned article against every watch, one record out for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.base import Services, in_thread
from domain.classify.reading import read
from domain.knowledge import Knowledge
from domain.model import Watch
from domain.outcome import ClassifyOutcome
from runtime.dead_letters import Incoming
from schemas import convert
from schemas.canary import watches_of
from schemas.records import ClassifiedArticle, CleanedArticle, decode, encode
from schemas.topics import ARTICLE_CLASSIFIED, ARTICLE_CLEANED

SOURCE = ARTICLE_CLEANED


class ClassifyAgent:
    """Reads one article for all watches and passes the readings on."""

    def __init__(
        self, services: Services, watches: Mapping[str, Watch], knowledge: Knowledge
    ) -> None:
        self._services, self._watches, self._knowledge = services, watches, knowledge

    async def handle(self, record: Incoming) -> Sequence[str]:
        """Return RELEVANT or OFF for each watch, in the order of their ids; the canary has one of its own."""
        cleaned = decode(CleanedArticle, record.value)
        article = convert.article(cleaned)
        outcomes = []
        watches = watches_of(cleaned.source.source_id, self._watches)
        for watch_id, watch in sorted(watches.items()):
            reading = await in_thread(read, article, watch, self._knowledge)
            classified = ClassifiedArticle(
                watch_id=watch_id, article=cleaned, reading=convert.reading_info(reading)
            )
            await self._services.producer.send(
                ARTICLE_CLASSIFIED.name, watch_id.encode(), encode(classified)
            )
            relevant = reading.relevant
            outcomes.append(ClassifyOutcome.RELEVANT if relevant else ClassifyOutcome.OFF)
        return outcomes
