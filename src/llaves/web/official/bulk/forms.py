"""The form of «Asignar varias»."""

from typing import Any

from django import forms
from django.conf import settings

from llaves.credentials import files
from llaves.credentials.bulk import TableRead
from llaves.providers.tables import UnusableFile
from llaves.web.forms import missing

_TOO_LONG = f"El archivo pesa más de {files.MOST_BYTES // 1024**2} MB. Divídalo en varios."
_INPUT = {"accept": ".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Archivo con las llaves",
        help_text=f"CSV o Excel (.xlsx), hasta {files.MOST_BYTES // 1024**2} MB.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs=_INPUT),
        error_messages=missing("Elija el archivo."),
    )

    def __init__(self, *args: Any, body_length: str = "", **kwargs: Any) -> None:
        """:param body_length: as the browser told it; a file that is too long was read past, and is not there."""
        super().__init__(*args, **kwargs)
        if body_length.isdecimal() and int(body_length) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            self.fields["file"].error_messages |= missing(_TOO_LONG)

    def clean_file(self) -> TableRead:
        try:
            return files.read(self.cleaned_data["file"].read())
        except UnusableFile as fault:
            raise forms.ValidationError(str(fault)) from fault
