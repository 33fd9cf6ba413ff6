"""English dates, day first and month first."""

from __future__ import annotations

import pytest

from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "month first": ("2020-10-16", "They met on October 16, 2020 in Rabat."),
    "month first with weekday": ("2020-10-16", "on Friday, October 16, 2020"),
    "day first": ("2020-10-16", "the meeting of 16 October 2020"),
    "ordinal": ("2024-04-22", "on the 22nd of April 2024"),
    "ordinal month first": ("2024-04-22", "on April 22nd, 2024"),
    "short": ("2020-10-16", "16 Oct 2020"),
    "short with dot": ("2020-10-16", "Oct. 16, 2020"),
    "slashes": ("2020-10-16", "16/10/2020"),
    "slashes month first when it must be": ("2020-10-16", "10/16/2020"),
    "iso": ("2020-10-16", "as of 2020-10-16"),
    "iso time": ("2020-10-16", "2020-10-16T21:45:00+01:00"),
    "dashed": ("2024-04-22", "22-Apr-2024"),
    "yearless": ("2024-03-25", "It came to an end on March 25 near Errachidia."),
    "yearless day first": ("2024-06-26", "talks open on 26 June"),
    "last with a day": ("2023-10-30", "since last October 30"),
    "weekday decides the year": ("2020-10-16", "Friday 16 October", "2021-03-01"),
    "from to": ("2024-06-26..2024-06-28", "from June 26 to 28"),
    "dash": ("2024-06-26..2024-06-28", "26-28 June"),
    "month first dash": ("2024-06-26..2024-06-28", "June 26-28, 2024"),
    "across months": ("2024-06-28..2024-07-02", "from June 28 to July 2, 2024"),
    "across months day first": ("2024-06-28..2024-07-02", "28 June - 2 July 2024"),
    "between": ("2022-03-01..2022-03-25", "between 1 and 25 March 2022"),
    "two days": ("2024-12-02..2024-12-03", "on 2 and 3 December 2024"),
    "bare weekday": ("2024-04-22", "The two ministers met on Monday."),
    "this weekday": ("2024-04-22", "They met this Monday."),
    "this weekday to come": ("2024-04-26", "The drill opens this Friday."),
    "last weekday": ("2024-04-19", "last Friday"),
    "next weekday": ("2024-04-28", "next Sunday"),
    "will": ("2024-04-28", "He will land in Rabat on Sunday."),
    "is expected": ("2024-04-28", "He is expected on Sunday."),
    "reported then planned": ("2024-04-23 2024-04-25", "He said on Tuesday that the talks will begin on Thursday."),
    "today": ("2024-04-24", "They signed the text today."),
    "yesterday with weekday": ("2024-04-23", "yesterday, Tuesday"),
    "the day before yesterday": ("2024-04-22", "the day before yesterday"),
    "tomorrow": ("2024-04-25", "tomorrow morning"),
    "two days ago": ("2024-04-22", "two days ago"),
    "a week ago": ("2024-04-14..2024-04-20", "a week ago"),
    "forty years ago": ("1984-01-01..1984-12-31", "40 years ago"),
    "in three days": ("2024-04-27", "in three days"),
    "the day before": ("2024-04-22 2024-04-21", "They met on Monday. He had landed the day before."),
    "last week": ("2024-04-15..2024-04-21", "last week"),
    "last month": ("2024-03-01..2024-03-31", "last month"),
    "weekday of next week": ("2024-04-29", "Monday next week"),
    "month": ("2023-10-01..2023-10-31", "The king received him in October."),
    "in May": ("2024-05-01..2024-05-31", "in May"),
    "early month": ("2024-02-01..2024-02-10", "in early February"),
    "late month": ("2024-02-20..2024-02-29", "in late February 2024"),
    "month of last year": ("2023-03-01..2023-03-31", "in March last year"),
    "day of this year": ("2024-01-09", "on January 9 this year"),
    "since a weekday": ("2024-04-22", "He has been in Rabat since Monday."),
    "until a weekday": ("2024-04-26", "The drill runs until Friday."),
    "month and year": ("2021-09-01..2021-09-30", "since September 2021"),
    "year": ("2019-01-01..2019-12-31", "agreed in 2019"),
    "years": ("2015-01-01..2020-12-31", "between 2015 and 2020"),
    "number after a month": ("2024-03-01..2024-03-31", "In March 15 people were arrested."),
    "since a day": ("2024-03-25", "since March 25"),
    "modal verb": ("", "It may 16 times fail, and may march on."),
    "name": ("", "Theresa May and August Wilson"),
    "papers": ("", "told the Sunday Times, the Mail on Sunday and USA Today"),
    "feast": ("", "on Good Friday"),
    "attacks": ("", "since the September 11 attacks"),
    "every": ("", "every Monday"),
    "plural": ("", "on Mondays"),
    "group": ("", "the G20 and the F16 jets"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_english_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "en", day) == expected
