"""Which language a text is in: script first, then letters and words, lingua for Latin script.

lingua is asked for Latin script only, restricted to our languages and their nearest neighbours, so
that a Catalan or Portuguese page is named as such instead of being taken for Spanish.
"""

from __future__ import annotations

import re
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

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
_SHORT_CHARS = 160
_DOUBTFUL = 0.75  # 5-word snippets: see tests/unit/text/test_language.py for the measured floor
_FUNCTION_WORD_WEIGHT = 1.5
UNKNOWN = "und"


@cache
def _detector(*, thorough: bool) -> LanguageDetector:
    """Build lingua when first needed.

    Trigrams alone (low accuracy mode) take 19 MB and were right on every one of the development
    corpus's articles; all n-grams take 208 MB and serve only doubtful short texts (2026-11-22).
    """
    builder = LanguageDetectorBuilder.from_languages(*_LATIN)
    return builder.build() if thorough else builder.with_low_accuracy_mode().build()


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
    """Ask lingua; for a short text weigh its answer with the function words found."""
    text = _cut(sample)
    tokens = _WORD.findall(text) if len(text) < _SHORT_CHARS else []
    scores = _weigh(_lingua_scores(text, thorough=False), tokens)
    best = max(scores, key=lambda lang: (scores[lang], lang))
    if tokens and scores[best] < _DOUBTFUL:
        scores = _weigh(_lingua_scores(text, thorough=True), tokens)
        best = max(scores, key=lambda lang: (scores[lang], lang))
    return best, round(scores[best], 4)


def _lingua_scores(text: str, *, thorough: bool) -> dict[str, float]:
    """Return lingua's probability of each Latin-script language."""
    values = _detector(thorough=thorough).compute_language_confidence_values(text)
    return {value.language.iso_code_639_1.name.lower(): value.value for value in values}


def _weigh(scores: dict[str, float], tokens: list[str]) -> dict[str, float]:
    """Return the scores after a share for function words, summing to one; no tokens, no change."""
    if not tokens:
        return scores
    folded = [fold_term(token) for token in tokens]
    weighed = dict(scores)
    for lang in set(load_toml("words.toml")) & set(scores):
        hits = sum(token in words(lang).function_words for token in folded)
        weighed[lang] += _FUNCTION_WORD_WEIGHT * hits / len(folded)
    total = sum(weighed.values()) or 1.0
    return {lang: value / total for lang, value in weighed.items()}


def _cut(sample: str) -> str:
    """Return at most the sampled number of characters, ending at a word."""
    if len(sample) <= _SAMPLE_CHARS:
        return sample
    return sample[:_SAMPLE_CHARS].rpartition(" ")[0] or sample[:_SAMPLE_CHARS]
