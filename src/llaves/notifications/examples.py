"""What an invented letter tells, for each letter: for previews and for tests. None of it is real."""

from llaves.notifications.letters import About, LetterName

_PERSON = {"name": "Alicia Muñoz Paz", "login": "CC1020304050-890303841"}
_LINK = {"link_id": "00000000-0000-4000-8000-000000000000", "link_page": "public:activate"}
_PROVIDER = {"provider": "1900100001 - CLÍNICA LOS ALISOS : Cauca-POPAYÁN"}
_NIT = {"nit": "890303841-8"}
_NAMED = {**_PROVIDER, "delegate": "Alicia Muñoz Paz"}
_WHEN = {"when": "23/11/2026 09:00"}
_ENVIRONMENTS = {"environments": "Desarrollo, Preproducción, Producción"}
_FAILING = {**_PROVIDER, "environment": "Producción", "found": "El ClientSecret ya venció en Entra."}

EXAMPLES: dict[LetterName, About] = {
    LetterName.ACTIVATION: {**_PERSON, **_LINK},
    LetterName.RECOVERY: {**_PERSON, **_LINK},
    LetterName.PASSWORD_SET: {**_PERSON, **_WHEN},
    LetterName.FACTOR_CHANGED: {**_PERSON, **_WHEN, "change": "Se agregó una aplicación de códigos."},
    LetterName.MAIL_LEFT: {**_PERSON, "new": "a•••@clinica.example"},
    LetterName.MAIL_ARRIVED: {**_PERSON, "old": "a•••@hospital.example"},
    LetterName.REQUEST_RECEIVED: {**_PROVIDER, **_WHEN, **_NIT, "state": "Token solicitados por primera vez"},
    LetterName.LEAD_NAMED: {**_NAMED, "name": "Lina Torres"},
    LetterName.PROTECTION_OFFICER_NAMED: {**_NAMED, "name": "Pedro Gil"},
    LetterName.CREDENTIALS_ASSIGNED: {
        **_PERSON,
        **_PROVIDER,
        **_ENVIRONMENTS,
        "state": "Token asignados por primera vez",
    },
    LetterName.CREDENTIALS_CORRECTED: {**_PROVIDER, **_ENVIRONMENTS, "reason": "El ClientSecret estaba incompleto"},
    LetterName.CREDENTIALS_REVOKED: {**_PROVIDER, **_ENVIRONMENTS, "reason": "El prestador cerró"},
    LetterName.REQUEST_RETURNED: {
        **_PERSON,
        **_PROVIDER,
        "reason": "Los datos del líder técnico no permiten contactarlo",
        "note": "El teléfono no contesta.",
        "fields": "Teléfono del líder técnico",
    },
    LetterName.REQUEST_MENDED: {**_PROVIDER, **_WHEN, **_NIT, "state": "Token solicitados por primera vez"},
    LetterName.REQUEST_WITHDRAWN: {**_PROVIDER, **_WHEN, **_NIT, "state": "Token retirados por primera vez"},
    LetterName.EXPIRY_COMES: {
        **_PROVIDER,
        "environments": "Preproducción, Producción",
        "expires": "23/12/2026",
        "left": "en 30 días",
    },
    LetterName.CREDENTIALS_EXPIRED: {**_PROVIDER, "environments": "Producción", "expires": "22/11/2026"},
    LetterName.CREDENTIAL_FAILS: {
        **_FAILING,
        "advice": "Pida la renovación en «Inscripción token»; si no aparece el botón, la reposición.",
    },
    LetterName.CREDENTIAL_FAILS_OFFICIALS: {
        **_FAILING,
        "advice": "Genere otro secreto en Entra y regístrelo con su fecha de expiración.",
    },
    LetterName.OWN_EXPIRES: {
        "tenant": "11111111-2222-3333-4444-555555555555",
        "expires": "23/12/2026",
        "left": "en 30 días",
    },
    LetterName.WAITING_DIGEST: {
        "waiting": "12 solicitudes esperan",
        "late": "3",
        "target": "5",
        "oldest": _PROVIDER["provider"],
        "since": "09/11/2026",
        "days": "9",
    },
    LetterName.SEEN_BY_FORMER: {**_PROVIDER, "environments": "Producción", "former": "Ana Sol Prado"},
    LetterName.SEEN_BY_FORMER_OFFICIALS: {**_PROVIDER, "environments": "Producción", "former": "Ana Sol Prado"},
}
