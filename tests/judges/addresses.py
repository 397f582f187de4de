"""Has schemathesis come from another address with each request.

It shows bad tokens on purpose, and expects to read each time that they are bad. From one address
that is looked at only a few times (`OF_STRANGER`): then it reads that these are too many requests.
"""

import itertools

from requests.adapters import HTTPAdapter

_numbers = itertools.count(1)


def _add_headers(_adapter, request, **_kwargs):
    number = next(_numbers)
    request.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


# Where requests lets headers be added that nobody else is to know of.
HTTPAdapter.add_headers = _add_headers
