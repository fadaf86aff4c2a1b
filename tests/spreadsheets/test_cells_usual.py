"""The notations in which schools write a value: each form of a cell with the value that it has."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Form, Moment, OnlineMode, Pathway, Qualification, RecordKind
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import Reading
from matcher.spreadsheets.columns import Column, columns_of

TODAY = date(2027, 3, 1)


def column(kind: str, name: str) -> Column:
    return next(one for one in columns_of(RecordKind(kind)) if one.name == name)


def read(kind: str, name: str, raw: object) -> Reading:
    return cells.read(column(kind, name), raw, today=TODAY)


def left(reading: Reading) -> list[tuple[str, str]]:
    return [(problem.code, problem.text) for problem in reading.left_out]


def parts(days: str, of_day: str = "oma") -> int:
    """`parts("di do", "m")`: the mask of the afternoons of Tuesday and Thursday."""
    numbers = [("ma", "di", "wo", "do", "vr", "za", "zo").index(day) for day in days.split()]
    return sum(1 << (3 * number + "oma".index(part)) for number in numbers for part in of_day)


WEEK = "ma di wo do vr"
SEVEN = "ma di wo do vr za zo"
FIRST = date(2026, 9, 1)
ONE = (Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15)),)
TWO = (*ONE, Moment(datetime(2027, 3, 18, 13), datetime(2027, 3, 18, 15)))
IG = Qualification("25655", "Verzorgende IG", 3, Pathway.BBL, 2014)
NAME_IG = Qualification(name="Verzorgende IG")
THREE = ("wondzorg", "tillen", "rapporteren")

FORMS: dict[tuple[str, str], list[tuple[object, object]]] = {
    ("alumni", "online"): [
        *[(form, True) for form in (
            "ja", "J", "x", "X", "1", "true", "waar", "WAAR", "Ja, graag", "ja hoor", "✓", "✔", "v", "V", "yes", "Y",
            "Ja!", "JA ", "☑", True, 1, 1.0, "Ja.", "jazeker", "Graag", "OK", "akkoord", "✔️", "Ja, dat mag",
            "ja; graag", "prima", "Yes please", "ja ja", "Oké",
        )],
        *[(form, False) for form in (
            "nee", "N", "0", "onwaar", "☐", False, 0, "Nee!", "nee, bedankt", "nee hoor", "No", "neen", "liever niet",
            "Nee, helaas", "FALSE",
        )],
    ],
    ("alumni", "toestemming_datum"): [
        *[(form, FIRST) for form in (
            "1-9-2026", "01-09-2026", "1/9/2026", "1.9.2026", "2026-09-01", "2026/9/1", "1 september 2026",
            "1 sept 2026", "1 sep. 2026", "di 1 september 2026", "1-9-26", "01/09/26", "1-sep-26", "1-sep-2026",
            "20260901", "46266", "1 sept. 2026", "2026-09-01T00:00:00Z", "2026-09-01 13:45:12", "01-09-2026 13:45",
            "1 Sep 2026", "1 sep '26", datetime(2026, 9, 1), datetime(2026, 9, 1, 13, 45), 46266, 46266.5,
            "dinsdag 1 september 2026", "Di. 1-9-2026", "dinsdag, 1 sep 2026", "1 SEPTEMBER 2026", "1sep2026",
            "September 1, 2026", "Sep 1st, 2026", "1st of September 2026", "01–09–2026", "01092026",
            "2026-08-31T22:30:00Z", "2026-09-01T01:00:00+02:00", "1-9-2026 om 13.45 uur", "1 september '26",
            "1/sep/2026", "1.9.26", "d.d. 1-9-2026", "sinds 1 september 2026", date(2026, 9, 1), 20260901, 46266.0,
            "1 - 9 - 2026", "1e september 2026", "Tue 1 Sep 2026", "1\u00a0september\u00a02026",
        )],
        ("09/30/2026", date(2026, 9, 30)),
        ("1-9-85", date(1985, 9, 1)),
        ("29-2-2024", date(2024, 2, 29)),
        ("3 mrt 2026", date(2026, 3, 3)),
        ("4 mei 2026", date(2026, 5, 4)),
        ("5 okt. 2025", date(2025, 10, 5)),
        ("03/04/2026", date(2026, 4, 3)),
    ],
    ("alumni", "pauze_tot"): [("tot 1-9-2026", FIRST), ("t/m 1 sept 2026", FIRST)],
    ("alumni", "telefoon"): [
        *[(form, form) for form in (
            "06-12345678", "06 1234 5678", "+31 6 12345678", "+31 (0)6 12345678", "0031612345678", "0570-123456",
            "0570/123456", "06.12.34.56.78", "(06) 12345678", "+32 470 12 34 56", "06 12 34 56 78", "088-1234567",
            "+49 2562 12345", "038 123 45 67", "0031 (0)6 12345678", "06/12345678", "+31.6.12345678",
        )],
        (612345678, "0612345678"), (612345678.0, "0612345678"), (31612345678, "+31612345678"),
        ("31612345678", "+31612345678"), ("06–12345678", "06-12345678"), ("tel: 06-12345678", "06-12345678"),
        ("'0612345678", "0612345678"), ("612345678", "0612345678"), (570123456, "0570123456"),
        ('="0612345678"', "0612345678"), ("06_12345678", "06-12345678"), ("mob. 06-12345678", "06-12345678"),
    ],
    ("alumni", "postcode"): [
        *[(form, "8011 AB") for form in (
            "8011AB", "8011 AB", "8011 ab", "8011-AB", "NL-8011AB", "8011  AB", "8011A B", "NL 8011 ab", "8011–AB",
        )],
        ("8011", "8011"), (8011, "8011"), (8011.0, "8011"), ("3920", "3920"),
    ],
    ("alumni", "email"): [
        *[(form, "fenna@voorbeeld.example") for form in (
            "fenna@voorbeeld.example", " fenna@voorbeeld.example ", "fenna(at)voorbeeld.example",
            "mailto:fenna@voorbeeld.example", "fenna @voorbeeld.example", "fenna@voorbeeld.example.",
            "<fenna@voorbeeld.example>", "fenna@voorbeeld.example;", "E-mail: fenna@voorbeeld.example",
            '"fenna@voorbeeld.example"', "fenna [at] voorbeeld.example",
            "fenna@voorbeeld.example; fenna@voorbeeld.example", "MAILTO:fenna@voorbeeld.example",
        )],
        ("FENNA@VOORBEELD.EXAMPLE", "FENNA@VOORBEELD.EXAMPLE"),
        ("fenna@Voorbeeld.Example", "fenna@Voorbeeld.Example"),
        ("f.de-proef+les@mail.school.example", "f.de-proef+les@mail.school.example"),
        ("o'proef@voorbeeld.example", "o'proef@voorbeeld.example"),
    ],
    ("alumni", "beschikbaarheid"): [
        *[(form, parts("di", "m")) for form in (
            "di-middag", "di middag", "dinsdagmiddag", "dinsdag-middag", "tuesday afternoon", "Di. middag",
            "DI-MIDDAG", "op dinsdagmiddag", "dinsdagmiddagen", "di: middag", "dinsdags 's middags", "di (middag)",
        )],
        *[(form, parts("di")) for form in ("Di", "dinsdag", "dinsdagen", "di hele dag", "Tue", "op dinsdag")],
        *[(form, parts("di do", "m")) for form in (
            "di/do middag", "di en do middag", "di-middag, do-middag", "di-middag / do-middag",
            "di-middag en do-middag", "Dinsdag middag;Donderdag middag;", "dinsdag- en donderdagmiddag",
            "di & do middag", "di, do middag", "di-middag\ndo-middag", "• di-middag\n• do-middag",
        )],
        *[(form, parts(WEEK)) for form in (
            "ma t/m vr", "ma-vr", "maandag tot en met vrijdag", "doordeweeks", "ma - vr", "werkdagen", "ma–vr",
            "door de week", "maandag t/m vrijdag", "Monday to Friday", "weekdays",
        )],
        ("ma-do ochtend", parts("ma di wo do", "o")), ("altijd", parts(SEVEN)), ("elke dag", parts(SEVEN)),
        ("weekend", parts("za zo")), ("elke avond", parts(SEVEN, "a")), ("avonden", parts(SEVEN, "a")),
        ("ochtenden", parts(SEVEN, "o")), ("'s avonds", parts(SEVEN, "a")), ("overdag", parts(SEVEN, "om")),
        *[(form, parts("ma di")) for form in ("ma, di", "ma+di", "ma & di", "maandag en dinsdag", "ma/di", "ma di")],
        ("di-ochtend en -middag", parts("di", "om")), ("di ochtend/middag", parts("di", "om")),
        ("maandagochtend, dinsdagmiddag", parts("ma", "o") | parts("di", "m")), ("vrijdag hele dag", parts("vr")),
        ("ma, wo en vr ochtend", parts("ma wo vr", "o")), ("weekend overdag", parts("za zo", "om")),
        ("doordeweekse avonden", parts(WEEK, "a")), ("ma t/m do en za", parts("ma di wo do za")),
        ("avonden en weekend", parts(SEVEN, "a") | parts("za zo")), ("vr t/m ma", parts("vr za zo ma")),
        ("ma t/m wo middag, vr ochtend", parts("ma di wo", "m") | parts("vr", "o")),
        ("maandagmorgen", parts("ma", "o")), ("wo-avond; za", parts("wo", "a") | parts("za")),
    ],
    ("alumni", "aanbod"): [
        *[(form, frozenset({RequestKind.GUEST_LESSON})) for form in (
            "gastles", "Gastlessen", "gastles geven", "gastdocent", "gastcollege", "Ik wil gastlessen geven",
            "gastspreker", "GASTLES", "guest lessons", "gast-les",
        )],
        *[(form, frozenset({RequestKind.HYBRID_TEACHER})) for form in (
            "hybride docent", "hybride docentschap", "Hybride docenten", "hybride docent zijn",
        )],
        *[(form, frozenset({RequestKind.MENTOR})) for form in ("mentor", "mentoring", "mentoren", "Mentor zijn")],
        *[(form, frozenset({RequestKind.BPV_PLACE})) for form in (
            "bpv", "BPV-plaats", "stageplaats", "stage", "stageplek", "bpv plekken", "stageplaatsen aanbieden",
        )],
        *[(form, frozenset({RequestKind.NETWORK_EVENT})) for form in ("netwerkborrel", "netwerkevenement")],
        ("ambassadeur", frozenset({RequestKind.AMBASSADOR})), ("feedback", frozenset({RequestKind.FEEDBACK})),
        *[(form, frozenset({RequestKind.GUEST_LESSON, RequestKind.MENTOR})) for form in (
            "gastles, mentor", "gastles / mentor", "gastles en mentor", "Gastles geven;Mentor zijn;", "gastles;mentor;",
            "gastles + mentor", "gastles & mentor", "gastles\nmentor", "- gastles\n- mentor", "1. gastles 2. mentor",
            "gastles/mentor", "Gastlessen en mentoring",
        )],
    ],
    ("alumni", "toestemming"): [
        ("gastles, mentor", frozenset({Purpose.GUEST_LESSON, Purpose.MENTOR})),
        ("gastles en mentor", frozenset({Purpose.GUEST_LESSON, Purpose.MENTOR})),
        ("llo", frozenset({Purpose.LLO_ADVICE})), ("delen met scholen", frozenset({Purpose.SHARE_SCHOOLS})),
    ],
    ("alumni", "vraag_soorten"): [
        ("geen", frozenset({NeedKind.NONE})), ("cursussen en werk", frozenset({NeedKind.COURSE, NeedKind.WORK})),
        ("baan", frozenset({NeedKind.WORK})), ("doorstuderen", frozenset({NeedKind.FURTHER_STUDY})),
    ],
    ("alumni", "opleidingen"): [
        *[(form, (IG,)) for form in (
            "25655|Verzorgende IG|3|BBL|2014", "25655|Verzorgende IG|3|BBL|2013/2014",
            "25655|Verzorgende IG|3|BBL|2013-2014", "25655|Verzorgende IG|3|BBL|'14",
            "25655|Verzorgende IG|niveau 3|bbl|2014", "25655|Verzorgende IG|3|BBL|juli 2014",
            "25655 | Verzorgende IG | mbo-3 | BBL | 13/14", "25655|Verzorgende IG|3|BBL|2013/14",
            "25655|Verzorgende IG|n3|BBL|schooljaar 2013-2014", "25655|Verzorgende IG|3|BBL|15-07-2014",
            "Verzorgende IG (25655), niveau 3, BBL, 2014", "25655 Verzorgende IG niveau 3 BBL 2013/2014",
            "Verzorgende IG (crebo 25655) mbo 3 BBL (2014)",
        )],
        ("Verzorgende IG", (NAME_IG,)),
        *[(form, (Qualification(crebo="25655"),)) for form in ("25655", 25655, 25655.0)],
        *[(form, (Qualification("25655", "Verzorgende IG"),)) for form in (
            "Verzorgende IG (25655)", "25655 - Verzorgende IG", "25655 Verzorgende IG", "Verzorgende IG, crebo 25655",
        )],
        ("Verzorgende IG niveau 3 BBL 2014", (Qualification(None, "Verzorgende IG", 3, Pathway.BBL, 2014),)),
        ("Verzorgende IG, 2014", (Qualification(None, "Verzorgende IG", year=2014),)),
        ("25655|Verzorgende IG|3|derde leerweg|2014",
         (Qualification("25655", "Verzorgende IG", 3, Pathway.OVO, 2014),)),
        ("K1234|Keuzedeel|||2020", (Qualification("K1234", "Keuzedeel", year=2020),)),
        ("C0123|Certificaat|||2020", (Qualification("C0123", "Certificaat", year=2020),)),
        ("92600|Oude opleiding|4|BOL|2005", (Qualification("92600", "Oude opleiding", 4, Pathway.BOL, 2005),)),
        ("MTS Bouwkunde|1988", (Qualification(name="MTS Bouwkunde", year=1988),)),
        ("MTS Bouwkunde 1988", (Qualification(name="MTS Bouwkunde", year=1988),)),
        ("LTS", (Qualification(name="LTS"),)),
        ("Helpende Zorg en Welzijn;Verzorgende IG", (Qualification(name="Helpende Zorg en Welzijn"), NAME_IG)),
        ("Verzorgende IG / Helpende", (NAME_IG, Qualification(name="Helpende"))),
        ("Kok (niveau 2)", (Qualification(name="Kok", level=2),)), ("mbo-4 Verpleegkunde", (
            Qualification(name="Verpleegkunde", level=4),)),
        ("Kok BBL", (Qualification(name="Kok", pathway=Pathway.BBL),)),
        ("Kok '98|1998", (Qualification(name="Kok '98", year=1998),)),
    ],
    ("alumni", "vaardigheden"): [
        *[(form, THREE) for form in (
            "wondzorg, tillen, rapporteren", "wondzorg / tillen / rapporteren", "1. wondzorg 2. tillen 3. rapporteren",
            "- wondzorg\n- tillen\n- rapporteren", "wondzorg;tillen;rapporteren", "wondzorg\n- tillen\n• rapporteren",
            "wondzorg, tillen en rapporteren", "wondzorg, tillen, en rapporteren", "• wondzorg • tillen • rapporteren",
            "1) wondzorg\n2) tillen\n3) rapporteren", "wondzorg + tillen + rapporteren", "wondzorg/tillen/rapporteren",
            "wondzorg; tillen; rapporteren;", "wondzorg,tillen,rapporteren", "wondzorg, tillen, -, rapporteren",
            "wondzorg\r\ntillen\r\nrapporteren",
        )],
        ("C++, C#, .NET", ("C++", "C#", ".NET")), ("CI/CD, PL/SQL", ("CI/CD", "PL/SQL")), ("C++", ("C++",)),
        ("zorg en welzijn", ("zorg en welzijn",)), ("R&D", ("R&D",)), ("snijden, hakken; koken", (
            "snijden, hakken", "koken")), ("Excel (draaitabellen, macro's), Word", (
            "Excel (draaitabellen, macro's)", "Word")), ("3D-printen, 2D", ("3D-printen", "2D")),
    ],
    ("alumni", "talen"): [
        *[(form, ("nl", "en")) for form in (
            "Nederlands, Engels", "Nederlands en Engels", "NL/EN", "nl; en", "Nederlands & Engels", "Dutch and English",
            "NL, EN", "Nederlands\nEngels", "nederlandse taal, engelse taal", "Ned/Eng", "Nederlands + Engels",
        )],
        ("Pools", ("pl",)), ("Turks", ("tr",)),
    ],
    ("alumni", "max_afstand_km"): [
        *[(form, 30.0) for form in (
            "30", "30 km", "max 30 km", "max. 30", "30km", "30 kilometer", "ongeveer 30 km", "ca. 30", "30,0", 30, 30.0,
            "tot 30 km", "maximaal 30 km", "± 30 km", "<30 km", "30 km.",
        )],
        ("12,5", 12.5),
    ],
    ("alumni", "max_vragen_per_jaar"): [
        *[(form, 2) for form in ("2", "2x", "2 x per jaar", "2 keer", "twee", "max 2", "2 per jaar", "2x/jaar", 2.0)],
    ],
    ("alumni", "max_prijs"): [
        *[(form, 1250.0) for form in (
            "€ 1.250,-", "1.250,00", "1250", "€1250", "1250 euro", "EUR 1.250,00", "1250,-", "€ 1.250,=", "1,250.00",
            "max € 1250", "1.250", "€ 1250,--", "1250.00",
        )],
        ("gratis", 0.0), (12.5, 12.5), ("€ 12,50", 12.5),
    ],
    ("requests", "momenten"): [
        *[(form, ONE) for form in (
            "2027-03-16 13:00-15:00", "16-03-2027 13:00-15:00", "di 16 maart 2027 13.00-15.00 uur",
            "dinsdag 16-3-2027 13:00-15:00", "16 maart 2027 13:00-15:00", "16/3/2027 van 13:00 tot 15:00",
            "16-03-27 13:00-15:00", "16-03-2027 13-15 uur", "16-03-2027 13u-15u", "16-03-2027 13.00u tot 15.00u",
            "2027-03-16T13:00/15:00", "16-03-2027 1pm-3pm", "16-03-2027 13:00–15:00", "16-03-2027, 13:00-15:00",
            "16-03-2027 om 13:00 - 15:00", "16-03-2027 van 13 tot 15u", "2027-03-16T13:00:00/2027-03-16T15:00:00",
            "16-03-2027 13:00 tot 15:00 uur", "16 mrt 2027 13u00-15u00", "13:00-15:00 op 16-03-2027",
            "van 13 tot 15 uur, 16 maart 2027", "16-03-2027 13:00/15:00", "16-03-2027 (13.00-15.00 uur)",
            "16-03-2027 1:00pm - 3:00 pm", "2027-03-16T12:00Z/2027-03-16T14:00Z", "16-03-2027 tussen 13 en 15 uur",
            "2027-03-16 13:00 - 2027-03-16 15:00", "16-03-2027 13 - 15u", "16-03-2027 13h-15h",
        )],
        *[(form, TWO) for form in (
            "2027-03-16 13:00-15:00, 2027-03-18 13:00-15:00", "2027-03-16 13:00-15:00 of 2027-03-18 13:00-15:00",
            "16-3-2027 13-15 uur en 18-3-2027 13-15 uur", "16-3-2027 13:00-15:00\n18-3-2027 13:00-15:00",
            "18-3-2027 13:00-15:00; 16-3-2027 13:00-15:00",
        )],
        ("16-03-2027 9:00-10:00 en 13:00-15:00", (
            Moment(datetime(2027, 3, 16, 9), datetime(2027, 3, 16, 10)), *ONE)),
    ],
    ("requests", "niveau"): [
        *[(form, 3) for form in (
            3, "3", "niveau 3", "mbo-3", "MBO 3", "n3", "N3", "mbo niveau 3", "niv. 3", "3 (vakopleiding)", "level 3",
            "vakopleiding", "mbo3", 3.0,
        )],
        ("4 (middenkader)", 4), ("entree", 1),
    ],
    ("requests", "soort"): [
        ("Gastlessen", RequestKind.GUEST_LESSON), ("stage", RequestKind.BPV_PLACE),
        ("hybride docent", RequestKind.HYBRID_TEACHER), ("Netwerkbijeenkomst", RequestKind.NETWORK_EVENT),
    ],
    ("requests", "online"): [
        ("beide", OnlineMode.EITHER), ("kan ook", OnlineMode.EITHER), ("Ja, graag", OnlineMode.YES),
        ("fysiek", OnlineMode.NO), ("op locatie", OnlineMode.NO), ("online of fysiek", OnlineMode.EITHER),
    ],
    ("requests", "aantal_personen"): [("ca. 28", 28), ("ongeveer 4", 4), ("2 personen", 2), ("één", 1), (3.0, 3)],
    ("requests", "uren_per_week"): [("4 uur", 4.0), ("4 uur per week", 4.0), ("4,5u", 4.5)],
    ("offerings", "prijs"): [
        *[(form, 395.0) for form in (
            "€ 395 p.p.", "395,-", "€395", "395 euro per persoon", "€ 395,00 incl. btw", "EUR 395", "395 EUR", 395,
        )],
        *[(form, 0.0) for form in ("gratis", "nihil", "Kosteloos", "€ 0,-", 0, "geen kosten")],
        ("€ 1.250,-", 1250.0), ("1.250,00", 1250.0),
    ],
    ("offerings", "plaatsen"): [("max. 15", 15), ("15 deelnemers", 15), ("maximaal 15 personen", 15)],
    ("offerings", "nlqf"): [("NLQF 4", 4.0), ("nlqf-5", 5.0), ("4+", 4.5), ("NLQF niveau 6", 6.0), (4.5, 4.5)],
    ("offerings", "niveau"): [("mbo-4", 4), ("niveau 2", 2)],
    ("offerings", "vorm"): [
        *[(form, Form.CLASSROOM) for form in ("klassikaal", "op locatie", "fysiek", "contactonderwijs")],
        *[(form, Form.ONLINE) for form in ("online", "e-learning", "E-Learning", "op afstand")],
        *[(form, Form.BLENDED) for form in ("hybride", "blended learning", "Blended")],
    ],
    ("offerings", "taal"): [("Nederlands", "nl"), ("NL", "nl"), ("Engelse taal", "en")],
    ("offerings", "url"): [
        ("proefcollege.example/cursus", "https://proefcollege.example/cursus"),
        ("www.proefcollege.example", "https://www.proefcollege.example"),
        ("http://proefcollege.example/a?b=c", "http://proefcollege.example/a?b=c"),
    ],
    ("offerings", "crebo"): [("C0123", "C0123"), ("K1234", "K1234"), ("crebo 25655", "25655"), (25655.0, "25655")],
    ("offerings", "start"): [("vanaf 1-9-2026", FIRST),
                             ("15-09-2027", date(2027, 9, 15)), ("2027-09-15", date(2027, 9, 15))],
    ("offerings", "dagdelen"): [("di-avond", parts("di", "a")), ("dinsdagavonden", parts("di", "a"))],
}  # fmt: skip
READ = [(kind, name, raw, value) for (kind, name), forms in FORMS.items() for raw, value in forms]


@pytest.mark.parametrize(("kind", "name", "raw", "value"), READ)
def test_a_usual_notation_has_its_value(kind: str, name: str, raw: object, value: object) -> None:
    """Each form has the value that its reader means, and nothing of it is left out."""
    reading = read(kind, name, raw)
    assert (reading.value, left(reading), reading.stated, reading.nothing) == (value, [], True, False)
    assert type(reading.value) is type(value)


PARTLY = [
    ("alumni", "telefoon", "06-12345678 / 0570-123456", "06-12345678", [("second_phone", "0570-123456")]),
    ("alumni", "telefoon", "06-12345678 of 0570 123456", "06-12345678", [("second_phone", "0570 123456")]),
    ("alumni", "telefoon", "06-12345678 (na 17u)", "06-12345678", [("rest", "na 17u")]),
    ("alumni", "telefoon", "06-12345678 mam", "06-12345678", [("rest", "mam")]),
    ("alumni", "email", "Fenna Proef <fenna@voorbeeld.example>", "fenna@voorbeeld.example", [("rest", "Fenna Proef")]),
    ("alumni", "email", "a@b.example; c@d.example", "a@b.example", [("second_email", "c@d.example")]),
    ("alumni", "email", "a@b.example, c@d.example", "a@b.example", [("second_email", "c@d.example")]),
    ("alumni", "email", "a@b.example / c@d.example", "a@b.example", [("second_email", "c@d.example")]),
    ("alumni", "email", "a@b.example (werk), c@d.example (privé)", "a@b.example", [("second_email", "c@d.example")]),
    ("alumni", "postcode", "8011AB Zwolle", "8011 AB", [("rest", "Zwolle")]),
    ("alumni", "postcode", "Zwolle, 8011 AB", "8011 AB", [("rest", "Zwolle")]),
    ("alumni", "aanbod", "gastles; zingen", frozenset({RequestKind.GUEST_LESSON}), [("unknown_word", "zingen")]),
    ("alumni", "aanbod", "gastles, open dag", frozenset({RequestKind.GUEST_LESSON}), [("unknown_word", "open dag")]),
    ("alumni", "beschikbaarheid", "ma, di, in overleg", parts("ma di"), [("day_part", "in overleg")]),
    ("alumni", "talen", "nl; klingonees", ("nl",), [("language", "klingonees")]),
    ("alumni", "talen", "Engels (B2)", ("en",), [("rest", "B2")]),
    ("alumni", "vaardigheden", "wondzorg (goed), tillen (redelijk)", ("wondzorg", "tillen"),
     [("skill_grade", "wondzorg (goed)"), ("skill_grade", "tillen (redelijk)")]),
    ("alumni", "opleidingen", "25655|Verzorgende IG|3/4|BBL|2014",
     (Qualification("25655", "Verzorgende IG", None, Pathway.BBL, 2014),), [("level_several", "3/4")]),
    ("alumni", "opleidingen", "25655|Verzorgende IG|4+|BOL|2014",
     (Qualification("25655", "Verzorgende IG", None, Pathway.BOL, 2014),), [("qualification_level", "4+")]),
    ("alumni", "opleidingen", "25655|Verzorgende IG|3|BBL/BOL|2014",
     (Qualification("25655", "Verzorgende IG", 3, None, 2014),), [("unknown_word", "BBL/BOL")]),
    ("alumni", "opleidingen", "25655|Verzorgende IG|3|BBL|2014|cum laude", (IG,), [("qualification", "cum laude")]),
    ("alumni", "opleidingen", "Kok|2|1998/2003", (Qualification(name="Kok", level=2),),
     [("qualification_year", "1998/2003")]),
    ("requests", "momenten", "2027-03-16 13:00-15:00; week 12", ONE, [("moment", "week 12")]),
    ("offerings", "crebo", "Verzorgende IG (25655)", "25655", [("rest", "Verzorgende IG")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "raw", "value", "rest"), PARTLY)
def test_what_can_be_used_is_used_and_the_rest_is_named(
    kind: str, name: str, raw: object, value: object, rest: list[tuple[str, str]]
) -> None:
    """Of a cell that holds more, the usable part is the value, and the other part stands in `left_out`."""
    reading = read(kind, name, raw)
    assert (reading.value, left(reading), reading.usable) == (value, rest, True)


UNKNOWN: list[tuple[str, str, str, tuple[object, ...]]] = [
    ("alumni", "online", "unknown_word", ("misschien", "ja, maar alleen dinsdag", "ja/nee", "beide", "2", "soms")),
    ("alumni", "toestemming_datum", "month_only", ("sep-26", "september 2026", "09/2026", "sept 2026", "2026-09")),
    ("alumni", "toestemming_datum", "year_only", ("2026", 2026)),
    (
        "alumni",
        "toestemming_datum",
        "not_a_date",
        ("1e week september 2026", "najaar 2026", "zsm", "volgende week", "1 sep", True, time(13), timedelta(1), "1e5"),
    ),
    ("alumni", "toestemming_datum", "no_such_day", ("31-09-2026", "29-2-2025", "32-1-2026")),
    ("alumni", "toestemming_datum", "weekday", ("ma 1 september 2026", "woensdag 1-9-2026")),
    (
        "alumni",
        "telefoon",
        "phone",
        (
            "06-1234567",
            "bel maar",
            "521234 mam",
            "112",
            "0470 12 34 56",
            "521234",
            True,
            date(2026, 9, 1),
            "06-123456789",
        ),
    ),
    ("alumni", "telefoon", "damaged_number", (4.4e18, "4,4E+08", "3,16123E+10", 612345678.5)),
    ("alumni", "telefoon", "phone_gone", ("06-12345678 (oud)", "06-12345678 klopt niet meer")),
    ("alumni", "postcode", "postcode", ("0123 AB", "8011 A", "8011 SA", "80111 AB", "AB 8011", "1e5")),
    ("alumni", "postcode", "postcode_unsure", ("3920 Lommel", "8011 Zwolle")),
    (
        "alumni",
        "email",
        "email",
        (
            "fenna@voorbeeld",
            "fenna@voorbeeld..example",
            "jan at voorbeeld",
            "fenna proef@werk.example",
            "a@b@c.example",
            "fenna@voorbeeld.test",
            "fenna@voorbeeld.local",
            "Fenna Proef",
            "fenna.@voorbeeld.example",
            "@voorbeeld.example",
            "fenna@voor beeld.example",
            "fenna@voorbeeld,example",
        ),
    ),
    ("alumni", "email", "email_gone", ("fenna@voorbeeld.example (oud)", "niet: fenna@voorbeeld.example")),
    ("alumni", "email", "email_letters", ("fénna@voorbeeld.example",)),
    (
        "alumni",
        "beschikbaarheid",
        "day_part",
        (
            "hele week",
            "in overleg",
            "flexibel",
            "di-middag (even weken)",
            "om de week di-middag",
            "1e maandag van de maand",
            "di na 17.00 uur",
            "di 13.00-15.00",
            "dinsdag 13:00 - 17:00",
            "niet op woensdag",
            "di mi",
            "dimi",
            "ma t/m vr, niet op woensdag",
            "alleen op dinsdag",
            "di-nacht",
            "middag di",
            "hele dag",
            "3 dinsdagavonden",
            "wisselend",
            "ma tot vr",
            "dinsdag behalve de middag",
        ),
    ),
    (
        "alumni",
        "aanbod",
        "unknown_word",
        (
            "coach",
            "netwerk",
            "voorlichting",
            "open dag",
            "alles",
            "ja",
            "x",
            "nazorg",
            "gastles 2x per jaar",
        ),
    ),
    (
        "alumni",
        "toestemming",
        "consent_yes_no",
        ("ja", "nee", "alles", "AVG akkoord", "Ja, graag", "x", "akkoord", True),
    ),
    (
        "alumni",
        "max_afstand_km",
        "not_a_number",
        ("half uur", "30 minuten", "2 uur", "veel", "heel Nederland", "1 dag"),
    ),
    ("alumni", "max_afstand_km", "number_range", ("25-30", "25 tot 30 km", "20 à 25 km", "20 of 30")),
    ("alumni", "max_afstand_km", "out_of_range", ("1.234,5", -1, 10**30)),
    ("alumni", "max_vragen_per_jaar", "not_a_number", ("2x per maand", "1 per week", "zelden")),
    ("alumni", "max_prijs", "number_unsure", ("1,250",)),
    ("alumni", "max_prijs", "damaged_number", ("1,2E+05",)),
    ("alumni", "alumnus_id", "damaged_id", ("4.4E+08", "8,01E+05", 1.5, 4.4e18, 1234567890123456, "1E+05")),
    ("alumni", "leerbedrijf_id", "damaged_id", ("1,00E+08",)),
    ("requests", "momenten", "moment_no_year", ("16 mrt 13:00-15:00",)),
    ("requests", "momenten", "moment_no_end", ("16-03-2027 13:00", datetime(2027, 3, 16, 13), "16-03-2027 om 13 uur")),
    (
        "requests",
        "momenten",
        "moment_day",
        (
            "16-03-2027",
            "16-03-2027 3e en 4e uur",
            "16-03-2027 lesuur 3-4",
            "16-03-2027 middag",
            "16-03-2027 13-15",
        ),
    ),
    ("requests", "momenten", "moment", ("week 12", "elke dinsdag 13:00-15:00", "in overleg")),
    ("requests", "momenten", "moment_days", ("2027-03-16T13:00/2027-03-17T15:00",)),
    ("requests", "momenten", "no_such_time", ("16-03-2027 13:00-25:00",)),
    ("requests", "momenten", "moment_order", ("16-03-2027 15:00-13:00",)),
    ("requests", "momenten", "weekday", ("ma 16-03-2027 13:00-15:00",)),
    ("requests", "niveau", "level_several", ("3/4", "3-4", "niveau 3 en 4", "2 t/m 4")),
    ("requests", "niveau", "became_date", (datetime(2027, 4, 3),)),
    ("requests", "niveau", "level", ("hbo", "havo", "hoog")),
    ("requests", "aantal_personen", "number_range", ("1-2", "25-30")),
    ("requests", "uren_per_week", "number_range", ("4 a 6", "4 à 6 uur")),
    ("requests", "uren_per_week", "not_a_number", ("4 uur per dag",)),
    ("requests", "aanvrager", "email", ("Fenna Proef",)),
    ("requests", "sluitingsdatum", "not_a_date", ("zsm",)),
    ("offerings", "prijs", "not_a_number", ("€1250,00 excl. btw", "op aanvraag", "€ 95 per les")),
    ("offerings", "prijs", "number_from", ("vanaf € 250", "va. 395", "min. € 100")),
    ("offerings", "prijs", "number_range", ("250 - 400", "€ 250 tot € 400")),
    ("offerings", "start", "month_only", ("sept. 2027", "september 2027")),
    (
        "offerings",
        "start",
        "several_dates",
        ("15-09-2027 / 15-02-2028", "15-09-2027; 15-02-2028", "1-9-2027 en 1-2-2028"),
    ),
    ("offerings", "start", "not_a_date", ("najaar 2027",)),
    ("offerings", "vorm", "unknown_word", ("zelfstudie", "Klassikaal / online", "incompany", "coaching")),
    ("offerings", "plaatsen", "not_a_number", ("onbeperkt",)),
    ("offerings", "nlqf", "level_several", ("4/5",)),
    ("offerings", "niveau", "level_several", ("mbo 3-4",)),
    ("offerings", "niveau", "level", ("hbo",)),
    ("offerings", "taal", "several_languages", ("NL/EN", "Nederlands en Engels")),
    ("offerings", "taal", "language", ("onbepaald",)),
    ("offerings", "crebo", "several_crebos", ("25655; 25656",)),
    (
        "offerings",
        "url",
        "url",
        ("zie website", "javascript:alert(1)", "a@b.example", "www.a.example en www.b.example"),
    ),
    ("offerings", "dagdelen", "day_part", ("3 dinsdagavonden",)),
]
LEFT = [(kind, name, raw, code) for kind, name, code, raws in UNKNOWN for raw in raws]


@pytest.mark.parametrize(("kind", "name", "raw", "code"), LEFT)
def test_unknown_stays_unknown(kind: str, name: str, raw: object, code: str) -> None:
    """What could mean two things, or too little, gives no value: it is left out, and named with its reason."""
    reading = read(kind, name, raw)
    assert (reading.value, [problem.code for problem in reading.left_out]) == (None, [code])
    assert (reading.stated, reading.usable, bool(reading.left_out[0].text)) == (True, False, True)


NOTHING = (
    "-", "n.v.t.", "nvt", "NVT", "onbekend", "?", "n/a", "--", "…", "weet niet", "niet bekend", "–", ".", "???",
    "n.v.t", "N.V.T.", "niet ingevuld", "n.t.b.", "Onbekend.", "-/-", "nog te bepalen", "_",
)  # fmt: skip


@pytest.mark.parametrize("raw", NOTHING)
def test_a_word_for_nothing_is_nothing_in_every_column(raw: str) -> None:
    """It says nothing, and so it neither sets a value nor clears one, whatever the column."""
    for kind in RecordKind:
        for one in columns_of(kind):
            assert cells.read(one, raw, today=TODAY) == cells.NOTHING, one.name
            assert cells.parse(one, raw, []) is None


@pytest.mark.parametrize(
    ("kind", "name", "raw"),
    [
        ("alumni", "vaardigheden", "geen"), ("alumni", "telefoon", "geen"), ("alumni", "email", "geen"),
        ("alumni", "beschikbaarheid", "geen"), ("alumni", "aanbod", "geen"), ("alumni", "postcode", "x"),
        ("alumni", "functie", "Geen"), ("alumni", "max_prijs", "leeg"), ("alumni", "talen", "geen"),
        ("alumni", "toestemming", "geen"), ("alumni", "werkgever", "x"), ("alumni", "telefoon", "xxx"),
        ("alumni", "max_prijs", float("nan")), ("alumni", "email", "None"), ("requests", "vog_nodig", "n.v.t."),
    ],
)  # fmt: skip
def test_geen_and_a_cross_are_nothing_where_they_mean_nothing(kind: str, name: str, raw: object) -> None:
    """In a column of values these words say that there is none."""
    assert read(kind, name, raw) == cells.NOTHING


@pytest.mark.parametrize(
    ("kind", "name", "raw"),
    [
        ("alumni", "achternaam", "Null"), ("alumni", "achternaam", "Geen"), ("alumni", "voornaam", "X"),
        ("alumni", "achternaam", "Leeg"), ("offerings", "toelatingseisen", "geen"), ("alumni", "alumnus_id", "x"),
    ],
)  # fmt: skip
def test_names_and_conditions_are_no_words_for_nothing(kind: str, name: str, raw: str) -> None:
    """Null, Geen and Leeg are surnames, and a course without conditions says so."""
    assert read(kind, name, raw).value == raw


@pytest.mark.parametrize("raw", [None, "", " ", "\u200b", "\u00a0\n", '=""'])
def test_an_empty_cell_is_told_apart_from_a_word_for_nothing(raw: object) -> None:
    """An empty cell is neither stated nor a word for nothing, nor left out."""
    assert read("alumni", "functie", raw) == cells.EMPTY != cells.NOTHING


@pytest.mark.parametrize("raw", ["#N/B", "#REF!", "#WAARDE!", "#OVERLOOP!", "Err:502"])
def test_an_error_of_excel_is_left_out_of_every_column(raw: str) -> None:
    """An error value is no text, no name and no number."""
    for kind in RecordKind:
        for one in columns_of(kind):
            reading = cells.read(one, raw, today=TODAY)
            assert (reading.value, left(reading)) == (None, [("excel_error", raw)])


@pytest.mark.parametrize("raw", ["doorlopend", "Flexibel", "elk moment", "instroom op elk moment"])
def test_a_course_without_a_fixed_start_has_none(raw: str) -> None:
    """It is a value: no start, with a remark, and nothing is left out."""
    reading = read("offerings", "start", raw)
    assert (reading.value, reading.usable, [code for code, _ in reading.notes]) == (None, True, ["no_fixed_start"])
    assert left(read("alumni", "pauze_tot", raw)) == [("not_a_date", raw)]


@pytest.mark.parametrize(
    "raw", ["B-3920", "48599", "D-48599", "3920 (B)", "D 48599 Gronau", "48599 Gronau", "2000 België"]
)
def test_a_postcode_of_another_country_is_kept_out_with_a_remark(raw: str) -> None:
    """It is not taken for a Dutch one."""
    reading = read("alumni", "postcode", raw)
    assert (reading.value, reading.usable, [code for code, _ in reading.notes]) == (None, True, ["postcode_foreign"])


@pytest.mark.parametrize(("raw", "code"), [("09/30/2026", "american_date"), ("ca. 4", "about")])
def test_a_remark_says_what_was_made_of_it(raw: str, code: str) -> None:
    """A month that stands first, and a number that is not exact, are named."""
    kind, name = ("alumni", "toestemming_datum") if "/" in raw else ("requests", "aantal_personen")
    assert [note for note, _ in read(kind, name, raw).notes] == [code]


def test_two_starts_are_given_as_dates() -> None:
    """A course with several starts names them, so that each can be a run of its own."""
    (problem,) = read("offerings", "start", "15-09-2027 / 15-02-2028").left_out
    assert problem.values["dates"] == (date(2027, 9, 15), date(2028, 2, 15))


def test_a_comma_of_a_known_skill_stays() -> None:
    """Skills that are known with a comma, or with `en`, are not taken apart; others are."""
    known = frozenset({"snijden hakken en mengen", "eerste hulp en bhv"})
    one = column("alumni", "vaardigheden")
    reading = cells.read(one, "wondzorg, snijden, hakken en mengen, eerste hulp en bhv", today=TODAY, skills=known)
    assert reading.value == ("wondzorg", "snijden, hakken en mengen", "eerste hulp en bhv")


def test_every_day_part_is_a_bit() -> None:
    """The helper of these tables counts as the domain does."""
    assert parts(SEVEN) == 2 ** (len(DAYS) * len(PARTS)) - 1
