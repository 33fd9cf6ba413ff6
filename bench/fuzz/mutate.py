"""Changes bytes the way damaged and hostile documents are changed. Pure: all chance comes from the generator given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

MAX_BYTES = 300_000
_TOKENS = (
    b"<", b">", b"</", b"/>", b"&", b"&#", b"&#x110000;", b"&#0;", b"&nbsp;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"<?xml version='1.0' encoding='utf-7'?>", b"<item>", b"</item>", b"<entry>",
    b"<title>", b"<link>", b"<guid>", b"<pubDate>", b"<loc>", b"<script type='application/ld+json'>", b"</script>",
    b"<style>", b"<meta charset='utf-16'>", b"<base href='//'>", b"<a href='", b"<time datetime='", b"<table>", b"<div>",
    b"<template>", b"<svg>", b"<frameset>", b"<article>", b"'", b'"', b"\\", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", "\u202e\u2066\u200f".encode(), "\ufdfa\u0301".encode(), "İ".encode(),
    "٣١/١٢/١٤٤٦".encode(), "31 février 2025".encode(), b"99999999999999999999", b"1e999", b"NaN", b"-1",
    b'{"@graph":[', b'"datePublished":', b"\\ud800", b"javascript:", b"file:///", b"http://[::1", b"%", b"%00", b"\r\n", b"\t",
)  # fmt: skip


def mutated(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """Return one seed with one to eight changes; now and then with a whole part repeated very often."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        rng.choice(_CHANGES)(data, seeds, rng)
        if len(data) > MAX_BYTES:
            del data[MAX_BYTES:]
    return bytes(data)


def _at(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _span(data: bytearray, rng: random.Random, most: int = 2000) -> tuple[int, int]:
    start = _at(data, rng)
    return start, min(len(data), start + rng.randint(0, rng.choice((4, 40, most))))


def _flip(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    for _n in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)


def _cut(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    start, end = _span(data, rng)
    del data[start:end]


def _end(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    del data[_at(data, rng) :]


def _token(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    at = _at(data, rng)
    data[at:at] = rng.choice(_TOKENS)


def _tokens(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    at = _at(data, rng)
    data[at:at] = rng.choice(_TOKENS) * rng.choice((2, 50, 2000, 20_000))


def _again(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    start, end = _span(data, rng)
    data[end:end] = data[start:end] * rng.choice((1, 1, 5, 200))


def _move(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    start, end = _span(data, rng)
    part = data[start:end]
    del data[start:end]
    at = _at(data, rng)
    data[at:at] = part


def _splice(data: bytearray, seeds: Sequence[bytes], rng: random.Random) -> None:
    other = rng.choice(seeds)
    start = rng.randrange(len(other) + 1)
    at = _at(data, rng)
    data[at:at] = other[start : start + rng.randint(0, 3000)]


def _value(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    """Put something else between two tags, so that the markup stays whole and what it says does not."""
    start = data.find(b">", _at(data, rng)) + 1
    end = data.find(b"<", start)
    if 0 < start <= end:
        other = rng.choice(_TOKENS).replace(b"<", b"&lt;") * rng.choice((1, 1, 30, 3000))
        data[start:end] = rng.choice((b"", data[start:end])) + other


def _recode(data: bytearray, _: Sequence[bytes], rng: random.Random) -> None:
    """Take the text to another charset without saying so."""
    text = bytes(data).decode("utf-8", "replace")
    codec = rng.choice(("cp1256", "cp1252", "utf-16", "utf-7", "utf-16-be", "iso8859-6"))
    data[:] = text.encode(codec, "ignore")


_CHANGES: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    _flip, _flip, _cut, _end, _token, _token, _tokens, _again, _move, _splice, _recode, _value, _value, _value,
)  # fmt: skip
