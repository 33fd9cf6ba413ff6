"""Finds the article in a page that already lost its tags, and drops the page around it.

cut into blocks -> join prose into clusters -> choose the article's cluster -> grow it over gaps
that belong to the article -> find title, dateline and publication stamp above it.

What decides is structure: runs of prose against runs of unpunctuated headlines, headings of lists,
and whether a stretch shares its vocabulary with the article. Marker phrases only help.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.text.blocks import (
    GLUED,
    LOOSE,
    PASSING,
    STORY,
    Block,
    Kind,
    cut,
    make_block,
    may_hold_furniture,
    tokens_of,
)
from domain.text.extracted import DateCandidate, Extracted
from domain.text.furniture import stems
from domain.text.sentences import split_sentences
from domain.text.stamps import says_posted
from domain.text.titles import (
    asks,
    find_title,
    lead_lines,
    same_title,
    title_lines,
    without_run_in_title,
)

MAX_CHARS = 500_000  # a longer page is no news article; the rest is not looked at
# Share of a stretch's content words that the article must have too, before the stretch is taken for
# a part of it. Measured on the development corpus, see tests/unit/text/test_plain.py.
COHESION_AFTER_LIST = 0.2
COHESION_AFTER_HEADER = 0.3
COHESION_OF_TEASER = 0.6
# A heading with nothing listed under it before the next paragraph is a widget set into the article.
COHESION_AFTER_BARE_HEADER = 0.0
BARE_HEADER_WORDS = 9
COHESION_BEFORE = 0.2
TEASER_WORDS = 35  # a teaser above the article is shorter


@dataclass(slots=True)
class Cluster:
    """A stretch of blocks with no list, heading or headline in between."""

    first: int
    last: int
    words: int
    stems: frozenset[str] = field(default_factory=frozenset)


def isolate(text: str, title: str | None) -> Extracted:
    """Return the article within a tag-stripped page: title, paragraphs, stamps, what was dropped.

    An empty `text` means that the page has no article.
    """
    blocks = cut(text.replace("\x00", "")[:MAX_CHARS])
    given = " ".join((title or "").split())
    titles = title_lines(blocks, given)
    clusters = _clusters(blocks, titles)
    if not clusters:
        return _without_prose(blocks, given, titles)
    kept = _grow(blocks, clusters, _main(blocks, clusters, titles), titles)
    start = min(kept)
    core = stems([token for index in kept for token in blocks[index].tokens])
    top = max((t for t in titles if t < start), default=-1)
    if not given:
        top, given = find_title(blocks, start, core)
    if not given and len(kept) > 1 and asks(blocks[start]):
        top, given = start, blocks[start].text  # a title that ends like a sentence
        kept.remove(start)
        start = min(kept)
    lead = lead_lines(blocks, top, start, given, core)
    order = _without_repeats(blocks, sorted({*lead, *kept}), given)
    return Extracted(
        title=given,
        text=_joined(blocks, order, given),
        candidates=_stamps(blocks, top, order[0], order[-1]),
        dropped=_others(blocks, order),
    )


def tidy(text: str, title: str) -> Extracted:
    """Return text that an HTML extractor already isolated, without the furniture that survived.

    Gentler than `isolate`: the markup was looked at before, so a list or a line with no full stop
    is kept unless it is furniture by its words or follows the heading of a list of other articles.
    """
    blocks = cut(text.replace("\x00", "")[:MAX_CHARS])
    titles = title_lines(blocks, title)
    total = sum(len(block.tokens) for block in blocks if block.kind in STORY)
    kept: list[int] = []
    core: frozenset[str] = frozenset()
    told, listing = 0, False
    for index, block in enumerate(blocks):
        if block.kind is Kind.CLOSING and told >= 0.5 * total:
            break
        if block.kind is Kind.HEADER:
            listing = True
        if block.kind not in STORY and block.kind not in LOOSE:
            continue
        said = stems(block.tokens)
        if block.kind is Kind.PROSE:
            listing = listing and len(said & core) < COHESION_AFTER_HEADER * len(said)
        if not listing and (index not in titles or block.kind is Kind.PROSE):
            kept.append(index)
            core |= said
            told += len(block.tokens) if block.kind in STORY else 0
    order = _without_repeats(blocks, kept, title) if kept else []
    return Extracted(
        title=title,
        text=_joined(blocks, order, title),
        candidates=_stamps(blocks, -1, order[0], order[-1]) if order else (),
        dropped=_others(blocks, order),
    )


def _joined(blocks: list[Block], order: list[int], title: str) -> str:
    """Return the kept blocks as lines, without the furniture glued to the ends of paragraphs."""
    lines = [_trimmed(blocks[index]) for index in order]
    if lines and title:
        lines[0] = without_run_in_title(lines[0], title)
    return "\n".join(line for line in lines if line)


def _trimmed(block: Block) -> str:
    """Return a paragraph without the sentences of the site to its reader at either end."""
    if block.kind is not Kind.PROSE or not may_hold_furniture(block.tokens):
        return block.text
    pieces = [block.text[s.start : s.end] for s in split_sentences(block.text, "")]
    while pieces and make_block(pieces[-1]).kind in GLUED:
        pieces.pop()
    while pieces and make_block(pieces[0]).kind in GLUED:
        pieces.pop(0)
    return " ".join(pieces)


def _others(blocks: list[Block], kept: list[int]) -> tuple[str, ...]:
    """Return the texts of all blocks but the kept ones."""
    chosen = set(kept)
    return tuple(block.text for index, block in enumerate(blocks) if index not in chosen)


def _clusters(blocks: list[Block], titles: frozenset[int]) -> list[Cluster]:
    """Return the stretches of prose, parted by everything but small passing furniture."""
    clusters: list[Cluster] = []
    open_ = False
    for index, block in enumerate(blocks):
        if index in titles or not (block.kind in STORY or block.kind in PASSING):
            open_ = False
        elif block.kind in STORY:
            if open_:
                clusters[-1].last = index
                clusters[-1].words += len(block.tokens)
            else:
                clusters.append(Cluster(index, index, len(block.tokens)))
                open_ = True
    for cluster in clusters:
        cluster.stems = _cluster_stems(blocks, cluster)
    has_prose = [c for c in clusters if _has_prose(blocks, c)]
    return clusters if has_prose else []


def _cluster_stems(blocks: list[Block], cluster: Cluster) -> frozenset[str]:
    """Return the content stems of a cluster's prose."""
    span = blocks[cluster.first : cluster.last + 1]
    return stems([token for block in span if block.kind in STORY for token in block.tokens])


def _has_prose(blocks: list[Block], cluster: Cluster) -> bool:
    """Tell whether a cluster has at least one block of real prose."""
    return any(b.kind is Kind.PROSE for b in blocks[cluster.first : cluster.last + 1])


def _main(blocks: list[Block], clusters: list[Cluster], titles: frozenset[int]) -> int:
    """Return the index of the cluster that is the heart of the article.

    The longest one, but what follows a comment form is not the article, and of stretches that
    follow the given title the longest is preferred to a longer one above it.
    """
    closings = [i for i, b in enumerate(blocks) if b.kind is Kind.CLOSING]
    order = range(len(clusters))

    def weight(number: int) -> float:
        cluster = clusters[number]
        words = float(cluster.words if _has_prose(blocks, cluster) else cluster.words / 4)
        before = sum(c.words for c in clusters[:number] if _has_prose(blocks, c))
        if before >= 40 and any(c < cluster.first for c in closings):
            words *= 0.2
        if titles and not any(t < cluster.first for t in titles):
            words *= 0.3
        return words

    return max(order, key=lambda number: (weight(number), -number))


def _cohesion(cluster: Cluster, core: frozenset[str]) -> float:
    """Return the share of the cluster's content stems that the article has too."""
    return len(cluster.stems & core) / len(cluster.stems) if cluster.stems else 0.0


def _grow(
    blocks: list[Block], clusters: list[Cluster], main: int, titles: frozenset[int]
) -> set[int]:
    """Return the blocks of the article: the main cluster and what belongs to it on both sides."""
    kept = _story(blocks, clusters[main].first, clusters[main].last)
    core = clusters[main].stems
    edge = clusters[main].last
    for cluster in clusters[main + 1 :]:
        gap = range(edge + 1, cluster.first)
        if any(blocks[i].kind is Kind.CLOSING or i in titles for i in gap):
            break
        if _joins_after(blocks, gap, cluster, core):
            kept |= _gap_kept(blocks, gap, core) | _story(blocks, cluster.first, cluster.last)
            core |= cluster.stems
            edge = cluster.last
        elif any(blocks[i].kind is Kind.HEADER for i in gap):
            break
    edge = clusters[main].first
    for cluster in reversed(clusters[:main]):
        gap = range(cluster.last + 1, edge)
        if not _joins_before(blocks, gap, cluster, core, titles):
            break
        kept |= _gap_kept(blocks, gap, core) | _story(blocks, cluster.first, cluster.last)
        core |= cluster.stems
        edge = cluster.first
    last = max(kept)
    while asks(blocks[last]) and last - 1 not in kept and len(kept) > 1:
        kept.discard(last)  # the headline of another article: furniture parts it from the text
        last = max(kept)
    return kept | _list_at_end(blocks, last)


def _story(blocks: list[Block], first: int, last: int) -> set[int]:
    """Return the prose blocks of a stretch."""
    return {i for i in range(first, last + 1) if blocks[i].kind in STORY}


def _joins_after(blocks: list[Block], gap: range, cluster: Cluster, core: frozenset[str]) -> bool:
    """Decide whether prose after a gap still belongs to the article."""
    kinds = [blocks[i].kind for i in gap]
    loose = sum(kind in LOOSE for kind in kinds)
    cohesion = _cohesion(cluster, core)
    if Kind.HEADER in kinds and _is_cut_short(blocks, cluster):
        return False
    if Kind.HEADER in kinds and not loose and _begins_with_prose(blocks, cluster):
        return cohesion >= COHESION_AFTER_BARE_HEADER
    if Kind.HEADER in kinds:
        lone = len(_story(blocks, cluster.first, cluster.last)) == 1
        if lone and blocks[cluster.first - 1].kind in LOOSE and cluster.words < 2 * TEASER_WORDS:
            return cohesion >= COHESION_OF_TEASER  # headline and one paragraph: a teaser's shape
        return cohesion >= COHESION_AFTER_HEADER and cluster.words >= 20
    if Kind.STRIP in kinds:
        return cohesion >= COHESION_AFTER_HEADER
    announced = blocks[gap.start - 1].text.rstrip().endswith(":")
    bullets = sum(kind is Kind.ITEM for kind in kinds) == loose
    if not _has_prose(blocks, cluster):
        return (announced or bullets) and blocks[cluster.last].text.endswith((".", ":"))
    return loose <= 2 or announced or bullets or cohesion >= COHESION_AFTER_LIST


def _is_cut_short(blocks: list[Block], cluster: Cluster) -> bool:
    """Tell whether every paragraph of a cluster breaks off, as the teasers of other articles do."""
    story = [blocks[i].text.rstrip() for i in sorted(_story(blocks, cluster.first, cluster.last))]
    return all(text.endswith(("...", "…")) for text in story)


def _begins_with_prose(blocks: list[Block], cluster: Cluster) -> bool:
    """Tell whether a cluster opens with a full paragraph rather than a teaser's line."""
    first = blocks[cluster.first]
    return first.kind is Kind.PROSE and len(first.tokens) >= BARE_HEADER_WORDS


def _joins_before(
    blocks: list[Block],
    gap: range,
    cluster: Cluster,
    core: frozenset[str],
    titles: frozenset[int],
) -> bool:
    """Decide whether prose above a gap is the article's beginning or another text's teaser."""
    kinds = [blocks[i].kind for i in gap]
    if any(i in titles for i in gap) or Kind.CLOSING in kinds or Kind.STRIP in kinds:
        return False
    loose = sum(kind in LOOSE for kind in kinds)
    if not _has_prose(blocks, cluster):
        last = blocks[cluster.last]
        return loose <= 1 and last.text.endswith(".") and not last.in_row
    if Kind.HEADER in kinds and not loose and any(t < cluster.first for t in titles):
        return True
    if Kind.HEADER in kinds or loose > 2:
        return _cohesion(cluster, core) >= COHESION_AFTER_HEADER
    if any(t < cluster.first for t in titles):
        return True
    if loose and (Kind.STAMP in kinds or Kind.BYLINE in kinds):
        return False  # a headline with its date is a title: what stands above is another text
    told = len(_story(blocks, cluster.first, cluster.last)) > 1 or cluster.words > TEASER_WORDS
    return told or _cohesion(cluster, core) >= COHESION_BEFORE


def _gap_kept(blocks: list[Block], gap: range, core: frozenset[str]) -> set[int]:
    """Return the blocks of a gap within the article that are its subheadings and lists."""
    kinds = [blocks[i].kind for i in gap]
    if Kind.HEADER in kinds or Kind.STRIP in kinds:
        return set()
    loose = [i for i in gap if blocks[i].kind in LOOSE]
    story = _story(blocks, gap.start, gap.stop - 1)
    announced = blocks[gap.start - 1].text.rstrip().endswith(":")
    bullets = all(blocks[i].kind is Kind.ITEM for i in loose)
    if len(loose) <= 2 or announced or bullets:
        return story | set(loose)
    said = stems([token for i in loose for token in blocks[i].tokens])
    related = len(said & core) / len(said) if said else 0.0
    return story | set(loose) if related >= COHESION_AFTER_LIST else story


def _list_at_end(blocks: list[Block], last: int) -> set[int]:
    """Return the list with which the article ends, if its last sentence announces one."""
    if not blocks[last].text.rstrip().endswith(":"):
        return set()
    kept: set[int] = set()
    for index in range(last + 1, len(blocks)):
        if blocks[index].kind not in LOOSE or (kept and blocks[index].after_blank):
            break
        kept.add(index)
    return kept


def _without_repeats(blocks: list[Block], kept: list[int], title: str) -> list[int]:
    """Return the kept blocks without repetitions of the title or of a paragraph."""
    wanted = tokens_of(title)
    seen: set[str] = set()
    result: list[int] = []
    for index in kept:
        block = blocks[index]
        repeated = len(block.tokens) >= 8 and block.folded in seen
        if repeated or (
            block.kind is not Kind.PROSE and wanted and same_title(block.tokens, wanted)
        ):
            continue
        seen.add(block.folded)
        result.append(index)
    return result or kept


def _stamps(blocks: list[Block], top: int, start: int, end: int) -> tuple[DateCandidate, ...]:
    """Return the publication stamps next to the article, the nearest first.

    A bare date above the title may be the page's own clock, so it must also say "published" or a
    time; the same holds below the article.
    """
    found: list[str] = []
    floor = top if top >= 0 else max(-1, start - 7)
    # The lines of a deck belong to the article; its stamp may stand between them and the first paragraph.
    deck = next((i for i in range(start, end + 1) if blocks[i].kind is Kind.PROSE), start)
    above = (blocks[index].stamp for index in range(deck - 1, floor, -1))
    found += [stamp for stamp in above if stamp]
    for index in (top - 1, *range(end + 1, min(end + 4, len(blocks)))):
        if not 0 <= index < len(blocks):
            continue  # no line above a title that was given apart, none below the last
        if blocks[index].kind in (Kind.HEADER, Kind.CLOSING):
            break
        stamp = blocks[index].stamp
        if stamp and not found and says_posted(blocks[index].folded):
            found.append(stamp)
    return tuple(DateCandidate(value, "text") for value in dict.fromkeys(found))


def _without_prose(blocks: list[Block], title: str, titles: frozenset[int]) -> Extracted:
    """Return a brief of a few unpunctuated lines as it is; a page of headlines as empty."""
    lines = [
        i for i, b in enumerate(blocks) if i not in titles and (b.kind in STORY or b.kind in LOOSE)
    ]
    if not title and len(lines) > 1:
        title, lines = blocks[lines[0]].text, lines[1:]
    if len(lines) > 3 or sum(len(blocks[i].tokens) for i in lines) < 5:
        lines = []
    return Extracted(
        title=title,
        text="\n".join(blocks[i].text for i in lines),
        candidates=_stamps(blocks, -1, min(lines, default=0), max(lines, default=-1)),
        dropped=_others(blocks, lines),
    )
