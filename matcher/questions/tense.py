"""Clauses of a question, and whether one tells of what has been: `zij stopte in maart`, `heeft in Groningen gestudeerd`."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.questions.words import EMOJI, Pattern, Span, Text

_BORDER = Pattern(
    rf"[.!?;:,\n(){EMOJI}]|\s-\s|\b(?:maar|dus|want|nu|daarom|daarna|but|so|now|therefore)\b"
    r"|\b(?:en|and)\s(?=(?:ik|we|wij|hij|zij|ze|nu|dus|wil|wilt|willen|zoek\w*|vraag|need|needs|want|wants|would|i|you|they|he|she|is|are|has|have|now|kan|kunnen|moet|heeft|heb|hebben)\b)"
)
_SIMPLE = Pattern(
    r"\b(?:ging|gingen|kwam|kwamen|deed|deden|had|hadden|was|waren|werd|werden|liep|liepen|begon|stopte|stopten|vertrok|vertrokken|verliet|slaagde|slaagden|haalde|haalden|startte|startten"
    r"|spraken|besprak|bespraken|belden|mailden|zagen|volgde|volgden|studeerden|verhuisden|besloot|vertelde|vertelden|zei|zeiden|overlegden|verliep|verliepen|overlegde"
    r"|gaf|gaven|zaten|stond|stonden|kreeg|kregen|bleek|viel|vielen|duurde|duurden|trok|studeerde|werkte|werkten|leerde|vroeg|belde|mailde|bezocht|bezochten|organiseerden?|hield|hielden"
    r"|zag|zagen|sprak|gebeurde|mislukte|verhuisde|woonde|woonden|overleed|rondde|verloor|bleef|bleven"
    r"|left|finished|graduated|started|began|quit|stopped|dropped|were|held|went|came|moved|lost|ended|happened|passed|completed|taught|gave|got|failed|joined|lived|studied|trained|grew)\b"
)
_HELPING = Pattern(r"\b(?:heeft|hebben|heb|hebt|is|zijn|ben|has|have|had|was|were|waren|hadden)\b")
_DONE = Pattern(
    r"\b(?:gestudeerd|gewoond|gewerkt|gedaan|gezeten|gelopen|gehad|gehaald|behaald|afgerond|geslaagd|afgestudeerd|gestopt|begonnen|gestart|opgegroeid|geboren|vertrokken|verhuisd|uitgevallen"
    r"|weggegaan|ontslagen|geweest|gekregen|gezien|gevolgd|studied|graduated|finished|worked|lived|been|done|dropped|quit|started|trained|grown|born|raised|left)\b"
)
_WISHED = Pattern(
    r"\b(?:graag|willen|wil|wilt|zoek\w*|would|could|should|like|gezocht|hopen|hoop|hoping|wondering|benieuwd|looking|dacht\w*|gedacht\w*|idee|mind|voorkeur|van plan|plan|plannen|gepland|zou|zouden"
    r"|nodig|needed|geprikt|gereserveerd|gekozen|verzet|verplaatst|verschoven|afgesproken|vastgelegd|moved to|planned|scheduled|moest|moesten|komt|komen)\b"
)


def clause_at(text: Text, span: Span) -> Span:
    """The clause with this piece: between marks, and joining words that begin another clause."""
    start, end = text.sentence_at(span[0])
    for match in _BORDER.finditer(text.plain, start, span[0]):
        start = match.end()
    stop = _BORDER.search(text.plain, span[1], end)
    return start, stop.start() if stop else end


def clauses(text: Text) -> Iterator[Span]:
    """All clauses, in order."""
    start = 0
    for match in _BORDER.finditer(text.plain):
        yield start, match.start()
        start = match.start()
    yield start, len(text.plain)


def has_been(text: Text, span: Span) -> bool:
    """Whether the clause of this piece is of the past, and wishes nothing."""
    return is_past(text, clause_at(text, span))


def is_past(text: Text, clause: Span) -> bool:
    """Whether a clause is of the past, and wishes nothing."""
    if _WISHED.search(text.plain, *clause):
        return False
    if _SIMPLE.search(text.plain, *clause):
        return True
    return bool(_HELPING.search(text.plain, *clause) and _DONE.search(text.plain, *clause))
