"""«Generar en Entra»: of one request, and of many at once with their progress."""
