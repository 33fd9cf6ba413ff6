"""One article has one address, and two articles never share one."""

from __future__ import annotations

import pytest

from connectors.canonical import canonical_url, url_key

SAME = {
    "https://news.example/a/b-c": [
        "https://news.example/a/b-c",
        "http://news.example/a/b-c",
        "HTTPS://News.Example:443/a/b-c",
        "https://news.example./a/b-c",
        "https://news.example/a/b-c/",
        "https://news.example//a//b-c",
        "https://news.example/a/b-c#comments",
        "https://news.example/a/b-c?utm_source=rss&utm_medium=feed",
        "https://news.example/a/b-c?fbclid=x",
        "https://news.example/a/b-c?xtor=RSS-1",
        "https://news.example/a/b-c/amp",
        "https://news.example/a/b-c/amp/",
        "https://news.example/a/b-c.amp",
        "https://news.example/a/b-c?amp=1",
        "https://news.example/a/b-c?outputType=amp",
        "https://news.example/%61/b%2Dc",
        " https://news.example/a/b-c ",
    ],
    "https://news.example/%D8%A7%D8%AA": [
        "https://news.example/ات",
        "https://news.example/%d8%a7%d8%aa",
        "https://news.example/%D8%A7%D8%AA/",
    ],
    "https://news.example/n.php?a=1&id=7": [
        "https://news.example/n.php?id=7&a=1",
        "https://news.example/n.php?a=1&utm_id=3&id=7",
    ],
    "https://xn--mnchen-3ya.example/": ["https://münchen.example", "https://MÜNCHEN.example/"],
    "https://news.example/a.html": ["https://news.example/a.amp.html"],
}
DIFFERENT = [
    ("https://news.example/?p=1", "https://news.example/?p=2"),
    ("https://news.example/a?cid=1", "https://news.example/a?cid=2"),
    ("https://news.example/a?source=1", "https://news.example/a?source=2"),
    ("https://news.example/a?gallery=1", "https://news.example/a?gallery=2"),
    ("https://news.example/a%2Fb", "https://news.example/a/b"),
    ("https://news.example/a?q=x%26id=1", "https://news.example/a?q=x&id=1"),
    ("https://a.example/x", "https://www.a.example/x"),
    ("http://127.0.0.1:8001/x", "http://127.0.0.1:8002/x"),
    ("https://news.example/amp", "https://news.example/"),
    ("https://news.example/Story", "https://news.example/story"),
    ("https://news.example/100%", "https://news.example/100"),
]


@pytest.mark.parametrize(
    ("expected", "url"), [(want, url) for want, urls in SAME.items() for url in urls]
)
def test_spellings_of_one_address_become_one(expected: str, url: str) -> None:
    """Scheme, case, ports, fragments, tracking, AMP and percent-encoding do not matter."""
    assert canonical_url(url) == expected


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_of_two_articles_stay_two(one: str, other: str) -> None:
    """What may number an article is kept."""
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("expected", "url"), [(w, w) for w in SAME] + [("file:///abc", "file:///abc"), ("x", "x")]
)
def test_canonical_address_is_a_fixed_point(expected: str, url: str) -> None:
    """Doing it twice changes nothing; what is no web address is left alone."""
    assert canonical_url(url) == expected


def test_key_is_the_hash_of_the_address_in_hex() -> None:
    """The record key is the sha256 of the canonical URL, 64 ASCII characters, the same on every machine."""
    assert url_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
