"""Reads one article against one watch: is it of the watch, and what does it tell."""

from __future__ import annotations

from domain.classify.acts import read_acts
from domain.classify.document import anchor_day, build
from domain.classify.relevance import relevance
from domain.classify.what import read_what
from domain.classify.when import read_month_days, read_periods, read_when
from domain.classify.where import read_places, read_where
from domain.classify.who import read_who
from domain.knowledge import Knowledge
from domain.model import Act, Article, Reading, Reason, Watch


def read(article: Article, watch: Watch, knowledge: Knowledge) -> Reading:
    """Return the reading; of an article that is not of the watch only the score and its reasons."""
    document = build(article, watch.parties, knowledge)
    acts = read_acts(document)
    probability, why = relevance(document, acts)
    score = round(probability, 4)
    if score < watch.relevance_threshold:
        return Reading(relevant=False, score=score, reasons=why)
    when = read_when(document, acts, watch, knowledge.ledger)
    where = read_where(document, acts)
    who = read_who(document, acts, knowledge.ledger, when.day or anchor_day(article))
    what = read_what(document, acts, watch)
    act = acts.act or Act.STATEMENT
    keys = acts.key_lines()[:3]
    spans = tuple(
        document.span(document.lines[i].start, document.lines[i].end) for i in sorted(keys)
    )
    act_reason = Reason(f"act.{act.value}", "told here", round(acts.points.get(act, 0.0), 2), spans)
    return Reading(
        relevant=True,
        score=score,
        act=act,
        status=when.status,
        event_date=when.day,
        event_date_range=when.span,
        date_basis=when.basis,
        weekday=when.weekday,
        place=where.place,
        actors=who.actors,
        mentioned=who.mentioned,
        themes=what.themes,
        figures=what.figures,
        periods=read_periods(document),
        month_days=read_month_days(document),
        places=read_places(document),
        names=what.names,
        is_recap=when.is_recap,
        reasons=(*why, act_reason, *when.reasons, *where.reasons, *who.reasons, *what.reasons),
    )
