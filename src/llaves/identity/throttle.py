"""The count of refused logins that closes a login for some minutes, as the login library keeps it."""

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from llaves.identity import devices

_APP, _ACTION = "allauth.account", "login_failed"


def forget_refused_logins(login: str) -> bool:
    """Open a login that too many refusals have closed. The count per network address is left as it is.

    :returns: whether there was anything to forget.
    """
    rates = [rate for rate in ratelimit.get_rates(app=_APP, action=_ACTION) if rate.per == "key"]
    request = HttpRequest()
    counts = devices.counted_as(request, login), devices.codes_counted_as(request, login)
    keys = [
        ratelimit.get_cache_key(request, app=_APP, action=_ACTION, rate=rate, key=count)
        for rate in rates
        for count in counts
    ]
    counted = any(cache.get_many(keys).values())
    cache.delete_many(keys)
    return counted
