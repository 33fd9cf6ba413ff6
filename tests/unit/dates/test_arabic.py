"""Arabic dates: the month names of Morocco, Algeria, Egypt and the Levant, and the Hijri calendar."""

from __future__ import annotations

import pytest

from domain.dates.expressions import find_dates
from tests.unit.dates.telling import ANCHOR, read

CASES = {
    "full": ("2020-10-16", "جرى اللقاء يوم 16 أكتوبر 2020 بالرباط"),
    "weekday and full": ("2020-10-16", "استقبل الوزير ضيفه الجمعة 16 أكتوبر 2020"),
    "arabic digits": ("2020-10-16", "في ١٦ أكتوبر ٢٠٢٠"),
    "persian digits": ("2020-10-16", "در ۱۶ أكتوبر ۲۰۲۰"),
    "without hamza": ("2020-10-16", "16 اكتوبر 2020"),
    "tashkeel and tatweel": ("2020-10-16", "الجمـــعة 16 أُكْتُوبَر 2020"),
    "slashes": ("2020-10-16", "بلاغ بتاريخ 16/10/2020"),
    "spaced dashes": ("2020-10-18", "نشر يوم 18 - 10 - 2020"),
    "year first": ("2020-10-18", "2020/10/18"),
    "moroccan months": ("2023-08-20 2023-09-08 2023-11-06 2023-12-02 2023-07-30", "20 غشت 2023 و8 شتنبر 2023 و6 نونبر 2023 و2 دجنبر 2023 و30 يوليوز 2023"),
    "moroccan may": ("2024-05-14", "14 ماي 2024"),
    "egyptian months": ("2023-08-20 2023-11-06 2023-05-14", "20 أغسطس 2023 ثم 6 نوفمبر 2023 ثم 14 مايو 2023"),
    "algerian months": ("2023-01-09 2023-02-11 2023-04-16 2023-06-04 2023-07-05 2023-08-20", "9 جانفي 2023، 11 فيفري 2023، 16 أفريل 2023، 4 جوان 2023، 5 جويلية 2023، 20 أوت 2023"),
    "levant months": ("2023-01-17 2023-02-14 2023-03-21 2023-04-17 2023-05-25", "17 كانون الثاني 2023، 14 شباط 2023، 21 آذار 2023، 17 نيسان 2023، 25 أيار 2023"),
    "levant months of the autumn": ("2023-09-17 2023-10-06 2023-11-22 2023-12-03", "17 أيلول 2023، 6 تشرين الأوّل 2023، 22 تشرين الثاني 2023، 3 كانون الأول 2023"),
    "levant summer": ("2023-06-05 2023-07-14 2023-08-04", "5 حزيران 2023، 14 تموز 2023، 4 آب 2023"),
    "doubled month": ("2024-04-22", "22 أبريل/نيسان 2024"),
    "doubled month with space": ("2024-01-23", "في 23 يناير/ كانون الثاني الماضي"),
    "month in brackets": ("2024-04-22", "22 نيسان (أبريل) 2024"),
    "hijri": ("2025-04-12", "14 شوال 1446"),
    "hijri pair": ("2025-04-13", "14 شوال 1446 (13 أبريل 2025)"),
    "hijri pair with marks": ("2025-04-13", "الأحد 14 شوال 1446 هـ الموافق لـ 13 أبريل 2025"),
    "hijri two words": ("2024-06-17", "11 ذي الحجة 1445 هـ"),
    "words for the day": ("2023-11-28", "الثامن والعشرين من نونبر 2023"),
    "first in words": ("2023-03-01", "فاتح مارس 2023"),
    "of the month": ("2023-11-06", "يوم 6 من شهر نونبر سنة 2023"),
    "yearless with weekday": ("2018-11-15", "الخميس 15 نونبر", "2018-11-16"),
    "yearless": ("2024-06-26", "من المنتظر أن يصل في 26 يونيو"),
    "of this month": ("2024-04-15", "يوم 15 من الشهر الجاري"),
    "current month by name": ("2024-04-15", "15 أبريل الجاري"),
    "last month by name with a day": ("2024-01-23", "23 يناير الماضي"),
    "two days": ("2024-12-02..2024-12-03", "يومي 2 و3 دجنبر 2024"),
    "from to": ("2024-06-26..2024-06-28", "من 26 إلى 28 يونيو"),
    "between": ("2022-03-01..2022-03-25", "ما بين 1 و25 مارس 2022"),
    "across months": ("2024-06-28..2024-07-02", "من 28 يونيو إلى 2 يوليوز 2024"),
    "between in words": ("2023-11-28..2023-12-06", "ما بين الثامن والعشرين من نونبر والسادس من دجنبر 2023"),
    "bare weekday": ("2024-04-22", "بحث الوزيران، الاثنين، سبل التعاون"),
    "today with weekday": ("2024-04-24", "عقد، اليوم الأربعاء، لقاء بالرباط"),
    "today with another weekday": ("2024-04-22", "عقد، اليوم الإثنين، لقاء بالرباط"),
    "yesterday with weekday": ("2024-04-23", "أعلنت الوزارة أمس الثلاثاء"),
    "yesterday with weekday and date": ("2024-04-23", "أعلنت الوزارة، أمس الثلاثاء 23 أبريل"),
    "last weekday": ("2024-04-19", "أوقف يوم الجمعة الماضي"),
    "next weekday": ("2024-04-29", "يحل بالرباط يوم الاثنين المقبل"),
    "weekday with a future verb": ("2024-04-28", "سيصل الوزير إلى الرباط يوم الأحد"),
    "expected weekday": ("2024-04-28", "من المنتظر أن يحل الأحد بالرباط"),
    "and with weekday": ("2024-04-21 2024-04-22", "جرت المباحثات الأحد والاثنين"),
    "to the weekday": ("2024-04-23", "في ساعة مبكرة للثلاثاء انتهت المباحثات"),
    "yesterday": ("2024-04-23", "وصل مساء أمس"),
    "the day before yesterday": ("2024-04-22", "أول أمس"),
    "tomorrow": ("2024-04-25", "يلتقي غدا نظيره"),
    "two days ago": ("2024-04-22", "قبل يومين"),
    "three days ago": ("2024-04-21", "قبل ثلاثة أيام"),
    "two weeks ago": ("2024-04-07..2024-04-13", "قبل أسبوعين"),
    "last week": ("2024-04-15..2024-04-21", "الأسبوع الماضي"),
    "last year": ("2023-01-01..2023-12-31", "خلال العام الماضي"),
    "last month by name": ("2023-10-01..2023-10-31", "في أكتوبر الماضي"),
    "end of last month by name": ("2024-02-20..2024-02-29", "في أواخر شباط الماضي"),
    "start of a month": ("2024-03-01..2024-03-10", "مطلع مارس"),
    "month and year": ("2023-07-01..2023-07-31", "منذ يوليوز 2023"),
    "year": ("2017-01-01..2017-12-31", "أدين سنة 2017"),
    "the following day": ("2024-04-21 2024-04-22", "وصل الأحد، وفي اليوم الموالي التقى نظيره"),
    "same month": ("2024-04-14 2024-04-16", "يصل في 14 أبريل ويعود يوم 16 من الشهر نفسه"),
    "month of last year": ("2023-03-01..2023-03-31", "رهن الاعتقال منذ مارس من السنة الماضية"),
    "until a weekday": ("2024-04-25", "وتتدارس الوفود، إلى غاية الخميس، الملف"),
    "cue of the next clause": ("2024-04-22", "أمام المحكمة، الاثنين، جلسات الملف، ومن المقرر أن تستمر شهرا"),
    "attacks with particle": ("", "التخطيط لاعتداءات 13 نونبر"),
    "newspaper": ("", "نشرت بيان اليوم والمصري اليوم مقالا"),
    "second day": ("", "على هامش اليوم الثاني والأخير للزيارة"),
    "world day": ("", "بمناسبة اليوم العالمي للاجئين"),
    "practised": ("", "مارس الوزير ضغوطا ومارست باريس ضغوطا"),
    "door and father": ("", "من باب التعاون، في باب السياسة، أب لثلاثة أطفال"),
    "market town": ("", "في مدينة سوق الأربعاء الغرب"),
    "friday prayer": ("", "بعد صلاة الجمعة"),
    "movement": ("", "نشطاء حركة 20 فبراير"),
    "street": ("", "شارع 14 يوليوز"),
    "law": ("", "مشروع القانون 16.22 والقرار 2797 (2025)"),
    "every week": ("", "كل جمعة وكل يوم سبت"),
    "prize": ("", "مونديال 2030 وأفضل 100 لاعب"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "text", "anchor"), [(*c, "")[:3] for c in CASES.values()], ids=CASES
)
def test_arabic_sentence(expected: str, text: str, anchor: str) -> None:
    """Each way of telling a day is read as the day a reader takes it for."""
    day = ANCHOR.fromisoformat(anchor) if anchor else ANCHOR
    assert read(text, "ar", day) == expected


def test_hijri_pair_is_one_mention_with_its_brackets() -> None:
    """The two tellings of one day make one mention over both, with the weekday of the first."""
    text = "الأحد 14 شوال 1446 (13 أبريل 2025) بالرباط"
    (mention,) = find_dates(text, "ar", None)
    assert mention.text == "الأحد 14 شوال 1446 (13 أبريل 2025)"
    assert mention.weekday == 6


def test_hijri_year_outside_the_table_is_no_date() -> None:
    """A Hijri day that the table does not have is left alone instead of being computed wrong."""
    assert read("3 محرم 1301", "ar") == ""
