"""Cuts a tag-stripped page into blocks and says of each, by its own shape, what it looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from domain.text.fold import fold
from domain.text.furniture import TOKEN, function_words, phrases, vocabulary
from domain.text.stamps import MAX_STAMP_WORDS, find_stamp

_NEWLINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_WIDE_GAP = re.compile(r"[ \u00a0\u2003\u3000]{3,}|\t+")
# Marks that part the headlines of a ticker or the entries of a menu on one line.
_PARTING = re.compile(
    r"[▼▲✦✧✱✻•●■□◆◇★☆|│¦❘→►▶◄◀❖✔➤⦁›·]|\s(?:\.\.\.|…|//|\+\+|\*+|<>|>|»|/|-|–|—)(?=\s)"
)
_BULLET = re.compile(r"^(?:[-–—•●▪■◆*→►▶✓✔‣⁃·]\s*|\d{1,2}\s?[.)-]\s+|[a-hA-H]\)\s+)(?=\S)")
_CLOSERS = "\"”’'»)]} \u00a0\u202f\u200f\u200e"
_INNER_END = re.compile(r"[^\W\d_]{3,}[\"”»)]?[.!?؟][\"”»)]?\s+[\"“«(]?[^\W\d_a-z]")
_SEPARATOR_AFTER = re.compile(r"\s*(?:[:|>›»•·(/\[]|[-–—](?=\s)|$)")
_CREDIT = re.compile(r"©|\(c\)\s|\((?:photo|foto|image|bild|صوره|credit)\b", re.IGNORECASE)
_CAPITAL_WORD = re.compile(
    r"[A-ZÀ-ÖØ-Þ][^\s]*|[-–—|/&,.]|et|and|y|en|und|e|avec|de|van|von|di|el|al|ben"
)

PROSE_WORDS = 10  # a block this long that ends in a full stop is prose
UNPUNCTUATED_PROSE_WORDS = 26  # no ticker headline of the development corpus has as many
NOTICE_WORDS = 45
SMALL_WORDS = 15


class Kind(Enum):
    """What a block looks like on its own."""

    PROSE = auto()
    SENTENCE = auto()  # short, but ends like a sentence or announces a list
    ITEM = auto()  # begins with a bullet or number
    HEADLINE = auto()  # short and unpunctuated: a title, subheading, list entry, dateline
    STRIP = auto()  # many headlines or menu entries on one line
    HEADER = auto()  # heads a list of other articles
    SEE_ALSO = auto()  # points to one other article
    CLOSING = auto()  # comes only after the article
    NOTICE = auto()
    LABEL = auto()
    PHOTO = auto()
    BYLINE = auto()
    STAMP = auto()
    SOURCE = auto()
    MENU = auto()


STORY = frozenset({Kind.PROSE, Kind.SENTENCE})
LOOSE = frozenset({Kind.HEADLINE, Kind.ITEM})
# Small furniture that stands within articles and does not part them.
PASSING = frozenset(
    {
        Kind.LABEL,
        Kind.PHOTO,
        Kind.NOTICE,
        Kind.MENU,
        Kind.STAMP,
        Kind.BYLINE,
        Kind.SOURCE,
        Kind.SEE_ALSO,
    }
)
# What may be glued to the end of a paragraph, as a sentence of its own.
GLUED = frozenset(
    {Kind.NOTICE, Kind.CLOSING, Kind.SEE_ALSO, Kind.LABEL, Kind.PHOTO, Kind.SOURCE, Kind.HEADER}
)


@dataclass(frozen=True, slots=True)
class Block:
    """One line of the page, or one piece of a line parted by wide gaps."""

    text: str
    folded: str
    tokens: list[str]
    kind: Kind
    stamp: str | None = None
    after_blank: bool = False
    in_row: bool = False  # one of three or more pieces of one line


def cut(text: str) -> list[Block]:
    """Return the blocks of a page in order, each with its kind; blank lines are only remembered."""
    blocks: list[Block] = []
    blank = True
    for line in _join_wrapped(_NEWLINE.split(text)):
        pieces = [piece.strip() for piece in _WIDE_GAP.split(line.strip())]
        pieces = [piece for piece in pieces if piece]
        if not pieces:
            blank = True
            continue
        for piece in pieces:
            blocks.append(make_block(piece, after_blank=blank, in_row=len(pieces) > 2))
            blank = False
    return blocks


def make_block(text: str, *, after_blank: bool = False, in_row: bool = False) -> Block:
    """Return the block for one stretch of text."""
    folded = fold(text).text
    tokens = TOKEN.findall(folded)
    kind, stamp = _classify(text, folded, tokens)
    return Block(text, folded, tokens, kind, stamp, after_blank, in_row)


def tokens_of(text: str) -> list[str]:
    """Return the folded tokens of a text."""
    return TOKEN.findall(fold(text).text)


def may_hold_furniture(tokens: list[str]) -> bool:
    """Tell whether a paragraph has words of notices, pointers or footers anywhere."""
    return any(
        phrases(category).find(tokens) >= 0 for category in ("notice", "closing", "see_also")
    )


def _join_wrapped(lines: list[str]) -> list[str]:
    """Undo hard line wrapping and lines broken at inline tags.

    A line that goes on in lower case, after one that was not ended, belongs to it.
    """
    joined: list[str] = []
    for line in lines:
        stripped = line.strip()
        previous = joined[-1] if joined else ""
        if (
            stripped[:1].islower()
            and len(previous) > 20
            and not previous.rstrip(_CLOSERS).endswith((".", "!", "?", "…", ":", "|"))
            and len(stripped) > 20
        ):
            joined[-1] = f"{previous.rstrip()} {stripped}"
        else:
            joined.append(line)
    return joined


def _classify(text: str, folded: str, tokens: list[str]) -> tuple[Kind, str | None]:
    """Return the kind of a block, and the date written in it if it is a publication stamp."""
    if not tokens:
        return Kind.MENU, None
    shape = _shape(text, tokens)
    small = len(tokens) <= MAX_STAMP_WORDS + 6
    if small and shape is not Kind.PROSE and (stamp := find_stamp(folded)):
        return Kind.STAMP, stamp
    return _furniture(text, folded, tokens, shape) or shape, None


def _shape(text: str, tokens: list[str]) -> Kind:
    """Return what the block is by length and punctuation alone."""
    count = len(tokens)
    bare = text.rstrip(_CLOSERS)
    if _is_strip(text, bare, count):
        return Kind.STRIP
    bullet = _BULLET.match(text) is not None
    ellipsis = bare.endswith(("…", "...", ".."))
    if bare.endswith((".", "؟", "?", "!", ":", "؛")) and not ellipsis:
        firm = bare.endswith((".", ":"))
        if count >= (PROSE_WORDS if firm else PROSE_WORDS + 6):
            return Kind.PROSE
        if count >= 3 and not bullet:
            return Kind.SENTENCE
    elif _flows(text, bare, tokens):
        return Kind.PROSE
    return Kind.ITEM if bullet else Kind.HEADLINE


def _flows(text: str, bare: str, tokens: list[str]) -> bool:
    """Tell whether a block without a final full stop still reads like prose."""
    count = len(tokens)
    if tokens[0] in vocabulary("opener") and count >= 7:
        return True
    if count < SMALL_WORDS:
        return False
    closed = sum(token in function_words() for token in tokens)
    arabic = "\u0600" <= tokens[0][0] <= "\u06ff"
    if closed < count * (0.06 if arabic else 0.2):
        return False
    if count >= UNPUNCTUATED_PROSE_WORDS or _INNER_END.search(text):
        return True
    return count >= 20 and (len(text) - len(bare) > 0 or text.count(",") + text.count("،") >= 2)


def _is_strip(text: str, bare: str, count: int) -> bool:
    """Tell whether the block is several headlines or menu entries parted by one repeated mark."""
    marks = [mark.strip() for mark in _PARTING.findall(text)]
    if len(marks) < 2 or count < 3:
        return False
    often = max(marks.count(mark) for mark in set(marks))
    if often < (3 if marks[0] in ("-", "–", "—", "/") else 2):
        return False
    return not (bare.endswith(".") and count / (often + 1) > 12)


def _furniture(text: str, folded: str, tokens: list[str], shape: Kind) -> Kind | None:
    """Return the kind of furniture that the block's words name, or None."""
    count, prose = len(tokens), shape is Kind.PROSE
    if _is_closing(text, tokens, prose=prose):
        return Kind.CLOSING
    if _is_notice(folded, tokens, prose=prose):
        return Kind.NOTICE
    if kind := _list_heading(folded, tokens, prose=prose):
        return kind
    credit = _CREDIT.search(text) is not None
    if (credit and count <= NOTICE_WORDS) or _opens(folded, tokens, "photo", 12, prose=prose):
        return Kind.PHOTO
    if prose:
        return None
    if _is_label(folded, tokens):
        return Kind.LABEL
    if _opens(folded, tokens, "source", 10, prose=False) and _taken(folded, tokens, "source"):
        return Kind.SOURCE
    if _is_byline(text, tokens):
        return Kind.BYLINE
    return Kind.MENU if _is_menu(tokens) else None


def _after(folded: str, taken: int) -> str:
    """Return what follows the first `taken` tokens of a folded block."""
    end = 0
    for number, match in enumerate(TOKEN.finditer(folded), start=1):
        end = match.end()
        if number == taken:
            break
    return folded[end:]


def _taken(folded: str, tokens: list[str], category: str) -> bool:
    """Tell whether the block begins with a phrase followed by a separator or nothing."""
    taken = phrases(category).at(tokens, 0)
    return bool(taken) and _SEPARATOR_AFTER.match(_after(folded, taken)) is not None


def _opens(folded: str, tokens: list[str], category: str, most: int, *, prose: bool) -> bool:
    """Tell whether a block of at most `most` words opens with a phrase of the category."""
    if not phrases(category).at(tokens, 0):
        return False
    return (
        len(tokens) <= NOTICE_WORDS
        if _taken(folded, tokens, category)
        else (len(tokens) <= most and not prose and len(tokens) <= 3)
    )


def _is_closing(text: str, tokens: list[str], *, prose: bool) -> bool:
    """Tell whether the block opens the comments or is the site's footer."""
    if len(tokens) <= SMALL_WORDS and phrases("closing").at(tokens, 0):
        return True
    marked = "©" in text or "copyright" in tokens
    return len(tokens) <= 30 and (marked or not prose) and phrases("closing").find(tokens) >= 0


def _is_notice(folded: str, tokens: list[str], *, prose: bool) -> bool:
    """Tell whether the site speaks to its reader here.

    In prose the phrase must open a sentence, so that a story about cookies or newsletters stays.
    """
    if len(tokens) > 2 * NOTICE_WORDS:
        return False
    known = phrases("notice")
    if known.at(tokens, 0):
        return True
    if len(tokens) > NOTICE_WORDS:
        return False
    position = known.find(tokens)
    if position < 0:
        return False
    before = folded[: len(folded) - len(_after(folded, position))].rstrip()
    return not prose or before[-1:] in ".!?؟:" or _after(folded, position).lstrip()[:1] in ".!?؟"


def _list_heading(folded: str, tokens: list[str], *, prose: bool) -> Kind | None:
    """Return HEADER or SEE_ALSO if the block heads other articles or points to one."""
    taken = phrases("related").at(tokens, 0)
    if taken and len(tokens) <= 40:
        rest = _after(folded, taken)
        if not TOKEN.search(rest) or (rest.split() == [str(tokens[-1])] and tokens[-1].isdigit()):
            return Kind.HEADER
        if _SEPARATOR_AFTER.match(rest) and not (prose and len(tokens) > 25):
            return Kind.SEE_ALSO if phrases("see_also").at(tokens, 0) else Kind.HEADER
    if phrases("see_also").at(tokens, 0) and not prose and len(tokens) <= 25:
        return Kind.SEE_ALSO
    return None


def _is_label(folded: str, tokens: list[str]) -> bool:
    """Tell whether the block is a share bar, tag list, reading time or the like."""
    taken = phrases("label").at(tokens, 0)
    if not taken and tokens[0].isdigit() and len(tokens) > 1:
        counted = phrases("label").at(tokens, 1)  # "3 commentaires", "5 min read"
        ended = _SEPARATOR_AFTER.match(_after(folded, 1 + counted).replace(".", ":", 1))
        return bool(counted) and (len(tokens) - counted <= 3 or ended is not None)
    if not taken:
        return False
    rest = len(tokens) - taken
    if _taken(folded, tokens, "label"):
        return len(tokens) <= 2 * NOTICE_WORDS
    menu = vocabulary("menu")
    return rest <= 2 or sum(t in menu or t.isdigit() for t in tokens[taken:]) >= rest * 0.6


def _is_byline(text: str, tokens: list[str]) -> bool:
    """Tell whether the block names the author: an opening word, then names only."""
    taken = phrases("byline").at(tokens, 0)
    if not taken or len(tokens) > 9:
        return False
    rest = text.split()[taken:]
    return "\u0600" <= tokens[0][0] <= "\u06ff" or all(_CAPITAL_WORD.fullmatch(w) for w in rest)


def _is_menu(tokens: list[str]) -> bool:
    """Tell whether the block is made mostly of words of menus and share bars."""
    menu = vocabulary("menu")
    known = sum(token in menu or len(token) == 1 or token.isdigit() for token in tokens)
    return known >= len(tokens) * 0.7 and len(tokens) <= 60
