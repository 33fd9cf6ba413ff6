"""Builds tag-stripped pages: any story within any site's furniture, in the layouts that sites have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.text.stories import Furniture, Story


@dataclass(frozen=True)
class Page:
    """A page as a tag stripper leaves it, and what of it is the article."""

    text: str
    expected: tuple[str, ...]


def body(story: Story) -> list[str]:
    """Return the plain article: paragraphs with a short quotation among them."""
    first, second, third = story.paragraphs
    return [first, story.quote, second, third]


def long_body(story: Story) -> list[str]:
    """Return the article with a subheading and a bullet list within it."""
    first, second, third = story.paragraphs
    items = [f"- {item}" for item in story.items]
    return [first, story.quote, story.subheading, second, story.intro, *items, third]


def wide_gap_ticker(s: Story, f: Furniture) -> Page:
    """One giant line of headlines parted by spaces, the title, the stamp, a pointer to the source."""
    parts = body(s)
    return Page(
        "\n".join(["    ".join(f.headlines), "", "", s.title, f.stamp, "", *parts, "", f.source]),
        tuple(parts),
    )


def marked_ticker(s: Story, f: Furniture) -> Page:
    """Menu with bars, ticker with marks, share bar, tags, bulleted list of others, comment form."""
    parts = body(s)
    ticker = f"{f.breaking} ▼ " + " ▼ ".join(f.headlines[:5])
    others = [f"- {h}" for h in f.headlines[5:9]]
    lines = [" | ".join(f.menu), ticker, "", s.title, "", *gapped(parts), f.share, f.tags]
    return Page("\n".join([*lines, f.related, *others, f.form]), tuple(parts))


def timed_ticker(s: Story, f: Furniture) -> Page:
    """A headed list of headlines with clock times glued to them, each on its line, no blank line."""
    parts = body(s)
    timed = [f"{18 - i:02d}:30{h}" for i, h in enumerate(f.headlines[:8])]
    lines = [f.breaking, *timed, f.newsletter, s.title, f.stamp, *parts, f.tags, f.related]
    return Page("\n".join([*lines, *f.headlines[4:]]), tuple(parts))


def magazine(s: Story, f: Furniture) -> Page:
    """Breadcrumb, author, standfirst, advertisement and pointer within the text, teasers after it."""
    first, *rest = body(s)
    teasers = [line for teaser in f.teasers for line in teaser]
    lines = [" > ".join(f.menu[:3]), s.title, f.byline, f.stamp, f.share, f.caption, "", first]
    lines += [f.ad, "", f.see_also, "", *gapped(rest), f.related, *teasers, f.rights]
    return Page("\n".join(lines), (first, *rest))


def sidebar_first(s: Story, f: Furniture) -> Page:
    """A numbered most-read list before the title, the footer after the text."""
    parts = body(s)
    numbered = [f"{n}. {h}" for n, h in enumerate(f.headlines[:5], start=1)]
    lines = [*f.menu, "", f.most_read, *numbered, "", s.title, "", *gapped(parts), f.source]
    return Page("\n".join([*lines, f.rights]), tuple(parts))


def consent_banner(s: Story, f: Furniture) -> Page:
    """Cookie text first, newsletter box in mid-text, cookie text again."""
    first, *rest = body(s)
    lines = [f.cookies, "", s.title, f.stamp, "", first, "", f.newsletter, "", *gapped(rest)]
    return Page("\n".join([*lines, f.cookies, f.rights]), (first, *rest))


def crowded(s: Story, f: Furniture) -> Page:
    """The title twice, no blank line anywhere, headlines right after the text under a short heading."""
    parts = body(s)
    lines = ["X", s.title, s.title, f.stamp, "Zoom", *parts, f.see_also.split(":")[0].strip()]
    return Page("\n".join([*lines, *f.headlines[:6]]), tuple(parts))


def portal(s: Story, f: Furniture) -> Page:
    """Sections of headlines under headings that no word list knows."""
    parts = body(s)
    lists: list[str] = []
    for number, section in enumerate(f.sections):
        lists += [section, "", *f.headlines[number * 3 : number * 3 + 4], ""]
    return Page("\n".join([s.title, "", *gapped(parts), *lists]), tuple(parts))


def discussed(s: Story, f: Furniture) -> Page:
    """Readers' comments after the text, about the same subject."""
    parts = body(s)
    comments = [line for comment in f.comments for line in ("Karim", comment)]
    lines = [s.title, f.byline, "", *gapped(parts), f.share, f.form, *comments]
    return Page("\n".join(lines), tuple(parts))


def one_line(s: Story, f: Furniture) -> Page:
    """The whole page on one line, its parts parted by spaces only."""
    parts = body(s)
    pieces = [*f.menu, *f.headlines[:6], s.title, f.stamp, *parts, f.related, *f.headlines[6:]]
    return Page("     ".join(pieces), tuple(parts))


def teasers_first(s: Story, f: Furniture) -> Page:
    """Teasers with sentences of their own before the title, and others after the text."""
    parts = body(s)
    before = [line for teaser in f.teasers for line in teaser]
    lines = [f.most_read, *before, "", s.title, f.stamp, "", *gapped(parts), f.related]
    return Page("\n".join([*lines, *f.teasers[0]]), tuple(parts))


def neighbours(s: Story, f: Furniture) -> Page:
    """Bullet ticker, caption under the title, tags and the two neighbouring headlines after it."""
    parts = body(s)
    ticker = " • ".join(f.headlines[:6])
    lines = [" - ".join(f.menu), ticker, s.title, f.caption, *parts, f.tags, f.share]
    return Page("\n".join([*lines, f.headlines[6], f.headlines[7], f.rights]), tuple(parts))


def structured(s: Story, f: Furniture) -> Page:
    """Subheading and bullet list belong to the text; the list after it does not."""
    parts = long_body(s)
    lines = [" | ".join(f.menu), s.title, f.stamp, "", *parts, "", f.related]
    return Page("\n".join([*lines, *(f"- {h}" for h in f.headlines[:4])]), tuple(parts))


def dotted_ticker(s: Story, f: Furniture) -> Page:
    """A ticker parted by dots under the menu, channel advertising and a most-read list after."""
    parts = body(s)
    ticker = f"{f.breaking}: " + " ... ".join(f.headlines[:4])
    lines = [" / ".join(f.menu), ticker, "", s.title, "", *gapped(parts), f.newsletter]
    return Page("\n".join([*lines, f.most_read, *f.headlines[4:8], f.rights]), tuple(parts))


def standfirst(s: Story, f: Furniture) -> Page:
    """An unpunctuated standfirst and a dateline of its own stand between title and text."""
    parts = body(s)
    lines = [f.breaking, *f.headlines[:3], "", s.title, s.standfirst, f.stamp, "", *gapped(parts)]
    return Page("\n".join([*lines, f.tags, f.related, *f.headlines[3:6]]), (s.standfirst, *parts))


def gapped(parts: list[str]) -> list[str]:
    """Return the parts with a blank line after each."""
    return [line for part in parts for line in (part, "")]


LAYOUTS: dict[str, Callable[[Story, Furniture], Page]] = {
    layout.__name__: layout
    for layout in (
        wide_gap_ticker, marked_ticker, timed_ticker, magazine, sidebar_first, consent_banner, crowded, portal,
        discussed, one_line, teasers_first, neighbours, structured, dotted_ticker, standfirst,
    )
}  # fmt: skip
