"""The SKUs of the tenant with the published ids of their service plans."""

from typing import Any

EXCHANGE = ("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange")
SHAREPOINT = ("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE", "SharePoint")
TEAMS = ("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI")
INTUNE = ("c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A", "SCO")
PREMIUM = ("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService")
PREMIUM_2 = ("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2", "AADPremiumService")
FLOW = ("50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL", "ProcessSimple")
EXCHANGE_1 = ("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD", "exchange")
SHAREPOINT_1 = ("c7699d2e-19aa-44de-8edf-1736da088ca1", "SHAREPOINTSTANDARD", "SharePoint")
VISIO = ("663a804f-1c30-4ff0-9915-9db84f0d1cea", "VISIO_CLIENT_SUBSCRIPTION", "MicrosoftOffice")
BI = ("2049e525-b859-401b-b2a0-e0a31c4b1fe4", "BI_AZURE_P0", "PowerBI")
SKYPE = ("0feaeb32-d00e-4d66-bd5a-43b5b83db82c", "MCOSTANDARD", "MicrosoftCommunicationsOnline")
PHONE = ("4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "MCOEV", "MicrosoftCommunicationsOnline")
MOBILE = ("882e1d05-acd1-4ccb-8708-6ee03664b117", "INTUNE_O365", "SCO")

FOR_COMPANY = frozenset({MOBILE[0]})
"""Plans that the tenant has as a whole; nobody set this one up yet."""

NEEDS = {PHONE[0]: SKYPE[0]}
"""A plan that is on needs another one that is on."""

Plan = tuple[str, str, str]
SKUS: tuple[tuple[str, str, float, tuple[Plan, ...]], ...] = (
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "ENTERPRISEPACK", 1.0, (EXCHANGE, SHAREPOINT, TEAMS, MOBILE)),
    (
        "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
        "SPE_E5",
        0.5,
        (EXCHANGE, SHAREPOINT, TEAMS, INTUNE, PREMIUM_2, SKYPE, PHONE),
    ),
    ("efccb6f7-5641-4e0e-bd10-b4976e1bf68e", "EMS", 0.5, (INTUNE, PREMIUM)),
    ("f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", 10.0, (FLOW,)),
    ("a403ebcc-fae0-4ca2-8c8c-7a907fd6c235", "POWER_BI_STANDARD", 10.0, (BI,)),
    ("18181a46-0d4e-45cd-891e-60aabd171b4e", "STANDARDPACK", 0.1, (EXCHANGE_1, SHAREPOINT_1, TEAMS)),
    ("c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT", 0.1, (VISIO,)),
)
"""skuId, skuPartNumber, seats for each user of the tenant, service plans."""

SERVICES = {plan: service for _, _, _, plans in SKUS for plan, _, service in plans}
"""servicePlanId -> the service it belongs to."""

BUNDLES: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (0, 2), (0, 3, 4), (3,))
"""Which SKUs (by place) people hold together; the first is no licence at all."""


def licences(bundle: int, at: str) -> tuple[list[Any], list[Any], list[Any]]:
    """assignedLicenses, assignedPlans and licenseAssignmentStates of a bundle."""
    assigned: list[Any] = []
    plans: list[Any] = []
    states: list[Any] = []
    for place in BUNDLES[bundle]:
        sku, _, _, contained = SKUS[place]
        assigned.append({"disabledPlans": [], "skuId": sku})
        states.append({
            "skuId": sku, "assignedByGroup": None, "disabledPlans": [], "error": "None", "state": "Active",
            "lastUpdatedDateTime": at,
        })  # fmt: skip
        plans += [
            {"assignedDateTime": at, "capabilityStatus": "Enabled", "service": service, "servicePlanId": plan}
            for plan, _, service in contained
        ]
    return assigned, plans, states
