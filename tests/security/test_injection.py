"""Words of strangers stay words: in mails, pages, chats, terminals, logs, files and configuration."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import structlog
from rich.console import Console

from connectors.files import FileProblem, read_paths
from connectors.sources import parse_sources
from desk.commands.explain import render
from desk.doctor import Finding
from desk.offline import judge_rows
from desk.tables import articles_table, dead_letters_table, events_table, findings_table
from desk.watches import find_watch
from domain.errors import ConfigError
from domain.knowledge import Knowledge
from domain.toml_text import load_toml
from domain.watch import parse_watch
from runtime.inert import inert
from runtime.logs import get_logger, setup_logs
from runtime.settings import LogSettings
from schemas.records import ActorInfo
from sinks.email import message
from sinks.wording import as_html, as_payload, as_text, chat_line, web_link
from tests.harness.reliability import Reliability
from tests.unit.sinks.samples import alert

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# What a terminal obeys, what a page or a chat takes for its own, what ends a header or a line.
HOSTILE = (
    "Rabat\r\nBcc: all@evil.test\r\n\r\n<script>x()</script>\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe"
    "\u2028[/red][link=file:///etc/passwd]x[/link] <!channel> @everyone <http://evil.test|bank> "
    "[bank](http://evil.test) =HYPERLINK(1) {{7*7}} ${jndi:x} %s %n \x00"
)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]")


class Tags(HTMLParser):
    """Notes the tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.tags.add(tag)
        self.links += [v or "" for k, v in attrs if k in {"href", "src"} or k.startswith("on")]


def hostile_alert() -> Any:
    """Return an alert in which every word of others is hostile."""
    plain = alert()
    fields = {f: getattr(plain.article, f) for f in plain.article.__struct_fields__}
    article = type(plain.article)(
        **fields | {"title": HOSTILE, "text": HOSTILE * 3, "lang": HOSTILE}
    )
    event = {f: getattr(plain.event, f) for f in plain.event.__struct_fields__}
    actors = [ActorInfo(name=HOSTILE, kind="person", side="MA", role=HOSTILE)]
    return alert(
        article=article,
        event=type(plain.event)(**event | {"actors": actors}),
        headline=HOSTILE,
        changed=[HOSTILE],
    )


def test_mail_has_its_own_headers_and_no_others() -> None:
    """A line break in a title makes no header; the subject is one line."""
    from sinks.channel import Delivery

    mail = message(Delivery(hostile_alert(), "email", "duty@desk.test"), "vigie@desk.test")
    sent = mail.as_bytes(policy=SMTP)
    head = sent.split(b"\r\n\r\n", 1)[0]
    assert mail["Bcc"] is None
    assert b"\r\nBcc:" not in head
    assert mail["To"] == "duty@desk.test"
    assert OBEYED.search(str(mail["Subject"])) is None


def test_text_of_a_mail_cannot_fake_lines_or_hide_them() -> None:
    """Controls and direction overrides are gone; every line is one of ours."""
    text = as_text(hostile_alert(), "k" * 64)
    assert OBEYED.search(text.replace("\n", "")) is None
    assert not any(line.startswith(("Bcc:", "=", "[/red]")) for line in text.splitlines())


def test_page_of_a_mail_has_only_our_tags(reliability: Reliability) -> None:
    """Nothing runs, nothing is fetched, and a link leads where it says."""
    page = Tags()
    page.feed(as_html(hostile_alert(), "k" * 64))
    assert page.tags <= {
        *("html", "head", "meta", "title", "body", "h2", "table", "tr", "th", "td", "bdi", "p"),
        *("a", "blockquote", "ul", "li"),
    }
    assert {link.split(":")[0] for link in page.links} <= {"http", "https"}
    told = f"an alert made of hostile words alone: {len(page.tags)} kinds of tags in its mail, all ours"
    reliability.seen(25, told)


def test_chat_text_mentions_nobody_and_disguises_no_link() -> None:
    """Neither Slack's nor Markdown's signs survive in what chat services show."""
    told = as_payload(hostile_alert(), "k" * 64)["text"].removeprefix("[NEW] ")
    assert told == as_payload(hostile_alert(), "k" * 64)["text"][6:]
    first = told.splitlines()[0]
    assert not set("<>@[]`|") & set(first)
    assert chat_line("<!here> @all [a](b)") == "‹!here› ＠all (a)(b)"


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("http://a.test/x?y=1&z=%20", "http://a.test/x?y=1&z=%20"),
        ("http://a.test/%3E%3C%22%28%29", 'http://a.test/><"()'),
        ("", "http://bank.test@evil.test/"),
        ("", "javascript:alert(1)"),
        ("", "data:text/html,x"),
        ("", "http://a.test/\r\nBcc: x"),
        ("", "http://a.test/\u202etxt.exe"),
        ("", "http:///x"),
        ("", "http://[x/"),
    ],
)
def test_link_is_one_that_may_be_clicked(expected: str, url: str) -> None:
    """Web addresses only, without a name before the host, and with nothing that ends them early."""
    assert web_link(url) == expected


def shown(thing: Any) -> str:
    """Return what a terminal would get."""
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(thing)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


TABLES = {
    "articles": lambda: articles_table(
        [
            {
                "verdict": "NEW",
                "title": HOSTILE,
                "article_id": "a",
                "lang": "[/x]",
                "event_id": "[b]e",
            }
        ]
    ),
    "dead letters": lambda: dead_letters_table(
        [{"id": "t@1", "message": HOSTILE, "stage": "[/x]", "reason": HOSTILE}]
    ),
    "events": lambda: events_table(
        [
            {
                "event_id": "e",
                "act": "meeting",
                "status": "expected",
                "actors": [HOSTILE],
                "place": HOSTILE,
                "source_ids": [HOSTILE],
            }
        ],
        {"e": HOSTILE},
    ),
    "findings": lambda: findings_table([Finding(HOSTILE, HOSTILE, HOSTILE)]),
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_table_at_a_terminal_shows_foreign_text_and_obeys_none(name: str) -> None:
    """No escape sequence, no override, and brackets are brackets: markup would hide or crash."""
    text = shown(TABLES[name]())
    assert OBEYED.search(text.replace("\n", "")) is None
    assert "[/red]" in text.replace("\n", "").replace(" ", "") or "[/red" in text


def test_explained_article_is_shown_and_not_obeyed() -> None:
    """`vigie explain` paints evidence in a text full of what terminals obey, without obeying it."""
    text = (
        f"Le ministre marocain Laftit a reçu à Rabat le ministre français Darmanin. {HOSTILE} [/x]"
    )
    row = {"id": "a\x1b[2J", "title": f"Laftit reçoit Darmanin {HOSTILE}", "text": text}
    judged, book = judge_rows([row], find_watch("morocco-france"), Knowledge.load())
    assert OBEYED.search(shown(render(judged[0], book)).replace("\n", "")) is None


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Give a stream that takes the log in either format, and put the loggers back after."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    setup_logs(LogSettings(level="debug", format=request.param), "clean", ["planted-key"], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_log_line_of_foreign_text_is_one_line(log: io.StringIO) -> None:
    """A title cannot write a line of its own into the log, nor repaint the terminal that shows it."""
    get_logger("x").info("record", title=HOSTILE, nested={"a": [HOSTILE]})
    logging.getLogger("somelib").warning("seen %s", HOSTILE)
    text = log.getvalue()
    assert len(text.splitlines()) == 2
    assert OBEYED.search(text.replace("\n", "")) is None


def test_traceback_in_the_log_shows_no_secret_no_variable_and_no_false_line(
    log: io.StringIO,
) -> None:
    """The end of it is kept, each line is marked, and local variables, where settings stand, are not shown."""
    arguments = {"sasl_plain_password": "another-password"}
    try:
        raise RuntimeError(
            f"planted-key and https://u:pw@h.test/x?token=1 {HOSTILE} {len(arguments)}"
        )
    except RuntimeError:
        get_logger("x").exception("defect")
    text = log.getvalue()
    told = text if "{" not in text[:1] else str(json.loads(text)["exception"])
    assert "RuntimeError" in told
    assert not [s for s in ("planted-key", "another-password", "u:pw", "token=1") if s in text]
    assert OBEYED.search(text.replace("\n", "")) is None
    lines = told.splitlines()
    start = next(n for n, line in enumerate(lines) if "Traceback" in line)
    assert all(line.startswith("  | ") for line in lines[start:] if line)


def test_wire_of_the_broker_is_never_logged(log: io.StringIO) -> None:
    """At debug aiokafka logs each request; one of PLAIN's holds the password."""
    logging.getLogger("aiokafka.conn").debug("Request SaslAuthenticate %s", b"\0me\0password")
    logging.getLogger("aiokafka.client").debug("Request %s", "x")
    assert log.getvalue() == ""


def test_inert_text_keeps_every_letter() -> None:
    """Arabic, accents and signs stay; what is obeyed becomes its number."""
    assert inert("لقاء à Rabat – 12 % €") == "لقاء à Rabat – 12 % €"
    assert inert("a\x1b[2J\u202e\n\x9b") == r"a\x1b[2J\u202e\n\x9b"
    assert inert("a\nb", keep="\n") == "a\nb"


def test_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    """A folder of strangers' files cannot make `ingest` read and publish a file of ours."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the password of the broker is here")
    folder = tmp_path / "articles"
    (folder / "sub").mkdir(parents=True)
    (folder / "own.txt").write_text("A long enough article of our own, with words.")
    (folder / "alias.txt").symlink_to(folder / "own.txt")
    (folder / "evil.txt").symlink_to(secret)
    (folder / "sub" / "up.txt").symlink_to(Path("..") / ".." / "secret.txt")
    (folder / "etc").symlink_to(tmp_path, target_is_directory=True)
    found = list(read_paths([folder], NOW))
    refused = [f for f in found if isinstance(f, FileProblem)]
    bodies = [f.body for f in found if not isinstance(f, FileProblem)]
    assert len(bodies) == 2
    assert not any(b"password" in body for body in bodies)
    assert {Path(r.where).name for r in refused} >= {"evil.txt", "up.txt"}
    assert all("leads out of the folder" in r.detail for r in refused)


BOMBS = {
    "arrays": "a = " + "[" * 100_000,
    "tables": "a = " + "{a=" * 100_000,
    "a long key": ".".join("a" * 50_000) + " = 1",
    "a long header": "[" + ".".join("a" * 50_000) + "]",
    "spaced": " . ".join('"a"' for _ in range(50_000)) + " = 1",
    "inline": "x = {" + ".".join("a" * 50_000) + " = 1}",
    "size": "# " + "a" * 1_000_001,
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_configuration_bomb_is_refused_with_a_sentence(name: str) -> None:
    """Watches and sources of any shape end in a ConfigError, at once: the parser would take minutes."""
    with pytest.raises(ConfigError, match="read watch: evil"):
        parse_watch(BOMBS[name], "evil")
    with pytest.raises(ConfigError, match="read sources: evil"):
        parse_sources(BOMBS[name], "evil")


def test_deep_dots_in_texts_and_common_keys_are_no_bomb() -> None:
    """Ellipses, versions and tables of three parts are read as ever."""
    text = 'note = "' + "wait... " * 500 + '1.2.3"\n[a.b.c]\nd.e = 1.5\n'
    assert load_toml(text)["a"]["b"]["c"]["d"]["e"] == 1.5


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('id = "../../etc/passwd"', "id"),
        ('id = "x\\u001b[2J"', "id"),
        ("parties = 3", "parties"),
        ('parties = [["MA"], "FR"]', "parties"),
        ("alerts = 3", "alerts"),
        ("alerts = {channels = 7}", "channels"),
        ("alerts = {channels = ['console', 3]}", "channels"),
    ],
)
def test_watch_of_strange_values_is_refused_by_key(line: str, key: str) -> None:
    """Neither a path nor a control sign becomes an id; a wrong type is a sentence, not a traceback."""
    good = {"id": 'id = "x"', "name": 'name = "y"', "parties": 'parties = ["MA", "FR"]'}
    lines = [*(v for k, v in good.items() if k != line.split(" ")[0]), line]
    with pytest.raises(ConfigError, match=f"{key}: seen"):
        parse_watch("\n".join(lines))
