"""Skills as concepts of a vocabulary such as ESCO or CompetentNL: one meaning, whatever it is called.

A label links to a set of concepts, since several concepts may have it. Nothing here knows a database or a network, and
nothing needs a vocabulary: without one no label links to anything.
"""

from matcher.concepts.concept import Concept, Kind
from matcher.concepts.keys import label_keys
from matcher.concepts.labels import Labels
from matcher.concepts.linking import ESSENTIAL_TIMES, Links, base_of, concepts_in, is_essential, linked_name, unweighed
from matcher.concepts.scheme import Scheme
from matcher.domain.concepts import Decision, OwnMeaning

__all__ = [
    "ESSENTIAL_TIMES",
    "Concept",
    "Decision",
    "Kind",
    "Labels",
    "Links",
    "OwnMeaning",
    "Scheme",
    "base_of",
    "concepts_in",
    "is_essential",
    "label_keys",
    "linked_name",
    "unweighed",
]
