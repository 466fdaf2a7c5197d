from django.urls import include, path

from llaves.web.official import pages, provider_pages, time_pages

app_name = "official"
urlpatterns = [
    path("", pages.start, name="start"),
    path("vencimientos/", time_pages.expiries, name="expiries"),
    path("por-retirar/", time_pages.removals, name="removals"),
    path("por-retirar/<uuid:credential_id>/", time_pages.tick_off, name="tick_off"),
    path("prestadores/<str:code>/vistas/", time_pages.looks, name="looks"),
    path("generar-llaves/", pages.pending, name="pending"),
    path("generar-llaves/varias/", include("llaves.web.official.bulk.urls")),
    path("generar-llaves/", include("llaves.web.official.entra.urls")),
    path("generar-llaves/exportar/", pages.export, name="export"),
    path("generar-llaves/<uuid:request_id>/", pages.assign, name="assign"),
    path("generar-llaves/<uuid:request_id>/abrir/", pages.claim, name="claim"),
    path("generar-llaves/<uuid:request_id>/devolver/", pages.send_back, name="send_back"),
    path("generar-llaves/<uuid:request_id>/registro/", pages.assigned, name="assigned"),
    path("generar-llaves/<uuid:request_id>/corregir/<slug:environment>/", provider_pages.correct, name="correct"),
    path("prestadores/", provider_pages.find, name="find"),
    path("prestadores/<str:code>/", provider_pages.provider, name="provider"),
    path("prestadores/<str:code>/revocar/", provider_pages.revoke, name="revoke"),
    path("avisos/", pages.undelivered, name="undelivered"),
]
