"""Which language a text is in: script first, then letters and words, lingua for Latin script.

lingua is asked only where it is needed (Latin script with too little evidence from function words
would be guesswork), restricted to our languages and their nearest neighbours, so that a Catalan or
Portuguese page is named as such instead of being taken for Spanish.
"""

from __future__ import annotations

import re
from functools import cache

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

from domain.text.fold import fold_term
from domain.text.vocabulary import load_toml, words

_LATIN = (
    Language.FRENCH,
    Language.ENGLISH,
    Language.SPANISH,
    Language.DUTCH,
    Language.GERMAN,
    Language.ITALIAN,
    Language.PORTUGUESE,
    Language.CATALAN,
)
_ARABIC_LETTERS = re.compile(r"[\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN_LETTERS = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHER_LETTERS = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff]")
# Persian and Urdu write these on every line; Arabic only in foreign names.
_PERSIAN = re.compile(r"[یکپچژ]")
_URDU = re.compile(r"[ٹڈڑںے]")
_WORD = re.compile(r"[^\W\d_]+['’]?")
_SAMPLE_CHARS = 2000  # lingua's time grows with length, its answer does not change after this
UNKNOWN = "und"


@cache
def _detector() -> LanguageDetector:
    """Build lingua once, when first needed (docs: low accuracy mode is for texts over 120 chars)."""
    return LanguageDetectorBuilder.from_languages(*_LATIN).build()


def identify(text: str) -> tuple[str, float]:
    """Return the ISO 639-1 code of a text's language and a confidence from 0 to 1.

    `("und", 0.0)` means that there are no letters to judge by, or of a script not watched.
    """
    sample = text[: 2 * _SAMPLE_CHARS]
    arabic = len(_ARABIC_LETTERS.findall(sample))
    latin = len(_LATIN_LETTERS.findall(sample))
    other = len(_OTHER_LETTERS.findall(sample))
    if other > max(arabic, latin) or not arabic + latin:
        return UNKNOWN, 0.0
    # A Latin-script word runs longer than an Arabic one, and names in Latin script are common in
    # Arabic articles, hardly ever the other way round.
    if arabic * 2 >= latin:
        return _arabic_script(sample, arabic, arabic / (arabic + latin))
    return _latin_script(sample)


def _arabic_script(sample: str, letters: int, share: float) -> tuple[str, float]:
    """Tell Arabic from Persian and Urdu by the letters that only these write."""
    urdu = len(_URDU.findall(sample)) / letters
    persian = len(_PERSIAN.findall(sample)) / letters
    if urdu > 0.03:
        return "ur", min(1.0, 0.6 + urdu * 5)
    if persian > 0.06:
        return "fa", min(1.0, 0.6 + persian * 3)
    return "ar", round(min(1.0, 0.5 + share / 2), 4)


def _latin_script(sample: str) -> tuple[str, float]:
    """Ask lingua, and for short texts weigh its answer with the function words found."""
    results = _detector().compute_language_confidence_values(_cut(sample))
    scores = {_code(result.language.iso_code_639_1): result.value for result in results}
    tokens = [fold_term(token) for token in _WORD.findall(sample)]
    if len(tokens) <= 25:
        for lang in load_toml("words.toml"):
            if lang in scores:
                hits = sum(token in words(lang).function_words for token in tokens)
                scores[lang] += 0.3 * hits / max(1, len(tokens))
        total = sum(scores.values()) or 1.0
        scores = {lang: value / total for lang, value in scores.items()}
    best = max(scores, key=lambda lang: (scores[lang], lang))
    return best, round(scores[best], 4)


def _cut(sample: str) -> str:
    """Return at most the sampled number of characters, ending at a word."""
    if len(sample) <= _SAMPLE_CHARS:
        return sample
    return sample[:_SAMPLE_CHARS].rpartition(" ")[0] or sample[:_SAMPLE_CHARS]


def _code(code: IsoCode639_1) -> str:
    """Return the lower-case two-letter code."""
    return code.name.lower()
