from django.urls import path

from llaves.web.account import pages

app_name = "account"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("contrasena/", pages.change_password, name="change_password"),
    path("verificacion/aplicacion/", pages.add_application, name="add_application"),
    path("verificacion/passkey/", pages.add_passkey, name="add_passkey"),
    path("verificacion/<int:factor_id>/quitar/", pages.remove_factor, name="remove_factor"),
    path("verificacion/codigos/", pages.recovery_codes, name="recovery_codes"),
    path("sesiones/cerrar/", pages.close_other_sessions, name="close_other_sessions"),
    path("sesiones/<int:session_id>/cerrar/", pages.close_session, name="close_session"),
    path("sesion/seguir/", pages.stay, name="stay"),
    path("acuerdo/", pages.agreement, name="agreement"),
]
