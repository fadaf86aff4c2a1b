"""Where the cosines of related and unrelated texts lie, for `models/calibration.json`. Sentences are invented.

    .venv/bin/python benchmarks/calibration.py [MODEL]

For each field: what a school asks, what somebody who fits says, and a course that fits. Texts of one field are
related, of two fields unrelated. Printed: quantiles of both, and the cosine at which a pair is as likely one as the
other, which gets the value 0.5.
"""

from __future__ import annotations

import sys

import numpy as np

from models.encoder import SentenceTransformerEncoder
from models.folder import DEFAULT

FIELDS = (
    (
        "Gastles over wondzorg voor tweedejaars verzorgende. Wie vertelt hoe je een wond beoordeelt en verbindt?",
        "Ik werk in de wijk en doe elke dag wondverzorging en steunkousen. wijkverzorgende; wondzorg; medicatie",
        "Cursus complexe wonden: beoordelen, reinigen en verbinden. Voor verzorgenden en verpleegkundigen.",
    ),
    (
        "Wie laat eerstejaars zien hoe je MIG/MAG last en wat er in een werkplaats komt kijken?",
        "Lasser bij een constructiebedrijf, ik las vooral rvs en staal en lees tekeningen. lassen; mig/mag; tig",
        "Lassen TIG niveau 2, met examen en certificaat.",
    ),
    (
        "Gezocht: kok die iets kan vertellen over werken in een drukke keuken en mise-en-place.",
        "Sous-chef in een restaurant, ik maak de kaart en begeleid leerlingen in de keuken. koken; haccp",
        "Patisserie voor koks: desserts, deeg en chocolade.",
    ),
    (
        "Mentor gevraagd voor een student ICT-beheer die vastloopt in zijn stage.",
        "Ik ben systeembeheerder bij de gemeente, ik doe netwerken, servers en de helpdesk. windows server; netwerken",
        "Cloudbeheer met Azure voor beheerders.",
    ),
    (
        "Voor onze klas pedagogisch werk: hoe ga je om met druk gedrag in de groep op de kinderopvang?",
        "Pedagogisch medewerker op een peutergroep, ik heb veel ervaring met kinderen die extra zorg nodig hebben.",
        "Training omgaan met opvallend gedrag van jonge kinderen.",
    ),
    (
        "Stageplaats gezocht voor een student installatietechniek die met warmtepompen wil werken.",
        "Servicemonteur cv en warmtepompen, rijd de hele regio door. installatie; elektrisch schema; koudetechniek",
        "Warmtepompen installeren en in bedrijf stellen.",
    ),
    (
        "Ambassadeur voor de open dag van de opleiding hovenier.",
        "Ik heb een eigen hoveniersbedrijf en leg tuinen en bestrating aan. snoeien; bestraten; beplantingsplan",
        "Groene daken en gevels aanleggen.",
    ),
    (
        "Feedback op ons lesprogramma voor kapper: sluit het aan op de salon?",
        "Kapster sinds 2009, knippen, kleuren en bruidskapsels, ik leid ook stagiaires op.",
        "Kleurtechnieken: balayage en highlights.",
    ),
    (
        "Hoe verandert het werk van de vrachtwagenchauffeur in onze regio? Wie praat ons bij?",
        "Chauffeur internationaal transport en nu planner. rijbewijs CE; code 95; laden en lossen",
        "Code 95: veilig laden en zekeren.",
    ),
    (
        "Hybride docent gezocht voor boekhouden en btw bij de opleiding financiële administratie.",
        "Ik werk als assistent-accountant, doe aangiften en jaarrekeningen. boekhouden; exact; excel",
        "Excel voor de financiële administratie.",
    ),
)


def main(name: str) -> None:
    """Prints the distributions and the points."""
    encoder = SentenceTransformerEncoder(name)
    texts = [text for field in FIELDS for text in field]
    vectors = encoder.encode(texts).astype(np.int64)
    cosines = vectors @ vectors.T / encoder.scale.factor**2
    field = np.repeat(np.arange(len(FIELDS)), len(FIELDS[0]))
    above = np.triu(np.ones_like(cosines, dtype=bool), 1)
    related = np.sort(cosines[above & (field[:, None] == field)])
    unrelated = np.sort(cosines[above & (field[:, None] != field)])
    for label, values in (("related", related), ("unrelated", unrelated)):
        quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        print(f"{label:10} n={len(values):4}  5 25 50 75 95 %: " + " ".join(f"{value:.2f}" for value in quantiles))
    cuts = np.linspace(0, 1, 201)
    balance = [(related < cut).mean() - (unrelated >= cut).mean() for cut in cuts]
    print(f"as likely related as not (equal error rates): {cuts[int(np.argmin(np.abs(balance)))]:.2f}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
