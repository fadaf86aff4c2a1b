"""Documents of our own in the formats of the sector, for tests: each a new copy."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Json = dict[str, Any]

_RUN: Json = {
    "id": "2027-voorjaar",
    "status": "application opened",
    "startDate": {"date": "2027-04-06", "isFinal": True},
    "endDate": {"date": "2027-05-25", "isFinal": True},
    "applicationDeadline": "2027-03-30",
    "maxNumberOfParticipants": 16,
    "contactHoursPartOfDay": ["evening"],
    "courseDay": [
        {"id": "1", "date": "2027-04-06", "startTime": "19:00:00+02:00", "endTime": "21:30:00+02:00"},
        {"id": "2", "date": "2027-04-15", "startTime": "09:00", "endTime": "12:00"},
    ],
    "location": {"address": "Dokterspad 1", "city": "Zwolle", "zipcode": "8011 AB", "country": "nl"},
    "cost": [
        {
            "id": "1", "amount": "400.00", "amountVAT": "84.00", "VATPercentage": 21, "amountIsFinal": True,
            "costType": "tuition fee", "currency": "EUR", "isRequiredCost": True,
        },
        {
            "id": "2", "amount": "-50.00", "amountIsFinal": True, "costType": "single payment discount",
            "currency": "EUR", "isRequiredCost": True,
        },
        {
            "id": "3", "amount": "20", "amountIsFinal": True, "costType": "lunch", "currency": "EUR",
            "isRequiredCost": False,
        },
    ],
}  # fmt: skip

_PROGRAM: Json = {
    "editor": "redactie",
    "format": "application/vnd.edudex.program+json",
    "generator": "een test",
    "lastEdited": "2027-01-10T10:00:00+01:00",
    "expires": "2027-12-31",
    "programAdmission": {
        "applicationOpen": True, "applicationType": "individual", "paymentDue": "up-front",
        "startDateDetermination": "fixed starting date",
    },
    "programClassification": {
        "orgUnitId": "vechtdal", "programId": "WZ-1", "degree": "mbo-certificaat", "programLevel": "mbo niveau 3",
        "programDuration": {"weeks": 8}, "programForm": ["evening education"], "programLocation": [],
        "programType": "training",
        "applicationRequirement": [
            {"requirementType": "previous education", "requirementSummary": {"nl": "Een diploma in de zorg"}}
        ],
    },
    "programContacts": {},
    "programCurriculum": {"instructionLanguage": [{"languageCode": "nl", "percentage": 100}]},
    "programDescriptions": {
        "programName": {"nl": "Complexe wondzorg", "en": "Complex wound care"},
        "programSummaryText": {"nl": "Wonden verzorgen die niet vanzelf genezen."},
        "programDescriptionText": {"nl": ""},
        "programDescriptionHtml": {"nl": "<p>Je leert <b>wonden</b> zien.</p><ul><li>rood</li><li>geel</li></ul>"},
        "searchword": {"nl": ["wondverzorging uitvoeren", "iets dat niemand kent"]},
        "subjectText": [{"subject": "objectives", "descriptionText": {"nl": "Je kiest het verband."}}],
        "webLink": {"nl": "https://vechtdal.example/wondzorg"},
    },
    "programExternalAcknowledgements": {
        "creboRegistration": [{"creboCode": "25491"}],
        "nlqfRegistration": [{"nlqfLevel": "4+", "eqfLevel": "4", "nlqfRegisterCode": "12-345"}],
    },
    "programSchedule": {"programRun": [_RUN]},
}  # fmt: skip

_COURSE_6: Json = {
    "courseId": "5f3b1f4e-0000-4000-8000-000000000001",
    "primaryCode": {"codeType": "identifier", "code": "WZ"},
    "name": [{"language": "en-GB", "value": "Wound care"}, {"language": "nl-NL", "value": "Wondzorg"}],
    "description": [{"language": "nl-NL", "value": "Wonden beoordelen en verzorgen."}],
    "level": "secondary_vocational_education_3",
    "modesOfDelivery": ["presential"],
    "teachingLanguages": ["nl-NL"],
    "otherCodes": [{"codeType": "programme_code", "code": "25491"}],
    "learningOutcomes": [
        {
            "learningOutcomeId": "5f3b1f4e-0000-4000-8000-000000000009",
            "primaryCode": {"codeType": "identifier", "code": "LU1"},
            "name": [{"language": "nl-NL", "value": "wondverzorging uitvoeren"}],
        }
    ],
    "admissionRequirements": [{"language": "nl-NL", "value": "Een diploma in de zorg"}],
    "organisation": {"organisationId": "x", "name": [{"language": "nl-NL", "value": "ROC Vechtdal"}]},
}

_OFFERING_6: Json = {
    "courseOfferingId": "5f3b1f4e-0000-4000-8000-000000000002",
    "primaryCode": {"codeType": "offering_code", "code": "WZ-2027"},
    "name": [{"language": "nl-NL", "value": "Wondzorg, voorjaar"}],
    "state": "active",
    "startDateTime": "2027-04-06T22:30:00Z",
    "endDateTime": "2027-05-25T20:00:00+02:00",
    "maxNumberStudents": 16,
    "enrolledNumberStudents": 9,
    "pendingNumberStudents": 2,
    "enrolmentPeriods": [{"startDateTime": "2027-01-01T00:00:00+01:00", "endDateTime": "2027-03-30T23:00:00+02:00"}],
    "addresses": [
        {"addressType": "postal", "city": "Assen", "postCode": "9401 AA"},
        {"addressType": "teaching", "city": "Zwolle", "postCode": "8011AB", "streetNumber": 5, "countryCode": "NL"},
    ],
    "priceInformation": [{"costType": "total_costs", "amount": "450.00", "currency": "EUR"}],
    "courseId": _COURSE_6["courseId"],
    "link": "https://vechtdal.example/wondzorg",
}

_OFFERING_5: Json = {
    "offeringId": "5f3b1f4e-0000-4000-8000-000000000003",
    "offeringType": "course",
    "primaryCode": {"codeType": "offeringCode", "code": "L-2027"},
    "name": [{"language": "nl-NL", "value": "Lassen voor beginners"}],
    "description": [{"language": "nl-NL", "value": "MIG en MAG."}],
    "teachingLanguage": "nld",
    "modeOfDelivery": ["on campus", "online"],
    "resultExpected": True,
    "startDate": "2027-02-01",
    "endDate": "2027-06-30",
    "flexibleEntryPeriodStart": "2027-02-01",
    "addresses": None,
    "priceInformation": [
        {"costType": "STAP eligible", "amount": "900"},
        {"costType": "total costs", "amountWithoutVat": "1000", "vatAmount": "210.50"},
    ],
    "consumers": [{"consumerKey": "rio", "registrationStatus": "open"}],
    "course": {
        "courseId": "5f3b1f4e-0000-4000-8000-000000000004",
        "primaryCode": {"codeType": "crohoCreboCode", "code": "25491"},
        "name": [{"language": "nl-NL", "value": "Lassen"}],
        "level": "secondary vocational education 2",
        "learningOutcomes": [[{"language": "nl-NL", "value": "wondverbanden aanbrengen"}]],
        "admissionRequirements": "Geen",
    },
    "organization": {"organizationId": "y", "name": [{"language": "nl-NL", "value": "ROC Vechtdal"}]},
}


def program(**run: Any) -> Json:
    """A programme of EDU-DEX with one run; `run`: what that says otherwise."""
    made = deepcopy(_PROGRAM)
    made["programSchedule"]["programRun"][0].update(run)
    return made


def course_6() -> Json:
    """A course of OEAPI v6."""
    return deepcopy(_COURSE_6)


def offering_6(**values: Any) -> Json:
    """A course offering of OEAPI v6; `values`: what it says otherwise."""
    return deepcopy(_OFFERING_6) | values


def offering_5(**values: Any) -> Json:
    """A course offering of OOAPI v5 with its course in it; `values`: what it says otherwise."""
    return deepcopy(_OFFERING_5) | values
