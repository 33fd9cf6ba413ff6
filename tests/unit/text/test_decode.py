"""Pages come out as the right letters whatever charset they are in and whatever they claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ParseError
from domain.text.decode import MAX_BYTES, decode_html, repair_mojibake

ARABIC = "<html><body><p>أعلنت المندوبية عن فتح الميناء من جديد بعد ثلاثة أشهر من الأشغال</p></body></html>"
FRENCH = "<html><body><p>Le ministère a été reçu à Rabat où l’été s’achève — « déjà » dit-il</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (ARABIC, "utf-8", ""),
        (ARABIC, "utf-8", "windows-1256"),
        (ARABIC, "utf-8-sig", "iso-8859-1"),
        (ARABIC, "cp1256", "windows-1256"),
        (ARABIC, "cp1256", ""),
        (ARABIC, "cp1256", "utf-8"),
        (ARABIC, "cp1256", "ISO-8859-1"),
        (ARABIC, "iso8859-6", "iso-8859-6"),
        (ARABIC, "iso8859-6", ""),
        (ARABIC, "utf-16", ""),
        (FRENCH, "cp1252", "ISO-8859-1"),
        (FRENCH, "cp1252", ""),
        (FRENCH, "cp1252", "utf-8"),
        (FRENCH, "cp1252", "no-such-charset"),
        (FRENCH, "mac-roman", ""),
        (FRENCH, "utf-8", "latin1"),
    ],
)
def test_letters_survive_any_declaration(text: str, codec: str, declared: str) -> None:
    """A wrong or missing charset in the header does not garble the page."""
    assert decode_html(text.encode(codec), declared) == text


def test_charset_of_the_page_itself_is_read_when_the_header_has_none() -> None:
    """The meta tag decides between charsets that look alike."""
    page = '<html><head><meta charset="iso-8859-15"></head><body>Coût : 3 ¤</body>'
    body = page.encode("latin-1")
    assert "3 €" in decode_html(body, "")


@pytest.mark.parametrize(
    "declared", ["utf-7", "UTF-7", "iso-2022-jp", "hz-gb-2312", "idna", "rot13", "unicode_escape"]
)
def test_unsafe_codecs_are_refused(declared: str) -> None:
    """A declared utf-7 does not turn harmless letters into markup."""
    assert (
        decode_html(b"<p>+ADw-script+AD4- \\u003cb\\u003e</p>", declared)
        == "<p>+ADw-script+AD4- \\u003cb\\u003e</p>"
    )


def test_nuls_are_dropped_and_a_cut_character_does_not_change_the_charset() -> None:
    """A page cut in the middle of a letter is still UTF-8."""
    body = ARABIC.encode()[:-15]
    assert "الميناء" in decode_html(b"\x00" + body + b"\xd9", "")
    assert "\x00" not in decode_html(b"a\x00b", "")


def test_too_large_body_is_refused_by_name() -> None:
    """A body over 5 MB is an error with its own reason, not a slow page."""
    with pytest.raises(ParseError, match="5000001 bytes") as caught:
        decode_html(b"a" * (MAX_BYTES + 1))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_mojibake_is_repaired_where_it_is_certain(wrong: str) -> None:
    """UTF-8 that somebody read as Latin-1 and saved again comes back."""
    garbled = "".join(
        char if ord(char) < 128 else char.encode().decode(wrong, errors="ignore")
        for char in FRENCH.replace("à", "a")
    )
    assert repair_mojibake(garbled) == FRENCH.replace("à", "a")


@pytest.mark.parametrize("text", ["«SÉCURITÉ» À L’ÉCOLE", "Ã est une lettre", FRENCH, ARABIC])
def test_sound_text_is_not_repaired(text: str) -> None:
    """Letters that only look like mojibake by chance stay."""
    assert repair_mojibake(text) == text


@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "x"]))
def test_any_bytes_become_text(body: bytes, charset: str) -> None:
    """No sequence of bytes makes decoding fail."""
    assert "\x00" not in decode_html(body, charset)
