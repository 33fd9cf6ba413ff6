"""`vigie watch list` and `check` show the watches there are and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.cli import main
from desk.watch_check import OFFICES, check_watch, known_of, read_watches
from desk.watch_new import Wanted, scaffold
from desk.watches import find_watch, own_folder, read_folder, shipped_folder
from domain.errors import ConfigError
from domain.gazetteer.roles import offices
from domain.model import Watch


@pytest.fixture(autouse=True)
def quiet_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, on a wide terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIGIE_WATCHES_DIR", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def status(*arguments: str) -> int:
    """Run `vigie watch` and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["watch", *arguments])
    return int(ended.value.code or 0)


def test_shipped_watches_are_listed_and_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a folder of one's own, those of the package are shown, and nothing is amiss."""
    assert status("list") == 0
    assert status("check") == 0
    said = capsys.readouterr().out
    assert "morocco-france" in said
    assert "Morocco and Spain" in said
    assert "✗" not in said


def test_shipped_watches_have_nothing_to_do() -> None:
    """The knowledge about their countries and their labelled sets are not thin."""
    folder = shipped_folder()
    watches, wrong = read_watches(folder)
    assert wrong == []
    points = [p for stem, watch in watches.items() for p in check_watch(stem, watch, folder)]
    assert [p for p in points if p.to_do] == []


def test_thin_knowledge_is_named_and_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pair of which little is known can be used; what would help is said, file by file."""
    (tmp_path / "senegal-mali.toml").write_text(
        scaffold(Wanted(name="senegal-mali", parties=("SN", "ML"))), encoding="utf-8"
    )
    assert status("check", "senegal-mali", "--folder", str(tmp_path)) == 0
    said = capsys.readouterr().out
    for told in ("services.csv", "terms.csv", "write senegal-mali.test.jsonl"):
        assert told in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("ES", "ZZ"), "country ZZ"),
        (('id = "pair"', 'id = "other"'), "must be the same"),
        (('["console"]', '["pigeon"]'), "expected of console, webhook, email"),
        (('["console"]', "[]"), "expected of console"),
        (('["MA", "ES"]', '["MA", "MA"]'), "name two countries"),
        (("relevance_threshold = 0.5", "relevance_threshold = 5"), "mend the file"),
        (("parties", "partys"), "unknown keys"),
        (('["console"]', '["[/bold]"]'), "[/bold]"),
        (('["console"]', '["\\u001b[31m"]'), "expected of console"),
        (("[alerts]", "[alerts"), "mend the file"),
    ],
)
def test_watch_that_cannot_be_used_is_wrong(
    change: tuple[str, str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, a cross, and what to do."""
    text = scaffold(Wanted(name="pair", parties=("MA", "ES")))
    assert change[0] in text
    (tmp_path / "pair.toml").write_text(text.replace(*change), encoding="utf-8")
    assert status("check", "--folder", str(tmp_path)) == 1
    said = capsys.readouterr().out
    assert "✗" in said
    assert told in said
    assert "\x1b[31m" not in said
    assert status("list", "--folder", str(tmp_path)) in (0, 1)


def test_bytes_that_are_no_text_are_wrong_and_the_others_are_read(tmp_path: Path) -> None:
    """One bad file does not hide the rest."""
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    good = scaffold(Wanted(name="good", parties=("MA", "ES")))
    (tmp_path / "good.toml").write_text(good, encoding="utf-8")
    watches, wrong = read_watches(tmp_path)
    assert list(watches) == ["good"]
    assert [(p.watch, p.is_wrong) for p in wrong] == [("bad", True)]


def test_bad_labelled_set_is_wrong(tmp_path: Path) -> None:
    """Labels that cannot be read are told by `check` too."""
    (tmp_path / "pair.test.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    points = check_watch("pair", Watch("pair", "Pair", ("MA", "ES")), tmp_path)
    assert [p.what for p in points if p.is_wrong] == ["labelled set"]


def test_folder_that_is_not_there_or_has_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped folder is not silently the shipped one."""
    assert status("list", "--folder", str(tmp_path / "nowhere")) == 2
    assert "no such folder" in capsys.readouterr().err
    assert status("check", "--folder", str(tmp_path)) == 2
    assert "no *.toml file there" in capsys.readouterr().err


def test_folder_named_comes_before_the_setting_and_that_before_the_working_folder(
    tmp_path: Path,
) -> None:
    """Reading and writing agree on the folder."""
    for name in ("named", "setting", "watches"):
        (tmp_path / name).mkdir()
    assert read_folder("named", "setting") == own_folder("named", "setting") == Path("named")
    assert read_folder("", "setting") == own_folder("", "setting") == Path("setting")
    assert own_folder("", "") == Path("watches")
    assert read_folder("", "") == shipped_folder()
    (tmp_path / "watches" / "pair.toml").touch()
    assert read_folder("", "") == Path("watches")


def test_watch_is_found_by_name_or_file(tmp_path: Path) -> None:
    """`vigie detect --watch` takes a shipped name or the file of a watch of one's own."""
    path = tmp_path / "pair.toml"
    path.write_text(scaffold(Wanted(name="pair", parties=("MA", "ES"))), encoding="utf-8")
    assert find_watch(str(path)).parties == ("MA", "ES")
    assert find_watch("morocco-spain").parties == ("MA", "ES")
    with pytest.raises(ConfigError, match="morocco-france, morocco-spain, or a TOML file"):
        find_watch("pair")


def test_main_offices_exist_and_are_counted() -> None:
    """The offices whose holders are looked for are those of the gazetteer; Morocco has them all."""
    assert set(OFFICES) <= set(offices())
    assert known_of("MA").offices == OFFICES
    assert known_of("BR").offices == ()
