"""Properties that hold for every text: no failure, honest spans, no invented year, and a way back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dates.expressions import find_dates, self_dated
from domain.dates.lexicon import lexicon
from domain.model import LANGUAGES
from tests.unit.dates.telling import ANCHOR, read

_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ar": "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
}
_FORMS = {
    "fr": ("{d} {m} {y}", "{d:02}/{n:02}/{y}", "le {d} {m}, {y}"),
    "en": ("{d} {m} {y}", "{m} {d}, {y}", "{y}-{n:02}-{d:02}"),
    "es": ("{d} de {m} de {y}", "{d}/{n}/{y}", "{d} de {m} del {y}"),
    "nl": ("{d} {m} {y}", "{d}-{n}-{y}", "{d}/{n}/{y}"),
    "de": ("{d}. {m} {y}", "{d:02}.{n:02}.{y}", "{d}.{n}.{y}"),
    "it": ("{d} {m} {y}", "{d}/{n}/{y}", "{d}° {m} {y}"),
    "ar": ("{d} {m} {y}", "{d} - {n} - {y}", "{d} من شهر {m} {y}"),
}
_LANG = st.sampled_from(LANGUAGES)
_DAY = st.dates(date(1900, 1, 1), date(2099, 12, 31))
_ANCHOR = st.none() | st.dates()


@st.composite
def _wordy(draw: st.DrawFn) -> str:
    """Return a text made of the date words of a language, numbers and signs, in any order."""
    known = lexicon(draw(_LANG))
    assert known is not None
    words = st.sampled_from(sorted(known.first_words))
    loose = st.sampled_from(
        ["1", "22", "31", "2024", "1446", "99", "-", "/", ".", ",", "(", ")", "\n", "22/04/2024"]
    )
    return " ".join(draw(st.lists(words | loose, max_size=40)))


@settings(deadline=None)
@given(text=st.text() | _wordy(), lang=_LANG | st.text(max_size=3), anchor=_ANCHOR)
def test_any_text_is_read_with_honest_spans(text: str, lang: str, anchor: date | None) -> None:
    """No text fails; every span holds its own words and lies after the one before it."""
    position = 0
    for mention in find_dates(text, lang, anchor):
        assert position <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        assert (mention.earliest is None) == (mention.latest is None)
        assert mention.day is None or mention.earliest is None
        if mention.earliest and mention.latest:
            assert mention.earliest < mention.latest
        position = mention.end


@settings(deadline=None)
@given(text=_wordy(), lang=_LANG)
def test_year_is_never_invented(text: str, lang: str) -> None:
    """Without an anchor a resolved day has a year that stands in the text."""
    bare = "".join(char for char in text if not char.isdigit() or char in "3")
    for mention in find_dates(bare, lang, None):
        assert not mention.resolved


@settings(deadline=None)
@given(day=_DAY, lang=_LANG, form=st.integers(0, 2), anchor=_ANCHOR)
def test_absolute_date_comes_back_in_each_language(
    day: date, lang: str, form: int, anchor: date | None
) -> None:
    """A day written out in full is read back as itself, whatever the anchor."""
    month = _MONTHS[lang].split()[day.month - 1]
    text = _FORMS[lang][form].format(d=day.day, m=month, n=day.month, y=day.year)
    (mention,) = find_dates(f"Rabat : {text}", lang, anchor)
    assert (mention.day, mention.kind) == (day, "absolute")


@settings(deadline=None)
@given(offset=st.integers(-150, 150), lang=_LANG, anchor=_DAY)
def test_yearless_date_is_the_nearest(offset: int, lang: str, anchor: date) -> None:
    """A day and month within five months of the anchor takes the year that makes it nearest."""
    day = anchor + timedelta(days=offset)
    month = _MONTHS[lang].split()[day.month - 1]
    link = {"es": " de ", "de": ". "}.get(lang, " ")
    text = f"{day.day}{link}{month}"
    (mention,) = find_dates(text, lang, anchor)
    assert mention.day == day


@settings(deadline=None)
@given(text=st.text() | _wordy(), lang=_LANG, anchor=_ANCHOR)
def test_reading_twice_gives_the_same(text: str, lang: str, anchor: date | None) -> None:
    """The same text is always read the same."""
    assert find_dates(text, lang, anchor) == find_dates(text, lang, anchor)


@settings(deadline=None)
@given(text=st.text())
def test_stamps_of_any_text(text: str) -> None:
    """Looking for publication stamps never fails."""
    assert isinstance(self_dated(text, "fr"), tuple)


@pytest.mark.parametrize("lang", ["pt", "", "zz", "FR", "../fr"])
def test_language_without_date_words_yields_nothing(lang: str) -> None:
    """A language that is not known here is no error."""
    assert find_dates("le 22 avril 2024", lang, ANCHOR) == ()


@pytest.mark.parametrize(
    "text",
    ["1 " * 4000, "1, " * 4000, "1 de " * 3000, "le " * 5000, "lundi " * 3000, "9" * 20000, "1/" * 8000,
     "((((" * 3000, "22/04/" * 3000, "entre 1 et " * 2000, "ا" * 20000, "من " * 4000, "mars " * 3000],
    ids=lambda text: text[:6],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
@pytest.mark.timeout(20)
def test_repetition_ends(text: str, lang: str) -> None:
    """Repeated date words do not make the reading explode."""
    assert all(m.end <= len(text) for m in find_dates(text, lang, ANCHOR))


@pytest.mark.parametrize("anchor", [date.min, date.max])
@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "fr",
            "hier, demain, lundi dernier, lundi prochain, la semaine prochaine, le mois dernier",
        ),
        ("en", "40 years ago, last week, next year, in October, last March 3, next weekend"),
        ("ar", "أمس الجمعة وغدا والأسبوع المقبل وقبل أسبوعين وفي أكتوبر الماضي"),
    ],
    ids=["fr", "en", "ar"],
)
def test_edge_of_the_calendar_is_no_failure(anchor: date, lang: str, text: str) -> None:
    """Days beyond the first and last year stay unresolved."""
    assert find_dates(text, lang, anchor)


def test_year_told_elsewhere_settles_a_yearless_day() -> None:
    """Without an anchor the same day and month with a year elsewhere makes the year certain."""
    text = "Monday 22 April 2024\nThe ministers met on April 22 and will meet on May 3."
    assert read(text, "en", None) == "2024-04-22 2024-04-22 ?"


def test_weekday_settles_the_year_of_a_yearless_day() -> None:
    """Without an anchor a weekday that agrees with the only year told makes the year certain."""
    text = "Rabat, le 16 octobre 2020. La visite s'achève samedi 17 octobre. Retour le 19 octobre."
    assert read(text, "fr", None) == "2020-10-16 2020-10-17 ?"


def test_wrong_weekday_settles_nothing() -> None:
    """A weekday that does not agree with the only year leaves the day open."""
    assert read("Le 16 octobre 2020. Retour lundi 17 octobre.", "fr", None) == "2020-10-16 ?0"


def test_weekday_without_anchor_stays_open_and_keeps_its_name() -> None:
    """Without an anchor a weekday says no day, but its name is kept."""
    (mention,) = find_dates("أعلنت الوزارة أمس الجمعة", "ar", None)
    assert (mention.day, mention.weekday, mention.direction) == (None, 4, "past")


@pytest.mark.parametrize(
    ("expected", "lang", "text"),
    [
        ("past", "fr", "Ils se sont vus lundi."),
        ("future", "fr", "Ils se verront lundi."),
        ("past", "en", "They met on Monday."),
        ("future", "en", "They are due to meet on Monday."),
        ("future", "ar", "يرتقب أن يلتقيا الاثنين"),
        ("past", "ar", "التقى الوزيران الاثنين"),
        ("future", "es", "Se reunirán el lunes."),
        ("past", "es", "Se reunieron el lunes."),
        ("future", "nl", "Ze zullen elkaar maandag spreken."),
        ("future", "de", "Sie werden sich am Montag treffen."),
        ("future", "it", "Si vedranno lunedì."),
        ("past", "it", "Si sono visti lunedì."),
        ("future", "fr", "le 3 mai"),
        ("past", "fr", "le 3 avril"),
        ("past", "de", "am vergangenen Montag"),
    ],
)
def test_direction_of_a_clause(expected: str, lang: str, text: str) -> None:
    """The verb of the clause, else the side of the anchor, gives the direction."""
    (mention,) = find_dates(text, lang, ANCHOR)
    assert mention.direction == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (("day", "absolute"), "22 avril 2024"),
        (("day", "yearless"), "22 avril"),
        (("day", "weekday"), "lundi"),
        (("day", "relative"), "hier"),
        (("range", "yearless"), "du 22 au 23 avril"),
        (("week", "relative"), "la semaine dernière"),
        (("month", "yearless"), "en mars"),
        (("month", "relative"), "en mars dernier"),
        (("month", "absolute"), "mars 2024"),
        (("year", "absolute"), "en 2024"),
    ],
)
def test_precision_and_kind(expected: tuple[str, str], text: str) -> None:
    """What was written shows in the kind, how exact it is in the precision."""
    (mention,) = find_dates(text, "fr", ANCHOR)
    assert (mention.precision, mention.kind) == expected
