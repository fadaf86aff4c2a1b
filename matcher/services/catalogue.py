"""The courses that other systems and search engines may read."""

from __future__ import annotations

from matcher.exchange.catalogue import Catalogue, catalogue_of
from matcher.policy import Action, Asker
from matcher.services.app import StoreApp


def seen(app: StoreApp, asker: Asker, whole: Catalogue) -> Catalogue:
    """The part of the catalogue that an asker may list: a provider's own, or that of every provider. Raises Forbidden.

    `whole`: of the newest state of the data.
    """
    del app
    owner = asker.owner(Action.OFFERINGS_LIST)
    if owner is None:
        return whole
    return catalogue_of(run for run in whole.runs.values() if run.provider == owner)
