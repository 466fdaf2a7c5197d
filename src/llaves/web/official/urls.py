from django.urls import include, path

from llaves.web.official import pages, provider_pages

app_name = "official"
urlpatterns = [
    path("", pages.start, name="start"),
    path("generar-llaves/", pages.pending, name="pending"),
    path("generar-llaves/varias/", include("llaves.web.official.bulk.urls")),
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
