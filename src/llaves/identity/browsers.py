"""How a browser is named for its owner. Pure; what a browser says of itself proves nothing."""

import re

_PROGRAMS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"(?:Firefox|FxiOS)/", "Firefox"),
    (r"(?:Chrome|CriOS|Chromium)/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux", "Linux"),
)


def described(user_agent: str) -> str:
    """«Firefox en Windows», from the header that a browser sends (RFC 9110 §10.1.5)."""
    program, system = _first(_PROGRAMS, user_agent), _first(_SYSTEMS, user_agent)
    return " en ".join(filter(None, (program or "Navegador desconocido", system)))


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, text)), "")
