"""Invented releases, one of each kind, and the letters and people that mail tests need. Nobody in here exists."""

from __future__ import annotations

from datetime import UTC, date, datetime

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
from distro.mail.letter import Letter
from distro.mail.stamp import Addressee

OFFICE = Office(
    name="Harbor Workers' Network",
    timezone="America/Los_Angeles",
    mail_domain="press.example.org",
    from_address="press@press.example.org",
    from_name="Harbor Workers' Network press office",
    bot_address="bot@press.example.org",
    bounce_domain="bounce.press.example.org",
    postal_address="410 Wharf Street, Los Angeles, CA 90731",
)
PUBLIC = "https://press.example.org"
AT = datetime(2026, 11, 24, 15, 0, 0, tzinfo=UTC)
LIFT = Instant(utc=datetime(2026, 12, 1, 17, tzinfo=UTC), wall="2026-12-01 09:00", zone="America/Los_Angeles")

NETWORK = Organisation(
    name="Harbor Workers' Network",
    url="https://network.example.org/",
    boilerplate={
        "en": "Harbor Workers' Network brings together 31 worker centers along the West Coast. Founded in 2004, it trains "
        "members to know their rights, and stands with them when they speak up.",
        "es": "La Red de Trabajadores del Puerto reúne a 31 centros de trabajadores de la costa oeste. Fundada en 2004, "
        "forma a sus integrantes para que conozcan sus derechos y los acompaña cuando alzan la voz.",
    },
)
CLINIC = Organisation(
    name="Bayside Labor Law Clinic",
    url="https://clinic.example.org/",
    boilerplate={
        "en": "Bayside Labor Law Clinic offers free legal help to people who load, drive, clean and cook.",
        "es": "La Clínica Laboral Bayside ofrece asistencia jurídica gratuita a quienes cargan, conducen, limpian y cocinan.",
    },
)
ROSA = PressContact(
    name="Rosa Ejemplo",
    role={"en": "Press secretary", "es": "Secretaria de prensa"},
    email="rosa@network.example.org",
    phone="+1 213 555 0101",
    languages=("en", "es"),
)
SAM = PressContact(
    name="Sam Placeholder",
    role={"en": "Staff attorney, Bayside Labor Law Clinic", "es": "Abogado de la Clínica Laboral Bayside"},
    email="sam@clinic.example.org",
    phone="213-555-0102 ext. 7",
    languages=("en",),
)

RELEASE_EN = """Warehouse workers at the Port of Los Angeles will begin to receive $4.2 million in unpaid wages this month, \
the result of [a settlement](https://network.example.org/settlement?case=19&part=2) that covers 612 people who were \
paid by the container and never for the hours they waited.

“We waited in the yard from four in the morning, and nobody counted those hours until we counted them ourselves,” said \
Marta Invented, who drove for one of the nine companies for eleven years. “Now they are on paper.”

## What changes

Under the agreement, the companies will:

- pay every hour from the gate to the gate, waiting time included;
- post pay rates **in English and Spanish** at each loading dock;
- open their books to a monitor twice a year.

Three of the nine companies have closed since the case was filed. Their former drivers are paid from a bond that the \
court ordered in 2024.

> The record leaves no doubt that the waiting was work. Work is paid.
>
> — from the order of the court

“Other ports are watching,” said Sam Placeholder, staff attorney at the clinic. Claims close on March 31, 2027.
"""
RELEASE_ES = """Este mes, quienes trabajan en los almacenes del puerto de Los Ángeles empezarán a cobrar 4.2 millones de \
dólares en salarios adeudados, fruto de [un acuerdo](https://network.example.org/acuerdo) que ampara a 612 personas a \
las que se pagaba por contenedor y nunca por las horas de espera.

«Esperábamos en el patio desde las cuatro de la mañana y nadie contó esas horas hasta que las contamos nosotros», dijo \
Marta Invented, que condujo durante once años para una de las nueve empresas. «Ahora constan por escrito».

## Qué cambia

Según el acuerdo, las empresas deberán:

- pagar cada hora, de puerta a puerta, incluido el tiempo de espera;
- colocar las tarifas **en inglés y en español** en cada muelle de carga;
- abrir sus libros a un supervisor dos veces al año.

Tres de las nueve empresas han cerrado desde que se presentó la demanda. A sus antiguos conductores se les paga con \
una fianza que el tribunal ordenó en 2024.

> El expediente no deja lugar a dudas: la espera era trabajo. El trabajo se paga.
>
> — de la resolución del tribunal

«Otros puertos están atentos», dijo Sam Placeholder, abogado de la clínica. El plazo para reclamar termina el 31 de \
marzo de 2027.
"""

JOINT = ReleaseContent(
    kind=Kind.RELEASE,
    slug="port-drivers-settlement",
    date=date(2026, 12, 1),
    languages=("en", "es"),
    embargo=LIFT,
    organisations=(NETWORK, CLINIC),
    contacts=(ROSA, SAM),
    resources=(
        Resource(
            title={"en": "The settlement agreement", "es": "El acuerdo, en inglés"},
            file="assets/settlement.pdf",
            sha256="ab" * 32,
            size=1_240_000,
            language="en",
        ),
        Resource(
            title={"en": "Photographs from the gate", "es": "Fotografías de la entrada"},
            url="https://network.example.org/photos.zip",
            language="",
        ),
    ),
    editions={
        "en": Edition(
            headline="Port drivers win $4.2 million for the hours they waited",
            subhead="Settlement with nine companies covers 612 people and makes waiting time paid time",
            dateline="Los Angeles, CA",
            notes_to_editors="Spanish-speaking drivers are available for interviews. *Photographs may be used free of charge.*",
            body=RELEASE_EN,
        ),
        "es": Edition(
            headline="Conductores del puerto logran 4.2 millones de dólares por las horas de espera",
            subhead="El acuerdo con nueve empresas ampara a 612 personas y obliga a pagar el tiempo de espera",
            dateline="Los Ángeles, CA",
            notes_to_editors="Hay conductores hispanohablantes disponibles para entrevistas. *Las fotografías pueden usarse "
            "sin costo.*",
            body=RELEASE_ES,
        ),
    },
)

ADVISORY = ReleaseContent(
    kind=Kind.ADVISORY,
    slug="rally-at-the-gate",
    date=date(2026, 11, 24),
    languages=("en", "es"),
    organisations=(NETWORK,),
    contacts=(ROSA,),
    editions={
        "en": Edition(
            headline="Drivers to deliver 612 claim forms at the port gate",
            dateline="Los Angeles, CA",
            what="Drivers hand in the first claims under the settlement",
            when="Wednesday, December 2, 2026, at 10:00 AM",
            where="Gate 3, 410 Wharf Street, Los Angeles",
            who="Marta Invented, driver\nSam Placeholder, Bayside Labor Law Clinic",
            body="Drivers who waited years for their pay will bring their claim forms to the gate on Wednesday.\n\n"
            "Speakers will be available for comment in English and Spanish. Visuals: 612 forms in one container.",
        ),
        "es": Edition(
            headline="Conductores entregarán 612 reclamaciones en la entrada del puerto",
            dateline="Los Ángeles, CA",
            what="Conductores presentan las primeras reclamaciones previstas en el acuerdo",
            when="Miércoles, 2 de diciembre de 2026, a las 10:00 a. m.",
            where="Entrada 3, 410 Wharf Street, Los Ángeles",
            who="Marta Invented, conductora\nSam Placeholder, Clínica Laboral Bayside",
            body="El miércoles, conductores que esperaron años por su salario llevarán sus formularios a la entrada.\n\n"
            "Habrá portavoces disponibles para declaraciones en español y en inglés. Imágenes: 612 formularios en un "
            "contenedor.",
        ),
    },
)

STATEMENT = ReleaseContent(
    kind=Kind.STATEMENT,
    slug="statement-on-the-monitor",
    date=date(2026, 11, 24),
    languages=("en", "es"),
    organisations=(NETWORK,),
    contacts=(ROSA,),
    editions={
        "en": Edition(
            body="Marta Invented of Harbor Workers' Network issued the following statement on the naming of a monitor:\n\n"
            "“For eleven years we were told that our hours could not be counted. A monitor is a person who counts. We will "
            "be there on the first day, with our notebooks.\n\n“We thank the drivers who kept theirs.”"
        ),
        "es": Edition(
            body="Marta Invented, de la Red de Trabajadores del Puerto, hizo la siguiente declaración sobre el nombramiento "
            "de un supervisor:\n\n«Durante once años nos dijeron que nuestras horas no se podían contar. Un supervisor es "
            "alguien que cuenta. Estaremos allí desde el primer día, con nuestras libretas.\n\n«Agradecemos a los "
            "conductores que guardaron las suyas»."
        ),
    },
)

FACT_SHEET = ReleaseContent(
    kind=Kind.FACT_SHEET,
    slug="waiting-time-in-figures",
    date=date(2026, 11, 24),
    languages=("en", "es"),
    organisations=(NETWORK,),
    contacts=(ROSA,),
    resources=(Resource(title={"*": "Datos / Data"}, url="https://network.example.org/data.csv", language="es"),),
    editions={
        "en": Edition(
            headline="Waiting time at the port, in figures",
            body="Drivers wait longer each year.\n\n| Year | Hours a week |\n|---|---|\n| 2022 | 9 |\n"
            "| 2024 | 13 |\n\n"
            "### Method\n\n1. Notebooks of 212 drivers\n2. Gate records, where they were released",
        ),
        "es": Edition(
            headline="El tiempo de espera en el puerto, en cifras",
            body="Los conductores esperan cada año más.\n\n| Año | Horas por semana |\n|---|---|\n| 2022 | 9 |\n"
            "| 2024 | 13 |\n\n"
            "### Método\n\n1. Libretas de 212 conductores\n2. Registros de la entrada, cuando se entregaron",
        ),
    },
)


def _event(day: int, hour: int, zone: str, place: str, region: dict[str, str], title: dict[str, str]) -> Event:
    start = Instant(utc=datetime(2026, 12, day, hour, tzinfo=UTC), wall="", zone=zone)
    return Event(start=start, place={"*": place}, region=region, title=title, contact=SAM if day == 3 else ROSA)


ROUND_UP = ReleaseContent(
    kind=Kind.EVENT_ROUND_UP,
    slug="a-week-at-the-ports",
    date=date(2026, 11, 24),
    languages=("en", "es"),
    organisations=(NETWORK,),
    contacts=(ROSA,),
    events=(
        _event(
            2,
            18,
            "America/Los_Angeles",
            "Gate 3, 410 Wharf Street",
            {"en": "California", "es": "California"},
            {"en": "Claim forms at the gate", "es": "Reclamaciones en la entrada"},
        ),
        _event(
            3,
            18,
            "America/New_York",
            "Pier 9 Hall",
            {"en": "New York", "es": "Nueva York"},
            {"en": "Hearing on pay at the docks", "es": "Audiencia sobre los salarios en los muelles"},
        ),
        _event(
            4,
            2,
            "",
            "Union Square",
            {"en": "Washington State", "es": "Estado de Washington"},
            {"en": "Evening vigil", "es": "Vigilia"},
        ),
    ),
    editions={
        "en": Edition(
            headline="This week at the ports: three events in three states", body="Drivers meet the public this week."
        ),
        "es": Edition(
            headline="Esta semana en los puertos: tres actos en tres estados",
            body="Esta semana los conductores se reúnen con el público.",
        ),
    },
)

RESOURCE = ReleaseContent(
    kind=Kind.RESOURCE,
    slug="court-papers",
    date=date(2026, 11, 24),
    languages=("en", "es"),
    organisations=(NETWORK, CLINIC),
    contacts=(ROSA,),
    resources=(
        Resource(title={"en": "Order", "es": "Resolución"}, url="https://clinic.example.org/order-en.pdf", language="en"),
        Resource(title={"en": "Order", "es": "Resolución"}, url="https://clinic.example.org/order-es.pdf", language="es"),
        Resource(title={"en": "Exhibits", "es": "Anexos"}, url="https://clinic.example.org/exhibits.zip", size=48_300_000),
    ),
    editions={
        "en": Edition(headline="Court papers in the port drivers' case", body="The clinic publishes the papers of the case."),
        "es": Edition(
            headline="Documentos judiciales del caso de los conductores del puerto",
            body="La clínica publica los documentos del caso.",
        ),
    },
)

EVERY_KIND = {str(one.kind): one for one in (JOINT, ADVISORY, STATEMENT, FACT_SHEET, ROUND_UP, RESOURCE)}


def letter(content: ReleaseContent, language: str = "en", *, advance: bool = False, test: bool = False) -> Letter:
    return Letter(
        office=OFFICE,
        public_url=PUBLIC,
        version=content.sha256(),
        purpose="advance" if advance else "general",
        ordinal=1,
        language=language,
        advance=advance,
        test=test,
        audience="Labor desk, Port cities",
    )


def addressee(name: str = "Ana Inventada", address: str = "ana@daily.example.com", list_name: str = "Labor desk") -> Addressee:
    return Addressee(
        name=name,
        address=address,
        list_name=list_name,
        message_id="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        token="aaaaaaaabbbbbbbbccccccccdd",
        bounce_token="zzzzzzzzyyyyyyyyxxxxxxxxww",
        date=AT,
        reference="PDS-2026-000123",
    )
