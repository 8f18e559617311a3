"""The rules of form: each finds its slip in English and in Spanish, names the words, and leaves good text alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro.config import Office
from distro.editorial.content import (
    Edition,
    Event,
    Instant,
    Kind,
    Organisation,
    PressContact,
    ReleaseContent,
    Resource,
)
from distro.preflight.case import Case
from distro.preflight.finding import Finding
from distro.preflight.rules import RULES
from distro.severity import Severity

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
NAMED = {rule.name: rule for rule in RULES}
EN = Edition(headline="Clinic opens on Main Street", dateline="Los Angeles, CA", body="The clinic opened on Monday.")
ES = Edition(headline="Abre una clínica en la calle Main", dateline="Los Ángeles", body="La clínica abrió el lunes.")
ROSA = PressContact(name="Rosa Example", email="rosa@network.example.org", phone="+1 202 555 0101")
WHOLE = ReleaseContent(
    kind=Kind.RELEASE,
    slug="clinic",
    date=date(2026, 12, 1),
    languages=("en", "es"),
    organisations=(Organisation(name="Example Network", boilerplate={"en": "It organises.", "es": "Organiza."}),),
    contacts=(ROSA,),
    editions={"en": EN, "es": ES},
)


def case(content: ReleaseContent, **known: object) -> Case:
    given = {"office": Office(), "public_url": "", "now": NOW} | known
    return Case(content, **given)  # type: ignore[arg-type]


def found(rule: str, content: ReleaseContent, **known: object) -> list[Finding]:
    return NAMED[rule].findings(case(content, **known))


def with_text(language: str, text: str, part: str = "body") -> ReleaseContent:
    edition = WHOLE.editions[language].model_copy(update={part: text})
    return WHOLE.model_copy(update={"editions": {**WHOLE.editions, language: edition}})


def words(rule: str, language: str, text: str, part: str = "body") -> list[str]:
    findings = found(rule, with_text(language, text, part))
    assert all(one.place.language == language and one.place.part == part for one in findings)
    return [one.place.words for one in findings]


def test_a_whole_release_is_left_alone() -> None:
    assert [one for rule in RULES for one in rule.findings(case(WHOLE))] == []


SLIPS = [
    ("form-release-line", "en", "FOR IMMEDIATE RELEASE\n\nThe clinic opened.", "FOR IMMEDIATE RELEASE"),
    ("form-release-line", "en", "**For immediate release // Please excuse cross-posting**", "For immediate release //"),
    ("form-release-line", "es", "Para publicación inmediata\n\nLa clínica abrió.", "Para publicación inmediata"),
    ("form-release-line", "es", "EMBARGADO HASTA el 5 de diciembre", "EMBARGADO HASTA"),
    ("form-quote-open", "en", "“We will not leave, said Rosa Example.\n\nThe clinic opened.", "“We will not leave"),
    ("form-quote-open", "en", 'The head said, "We stay.', '"We stay.'),
    ("form-quote-open", "en", "We will stay,” said Rosa Example.", "We will stay,”"),
    ("form-quote-open", "es", "«No nos iremos, dijo Rosa Ejemplo.\n\nLa clínica abrió.", "«No nos iremos"),
    ("form-quote-open", "es", "No nos iremos», dijo Rosa Ejemplo.", "No nos iremos»"),
    ("form-quote-open", "en", '“We stay with more questions than answers," said Rosa Example.', "“We stay"),
    ("form-quote-open", "en", '“We stay.\n\n"And we stay together,” said Rosa Example.', '"And we'),
    ("form-quote-open", "es", "«No nos iremos de aquí nunca”, dijo Rosa Ejemplo.", "«No nos iremos"),
    ("form-link-text", "en", "Read the Letter here\n\nMore Info on the plan here", "More Info on the plan here"),
    ("form-dangling", "en", "For more on the case visit\n\nThe end.", "visit"),
    ("form-quote-speaker", "en", "“We waited eleven years for this door to open at last.”\n\nIt opened.", "“We waited"),
    ("form-quote-speaker", "es", "«Esperamos once años a que se abriera por fin esta puerta».\n\nAbrió.", "«Esperamos"),
    ("form-end-mark", "en", "The clinic opened.\n\n###\n\nNotes.", "###"),
    ("form-end-mark", "en", "The clinic opened.\n\n-30-", "-30-"),
    ("form-end-mark", "es", "La clínica abrió.\n\n# # #", "# # #"),
    ("form-link-text", "en", "Read it [here](https://network.example.org/a).", "[here]"),
    ("form-link-text", "en", "Read the Letter here\n\nMore on the plan here", "Read the Letter here"),
    ("form-link-text", "en", "The final report (available here)", "here"),
    ("form-link-text", "en", "Copies of the forms are below, here in PDF, and there.", "here in PDF"),
    ("form-link-text", "en", "To sign, click here.", "click here"),
    ("form-link-text", "es", "Lea la carta [aquí](https://network.example.org/a).", "[aquí]"),
    ("form-link-text", "es", "Para firmar, haga clic aquí.", "haga clic aquí"),
    ("form-link-text", "es", "El informe final (disponible aquí)", "aquí"),
    ("form-link-text", "es", "Más sobre el plan aquí", "Más sobre el plan aquí"),
    ("form-dangling", "en", "For a copy of the ruling, visit For more on the case visit\n\nThe end.", "visit"),
    ("form-dangling", "en", "Copies are below, and further updates at", "updates at"),
    ("form-dangling", "en", "To learn more, please visit.", "visit"),
    ("form-dangling", "en", "Go to [](https://) . Website:", "Website:"),
    ("form-dangling", "es", "Para más información, visite.", "visite"),
    ("form-dangling", "es", "El informe está disponible en\n\nLa clínica abrió.", "disponible en"),
    ("form-dangling", "es", "Habrá novedades en", "novedades en"),
    ("form-link", "en", "See [the report](reports/a.pdf).", "reports/a.pdf"),
    ("form-link", "en", "See [the report]().", "[the report]()"),
    ("form-link", "en", "See http://localhost:8000/report for it.", "localhost"),
    ("form-link", "es", "Vea [el informe](http://192.168.1.4/a).", "192.168"),
    ("form-link", "es", "Vea [el informe](http://intranet/a).", "intranet"),
    ("form-link", "es", "Vea [el informe](file:///C:/informe.pdf).", "file:"),
    ("form-eaten", "en", "Everyone else isn't ing the snake oil.", "isn't ing"),
    ("form-eaten", "en", "The board of the  met on Monday.", "the  met"),
    ("form-eaten", "en", "They met with the of the board.", "the of"),
    ("form-eaten", "en", "The workers , who came from afar, won.", "workers ,"),
    ("form-eaten", "en", "They took it to the.", "the."),
    ("form-eaten", "es", "La junta de  se reunió el lunes.", "de  se"),
    ("form-eaten", "es", "Se reunieron con el.", "con el"),
    ("form-eaten", "es", "El es un lugar seguro.", "El es"),
    ("form-eaten", "es", "Los coches se án con grúa.", "án"),
    ("form-doubled", "en", "They met in the the hall.", "the the"),
    ("form-doubled", "en", "They met in\nin the hall.", "in\nin"),
    ("form-doubled", "es", "Se reunieron en en la sala.", "en en"),
    ("form-doubled", "es", "La caja que que mantiene frío.", "que que"),
    ("form-doubled", "en", "They met at the at the hall.", "at the at the"),
    ("form-doubled", "es", "La reunión de la de la junta.", "de la de la"),
    ("form-doubled", "en", "It is is open on Monday Monday.", "Monday Monday"),
    ("form-acronym", "en", "Rosa Peña (NFWO) met on Monday.", "NFWO"),
    ("form-acronym", "en", "The NFWO met on Monday.", "NFWO"),
    ("form-acronym", "es", "La CNTX se reunió el lunes.", "CNTX"),
    ("form-alt", "en", "![](https://network.example.org/a.jpg)", "![]"),
    ("form-alt", "es", "![IMG_1234.jpg](https://network.example.org/a.jpg)", "![IMG"),
    ("form-resource", "en", "See the attached letter for the names.", "attached letter"),
    ("form-resource", "es", "Se adjunta la carta.", "Se adjunta"),
    ("mail-spam", "en", "Act now and get it.", "Act now"),
    ("mail-spam", "en", "They won!!!", "!!!"),
    ("mail-spam", "es", "Compre ahora, sin compromiso.", "Compre ahora"),
]


@pytest.mark.parametrize(("rule", "language", "text", "says"), SLIPS)
def test_a_rule_finds_its_slip(rule: str, language: str, text: str, says: str) -> None:
    assert any(says in one for one in words(rule, language, text)), words(rule, language, text)


GOOD = [
    ("form-release-line", "en", "Advocates called for immediate release of the detainees."),
    ("form-release-line", "es", "Pidieron la publicación inmediata de los datos."),
    ("form-quote-open", "en", "“We stay.\n\n“And we stay together,” said Rosa Example. “All of us.”"),
    ("form-quote-open", "en", 'A 6" pipe and a 12" valve; "we stay," she said. It’s the workers’ hall.'),
    ("form-quote-open", "en", "“He told me ‘go’, and I went,” said Rosa Example."),
    ("form-quote-open", "es", "«Nos quedamos.\n\n»Y nos quedamos juntos», dijo Rosa Ejemplo."),
    ("form-quote-open", "es", "«Me dijo “vete” y me fui», contó Rosa Ejemplo."),
    ("form-quote-speaker", "en", "“We waited eleven years for this door to open,” said Rosa Example, a cook."),
    ("form-quote-speaker", "en", "The report, “A Door for Everybody in the Whole Wide City,” is out."),
    ("form-quote-speaker", "es", "«Esperamos once años a que se abriera esta puerta», dijo Rosa Ejemplo, cocinera."),
    ("form-end-mark", "en", "### What changes\n\nThirty buses - 30 - came. In the end, they won."),
    ("form-end-mark", "es", "Al fin abrió.\n\n### Qué cambia"),
    ("form-link-text", "en", "Read [the letter](https://network.example.org/a). We have been here for years; we stay here."),
    ("form-link-text", "en", "“Nobody works here”\n\nThe river ends here."),
    ("form-link-text", "es", "Lea [la carta](https://network.example.org/a). Aquí vivimos, y aquí nos quedamos."),
    (
        "form-dangling",
        "en",
        "For more, visit https://network.example.org/. The mayor's visit. They came to visit, and call us at 202 555 0101.",
    ),
    (
        "form-dangling",
        "en",
        "During the visit, nobody spoke. See [the letter](https://network.example.org/a). It is available at noon.",
    ),
    ("form-dangling", "en", "For more, visit:\n\n- https://network.example.org/\n\nEverybody may visit."),
    ("form-dangling", "es", "Para más información, visite https://network.example.org/. La visita fue breve. Vivimos en paz."),
    ("form-dangling", "es", "Visite [la página](https://network.example.org/) o llame al 202 555 0101."),
    ("form-link", "en", "See [it](https://network.example.org/a), <mailto:rosa@network.example.org> and www.example.org."),
    ("form-link", "es", "Llame al [202 555 0101](tel:+12025550101). Vea https://network.example.org/a."),
    (
        "form-eaten",
        "en",
        "It isn't easy.  Two blanks behind a full stop. The will of the people, and the on-site team. A to Z.",
    ),
    ("form-eaten", "en", "“The,” she said, is a word. He didn't ask. | a  | b |"),
    ("form-eaten", "es", "Es la de siempre, y a los que van con un amigo les toca el de arriba. Los han visto. Con y sin luz."),
    ("form-eaten", "es", "Igual al de 2019 y al del norte; el y la joven. Cuenta con: agua. En el sobre. Por y para."),
    ("form-eaten", "en", "The For Our Future Act, made of and for wood, in the on ramp, is at: a, and the of-course."),
    ("form-eaten", "es", "La plaza es nuestra. El barrio era nuestro, dijeron."),
    ("form-eaten", "es", "Unos y otros, una por cada escuela; se quedó con una. El porqué. Del que hablan."),
    ("form-doubled", "en", "They said that that was it. He had had enough. In Walla Walla, “La la la, Dolores” played."),
    ("form-doubled", "es", "Fue muy muy largo; poco poco a poco. No, no. En Baden Baden."),
    ("form-acronym", "en", "The National Farm Workers Office (NFWO) met the FBI in PDF at 9 a.m. EST. NFWO won. Chapter XIV."),
    ("form-acronym", "en", "THE WHOLE LINE IS IN CAPITALS\n\nFresno, CA is a city."),
    ("form-acronym", "es", "La Oficina Federal de Datos (FBD) y el Departamento de Seguridad Nacional (DHS) fueron."),
    ("form-acronym", "es", "El Consejo Nacional de Trabajo (CNT) fue a la ONU. La CNT ganó. EE. UU. también."),
    ("form-alt", "en", "![Two nurses at the door](https://network.example.org/a.jpg)"),
    ("form-resource", "en", "She is attached to her street."),
    ("form-resource", "es", "El adjunto del alcalde habló."),
    (
        "mail-spam",
        "en",
        "Free lunches for 500 children! The trial cut costs; click [the report](https://network.example.org/a).",
    ),
    ("mail-spam", "es", "Comidas gratuitas para 500 niños. ¡Ganamos!"),
]


@pytest.mark.parametrize(("rule", "language", "text"), GOOD)
def test_a_rule_leaves_good_text_alone(rule: str, language: str, text: str) -> None:
    assert words(rule, language, text) == []


def test_the_place_is_that_of_the_words() -> None:
    text = "The clinic opened.\n\nThey met in the the hall."
    (one,) = found("form-doubled", with_text("en", text))
    assert (one.place.line, one.place.column, one.place.words) == (3, 13, "the the")


@given(st.text(alphabet="ab «»“”\"‘'’.,\n\0*_#>[]()!", max_size=80), st.sampled_from(["en", "es"]))
def test_no_text_breaks_a_rule_and_every_place_is_in_the_text(text: str, language: str) -> None:
    content = with_text(language, text)
    for rule in RULES:
        for one in rule.findings(case(content)):
            if one.place.part == "body" and one.place.line:
                lines = content.editions[one.place.language].body.split("\n")
                assert one.place.words.split("\n")[0] in lines[one.place.line - 1][one.place.column - 1 :]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_release_line_of_its_own(language: str) -> None:
    def said(line: str, embargo: Instant | None = None) -> list[str]:
        content = with_text(language, line, "release_line").model_copy(update={"embargo": embargo})
        return [one.why for one in found("form-release-line", content)]

    lift = Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles")
    now, later = {
        "en": ("FOR IMMEDIATE RELEASE", "EMBARGOED UNTIL December 1"),
        "es": ("PARA PUBLICACIÓN INMEDIATA", "EMBARGADO HASTA el 1 de diciembre"),
    }[language]
    assert said(now) == []
    assert "two release lines" in said(f"{now} / {later}")[0]
    assert "speaks of an embargo" in said(later)[0]
    assert "call themselves embargoed" in said(later, lift)[0]
    assert "at once" in said(now, lift)[0]
    assert "does not say when" in said("Rosa Example")[0]


def test_somebody_to_call_and_to_write_to() -> None:
    def said(*contacts: PressContact) -> list[tuple[Severity, str]]:
        content = WHOLE.model_copy(update={"contacts": contacts})
        return [(one.severity, one.why) for one in found("form-press-contact", content)]

    assert said() == [(Severity.STOPS, "It names no press contact.")]
    assert said(PressContact(name="Rosa", phone="+1 202 555 0101")) == [
        (Severity.STOPS, "The first press contact, Rosa, gets the replies and has no email.")
    ]
    assert said(PressContact(name="Rosa", email="r@example.org")) == [(Severity.WARNS, "The press contact Rosa has no phone.")]
    assert said(ROSA, PressContact(name="Luis")) == [(Severity.WARNS, "The press contact Luis has no phone and no email.")]
    assert said(ROSA.model_copy(update={"languages": ("en",)})) == [
        (Severity.WARNS, "No press contact speaks es, and the release has an edition in it.")
    ]
    assert "not said in es" in said(ROSA.model_copy(update={"role": {"en": "Secretary"}}))[0][1]
    at = Instant(utc=NOW, wall="2026-11-24T15:00:00Z")
    event = Event(start=at, title={"*": "Vigil"}, contact=PressContact(name="Ana", email="ana@example.org"))
    with_event = found("form-press-contact", WHOLE.model_copy(update={"events": (event,)}))
    assert [one.why for one in with_event] == ["The contact of an event, Ana, has no phone."]


def test_headline_dateline_and_boilerplate() -> None:
    assert found("form-headline", with_text("es", "", "headline"))[0].place.language == "es"
    statement = WHOLE.model_copy(update={"kind": Kind.STATEMENT, "editions": {"en": Edition(body="We stay.")}})
    assert found("form-headline", statement) == []
    assert found("form-dateline", statement) == []
    long = "A headline that goes on " * 5
    assert found("form-headline-length", with_text("en", long[:100], "headline")) == []
    assert found("form-headline-length", with_text("en", long[:101], "headline"))[0].severity is Severity.WARNS
    assert found("mail-subject", with_text("es", long[:78], "headline")) == []
    assert found("mail-subject", with_text("es", long[:79], "headline"))[0].place.language == "es"
    assert "the one in en has" in found("form-dateline", with_text("es", "", "dateline"))[0].why
    in_body = with_text("es", "", "dateline").editions["es"].model_copy(update={"body": "Los Ángeles, CA—La clínica abrió."})
    assert found("form-dateline", WHOLE.model_copy(update={"editions": {"en": EN, "es": in_body}})) == []
    nobody = (Organisation(name="Example Network"),)
    assert "nothing says who they are" in found("form-boilerplate", WHOLE.model_copy(update={"organisations": nobody}))[0].why
    one = (Organisation(name="Example Network", boilerplate={"en": "It organises."}),)
    assert found("form-boilerplate", WHOLE.model_copy(update={"organisations": one}))[0].place.language == "es"


def test_the_four_parts_the_primary_edition_and_files() -> None:
    four = {"what": "A vigil", "when": "Friday", "where": "The square"}
    advisory = WHOLE.model_copy(update={"kind": Kind.ADVISORY, "editions": {"en": EN.model_copy(update=four)}})
    assert [(one.place.part, one.severity) for one in found("form-advisory", advisory)] == [("who", Severity.STOPS)]
    assert found("form-primary", WHOLE.model_copy(update={"editions": {"es": ES}}))[0].severity is Severity.STOPS
    absent = Resource(title={"*": "Letter"}, file="assets/a.pdf")
    with_file = WHOLE.model_copy(update={"resources": (absent,)})
    assert [one.severity for one in found("form-resource", with_file, public_url="https://press.example.org")] == ["stops"]
    there = WHOLE.model_copy(update={"resources": (absent.model_copy(update={"sha256": "0" * 64, "size": 1}),)})
    assert found("form-resource", there, public_url="https://press.example.org") == []
    assert "public address" in found("form-resource", there)[0].why


def test_reading_level() -> None:
    hard = (
        "Notwithstanding organizational considerations, interdepartmental administrative representatives continuously "
        "reconsidered the constitutionality of discretionary immigration enforcement methodologies " * 8
    )
    assert "years of school" in found("form-reading", with_text("en", hard + "."))[0].why
    easy = "The bus came late. We got on. The dog sat by the door and looked at us. " * 12
    assert found("form-reading", with_text("en", easy)) == []
    duro = (
        "No obstante las consideraciones organizacionales, las representaciones administrativas interdepartamentales "
        "reconsideraron continuadamente la constitucionalidad de las metodologías discrecionales " * 8
    )
    assert "Fernández Huerta" in found("form-reading", with_text("es", duro + "."))[0].why
    assert (
        found("form-reading", with_text("es", "El bus llegó tarde. Nos subimos. El perro nos miró desde la puerta. " * 12))
        == []
    )


def test_a_heading_may_end_with_the_word_that_the_text_begins_with() -> None:
    assert words("form-doubled", "en", "## Where to write\nWrite to the clinic.\n\n## Hours\nDaily.") == []
    assert words("form-doubled", "en", "## Where to to write\nWrite to the clinic.") == ["to to"]
    assert words("form-doubled", "en", "Where to write\nwrite to the clinic.") == ["write\nwrite"]


def test_a_relative_clause_may_end_with_its_preposition() -> None:
    assert words("form-eaten", "en", "A law that nobody has heard of is no law, and one we are frightened of is worse.") == []
    assert words("form-eaten", "en", "The department of is closed.") == ["department of is closed."]


def test_two_sentences_in_marks_are_speech_though_they_are_short() -> None:
    assert words("form-quote-speaker", "en", 'The wall is wet. "They saw that. They left it wet."') == [
        '"They saw that. They left it wet."'
    ]
    assert (
        words(
            "form-quote-speaker",
            "en",
            '"It is wet here, and it always was," said chief miller Iva Ng. "I would not live in it. He did."',
        )
        == []
    )
