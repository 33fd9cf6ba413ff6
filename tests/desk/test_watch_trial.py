"""`vigie watch test` runs labelled articles through the core and says what failed; the shipped sets pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from desk.cli import main
from desk.watch_new import Wanted, scaffold
from desk.watch_tables import closing_line, figures_table, trial_table
from desk.watch_trial import labelled_set, read_labelled, try_watch
from desk.watches import find_watch, shipped_folder
from domain.errors import ConfigError
from domain.knowledge import Knowledge
from domain.watch import parse_watch
from tests.paths import REPO

MEETING = (
    "Le ministre de l'Intérieur Abdelouafi Laftit a reçu lundi à Rabat la ministre belge de "
    "l'Intérieur, Annelies Verlinden. Les deux ministres sont convenus de renforcer les échanges "
    "d'informations entre leurs polices contre les groupes terroristes et les réseaux de trafic.\n\n"
    "La secrétaire d'État à l'Asile, Nicole de Moor, accompagnait la visiteuse. La migration "
    "irrégulière et le retour des Marocains sans titre de séjour en Belgique ont été évoqués."
)
FOLLOW_UP = (
    "Morocco's interior minister, Abdelouafi Laftit, and his Belgian counterpart, Annelies "
    "Verlinden, agreed in Rabat on Monday to widen the exchange of information between their police "
    "and security services.\n\nOrganised crime, terrorism and people smuggling were discussed, the "
    "Belgian minister told reporters. She was accompanied by Nicole de Moor, the state secretary "
    "for asylum and migration. Both sides praised their cooperation."
)
ARREST = (
    "Op de luchthaven Mohammed V in Casablanca heeft de Marokkaanse grenspolitie een Belg van "
    "Algerijnse afkomst gearresteerd die door het Belgische gerecht werd gezocht. Interpol had op "
    "verzoek van Brussel een rode kennisgeving tegen hem verspreid.\n\nDe man kwam vrijdag aan met een "
    "vlucht uit Istanboel. Hij wordt verdacht van drugshandel, ontvoering en bendevorming. Het bureau "
    "van Interpol in Rabat lichtte de Belgische collega's in, in afwachting van zijn uitlevering."
)
FRANCE = (
    "Abdelouafi Laftit s'est entretenu lundi à Rabat avec le ministre français de l'Intérieur, venu "
    "parler de terrorisme et de migration. Les deux hommes se sont félicités de la coopération entre "
    "les polices marocaine et française.\n\nUne feuille de route doit être signée à l'automne. Le "
    "visiteur a remercié les services marocains pour leur aide dans plusieurs enquêtes."
)
FOOTBALL = (
    "België verloor zondag in Doha verrassend met 2-0 van Marokko. De verdediging van de Rode Duivels "
    "oogde traag, de aanval kwam nauwelijks in het spel. Sabiri en Aboukhlal maakten de doelpunten.\n\n"
    "In Brussel en Antwerpen vierden duizenden supporters feest. De politie greep in toen enkele "
    "jongeren een auto in brand staken en pakte een tiental mensen op."
)
TRADE = (
    "Belgian and Moroccan companies have signed contracts on green hydrogen and port logistics during "
    "a trade mission to Casablanca. Princess Astrid led a delegation of four hundred business people."
    "\n\nThe port of Antwerp-Bruges will advise the operator of Tanger Med on bunkering. Solar panels, "
    "pharmaceuticals and water treatment were also on the programme of the week."
)


def row(
    name: str, lang: str, published: str, text: str, event: str = "", **more: Any
) -> dict[str, Any]:
    """Return one labelled article."""
    return {
        "id": name, "lang": lang, "title": text.split(". ")[0][:90], "text": text,
        "published": published, "relevant": bool(event), "event_id": event or None, **more,
    }  # fmt: skip


BELGIUM = [
    row("fr", "fr", "2024-04-15T18:00:00+00:00", MEETING, "meeting", verdict="NEW",
        event_date="2024-04-15", place="Rabat", act="meeting", actors=["Abdelouafi Laftit", "Annelies Verlinden"]),
    row("en", "en", "2024-04-16T08:00:00+00:00", FOLLOW_UP, "meeting", verdict=["REPEAT", "UPDATE"]),
    row("nl", "nl", "2022-07-16T12:00:00+00:00", ARREST, "arrest", verdict="NEW",
        place="Casablanca", act="arrest_extradition"),
    row("france", "fr", "2024-04-22T18:00:00+00:00", FRANCE),
    row("sport", "nl", "2022-11-27T20:00:00+00:00", FOOTBALL),
    row("trade", "en", "2024-11-28T12:00:00+00:00", TRADE),
]  # fmt: skip


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """Return what the core knows, read once."""
    return Knowledge.load()


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write labelled articles and return where."""
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a scaffolded watch of a pair that is not shipped, and nothing else."""
    monkeypatch.delenv("VIGIE_WATCHES_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["watch", "new", "belgium-morocco", "Belgium", "Morocco", "--folder", str(tmp_path)])
    assert ended.value.code in (0, None)
    return tmp_path


def status(*arguments: str) -> int:
    """Run `vigie watch` and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["watch", *arguments])
    return int(ended.value.code or 0)


def test_third_pair_works_from_the_scaffold_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Belgium and Morocco: no code, no data, one command, and events are told from decoys."""
    write(folder / "belgium-morocco.test.jsonl", BELGIUM)
    assert status("test", "belgium-morocco", "--folder", str(folder), "--facts") == 0
    assert "6 of 6 articles pass" in capsys.readouterr().out


def test_folder_of_labelled_files_is_read_like_one_file(folder: Path) -> None:
    """NAME.test may be a folder; its files are read in order of their names."""
    parts = folder / "belgium-morocco.test"
    parts.mkdir()
    write(parts / "2.jsonl", BELGIUM[3:])
    write(parts / "1.jsonl", BELGIUM[:3])
    found = read_labelled(labelled_set(folder, "belgium-morocco"))
    assert [r["id"] for r in found] == [r["id"] for r in BELGIUM]


def test_wrong_label_fails_and_the_reason_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relevance that is not as labelled fails the run, with score, threshold and the weightiest rules."""
    monkeypatch.setenv("COLUMNS", "200")
    wrong = [*BELGIUM[:3], {**BELGIUM[4], "relevant": True, "event_id": "match"}]
    write(folder / "belgium-morocco.test.jsonl", wrong)
    assert status("test", "belgium-morocco", "--folder", str(folder)) == 1
    said = capsys.readouterr().out
    assert "not found relevant (0." in said
    assert "threshold 0.5" in said
    assert "1 of 4 articles fail" in said


def test_every_kind_of_fault_is_named(knowledge: Knowledge) -> None:
    """False alarm, wrong verdict, split, merge, second announcement and wrong facts each have their words."""
    watch = parse_watch(scaffold(Wanted(name="belgium-morocco", parties=("BE", "MA"))))
    rows = [
        {**BELGIUM[0], "verdict": "RECAP", "place": "Brussels", "event_date": "2024-01-01", "act": "training", "themes": ["cyber"], "actors": ["Jan Jambon"]},
        {**BELGIUM[1], "event_id": "another", "verdict": "NEW"},
        {**BELGIUM[2], "event_id": "meeting", "verdict": "NEW"},
    ]  # fmt: skip
    rows.append({**row("false", "fr", "2024-04-18T18:00:00+00:00", MEETING), "title": "Rabat"})
    faults = {
        t.row["id"]: "; ".join(t.faults) for t in try_watch(watch, rows, knowledge, True).tried
    }
    assert "verdict NEW, expected RECAP" in faults["fr"]
    for told in (
        "place Rabat, expected Brussels",
        "date 2024-04-15",
        "act meeting",
        "cyber",
        "Jan Jambon",
    ):
        assert told in faults["fr"]
    assert "joined to fr, which tells another event" in faults["en"]
    assert "apart from fr, which tells the same event" in faults["nl"]
    assert "announces its event again, after fr" in faults["nl"]
    assert faults["false"].startswith("taken for relevant (")


def test_event_nobody_announces_is_a_fault(knowledge: Knowledge) -> None:
    """Without labelled verdicts, each event must be announced just once."""
    watch = parse_watch(scaffold(Wanted(name="x", parties=("BE", "MA"), threshold=1.0)))
    unlabelled = [{k: v for k, v in BELGIUM[0].items() if k != "verdict"}]
    trial = try_watch(watch, unlabelled, knowledge)
    assert "its event is never announced" in trial.tried[0].faults
    assert not trial.is_passed


def test_known_fault_is_shown_and_does_not_fail(knowledge: Knowledge) -> None:
    """A fault that is written down passes; once it is gone the table asks to take the words away."""
    watch = find_watch("morocco-france")
    known = {**BELGIUM[4], "relevant": True, "event_id": "match", "known_fault": "a match"}
    gone = {**BELGIUM[5], "id": "[/odd]\x1b[2J", "known_fault": "never was one"}
    trial = try_watch(watch, [known, gone], knowledge)
    assert trial.is_passed
    assert trial.tried[0].faults
    console = Console(width=200)
    with console.capture() as shown:
        console.print(trial_table(trial), figures_table(trial), closing_line(trial))
    said = shown.get()
    assert "known (a match)" in said
    assert "[/odd]" in said
    assert "\x1b[2J" not in said
    assert "take its known_fault away" in said
    assert "1 of 2 articles pass, 1 with a known fault" in said


@pytest.mark.parametrize("name", ["morocco-france", "morocco-spain"])
def test_shipped_watch_passes_its_own_labelled_set(name: str, knowledge: Knowledge) -> None:
    """Every shipped watch does what its labelled articles say, known faults apart."""
    rows = read_labelled(labelled_set(shipped_folder(), name))
    trial = try_watch(find_watch(name), rows, knowledge)
    assert {t.row["id"]: t.faults for t in trial.tried if t.fails} == {}


@pytest.mark.parametrize(
    ("name", "least", "relevant", "languages"),
    [("morocco-france", 14, 7, 7), ("morocco-spain", 24, 14, 4)],
)
def test_shipped_set_has_events_and_decoys(
    name: str, least: int, relevant: int, languages: int
) -> None:
    """The sets are as large as promised, and no article is in both."""
    rows = read_labelled(labelled_set(REPO / "watches", name))
    assert (len(rows), sum(r["relevant"] for r in rows)) == (least, relevant)
    assert len({r["lang"] for r in rows}) == languages
    assert sum(len(str(r.get("known_fault", ""))) > 0 for r in rows) <= len(rows) // 6


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": None}, "id: seen None"),
        ({"relevant": "yes"}, "expected true or false"),
        ({"text": " "}, "text: none, and no html"),
        ({"event_id": None}, "event_id: expected one"),
        ({"relevant": False}, "none for another"),
        ({"verdict": "MAYBE"}, "verdict: seen"),
        ({"verdict": ["NEW", 7]}, "verdict: seen"),
        ({"published": "yesterday"}, "published: seen 'yesterday'"),
        ({"id": "fr"}, "an id seen before"),
    ],
)
def test_bad_label_is_refused_with_its_place(
    change: dict[str, Any], told: str, tmp_path: Path
) -> None:
    """The error names file, article and field."""
    path = write(tmp_path / "x.test.jsonl", [BELGIUM[0], {**BELGIUM[1], **change}])
    with pytest.raises(ConfigError, match=r"x\.test\.jsonl, article 2") as raised:
        read_labelled(path)
    assert told in str(raised.value)


def test_missing_or_empty_set_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, and the name the file should have."""
    assert status("test", "belgium-morocco", "--folder", str(folder)) == 2
    assert "expected belgium-morocco.test.jsonl" in capsys.readouterr().err
    write(folder / "belgium-morocco.test.jsonl", [])
    assert status("test", "belgium-morocco", "--folder", str(folder)) == 2
    assert "no article there" in capsys.readouterr().err
    assert status("test", "nowhere", "--folder", str(folder)) == 2
    assert "which has belgium-morocco" in capsys.readouterr().err
