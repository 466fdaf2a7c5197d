from django.urls import path

from llaves.web.official import pages, time_pages

app_name = "official"
urlpatterns = [
    path("", pages.start, name="start"),
    path("vencimientos/", time_pages.expiries, name="expiries"),
    path("por-retirar/", time_pages.removals, name="removals"),
    path("por-retirar/<uuid:credential_id>/", time_pages.tick_off, name="tick_off"),
    path("prestadores/<str:code>/vistas/", time_pages.looks, name="looks"),
    path("generar-llaves/", pages.pending, name="pending"),
    path("generar-llaves/<uuid:request_id>/", pages.assign, name="assign"),
    path("generar-llaves/<uuid:request_id>/registro/", pages.assigned, name="assigned"),
    path("avisos/", pages.undelivered, name="undelivered"),
]
