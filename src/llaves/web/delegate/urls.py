from django.urls import path

from llaves.web.delegate import pages, time_pages

app_name = "delegate"
urlpatterns = [
    path("", pages.start, name="start"),
    path("prestador/", pages.choose_provider, name="choose_provider"),
    path("calendario/", time_pages.calendar, name="calendar"),
    path("vistas/", time_pages.looks, name="looks"),
    path("inscripcion-token/", pages.token, name="token"),
    path("inscripcion-token/solicitud/", pages.request_keys, name="request"),
    path("inscripcion-token/llaves/", pages.keys, name="keys"),
    path("inscripcion-token/llaves/<uuid:credential_id>/mostrar/", pages.reveal, name="reveal"),
]
