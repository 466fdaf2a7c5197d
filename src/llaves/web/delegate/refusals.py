"""What Microsoft Entra ID answers to integrators whose call fails, what it means and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    meaning: str
    advice: str


REFUSALS = (
    Refusal(
        "AADSTS7000215",
        "El ClientSecret no es el de este ClientID, o ya no sirve.",
        "Cópielo otra vez de «Inscripción token», sin espacios, y revise que sea el del mismo ambiente. "
        "Si se lo acaban de asignar, espere dos minutos. Si fue revocado o reemplazado, use el nuevo.",
    ),
    Refusal(
        "AADSTS7000222",
        "El ClientSecret venció.",
        "Pida la renovación en «Inscripción token». Desde 60 días antes del vencimiento aparece el botón.",
    ),
    Refusal(
        "AADSTS700016",
        "El ClientID no existe en ese TenantID.",
        "Revise que el ClientID y el TenantID sean del mismo ambiente. Si las llaves son nuevas, espere dos minutos.",
    ),
    Refusal(
        "AADSTS7000229",
        "A la aplicación le falta su registro en el directorio del Ministerio.",
        "Si las llaves son nuevas, espere dos minutos. Si sigue igual, informe al Ministerio el ClientID.",
    ),
    Refusal(
        "AADSTS7000112",
        "El Ministerio desactivó la aplicación.",
        "Comuníquese con el Ministerio: sus llaves pueden estar suspendidas.",
    ),
    Refusal(
        "AADSTS90002",
        "El TenantID no existe.",
        "Copie otra vez el TenantID del ambiente.",
    ),
    Refusal(
        "AADSTS7000216 o AADSTS900144",
        "Falta un dato en la petición: client_secret, client_id, scope o grant_type.",
        "Envíe los cuatro como formulario (application/x-www-form-urlencoded), no como JSON.",
    ),
    Refusal(
        "AADSTS1002012 o AADSTS70011",
        "El scope no es válido.",
        "Use el Scope del ambiente tal como aparece; termina en «/.default».",
    ),
    Refusal(
        "AADSTS500011",
        "El Scope nombra un servicio que no está en ese TenantID.",
        "Está mezclando ambientes: use el Scope y el TenantID del mismo.",
    ),
    Refusal(
        "AADSTS90055 o HTTP 429",
        "Se hicieron demasiadas peticiones.",
        "Espere lo que indica el encabezado Retry-After. Guarde el token y úselo hasta que venza; "
        "no pida uno por llamada.",
    ),
    Refusal(
        "HTTP 401 del mecanismo",
        "Entra entregó el token, pero falta la llave de suscripción o es de otro ambiente.",
        "Envíe el encabezado Ocp-Apim-Subscription-Key con la APIM subscription key del ambiente.",
    ),
)
