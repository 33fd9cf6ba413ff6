"""What text extraction hands on: the article alone, and what was seen of its date and language."""

from __future__ import annotations

from dataclasses import dataclass

from domain.dates.publication import Candidate

# A publication date as written on the page and where it stood: json_ld, meta, url, htmldate or text.
DateCandidate = Candidate


@dataclass(frozen=True, slots=True)
class Extracted:
    """An article without its page. `text` has one paragraph a line and does not repeat the title."""

    title: str
    text: str
    lang_tag: str = ""  # as the page declares it, '' if it does not
    candidates: tuple[DateCandidate, ...] = ()
    dropped: tuple[str, ...] = ()  # furniture, in page order

    @property
    def stamps(self) -> tuple[str, ...]:
        """Return the publication stamps read in the visible text, nearest the article first."""
        return tuple(c.value for c in self.candidates if c.source == "text")
