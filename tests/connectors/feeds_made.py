"""Feeds made by rule, in every format and with the habits of real ones, for comparing readers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

WORDS = {
    "fr": [
        "accord",
        "sécurité",
        "Rabat",
        "Paris",
        "ministre",
        "l’intérieur",
        "coopération",
        "réunion",
        "œuvre",
        "été",
    ],
    "ar": ["الرباط", "باريس", "وزير", "الداخلية", "اتفاق", "التعاون", "الأمني", "اجتماع", "مشترك"],
    "en": ["police", "arrest", "joint", "operation", "Morocco", "France", "agreement", "border"],
    "de": ["Übereinkommen", "Sicherheit", "Marokko", "Frankreich", "Grüße"],
}
START = datetime(2024, 4, 22, 10, 30, tzinfo=UTC)


def sentence(rng: random.Random, lang: str, count: int) -> str:
    """Return so many words."""
    return " ".join(rng.choice(WORDS[lang]) for _ in range(count))


def _title(rng: random.Random, lang: str) -> str:
    text = sentence(rng, lang, 6)
    return rng.choice([text, f"{text} & co", f"« {text} »", f'"{text}" <3', f"{text}  \n x"])


def _xml_text(rng: random.Random, text: str) -> str:
    return f"<![CDATA[{text}]]>" if rng.random() < 0.5 else escape(text)


def _html(rng: random.Random, lang: str) -> str:
    return (
        f'<p>{sentence(rng, lang, 20)} <a href="/x?a=1&amp;b=2">lien</a></p>'
        f'<img src="/i.jpg" alt=""/><p>{sentence(rng, lang, 30)}&nbsp;!</p>'
    )


def rss(seed: int, items: int = 30) -> bytes:
    """Return an RSS 2.0 feed."""
    rng = random.Random(seed)
    lang = rng.choice(sorted(WORDS))
    rows = []
    for n in range(items):
        link = f"https://news{seed}.example/{lang}/{n}?id={n}&x=1"
        at = format_datetime(START - timedelta(hours=n), usegmt=rng.random() < 0.5)
        date = rng.choice(
            [f"<pubDate>{at}</pubDate>", f"<dc:date>{START.isoformat()}</dc:date>", ""]
        )
        guid = rng.choice(
            [f'<guid isPermaLink="false">{seed}-{n}</guid>', f"<guid>{escape(link)}</guid>", ""]
        )
        body = _xml_text(rng, _html(rng, lang))
        content = f"<content:encoded>{body}</content:encoded>" if rng.random() < 0.3 else ""
        rows.append(
            f"<item><title>{_xml_text(rng, _title(rng, lang))}</title><link>{escape(link)}</link>"
            f"{guid}{date}<dc:creator>{escape(sentence(rng, lang, 2))}</dc:creator>"
            f"<category>x</category><enclosure url='https://a.example/1.mp3' length='1' type='audio/mpeg'/>"
            f"<description>{_xml_text(rng, _html(rng, lang))}</description>{content}</item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>Site {seed} &amp; fils</title><link>https://news{seed}.example/</link>"
        f"<language>{lang}</language><description>d</description>{''.join(rows)}</channel></rss>"
    ).encode()


def atom(seed: int, items: int = 30) -> bytes:
    """Return an Atom feed."""
    rng = random.Random(seed)
    lang = rng.choice(sorted(WORDS))
    rows = []
    for n in range(items):
        at = (START - timedelta(hours=n)).isoformat()
        kind = rng.choice(["text", "html"])
        title = _title(rng, lang)
        summary = f'<summary type="html">{_xml_text(rng, _html(rng, lang))}</summary>'
        content = f'<content type="html">{_xml_text(rng, _html(rng, lang))}</content>'
        rows.append(
            f'<entry><title type="{kind}">{_xml_text(rng, title if kind == "text" else escape(title))}</title>'
            f'<link rel="alternate" type="text/html" href="https://a{seed}.example/{n}"/>'
            f'<link rel="enclosure" href="https://a{seed}.example/{n}.mp3"/>'
            f"<id>tag:a{seed}.example,2024:{n}</id><updated>{at}</updated>"
            f"{f'<published>{at}</published>' if rng.random() < 0.7 else ''}"
            f"<author><name>{sentence(rng, lang, 2)}</name></author>"
            f"{rng.choice([summary, content, summary + content])}</entry>"
        )
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{lang}">'
        f"<title>Site {seed}</title><link href='https://a{seed}.example/'/>"
        f"<link rel='self' href='https://a{seed}.example/atom.xml'/>{''.join(rows)}</feed>"
    ).encode()


def rdf(seed: int, items: int = 30) -> bytes:
    """Return an RSS 1.0 feed."""
    rng = random.Random(seed)
    lang = rng.choice(sorted(WORDS))
    rows = []
    for n in range(items):
        link = f"https://r{seed}.example/{n}"
        at = (START - timedelta(hours=n)).isoformat()
        rows.append(
            f'<item rdf:about="{link}"><title>{_xml_text(rng, _title(rng, lang))}</title><link>{link}</link>'
            f"<description>{_xml_text(rng, _html(rng, lang))}</description><dc:date>{at}</dc:date></item>"
        )
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://r{seed}.example/"><title>R {seed}</title>'
        f"<link>https://r{seed}.example/</link><dc:language>{lang}</dc:language></channel>"
        f"{''.join(rows)}</rdf:RDF>"
    ).encode()
