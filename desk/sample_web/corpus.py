"""The articles that the sample web serves: the development corpus, read as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bench
from domain.errors import ConfigError

CORPUS_FILES = ("positives.jsonl", "negatives.jsonl")


@dataclass(frozen=True, slots=True)
class CorpusArticle:
    """One article of the corpus. `published` is None where the corpus has no date."""

    article_id: str
    lang: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime | None
    relevant: bool

    @property
    def number(self) -> str:
        """The digits of the id with a leading digit for its kind, as a content system would number it."""
        digits = self.article_id.rsplit("-", 1)[-1]
        return ("1" if self.relevant else "2") + digits


def default_corpus() -> Path:
    """Return the folder of the corpus that comes with the project."""
    return Path(bench.__file__).resolve().parent / "corpus" / "dev"


def load_corpus(folder: Path) -> tuple[CorpusArticle, ...]:
    """Return the articles in file order, or raise ConfigError naming the missing file."""
    articles: list[CorpusArticle] = []
    for name in CORPUS_FILES:
        path = folder / name
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as e:
            raise ConfigError("read the sample corpus", str(path), str(e.strerror)) from e
        articles += [_article(json.loads(line)) for line in lines if line.strip()]
    return tuple(articles)


def _article(row: dict[str, object]) -> CorpusArticle:
    published = row.get("published")
    return CorpusArticle(
        article_id=str(row["id"]),
        lang=str(row["lang"]),
        title=str(row["title"]),
        paragraphs=tuple(p.strip() for p in str(row["text"]).split("\n") if p.strip()),
        published=_utc(str(published)) if published else None,
        relevant=bool(row["relevant"]),
    )


def _utc(written: str) -> datetime:
    """A day without a time is noon UTC, so that no reader's time zone moves it to another day."""
    at = datetime.fromisoformat(written)
    if len(written) <= 10:
        at = at.replace(hour=12)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
