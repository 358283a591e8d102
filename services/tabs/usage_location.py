"""The usage location as what must be settled before a licence: no licence is assigned without one."""

from services.tabs.countries import COUNTRIES
from services.tabs.tab import Need

LOCATION = "usageLocation"
"""The fact of a row whose user has no usage location yet: "missing"."""

MISSING = "missing"

NEED = Need(
    tab="basics",
    field="usageLocation",
    title="Usage location",
    ask="Usage location: no licence without one",
    choices=COUNTRIES,
)
