"""Fits the map from cosine to similarity for an encoder, and writes it into its folder. Sentences are invented.

    python -m models.calibrate [FOLDER]

For each field: what a school asks, what somebody who fits says, and a course that fits. Texts of one field are
related, of two fields unrelated. A logistic regression with both classes counted alike gives the chance that a pair is
related, so 0.5 means the same for each encoder. It is regularised: on few clear examples it would else be a step,
and good and very good would look the same. Printed: quantiles of both classes, and the points.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import artefact, calibration
from models import folder as folders
from models.encoder import opened

SLOPE = 0.02
"""Share of a straight line in the map: far from the middle it then still rises."""
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


def cosines_of(name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Cosines of all pairs of FIELDS, shape (pairs,), and whether both texts are of one field. Raises EncoderError."""
    encoder = opened(name)
    vectors = encoder.encode([text for field in FIELDS for text in field]).astype(np.int64)
    cosines = vectors @ vectors.T / encoder.scale.factor**2
    field = np.repeat(np.arange(len(FIELDS)), len(FIELDS[0]))
    above = np.triu(np.ones_like(cosines, dtype=bool), 1)
    return cosines[above], (field[:, None] == field)[above]


def fitted(cosines: NDArray[np.float64], related: NDArray[np.bool_]) -> calibration.Points:
    """Points (cosine, similarity) of the fitted map, strictly rising from (-1, 0) to (1, 1)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(class_weight="balanced").fit(cosines[:, None], related)
    places = np.round(np.concatenate([[-1, -0.3], np.arange(-0.2, 0.9, 0.05), [1]]), 2)
    chance = model.predict_proba(places[:, None])[:, 1]
    chance = (chance - chance[0]) / (chance[-1] - chance[0])
    values = (1 - SLOPE) * chance + SLOPE * (places + 1) / 2
    return tuple(zip(places.tolist(), np.round(values, 4).tolist(), strict=True))


def calibrate(name: str) -> None:
    """Fits, prints and writes. Raises ConfigurationError or EncoderError where there is no such encoder."""
    cosines, related = cosines_of(name)
    for label, values in (("related", cosines[related]), ("unrelated", cosines[~related])):
        quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        line = f"{label:10} n={len(values):4}  5 25 50 75 95 %: " + " ".join(f"{value:.2f}" for value in quantiles)
        print(line)  # noqa: T201 - a command line
    points = fitted(cosines, related)
    print(" ".join(f"{cosine:g}:{value:.3f}" for cosine, value in points))  # noqa: T201
    folder = folders.find(name)
    calibration.write(folder, points)
    if artefact.ours(folder):
        artefact.seal(folder)


if __name__ == "__main__":
    calibrate(str(Path(sys.argv[1])) if len(sys.argv) > 1 else folders.DEFAULT)
