"""Finds an article's title among its page's lines, and what else stands between title and text.

A ticker's last headline stands above the text just as the title does. What tells them apart is
whether the article speaks of the same things, and how the line is set off from its neighbours.
"""

from __future__ import annotations

import re

from domain.text.blocks import PASSING, Block, Kind, tokens_of
from domain.text.fold import fold
from domain.text.furniture import stems

TITLE_OVERLAP = 0.25  # share of a title's content words that its article has too
_WINDOW = 8  # headlines above the text that are looked at
_FAR = 48  # blocks above the text that are looked at
_DISTANCE_COST = 0.12  # for each headline that stands between it and the text
_ROW_COST = 0.4  # one of several headlines on a line, or after a clock time or number
_SET_OFF = 0.15  # a blank line above
_DATED = 0.25  # followed by stamp or author
_DATELINE = re.compile(r"\s[-–—/]|[-–—/]\s|[-–—:]$|^[A-ZÀ-Þ ,.]+$")
_DATELINE_WORDS = 8
_NUMBERED = re.compile(r"^(?:\d{1,2}[:hH.]\d{2}|\d{1,2}\s?[.)-])")
_SITE_SUFFIX = re.compile(r"\s+(?:[|–—»•·]|-|::)\s+(?=[^|–—»•·]+$)")


def title_lines(blocks: list[Block], title: str) -> frozenset[int]:
    """Return the blocks that say the given title again, whole, cut, or with the site's name."""
    wanted = tokens_of(title)
    if not wanted:
        return frozenset()
    return frozenset(
        index
        for index, block in enumerate(blocks)
        if block.kind is not Kind.STRIP and same_title(block.tokens, wanted)
    )


def same_title(tokens: list[str], wanted: list[str]) -> bool:
    """Tell whether a block is the title, a cut form of it, or it with a little around."""
    if not tokens or len(tokens) > 2 * len(wanted) + 6:
        return False
    mine, other = set(tokens), set(wanted)
    common = len(mine & other)
    if common >= 0.8 * len(mine | other):
        return True
    cut_short = len(tokens) >= 4 and common >= 0.9 * len(mine) and len(mine) >= 0.3 * len(other)
    extended = common == len(other) and len(wanted) >= 4 and len(mine) <= len(other) + 4
    return cut_short or extended


def find_title(blocks: list[Block], start: int, core: frozenset[str]) -> tuple[int, str]:
    """Return where the title stands above the text at `start`, and the title; (-1, '') if nowhere."""
    best: tuple[float, int] | None = None
    distance = 0
    for index in range(start - 1, max(-1, start - 1 - _FAR), -1):
        block = blocks[index]
        if block.kind in (Kind.CLOSING, Kind.STRIP) and best:
            break
        if block.kind not in (Kind.HEADLINE, Kind.SENTENCE) or not 3 <= len(block.tokens) <= 40:
            continue
        distance += 1
        if distance > _WINDOW:
            break
        score = _title_score(blocks, index, distance, core)
        if score is not None and (best is None or score > best[0]):
            best = score, index
    if best is None:
        return _lone_headline(blocks, start)
    return best[1], blocks[best[1]].text


def _lone_headline(blocks: list[Block], start: int) -> tuple[int, str]:
    """Return the first of one or two headlines right above the text, when no list stands there."""
    run: list[int] = []
    for index in range(start - 1, max(-1, start - 1 - _FAR), -1):
        block = blocks[index]
        if block.kind is Kind.HEADLINE:
            run.append(index)
        elif block.kind not in PASSING:
            break
    named = [i for i in run if len(blocks[i].tokens) >= 4 and not is_dateline(blocks[i])]
    if not named or len(run) > 2 or blocks[named[-1]].in_row:
        return -1, ""
    return named[-1], blocks[named[-1]].text


def _title_score(
    blocks: list[Block], index: int, distance: int, core: frozenset[str]
) -> float | None:
    """Return how much a headline above the text looks like its title, None if it cannot be it."""
    block = blocks[index]
    said = stems(block.tokens)
    overlap = len(said & core) / len(said) if said else 0.0
    dated = blocks[index + 1].kind in (Kind.STAMP, Kind.BYLINE)
    listed = block.in_row or _NUMBERED.match(block.text) is not None
    set_off = (block.after_blank or dated) and not listed and not is_dateline(block)
    if overlap < TITLE_OVERLAP and not (set_off and distance <= 2 and len(block.tokens) >= 4):
        return None
    score = overlap - _DISTANCE_COST * distance + 0.02 * min(len(block.tokens), 10)
    return score + _DATED * dated + _SET_OFF * block.after_blank - _ROW_COST * listed


def is_dateline(block: Block) -> bool:
    """Tell whether a line may be a dateline or agency line: short, and parted or all in capitals."""
    return len(block.tokens) <= _DATELINE_WORDS and _DATELINE.search(block.text) is not None


def asks(block: Block) -> bool:
    """Tell whether a block is a short question or exclamation, as some titles are."""
    return block.kind is Kind.SENTENCE and block.text.endswith(("?", "!", "؟"))


def lead_lines(
    blocks: list[Block], top: int, start: int, title: str, core: frozenset[str]
) -> list[int]:
    """Return the dateline and the standfirst that stand between title and prose."""
    lead: list[int] = []
    wanted = tokens_of(title)
    floor = max(top, start - 6)
    loose = sum(blocks[index].kind is Kind.HEADLINE for index in range(floor + 1, start))
    nearest = True
    for index in range(start - 1, floor, -1):
        block = blocks[index]
        if block.kind in PASSING:
            continue
        if block.kind is not Kind.HEADLINE or same_title(block.tokens, wanted):
            break
        said = stems(block.tokens)
        close = loose <= 2 or len(said & core) >= 0.4 * len(said)
        if (nearest and is_dateline(block)) or (top >= 0 and close and len(block.tokens) >= 5):
            lead.append(index)
        elif top < 0:
            break
        nearest = False
    return lead


def without_run_in_title(line: str, title: str) -> str:
    """Return the first paragraph without a title run into it, as in pages on one single line."""
    folded, wanted = fold(line), fold(title).text
    if not folded.text.startswith(wanted) or len(wanted.split()) < 4:
        return line
    rest = line[folded.span(0, len(wanted))[1] :].lstrip(" \u00a0:|–—-")
    goes_on = not rest or rest[0].islower() or rest[0] in ',;.،؛»"”)'
    return line if goes_on or len(rest) < 3 * len(title) else rest


def without_site_name(title: str, known: str = "") -> str:
    """Return a page title without the site's name at its end.

    `known` is another form of the title, such as the headline on the page; where it is a part of
    `title`, it wins.
    """
    title = " ".join(title.split())
    known = " ".join(known.split())
    if known and known in title:
        return known
    parts = _SITE_SUFFIX.split(title)
    if len(parts) == 2 and len(parts[0].split()) >= 3 > 0 and len(parts[1].split()) <= 4:
        return parts[0]
    return title
