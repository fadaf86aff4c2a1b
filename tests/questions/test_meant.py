"""Kinds of wording that were misread once, each with examples of its own."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.questions import read
from tests.questions.measure import ASKED_ON, known_words, slots_of


def slots(text: str) -> dict[str, Any]:
    got = slots_of(read(text, today=ASKED_ON, known=known_words()))
    return {slot: set(value) if isinstance(value, frozenset) else value for slot, value in got.items()}


@pytest.mark.parametrize(
    "text",
    [
        "Onze studenten liepen in oktober stage, nu zoek ik een gastspreker over hygiene",
        "We started in September and I need a guest speaker on accounting",
        "She dropped out in March, mentor for her in hairdressing",
        "Hij is in juni geslaagd als kok en zoekt hulp",
        "De vorige gastles was in week 6 en ging over kaas",
        "In het voorjaar stopte zij met de opleiding mode, wie helpt haar",
        "Their teacher left on 3 February, guest lesson on ceramics",
    ],
)
def test_what_has_been_is_no_period(text: str) -> None:
    """A month, week or day in a clause of the past is not when it is asked for."""
    assert not slots(text).keys() & {"period_from", "period_to", "moments", "day_parts"}


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Hij heeft in leerjaar 2 al stage gelopen, mentor bakker", None),
        ("In het eerste jaar ging het mis, mentor voor student lasser", None),
        ("Leerjaar 1 heeft ze al gedaan, stage kapper", None),
        ("In jaar 3 stopte hij met de opleiding, nazorg bouw", None),
        ("In year 2 he failed, mentor for a cook", None),
        ("Onze tweedejaars hebben stage gehad, gastles zorg", 2),
        ("gastles zorg voor leerjaar 2", 2),
    ],
)
def test_a_year_of_the_past_is_no_year(text: str, year: int | None) -> None:
    """A year that somebody did is not that of the class; what students are now is."""
    assert slots(text).get("year") == year


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Ze heeft in Groningen gestudeerd en wil een stage bij een notaris in Assen", "Assen"),
        ("Mijn opa was timmerman in Zwolle, ik zoek een stageplek als timmerman", None),
        ("Geboren in Deventer en op zoek naar een mentor voor bakkers", None),
        ("She grew up in Arnhem, internship veterinary in Ede", "Ede"),
        ("Hij werkte in Breda, nu zoekt hij hulp bij werk als kok in Tilburg", "Tilburg"),
        ("Haarlem, start 4 januari, stage kok", "Haarlem"),
        ("Mentor bakker. Apeldoorn, elke dinsdag", "Apeldoorn"),
    ],
)
def test_a_town_of_another_time_is_no_place(text: str, place: str | None) -> None:
    """Where somebody was is not where it is; a town that begins a part of a text is."""
    assert slots(text).get("place") == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("gastles bouw in Emmen of Hoogeveen", "Emmen / Hoogeveen"),
        ("stage kok Almelo/Borne", "Almelo / Borne"),
        ("kapper stage raalte of dalfsen", "raalte / dalfsen"),
        ("Leerwerkplek schilder tussen Assen en Groningen", "Assen / Groningen"),
        ("Guest lesson on bees in Ede or maybe in Arnhem", "Ede / Arnhem"),
        ("mentor bakker, Tiel, Culemborg of Geldermalsen", "Tiel / Culemborg / Geldermalsen"),
        ("stage lasser in Sneek, Joure mag ook", "Sneek / Joure"),
        ("stage lasser in Zwolle of Mepel", "Zwolle / Meppel"),
        ("gastles zorg, Bergen op Zoom en/of Roosendaal", "Bergen op Zoom / Roosendaal"),
        ("gastles kok in Zwolle en omgeving", "Zwolle"),
        ("stage kok Zwolle of Twente", "Zwolle"),
        ("gastles kok in Breda en stage in Tilburg", "Breda"),
        ("gastles bouw in Zwolle of online", "Zwolle"),
        ("gastles Elst, Utrecht over zorg", "Elst"),
        ("gastles zorg in Goes of beter gezegd overal", "Goes"),
        ("stage bouw, niet in Zwolle of Kampen", None),
    ],
)
def test_of_towns_of_which_any_will_do_each_is_read(text: str, place: str | None) -> None:
    """Towns that `of`, `en` or a stroke joins are all of the place; one that stands apart is asked about."""
    got = slots(text).get("place")
    assert (got or "").casefold() == (place or "").casefold()


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Zijn er oud-studenten pedicure voor de open dag? Vijf zou fijn zijn.", 5),
        ("Ambassadeurs voor de open dag bouw gezocht, drie is genoeg.", 3),
        ("We need former students for the fair, engineering. Four would be great.", 4),
        ("Fijn als iemand van optiek komt promoten op de open dag. Doe maar twee.", 2),
        ("Hoe kijken oud-studenten naar de opleiding mode? Ik wil er in maart zes van spreken.", 6),
        ("mentoren gezocht stoffering, 5, Almere", 5),
        ("Alumni gevraagd (7) voor reunie slagers", 7),
        ("Twee alumnae van Kapper voor de open dag", 2),
        ("Aan acht personen hebben we genoeg voor de evaluatie van opleiding zorg", 8),
        ("gastles zorg, 25, Zwolle", None),
        ("We hebben al drie alumni, gastles kaas", None),
    ],
)
def test_a_count_by_itself_is_of_those_who_are_asked(text: str, people: int | None) -> None:
    """Where those who are asked are named, a number that stands alone is of them; else nobody can tell."""
    assert slots(text).get("people") == people


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("Wij hebben bij ons bedrijf in Tiel plaats voor 2 stagiairs, hovenier", 2),
        ("We offer work placements for three apprentice plumbers", 3),
        ("Onze bakkerij heeft plek voor vier stagiaires", 4),
        ("Our garage can take two trainees", 2),
        ("leerbedrijf zoekt 3 bbl'ers elektrotechniek", 3),
        ("4 stageplekken metselen", None),
        ("We hadden 2 stagiairs, nu zoeken we een stage voor een kok", None),
    ],
)
def test_those_who_take_a_placement_are_students(text: str, students: int | None) -> None:
    """A number of trainees is of students; one of placements, or of trainees that were there, is not."""
    assert slots(text).get("students") == students


@pytest.mark.parametrize(
    ("text", "hours", "minutes"),
    [
        ("coach voor kraamhulp, elke week een uurtje bellen", 1, None),
        ("mentor kapper, iedere week twee uur", 2, None),
        ("mentor welding, every week one hour", 1, None),
        ("A coach for our chef, once a week for an hour", 1, None),
        ("mentor bouw, een keer per week een uur", 1, None),
        ("gastles bouw, een uur", None, 60),
        ("niet weer iemand die twee uur praat, gastles marketing", None, None),
        ("gastles dans, niet langer dan een uur", None, 60),
    ],
)
def test_hours_behind_their_week_are_hours_a_week(text: str, hours: int | None, minutes: int | None) -> None:
    """`elke week een uurtje` is an hour a week and no length; what is refused is no length either."""
    got = slots(text)
    assert (got.get("hours_per_week"), got.get("minutes")) == (hours, minutes)


@pytest.mark.parametrize(
    ("text", "not_topic"),
    [
        ("Advocaten en notarissen hoeven wij niet, gastles rechtbank", {"advocaten", "notarissen"}),
        ("gastles ict, de cloud hoeft niet want dat doet een collega", {"cloud"}),
        ("Vuurwerk liever niet, gastles veiligheid", {"vuurwerk"}),
        ("Guest lesson on IT, gaming is not needed", {"gaming"}),
        ("guest talk about horses, not on dressage", {"dressage"}),
        ("guest speaker about banking rather than insurance", {"insurance"}),
        ("Een bakker in plaats van een kok als gastspreker", {"kok"}),
        ("gastles paarden, maar geen dressuur en geen springen", {"dressuur", "springen"}),
        ("De gastles hoeft niet lang te duren, kapper", set()),
        ("Hij heeft geen auto, stage hovenier", set()),
        ("Student kan geen bloed zien, stage doktersassistent", set()),
        ("geen rijbewijs nodig, stage logistiek", set()),
        ("geen nachtdiensten, stage beveiliging", set()),
        ("gastles bouwkunde, niet in de toetsweek", set()),
        ("niet tijdens de examens, gastles bouwkunde", set()),
        ("We hebben al een bakker en een slager, nu zoeken we een kaasmaker voor de open dag", set()),
    ],
)
def test_what_is_refused_is_a_subject(text: str, not_topic: set[str]) -> None:
    """What is said behind a subject counts too; what is lacking or there already, a time and a condition do not."""
    assert slots(text).get("not_topic", set()) == not_topic


@pytest.mark.parametrize(
    ("text", "online"),
    [
        ("Bij ons op school praten we veel over eten, gastles koken", None),
        ("Hier op school hebben we een keuken, gastles koken", None),
        ("Bij ons op school is alles digitaal, gastles drukwerk", None),
        ("De online les van vorige week was een ramp, gastles rekenen", None),
        ("ik wil iets leren over online adverteren", None),
        ("gastles over online daten", None),
        ("gastles koken, bij ons op school", "no"),
        ("robotica gastspreker, teams mag, in het lokaal mag ook", "either"),
        ("gastspreker bouw via Teams, langskomen mag ook", "either"),
        ("guest talk HR over Zoom, at our school is fine too", "either"),
    ],
)
def test_how_it_takes_place_is_what_is_asked(text: str, online: str | None) -> None:
    """What a school is like, what was online, and what is the subject say nothing of how it takes place."""
    assert slots(text).get("online") == online


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        (
            "alumnus die als vrachtwagenmonteur werkt, nee sorry, vliegtuigmonteur. Gastles",
            "topic",
            {"vliegtuigmonteur"},
        ),
        ("guest lesson on plumbing, sorry, I mean welding", "topic", {"welding"}),
        ("mentor for a cook - no wait - a baker", "topic", {"baker"}),
        ("gastles bouw in Zwolle, ik bedoel Deventer", "place", "Deventer"),
        ("20 studenten, nee sorry 25 studenten, gastles wol", "students", 25),
        (
            "gastles op dinsdag, nee wacht, woensdag, over kaas",
            "day_parts",
            {"wed-morning", "wed-afternoon", "wed-evening"},
        ),
    ],
)
def test_what_is_taken_back_is_not_read(text: str, slot: str, value: object) -> None:
    """Somebody who corrects himself means the second."""
    assert slots(text).get(slot) == value


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("bpv-plaats kraan, in het tweede kwartaal van 2027", ("2027-04-01", "2027-06-30")),
        ("stage zorg, Q3 2027", ("2027-07-01", "2027-09-30")),
        ("internship bakery, first half of 2027", ("2027-01-01", "2027-06-30")),
        ("stage bouw, laatste kwartaal van 2027", ("2027-10-01", "2027-12-31")),
        ("gastles zorg, de week van 18 januari", ("2027-01-18", "2027-01-24")),
        ("guest lesson bakery in the week of March 8", ("2027-03-08", "2027-03-14")),
        ("stage theater van 1 februari tot 1 juli", ("2027-02-01", "2027-06-30")),
        ("gastles zorg in het derde kwartaal", (None, None)),
        ("hybride docent lassen tot de zomer", (None, None)),
    ],
)
def test_shares_of_a_year_are_periods(text: str, period: tuple[str | None, str | None]) -> None:
    """A quarter or half of a named year and the week of a day are periods; a quarter of no year is asked about."""
    got = slots(text)
    assert (got.get("period_from"), got.get("period_to")) == period


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("moet Turks kunnen, mentor kapper", {"tr"}),
        ("mag ook in het Engels, gastles vliegtuigbouw", set()),
        ("mentor bouw, Engels is ook goed", set()),
        ("student spreekt weinig Nederlands, mentor bakker", set()),
        ("student speaks hardly any English, mentor bakery", set()),
        ("buddy die Farsi spreekt, apotheek", {"fa"}),
    ],
)
def test_a_language_that_must_be_spoken(text: str, languages: set[str]) -> None:
    """One that may be spoken, or that somebody hardly speaks, is none that the alumnus must speak."""
    assert slots(text).get("languages", set()) == languages


@pytest.mark.parametrize(
    ("text", "certificate"),
    [
        ("VOG hebben ze allemaal al, gastles kinderopvang", None),
        ("We hebben al een VOG voor de student, stage kinderopvang", None),
        ("She already has a police check, internship daycare", None),
        ("VOG is al aangevraagd, stage zorg", None),
        ("stage zorg, VOG nodig", True),
        ("stage zorg, een VOG hoeft niet", False),
    ],
)
def test_who_has_a_certificate_is_not_asked_for_one(text: str, certificate: bool | None) -> None:
    """Only what is asked for is a condition."""
    assert slots(text).get("certificate") == certificate


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("gastles over de maandagochtend van een huisarts", set()),
        ("gastles over het weekend in de horeca", set()),
        ("advisory board for optics, four evenings a year", set()),
        ("adviesraad optiek, twee middagen", set()),
        ("gastles zorg, donderdag na de lunch", {"thu-afternoon"}),
        ("gastles zorg, vrijdag voor de lunch", {"fri-morning"}),
    ],
)
def test_days_that_are_a_subject_or_an_amount_are_no_moments(text: str, parts: set[str]) -> None:
    """What a lesson is about and how many evenings there are do not say when."""
    assert slots(text).get("day_parts", set()) == parts


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("internship IT, Zwolle", {"it"}),
        ("gastles over stoppen met roken", {"stoppen", "roken"}),
        ("gastles veilig werken op hoogte", {"veilig", "werken", "hoogte"}),
        ("gastles seksuele voorlichting voor 20 studenten", {"seksuele", "voorlichting"}),
        ("ik wil leren over online adverteren", {"online", "adverteren"}),
        ("workshop make-up", {"make", "up"}),
        ("gastles boekhouden voor zzp'ers", {"boekhouden", "zzp", "ers"}),
        ("kapper gastles afro haar", {"kapper", "afro", "haar"}),
        ("mentor voor student Joris, bakker", {"bakker"}),
        ("gastles Python, 20 laptops aanwezig, gebouw 7", {"python"}),
    ],
)
def test_words_that_are_general_elsewhere_are_topics_in_a_name(text: str, topic: set[str]) -> None:
    """Names of subjects keep their general words; names of people, rooms and equipment are none."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Network meeting interior construction", "network_event"),
        ("netwerksessie zorg", "network_event"),
        ("alumnicafe ict", "network_event"),
        ("hoe de logistiek er nu voor staat", "regional_insight"),
        ("Hoe staat de bouw ervoor in Zeeland?", "regional_insight"),
        ("What skills will hotels need in five years?", "regional_insight"),
        ("ik ben gestopt met mijn hbo en zoek nu werk als laborant", "aftercare"),
        ("she has neither a job nor a course, welding", "aftercare"),
        ("hoe kijken oud-studenten terug op de stage in de zorg", "feedback"),
        ("we want to hear from graduates how useful the baking course was", "feedback"),
        ("can an alumnus keep an eye on a struggling student, welding", "mentor"),
        ("werkervaringsplek kapper", "bpv_place"),
        ("wants to combine his job with teaching, electrician", "hybrid_teacher"),
        ("studiekiezers inspireren voor de detailhandel", "ambassador"),
        ("we would love a visit from a vet", "guest_lesson"),
        ("excursie naar een kaasboerderij", None),
        ("gastles sollicitatietraining door hr-medewerker", "guest_lesson"),
        ("hulp bij sollicitatiebrief, oud-student zorg", "aftercare"),
        ("Wie wil komen netwerken met studenten marketing?", "network_event"),
        ("Mijn derdejaars logistiek willen graag horen hoe het er in een magazijn aan toegaat", "guest_lesson"),
    ],
)
def test_kinds_in_other_words(text: str, kind: str | None) -> None:
    """A kind is told from the words of people who never saw its name."""
    assert slots(text).get("kind") == kind


@pytest.mark.parametrize(
    ("text", "moment", "slot", "number"),
    [
        ("gastles lassen, leerjaar 2, vrijdag 15 januari om 11:00 in Gouda", "2027-01-15 11:00", "year", 2),
        ("Gastspreker over haccp, niveau 3, 14 januari van 9.00 tot 10.30 uur", "2027-01-14 09:00-10:30", "level", 3),
        ("groep 6, di 19 januari 13:30 gastles over voeding", "2027-01-19 13:30", "students", None),
        ("Talk about robotics for year 2, Thursday 21 January at 14:00", "2027-01-21 14:00", "year", 2),
        ("guest lesson on plumbing, room 5, Monday 18 January 9:15", "2027-01-18 09:15", "students", None),
    ],
)
def test_a_number_with_a_label_is_no_day(text: str, moment: str, slot: str, number: int | None) -> None:
    """The number of a level, a year, a group or a room before a date is no earlier day."""
    got = slots(text)
    assert got.get("moments") == {moment}
    assert got.get(slot) == number


@pytest.mark.parametrize(
    "text",
    [
        "Vorige week dinsdag hadden we een kapper in de klas, nu zoek ik een visagist",
        "Two weeks ago on Tuesday a plumber came by. Who could give a guest lesson on heating?",
        "Gisteren en maandag was er niemand; gastles verf gezocht",
        "Last week on Monday our class visited a farm. Guest speaker on cheese wanted.",
        "Onze gastspreker van vorige week donderdag was ziek. Wie komt vertellen over ramen?",
    ],
)
def test_days_that_have_been_are_no_day_parts(text: str) -> None:
    """A day of the week that has been is neither wanted nor excluded."""
    assert not slots(text).keys() & {"day_parts", "not_day_parts", "moments", "period_from", "period_to"}


@pytest.mark.parametrize(
    ("text", "topic", "period"),
    [
        ("gastles kaas maken na de kerstvakantie", {"kaas"}, "2027-01-04"),
        ("mentor for a baker after the Christmas break", {"baker"}, "2027-01-04"),
        ("guest lesson on cheese, after the autumn holidays", {"cheese"}, None),
        ("guest lesson on nursing, before the spring break", {"nursing"}, None),
        ("mentor for a painter until the summer break", {"painter"}, None),
        ("stage kok tijdens de herfstvakantie", {"kok"}, None),
        ("workshop bloemschikken rond de meivakantie", {"bloemschikken"}, None),
    ],
)
def test_holidays_are_times_and_no_topics(text: str, topic: set[str], period: str | None) -> None:
    """The Christmas holiday is on days that are known; of others it is asked, as they differ by region."""
    read_ = read(text, today=ASKED_ON, known=known_words())
    got = slots(text)
    assert got.get("topic") == topic
    assert got.get("period_from") == period
    assert ("time" in {doubt.code for doubt in read_.doubts}) == (period is None)


@pytest.mark.parametrize(
    ("text", "online"),
    [
        ("gastles ehbo, hoeft niet op locatie, mag ook online", "either"),
        ("hoeft niet per se online, workshop fotografie", "either"),
        ("no need to be in person, a talk on welding by teams will do", "either"),
        ("mentor bakker gezocht in Zutphen of online, allebei goed", "either"),
        ("Talk on marketing, online or at our school, both are fine", "either"),
        ("guest lesson on logistics. Online is possible as well.", "either"),
        ("coach voor een monteur, op school of via beeldbellen kan allebei", "either"),
        ("mentor zorg, niet achter een scherm graag", "no"),
        ("gastles lassen, not through a screen please", "no"),
        ("gastles horeca in de klas en niet via een webcam", "no"),
        ("liever niet online, gastles over dans", "no"),
        ("I want a mentor in childcare, not over zoom", "no"),
        ("gastles kassa, teams, 45 min", "yes"),
        ("mentor logistiek, 30 minuten, Teams", "yes"),
        ("guest speaker on solar panels, 20 students, teams", "yes"),
        ("gastles over btw, vrijdagmiddag, teams", "yes"),
        ("gastles hr in Teams", "yes"),
        ("gastles over werken in teams in de zorg", None),
        ("talk about working in teams on a ship", None),
    ],
)
def test_ways_of_taking_part_in_other_words(text: str, online: str | None) -> None:
    """Where both will do it is either; a screen is online; teams are a program where they stand by themselves."""
    assert slots(text).get("online") == online


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("stageplek bakker voor Yasmina, ze woont in Breda", {"bakker"}),
        ("stage in een kapsalon voor Lotte? ze is 18", {"kapsalon"}),
        ("mentor for Brian? He wants to be a chef", {"chef"}),
        ("Ik zoek een mentor voor Daan. Hij doet de opleiding lassen.", {"lassen"}),
        ("internship at a zoo for Emma, she lives in Ede", {"zoo"}),
        ("Stuur een mailtje naar Fatima Bakkali, gastles drogist gezocht", {"drogist"}),
        ("Reply to Peter Green. We need a mentor for a plumber.", {"plumber"}),
        ("Bel Joke de Vries als je mentor van een slager wilt worden", {"slager"}),
        ("Neem contact op met Anja Smit. Stageplek voor een opticien gevraagd.", {"opticien"}),
        ("Meld je bij Mehmet Yilmaz, gastles over kappen", {"kappen"}),
        ("Beste alumnibureau, wie geeft een gastles over hotelwerk?", {"hotelwerk"}),
        ("Dear alumni desk, guest speaker on carpentry please", {"carpentry"}),
        ("Hello careers office, guest talk on accounting please", {"accounting"}),
        ("Dear alumni relations team, can you find a mentor for a nurse?", {"nurse"}),
        ("Geachte coördinator, stageplek dierenarts in Ede", {"dierenarts"}),
        ("Als stagecoördinator zoek ik een stageplek voor een stukadoor", {"stukadoor"}),
        ("Als loopbaancoach begeleid ik een studente die kapper wil worden. Wie wil haar mentor zijn?", {"kapper"}),
        ("As a careers adviser I am looking for a mentor for a chef", {"chef"}),
        ("Als praktijkbegeleider heb ik een leerling metaal, wie wil mentor zijn", {"metaal"}),
        ("Als decaan zoek ik een ambassadeur voor de opleiding techniek", {"techniek"}),
        ("Heeft u een eigen bedrijf en plek voor een stagiair elektrotechniek?", {"elektrotechniek"}),
        ("Adres: Kerkstraat 12, Meppel. Gastles over ict.", {"ict"}),
        ("Netwerkborrel ICT, in ons gebouw aan de Westeinde 3 te Zwolle.", {"ict"}),
        ("stage aan de Maas 3 dagen per week, schipper", {"schipper"}),
        ("Mentor for a 17 year old boy in electrical engineering", {"electrical", "engineering"}),
    ],
)
def test_who_writes_and_who_is_spoken_of_are_no_topic(text: str, topic: set[str]) -> None:
    """Names of people, streets and offices, and the function of whoever asks, are no subjects."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("bpv lasser Kampen, 32 uur per week", "Kampen"),
        ("kapper Kampen stage", "Kampen"),
        ("stage bakker Goes vanaf februari", "Goes"),
        ("stageplek kapper Made gezocht", "Made"),
        ("bpv plek schilder Best 4 dagen per week", "Best"),
        ("kampen met stress, gastles", None),
        ("mentor zorg Kop van Overijssel", "Kop van Overijssel"),
        ("stage verzorgende in de Kop van Drenthe", "Kop van Drenthe"),
        ("leerwerkplek in Noordwest-Overijssel, timmerman", "Noordwest-Overijssel"),
    ],
)
def test_a_town_behind_a_trade_is_the_place(text: str, place: str | None) -> None:
    """A name that is a word too is a town where it has a capital and ends a part; a part of a province is a region."""
    got = slots(text)
    assert got.get("place") == place
    assert not (place and place.lower() in got["topic"])


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("guest speaker for my stdents on carpentry", "topic", {"carpentry"}),
        ("guest lesson tommorow on welding", "period_from", "2026-12-01"),
        ("gradutes wanted for the open day, engineering", "topic", {"engineering"}),
        ("guest lesson on monady about baking", "day_parts", {"mon-morning", "mon-afternoon", "mon-evening"}),
        ("guest lesson on thurdsay, baking", "day_parts", {"thu-morning", "thu-afternoon", "thu-evening"}),
        ("lookign for a mentor for a studetn in fashion", "topic", {"fashion"}),
    ],
)
def test_slips_in_english_are_mended(text: str, slot: str, value: object) -> None:
    """Students, graduates and days are read with one slip in them."""
    assert slots(text).get(slot) == value


@pytest.mark.parametrize(
    ("text", "people", "last"),
    [
        ("netwerkborrel bouw, week 9, 12 oud-studenten", 12, "2027-03-07"),
        ("reunie kappers week 14, 20 alumni", 20, "2027-04-11"),
        ("feedback op de opleiding mode, week 11, 6 oud leerlingen", 6, "2027-03-21"),
        ("alumni event logistics, week 8, 10 former students", 10, "2027-02-28"),
        ("ambassadeur voor de open dag in week 4, 3 oud-leerlingen bouw", 3, "2027-01-31"),
        ("netwerkavond zorg, weken 5, 6 en 7", None, "2027-02-21"),
        ("gastles over kaas vanaf volgende week", None, None),
        ("guest lesson on bread from next week", None, None),
        ("mentor for a cook starting next week", None, None),
        ("stage drukker, vanaf volgende maand", None, None),
        ("hybride docent zorg vanaf volgend schooljaar", None, None),
        ("gastles over asbest volgende week", None, "2026-12-13"),
    ],
)
def test_counts_behind_a_week_and_open_ends(text: str, people: int | None, last: str | None) -> None:
    """A count behind a week is no week; from a week on is no last day."""
    got = slots(text)
    assert (got.get("people"), got.get("period_to")) == (people, last)
    assert got.get("period_from")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Kun je alsjeblieft een gastles over metselen regelen", {"metselen"}),
        ("We komen 3 stageplekken tekort voor kappers", {"kappers"}),
        ("Wij herzien de opleiding: wat speelt er bij slagers", {"slagers"}),
        ("Ambassador for nursing at secondary schools", {"nursing"}),
        ("enquete onder oud-studenten verpleegkunde over ongewenst gedrag", {"verpleegkunde", "ongewenst", "gedrag"}),
        ("alumni uit de zorg en het onderwijs voor de netwerkborrel", {"zorg", "onderwijs"}),
        ("De leerlingen vragen naar lassen onder water, gastles graag", {"lassen", "water"}),
        ("trends mode regio Twente, input van alumni voor ons lesprogramma", {"mode"}),
        ("korte enquete onder alumni haarverzorging, april", {"haarverzorging"}),
        ("alumni feedback on our course in floristry, online", {"floristry"}),
    ],
)
def test_words_of_a_request_are_no_topic(text: str, topic: set[str]) -> None:
    """Words of politeness, shortage and surveys are none; what pupils ask about and the sector of teaching are."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Talk by a salon owner. Not in January. Assen.", (None, None)),
        ("gastles kok, niet in maart", (None, None)),
        ("Mentor bakker, behalve in juni", (None, None)),
        ("gastles kok, niet op vrijdag in maart", ("2027-03-01", "2027-03-31")),
        ("gastles kok, niet voor maart", ("2027-03-01", None)),
        ("gastles kok, niet later dan maart", (None, "2027-03-31")),
    ],
)
def test_a_month_that_does_not_suit_is_no_period(text: str, period: tuple[str | None, str | None]) -> None:
    """What is excluded of a month is neither its days nor its bounds."""
    got = slots(text)
    assert (got.get("period_from"), got.get("period_to")) == period


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Mijn man is kok maar ik zoek een bakker voor mijn les", {"bakker"}),
        ("My sister is a nurse but I need a guest speaker on plumbing", {"plumbing"}),
        ("De vorige gastles over dementie was zo goed dat we er nog een willen, nu over parkinson", {"parkinson"}),
        ("Hybride docent wiskunde? Nee, rekenen! 6 uur in de week", {"rekenen"}),
        ("mentor voor een kok? Nee, bakker.", {"bakker"}),
        ("Kan een bakker komen? Nee is ook een antwoord.", {"bakker"}),
        ("zoek iemand voor demo lasrobot, woensdagochtend", {"lasrobot"}),
    ],
)
def test_a_subject_of_somebody_else_or_of_last_time_is_none(text: str, topic: set[str]) -> None:
    """What a relative does, what the last lesson was about and what is taken back are not wanted."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("docent anatomie nodig, feb tm mei, Doetinchem", ("2027-02-01", "2027-05-31")),
        ("gastles week 5 tm 8 lassen", ("2027-02-01", "2027-02-28")),
        ("iemand uit een kliniek. Eind februari. 2 lesuren.", ("2027-02-21", "2027-02-28")),
        ("gastles kok in maart. 4 studenten", ("2027-03-01", "2027-03-31")),
        ("gastles kok in maart. 2 oud-studenten", ("2027-03-01", "2027-03-31")),
        ("guest lesson baking on Feb. 12", ("2027-02-12", "2027-02-12")),
        ("12 tm 14 januari open dag zorg", ("2027-01-12", "2027-01-14")),
    ],
)
def test_a_count_behind_a_month_is_no_day(text: str, period: tuple[str | None, str | None]) -> None:
    """A number of the next sentence is no day of the month before it; `tm` is up to and including."""
    got = slots(text)
    assert (got.get("period_from"), got.get("period_to")) == period


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("Een collega uit Meppel zei het. Wij zitten in Hoogeveen, workshop snoeien", "place", "Hoogeveen"),
        ("Mijn moeder in Assen zoekt iemand. Gastles haken in Emmen", "place", "Emmen"),
        ("alumni uit Meppel gezocht voor borrel bouw", "place", "Meppel"),
        ("30 november 2026 was de laatste dag van het blok, gastles vlees", "period_from", None),
        ("De vergadering was op 3 november 2026; gastles plannen over vlees", "period_from", None),
        ("gastles over verf, 12 maart 10 tot 12", "moments", {"2027-03-12 10:00-12:00"}),
        ("Speaker on web design, Monday 1 March, 10 to 12", "moments", {"2027-03-01 10:00-12:00"}),
        ("gastles kok 5 mei, 20 tot 25 studenten", "moments", None),
        ("iemand voor de les van morgenochtend, over bloedsuiker", "day_parts", {"tue-morning"}),
        ("di- of donderdagmiddag, gastles lassen", "day_parts", {"tue-afternoon", "thu-afternoon"}),
        ("gastles lassen, ma-/wo-ochtend", "day_parts", {"mon-morning", "wed-morning"}),
        ("gastles lassen op di. of do. in de ochtend", "day_parts", {"tue-morning", "thu-morning"}),
        ("Alumni vertellen over stress in de zorg, Zwolle, daarna borrel", "kind", "guest_lesson"),
        ("Mijn klas wil weten hoe je vlees snijdt, niet in week 4 want dan is er stage", "kind", "guest_lesson"),
        ("mentor voor Bram, 2e jaars metselaar", "topic", {"metselaar"}),
        ("stage voor Kok, tweede jaar", "topic", {"kok"}),
        ("Please invite Mr Jansen again, or another alumnus in radiology", "topic", {"radiology"}),
        ("Vorig jaar hadden we iemand van de brandweer, nu graag iemand van de ambulance", "topic", {"ambulance"}),
        ("Vorige week hadden we een kapper in de klas, nu zoek ik een visagist", "topic", {"visagist"}),
    ],
)
def test_what_is_of_somebody_else_or_of_another_time(text: str, slot: str, value: object) -> None:
    """Where a colleague is from, days with a year that are over and what comes afterwards are no slots."""
    assert slots(text).get(slot) == value


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("mentor for a cook, every day but Monday", set(), {"mon"}),
        ("guest lesson on wind energy, any day but Friday", set(), {"fri"}),
        ("guest lesson on bread, any morning but Tuesday", {"mon", "wed", "thu", "fri"}, {"tue"}),
        ("iedere dag maar niet op woensdag, gastles verf", set(), {"wed"}),
        ("Lessons run all day but Friday is fine, guest lesson on rope", {"fri"}, set()),
    ],
)
def test_every_day_but_one(text: str, wanted: set[str], excluded: set[str]) -> None:
    """`any day but Friday` excludes the Friday."""
    got = slots(text)
    days = [{part[:3] for part in got.get(slot, ())} for slot in ("day_parts", "not_day_parts")]
    assert days == [wanted, excluded]


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        (
            "Op 20 november spraken we af dat er meer praktijk komt. Gastles kraan in februari",
            "period_from",
            "2027-02-01",
        ),
        ("We spraken op 3 november met Anna, gastles over honing in maart", "period_from", "2027-03-01"),
        ("On 12 November you told me about alumni. Mentor for a carpenter from January", "period_from", "2027-01-01"),
        ("BBL plek automonteur Hoogeveen", "kind", "bpv_place"),
        ("lunchlezing over cybercrime, 50 studenten", "kind", "guest_lesson"),
    ],
)
def test_what_was_agreed_and_other_names(text: str, slot: str, value: object) -> None:
    """A day on which something was said is over; more names of a place to work and of a lecture."""
    assert slots(text).get(slot) == value


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("gastles over hoe je een wond hecht", {"wond"}),
        ("gastles: laat zien hoe je een band plakt", {"band"}),
        ("gastles: laat zien hoe je een jurk naait", {"jurk"}),
        ("Mijn klas gaat een kippenhok bouwen, gastles timmeren", {"kippenhok", "timmeren"}),
        ("Onze docent lassen stopt. Wie kan hem opvolgen, 8 uur per week?", {"lassen"}),
        ("gastles breien, wie wil de studenten overtuigen", {"breien"}),
        ("Ik wil iets leren over fotograferen", {"fotograferen"}),
    ],
)
def test_what_is_done_at_the_end_of_a_clause_is_no_subject(text: str, topic: set[str]) -> None:
    """The verb that a clause ends with says what is done with a subject, unless it is of a trade or a name itself."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("gastles bloemschikken, vazen en scharen zijn er", {"bloemschikken"}),
        ("workshop grime, spiegels aanwezig", {"grime"}),
        ("gastles verbandleer, we hebben zelf zwachtels", {"verbandleer"}),
        ("Guest lesson on knitting, needles and wool are provided", {"knitting"}),
        ("gastles koken, schorten staan klaar", {"koken"}),
    ],
)
def test_what_stands_ready_is_no_subject(text: str, topic: set[str]) -> None:
    """Material that a class has already is not what a lesson is about."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Onze bakkerij in Sneek zoekt een stagiair banketbakker", {"banketbakker"}),
        ("Wij zijn een slagerij in Epe en hebben plek voor een leerling verkoper", {"verkoper"}),
        ("Garage in Oss zoekt stagiair autotechnicus", {"autotechnicus"}),
        ("We run a small clinic in Ede and have room for two trainee dental assistants", {"dental", "assistants"}),
        ("Onze slagerij in Epe heeft plek voor twee stagiairs", {"slagerij"}),
        ("Ik ben afgestudeerd als kok en kom graag een gastles geven over voedselallergie", {"voedselallergie"}),
        ("Ik werk als verpleger en ik werk bij een dialysecentrum, gastles over nierziekten", {"nierziekten"}),
    ],
)
def test_the_trade_of_who_asks_is_no_subject_beside_another(text: str, topic: set[str]) -> None:
    """A firm that asks for somebody of a trade, and what somebody is who offers to tell of something else."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("mentor voor een schilder die ons water aan de lippen staat", {"schilder"}),
        ("kijkje achter de schermen bij een drogist, gastles", {"drogist"}),
        ("gastles logistiek, iemand die zijn verhaal op papier heeft", {"logistiek"}),
        ("guest lesson on farming, a day in the life", {"farming"}),
        ("workshop zeefdrukken met tips en trucs", {"zeefdrukken"}),
        ("mentor bakker met een Poolse achtergrond", {"bakker"}),
        ("buddy voor een leerling die bang is voor honden, opleiding kapper", {"kapper"}),
    ],
)
def test_fixed_expressions_and_traits_are_no_subject(text: str, topic: set[str]) -> None:
    """An expression means nothing of what its words say; where somebody is from or is afraid of is who it is."""
    assert slots(text).get("topic") == topic


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kent iemand een oud-student uit de kas die iets over schimmels kan zeggen?", "guest_lesson"),
        ("Who can explain to our second-years how a brewery works", "guest_lesson"),
        ("Welke beroepen verdwijnen er in de grafische sector?", "regional_insight"),
        ("Wat moeten onze koks over tien jaar kunnen?", "regional_insight"),
        ("Zijn er bedrijven waar een student bloemsierkunst terecht kan?", "bpv_place"),
        ("She failed her placement at a hotel. Can a chef coach her?", "mentor"),
        ("De klas heeft moeite met feedback van klanten, gastles vormgeving", "guest_lesson"),
        ("Ik ben stagiair in Breda, gastles robotica", "guest_lesson"),
        ("Onze garage zoekt een leerling autotechniek", "bpv_place"),
        ("Zoek jij feedback op onze opleiding zorg? vragenlijst", "feedback"),
    ],
)
def test_kinds_that_nobody_names(text: str, kind: str) -> None:
    """What somebody can tell, which jobs go, where a student may work; a placement that has been is none."""
    assert slots(text).get("kind") == kind


@pytest.mark.parametrize(
    ("text", "slot", "number"),
    [
        ("cursus lassen voor iemand die al niveau 2 heeft", "level", None),
        ("welding course, I already have level 3", "level", None),
        ("gastles lassen niveau 2", "level", 2),
        ("Wij zijn een loonbedrijf met 9 man personeel, gastles trekkers", "students", None),
        ("guest lesson by a firm with 40 employees on sensors", "students", None),
        ("ambassadeurs open dag: drie van Zorg en twee van Techniek", "people", 5),
        ("netwerkborrel bouw, 25 plaatsen", "people", 25),
        ("gastles bouw, 25 stageplaatsen", "people", None),
    ],
)
def test_numbers_that_are_held_employed_or_in_parts(text: str, slot: str, number: int | None) -> None:
    """A level that somebody has and the staff of a firm are none; parts of a count add up."""
    assert slots(text).get(slot) == number


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("gastles solderen, nt online", "online", "no"),
        ("workshop dans, nt via teams", "online", "no"),
        ("gastles koken, nt op maandag", "not_day_parts", {"mon-morning", "mon-afternoon", "mon-evening"}),
        ("Gastspreker gez. over kassen, wo ocht", "day_parts", {"wed-morning"}),
        ("gastles dans, vr ocht of do ocht", "day_parts", {"fri-morning", "thu-morning"}),
        ("Gastspreker gez. over kassen", "topic", {"kassen"}),
        ("mentor gevr. voor student bouwkunde", "topic", {"bouwkunde"}),
        ("gastles NT2 in Zwolle", "topic", {"nt2"}),
    ],
)
def test_words_that_are_cut_short(text: str, slot: str, value: object) -> None:
    """A word of asking that is cut short says what the whole word does, and is no subject."""
    assert slots(text).get(slot) == value


@pytest.mark.parametrize(
    ("text", "slot", "number"),
    [
        ("cursus boekhouden, ik heb zelf niveau 2", "level", None),
        ("Training lassen in Goor, mijn diploma is niveau 2", "level", None),
        ("Ik zit nu op niveau 2 en zoek een stageplek als lasser in Goor", "level", 2),
        ("A course in plumbing please, I have a diploma at level 2", "level", None),
        ("Ik heb niveau 4 nodig voor een stage als kok", "level", 4),
        ("Ik heb een student niveau 3 die een stageplek zoekt", "level", 3),
        ("Ik werk momenteel 3 dagen per week als kapper en zoek een cursus visagie", "hours_per_week", None),
        ("I currently work 2 days a week, course in plumbing", "hours_per_week", None),
        ("Ik wil 2 dagen per week lesgeven in de zorg", "hours_per_week", 16),
        ("hybride docent metaal, 3 dagen, Almelo", "hours_per_week", 24),
        ("gastles metaal, 3 dagen, Almelo", "hours_per_week", None),
    ],
)
def test_what_somebody_has_or_works_is_no_wish(text: str, slot: str, number: int | None) -> None:
    """The level and the hours of whoever asks are not asked for; days of a teacher are those of a week."""
    assert slots(text).get(slot) == number


@pytest.mark.parametrize(
    ("text", "languages", "topic"),
    [
        ("gastles over Vlaamse gebarentaal", None, {"vlaamse", "gebarentaal"}),
        ("course in British sign language", None, {"british", "sign", "language"}),
        ("a course in English literature", None, {"english", "literature"}),
        ("talk about Polish food", None, {"polish", "food"}),
        ("guest lesson on baking in English", {"en"}, {"baking"}),
        ("gastles koken, in het Frans", {"fr"}, {"koken"}),
    ],
)
def test_a_language_in_the_name_of_a_subject(text: str, languages: set[str] | None, topic: set[str]) -> None:
    """A language that a subject is called after is none that is spoken in the lesson."""
    got = slots(text)
    assert got.get("languages") == languages
    assert got["topic"] == topic


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Talk on banking, any day is fine except Thursday", {"thu"}),
        ("guest lesson on cheese, we are closed on Fridays", {"fri"}),
        ("Onze zaak is op woensdag gesloten, stageplek kapper in Ede", {"wed"}),
        ("stageplek bakker, gesloten op maandag en dinsdag", {"mon", "tue"}),
        ("internship florist, the shop is shut on Mondays", {"mon"}),
    ],
)
def test_days_on_which_a_firm_is_shut(text: str, days: set[str]) -> None:
    """A day on which somebody is closed or away is excluded."""
    got = slots(text)
    assert got.get("not_day_parts") == {f"{day}-{part}" for day in days for part in ("morning", "afternoon", "evening")}
    assert "day_parts" not in got


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Hi, my name is June de Wit, guest lesson on wine", None),
        ("Hi, I'm May. Guest lesson on law", None),
        ("gastles over mode, groetjes, June", None),
        ("I am looking for a mentor in June", "2027-06-01"),
        ("Guest lesson on law, thanks, 4 May", "2027-05-04"),
    ],
)
def test_a_name_that_is_a_month_too(text: str, period: str | None) -> None:
    """Whoever introduces herself as June or signs so names no month."""
    assert slots(text).get("period_from") == period


@pytest.mark.parametrize(
    ("text", "unwanted", "topic"),
    [
        ("gastspreker, geen leraar maar iemand uit de zuivel, over kaas", None, "kaas"),
        ("a talk on masonry, no teacher but someone from a building site", None, "masonry"),
        ("liever geen docent, mentor kapper", {"docent"}, "kapper"),
        ("We hebben al een kok en een bakker, dus niet weer die. Gastles slager", {"kok", "bakker"}, "slager"),
        ("open dag: we hebben al een kapper, dus die niet meer, wel een visagist", {"kapper"}, "visagist"),
        ("Voor de open dag hebben we al een kapper, nu nog een visagist", None, "visagist"),
        ("we already have a nurse, guest lesson on midwifery", None, "midwifery"),
    ],
)
def test_who_is_sought_instead_and_who_is_there(text: str, unwanted: set[str] | None, topic: str) -> None:
    """`geen docent maar iemand` says who is sought; one who is there already is unwanted only where that is said."""
    got = slots(text)
    assert got.get("not_topic") == unwanted
    assert topic in got["topic"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("internship nurse in the hague", "Den Haag"),
        ("mentor for a cook, The Hague", "Den Haag"),
        ("alumni event in Flushing, March", "Vlissingen"),
        ("guest lesson on logistics, Hook of Holland", "Hoek van Holland"),
        ("guest lesson on flushing toilets", None),
        ("iemand uit Best die vertelt over dakdekken", "Best"),
    ],
)
def test_english_names_and_where_somebody_is_from(text: str, place: str | None) -> None:
    """English names of Dutch towns, and a town with a capital behind `iemand uit`."""
    assert slots(text).get("place") == place


@pytest.mark.parametrize(
    ("text", "kind", "topic"),
    [
        ("nabellen oud-leerlingen zorg van vorig jaar", "aftercare", {"zorg"}),
        ("We want to keep in touch with our graduates in tourism", "aftercare", {"tourism"}),
        ("bpv beschermd wonen Drenthe", "bpv_place", {"beschermd", "wonen"}),
        ("gastles over begeleid werken", "guest_lesson", {"begeleid", "werken"}),
        ("LLO: cursus haccp voor koks", None, {"haccp", "koks"}),
        ("Which jobs are there for bakers in Friesland?", "regional_insight", {"bakers"}),
        ("een alumnus die in de zuivel werkt, voor 18 tweedejaars", "guest_lesson", {"zuivel"}),
        ("kapper die nu eigen baas is, gastles", "guest_lesson", {"kapper"}),
        ("Ik werk nu als kassier bij een bouwmarkt en zoek een cursus loodgieter", None, {"loodgieter"}),
        ("gastles zorg voor internationale studenten", "guest_lesson", {"zorg"}),
        ("gastles internationale handel", "guest_lesson", {"internationale", "handel"}),
        ("En werk inmiddels 5 jaar als machinist, gastles", "guest_lesson", {"machinist"}),
    ],
)
def test_verbs_and_headings_that_are_no_subject(text: str, kind: str | None, topic: set[str]) -> None:
    """Keeping in touch, a heading, the present work of whoever asks, and those who listen are no subject."""
    got = slots(text)
    assert (got.get("kind"), got.get("topic")) == (kind, topic)


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("gastles techniek 8 december om 9.15, koffie om 8.30", "moments", {"2026-12-08 09:15"}),
        ("Guest lesson 8 December at 10.00, coffee is served at 9.30", "moments", {"2026-12-08 10:00"}),
        ("Kan er iemand langskomen? De vorige spreker zegde af 😬 27 studenten", "students", 27),
        ("meisjesgroep van 14, gastles techniek", "students", 14),
        ("workshop fotografie op 4 december, 's middags", "day_parts", {"fri-afternoon"}),
        ("gastles dans as donderdag, 's avonds", "day_parts", {"thu-evening"}),
    ],
)
def test_times_of_coffee_and_counts_behind_a_sign(text: str, slot: str, value: object) -> None:
    """Coffee is no lesson; a sign ends a sentence; a part of a day is of the one day that is named."""
    assert slots(text).get(slot) == value
