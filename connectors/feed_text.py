"""Turns the bytes of a feed into safe text: charset from an allow-list, no entity declarations, bounded size.

What parsers are known to choke on (entity bombs, a quadratic author pattern, fifty thousand items) is
cut or refused here, before any of them sees it.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from html.entities import name2codepoint

from connectors.entries import MAX_ENTRIES, ParseReason
from domain.errors import ParseError
from domain.text.decode import decode_html

MAX_FEED_BYTES = 5_000_000
MAX_AUTHOR_TEXT = 500

# The browsers' list: what a label means there, not what the standard's name says. No utf-7, nothing
# stateful, nothing that decodes ASCII bytes to other letters.
_CODECS: dict[str, str] = {}
for _codec, _labels in {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 utf-8-sig",
    "cp1252": "iso-8859-1 latin-1 latin1 iso8859-1 iso_8859-1 l1 us-ascii ascii windows-1252 cp1252 cp819",
    "iso-8859-15": "iso-8859-15 latin-9 latin9 iso8859-15",
    "iso-8859-2": "iso-8859-2 latin2 iso8859-2",
    "iso-8859-6": "iso-8859-6 arabic iso8859-6",
    "cp1254": "iso-8859-9 latin5 windows-1254 cp1254",
    "cp1256": "windows-1256 cp1256 cp-1256 x-cp1256",
    "cp1250": "windows-1250 cp1250",
    "cp1251": "windows-1251 cp1251",
    "cp1253": "windows-1253 cp1253",
    "cp1255": "windows-1255 cp1255",
    "iso-8859-5": "iso-8859-5 iso8859-5",
    "iso-8859-7": "iso-8859-7 iso8859-7 greek",
    "iso-8859-8": "iso-8859-8 iso8859-8 hebrew",
    "koi8-r": "koi8-r koi8r",
    "mac-roman": "macintosh mac x-mac-roman",
    "utf-16": "utf-16 utf16 utf-16le utf-16be unicode",
    "gb18030": "gb2312 gbk gb18030",
    "big5": "big5",
    "euc-jp": "euc-jp",
    "shift_jis": "shift_jis sjis",
    "euc-kr": "euc-kr ks_c_5601-1987",
}.items():
    for _label in _labels.split():
        _CODECS[_label] = _codec

# Labels that stand for the wrong thing so often that the bytes are asked; "utf-16" readable as ASCII is none.
_DOUBTED = frozenset({"utf-8", "utf-16", "cp1252", "iso-8859-15", "cp1256", "iso-8859-6"})

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>", re.DOTALL)
_ROOT = re.compile(r"<[A-Za-z_]")
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]{0,2000}(\[)?", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AUTHOR = re.compile(
    r"(<(?:[A-Za-z]{1,20}:)?(?:author|creator|managingEditor|webMaster|contributor|owner|publisher|name|email)\b[^>]{0,500}>)"
    rf"([^<]{{{MAX_AUTHOR_TEXT},}}|<!\[CDATA\[(?:(?!\]\]>).){{{MAX_AUTHOR_TEXT},}}\]\]>)",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_BARE_AMP = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)")
_CHARACTER = re.compile(r"&#(?:(\d{1,12})|[xX]([0-9a-fA-F]{1,10}));?")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def codec_for(label: str) -> str | None:
    """Return the codec a charset label stands for, None if it is not on the list."""
    return _CODECS.get(label.strip().lower())


def decode(body: bytes, charset: str = "") -> str:
    """Return the text: byte order mark, then UTF-8 if it is that, then what the labels and the bytes agree on.

    Labels are often wrong: an Arabic feed in windows-1256 that says UTF-8, a UTF-8 one that says ISO-8859-1. For the
    charsets of our languages the bytes decide, as for pages (`domain.text.decode`); a label of another is believed.
    """
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(codec, "replace")
    if body[:4].count(0) == 2 and b"<" in body[:4]:  # UTF-16 without a mark
        return body.decode("utf-16-be" if body[0] == 0 else "utf-16-le", "replace")
    with contextlib.suppress(UnicodeDecodeError):
        return body.decode("utf-8")
    declared = _DECLARED.match(body[:400])
    for label in (declared[1].decode("ascii") if declared else "", charset):
        codec = codec_for(label) or ""
        if not codec or codec in _DOUBTED:
            continue
        with contextlib.suppress(UnicodeDecodeError):
            return body.decode(codec)
    return decode_html(body, charset)


def check_size(body: bytes, subject: str) -> None:
    """Raise ParseError for a document over the limit."""
    if len(body) > MAX_FEED_BYTES:
        raise ParseError(
            "read feed",
            subject,
            f"{len(body)} bytes, expected at most {MAX_FEED_BYTES}",
            reason=ParseReason.TOO_LARGE,
        )


def check_prolog(text: str, subject: str) -> bool:
    """Return whether a plain DOCTYPE stands before the root; raises ParseError for declarations in it."""
    root = _ROOT.search(text)
    head = text[: root.start()] if root else text
    if _ENTITY.search(head):
        raise ParseError("read feed", subject, "declares entities", reason=ParseReason.ENTITIES)
    doctype = _DOCTYPE.search(head)
    if doctype and doctype[1]:
        raise ParseError(
            "read feed", subject, "DOCTYPE with an internal subset", reason=ParseReason.ENTITIES
        )
    return doctype is not None


def without_declaration(text: str) -> str:
    """Return the document from its first tag on, without the XML declaration (it is text by now)."""
    start = text.find("<")
    text = text[start:] if start > 0 else text
    return _DECLARATION.sub("", text, count=1).lstrip("\ufeff \t\r\n")


def repair(text: str) -> str:
    """Return the document with what most often breaks feeds mended: HTML entities, bare ampersands, control characters."""
    text = _without_impossible(_NOT_XML.sub("", text))
    text = _BARE_AMP.sub("&amp;", text)

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        if name in _XML_NAMES:
            return found[0]
        code = name2codepoint.get(name)
        return f"&#{code};" if code else f"&amp;{name};"

    return _NAMED.sub(replaced, text)


def _without_impossible(text: str) -> str:
    """Return the text without references to characters that XML, or Unicode, does not have."""

    def kept(found: re.Match[str]) -> str:
        code = int(found[1]) if found[1] else int(found[2], 16)
        possible = code in {9, 10, 13} or 32 <= code < 0xD800 or 0xE000 <= code < 0x110000
        return found[0] if possible and code not in {0xFFFE, 0xFFFF} else ""

    return _CHARACTER.sub(kept, text) if "&#" in text else text


def tame(text: str, subject: str) -> str:
    """Return the document as feedparser may see it: no declarations, at most MAX_ENTRIES items, short authors."""
    if _ENTITY.search(text):
        raise ParseError("read feed", subject, "declares entities", reason=ParseReason.ENTITIES)
    text = _DOCTYPE.sub("", text, count=1) if "<!DOCTYPE" in text[:5000] else text
    text = _AUTHOR.sub(r"\1", _without_impossible(_NOT_XML.sub("", text)))
    tags = list(re.finditer(r"<(item|entry)[\s>]", text))
    if len(tags) > MAX_ENTRIES:
        text = text[: tags[MAX_ENTRIES].start()]
    return text
