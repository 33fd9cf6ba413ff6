"""The article comes out of tag-stripped pages whole, and nothing of the page with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from itertools import product

import pytest

from domain.dates.publication import parse
from domain.text.fold import fold
from domain.text.plain import isolate
from tests.paths import DEV_CORPUS, SEEDS, require
from tests.unit.text.furniture import LAYOUTS
from tests.unit.text.stories import FURNITURE, STORIES


@pytest.mark.parametrize("titled", [True, False], ids=["title-given", "title-found"])
@pytest.mark.parametrize("lang", STORIES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_article_survives_any_layout_of_its_language(layout: str, lang: str, titled: bool) -> None:
    """Each layout gives back exactly the article's paragraphs and its title."""
    story = STORIES[lang]
    page = LAYOUTS[layout](story, FURNITURE[lang])
    found = isolate(page.text, story.title if titled else None)
    assert (story.title, list(page.expected)) == (found.title, found.text.split("\n"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_exchanged_furniture_changes_nothing(layout: str) -> None:
    """Whatever site's furniture stands around an article, in whatever language, the result is the same."""
    for lang, story in STORIES.items():
        results = {
            (found.title, found.text)
            for furniture in FURNITURE.values()
            for found in [isolate(LAYOUTS[layout](story, furniture).text, None)]
        }
        assert len(results) == 1, lang


def test_article_alone_is_left_as_it_is() -> None:
    """Text with no page around it loses nothing, and its first line is not taken for a title."""
    for story in STORIES.values():
        text = "\n".join(story.paragraphs)
        found = isolate(text, None)
        assert (text, ()) == (found.text, found.dropped)


@pytest.mark.parametrize(
    "text",
    ["", "   \n\n", "Accueil\nPolitique\nSport", "\n".join(FURNITURE["fr"].headlines), "\x00\x00", "▼▼▼ | | |"],
    ids=["nothing", "blank", "menu", "headlines", "nul", "marks"],
)  # fmt: skip
def test_page_without_article_gives_no_text(text: str) -> None:
    """A front page or an error page is not an article."""
    assert isolate(text, None).text == ""


def test_brief_without_full_stop_is_kept() -> None:
    """A flash of one unpunctuated line is the article when nothing else is there."""
    assert isolate("Le ministre de l'Intérieur est arrivé à Rabat", "Flash").text.startswith(
        "Le ministre"
    )


def test_publication_stamp_is_kept_as_candidate() -> None:
    """The stamp goes from the text to the candidates; the page's clock above the title does not."""
    story = STORIES["fr"]
    page = (
        f"Dimanche 22 novembre 2026\n\n{story.title}\nPublié le 15 avril 2026 à 09:30\n\n"
        + "\n".join(story.paragraphs)
    )
    assert isolate(page, story.title).stamps == ("15 avril 2026 09:30",)


def test_dates_of_related_articles_are_no_candidates() -> None:
    """A dated list under the article says nothing of the article's own day."""
    story = STORIES["fr"]
    page = "\n".join(
        [story.title, *story.paragraphs, "Articles liés", "12/05/2026", "Une autre affaire"]
    )
    assert isolate(page, story.title).stamps == ()


def test_story_about_cookies_and_newsletters_is_not_taken_for_a_notice() -> None:
    """What the site says to its reader is furniture; what the article reports of others is not."""
    text = (
        "La CNIL a condamné jeudi un moteur de recherche qui déposait des cookies publicitaires sans accord.\n"
        "L'entreprise devra modifier sa newsletter et informer ses abonnés avant la fin du mois de juin."
    )
    assert isolate(text, "Amende pour des cookies").text == text


def test_deeply_repeated_page_is_read_in_linear_time() -> None:
    """Half a million characters of headlines and prose are cut, not choked on."""
    story = STORIES["en"]
    page = "\n".join([story.title, *story.paragraphs] + [*FURNITURE["en"].headlines] * 2000)
    assert isolate(page, story.title).text == "\n".join(story.paragraphs)


def test_development_corpus_noise_is_removed_exactly() -> None:
    """Token precision and recall on the noisy pages are 1.0, with and without the title (2026-11-22)."""
    folder = require(DEV_CORPUS)
    common = found_total = gold_total = 0
    for name, titled in product(("positives.jsonl", "negatives.jsonl"), (True, False)):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("text_noisy"):
                found = isolate(row["text_noisy"], row["title"] if titled else None)
                mine, gold = (
                    Counter(re.findall(r"\w+", fold(t).text)) for t in (found.text, row["text"])
                )
                common += sum((mine & gold).values())
                found_total += sum(mine.values())
                gold_total += sum(gold.values())
    assert common / found_total >= 0.995
    assert common / gold_total >= 0.998


@pytest.mark.seeds
@pytest.mark.parametrize("seed", ["000", "001", "002", "003", "004"])
def test_seed_keeps_every_sentence_and_no_headline_of_others(seed: str) -> None:
    """Long lines that end like sentences stay, everything after the article's last line goes."""
    folder = require(SEEDS)
    text = next(folder.glob(f"{seed}_*.txt")).read_text(encoding="utf-8")
    found = isolate(text, None)
    prose = [
        " ".join(line.split())
        for line in text.split("\n")
        if len(line.split()) >= 12 and len(line) < 3000 and line.rstrip(" ”").endswith(".")
    ]
    kept = {" ".join(line.split()) for line in found.text.split("\n")}
    notices = [line for line in prose if line not in kept]
    assert len(notices) <= 1  # the agency's own subscription notice in 004
    others = [line for line in found.dropped if line in found.text]
    assert [line for line in others if len(line.split()) > 3 and line != found.title] == []
    assert all(len(line.split()) > 20 for line in found.text.split("\n")[2:] if line.endswith("…"))


@pytest.mark.seeds
def test_exchanging_the_lists_of_two_seeds_changes_nothing() -> None:
    """000 with 001's ticker above it and 001 with 000's lists below it read as before."""
    folder = require(SEEDS)
    first, second = (
        next(folder.glob(f"{n}_*.txt")).read_text(encoding="utf-8") for n in ("000", "001")
    )
    ticker = second[: second.index("\n")]
    lists = first[first.index("أخبار ذات صلة") :]
    swapped_first = ticker + "\n\n" + first[: first.index("أخبار ذات صلة")]
    swapped_second = second[second.index("\n") :] + "\n\n" + lists
    for plain, swapped in ((first, swapped_first), (second, swapped_second)):
        before, after = isolate(plain, None), isolate(swapped, None)
        assert (before.title, before.text, before.stamps) == (after.title, after.text, after.stamps)


@pytest.mark.parametrize(
    "heading", ["Lees ook", "Te puede interesar", "Lesen Sie auch", "Lire aussi"]
)
def test_paragraphs_parted_by_an_empty_widget_all_stay(heading: str) -> None:
    """The heading of a list with nothing under it stands between paragraphs of one article."""
    paragraphs = [
        "The police of two countries stopped a lorry at the port on Monday morning, officials said.",
        "A dog found the packets behind a false wall, and the driver was taken to a judge at noon.",
        "The minister thanked her colleague for the warning that had come from across the strait.",
    ]
    page = f"\n\n{heading}\n\n".join(paragraphs)
    found = isolate(
        f"Home | Sport\n\nLorry stopped at the port\n\n{page}", "Lorry stopped at the port"
    )
    assert found.text.split("\n") == paragraphs


_PARAGRAPHS = (
    "Le ministre de l'Intérieur a reçu mardi à Rabat une délégation de la police judiciaire, avec "
    "laquelle il a parlé de la lutte contre les réseaux de drogue.",
    "La délégation a visité ensuite le laboratoire de la police scientifique, où elle a vu les "
    "nouveaux appareils.",
)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        pytest.param("MAP le mardi 3 mars 2020\n\nTitre du jour ici\n\n", "", id="agency-and-day"),
        pytest.param("Titre du jour ici\n\n03/03/2020\n\n", "", id="day-under-the-title"),
        pytest.param(
            "Titre du jour ici\n\nUne visite de deux jours consacrée à la drogue\n\n03/03/2020\n\n"
            "La police scientifique ouvre ses portes aux visiteurs\n\n",
            "",
            id="day-within-the-deck",
        ),
        pytest.param(
            "Titre du jour ici\n\nتاريخ النشر: 3rd, March 2020 GMT\n\n", "", id="ordinal-and-comma"
        ),
        pytest.param("", "\n\nReuters, 3 March 2020", id="agency-below"),
    ],
)
def test_day_of_publication_is_found_wherever_the_page_puts_it(above: str, below: str) -> None:
    """An agency's signature, a day within the deck, and a template's odd comma are all stamps."""
    found = isolate(f"{above}{chr(10).join(_PARAGRAPHS)}{below}", "Titre du jour ici")

    assert [parse(c.value).day for c in found.candidates if parse(c.value)] == [date(2020, 3, 3)]


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(
            "Aller plus loin\nLe conseil de la ville a voté lundi le budget des routes, mais "
            "l'opposition demande encore...\nLes prix du poisson ont monté cette semaine dans tous "
            "les ports du pays, selon la...",
            id="teasers-that-break-off",
        ),
        pytest.param(
            "Ces articles peuvent vous intéresser :\nLa gare de Meknès ferme pour deux mois de "
            "travaux, a dit la compagnie, qui promet…",
            id="teaser-with-one-mark",
        ),
        pytest.param(
            "Pour réagir à cet article merci de vous connecter ou de vous inscrire si vous n'avez "
            "pas encore de compte chez nous.",
            id="word-to-the-reader",
        ),
    ],
)
def test_what_follows_the_article_is_left_out(tail: str) -> None:
    """Teasers under a heading and a word to the reader are the page's, not the article's."""
    found = isolate("\n".join((*_PARAGRAPHS, tail)), "Titre du jour ici")

    assert found.text.split("\n") == list(_PARAGRAPHS)
