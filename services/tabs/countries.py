"""The countries of ISO 3166-1 as choices: (two-letter code, "name (code)"), by the names people use."""

import pycountry

COUNTRIES: tuple[tuple[str, str], ...] = tuple(
    sorted(
        ((c.alpha_2, f"{getattr(c, 'common_name', c.name)} ({c.alpha_2})") for c in pycountry.countries),
        key=lambda pair: pair[1],
    )
)
