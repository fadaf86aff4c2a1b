"""Persons, enrolments, offerings and programmes of our own as student systems give them, for tests: each a new copy."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
KEY = "7d1e{:04}-0000-4000-8000-000000000000"
FORBIDDEN = ("2003-09-30", "Paramaribo", "Dorpsstraat", "0612340099", "123456782", "rolstoel")
"""Of what the documents below have and nobody may keep: a birth, a street, an emergency contact, a BSN, a need."""


def person_6(number: int = 1, **changes: Any) -> Json:
    """A person of v6 who left."""
    return {
        "personId": KEY.format(number), "primaryCode": {"codeType": "student_number", "code": f"S-{number}"},
        "givenName": "Noor Maria", "preferredName": "Noor", "surnamePrefix": "van den", "surname": "Berg",
        "displayName": "Noor van den Berg", "activeEnrolment": False, "affiliations": ["x-alumnus"],
        "email": f"s{number}@leerling.vechtdal.example", "secondaryEmail": f"noor{number}@post.example",
        "mobileNumber": "06 1234 5678", "dateOfBirth": "2003-09-30", "cityOfBirth": "Paramaribo", "gender": "F",
        "ICEName": "Janne", "ICEPhoneNumber": "0612340099", "assignedNeeds": [{"code": "rolstoel"}],
        "otherCodes": [{"codeType": "national_identity_number", "code": "123456782"}],
        "address": {
            "addressType": "postal", "street": "Dorpsstraat", "streetNumber": 12, "postCode": "8011 AB",
            "city": "Zwolle", "countryCode": "NL",
        },
        **changes,
    }  # fmt: skip


def person_5(number: int = 1, **changes: Any) -> Json:
    """The same person in v5: other names, a number for a text, null for what is not known."""
    return {
        "personId": KEY.format(number), "primaryCode": {"codeType": "studentNumber", "code": 100 + number},
        "givenName": "Noor", "surnamePrefix": "van den", "surname": "Berg", "displayName": "N. van den Berg",
        "activeEnrollment": False, "affiliations": None, "mail": f"s{number}@leerling.vechtdal.example",
        "secondaryMail": f"noor{number}@post.example", "telephoneNumber": "0384560000", "mobileNumber": None,
        "dateOfBirth": "2003-09-30", "cityOfBirth": "Paramaribo", "ICEPhoneNumber": "0612340099",
        "otherCodes": [{"codeType": "nationalIdentityNumber", "code": "123456782"}],
        "address": {"addressType": "postal", "street": "Dorpsstraat", "postalCode": "8011AB", "city": "Zwolle"},
        **changes,
    }  # fmt: skip


def programme_6(**changes: Any) -> Json:
    """A programme of v6: nurse, level 4, BOL."""
    return {
        "programmeId": "P-VP", "primaryCode": {"codeType": "programme_code", "code": "25480"},
        "name": [{"language": "nl-NL", "value": "Mbo-Verpleegkundige"}], "programmeType": "programme",
        "level": "secondary_vocational_education_4", "levelOfQualification": "eqf_4", "modeOfStudy": "full_time",
        **changes,
    }  # fmt: skip


def program_5(code_type: str = "nationalEducationCode", **changes: Any) -> Json:
    """The same in v5; `code_type`: that of its crebo code."""
    return {
        "programId": "P-VP", "primaryCode": {"codeType": "identifier", "code": "VP"},
        "otherCodes": [{"codeType": code_type, "code": 25480}], "modeOfStudy": "part-time",
        "name": [{"language": "nl-NL", "value": "Mbo-Verpleegkundige"}], "levelOfQualification": "4",
        "level": "secondary vocational education 4", "programType": "program", **changes,
    }  # fmt: skip


def enrolment_6(number: int = 1, **changes: Any) -> Json:
    """A finished enrolment of v6, with all of it inside."""
    return {
        "associationId": f"A-{number}", "role": "student", "state": "finished", "personId": KEY.format(number),
        "startDateTime": "2020-08-01T00:00:00Z", "actualEndDateTime": "2024-07-05T12:00:00Z",
        "result": {"state": "completed", "pass": "passed", "resultDateTime": "2024-06-28T09:00:00Z"},
        "programmeOffering": {
            "programmeOfferingId": "O-VP", "name": [{"language": "nl-NL", "value": "Verpleging Zwolle"}],
            "consumer": {"consumerKey": "nl-test-admin", "cohort": "2020-2021", "locationCode": "ZW1"},
            "programme": programme_6(),
        },
        **changes,
    }  # fmt: skip


def enrolment_5(number: int = 1, code_type: str = "nationalEducationCode", **changes: Any) -> Json:
    """The same in v5, as NED-OOAPI has it: `consumer`, and the state finished."""
    return {
        "associationId": f"A-{number}", "associationType": "programOfferingAssociation", "role": "student",
        "state": "finished", "result": {"state": "completed", "pass": "passed", "resultDate": "2024-07-05"},
        "offering": {
            "offeringId": "O-VP", "offeringType": "program", "name": [{"language": "nl-NL", "value": "Verpleging"}],
            "startDate": "2020-08-01", "endDate": "2024-07-31", "program": program_5(code_type),
            "consumer": {"cohort": 2020, "locationCode": "ZW1"},
        },
        **changes,
    }  # fmt: skip
