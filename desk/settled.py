"""Which dead letters are settled: a line below which all are, and single ones beyond it, as text of an offset commit."""

from __future__ import annotations

import base64
import binascii
import zlib

# Kafka takes 4096 bytes by default.
MAX_CHARS = 3_500
MAX_BITS = 8_000_000
_PACKED = "z:"


def folded(low: int, settled: set[int]) -> tuple[int, set[int]]:
    """Return the first offset that is not settled, and the settled ones beyond it."""
    rest = {n for n in settled if n >= low}
    while low in rest:
        rest.remove(low)
        low += 1
    return low, rest


def as_text(low: int, settled: set[int]) -> str:
    """Return the single ones as text: numbers when they are few, else a compressed row of bits from the line on."""
    plain = ",".join(str(n) for n in sorted(settled))
    if len(plain) <= MAX_CHARS // 4:
        return plain
    bits = bytearray((max(settled) - low) // 8 + 1)
    for n in settled:
        bits[(n - low) // 8] |= 1 << ((n - low) % 8)
    return _PACKED + base64.b64encode(zlib.compress(bytes(bits), 9)).decode("ascii")


def from_text(low: int, text: str) -> set[int]:
    """Return the single ones of a text that `as_text` made; of any other text none."""
    if not text.startswith(_PACKED):
        return {int(n) for n in text.split(",") if n.isascii() and n.isdigit()}
    try:
        packed = base64.b64decode(text.removeprefix(_PACKED), validate=True)
        bits = zlib.decompressobj().decompress(packed, MAX_BITS // 8)
    except (binascii.Error, zlib.error):
        return set()
    return {low + 8 * i + b for i, byte in enumerate(bits) for b in range(8) if byte >> b & 1}
