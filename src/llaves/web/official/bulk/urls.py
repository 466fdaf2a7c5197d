from django.urls import path

from llaves.web.official.bulk import pages

# Names without a namespace of their own: they belong to the official's.
urlpatterns = [
    path("", pages.upload, name="bulk_upload"),
    path("plantilla.csv", pages.blank_csv, name="bulk_blank_csv"),
    path("plantilla.xlsx", pages.blank_xlsx, name="bulk_blank_xlsx"),
    path("<uuid:upload_id>/", pages.check, name="bulk_check"),
    path("<uuid:upload_id>/errores.csv", pages.faults, name="bulk_faults"),
    path("<uuid:upload_id>/descartar/", pages.discard, name="bulk_discard"),
    path("<uuid:upload_id>/registro/", pages.report, name="bulk_report"),
    path("<uuid:upload_id>/registro.csv", pages.report_csv, name="bulk_report_csv"),
]
