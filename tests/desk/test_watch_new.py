"""`vigie watch new` writes a watch from two countries, refuses what cannot be one, and never writes over a file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from desk.cli import main
from desk.commands import watch as command
from desk.watch_new import CHANNELS, Wanted, country_code, scaffold, write_watch
from domain.errors import ConfigError
from domain.gazetteer.countries import country_names
from domain.model import Theme
from domain.watch import parse_watch


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of the test's own, with no settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIGIE_WATCHES_DIR", raising=False)
    monkeypatch.delenv("VIGIE_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def new(*arguments: str) -> int:
    """Run `vigie watch new` and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["watch", "new", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("BE", "be"),
        ("BE", "Belgium"),
        ("BE", "Belgique"),
        ("BE", "belgië"),
        ("MA", "المغرب"),
        ("MA", "Marruecos"),
        ("DE", "Deutschland"),
        ("GB", " GB "),
    ],
)
def test_country_is_known_by_code_or_name_in_any_language(code: str, told: str) -> None:
    """A person need not know the ISO code."""
    assert country_code(told) == code


@pytest.mark.parametrize(
    ("told", "suggested"),
    [
        ("Morroco", r"did you mean Morocco \(MA\)"),
        ("Belgum", r"did you mean Belgium \(BE\)"),
        ("Spian", r"Spain \(ES\)"),
        ("Atlantis", "expected one of AE AL"),
        ("", "expected one of AE AL"),
        ("XX", "how to add one"),
        ("Moroccan", r"did you mean Morocco"),
        ("France and Spain", "not known"),
        ("FR\x1b[31m", "not known"),
    ],
)
def test_unknown_country_is_refused_with_a_suggestion(told: str, suggested: str) -> None:
    """The error says what was seen and what would do."""
    with pytest.raises(ConfigError, match=suggested):
        country_code(told)


def test_scaffold_reads_back_as_asked() -> None:
    """What is written is what was wanted, each field explained by a comment above it."""
    wanted = Wanted(
        name="belgium-morocco",
        parties=("BE", "MA"),
        title='Brussels "and" Rabat – الرباط',
        themes=("terrorism", "migration"),
        threshold=0.65,
        recap_after_days=21,
        max_age_hours=6,
        channels=("console", "email"),
    )
    text = scaffold(wanted)
    watch = parse_watch(text)
    assert (watch.watch_id, watch.parties) == ("belgium-morocco", ("BE", "MA"))
    assert watch.name == 'Brussels "and" Rabat – الرباط'
    assert [t.value for t in watch.themes] == ["terrorism", "migration"]
    assert (watch.relevance_threshold, watch.recap_after_days) == (0.65, 21)
    assert (watch.alert_max_age_hours, watch.channels) == (6, ("console", "email"))
    lines = text.splitlines()
    fields = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(fields) == 8
    assert all(lines[n - 1].startswith("#") for n in fields)


def test_every_pair_of_known_countries_can_be_watched() -> None:
    """No country's name breaks the file."""
    codes = sorted(country_names())
    for first, second in zip(codes, [*codes[1:], codes[0]], strict=True):
        watch = parse_watch(scaffold(Wanted(name="pair", parties=(first, second))))
        assert watch.parties == (first, second)
        assert watch.themes == tuple(Theme)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["../up", "MA", "BE"], "expected words of a-z"),
        (["Upper", "MA", "BE"], "expected words of a-z"),
        (["a" * 61, "MA", "BE"], "at most 60"),
        (["canary", "MA", "BE"], "reserved"),
        (["pair", "MA"], "parties: seen MA, expected two countries"),
        (["pair"], "parties: seen none"),
        (["pair", "MA", "BE", "FR"], "expected two countries"),
        (["pair", "MA", "Morocco"], "seen MA twice"),
        (["pair", "MA", "BE", "--threshold", "1.5"], "relevance_threshold"),
        (["pair", "MA", "BE", "--threshold", "nan"], "relevance_threshold"),
        (["pair", "MA", "BE", "--recap-after-days", "0"], "recap_after_days"),
        (["pair", "MA", "BE", "--theme", "cats"], "seen cats, expected of terrorism"),
        (["pair", "MA", "BE", "--channel", "pigeon"], "expected of console, webhook, email"),
        (["pair", "MA", "BE", "--title", "a\x07b"], "characters that cannot be shown"),
    ],
)
def test_what_cannot_be_a_watch_is_refused_and_leaves_nothing(
    arguments: list[str], told: str, own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One clear line, exit status 2, no file."""
    assert new(*arguments) == 2
    assert told in capsys.readouterr().err
    assert list(own_folder.rglob("*.toml")) == []


def test_same_request_twice_changes_nothing(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second call succeeds, says so and leaves the file as it was."""
    assert new("belgium-morocco", "BE", "Morocco") == 0
    path = own_folder / "watches" / "belgium-morocco.toml"
    before = path.stat()
    capsys.readouterr()
    assert new("belgium-morocco", "Belgique", "ma") == 0
    assert "nothing written" in capsys.readouterr().out
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_file_that_says_something_else_is_never_written_over(own_folder: Path) -> None:
    """A watch that was edited by hand keeps its edits."""
    assert new("belgium-morocco", "BE", "MA") == 0
    path = own_folder / "watches" / "belgium-morocco.toml"
    edited = path.read_text(encoding="utf-8").replace("0.5", "0.6")
    path.write_text(edited, encoding="utf-8")
    assert new("belgium-morocco", "BE", "MA") == 2
    assert path.read_text(encoding="utf-8") == edited


def test_link_or_folder_of_that_name_is_left_alone(tmp_path: Path) -> None:
    """Neither the target of a link nor a folder is touched."""
    target = tmp_path / "elsewhere.txt"
    target.write_text("mine", encoding="utf-8")
    (tmp_path / "linked.toml").symlink_to(target)
    (tmp_path / "folder.toml").mkdir()
    for name in ("linked", "folder"):
        with pytest.raises(ConfigError, match="left as it is"):
            write_watch(tmp_path, Wanted(name=name, parties=("BE", "MA")))
    assert target.read_text(encoding="utf-8") == "mine"


def test_settings_say_where_watches_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new watch lands where the agents will read it."""
    monkeypatch.setenv("VIGIE_WATCHES_DIR", str(tmp_path / "mine"))
    assert new("belgium-morocco", "BE", "MA") == 0
    assert (tmp_path / "mine" / "belgium-morocco.toml").is_file()
    assert not (tmp_path / "watches").exists()


class Terminal(io.StringIO):
    """Standard input of a person who types the answers."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


def test_at_a_terminal_what_is_missing_is_asked_for(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Countries, title, themes and channels are asked; an empty answer takes the default."""
    answers = iter(["Belgium", "Maroc", "", "terrorism, migration", "console,webhook"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(command.typer, "prompt", lambda _, default: next(answers) or default)
    assert new("belgium-morocco") == 0
    text = (own_folder / "watches" / "belgium-morocco.toml").read_text(encoding="utf-8")
    watch = parse_watch(text)
    assert watch.parties == ("BE", "MA")
    assert watch.name == "Belgium–Morocco security cooperation"
    assert [t.value for t in watch.themes] == ["terrorism", "migration"]
    assert watch.channels == ("console", "webhook")


def test_channels_are_those_that_deliver_knows() -> None:
    """The names offered are those that the settings can give an address."""
    from desk.doctor import configured_channels
    from runtime.settings import AlertSettings, Settings, SmtpSettings, WebhookSettings

    hooks = (WebhookSettings(name="a", url="https://example.org/"),)
    alerts = AlertSettings(webhooks=hooks, smtp=SmtpSettings(host="mail.example.org"))
    assert set(configured_channels(Settings(alerts=alerts))) == set(CHANNELS)
