"""Bytes of a page to text: the right charset whatever the page claims, and no unsafe codec.

Valid UTF-8 is believed first, because text in another charset is practically never valid UTF-8 by
chance, while wrong declarations are common on old Arabic and French sites.
"""

from __future__ import annotations

import codecs
import re

from domain.errors import ParseError

MAX_BYTES = 5_000_000
_SNIFF_BYTES = 2048
_DETECT_BYTES = 200_000
# What a browser reads (WHATWG Encoding), cut to what news in our languages is written in. utf-7,
# iso-2022, hz, idna and the like are not here: they let markup hide from every filter before us.
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "cp1252", "ascii": "cp1252", "ansi": "cp1252",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252", "cp-1252": "cp1252", "iso-8859-15": "iso8859-15",
    "latin-9": "iso8859-15", "macintosh": "mac-roman", "windows-1256": "cp1256", "cp1256": "cp1256",
    "cp-1256": "cp1256", "iso-8859-6": "iso8859-6", "arabic": "iso8859-6", "windows-1250": "cp1250",
    "windows-1254": "cp1254", "iso-8859-9": "cp1254", "iso-8859-2": "iso8859-2",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}  # fmt: skip
_COMMON_LETTERS = frozenset("ايلمنوترهبدفسعقةأإحكشجصىخطغزذئéèêàçùûôîïâëœüöäßñáíóúìòÉÈÀ’“”«»…–—€°")
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,30})", re.IGNORECASE
)
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,30})[\"']")
_TAG = re.compile(rb"<[^<>]{0,2000}>")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
# UTF-8 read as windows-1252: a lead byte for Latin-1 letters, punctuation or Arabic, then its tail.
_TAIL = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_MOJIBAKE = re.compile(f"(?:[ÂÃØÙÚÛ]{_TAIL}|â[€\u0080]{_TAIL})+")
_ACCENTED = re.compile("[à-öø-ÿœ\u0620-\u064a]")
_MOJIBAKE_RUNS = 3  # fewer may be chance, as "É»" at the end of a quotation is


def decode_html(body: bytes, charset: str = "") -> str:
    """Return the text of a fetched page. `charset` is the Content-Type header's, '' if none.

    Raises:
        ParseError: the body is larger than 5 MB.
    """
    if len(body) > MAX_BYTES:
        raise ParseError(
            "decode", "page", f"{len(body)} bytes, at most {MAX_BYTES}", reason="too_large"
        )
    text = _decode(body, charset).replace("\x00", "")
    return repair_mojibake(text)


def _decode(body: bytes, charset: str) -> str:
    """Return the body as text, by byte order mark, validity, declaration, detection in that order."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body.decode(codec, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if (text := _damaged_utf8(body)) is not None:
        return text
    for name in (charset, *_declared(body)):
        codec_name = _CODECS.get(name.strip().strip("\"'").lower())
        if codec_name is None or codec_name == "utf-8":
            continue
        if codec_name.startswith("utf-16"):
            if body[:_SNIFF_BYTES].count(0) < min(len(body), _SNIFF_BYTES) // 8:
                continue
        elif (not _arabic_bytes(body) and codec_name in ("cp1256", "iso8859-6")) or (
            _arabic_bytes(body) and codec_name not in ("cp1256", "iso8859-6")
        ):
            continue
        return body.decode(codec_name, errors="replace")
    return body.decode(_detect(body), errors="replace")


def _declared(body: bytes) -> list[str]:
    """Return the charsets that the page itself names."""
    head = body[:_SNIFF_BYTES]
    found = _XML_CHARSET.findall(head) + _META_CHARSET.findall(head)
    return [name.decode("ascii", "replace") for name in found]


def _damaged_utf8(body: bytes) -> str | None:
    """Return UTF-8 text in which a few bytes are broken (a cut character, a bad include)."""
    text = body.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = sum(1 for char in text if ord(char) > 127) - broken
    return text if sound > 20 * broken else None


def _visible(body: bytes) -> bytes:
    """Return the beginning of a page without tags, scripts and styles; linear on any bytes."""
    parts: list[bytes] = []
    rest = body[:_DETECT_BYTES]
    for name in (b"script", b"style"):
        parts, at = [], 0
        while (start := rest.find(b"<" + name, at)) >= 0:
            parts.append(rest[at:start])
            end = rest.find(b"</" + name, start)
            at = len(rest) if end < 0 else end
        rest = b" ".join([*parts, rest[at:]])
    return _TAG.sub(b" ", rest)


def _arabic_bytes(body: bytes) -> bool:
    """Tell whether the visible bytes are mostly high ones, as in a single-byte Arabic charset."""
    visible = _visible(body)
    high = sum(byte >= 0xC0 for byte in visible)
    low = sum(0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A for byte in visible)
    return high > 0.4 * (high + low)


def _detect(body: bytes) -> str:
    """Return the codec under which the undeclared high bytes read as common letters most often."""
    visible = _visible(body)
    guesses = ("cp1256", "iso8859-6") if _arabic_bytes(body) else ("cp1252", "mac-roman")
    return max(guesses, key=lambda codec: (_readable(visible, codec), codec == guesses[0]))


def _readable(sample: bytes, codec: str) -> int:
    """Return how many characters of the sample are letters and marks common in our languages."""
    return sum(char in _COMMON_LETTERS for char in sample.decode(codec, errors="replace"))


def repair_mojibake(text: str) -> str:
    """Return the text with UTF-8 that was read as windows-1252 put right, where that is certain."""
    runs = _MOJIBAKE.findall(text)
    if len(runs) < _MOJIBAKE_RUNS or len(set(runs)) < 2:
        return text
    if len(_ACCENTED.findall(_MOJIBAKE.sub("", text))) > len(runs):
        return text
    return _MOJIBAKE.sub(lambda match: _reread(match.group()), text)


def _reread(run: str) -> str:
    """Return one run of misread characters as the UTF-8 it was, or unchanged if it was none."""
    try:
        raw = b"".join(
            char.encode("latin-1") if ord(char) < 256 else char.encode("cp1252") for char in run
        )
        return raw.decode("utf-8")
    except UnicodeError:
        return run
