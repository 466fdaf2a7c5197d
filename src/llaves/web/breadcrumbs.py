"""The ruta de exploración (imagen 11): each page's name and the page above it, in one table."""

from django.http import HttpRequest
from django.urls import reverse

_PAGES = {
    "public:home": ("Inicio", ""),
    "public:check_requirements": ("Verificación de requisitos", "public:home"),
    "public:applications": ("Registro de Usuarios", "public:home"),
    "public:user_types": ("IHCE", "public:applications"),
    "public:register_delegate": ("Delegado Administrativo", "public:user_types"),
    "public:register_other_user": ("Otro Usuario", "public:user_types"),
    "public:registered": ("Resumen del registro", "public:applications"),
    "public:activate": ("Activación de usuario", "public:home"),
    "public:activated": ("Activación de usuario", "public:home"),
    "public:recover": ("Recuperar contraseña", "login"),
    "public:recovery_sent": ("Recuperar contraseña", "login"),
    "login": ("Ingresar", "public:home"),
    "start": ("Inicio", ""),
    "second_factor": ("Verificación en dos pasos", "login"),
    "account:overview": ("Mi cuenta", "start"),
    "account:change_password": ("Cambiar contraseña", "account:overview"),
    "account:add_application": ("Aplicación de códigos", "account:overview"),
    "account:add_passkey": ("Passkey", "account:overview"),
    "account:remove_factor": ("Quitar verificación", "account:overview"),
    "account:recovery_codes": ("Códigos de recuperación", "account:overview"),
    "account:agreement": ("Acuerdo de confidencialidad", ""),
    "delegate:start": ("Inicio", ""),
    "delegate:choose_provider": ("Elegir prestador", "delegate:start"),
    "delegate:request": ("Inscripción token", "delegate:start"),
    "delegate:keys": ("Inscripción token", "delegate:start"),
    "delegate:renew": ("Renovar las llaves", "delegate:keys"),
    "delegate:replace": ("Pedir reposición", "delegate:keys"),
    "delegate:mend": ("Corregir la solicitud", "delegate:keys"),
    "delegate:withdraw": ("Retirar la solicitud", "delegate:keys"),
    "delegate:reveal": ("Mostrar llaves", "delegate:keys"),
    "delegate:download": ("Descargar llaves", "delegate:keys"),
    "delegate:try_own": ("Probar mi llave", "delegate:keys"),
    "delegate:what_next": ("Qué sigue", "delegate:start"),
    "delegate:calendar": ("Calendario", "delegate:start"),
    "delegate:looks": ("Quién ha visto las llaves", "delegate:start"),
    "official:start": ("Inicio", ""),
    "official:pending": ("Generar llaves de acceso", "official:start"),
    "official:assign": ("Ingresar Info", "official:pending"),
    "official:bulk_upload": ("Asignar varias", "official:pending"),
    "official:bulk_check": ("Revisión", "official:bulk_upload"),
    "official:bulk_report": ("Registro correcto", "official:bulk_upload"),
    "official:generate": ("Generar en Entra", "official:pending"),
    "official:generate_many": ("Generar varias en Entra", "official:pending"),
    "official:generation_run": ("Avance", "official:generate_many"),
    "official:expiries": ("Vencimientos", "official:start"),
    "official:removals": ("Por retirar en Entra", "official:start"),
    "official:looks": ("Quién ha visto las llaves", "official:find"),
    "official:assigned": ("Registro correcto", "official:pending"),
    "official:undelivered": ("Avisos no entregados", "official:start"),
    "official:send_back": ("Devolver la solicitud", "official:pending"),
    "official:find": ("Prestadores", "official:start"),
    "official:provider": ("Prestador", "official:find"),
    "official:revoke": ("Revocar llaves", "official:find"),
    "official:correct": ("Corregir llaves", "official:find"),
}
_ARGUMENTS = {"public:user_types": {"code": "ihce"}}


def crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    """The way down to the page that is shown, as (label, address); empty on a start page."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page not in _PAGES or not _PAGES[page][1]:
        return []
    way = [(_PAGES[page][0], "")]
    while above := _PAGES[page][1]:
        page = above
        way.append((_PAGES[page][0], reverse(page, kwargs=_ARGUMENTS.get(page))))
    return way[::-1]
