"""Whether the clause round a date looks forward or back, by its verbs."""

from __future__ import annotations

from domain.dates.kinds import KINDS, NEWLINE, OTHER, STOP
from domain.dates.lexicon import Lexicon
from domain.dates.mention import Direction
from domain.dates.scan import Scan

_FARTHEST = 25  # words looked at on each side
_NEVER = _FARTHEST + 1


def clause_direction(scan: Scan, first: int, last: int) -> Direction:
    """Return future or past after the nearest cue in the clause of the tokens [first, last).

    The nearest cue decides, because a sentence often reports today what will be done tomorrow.
    """
    back = _cues(scan, range(first - 1, max(-1, first - 1 - _FARTHEST), -1))
    ahead = _cues(scan, range(last, min(len(scan.tokens), last + _FARTHEST)))
    future, past = min(back[0], ahead[0]), min(back[1], ahead[1])
    lead = _lead(scan, first)
    if lead in scan.lexicon.since:
        return "past"
    if future == past == _NEVER:
        return "future" if lead in scan.lexicon.until else "unknown"
    return "future" if future <= past else "past"


def _lead(scan: Scan, first: int) -> str:
    """Return the word that leads to the tokens from `first`, past an article."""
    before = first - 1
    while before > 0 and scan.tokens[before].kind == KINDS["article"]:
        before -= 1
    return scan.tokens[before].word if before >= 0 else ""


def _cues(scan: Scan, places: range) -> tuple[int, int]:
    """Return the distances to the nearest future and past cue before the clause ends."""
    future = past = _NEVER
    for distance, place in enumerate(places, 1):
        kind = scan.tokens[place].kind
        if kind in (NEWLINE, STOP) or (kind == KINDS["dot"] and _ends_sentence(scan, place)):
            break
        if kind == KINDS["comma"] and _parts_clauses(scan, place):
            break
        if not _may_be_cue(scan.tokens[place].word, scan.lexicon):
            continue
        word = _word(scan, place)
        if word in scan.lexicon.breaks:
            # "من المنتظر أن يحل", "es wird erwartet, dass": the verb before governs the clause after.
            nearby = places[distance : distance + 2]
            if places.step < 0 and any(_word(scan, p) in scan.lexicon.future for p in nearby):
                future = min(future, distance + 1)
            break
        if future == _NEVER and (word in scan.lexicon.future or _future_form(word, scan, place)):
            future = distance
        elif past == _NEVER and word in scan.lexicon.past:
            past = distance
    return future, past


def _may_be_cue(folded: str, lexicon: Lexicon) -> bool:
    """Tell, without a look at the spelling, whether a word can be a cue at all."""
    prefixes, suffixes = lexicon.folded_affixes
    return folded in lexicon.folded_cues or folded.startswith(prefixes) or folded.endswith(suffixes)


def _word(scan: Scan, place: int) -> str:
    """Return a word in the form in which cues are listed."""
    token = scan.tokens[place]
    return token.word if scan.lexicon.lang == "ar" else scan.written(token).lower()


def _parts_clauses(scan: Scan, comma: int) -> bool:
    """Tell whether an Arabic clause begins after a comma: it then begins with "and"."""
    following = scan.tokens[comma + 1].word if comma + 1 < len(scan.tokens) else ""
    return scan.lexicon.lang == "ar" and following.startswith("و")


def _ends_sentence(scan: Scan, place: int) -> bool:
    """Tell a full stop from the dot of an initial or a title ("M.", "G.", "Dr.")."""
    return place == 0 or len(scan.tokens[place - 1].word) > 3


def _future_form(word: str, scan: Scan, place: int) -> bool:
    """Tell whether the word is a verb in the future tense by its ending, or in Arabic its prefix."""
    lexicon = scan.lexicon
    if scan.tokens[place].kind != OTHER or len(word) < 4:
        return False
    if lexicon.future_suffixes and word.endswith(lexicon.future_suffixes):
        return word not in lexicon.future_exceptions
    if lexicon.future_prefixes and word.startswith(lexicon.future_prefixes):
        return not _is_exception(word.lstrip("وف"), lexicon)
    return False


def _is_exception(word: str, lexicon: Lexicon) -> bool:
    """Tell whether an Arabic word that looks like a future verb is a noun ("سياسة", "سيارة")."""
    return len(word) < 4 or word.startswith(tuple(lexicon.future_exceptions))
