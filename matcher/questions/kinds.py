"""The kind of a question, from the words for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from matcher.domain.kinds import RequestKind
from matcher.questions.names import named_pairs
from matcher.questions.tense import clause_at, is_past
from matcher.questions.words import Pattern, Span, Text, is_general

_OLD = r"(?:oud-? ?(?:student|leerling|studente|cursist)(?:en|es)?|alumn(?:us|a|i)|afgestudeerde[n]?|gediplomeerde[n]?|ex-? ?student(?:en)?|former students?|graduates?|schoolverlater[s]?)"
_WORDS: tuple[tuple[RequestKind, int, str], ...] = (
    (
        RequestKind.GUEST_LESSON,
        3,
        r"gast-? ?(?:les(?:sen|je|jes)?|spreker[s]?|spreekster|docent(?:en)?|college[s]?)|gastlessen\w*|gastl|guest (?:lessons?|speakers?|lectures?|lecturers?|talks?|teachers?|class|workshop)|als gast|masterclass|(?:lunch|avond|thema|mini|middag)?-?lezing",
    ),
    (
        RequestKind.GUEST_LESSON,
        2,
        r"work?sho?p(?:s|je)?|clinic|demonstratie geven|presentatie(?:s)?(?! van)|(?:verhaal|praatje|talk) (?:houden|geven)|guest|spreker[s]?|speaker[s]?|les (?:komen )?geven",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"[a-z]+workshops?|[a-z]+-workshops?|[a-z]+clinic|(?:kom(?:en|t)?|langs)(?: \w+){0,2} praten|praktijkverhaal|les(?:je)? over|langskom(?:en|t)|langs (?:te )?kom(?:en|t)|vertel(?:t|d|len|ld)|verteltt|vertelen|(?:kom(?:t|en)?|komt) \w*\s?\w*\s?(?:uitleggen|laten zien)|uitleggen|toelichten|in (?:de|mijn|onze|m'n|een) (?:klas|les)|(?:talk|speak) (?:to|about|with) (?:my|our)|tell(?:ing)? (?:my|our|us|about)|talk about|come (?:and |to )?(?:talk|tell|speak)|verhaal (?:doen|vertellen)|(?:classroom|class|online|short|guest|inspiring) talks?|talks? (?:by|for|from|on)|(?:a|an) talk|demo(?:'s)? (?:in|voor|for|geven|at)|classroom visit",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"(?:voor|tijdens) (?:(?:mijn|m'n|onze|een|de|my|our|a) )?(?:\w+ )?(?:les|lessen|lesje|lesblok|lesuur|lesson|lessons)|(?:iets|wat) (?:kan|komt|wil|kunnen|komen|willen|zinnigs|te)?\s?(?:\w+ )?(?:zeggen|doen) over|laat (?:\w+ ){0,3}zien|laten (?:\w+ ){0,3}zien|zien (?:hoe|wat|waarom)|laten proeven|demonstre\w+|(?:praat|praten|spreekt|spreken|klappen|spreker) over|(?:komen|komt|kom) (?:spreken|klappen|babbelen|praten)|langs (?:\w+ ){0,3}komen|meenemen in de wereld|verhaal (?:van|over)|teach (?:my|our) (?:[\w-]+ ){0,2}(?:students|class|group|pupils)|onderwerp van mijn les|inspire (?:my|our)|(?:come|came|pop|drop) (?:by|in|over)|show (?:my|our|us)|visit (?:my|our|us)|(?:iemand|vervanging|nodig) voor (?:de |een )?les",
    ),
    (RequestKind.GUEST_LESSON, 1, r"^les(?= (?!geven|gever|nemen))"),
    (
        RequestKind.HYBRID_TEACHER,
        4,
        r"hybride (?:docent|leraar|leerkracht|lera)\w*|hybrid (?:teach\w+|lecturers?|instructors?)|hybride(?=\s?(?:dus|graag|aanstelling|constructie|functie|baan|[.,;!?)]|$))|zij-? ?instro\w+|(?:parttime|part-time|part time|deeltijd|flexibele|betaalde|invallende|tijdelijke)\s?-?(?:docent|leraar|teacher|lecturer|leerkracht|instructeur|praktijkdocent)\w*|invaldocent\w*|vervangende docent|deeltijd\w* lesgeven|docentschap|carriereswitch|vakdocent (?:gezocht|nodig)|lesgeven als bijbaan",
    ),
    (
        RequestKind.HYBRID_TEACHER,
        3,
        r"(?:per week|in de week|p/?w)[^.]{0,40}(?:voor de klas|lesgeven|les geven|les te geven|lessen geven|doceren|teach\w*)|(?:\bgeven)[^!;]{0,40}(?:per week|in de week|p/?w)|(?:voor de klas|lesgeven|les geven|doceren|teach\w*)[^.]{0,40}(?:per week|in de week|p/?w|a week)|betaald[^.]{0,30}voor de klas|voor de klas (?:wil )?(?:staan|staat|komen staan)|betaald (?:lesgeven|lessen)|docent(?:e)?\b[^.,;!?]{0,40}?\b(?:gezocht|nodig|gevraagd|worden)|teacher[^.,;!?]{0,30}? (?:needed|wanted)|teacher (?:needed|wanted)|(?:lesgever|lesgeefster|instructeur|vakleerkracht)(?: \w+)? (?:gezocht|gevraagd|nodig|voor)|(?:zoek\w*|vacature|gevraagd|gezocht):? (?:een |naar een )?(?:\w+ )?(?:lesgever|instructeur|vakleerkracht)|vervang(?:er|ing|ster) (?:voor|van) (?:de|een|onze|mijn) (?:\w+ )?docent|(?:lessen|vak|uren|module|klas)\b[^.!?;]{0,40} over(?:nemen|neemt|te nemen)|take over (?:my|our|the)|praktijkdocent|instructeur praktijk|vakdocent|vacature (?:voor )?docent",
    ),
    (
        RequestKind.MENTOR,
        3,
        r"(?<!ben )(?<!als )(?<!hun )(?<!de )(?<!mijn )(?<!onze )mentor(?:en|s|aat|ing|schap)?|mentor (?:gezocht|voor|nodig)|als mentor|buddy'?s?|buddies|maatje[s]?|meeloopmaatje|coach (?:gezocht|nodig|voor)|coachen|(?:om|te|kan|wil|kunnen|willen|een) (?:\w+ ){0,4}(?:begeleiden|coachen)|begeleid(?:en|t) van (?:een )?student|rolmodel|role model|een coach|als coach|job coach|loopbaancoach",
    ),
    (RequestKind.MENTOR, 2, r"\bcoach\b|begeleiding|begeleid(?:en|t)|onder (?:zijn|haar|de) vleugels|mentor"),
    (
        RequestKind.NETWORK_EVENT,
        3,
        r"netwerk-? ?(?:borrel|bijeenkomst|event|evenement|avond|middag|lunch|ontbijt|diner|dag)\w*|alumni-? ?(?:avond|borrel|bijeenkomst|dag|event|middag|diner|feest|reunie)\w*|reunie\w*|speed-? ?dat\w+|networking(?: \w+)?|(?:komen |te |samen )netwerken|netwerken met|network(?:ing)? (?:event|drinks|evening|lunch)|bedrijvenmarkt|borrel|alumni (?:event|evening|drinks|reunion|meetup|night)|(?:class )?reunion|meet ?(?:&|and) ?greet|meet-?up",
    ),
    (
        RequestKind.BPV_PLACE,
        3,
        r"stage-? ?(?:plek|plaats|adres|bedrijf|plekje)\w*|bpv-? ?(?:plaats|plek|adres|bedrijf|stage)\w*|leer-?werk-?(?:plek|plaats|baan|bedrijf|traject)\w*|leerba(?:an|nen)|leerbedrij(?:f|ven)|stagiaire?s?|internships?|(?:work )?placements?|apprenticeships?|traineeships?|praktikumsplatz|praktikum|praktijkplek|stage lopen|stage (?:gezocht|nodig|voor|bij|in)|zoek\w* (?:een )?stage|trainee",
    ),
    (
        RequestKind.BPV_PLACE,
        1,
        r"bpv(?!-)|werkplek(?:ken)?|stages?|(?:bbl|bol)[ -]?(?:plek(?:ken)?|plaats(?:en)?)|(?:bbl|bol)-?(?:leerling|student|kandidaat|traject)(?:en)?|zonder (?:een )?(?:leer|werk)?plek(?:ken)?|plek(?:ken)? (?:voor|voor een|voor onze) (?:\d+ |\w+ )?(?:student\w*|leerling\w*|stud)|leerplek(?:ken)?|praktikant\w*|praktijkstage|snuffelstage",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        3,
        r"arbeidsmarkt\w*|adviesraad|werkveld-? ?(?:commissie|adviesraad|overleg|raad|bijeenkomst)|beroepenveldcommissie|regionale? (?:ontwikkelingen|arbeidsmarkt|trends|kennis|behoefte|werkveld)|ontwikkelingen (?:in|binnen|op|rond|van)|labou?r market|job market|advisory (?:board|council|committee|group)|industry (?:advisory|developments|trends|panel)|trends (?:in|binnen)|branchekennis|klankbordgroep|wat (?:er )?speelt (?:er )?(?:in|bij|op|rond)|regional (?:insight|developments|knowledge|trends)|curriculumcommissie|werkgelegenheid|baankansen|(?:hoe zit het met|hoe is het met|hoe staat het met) (?:de |het )?(?:banen|werk|vraag|personeel)|tekorten? (?:aan|in|op)|vraag naar personeel|in gesprek met (?:jonge )?vakmensen|sparren over de (?:branche|toekomst)",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        2,
        r"ontwikkelingen|trends(?= (?:[\w-]+ ){1,2}(?:in|regio|provincie)\b)|input(?= (?:van|voor|op|for|from)\b[^.!?]{0,60}?\b(?:opleidingsplan|onderwijsplan|lesprogramma|course plan|programme|program)\b)|curriculum|om (?:de )?tafel|mee(?:te)? ?denken|mee (?:willen |wil |te )denken|in gesprek (?:met (?:oud|alumni|jonge)[^.!?]{0,60} over|over)|meepraten|(?:sector|industry|branche)kennis|kennis van de regio",
    ),
    (
        RequestKind.AMBASSADOR,
        3,
        r"open-? ?(?:dag(?:en)?|avond(?:en)?|huis)|open ?days?|open evening|open house|voorlichting\w*|ambassadeur\w*|ambassadors?|promo(?:tie|ten|tieteam|tiefilm\w*|tion|te)|beroepenmarkt|beroepenavond|studiekeuze\w*|meeloopdag\w*|opendag\w*|kennismakingsdag\w*|scholenmarkt|onderwijsbeurs|careers? fair|school fair|werving|promofilm\w*|wervingsfilm\w*|(?:gezicht|uithangbord) van (?:de|onze) opleiding|recruit(?:ment|ing) (?:fair|event)",
    ),
    (
        RequestKind.FEEDBACK,
        3,
        r"(?<!moeite met )(?<!omgaan met )(?<!trouble with )feedback(?! (?:van|from) (?:klanten|clienten|gasten|collega's|customers|clients|guests))|enquete\w*|vragenlijst\w*|terugkijk\w*|terug te kijken|terugblik\w*|evaluat\w+|evaluer\w+|survey|questionnaire|alumni-? ?(?:onderzoek|enquete|panel)\w*|alumnipanel|tevredenheids\w+|(?<!solar )(?<!control )(?<!body )(?<!wall )(?<!zonne )panel(?:gesprek)?(?! (?:install|fitt|mont|beat))|(?:wat vond|hoe kijk)\w* [^.]*(?:opleiding|studie)|look(?:ing)? back|focusgroep|focus group|mening van|tevreden (?:zijn|waren) (?:over|met)|hoe sloot de opleiding|aansluiting (?:van de )?opleiding|wat (?:hebben ze|heb je) gemist|miste je|review (?:of )?(?:our|the) (?:course|programme)|(?:naar|om) (?:hun|je|jullie|uw|zijn|haar) mening|(?:hun|jullie|je) mening (?:over|vragen|geven|horen)|what (?:they|alumni|graduates|former students) (?:\w+ )?(?:thought|think|missed)|wat (?:ze|zij|oud-?studenten|alumni|jullie|je)\b[^.!?,;]{0,40}\b(?:gemist|misten|missen|vonden)|hoe (?:ze|zij|oud-?studenten|alumni) (?:de|hun|onze|het) (?:opleiding|studie|lessen|school|keuzedeel)\b[^.!?,;]{0,40}(?:vonden|ervaren|hebben ervaren|beoordelen)|opinions? (?:on|about|of) (?:our|the)|what was missing",
    ),
    (
        RequestKind.AFTERCARE,
        4,
        rf"nazorg|after-? ?care|{_OLD}[^.!?]{{0,80}}(?:zoekt|zoeken|zoek)\s(?:\w+\s){{0,4}}(?:werk|baan|hulp|vervolg\w*|studie|opleiding|begeleiding|een nieuwe)\b|{_OLD}[^.!?]{{0,60}}(?:zonder (?:werk|baan)|werkloos|werkzoekend|thuis op de bank|thuiszit|vastgelopen)|zoekt (?:weer |echt |dringend |nieuw )*(?:werk|baan)|(?:ander|nieuw|nieuwe) (?:werk|baan) (?:zoek|vind)\w*|{_OLD}[^.!?]{{0,60}}(?:looking for (?:a )?(?:new )?(?:job|work)|needs? help (?:finding|with)|unemployed|out of work)|finding (?:a )?(?:new )?(?:job|work)|find (?:a )?(?:new )?(?:job|work)|back (?:in)?to work|weer aan (?:het werk|de slag)|help\w* [^.!?]{{0,60}}(?:vervolg(?:studie|opleiding)|aan (?:het )?werk|met solliciteren|a(?:n|nother)? job|baan (?:te )?vinden|werk (?:te )?vinden)|geen (?:vast )?(?:werk|baan)|hulp (?:\w+ ){{0,2}}bij (?:het )?(?:solliciteren|vinden|zoeken|kiezen|werk)|(?:weer|terug) naar school(?! om (?:te|iets|wat|mijn))|back to school|zonder werk|werkloos|werkzoekend\w*|kiezen van een vervolg\w*|(?<!gastles )(?<!gastlessen )(?<!workshop )(?<!workshops )(?<!les )(?<!over )(?<!spreker )sollicitatie(?:hulp|training|brief)\w*",
    ),
    (
        RequestKind.AFTERCARE,
        2,
        r"keep(?:ing)? in touch with|nabellen|nabelt|na te bellen|contact houden met (?:onze )?(?:gediplomeerden|schoolverlaters|afgestudeerden|uitvallers)",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        2,
        r"(?:what|which|welke|wat voor) (?:kind of )?(?:jobs|banen|vacatures) (?:are there|zijn er|are available)|(?:what|welk) (?:kind of |soort )?(?:work|werk) (?:is there|is er)",
    ),
    (
        RequestKind.AFTERCARE,
        2,
        r"vervolg(?:studie|opleiding)|doorstuderen|solliciteren|omscholen|further (?:study|course)|career change",
    ),
    (
        RequestKind.GUEST_LESSON,
        2,
        r"demonstrati\w+|demonstreer\w*|gastuur|vakles|college over|\w*les (?:te )?(?:verzorgen|geven|komen geven)|(?:inspirerend|mooi|leuk|eerlijk|persoonlijk|sterk|goed|bijzonder|boeiend|eigen) verhaal|voordoen|ervaring(?:en)? (?:\w+ )?(?:delen|deelt)|(?:delen|deelt) (?:haar|zijn|hun|de) ervaring\w*|(?:mee|mee te )neemt? in|bijpraat|demonstrate",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"(?:mijn|m'n|onze|my|our) (?:klas|groep|studenten|leerlingen|\w+jaars|class|group|students|pupils)\b[^.!?;]{0,20}?\b(?:willen|wil|want to|wants to|would like to|would love to) (?:graag |heel graag |wel eens |ook )?(?:(?:horen|hear) (?:hoe|wat|over|van|how|what|about|from)|(?:weten|zien|know|see) (?:hoe|how))|die (?:mijn|m'n|onze|de) (?:\w+ )?(?:studenten|leerlingen|klas|groep|eerstejaars|tweedejaars)|who (?:can|could|will|would) (?:\w+ )?(?:my|our) (?:\w+ )?(?:students|class|group)",
    ),
    (
        RequestKind.HYBRID_TEACHER,
        3,
        r"(?:per week|in de week|p/?w)[^.!?]{0,40}\b\w*les(?:sen)?\b[^.!?]{0,40}\bgeven|(?:leraar|lerares|leerkracht|praktijkinstructeur|praktijkdocent|instructor)\b[^.,;!?]{0,40}?\b(?:gezocht|nodig|gevraagd|needed|wanted)|(?:gezocht|gevraagd|zoek\w*|vacature):? (?:een )?(?:\w+ )?(?:leraar|lerares|leerkracht|praktijkinstructeur)|(?<!ben )(?<!als )docente?\b[^.!?]{0,60}(?:per week|in de week|p/?w)|invaller\w*|invalster|neem(?:t|en) (?:\w+ ){1,5}over|lesgeven naast|naast (?:mijn|je|zijn|haar|hun|een|z'n|zn|m'n|d'r|uw) (?:\w+ )?(?:baan|werk)[^.!?]{0,30}(?:docent|lesgeven|les geven|voor de klas)|(?:voor de klas|docent|lesgeven|les geven|les te geven)\b[^.!?]{0,30}naast (?:mijn|je|zijn|haar|hun|een|z'n|zn|m'n|d'r|uw) (?:\w+ )?(?:baan|werk)|(?:per week|in de week|p/?w)\b[^.!?]{0,30}\b(?<!ben )docente?\b|(?:hours|days?) (?:a|per) week\b[^.!?]{0,40}\b(?:teach\w*|lecturer)",
    ),
    (
        RequestKind.MENTOR,
        3,
        r"onder (?:zijn|haar|hun|de) (?:hoede|vleugels?)|steunfiguur|meester-?gezel|(?:peer|studie|leer)-?\s?coach|(?:afspreken|optrekken|sparren|meelopen|praten|bellen) met (?:een|mijn|onze|deze) (?:\w+ )?(?:student|studente|leerling|jongen|meisje)|op weg (?:helpen|helpt)|luisterend oor|take (?:him|her|them) under",
    ),
    (
        RequestKind.BPV_PLACE,
        3,
        r"(?:plek|plekken|plaats|plaatsen)(?: nodig)? voor (?:\d+ |een |onze |mijn |twee |drie |vier |vijf )?(?:\w+ )?(?:student\w*|leerling\w*|stagiair\w*)|leerling zoekt|leerplek(?:ken)?|stagebedrijven|(?:baas|bedrijf|werkgever|salon|garage) die (?:me|mij|hem|haar|ze) |work experience|opleiden tot",
    ),
    (
        RequestKind.AMBASSADOR,
        3,
        r"voorlichters?|info(?:rmatie)?-?(?:avond|middag|dag)\w*|(?:studie|scholen|onderwijs|beroepen|opleidings|vak|informatie)(?:beurs|markt)|kennismakings(?:middag|avond)\w*|scholierendag\w*|doe-?dag(?:en)?|proefles(?:sen)?|reclame(?:film|spot)\w*|fotoshoot|flyers?|folder|campagne|enthousiast (?:maken|maakt)|(?:onze|een|de|op) stand",
    ),
    (
        RequestKind.NETWORK_EVENT,
        3,
        r"\w*borrel(?:s|tje)?|(?:alumni|oud-?studenten|oud-?leerlingen)-?(?:feest|dag)|terugkomdag\w*|lustrum\w*|jubileum\w*|samenkomst|weerzien|barbecue|bbq|get-?together|over drinks",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        3,
        r"wat (?:vragen|willen|zoeken|verwachten|doen) (?:[\w-]+ ){0,4}?(?:werkgevers|bedrijven|ondernemers)|wat (?:werkgevers|bedrijven|ondernemers)\b[^.!?;]{0,60}?\b(?:vragen|willen|zoeken|verwachten|doen|nodig)|what (?:(?:do|will|are) )?(?:[\w-]+ ){0,3}?(?:employers|companies|firms|businesses)\b[^.!?;]{0,60}?\b(?:want|need|expect|look\w*)|wat (?:er )?verander(?:t|en|de|den) (?:er )?(?:nu |de komende jaren )?(?:in|bij|binnen|voor|aan|op)|what (?:is|'s|are) changing|how (?:is|are) (?:the )?(?:[\w-]+ ){1,4}changing|(?:meedenken|sparren|praten|gesprek\w*|weten|horen)\b[^.!?;]{0,60}\b(?:in|over) (?:deze|onze|de|this|our|the) (?:regio|streek|region)|beeld van (?:de|onze) (?:regio|streek|sector)|vraag naar|(?:hoeveel|veel|genoeg) vraag|(?:advies|vak)commissie\w*|(?:branche|sector|vak|beroep)[^.!?]{0,40}\bverander(?:t|en|d)|verander(?:t|en|ingen) in (?:de|het) (?:branche|sector|vak|beroep)|(?:veel|genoeg|weinig|te weinig) (?:vacatures|banen|personeel)|(?:onderwijs|les)programma[^.!?]{0,40}(?:toetsen|bijwerken|vernieuwen)|toekomst van (?:het|de|ons) (?:vak|beroep|branche|sector)|personeelsbehoefte",
    ),
    (
        RequestKind.FEEDBACK,
        3,
        rf"wat (?:vinden|vonden|misten|missen|vond)\b[^.!?]{{0,40}}|wat (?:er )?(?:[\w-]+ ){{0,4}}?beter (?:kan|kon|moet|zou)|belronde|exit-?interview\w*|alumni-?arena|(?:opleiding|onderwijs|lessen)\b[^.!?]{{0,30}}\bverbeteren|satisfied|oordeel over|{_OLD}[^.!?]{{0,40}}(?:tevreden|ontevreden)",
    ),
    (
        RequestKind.AFTERCARE,
        4,
        rf"(?:baan|werk) (?:kwijt|verloren)|ontslagen|{_OLD}[^.!?]{{0,60}}zit(?:ten)? (?:\w+ )?(?:thuis|zonder)|(?:jongere|jongen|meisje)[^.!?]{{0,40}}zit (?:\w+ )?thuis|vindt? geen (?:werk|baan)|(?:kom|komt|komen|kwam|raak|raakt|raken)\b[^.!?;]{{0,50}} niet (?:meer )?aan (?:de bak|de slag|het werk|werk|een baan)|(?:still|have|has) (?:\w+ )?no (?:job|work)|can(?:'t|not| not) find (?:a )?(?:job|work)|(?:vind|vindt|vinden|krijg|krijgt|krijgen)\b[^.!?;]{{0,40}} geen (?:baan|werk|vaste baan)|weet(?:en)? niet (?:meer )?wat (?:ik|hij|ze|zij|we) (?:nu )?(?:wil|moet|kan)|hulp bij (?:een |de |het )?sollicit\w+|begeleiding naar werk|lost (?:her|his|their|my) job|laid off",
    ),
    (
        RequestKind.GUEST_LESSON,
        2,
        r"\w+demonstratie|(?:mini|hoor|gast)college\w*|college over|\w*sessie|vragenuur(?:tje)?|in gesprek (?:te )?(?:gaan|gaat) met (?:mijn|onze|een) (?:klas|groep|studenten|leerlingen)|(?:mijn|onze) (?:studenten|leerlingen)\b[^.!?]{0,30} (?:iets|wat) (?:\w+ )?(?:leren|bijbrengen|meegeven)|(?:speak|talk) to (?:[\w-]+ ){0,3}(?:students|pupils)|thema-?(?:dag|middag|week)|students to meet|good story",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"wegwijs maken|boekje open\w*|horen over|hear (?:about|from)|come and \w+|(?:bij ons|hier|er) langs|voor (?:mijn|onze) (?:eerste|tweede|derde|vierde)jaars|demo(?:'s)?|praatje|(?:praktijk|vak|kook|proef)les(?:sen)?|(?:met|voor|aan) (?:mijn|onze|m'n|ons) (?:\w+ )?(?:klas|groep|studenten|leerlingen|eerstejaars|tweedejaars|derdejaars|vierdejaars)|(?:for|with) (?:my|our) (?:[\w-]+ ){0,2}(?:class|students|group|pupils)|(?:mijn|onze) (?:studenten|leerlingen|klas)\b[^.!?;]{0,20}\b(?:leren|oefenen|trainen)",
    ),
    (
        RequestKind.HYBRID_TEACHER,
        2,
        r"lesgeven|lesgeeft|doceren|lecturer|collega voor het team|lesuren|docent(?:e)? kwijt|(?:docenten|leraren)tekort|teacher shortage|wants? to teach|(?:lessen|vak|les|klas|uren|module|\w+en) (?:wil |kan |komt )?overnemen|vervanging docent|(?:tekort|gebrek) aan docenten|docente? \w+ (?:voor|op) (?:\w+ )?(?:dag|dagen|uur|ochtend|ochtenden|middag|middagen)",
    ),
    (
        RequestKind.MENTOR,
        2,
        r"vraagbaak|mentorship|wegwijs maakt|koppelen aan (?:een|mijn|onze) (?:\w+ )?(?:student|leerling)|koffie drinken met|steun (?:nodig|van)|sparren over (?:mijn|zijn|haar) (?:loopbaan|toekomst|carriere|werk)|(?:meekijkt|meeloopt|optrekt|meekijken|meelopen|optrekken) met (?:een|mijn|onze|deze) (?:\w+ )?(?:student|leerling)\w*|(?:buddy|maatjes?|mentor)-?(?:project|traject|programma)\w*|(?:student|studente|leerling|jongen|meisje)(?: helpen| begeleiden)? (?:die|dat) (?:\w+ ){0,3}(?:twijfelt|wil stoppen|dreigt|moeilijk heeft|vastloopt|worstelt|onzeker is)|steunen",
    ),
    (
        RequestKind.BPV_PLACE,
        2,
        r"(?:meeloop|snuffel|mini|orientatie|maatschappelijke |beroeps|afstudeer)stage|stagelopers?|praktijkjaar|praktijktijd|praktijkperiode|uur praktijk|zoekt (?:een )?(?:bedrijf|werkgever|baas|salon|garage|restaurant)|ervaring op (?:te )?doen|plek(?:ken)? voor (?:\w+ ){0,2}(?:bbl|bol)\S*|(?:room|space|a place) for (?:a |an |\w+ )?(?:\w+ )?(?:trainees?|apprentices?|students?|interns?)|bij ons terecht|interns?|apprentices?|leerlingen (?:\w+ )?(?:willen )?aannemen|(?:bbl|bol)'?er|take on (?:a|an) (?:student|trainee)",
    ),
    (
        RequestKind.AMBASSADOR,
        2,
        r"kijkdag\w*|introductiedag\w*|(?<!hoe je een )(?<!hoe je )rondleid\w*|wervings\w+|instagram|tiktok|ouderavond\w*|(?:video|filmpje|foto's?|film|vlog) (?:\w+ )?(?:opnemen|maken|draaien)|voor (?:op )?(?:de|onze) website|reclame|beurs|(?:promotional|promo) (?:video|film)|information (?:evening|day)|prospective students|vmbo-?scho\w+|basisscho\w+|middelbare scho\w+",
    ),
    (
        RequestKind.NETWORK_EVENT,
        2,
        r"(?:alumni|oud-?studenten|oud-?leerlingen) (?:zijn )?(?:van harte )?welkom|(?:bijeenkomst|avond|middag|dag|feest|feestje|lunch|ontbijt) (?:voor|van|met) (?:onze |alle |de |\w+ )?(?:alumni|oud-?studenten|oud-?leerlingen|afgestudeerden)|ontmoetings(?:avond|middag|dag)\w*|get together|(?:event|evening|lunch|dinner) (?:for|with) (?:our |all )?(?:alumni|graduates|former students)|oude klas(?:genoten)?|diner|etentje|laten kennismaken|bij elkaar brengen|meet (?:and|&) greet|oud-?klasgenoten",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        2,
        r"(?:welke|goede|betere|meer|genoeg|nieuwe) (?:baan)?kansen|hoe (?:ontwikkel\w+|verander\w+|groei\w+) (?:\w+ ){0,3}(?:de|het|zich)|(?:nog |genoeg |veel |voldoende |weinig )(?:\w+ )?werk (?:is |zal zijn |blijft )?(?:voor|in|te vinden)|inzicht(?:en)? in (?:de|het|wat)|hoe denken (?:\w+ ){0,4}(?:over|daarover|hierover)|hoe denken (?:[\w-]+ ){1,6}(?:over|daarover|hierover)|waar (?:\w+ )?(?:bedrijven|werkgevers)\b[^.!?;]{0,60}behoefte|behoefte (?:aan|van) (?:\w+ )?(?:personeel|vakmensen|bedrijven|werkgevers|de arbeidsmarkt|het werkveld)|(?:gesprek\w*|interviews?) met (?:alumni|oud-?studenten|werkgevers|bedrijven)|werkgeverspanel|klankbord|welke vaardigheden|personeelstekort(?:en)? in|marktonderzoek",
    ),
    (
        RequestKind.FEEDBACK,
        3,
        rf"interview\w*\b[^.!?]{{0,30}}over (?:onze|de) opleiding|visitatie|accreditatie|\w+tevredenheid|studentenpanel|onderzoek onder|(?:oud-?studenten|alumni|afgestudeerden)\b[^.!?;]{{0,30}}\b(?:bevragen|ondervragen|interviewen|horen over)|(?:bevragen|ondervragen)\b[^.!?;]{{0,40}}over (?:de|onze|het)|how (?:did|do|have) (?:\w+ ){{0,3}}(?:graduates|alumni|former students|they)\b[^.!?;]{{0,40}}\b(?:experience\w*|like\w*|rate|find|found)|wat (?:kan|kon|moet) (?:er )?beter|what (?:to|can we|could we|should we) (?:improve|change)|(?:lesprogramma|opleiding|curriculum)\b[^.!?;]{{0,20}}\b(?:klopt|sluit aan|voorbereidt|aansluit)|(?:klopt|sluit) (?:ons|onze|de|het) (?:\w+ )?(?:lesprogramma|opleiding|programma)|(?:weten|horen|vragen) (?:of|hoe)\b[^.!?;]{{0,60}}(?:opleiding|studie)\b[^.!?;]{{0,60}}(?:goed|voorbereid\w*|aansl\w*|bevallen|was)|{_OLD}[^.!?]{{0,40}}ervaren (?:bij|tijdens|op)|wat zou je veranderen",
    ),
    (
        RequestKind.AFTERCARE,
        3,
        r"nieuwe richting|wil (?:graag )?iets anders(?: doen)?|doorleren|verder (?:te )?leren|switchen van (?:beroep|baan|werk|vak)|(?:geslaagd|diploma|gestopt|uitgevallen)\b[^.!?;]{0,40}(?:maar|en) (?:\w+ )?zit (?:nu |al )?(?:thuis|zonder)|uitvallers?|voortijdig\w* schoolverlater\w*|(?:met|bij) (?:zijn|haar|hun|mijn|een|het|m'n|je)? ?(?:cv|sollicitatie\w*)|help (?:\w+ ){0,4}(?:find|finding|get|getting) (?:a |another )?(?:job|work)|cv (?:laten )?(?:nakijken|maken)|struggling to find work|heeft (?:nog )?geen (?:baan|werk)",
    ),
    (
        RequestKind.NETWORK_EVENT,
        3,
        r"network(?:ing)? (?:meetings?|gatherings?|sessions?|nights?|reception|breakfast|dinner|afternoon|meet-?up)|netwerk-?(?:sessie|ontmoeting|cafe|uur|uurtje|moment|feest|gelegenheid)\w*|alumni-? ?(?:cafe|ontbijt|lunch|treffen|gathering|breakfast|dinner|party|get-?together|meet-?up|meet up)|elkaar (?:weer(?: eens)?|nog eens|opnieuw) (?:zien|ontmoeten|treffen|spreken)|(?:van vroeger )?weer eens (?:zien|ontmoeten|treffen)",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        3,
        r"hoe (?:[\w-]+ ){0,6}?(?:er (?:nu |straks |op dit moment )?voor ?sta(?:at|an)|ervoor ?sta(?:at|an))|hoe sta(?:at|an) (?:de|het) (?:[\w-]+ ){1,5}?(?:ervoor|er voor)|waar zit (?:\w+ )?(?:het )?werk|(?:what|which) skills (?:will|do|does|are|would) [^.!?]{0,40}|welke bedrijven [^.!?]{0,40}?(?:zoeken|vragen|nemen|aannemen)|stand van zaken (?:in|bij)|krijgen [^.!?]{0,40}? een baan|(?:job|employment|career) prospects|state of the [\w-]+ (?:sector|industry|trade|market)|what(?:'s| is) (?:going on|happening) in|hoe gaat het (?:nu |op dit moment )?(?:met|in) (?:de|het) [^.!?]{0,40}volgens",
    ),
    (
        RequestKind.AFTERCARE,
        4,
        r"(?:ik|en|maar) zoek (?:nu |weer |dringend |opnieuw |al (?:\w+ ){1,2})?(?:werk|een (?:nieuwe |andere )?baan)(?! voor)(?![^.!?]{0,30}(?:docent|leraar|lesgeven|voor de klas))|(?:na|sinds) (?:mijn|het) diploma [^.!?]{0,20}(?:thuis|zonder)|neither a job|without a job|out of a job|schoolverlaters [^.!?]{0,30}(?:bellen|nabellen|volgen|benaderen)|(?:bellen|nabellen|volgen|benaderen) [^.!?]{0,30}schoolverlaters|(?:switch|change|changing|switching) careers|nazorg\w+",
    ),
    (
        RequestKind.FEEDBACK,
        4,
        r"hoe kijk\w* [^.!?]{0,40}? terug",
    ),
    (
        RequestKind.FEEDBACK,
        3,
        r"how (?:useful|good|well|helpful) (?:the|our) [^.!?]{0,30}(?:course|programme|lessons?|training) (?:was|were|is|prepared\w*)|rate (?:our|the) [^.!?]{0,30}(?:course|programme|lessons|training)|kwaliteit van (?:de|onze|het|ons) (?:opleiding|lessen|onderwijs|studie|cursus)|quality of (?:our|the) [^.!?]{0,25}(?:course|programme|lessons|training)|hoe goed (?:de|onze) (?:opleiding|lessen|studie)|(?:interview\w*|gesprek\w*) [^.!?]{0,40}hoe (?:goed|nuttig|zinvol)",
    ),
    (
        RequestKind.AMBASSADOR,
        2,
        r"(?:filmpje|video|film|vlog|foto's?|interview) (?:\w+ )?over (?:de|onze) (?:opleiding|school|studie)|(?:our|the|onze|de|een) (?:brochure|folder|poster)|opleiding(?:en|s)-?(?:avond|dag|markt|middag)\w*|studiekiezers?|schoolkiezers?|(?:aankomende|toekomstige|nieuwe|prospective|future) (?:studenten|leerlingen|students)",
    ),
    (
        RequestKind.MENTOR,
        2,
        r"keep an eye on|(?:guide|support|coach|look after) (?:a|an|my|our|one of our|one of my) (?:[\w-]+ ){0,3}(?:student|pupil|trainee)s?|onder de arm nemen|aan de hand nemen",
    ),
    (
        RequestKind.BPV_PLACE,
        3,
        r"werkervarings?-?(?:plek|plaats)\w*|(?:can|could|want to|would like to) (?:take|host|have) (?:\w+ ){0,2}(?:trainees?|apprentices?|interns?)|do (?:her|his|their|my|a) (?:[\w-]+ )?(?:practical|placement|internship)|vacature (?:voor )?(?:een )?leerling-?\w*|leerling-\w+ (?:gezocht|gevraagd|nodig)",
    ),
    (
        RequestKind.BPV_PLACE,
        2,
        r"(?:zoekt|zoeken|vraagt|vragen) (?:nog )?(?:een |twee |drie |\d )?(?:leerling|leerlingen)(?= [a-z])(?! (?:die|dat|met|van|uit|voor|om|wie|wil|willen))|(?:leerling\w*|student\w*|stagiair\w*)\b[^.!?]{0,60}?\b(?:geen|zonder) (?:plek|plekken|plaats|bedrijf|baas)(?! in de klas)",
    ),
    (RequestKind.BPV_PLACE, 2, r"trainees|leerling-[a-z]{3,}"),
    (
        RequestKind.HYBRID_TEACHER,
        3,
        r"(?:ochtenden|middagen|dagen|avonden|dagdelen) voor de klas|combin\w+ (?:his|her|their|a|my|your|zijn|haar|je|een) (?:job|work|trade|business|baan|werk|zaak) (?:with|met) (?:teaching|lesgeven|het onderwijs)|(?:leraar|docent)\w*(?: \w+)? ad interim|vervanging (?:voor|van) (?:[\w-]+ ){0,2}(?:docent|docente|leraar|lerares|vakdocent)|zij-?instroom\w*",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"gesprek met (?:mijn |onze |een groep |de )?(?:eerste|tweede|derde|vierde)jaars|(?:iets|wat|meer) (?:over|van) (?:[\w-]+ ){0,4}?(?:kan|kunnen|kon|zou kunnen|weet te) (?:zeggen|vertellen|uitleggen)|over (?:kan|kunnen) (?:zeggen|vertellen)|(?:explain|describe|tell|show) (?:to )?(?:my|our|the) (?:[\w-]+ ){0,2}?(?:students|class|group|pupils|(?:first|second|third|fourth)[ -]years?)",
    ),
    (
        RequestKind.REGIONAL_INSIGHT,
        3,
        r"(?:welke|hoeveel) (?:banen|beroepen|functies|bedrijven)\b[^.!?;]{0,12}\b(?:verdwijn\w*|verander\w*|ontstaan|groei\w*|bijkomen)|wat moet(?:en)? (?:[\w-]+ ){1,4}over (?:[\w-]+ ){1,3}jaar (?:kunnen|weten)|(?:which|what) (?:jobs|trades)\b[^.!?;]{0,20}\b(?:disappear\w*|chang\w*|grow\w*)|what (?:should|must|will) (?:[\w-]+ ){1,4}(?:know|be able to do) in (?:[\w-]+ ){1,2}years",
    ),
    (
        RequestKind.BPV_PLACE,
        3,
        r"(?:bedrijf|bedrijven|werkgevers?|instelling|winkel|salon|companies|employers?|compan(?:y|ies)) (?:waar|where) (?:[\w-]+ ){0,4}?(?:student\w*|leerling\w*|stagiair\w*|trainees?)\b[^.!?;]{0,60}\b(?:kan|kunnen|mag|mogen|terecht|can|could)",
    ),
    (
        RequestKind.GUEST_LESSON,
        1,
        r"(?:a )?visit (?:from|by)|bezoek van|meet the (?:expert|professional|pro)|(?:door|by|voor) (?:mijn|onze|my|our) (?:klas|groep|studenten|class|students) (?:laten )?(?:interviewen|bevragen|ondervragen|uithoren)",
    ),
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: RequestKind
    weight: int
    pattern: Pattern


_PATTERNS = tuple(_Pattern(kind, weight, Pattern(rf"(?<![\w-])(?:{words})(?![\w])")) for kind, weight, words in _WORDS)
_LACKING = Pattern(r"(?:zonder|without)\s(?:een\s|a\s)?$")
"""`zonder stageplek`: what is lacking is what is sought."""
_STRONG = 3
_OR = Pattern(r"\s(?:of|or)\s(?:anders\s|else\s)?(?:een\s|a\s|als\s)?")
_UNCLEAR = Pattern(r"(?<![\w-])(?:voor de klas|for the class|in front of the class)(?![\w])")


def _said(text: Text, entry: _Pattern) -> list[re.Match[str]]:
    """Where a text has words for a kind, looked for once: the text does not change while it is read."""
    found = text.found.get(entry.pattern)
    if found is None:
        found = text.found[entry.pattern] = list(entry.pattern.finditer(text.plain))
    return found


def read_kind(text: Text) -> tuple[RequestKind | None, list[Span]]:
    """The kind that most words stand for, the first of equals; and what may mean more than one kind."""
    points: dict[RequestKind, float] = {}
    been: Span | None = None
    places: dict[RequestKind, list[Span]] = {}
    subjects: dict[RequestKind, Span] = {}
    for entry in _PATTERNS:
        for match in _said(text, entry):
            span = match.span()
            if (text.negated(span[0]) and not _LACKING.search(text.plain[: span[0]])) or any(
                text.frame[span[0] : span[1]]
            ):
                continue
            if entry.kind in _MAY_BE_SUBJECTS and _SUBJECT.search(text.plain, 0, span[0]):
                subjects.setdefault(entry.kind, span)
                continue
            if entry.kind is RequestKind.BPV_PLACE and _is_over(text, span):
                been = been or span
                continue
            already = any(start < span[1] and span[0] < end for start, end in places.get(entry.kind, []))
            if already:
                continue
            points[entry.kind] = max(points.get(entry.kind, 0), entry.weight) + (0.1 if entry.kind in points else 0)
            places.setdefault(entry.kind, []).append(span)
    if not points and been:
        text.sources.setdefault("kind", []).append(been)
        return RequestKind.BPV_PLACE, []
    if not points and (teaches := _teaches(text)):
        text.sources.setdefault("kind", []).append(teaches)
        return RequestKind.HYBRID_TEACHER, []
    if not points and (visit := _visit(text)):
        text.sources.setdefault("kind", []).append(visit)
        return RequestKind.GUEST_LESSON, []
    if not points and not subjects and (heard := _heard(text)):
        text.sources.setdefault("kind", []).append(heard)
        return RequestKind.GUEST_LESSON, []
    if not points and subjects:
        kind, span = next(iter(subjects.items()))
        text.sources.setdefault("kind", []).append(span)
        return kind, []
    if not points:
        return None, [match.span() for match in text.find(_UNCLEAR)]
    strong = sorted((min(places[one]), one) for one in points if points[one] >= _STRONG)
    for (first, _), (second, _) in pairwise(strong):
        if _OR.fullmatch(text.plain, first[1], second[0]):
            return None, [(first[0], second[1])]
    kind = min(points, key=lambda one: (-int(points[one]), min(places[one]), -points[one]))
    if kind is RequestKind.AFTERCARE and _OWN_CLASS.search(text.plain) and text.sources.keys() & {"class", "students"}:
        text.sources.setdefault("kind", []).append(places[kind][0])
        return RequestKind.GUEST_LESSON, []
    for span in places[kind]:
        text.sources.setdefault("kind", []).append(span)
    text.sources["kind"].sort()
    return kind, []


_OF_ONESELF = Pattern(r"\b(?:ik ben|ben ik|i am|i'm)\s(?:zelf\s|ook\s)?(?:een\s|an?\s)?(?:[\w]+[ -])?$")
_FAILED = Pattern(r"\b(?:failed|mislukte|mislukt|zakte|gezakt|liep|liepen|did|finished|afgerond)\b")


def _is_over(text: Text, span: Span) -> bool:
    """`failed her placement`, `ik ben stagiair`: a placement that has been, or that of whoever asks."""
    if _OF_ONESELF.search(text.plain, 0, span[0]):
        return True
    clause = clause_at(text, span)
    return _FAILED.search(text.plain, *clause) is not None and is_past(text, clause)


_MAY_BE_SUBJECTS = frozenset(
    {RequestKind.BPV_PLACE, RequestKind.AFTERCARE, RequestKind.MENTOR, RequestKind.HYBRID_TEACHER}
)
"""Kinds of which the words may be what a lesson is about: `vertellen over doorstuderen`."""
_SUBJECT = Pattern(
    r"\b(?:over|about|tips (?:voor|over|bij)|tips (?:for|on)|thema:?|onderwerp:?|onderwerp is)\s(?:(?:de|het|een|hun|haar|zijn|je|eigen|the|their|a|an|your|how to)\s)*$"
)
_OWN_CLASS = Pattern(
    r"\b(?:mijn|m'n|onze|my|our|de|een|the|a) (?:\w+ )?(?:klas|klasje|groep|class|group|les)\b|\bklas\b"
)
"""Who is helped with letters of application in class is no former student."""
_TEACHES = Pattern(
    r"(?<![\w-])(?:voor de klas|docente?|lesgeven|lesgeeft|les geven|teach\w*|lecturer|instructeur)(?!\w)"
)


def _teaches(text: Text) -> Span | None:
    """Hours of every week and somebody who teaches: a teacher with a trade of his own."""
    if "hours_per_week" not in text.sources:
        return None
    match = next((one for one in _TEACHES.finditer(text.plain) if not text.negated(one.start())), None)
    return match.span() if match else None


_AUDIENCE = Pattern(
    r"(?<![\w-])(?:(?:mijn|m'n|onze|ons|de|het|een|my|our|the|a) (?:\w+ ){0,2}(?:klas|klasje|groep|studenten|leerlingen|eerstejaars|tweedejaars|derdejaars|class|students|group|pupils|les|lessen|keuzedeel|lokaal)|groep van|klas)(?!\w)"
)
_VISIT = Pattern(
    r"(?<![\w-])(?:uitnodigen|uit te nodigen|luisteren naar|kom(?:t|en)|langs|inspringen|bijpraten|onze gast|een gast|als gast|gasten|invite|come|visit|join us|listen to|vertelt|over de vloer)(?!\w)"
)


def _visit(text: Text) -> Span | None:
    """Somebody who comes to a class: a guest lesson, where no word for a kind says otherwise."""
    if text.sources.keys() & {"class", "students"} or _AUDIENCE.search(text.plain):
        match = next((one for one in _VISIT.finditer(text.plain) if not text.negated(one.start())), None)
        return match.span() if match else None
    return None


_SOUGHT = Pattern(
    r"^\W*(?:een |a |an )?(?:oud-? ?(?:student|leerling|studente)|alumn(?:us|a)|former student|graduate)\b"
)
_HEARD_BY = Pattern(r"\b(?:voor|for)\s$")


def _heard(text: Text) -> Span | None:
    """`een oud-student met ..., voor 22 eerstejaars`: somebody is to be heard by students who are there."""
    sought = _SOUGHT.search(text.plain)
    students = text.sources.get("students", [])
    if sought and students and _HEARD_BY.search(text.plain, 0, students[0][0]):
        return sought.span()
    return None


def take_kinds(text: Text, kind: RequestKind | None) -> None:
    """Marks words for kinds as read, so that they are no topic; `solliciteren` may be one where it is not the kind."""
    for entry in _PATTERNS:
        if entry.weight >= 2 and not (
            entry.kind is RequestKind.AFTERCARE and entry.weight == 2 and kind not in {None, RequestKind.AFTERCARE}
        ):
            for match in _said(text, entry):
                if (
                    text.free(match.span())
                    and len(match[0]) <= 24
                    and not (entry.kind is not kind and _in_a_name(text, match.span()))
                ):
                    text.take(match.span())


def _in_a_name(text: Text, span: Span) -> bool:
    """`seksuele voorlichting`: a word for another kind that is part of a name of a subject."""
    before = _WORD_BEFORE.search(text.plain[: span[0]])
    return (
        before is not None and not is_general(before[1]) and f"{before[1]} {text.plain[slice(*span)]}" in named_pairs()
    )


_WORD_BEFORE = Pattern(r"([a-z-]{3,})\s$")
