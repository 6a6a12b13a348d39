"""Cues in what was said: questions, numbers, superlatives, words that announce weight.

The lists are short on purpose: everything that can raise a score stands here. The
language is told by its commonest words; a language that is not listed has no
words, and only its question marks, exclamation marks and digits count.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_NUMBER = re.compile(r"\d")
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u061f]+[\"'\u201d\u2019\u00bb)\]]*(?=\s|$)"
)
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
_EXCLAMATION_MARKS = ("!", "\uff01")
_CLOSING = "\"'\u201d\u2019\u00bb)] "

# What one kind of cue adds. Kinds combine as 1 - (1 - a)(1 - b)...: several cues
# count more than one, and never more than 1.
QUESTION_VALUE = 0.35
NUMBER_VALUE = 0.35
STRONG_WORD_VALUE = 0.5
EXCLAMATION_VALUE = 0.3

# A language is told by so many different ones of its common words, which are so large a
# share of all words: a fifth to a third where it is spoken, a few by chance elsewhere.
_MIN_COMMON_WORDS = 3
_MIN_COMMON_SHARE = 0.12
# Transcriptions read for telling the language: enough for certainty, and quick.
_LANGUAGE_SAMPLE = 400


@dataclass(frozen=True)
class Language:
    """One language's lists: words that tell it, numerals, and words of weight."""

    code: str
    common: frozenset[str]
    numerals: frozenset[str]
    strong: frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LANGUAGES = (
    Language(
        "de",
        _words("der die das und ist nicht ich wir sie ein eine mit auf für dass aber auch wie"),
        _words(
            "zwei drei vier fünf sechs sieben acht neun zehn hundert tausend million millionen "
            "prozent doppelt hälfte"
        ),
        _words(
            "beste besten bester bestes größte größten schlimmste wichtigste wichtig niemals "
            "nie immer unglaublich wahnsinn geheimnis überraschend endlich entscheidend"
        ),
    ),
    Language(
        "en",
        _words("the and is not that you it of to in was we this for but what with are have"),
        _words(
            "two three four five six seven eight nine ten hundred thousand million billion "
            "percent twice half double"
        ),
        _words(
            "best worst most least biggest greatest largest first ever never always everyone "
            "nobody incredible amazing unbelievable important secret surprising finally key"
        ),
    ),
    Language(
        "es",
        _words("el la los las y es no que de en un una por con para pero como se lo"),
        _words(
            "dos tres cuatro cinco seis siete ocho nueve diez cien cientos mil millón millones "
            "doble mitad"
        ),
        _words(
            "mejor peor mayor máximo mínimo primero primera nunca jamás siempre todos nadie "
            "increíble importante secreto sorprendente finalmente clave"
        ),
    ),
    Language(
        "fr",
        _words("le la les et est pas que de un une des dans pour avec mais je nous vous ce"),
        _words(
            "deux trois quatre cinq six sept huit neuf dix cent cents mille million millions "
            "double moitié"
        ),
        _words(
            "meilleur meilleure pire premier première jamais toujours personne incroyable "
            "important importante secret surprenant enfin essentiel"
        ),
    ),
    Language(
        "it",
        _words("il lo la gli e è non che di un una per con ma come sono questo si"),
        _words(
            "due tre quattro cinque sei sette otto nove dieci cento mille mila milione milioni "
            "doppio metà"
        ),
        _words(
            "migliore peggiore massimo primo prima mai sempre tutti nessuno incredibile "
            "importante segreto sorprendente finalmente fondamentale"
        ),
    ),
)
# Stems of the words with which detectors and captions name a reaction: what a sound is
# called when it is called anything. "[Laughter]", "(Applaus)", "risas".
_REACTION_STEMS = (
    "laugh", "applau", "clap", "cheer", "chuckl", "giggl",
    "lach", "gelächter", "jubel", "beifall",
    "rire", "acclam",
    "risa", "aplauso", "ovaci", "ovazion",
)  # fmt: skip
UNKNOWN_LANGUAGE = Language("", frozenset(), frozenset(), frozenset())


def detect_language(transcriptions: Iterable[str]) -> Language:
    """The language whose common words are the most frequent, or the unknown one.

    The count's ties go to the language whose code sorts first.
    """
    words: Counter[str] = Counter()
    for text in islice(transcriptions, _LANGUAGE_SAMPLE):
        words.update(_WORD.findall(text.lower()))
    best, best_count = UNKNOWN_LANGUAGE, _MIN_COMMON_SHARE * words.total()
    for language in LANGUAGES:
        found = [words[word] for word in language.common if word in words]
        if len(found) >= _MIN_COMMON_WORDS and sum(found) > best_count:
            best, best_count = language, sum(found)
    return best


def cue_value(transcription: str, language: Language) -> float:
    """How much the cues of one transcription weigh: 0 (none) up to 1."""
    text = transcription.strip()
    if not text:
        return 0.0
    words = set(_WORD.findall(text.lower()))
    neutral = 1.0
    if any(mark in text for mark in _QUESTION_MARKS):
        neutral *= 1.0 - QUESTION_VALUE
    if any(mark in text for mark in _EXCLAMATION_MARKS):
        neutral *= 1.0 - EXCLAMATION_VALUE
    if _NUMBER.search(text) or not language.numerals.isdisjoint(words):
        neutral *= 1.0 - NUMBER_VALUE
    if not language.strong.isdisjoint(words):
        neutral *= 1.0 - STRONG_WORD_VALUE
    return 1.0 - neutral


def names_reaction(transcription: str) -> bool:
    """Whether a sound's transcription names laughter or applause; an empty one may be either."""
    text = transcription.strip().lower()
    return not text or any(stem in text for stem in _REACTION_STEMS)


def asks_question(transcription: str) -> bool:
    """Whether the transcription ends in a question."""
    return transcription.rstrip(_CLOSING).endswith(_QUESTION_MARKS)


def ends_sentence(transcription: str) -> bool:
    """Whether the transcription ends where a sentence ends. An empty one does not tell."""
    text = transcription.strip()
    return any(match.end() == len(text) for match in _SENTENCE_END.finditer(text))


def sentence_shares(transcription: str) -> tuple[float, ...]:
    """Where the inner sentences end, as shares (0..1) of the transcription's letters.

    Speech runs at a steady number of letters per second over a sentence or two, so
    that the share of letters estimates the share of time.
    """
    text = transcription.strip()
    if not text:
        return ()
    ends = (match.end() / len(text) for match in _SENTENCE_END.finditer(text))
    return tuple(share for share in ends if share < 1.0)
