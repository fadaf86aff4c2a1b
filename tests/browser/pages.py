"""An address for every page, and who opens it: tests that are about all pages take them from here."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.policy import Role

NO_CODE = "x" * 32
"""A secret that no link has."""
ASKED = "/zoeken?q=gastles+wondzorg+dinsdagmiddag+Zwolle"
TILTED = "/advies/Noord/A-2?prijs=90&avond=60&was=50.0.50.0.0"
EXAMPLES: Mapping[str, tuple[Role, tuple[str, ...]]] = {
    "/": (Role.COORDINATOR, ("/",)),
    "/alumni": (Role.COORDINATOR, ("/alumni",)),
    "/zoeken": (Role.TEACHER, ("/zoeken", "/zoeken?q=", ASKED)),
    "/zoeken/waarom": (Role.COORDINATOR, (ASKED.replace("?", "/waarom?") + "&kandidaat=A-1&kandidaat_school=Noord",)),
    "/zoeken/vergelijk": (
        Role.COORDINATOR, (ASKED.replace("?", "/vergelijk?") + "&kies=A-1%0ANoord&kies=A-2%0ANoord",),
    ),
    "/aanvragen/{request_id}/vergelijk": (
        Role.COORDINATOR, ("/aanvragen/R-1/vergelijk?kies=A-1&kies=A-2", "/aanvragen/R-1/vergelijk"),
    ),
    "/aanvragen": (Role.TEACHER, ("/aanvragen", "/aanvragen?van=school")),
    "/aanvraag-maken": (Role.TEACHER, ("/aanvraag-maken",)),
    "/aanvraag-wijzigen/{request_id}": (Role.TEACHER, ("/aanvraag-wijzigen/R-1",)),
    "/aanvragen/{request_id}": (Role.TEACHER, ("/aanvragen/R-1", "/aanvragen/R-99")),
    "/aanvragen/{request_id}/uitnodiging": (
        Role.COORDINATOR, ("/aanvragen/R-1/uitnodiging?alumnus=A-1&alumnus_school=Noord&school=Noord",),
    ),
    "/aanvragen/{request_id}/samen": (Role.COORDINATOR, ("/aanvragen/R-1/samen",)),
    "/aanvragen/{request_id}/ja": (Role.TEACHER, ("/aanvragen/R-1/ja",)),
    "/aanbod": (Role.PARTNER, ("/aanbod",)),
    "/wensen": (Role.PARTNER, ("/wensen",)),
    "/aanbod-maken": (Role.PARTNER, ("/aanbod-maken",)),
    "/aanbod-wijzigen/{offering_id}": (Role.PARTNER, ("/aanbod-wijzigen/C-99",)),
    "/aanbod/{offering_id}/helpt": (Role.PARTNER, ("/aanbod/C-99/helpt",)),
    "/advies": (Role.ADVISER, ("/advies", "/advies?nummer=Z-1")),
    "/advies/{school}/{alumnus_id}": (Role.ADVISER, ("/advies/Noord/A-2", "/advies/Noord/A-2?for=requests", TILTED)),
    "/advies/{school}/{alumnus_id}/lijst": (Role.ADVISER, ("/advies/Noord/A-2/lijst",)),
    "/waarom": (Role.COORDINATOR, ("/waarom", "/waarom?vraag=R-1&kandidaat=A-2", "/waarom?vraag=R-1&kandidaat=A-6")),
    "/beoordelen": (Role.COORDINATOR, ("/beoordelen",)),
    "/plan": (Role.COORDINATOR, ("/plan",)),
    "/proefvlucht": (Role.COORDINATOR, ("/proefvlucht",)),
    "/balans": (Role.COORDINATOR, ("/balans", "/balans?toon=nooit", "/balans?toon=nooit&kan=ja&tot=2020")),
    "/balans/groepen": (Role.COORDINATOR, ("/balans/groepen",)),
    "/balans/alumnus": (Role.COORDINATOR, ("/balans/alumnus?wie=A-2",)),
    "/nazorg": (Role.ADVISER, ("/nazorg", "/nazorg?toon=bezwaar")),
    "/nazorg/alumnus": (Role.ADVISER, ("/nazorg/alumnus?wie=A-2",)),
    "/nazorg/helpt": (Role.ADVISER, ("/nazorg/helpt?wie=A-2",)),
    "/cijfers": (Role.COORDINATOR, ("/cijfers",)),
    "/cursussen": (Role.ALUMNUS, ("/cursussen", "/cursussen?woorden=x")),
    "/toestemming": (Role.COORDINATOR, ("/toestemming",)),
    "/toestemming/gegevens": (Role.COORDINATOR, ("/toestemming/gegevens",)),
    "/toestemming/deur/{code}": (Role.COORDINATOR, (f"/toestemming/deur/{NO_CODE}",)),
    "/inlezen": (Role.COORDINATOR, ("/inlezen",)),
    "/inlezen/{id}": (Role.COORDINATOR, ("/inlezen/none",)),
    "/inlezen/{id}/ongedaan": (Role.COORDINATOR, ("/inlezen/none/ongedaan",)),
    "/dubbelen": (Role.COORDINATOR, ("/dubbelen",)),
    "/dubbelen/vergelijk": (Role.COORDINATOR, ("/dubbelen/vergelijk?een=A-1&twee=A-2&school=Noord",)),
    "/vaardigheden": (Role.COORDINATOR, ("/vaardigheden", "/vaardigheden?woord=zorg")),
    "/velden": (Role.COORDINATOR, ("/velden",)),
    "/velden/weg": (Role.COORDINATOR, ("/velden/weg?veld=Rijbewijs",)),
    "/segmenten": (Role.COORDINATOR, ("/segmenten",)),
    "/segmenten/{id}": (Role.COORDINATOR, ("/segmenten/none",)),
    "/segmenten/bericht/{id}": (Role.COORDINATOR, ("/segmenten/bericht/none",)),
    "/terugkoppeling": (Role.COORDINATOR, ("/terugkoppeling",)),
    "/antwoorden": (Role.COORDINATOR, ("/antwoorden",)),
    "/inrichten": (
        Role.COORDINATOR,
        ("/inrichten", *(f"/inrichten?stap={step}" for step in ("areas", "binding", "rhythm", "privacy"))),
    ),
    "/programma": (Role.COORDINATOR, ("/programma",)),
    "/log": (Role.PRIVACY_OFFICER, ("/log", "/log?rol=teacher&van=2027-01-01", "/log?wat=login")),
    "/log/{number}": (Role.PRIVACY_OFFICER, ("/log/1",)),
    "/log/{number}/opnieuw": (Role.PRIVACY_OFFICER, ("/log/1/opnieuw",)),
    "/log/{number}/opnieuw/{place}": (Role.PRIVACY_OFFICER, ("/log/1/opnieuw/1",)),
    "/rapport": (Role.PRIVACY_OFFICER, ("/rapport",)),
    "/post": (Role.ADMINISTRATOR, ("/post",)),
    "/toegang": (Role.ADMINISTRATOR, ("/toegang",)),
    "/bronnen": (Role.ADMINISTRATOR, ("/bronnen",)),
    "/bronnen/{number}": (Role.ADMINISTRATOR, ("/bronnen/1",)),
    "/bronnen/{number}/weg": (Role.ADMINISTRATOR, ("/bronnen/1/weg",)),
    "/back-ups": (Role.ADMINISTRATOR, ("/back-ups",)),
    "/instellingen": (Role.ADMINISTRATOR, ("/instellingen",)),
    "/toestand": (Role.ADMINISTRATOR, ("/toestand",)),
    "/hulp": (Role.TEACHER, ("/hulp",)),
    "/hulp/begrippen": (Role.TEACHER, ("/hulp/begrippen",)),
    "/hulp/api": (Role.TEACHER, ("/hulp/api",)),
    "/hulp/{role}": (Role.TEACHER, ("/hulp/alumnus", "/hulp/none")),
    "/sessies": (Role.PLACEMENT, ("/sessies", "/")),
    "/mij": (Role.ALUMNUS, ("/mij", "/mij?gedaan=toestemming-ja&terug-doel=mentor&terug-geef=false")),
    "/mij/toestemming": (Role.ALUMNUS, ("/mij/toestemming",)),
    "/mij/gegevens": (Role.ALUMNUS, ("/mij/gegevens",)),
    "/mij/vaardigheden": (Role.ALUMNUS, ("/mij/vaardigheden",)),
    "/mij/gebruik": (Role.ALUMNUS, ("/mij/gebruik",)),
    "/mij/lijsten": (Role.ALUMNUS, ("/mij/lijsten",)),
    "/mij/lijsten/waarom": (Role.ALUMNUS, ("/mij/lijsten/waarom?vraag=R-1&school=Noord",)),
    "/mij/lijst": (Role.ALUMNUS, ("/mij/lijst",)),
    "/mij/gesprek": (Role.ALUMNUS, ("/mij/gesprek",)),
    "/mij/stoppen": (Role.ALUMNUS, ("/mij/stoppen",)),
    "/mij/wissen": (Role.ALUMNUS, ("/mij/wissen",)),
    "/vragen-over-lijsten": (Role.COORDINATOR, ("/vragen-over-lijsten",)),
    "/vragen-over-lijsten/{number}": (Role.COORDINATOR, ("/vragen-over-lijsten/1",)),
    "/mij/verbeter": (Role.ALUMNUS, ("/mij/verbeter?veld=function",)),
    "/mij/eigen": (Role.ALUMNUS, ("/mij/eigen?veld=Rijbewijs",)),
    "/mij/advies": (Role.ALUMNUS, ("/mij/advies", "/mij/advies?for=requests")),
    "/mij/advies/waarom": (Role.ALUMNUS, ("/mij/advies/waarom?for=offerings&top=10&kandidaat=C-1",)),
    "/mij/agenda": (Role.ALUMNUS, ("/mij/agenda",)),
    "/inloggen": (Role.VISITOR, ("/inloggen",)),
    "/inloggen/eduid": (Role.VISITOR, ("/inloggen/eduid",)),
    "/inloggen/koppelen": (Role.ALUMNUS, ("/inloggen/koppelen",)),
    "/inloggen/link/{code}": (Role.VISITOR, (f"/inloggen/link/{NO_CODE}",)),
    "/antwoord/{code}": (Role.VISITOR, (f"/antwoord/{NO_CODE}",)),
    "/welkom/{code}": (Role.VISITOR, (f"/welkom/{NO_CODE}",)),
    "/klopt/{code}": (Role.VISITOR, (f"/klopt/{NO_CODE}",)),
    "/vijf-vragen/{code}": (Role.VISITOR, (f"/vijf-vragen/{NO_CODE}",)),
    "/kom-erbij/{code}": (Role.VISITOR, (f"/kom-erbij/{NO_CODE}",)),
    "/kom-erbij/bevestig/{code}": (Role.VISITOR, (f"/kom-erbij/bevestig/{NO_CODE}",)),
    "/stoppen/{code}": (Role.VISITOR, (f"/stoppen/{NO_CODE}",)),
}  # fmt: skip
"""By the address of a route. What has to be made first is here as the page that says that it is not there.

The pages of eduID as they are with a login service: `test_eduid.py`.
"""
NO_PAGES = frozenset(
    {
        "/aanvragen/{request_id}/agenda.ics",
        "/metrics", "/thema/{name}", "/inloggen/school", "/inloggen/terug", "/mij/gegevens.json", "/mij/vum.json",
        "/agenda/{code}.ics", "/inlezen/{id}/opmerkingen.xlsx", "/inlezen/leeg/{kind}",
        "/toestemming/deur/{code}/qr.svg", "/cursussen/{course_id}", "/wensen/{draft_id}",
    }
)  # fmt: skip
"""Files, what is no page for people, and pages that are closed unless a setting or another login service opens them."""
