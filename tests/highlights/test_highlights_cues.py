"""The cues in what is said, per language."""

import pytest
from multicam_server.highlights.cues import (
    LANGUAGES,
    asks_question,
    cue_value,
    detect_language,
    ends_sentence,
    names_reaction,
    sentence_shares,
)

SPOKEN = {
    "en": "and that is what we have for the best of you",
    "de": "und das ist nicht das beste für die leute, aber wir sind auch da",
    "es": "y no es que lo mejor para los que se como una con el",
    "fr": "et les gens ne sont pas dans la meilleure des rues avec nous",
    "it": "e non è che la migliore di questo si come sono una per il",
}


@pytest.mark.parametrize("code", sorted(SPOKEN))
def test_each_language_is_told_by_its_common_words(code: str) -> None:
    assert detect_language([SPOKEN[code]]).code == code


def test_an_unknown_language_has_no_words() -> None:
    language = detect_language(["ala ma kota i psa", "to jest najlepszy dzień"])
    assert language.code == ""
    assert cue_value("to jest najlepszy dzień", language) == 0.0
    assert cue_value("to jest 100 zł?", language) > 0.0


def test_a_few_words_that_another_language_has_too_tell_nothing() -> None:
    polish = ["ja to jest najlepszy dzień tego roku.", "to był dobry rok i in spe."] * 20
    assert detect_language(polish).code == ""
    assert detect_language([]).code == ""


def test_more_cues_count_more_and_never_more_than_one() -> None:
    language = detect_language([SPOKEN["en"]])
    plain = cue_value("we went home.", language)
    number = cue_value("we lost 42 boats.", language)
    both = cue_value("the best of 42 boats!", language)
    assert plain == 0.0 < number < both <= 1.0
    assert cue_value("", language) == 0.0


def test_the_lists_are_lower_case_and_do_not_overlap() -> None:
    for language in LANGUAGES:
        words = language.numerals | language.strong | language.common
        assert all(word == word.lower() for word in words)
        assert not language.strong & language.common


def test_questions_and_ends_of_sentences() -> None:
    assert asks_question('He said: "Why?" ')
    assert not asks_question("Why? Because.")
    assert ends_sentence("It was so.")
    assert ends_sentence('"It was so!"')
    assert not ends_sentence("It was")
    assert not ends_sentence("")
    assert not ends_sentence("at 3.5 metres")


def test_shares_of_inner_sentences() -> None:
    assert sentence_shares("Four. Four.") == pytest.approx((5 / 11,))
    assert sentence_shares("no end") == ()
    assert sentence_shares("") == ()


def test_names_of_reactions() -> None:
    assert names_reaction("")
    assert names_reaction("[Laughter]")
    assert names_reaction("(Applaus)")
    assert not names_reaction("door slams")
