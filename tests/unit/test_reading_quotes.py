"""What a text quotes and who says it: marks well and badly used, speakers before and behind, in several languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.reading.quotes import Quote, Said, find_quotes


def speech(language: str, *paragraphs: str) -> list[Quote]:
    return [quote for quote in find_quotes(paragraphs, language) if quote.kind is Said.SPEECH]


# ruff: noqa: E501 (one case a line)
SAYING = [
    # behind: verb first
    ("en", "“We asked for water and got a form,” said Ana Roe, director of the Tidewater Clinic.", "Ana Roe", "director of the Tidewater Clinic"),
    ("en", '"We asked for water and got a form," said TWC attorney Ana Roe.', "Ana Roe", "TWC attorney"),
    ("en", '"We asked for water and got a form," said Mayor Ana Roe on Tuesday.', "Ana Roe", "Mayor"),
    ("en", '"We asked for water and got a form," said Dr. Ana M. Roe, chief of surgery.', "Ana M. Roe", "Dr., chief of surgery"),
    ("en", '"We asked for water and got a form," said Ana Roe, Ph.D., president and CEO of Harbor Works, Inc.', "Ana Roe", "president and CEO of Harbor Works Inc"),
    ("en", '"We asked for water and got a form," said Ana Roe of Harbor Works.', "Ana Roe", "Harbor Works"),
    ("en", '"We asked for water and got a form," according to Ana Roe, the union\'s president.', "Ana Roe", "union's president"),
    ("en", '"We asked for water and got a form." said Ana Roe, treasurer.', "Ana Roe", "treasurer"),
    # behind: subject first
    ("en", '"We asked for water and got a form," Ana Roe, a tenant organizer, said in a statement.', "Ana Roe", "tenant organizer"),
    ("en", "‘We asked for water and the workers’ committee got a form,’ Ana Roe said.", "Ana Roe", ""),
    ("en", '"We asked for water and got a form." — Ana Roe, tenant organizer', "Ana Roe", "tenant organizer"),
    # before
    ("en", 'Ana Roe, NDA Litigation Director, said, "We asked for water and got a form."', "Ana Roe", "NDA Litigation Director"),
    ("en", 'Said Ana Roe, NDA Litigation Director, "We asked for water and got a form."', "Ana Roe", "NDA Litigation Director"),
    ("en", 'Said co-counsel Ana Roe from Harbor Law LLP, "We asked for water and got a form."', "Ana Roe", "co-counsel Harbor Law LLP"),
    ("en", 'Tidewater Mayor Ana Roe told reporters that "we asked for water and got a form from them."', "Ana Roe", "Tidewater Mayor"),
    ("en", 'In response to the Final Report of the Harbor Task Force, Ana Roe, Executive Director of the Harbor Network (HN), made the following remarks: "We asked for water."', "Ana Roe", "Executive Director of the Harbor Network"),
    ("en", 'Tidewater, VA—In response to the report, Ana Roe, director of the clinic, issued the following statement: "We asked for water and got a form."', "Ana Roe", "director of the clinic"),
    ("en", 'Statement from Ana Roe, president of Harbor Works: "We asked for water and got a form."', "Ana Roe", "president of Harbor Works"),
    ("en", 'According to Ana Roe, the lead researcher, "the water has been unfit to drink since March."', "Ana Roe", "lead researcher"),
    ("en", 'Chief Medical Officer Dr. Ana Roe, M.D., said: "No patient was harmed in the event."', "Ana Roe", "Chief Medical Officer Dr."),
    # Spanish
    ("es", "La alcaldesa de Puerto Nuevo, Ana Pérez, aseguró que «ningún barrio se quedará sin agua».", "Ana Pérez", "alcaldesa de Puerto Nuevo"),
    ("es", '"Hoy celebramos una victoria de todas", manifestó en conferencia de prensa Ana Pérez, presidenta.', "Ana Pérez", "presidenta"),
    ("es", "«Pedimos agua y nos dieron un formulario», dijo Ana Pérez, directora de la Clínica del Puerto.", "Ana Pérez", "directora de la Clínica del Puerto"),
    ("es", "“Pedimos agua y nos dieron un formulario”, afirmó la directora de la Clínica del Puerto, Ana Pérez.", "Ana Pérez", "directora de la Clínica del Puerto"),
    ("es", "“Pedimos agua y nos dieron un formulario”, señaló la alcaldesa Ana Pérez Luna.", "Ana Pérez Luna", "alcaldesa"),
    ("es", '"Pedimos agua y nos dieron un formulario", explicó Ana María de la Cruz, abogada de la Red del Puerto.', "Ana María de la Cruz", "abogada de la Red del Puerto"),
    ("es", '"Pedimos agua y nos dieron un formulario", según Ana Pérez, portavoz del sindicato.', "Ana Pérez", "portavoz del sindicato"),
    ("es", 'Ana Pérez, vocera de la Coalición, declaró: "Pedimos agua y nos dieron un formulario".', "Ana Pérez", "vocera de la Coalición"),
    ("es", 'Según Ana Pérez, coordinadora del programa, "el agua no sirve desde marzo, y nadie responde".', "Ana Pérez", "coordinadora del programa"),
    ("es", 'Ana Pérez, presidenta de la Red, hizo las siguientes declaraciones: «Pedimos agua».', "Ana Pérez", "presidenta de la Red"),
    ("es", "«Pedimos agua y nos dieron un formulario», ha dicho hoy el consejero de Salud, Luis Mora.", "Luis Mora", "consejero de Salud"),
    # others, by the same marks
    ("fr", "« Nous avons demandé de l'eau et reçu un formulaire », a déclaré Anne Roux, directrice de la clinique.", "Anne Roux", "directrice de la clinique"),
    ("pt", "“Pedimos água e recebemos um formulário”, afirmou Ana Souza, diretora da clínica.", "Ana Souza", "diretora da clínica"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "speaker", "title"), SAYING)
def test_names_who_speaks(language: str, text: str, speaker: str, title: str) -> None:
    (quote,) = speech(language, text)
    assert (quote.speaker, quote.title, quote.closed) == (speaker, title, True)


def test_a_line_above_may_name_the_speaker() -> None:
    (quote,) = speech("en", "Statement by Governor Ana Roe on the Floods", "“Our hearts are with the valley tonight.”")
    assert (quote.speaker, quote.title) == ("Ana Roe", "Governor")


def test_both_halves_of_a_parted_quote_are_one() -> None:
    (quote,) = speech("en", "“We are tired,” said Ana Roe, president. “We are not done.”")
    assert (quote.words, quote.speaker, len(quote.pieces)) == ("We are tired, We are not done.", "Ana Roe", 2)
    (quote,) = speech("en", '"If they close the door," Roe said, "we will stand at the window."')
    assert quote.words == "If they close the door, we will stand at the window."
    (quote,) = speech("es", "«Estamos cansados», dijo Ana Pérez, presidenta. «No hemos terminado», añadió.")
    assert (quote.words, quote.speaker) == ("Estamos cansados No hemos terminado", "Ana Pérez")


def test_two_speakers_of_one_paragraph_are_two_quotes() -> None:
    first, second = speech("en", 'Ana Roe said, "We are tired of it." Ben Poe added, "We are not done yet."')
    assert (first.speaker, second.speaker) == ("Ana Roe", "Ben Poe")
    first, second = speech("en", '"We are tired of it," said Ana Roe. "We are not done," said Ben Poe, a cook.')
    assert (first.speaker, second.speaker, second.title) == ("Ana Roe", "Ben Poe", "cook")


def test_a_pronoun_goes_back_to_the_last_named_and_a_surname_to_the_whole_name() -> None:
    text = (
        '"We are tired of waiting," said Ana Roe, president of Harbor Works.',
        "The council meets in May.",
        '"We have been patient for years," she added.',
        '"Nobody answered our letters," Roe said.',
    )
    assert [(q.speaker, q.title) for q in speech("en", *text)] == [("Ana Roe", "president of Harbor Works")] * 3
    spanish = ("«Estamos cansados de esperar», dijo Ana Pérez, presidenta.", "«Nadie contestó las cartas», añadió.")
    assert [q.speaker for q in speech("es", *spanish)] == ["Ana Pérez", "Ana Pérez"]


def test_a_quote_over_paragraphs_opens_each_and_closes_the_last() -> None:
    text = ("Ana Roe, director, made the following remarks:", '"First we asked.', '"Then we waited.', "“Now we march.”", "End.")
    (quote,) = speech("en", *text)
    assert quote.words == "First we asked.\n\nThen we waited.\n\nNow we march."
    assert ([p.paragraph for p in quote.pieces], quote.speaker, quote.closed) == ([1, 2, 3], "Ana Roe", True)
    (quote,) = speech("es", "«Primero pedimos agua a la ciudad.", "»Ahora marchamos», dijo Ana Pérez, directora.")
    assert (len(quote.pieces), quote.closed, quote.speaker) == (2, True, "Ana Pérez")


def test_a_quote_that_never_closes_says_so_and_does_not_swallow_the_next() -> None:
    text = ('"We are glad that the council heard us at last, said Ana Roe, director.', '"We are glad too," said Ben Poe.')
    first, second = find_quotes(text, "en")
    assert (first.closed, second.closed, second.speaker) == (False, True, "Ben Poe")
    (alone,) = find_quotes(["Ana Roe said: “We are glad that the council heard us at last."], "en")
    assert (alone.closed, alone.speaker) == (False, "Ana Roe")


def test_a_quote_that_never_opens_says_so() -> None:
    (quote,) = find_quotes(['We are glad that the council heard us," said Ana Roe, director.'], "en")
    assert (quote.opened, quote.closed, quote.speaker) == (False, True, "Ana Roe")


def test_only_the_first_and_the_last_mark_over_paragraphs() -> None:
    text = ("Ana Roe said: “We asked for water.", "They sent a form.", "We are done with forms.”", "The council meets in May.")
    (quote,) = speech("en", *text)
    assert (quote.words, quote.closed) == ("We asked for water.\n\nThey sent a form.\n\nWe are done with forms.", True)


PHRASES = [
    "The program known as “Safe Harbors” ends in May, and the 'forms not water' rule with it.",
    'The report, "Harbor Water Quality: A Study of Twelve Neighborhoods on the Coast," is out.',
    "The workers' committee met the drivers' union; nobody's water was safe.",
    'The pipe is 6" wide, and the tank 4\' 10" high.',
    "The court found the city's claim that it “had no duty to answer” absurd.",
]


@pytest.mark.parametrize("text", PHRASES)
def test_terms_titles_and_inches_are_no_statements(text: str) -> None:
    assert speech("en", text) == []


def test_inches_and_apostrophes_are_no_quotes_at_all() -> None:
    assert find_quotes([PHRASES[2], PHRASES[3]], "en") == []


def test_quotes_within_quotes() -> None:
    (quote,) = speech("en", '“They told us ‘wait a week’ and "come back" and we did,” said Ana Roe.')
    assert sorted(quote.inner) == ["come back", "wait a week"]
    (quote,) = speech("es", "«Nos dijeron “vuelvan el lunes” y volvimos todos», dijo Ana Pérez.")
    assert quote.inner == ("vuelvan el lunes",)


def test_mixed_marks_pair() -> None:
    (quote,) = speech("en", '“We have more questions than answers," said Ana Roe.')
    assert (quote.words, quote.closed) == ("We have more questions than answers,", True)


def test_a_dash_opens_no_quote() -> None:
    assert find_quotes(["—Pedimos agua —dijo Ana Pérez— y nos dieron un formulario."], "es") == []


def test_a_body_may_speak() -> None:
    (quote,) = speech("en", '"We are reviewing the ruling of the court," the hospital said in a statement.')
    assert quote.speaker == "hospital"
    (quote,) = speech("en", '"We are reviewing the ruling of the court," Harbor County Hospital said in a statement.')
    assert quote.speaker == "Harbor County Hospital"


@given(
    st.lists(st.text(alphabet="ab A.,:“”\"«»'’‘—\n said", max_size=60), max_size=6), st.sampled_from(["en", "es", "fr", "ar"])
)
def test_every_piece_is_where_it_says(paragraphs: list[str], language: str) -> None:
    for quote in find_quotes(paragraphs, language):
        places = [(p.paragraph, p.span.start) for p in quote.pieces]
        assert places == sorted(places)
        for piece in quote.pieces:
            assert paragraphs[piece.paragraph][piece.span.start : piece.span.end] == piece.span.words
