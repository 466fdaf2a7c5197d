"""The count of refused logins that closes a login for some minutes, as the login library keeps it."""

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

_APP, _ACTION = "allauth.account", "login_failed"


def forget_refused_logins(login: str) -> bool:
    """Open a login that too many refusals have closed. The count per network address is left as it is.

    :returns: whether there was anything to forget.
    """
    rates = [rate for rate in ratelimit.get_rates(app=_APP, action=_ACTION) if rate.per == "key"]
    request = HttpRequest()
    counted_as = get_adapter()._get_login_attempts_cache_key(request, username=login)  # noqa: SLF001 - no other door
    keys = [ratelimit.get_cache_key(request, app=_APP, action=_ACTION, rate=rate, key=counted_as) for rate in rates]
    counted = any(cache.get_many(keys).values())
    cache.delete_many(keys)
    return counted
