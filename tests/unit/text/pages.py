"""Builds HTML pages around stories: the same furniture as `furniture.py`, in the markup of a news site."""

from __future__ import annotations

import json
from html import escape

from tests.unit.text.stories import Furniture, Story

SITE = "La Gazette du Port"


def news_page(
    story: Story,
    furniture: Furniture,
    *,
    json_ld: bool = True,
    meta_date: bool = True,
    weight: int = 1,
) -> str:
    """Return an article page; `weight` multiplies the scripts, menus and lists around the article."""
    head = [f'<meta property="og:site_name" content="{SITE}">']
    head.append(f'<meta property="og:title" content="{escape(story.title)} - {SITE}">')
    if meta_date:
        head.append('<meta property="article:published_time" content="2026-04-15T09:30:00+01:00">')
    if json_ld:
        data = {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebSite", "name": SITE},
                {
                    "@type": ["NewsArticle"],
                    "headline": story.title,
                    "datePublished": "2026-04-15T09:30:00+01:00",
                    "inLanguage": story.lang,
                },
            ],
        }
        head.append(f'<script type="application/ld+json">{json.dumps(data)}</script>')
    head += ["<script>var a = [1,2,3].map(function (x) { return x < 2; });</script>"] * (4 * weight)
    menu = "".join(f'<li><a href="/{n}">{escape(m)}</a></li>' for n, m in enumerate(furniture.menu))
    lists = "".join(
        f'<div class="widget"><h3>{escape(section)}</h3><ul>{_links(furniture.headlines)}</ul></div>'
        for section in furniture.sections * weight
    )
    first, *rest = (
        f"<p>{escape(p)}</p>" for p in (story.paragraphs[0], story.quote, *story.paragraphs[1:])
    )
    return f"""<!DOCTYPE html><html lang="{story.lang}"><head><meta charset="utf-8">
<title>{escape(story.title)} - {SITE}</title>{"".join(head)}</head><body>
<header><div class="logo"><a href="/">{SITE}</a></div><nav><ul>{menu * weight}</ul></nav></header>
<div class="ticker"><ul>{_links(furniture.headlines)}</ul></div>
<main><h1 class="entry-title">{escape(story.title)}</h1>
<div class="meta"><span class="author">{escape(furniture.byline)}</span> <span class="date">{escape(furniture.stamp)}</span></div>
<div class="share-buttons"><a href="#">Facebook</a> <a href="#">Twitter</a></div>
<article class="entry-content">{first}<p><strong>{escape(furniture.see_also)}</strong></p>{"".join(rest)}
<p>{escape(furniture.newsletter)}</p></article>
<div class="tags">{escape(furniture.tags)}</div>
<section class="related"><h3>{escape(furniture.related)}</h3><ul>{_links(furniture.headlines[:5])}</ul></section>
<section id="comments" class="comments"><h3>{escape(furniture.form)}</h3><p>{escape(furniture.comments[0])}</p></section>
</main><aside>{lists}</aside><footer><p>{escape(furniture.rights)}</p></footer></body></html>"""


def _links(headlines: tuple[str, ...]) -> str:
    """Return list entries that link to other articles."""
    return "".join(f'<li><a href="/a/{n}">{escape(h)}</a></li>' for n, h in enumerate(headlines))


def expected_text(story: Story) -> str:
    """Return the text that should come out of `news_page`."""
    return "\n".join((story.paragraphs[0], story.quote, *story.paragraphs[1:]))
